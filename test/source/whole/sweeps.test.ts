/**
 * How many requests, and how many bytes, ranges of a compressed file cost that do not come all at the same moment.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { crc32 } from "../../../src/codec/crc32.js";
import { ndarray, open } from "../../../src/index.js";
import type { ByteRange } from "../../../src/source/source.js";
import { decompressedSource } from "../../../src/source/whole/compressed.js";
import type { DecompressedSource } from "../../../src/source/whole/decompressed.js";
import { fitsBytes, imageHdu } from "../../../src/write/index.js";
import { type CountingSource, countingSource } from "../counting.js";

/** DEFLATE keeps no more bytes than this in one stored block. */
const BLOCK = 65535;

/** A gzip file of stored blocks: zlibs compress differently, and the counts below are exact. */
function stored(bytes: Uint8Array): Buffer {
  const parts: Uint8Array[] = [Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)];
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK);
    const head = Buffer.alloc(5);
    head.writeUInt8(at + BLOCK >= bytes.length ? 1 : 0);
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(block.length ^ 0xffff, 3);
    parts.push(head, block);
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes));
  trailer.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([...parts, trailer]);
}

const side = 2000;
const pixels = Int16Array.from({ length: side * side }, (_, i) => Math.imul(i, 2654435761) >> 16);
let plain: Uint8Array;
let packed: Buffer;
beforeAll(async () => {
  plain = await fitsBytes([imageHdu({ data: ndarray<"int16">(pixels, [side, side]) })]);
  packed = stored(plain);
});

const HEAD = 1 << 16;

async function opened(): Promise<{ source: CountingSource; unzipped: DecompressedSource }> {
  const source = countingSource(packed);
  const head = await source.getRange({ offset: 0, length: HEAD });
  return { source, unzipped: await decompressedSource(source, head) };
}

async function expectRange(source: DecompressedSource, { offset, length }: ByteRange): Promise<void> {
  const bytes = await source.getRange({ offset, length });
  expect(Buffer.compare(bytes, plain.subarray(offset, offset + length))).toBe(0);
}

/** Expects that no byte was asked for twice, from the start of the file on. */
function expectOnce({ asked }: CountingSource): void {
  let end = 0;
  for (const { offset, length } of asked) {
    expect(offset).toBe(end);
    end += length;
  }
}

describe("ranges of a compressed file", () => {
  const rows = Array.from({ length: 6 }, (_, i) => ({ offset: 4_000_000 + i * 270_000, length: 260_000 }));

  test("that come one promise after another cost as much as together", async () => {
    const together = await opened();
    await Promise.all(rows.map((range) => expectRange(together.unzipped, range)));
    const apart = await opened();
    const reads: Promise<void>[] = [];
    for (const range of rows) {
      reads.push(expectRange(apart.unzipped, range));
      for (let i = 0; i < 10; i++) await undefined;
    }
    await Promise.all(reads);
    expect(apart.source.asked).toEqual(together.source.asked);
    expectOnce(apart.source);
  });

  test("that come later, and begin where the decoder passes, are decoded with the rest", async () => {
    const { source, unzipped } = await opened();
    const first = expectRange(unzipped, { offset: 3_000_000, length: 1000 });
    while (source.asked.length < 3) await new Promise((resolve) => setTimeout(resolve));
    // Blocks of 65,535 bytes are decoded as a whole: both of these lie in that of the first range.
    const others = [3_003_000, 3_001_500].map((offset) => expectRange(unzipped, { offset, length: 1000 }));
    await Promise.all([first, ...others]);
    expectOnce(source);
  });

  test("that come later, and lie behind the decoder, wait for their own turn", async () => {
    const { source, unzipped } = await opened();
    const first = expectRange(unzipped, { offset: 7_000_000, length: 900_000 });
    while (source.asked.length < 6) await new Promise((resolve) => setTimeout(resolve));
    const others = [100_000, 7_950_000].map((offset) => expectRange(unzipped, { offset, length: 1000 }));
    await Promise.all([first, ...others]);
  });
});

describe("a section of a .fits.gz that is read by several requests", () => {
  async function section(index?: Uint8Array): Promise<CountingSource> {
    const source = countingSource(packed, { tag: '"1"' });
    const fits = await open(source, { index });
    const { data } = await (await fits.image(0)).section("1000:1200, 500:700");
    expect(data).toHaveLength(200 * 200);
    for (const i of [0, 20_100, 39_999])
      expect(data[i]).toBe(pixels[(1000 + Math.floor(i / 200)) * side + 500 + (i % 200)]);
    await fits.close();
    return source;
  }

  test("costs each byte up to its end once without an index", async () => {
    const source = await section();
    expectOnce(source);
    // The last wanted byte of the compressed file is its 4,800,660th.
    expect([source.asked.length, source.moved()]).toEqual([16, 4_800_971]);
  });

  test("costs one sweep with an index", async () => {
    const maker = await open(countingSource(packed, { tag: '"1"' }));
    const index = await maker.index();
    await maker.close();
    const source = await section(index);
    // 796,700 bytes from the first wanted byte to the last, those before it from the checkpoint on, 16 kB behind it.
    expect([source.asked.length, source.moved()]).toEqual([4, 885_057]);
  });
});
