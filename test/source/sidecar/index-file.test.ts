import * as zlib from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { crc32 } from "../../../src/codec/crc32.js";
import { FitsError } from "../../../src/errors.js";
import { memorySource } from "../../../src/source/memory.js";
import { type FileIndex, packIndex, parseIndex } from "../../../src/source/sidecar/index-file.js";
import { indexedSource } from "../../../src/source/sidecar/indexed.js";
import { buildIndex } from "../../../src/source/sidecar/make.js";
import type { ByteSource } from "../../../src/source/source.js";
import { decompressedSource } from "../../../src/source/whole/compressed.js";
import { noise } from "../../codec/streams.js";
import { countingSource } from "../counting.js";

const text = "SIMPLE  =                    T".padEnd(80) + "BITPIX  =                    8".padEnd(80);
const header = { byteLength: 2880, toString: () => text };
const hdus = [
  { headerOffset: 0, header },
  { headerOffset: 4_002_880, header },
];
const block = Buffer.from(`${text}END`.padEnd(2880));
const plain = Buffer.concat([block, noise(4_000_000, 12), block]);
let packed: Buffer;
let file: Uint8Array;
let index: FileIndex;

async function unzipped(source: ByteSource, known?: FileIndex): Promise<ByteSource> {
  const over = known ? indexedSource(source, known) : source;
  const head = known ? new Uint8Array(0) : await source.getRange({ offset: 0, length: 2880 });
  return await decompressedSource(over, head, { index: known?.gzip });
}

beforeAll(async () => {
  packed = zlib.gzipSync(plain);
  file = await buildIndex(await unzipped(countingSource(packed, { tag: '"v1"' })), hdus);
  index = parseIndex(file);
});

/** The index file with another value at `path` of its description, and a CRC that holds. */
function describedAs(path: string, value: unknown): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset);
  const end = 16 + view.getUint32(12, true);
  const description: unknown = JSON.parse(Buffer.from(file.subarray(16, end)).toString());
  const keys = path.split(".");
  let at = description as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[keys.at(-1)!] = value;
  const json = Buffer.from(JSON.stringify(description));
  const changed = Buffer.concat([file.subarray(0, 16), json, file.subarray(end)]);
  changed.writeUInt32LE(json.length, 12);
  changed.writeUInt32LE(crc32(changed.subarray(12)), 8);
  return changed;
}

describe("an index file", () => {
  test("holds the headers, the identity of the file and the checkpoints", () => {
    expect(index.headers.map(({ offset }) => offset)).toEqual([0, 4_002_880]);
    for (const { bytes } of index.headers) expect(Buffer.compare(bytes, block)).toBe(0);
    expect(index.identity).toEqual({
      size: packed.length,
      tag: '"v1"',
      samples: [0, Math.floor((packed.length - 1024) / 2), packed.length - 1024].map((offset) => {
        return { offset, length: 1024, crc: crc32(packed.subarray(offset, offset + 1024)) };
      }),
    });
    expect(index.gzip?.size).toBe(plain.length);
    for (const { offset, window } of index.gzip!.checkpoints) {
      expect(Buffer.compare(window, plain.subarray(Math.max(0, offset - 32768), offset))).toBe(0);
    }
  });

  test("of a plain file holds headers and identity alone", async () => {
    const made = parseIndex(await buildIndex(memorySource(plain), hdus));
    expect(made.gzip).toBeUndefined();
    expect(made.identity.size).toBe(plain.length);
    expect(made.headers.length).toBe(2);
  });

  test("written again it is the same", async () => {
    expect(Buffer.compare(await packIndex(index), file)).toBe(0);
  });

  test("is a small part of the file, and a section moves its own bytes and at most 5 % of the file's", async () => {
    expect(index.gzip!.checkpoints.length).toBeGreaterThan(20);
    for (const [offset, length] of [
      [1_000_000, 1000],
      [2_500_000, 300_000],
      [3_990_000, 10_000],
      [100, 100],
    ] as const) {
      const source = countingSource(packed, { tag: '"v1"' });
      const got = await (await unzipped(source, index)).getRange({ offset, length });
      expect(Buffer.compare(got, plain.subarray(offset, offset + length))).toBe(0);
      expect(source.moved()).toBeLessThan(0.05 * packed.length + (length * packed.length) / plain.length);
    }
  });

  test("sections far from each other skip what lies between, in one round trip each at most", async () => {
    const source = countingSource(packed, { tag: '"v1"' });
    const reader = await unzipped(source, index);
    const offsets = [3_500_000, 500_000, 2_000_000];
    const got = await Promise.all(offsets.map((offset) => reader.getRange({ offset, length: 20_000 })));
    for (const [i, offset] of offsets.entries()) {
      expect(Buffer.compare(got[i]!, plain.subarray(offset, offset + 20_000))).toBe(0);
    }
    expect(source.asked.length).toBeLessThanOrEqual(5);
    expect(source.moved()).toBeLessThan(0.2 * packed.length);
  });
});

