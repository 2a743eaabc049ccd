/**
 * Steps that give memory of their own: bytes are read straight into it, and each range gets its own bytes.
 */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Plan, Step } from "../../src/read/plan.js";
import { createReader } from "../../src/read/run.js";
import { openSession } from "../../src/read/session.js";
import type { ByteRange, ByteSource, GetRangeOptions } from "../../src/source/source.js";

const size = 6_000_000;
const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) % 256);

interface Lent extends ByteSource {
  /** The memory that it was given, and what it was asked for. */
  readonly given: Uint8Array[];
  readonly asked: ByteRange[];
}

/** A source that answers late, in chunks, into the memory that it is given, as a network's does. */
function chunked(more: Partial<ByteSource> = {}): Lent {
  const given: Uint8Array[] = [];
  const asked: ByteRange[] = [];
  return {
    href: "test:chunked",
    size,
    ...more,
    given,
    asked,
    async getRange({ offset, length }: ByteRange, { into, signal }: GetRangeOptions = {}) {
      asked.push({ offset, length });
      if (into) given.push(into);
      const memory = into ?? new Uint8Array(length);
      for (let at = 0; at < length; at += 100_000) {
        await new Promise((resolve) => setImmediate(resolve));
        signal?.throwIfAborted();
        memory.set(bytes.subarray(offset + at, offset + Math.min(at + 100_000, length)), at);
      }
      return memory.subarray(0, length);
    },
  };
}

const disk = { speed: { latency: 60e-6, throughput: 1e9 } };

/** Copies what is taken, `late` milliseconds after it was given, as a decoder does that waits for something. */
function copies(ranges: readonly ByteRange[], more: Partial<Step> = {}, late = 0): Plan<Uint8Array[]> {
  return function* () {
    const got: Uint8Array[] = [];
    yield {
      label: "test",
      ranges,
      async take(i, part) {
        if (late > 0) await new Promise((resolve) => setTimeout(resolve, (i % 3) * late));
        got[i] = part.slice();
      },
      ...more,
    };
    return got;
  };
}

/** The ranges one behind the other in one result, as the rows of a section are. */
function packed(ranges: readonly ByteRange[]): Plan<Uint8Array> {
  return function* () {
    let total = 0;
    const ends = ranges.map(({ length }) => (total += length));
    let result: Uint8Array<ArrayBuffer> | undefined;
    const place = (i: number): Uint8Array<ArrayBuffer> => {
      result ??= new Uint8Array(total);
      return result.subarray(ends[i]! - ranges[i]!.length, ends[i]!);
    };
    yield {
      label: "rows",
      ranges,
      into: place,
      take(i, part) {
        const into = place(i);
        if (part.buffer !== into.buffer) into.set(part);
        else if (part.byteOffset !== into.byteOffset) throw new Error("bytes at another place of the result");
      },
    };
    return result ?? new Uint8Array(0);
  };
}

const expected = ({ offset, length }: ByteRange): Uint8Array => bytes.subarray(offset, offset + length);
const joined = (ranges: readonly ByteRange[]): Buffer => Buffer.concat(ranges.map(expected));

const anyRanges = fc.array(
  fc
    .record({ offset: fc.integer({ min: 0, max: size - 1 }), length: fc.integer({ min: 1, max: 200_000 }) })
    .map(({ offset, length }) => ({ offset, length: Math.min(length, size - offset) })),
  { minLength: 1, maxLength: 40 },
);

