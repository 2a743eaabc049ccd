import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import v8 from "node:v8";
import vm from "node:vm";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { FitsError } from "../../../src/errors.js";
import { memorySource } from "../../../src/source/memory.js";
import type { RequestRecord } from "../../../src/source/source.js";
import type { GzipIndex } from "../../../src/source/whole/checkpoints.js";
import { decompressedSource } from "../../../src/source/whole/compressed.js";
import type { DecompressedSource } from "../../../src/source/whole/decompressed.js";
import { kinds, noise } from "../../codec/streams.js";
import { type CountingSource, countingSource } from "../counting.js";

/** 6 MB of pixels whose compressed size is about even, behind a header that compresses well. */
const plain = Buffer.concat([kinds["text"]!, noise(6_000_000, 12)]);
let packed: Buffer;
beforeAll(() => {
  packed = zlib.gzipSync(plain);
});

const HEAD = 1 << 16;

async function opened(source: CountingSource, index?: GzipIndex): Promise<DecompressedSource> {
  const head = index ? new Uint8Array(0) : await source.getRange({ offset: 0, length: HEAD });
  return await decompressedSource(source, head, { index });
}

async function expectRange(source: DecompressedSource, offset: number, length: number): Promise<void> {
  const bytes = await source.getRange({ offset, length });
  expect(Buffer.compare(bytes, plain.subarray(offset, offset + length))).toBe(0);
}

/** Where in the compressed file the output before `offset` ends, about. */
const compressedEnd = (offset: number): number => zlib.gzipSync(plain.subarray(0, offset)).length;