describe("an index that does not belong to the file is refused", () => {
  const other = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(packed);
    change(bytes);
    return bytes;
  };
  const read = async (source: ByteSource): Promise<Uint8Array> =>
    (await unzipped(source, index)).getRange({ offset: 2_000_000, length: 10 });

  test("by its size: at once where that is known, else with the first answer", async () => {
    const longer = Buffer.concat([packed, Buffer.alloc(1)]);
    expect(() => indexedSource(memorySource(longer), index)).toThrow(`has ${longer.length}`);
    await expect(read(countingSource(longer, { tag: '"v1"' }))).rejects.toMatchObject({ code: "BAD_INDEX" });
  });

  test("by its ETag", async () => {
    await expect(read(countingSource(packed, { tag: '"v2"' }))).rejects.toThrow('"v2"');
    await read(countingSource(packed, { tag: '"v1"' }));
  });

  test("by its first, middle and last bytes where no ETag can be compared, asked for once", async () => {
    for (const tag of [undefined, "Wed, 21 Oct 2026 07:28:00 GMT"]) {
      const options = tag === undefined ? {} : { tag };
      for (const at of [3, 20, packed.length >> 1, packed.length - 1]) {
        const source = countingSource(
          other((bytes) => (bytes[at]! ^= 1)),
          options,
        );
        await expect(read(source)).rejects.toMatchObject({ code: "BAD_INDEX" });
      }
      const source = countingSource(packed, options);
      const reader = await unzipped(source, index);
      await Promise.all([1e6, 2e6].map((offset) => reader.getRange({ offset, length: 10 })));
      expect(source.asked.filter(({ length }) => length === 1024).length).toBe(3);
    }
  });

  test("by the data itself: the output between two checkpoints has its CRC", async () => {
    const checkpoints = index.gzip!.checkpoints.map((mark, i) =>
      i === 9 ? { ...mark, window: mark.window, crc: 7 } : mark,
    );
    const wrong = { ...index, gzip: { ...index.gzip!, checkpoints } };
    const reader = await unzipped(countingSource(packed, { tag: '"v1"' }), wrong);
    const [before, at] = [checkpoints[8]!, checkpoints[9]!];
    const length = at.offset - before.offset + 10;
    await expect(reader.getRange({ offset: before.offset, length })).rejects.toMatchObject({
      code: "BAD_INDEX",
    });
  });

  test("a failed request is no verdict", async () => {
    const source = countingSource(packed);
    const reader = await unzipped(source, index);
    source.failNext = new FitsError("NETWORK", "no answer");
    await expect(reader.getRange({ offset: 10, length: 10 })).rejects.toMatchObject({ code: "NETWORK" });
    expect((await reader.getRange({ offset: 10, length: 10 })).length).toBe(10);
  });

  test("an abort while the identity is checked rejects its own caller", async () => {
    const source = indexedSource(countingSource(packed, { latency: 10 }), index);
    const controller = new AbortController();
    const first = source.getRange({ offset: 0, length: 10 }, { signal: controller.signal });
    const second = source.getRange({ offset: 0, length: 10 });
    setTimeout(() => controller.abort(new Error("enough")), 15);
    await expect(first).rejects.toThrow("enough");
    expect((await second).length).toBe(10);
  });
});

describe("a hostile index file", () => {
  const bad = (bytes: Uint8Array): void => {
    expect(() => parseIndex(bytes)).toThrow(expect.objectContaining({ code: "BAD_INDEX" }));
  };

  test("cut off, damaged or of another kind is refused", () => {
    for (let n = 0; n < file.length; n += 1 + (n >> 3)) bad(file.subarray(0, n));
    for (let i = 0; i < 300; i++) {
      const damaged = Uint8Array.from(file);
      damaged[(i * 7919) % file.length]! ^= 1 << (i % 8);
      bad(damaged);
    }
    bad(Buffer.from("SIMPLE  =                    T".padEnd(2880)));
  });

  test("with a description that makes no sense is refused, and allocates nothing on its word", () => {
    const lies: [path: string, value: unknown][] = [
      ["size", -1],
      ["size", 1e300],
      ["tag", 5],
      ["samples", undefined],
      ["samples", [null]],
      ["samples", { length: 3 }],
      ["samples.0.length", 2 ** 40],
      ["headers", null],
      ["headers.places", []],
      ["headers.places.0.1", 2880 * 1e9],
      ["headers.places.0.1", 5760],
      ["headers.places.1.0", 5],
      ["headers.packed", 2 ** 40],
      ["gzip", 7],
      ["gzip.size", "x"],
      ["gzip.checkpoints.3", [1, 2]],
      ["gzip.checkpoints.3.0", 2 ** 52],
      ["gzip.checkpoints.3.1", 0],
      ["gzip.checkpoints.3.4", 32769],
      ["gzip.checkpoints.3.5", 2 ** 30],
    ];
    for (const [path, value] of lies) bad(describedAs(path, value));
  });

  test("any JSON for a description ends in BAD_INDEX or in an index", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("size", "samples", "headers", "gzip"), (value, key) => {
        const bytes = describedAs(key, value);
        try {
          parseIndex(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: "BAD_INDEX" });
        }
      }),
      { numRuns: 300 },
    );
  });

  test("with wrong windows makes no wrong bytes out of range, only errors or bytes that the CRC refuses", async () => {
    const zeros = index.gzip!.checkpoints.map((mark) => ({ ...mark, window: new Uint8Array(0) }));
    const reader = await unzipped(countingSource(packed, { tag: '"v1"' }), {
      ...index,
      gzip: { size: plain.length, checkpoints: zeros },
    });
    await expect(reader.getRange({ offset: 1_000_000, length: 500_000 })).rejects.toThrow(FitsError);
  });
});