describe("memory of steps that read much", () => {
  test("every range gets its own bytes, however late they are taken", async () => {
    await fc.assert(
      fc.asyncProperty(anyRanges, fc.constantFrom({}, disk), async (ranges, speed) => {
        const reader = createReader(chunked(speed), { cacheBytes: 100_000, concurrency: 3 });
        const got = await reader.run(copies(ranges, { keep: false }, 1));
        for (const [i, range] of ranges.entries()) expect(Buffer.compare(got[i]!, expected(range))).toBe(0);
        await reader.close();
      }),
      { numRuns: 20 },
    );
  });

  test("a result is the same whether bytes are read into it or not, of whatever ranges it is made", async () => {
    await fc.assert(
      fc.asyncProperty(anyRanges, fc.constantFrom({}, disk), async (ranges, speed) => {
        const reader = createReader(chunked(speed), { concurrency: 3 });
        const plan = packed(ranges);
        const [a, b] = await Promise.all([reader.run(plan), reader.run(plan)]);
        expect(a.buffer).not.toBe(b.buffer);
        for (const result of [a, b]) expect(Buffer.compare(result, joined(ranges))).toBe(0);
        await reader.close();
      }),
      { numRuns: 20 },
    );
  });

  test("a long range is cut into requests that are read into their parts of the result", async () => {
    const range = { offset: 1000, length: 4_000_000 };
    const source = chunked();
    const result = await createReader(source).run(packed([range]));
    expect(Buffer.compare(result, expected(range))).toBe(0);
    expect(source.asked.length).toBeGreaterThan(1);
    expect(source.given.map(({ byteOffset, length }) => [byteOffset, length])).toEqual(
      source.asked.map(({ offset, length }) => [offset - 1000, length]),
    );
    for (const { buffer } of source.given) expect(buffer).toBe(result.buffer);
  });

  test("rows that touch in the file and in the result are one request into the result", async () => {
    const ranges = [0, 1, 2].map((i) => ({ offset: 500 + i * 100, length: 100 }));
    const source = chunked();
    const result = await createReader(source).run(packed(ranges));
    expect(source.given).toHaveLength(1);
    expect(source.given[0]!.buffer).toBe(result.buffer);
  });

  test("rows with a gap that is read through are not read into the result", async () => {
    const ranges = [0, 1, 2].map((i) => ({ offset: 500 + i * 110, length: 100 }));
    const source = chunked();
    const result = await createReader(source).run(packed(ranges));
    expect(Buffer.compare(result, joined(ranges))).toBe(0);
    expect(source.asked).toEqual([{ offset: 500, length: 320 }]);
    expect(source.given).toEqual([]);
  });

  test("a source that answers with memory of its own is believed, not the memory it was given", async () => {
    const source = chunked();
    const stubborn: ByteSource = {
      ...source,
      async getRange(range, options) {
        options?.into?.fill(99);
        return source.getRange(range);
      },
    };
    for (const ranges of [
      [{ offset: 7, length: 3_000_000 }],
      [0, 1].map((i) => ({ offset: i * 9, length: 9 })),
    ])
      expect(Buffer.compare(await createReader(stubborn).run(packed(ranges)), joined(ranges))).toBe(0);
  });

  test("bytes that go to a result are not lent to other reads", async () => {
    const source = chunked();
    const reader = createReader(source);
    const range = { offset: 0, length: 1000 };
    (await reader.run(packed([range]))).fill(0);
    const [again] = await reader.run(copies([range]));
    expect(Buffer.compare(again!, expected(range))).toBe(0);
    expect(source.asked).toEqual([range, range]);
  });

  test("memory is asked for when bytes are about to come, once for each range, and never by explain", async () => {
    const asked: number[] = [];
    const ranges = [0, 1, 2].map((i) => ({ offset: i * 2_000_000, length: 100 }));
    const into = (i: number): Uint8Array<ArrayBuffer> => {
      asked.push(i);
      return new Uint8Array(100);
    };
    const source = chunked();
    const askedBefore: number[] = [];
    const getRange: ByteSource["getRange"] = (range, options) => {
      askedBefore.push(asked.length);
      return source.getRange(range, options);
    };
    const reader = createReader({ ...source, getRange }, { concurrency: 1, gap: 0 });
    const plan = copies(ranges, { into });
    await reader.explain(plan);
    expect(asked).toEqual([]);
    await reader.run(plan);
    expect(asked).toEqual([0, 1, 2]);
    expect(askedBefore).toEqual([1, 2, 3]);
  });

  test("memory that is not to be had fails the read, not those that follow", async () => {
    const session = openSession();
    const reader = createReader(chunked(), { concurrency: 1, session });
    const none = vi.fn(() => {
      throw new RangeError("Array buffer allocation failed");
    });
    const range = { offset: 0, length: 1_500_000 };
    await expect(reader.run(copies([range], { into: none }))).rejects.toThrow("allocation failed");
    const [got] = await reader.run(copies([range]));
    expect(Buffer.compare(got!, expected(range))).toBe(0);
    expect(session.flight.inside).toBe(0);
  });

  test("a range of several pieces of which one came short is short, and never filled with zeros", async () => {
    const short = { href: "test:short" }; // of unknown size, as a growing file's
    const ends = 3_000_000;
    const source: ByteSource = {
      ...short,
      getRange: async ({ offset, length }) =>
        bytes.slice(offset, Math.max(offset, Math.min(offset + length, ends))),
    };
    const reader = createReader(source);
    await reader.run(copies([{ offset: 2_000_000, length: 100 }]));
    const range = { offset: 1_000_000, length: 4_000_000 };
    const [whole] = await reader.run(copies([range], { keep: false }));
    expect(whole!.length).toBe(2_000_000);
    expect(Buffer.compare(whole!, bytes.subarray(1_000_000, ends))).toBe(0);
    const sizes: number[] = [];
    const memory = new Uint8Array(range.length);
    const take = (_: number, part: Uint8Array): void => void sizes.push(part.length);
    await reader.run(copies([range], { into: () => memory, take }));
    expect(sizes).toEqual([2_000_000]);
  });

  test("bytes behind a piece that is missing in the middle are none of the range", async () => {
    const holes: ByteSource = {
      href: "test:holes",
      getRange: async ({ offset, length }) =>
        offset < 2_000_000 && offset + length > 1_000_000
          ? bytes.slice(offset, Math.max(offset, 1_000_000))
          : bytes.slice(offset, offset + length),
    };
    const [got] = await createReader(holes).run(copies([{ offset: 0, length: 5_000_000 }]));
    expect(got!.length).toBeLessThanOrEqual(1_000_000);
    expect(Buffer.compare(got!, bytes.subarray(0, got!.length))).toBe(0);
  });

  test("a disk does not run ahead of a decoder: no more is in flight than the session allows", async () => {
    const session = openSession({ bytesInFlight: 1_000_000 });
    const source = chunked(disk);
    const reader = createReader(source, { session, cacheBytes: 0 });
    const ranges = Array.from({ length: 60 }, (_, i) => ({ offset: i * 100_000, length: 100_000 }));
    let taken = 0;
    let most = 0;
    const take = async (_: number, part: Uint8Array): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      const came = source.asked.reduce((sum, { length }) => sum + length, 0);
      most = Math.max(most, came - taken);
      taken += part.length;
    };
    await reader.run(copies(ranges, { take }));
    expect(taken).toBe(size);
    // What is in flight, and of each request the ranges that were taken already.
    expect(most).toBeLessThanOrEqual(2 * 1_000_000 + 1024 * 1024);
    expect(Math.max(...source.asked.map(({ length }) => length))).toBeLessThanOrEqual(1024 * 1024);
    await session.close();
  });
});