describe("a gzip file", () => {
  test("is recognized by its first bytes, other files are not", async () => {
    const source = memorySource(packed);
    expect(await decompressedSource(source, packed.subarray(0, 10))).toMatchObject({ format: "gzip" });
    for (const head of [Buffer.from("SIMPLE  ="), new Uint8Array(0)]) {
      await expect(decompressedSource(source, head)).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
    }
  });

  test("gives nobody its last bytes when its checksum tells that they are wrong", async () => {
    // Stored as they are, the bytes themselves tell nothing.
    const stored = zlib.gzipSync(plain, { level: 0 });
    stored[3_000_000]! ^= 4;
    const damaged = await opened(countingSource(stored));
    await expectRange(damaged, 0, 2_000_000);
    const whole = damaged.getRange({ offset: 0, length: plain.length });
    await expect(whole).rejects.toMatchObject({ code: "BAD_DATA", message: /CRC-32 does not match/ });
    // Padding of a FITS file lies behind its pixels.
    const end = damaged.getRange({ offset: plain.length - 5000, length: 2500 });
    await expect(end).rejects.toMatchObject({ code: "BAD_DATA" });
  });

  test("what lies in the first bytes costs no more requests", async () => {
    const source = countingSource(packed);
    const unzipped = await opened(source);
    await expectRange(unzipped, 0, 56_000);
    await expectRange(unzipped, 100, 60_000);
    expect(source.asked).toEqual([{ offset: 0, length: HEAD }]);
    expect(unzipped.size).toBeUndefined();
  });

  test("without an index a section costs the bytes up to its end, each once, and little more", async () => {
    for (const offset of [500_000, 3_000_000, 5_000_000]) {
      const source = countingSource(packed);
      const unzipped = await opened(source);
      await expectRange(unzipped, offset, 100_000);
      const needed = compressedEnd(offset + 100_000);
      expect(source.moved()).toBeGreaterThanOrEqual(needed - 100);
      expect(source.moved()).toBeLessThan(needed + 40_000);
      let end = 0;
      for (const range of source.asked) {
        expect(range.offset).toBe(end);
        end += range.length;
      }
    }
  });

  test("rows of a section, asked for together in any order, are decoded in one sweep", async () => {
    const source = countingSource(packed);
    const unzipped = await opened(source);
    const rows = Array.from({ length: 100 }, (_, i) => 4_000_000 + 8000 * ((i * 37) % 100));
    await Promise.all(rows.map((offset) => expectRange(unzipped, offset, 400)));
    expect(source.moved()).toBeLessThan(compressedEnd(4_800_000) + 60_000);
  });

  test("a range past the end is answered short, and tells the size", async () => {
    const unzipped = await opened(countingSource(packed));
    const bytes = await unzipped.getRange({ offset: plain.length - 10, length: 1000 });
    expect(Buffer.compare(bytes, plain.subarray(-10))).toBe(0);
    expect(unzipped.size).toBe(plain.length);
    expect((await unzipped.getRange({ offset: plain.length + 5, length: 10 })).length).toBe(0);
  });

  test("the end is found when the source cannot tell its size", async () => {
    const unzipped = await opened(countingSource(packed, { sizeless: true }));
    expect((await unzipped.getRange({ offset: 1e9, length: 10 })).length).toBe(0);
    expect(unzipped.size).toBe(plain.length);
  });

  test("what was passed before is reached from a checkpoint", async () => {
    const source = countingSource(packed);
    const unzipped = await opened(source);
    await expectRange(unzipped, plain.length - 1000, 1000);
    const { size, checkpoints } = await unzipped.finish();
    expect(size).toBe(plain.length);
    expect(checkpoints.length).toBeGreaterThan(20);
    const small = await decompressedSource(source, packed.subarray(0, HEAD), {
      recentBytes: 0,
      index: { size, checkpoints },
    });
    source.asked.length = 0;
    await expectRange(small, 3_000_000, 50_000);
    expect(source.moved()).toBeLessThan(200_000);
  });

  test("what was decoded lately costs nothing", async () => {
    const source = countingSource(packed);
    const unzipped = await opened(source);
    await expectRange(unzipped, 2_000_000, 500_000);
    const { length } = source.asked;
    await expectRange(unzipped, 2_300_000, 100_000);
    await expectRange(unzipped, 600_000, 200_000);
    expect(source.asked.length).toBe(length);
  });

  test("any ranges, together or in turn, with any cache, read as from the decompressed file", async () => {
    const ranges = fc.array(
      fc.tuple(fc.integer({ min: 0, max: plain.length }), fc.integer({ min: 0, max: 300_000 })),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        ranges,
        ranges,
        fc.constantFrom(0, 200_000, 1 << 24),
        async (together, more, recentBytes) => {
          const unzipped = await decompressedSource(countingSource(packed), packed.subarray(0, 1000), {
            recentBytes,
          });
          await Promise.all(together.map(([offset, length]) => expectRange(unzipped, offset, length)));
          const [first, ...others] = more;
          const running = expectRange(unzipped, ...first!);
          await new Promise((resolve) => setTimeout(resolve, 2));
          await Promise.all([
            running,
            ...others.map(([offset, length]) => expectRange(unzipped, offset, length)),
          ]);
        },
      ),
      { numRuns: 6 },
    );
  });

  test("fills memory that it is given", async () => {
    const unzipped = await opened(countingSource(packed));
    const into = new Uint8Array(5000);
    const bytes = await unzipped.getRange({ offset: 700_000, length: 5000 }, { into });
    expect(bytes.buffer).toBe(into.buffer);
    expect(Buffer.compare(into, plain.subarray(700_000, 705_000))).toBe(0);
  });

  test("a length that nobody vouches for allocates nothing", async () => {
    const unzipped = await opened(countingSource(packed));
    const bytes = await unzipped.getRange({ offset: 5_000_000, length: 2 ** 50 });
    expect(Buffer.compare(bytes, plain.subarray(5_000_000))).toBe(0);
  });

  test("records tell of compressed bytes, once each", async () => {
    const source = countingSource(packed);
    const unzipped = await opened(source);
    source.asked.length = 0;
    const records: RequestRecord[] = [];
    const options = { record: (record: RequestRecord) => void records.push(record) };
    await Promise.all([
      unzipped.getRange({ offset: 2_000_000, length: 1000 }, options),
      unzipped.getRange({ offset: 2_500_000, length: 1000 }, options),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(records.map(({ offset, requested }) => ({ offset, length: requested }))).toEqual(source.asked);
  });

  test("an abort rejects its own caller, and the last one ends what is under way", async () => {
    const source = countingSource(packed, { latency: 5 });
    const unzipped = await opened(source);
    const [a, b] = [new AbortController(), new AbortController()];
    const first = unzipped.getRange({ offset: 4_000_000, length: 10 }, { signal: a.signal });
    const second = expectRange(unzipped, 3_000_000, 10);
    a.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    await second;
    const third = unzipped.getRange({ offset: 5_500_000, length: 10 }, { signal: b.signal });
    await new Promise((resolve) => setTimeout(resolve, 2));
    b.abort(new Error("enough"));
    await expect(third).rejects.toThrow("enough");
    await expectRange(unzipped, 5_500_000, 10);
    await expect(unzipped.getRange({ offset: 0, length: 1 }, { signal: b.signal })).rejects.toThrow("enough");
  });

  test("a request that fails fails those who wait; the next one goes on", async () => {
    const source = countingSource(packed);
    const unzipped = await opened(source);
    source.failNext = new FitsError("NETWORK", "no answer");
    await expect(unzipped.getRange({ offset: 3_000_000, length: 10 })).rejects.toMatchObject({
      code: "NETWORK",
    });
    await expectRange(unzipped, 3_000_000, 10);
  });

  test("closing rejects what is under way and what comes", async () => {
    const unzipped = await opened(countingSource(packed));
    const running = unzipped.getRange({ offset: 3_000_000, length: 10 });
    running.catch(() => {});
    await unzipped.close?.();
    await expect(running).rejects.toMatchObject({ code: "CLOSED" });
    await expect(unzipped.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("that is cut off reads up to there, then is TRUNCATED", async () => {
    const unzipped = await opened(countingSource(packed.subarray(0, packed.length / 2)));
    await expectRange(unzipped, 2_000_000, 1000);
    await expect(unzipped.getRange({ offset: 5_900_000, length: 10 })).rejects.toMatchObject({
      code: "TRUNCATED",
    });
    await expectRange(unzipped, 1_000_000, 1000);
  });

  test("that is corrupt reads up to there, then is BAD_DATA; checkpoints lead past it", async () => {
    const { size, checkpoints } = await (await opened(countingSource(packed))).finish();
    const broken = Buffer.from(packed);
    broken.fill(0xff, packed.length / 2, packed.length / 2 + 5000);
    const unzipped = await opened(countingSource(broken), { size, checkpoints });
    const middle = unzipped.getRange({ offset: plain.length / 2, length: 200_000 });
    const behind = expectRange(unzipped, 5_000_000, 1000);
    await expect(middle).rejects.toThrow(FitsError);
    await behind;
    await expectRange(unzipped, 1_000_000, 1000);
  });

  test("that holds little but zeros keeps no more than its budget", async () => {
    v8.setFlagsFromString("--expose-gc");
    const gc = vm.runInNewContext("gc") as () => void;
    const bomb = zlib.gzipSync(Buffer.alloc(50_000_000));
    const unzipped = await decompressedSource(memorySource(bomb), bomb.subarray(0, 1000));
    gc();
    const before = process.memoryUsage().arrayBuffers;
    const bytes = await unzipped.getRange({ offset: 49_999_990, length: 100 });
    expect(bytes).toEqual(new Uint8Array(10));
    gc();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(24e6);
    expect(unzipped.size).toBe(50_000_000);
  });
});

describe("other formats", () => {
  const folder = new URL("../../fixtures/compressed/", import.meta.url);
  const read = (name: string): Buffer => readFileSync(fileURLToPath(new URL(name, folder)));

  test.each(["plain.Z", "plain.bz2", "plain.zst"])(
    "%s reads like the file in it, backwards too",
    async (name) => {
      const whole = read("plain.bin");
      const bytes = read(name);
      const source = await decompressedSource(countingSource(bytes), bytes.subarray(0, 100), {
        recentBytes: 0,
      });
      for (const offset of [20_000, 10_000, 0, 23_390]) {
        const got = await source.getRange({ offset, length: 1000 });
        expect(Buffer.compare(got, whole.subarray(offset, offset + 1000))).toBe(0);
      }
      expect(source.size).toBe(whole.length);
      expect((await source.finish()).checkpoints).toEqual([]);
    },
  );
});

const corpus = fileURLToPath(new URL("../../../../shared/corpus/files/", import.meta.url));
const hasGzip = spawnSync("gzip", ["--version"]).error === undefined;

describe.skipIf(!existsSync(corpus) || !hasGzip)("the corpus", () => {
  const files = existsSync(corpus)
    ? (readdirSync(corpus, { recursive: true }) as string[]).filter((name) => /\.(gz|Z)$/.test(name))
    : [];

  test.each(files)("%s is what gzip reads in it", async (name) => {
    const expected = execFileSync("gzip", ["-dc", corpus + name], { maxBuffer: 1 << 30 });
    const bytes = readFileSync(corpus + name);
    const source = await decompressedSource(countingSource(bytes), bytes.subarray(0, 2880));
    const got = await source.getRange({ offset: 0, length: expected.length + 1 });
    expect(Buffer.compare(got, expected)).toBe(0);
  });
});
