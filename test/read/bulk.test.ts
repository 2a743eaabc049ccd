import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type Bulk, bulkReading } from "../../src/read/bulk.js";
import { gate } from "../../src/read/gate.js";
import { done, type Plan, type WantedRange } from "../../src/read/plan.js";
import { createReader } from "../../src/read/run.js";
import type { ByteRange, ByteSource, GetRangeOptions } from "../../src/source/source.js";

const size = 6_000_000;
const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) % 256);

interface Lent extends ByteSource {
  /** The memories that it was given. */
  readonly given: Set<ArrayBufferLike>;
}

/** A source that answers late, in chunks, to the memory that it is given, as a network's does. */
function chunked(): Lent {
  const given = new Set<ArrayBufferLike>();
  return {
    href: "test:chunked",
    size,
    given,
    async getRange({ offset, length }: ByteRange, { into, put }: GetRangeOptions = {}) {
      if (into) given.add(into.buffer);
      const memory = into ?? new Uint8Array(length);
      for (let at = 0; at < length; at += 10_000) {
        await new Promise((resolve) => setImmediate(resolve));
        const chunk = bytes.slice(offset + at, offset + Math.min(at + 10_000, length));
        if (put) put(chunk, at);
        else memory.set(chunk, at);
      }
      return memory.subarray(0, length);
    },
  };
}

/** What gives the requests of a step their memory, whose bytes only pass. */
function memoryOf(): Bulk["memory"] {
  const step = { label: "", ranges: [], passing: true, take() {}, next: () => done(0) };
  const cost = { latency: 0.1, throughput: 1e6, concurrency: 4, optimize: "time" } as const;
  return bulkReading(step, {}, cost, gate(4)).memory;
}

/** Copies what is taken, `late` milliseconds after it was given as a decoder does that waits for something. */
function copies(ranges: readonly WantedRange[], passing: boolean, late = 0): Plan<Uint8Array[]> {
  const got: Uint8Array[] = [];
  return {
    label: "test",
    ranges,
    passing,
    async take(i, part) {
      if (late > 0) await new Promise((resolve) => setTimeout(resolve, (i % 3) * late));
      got[i] = part.slice();
    },
    next: () => done(got),
  };
}

describe("memory of steps that read much", () => {
  test("serves again only when its bytes have been taken, and gives every range its own", async () => {
    const range = fc.record({
      offset: fc.integer({ min: 0, max: size - 1 }),
      length: fc.integer({ min: 1, max: 200_000 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(range, { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        async (wanted, pass) => {
          const ranges = wanted.map(({ offset, length }) => ({
            offset,
            length: Math.min(length, size - offset),
          }));
          const reader = createReader(chunked(), { cacheBytes: 100_000, concurrency: 3 });
          const got = await reader.run(copies(ranges, pass, 1));
          ranges.forEach(({ offset, length }, i) => {
            expect(Buffer.compare(got[i]!, bytes.subarray(offset, offset + length))).toBe(0);
          });
        },
      ),
      { numRuns: 30 },
    );
  });

  test("is a few requests' for a step of many, and new for one that holds on to its bytes", async () => {
    const ranges = Array.from({ length: 20 }, (_, i) => ({ offset: i * 300_000, length: 250_000 }));
    for (const passing of [true, false]) {
      const source = chunked();
      const reader = createReader(source, { cacheBytes: 0, concurrency: 2, gap: 0 });
      await reader.run(copies(ranges, passing));
      if (passing) expect(source.given.size).toBeLessThan(5);
      else expect(source.given.size).toBe(0);
    }
  });

  test("takes of a chunk only what is wanted", async () => {
    const request = { offset: 1000, length: 100 };
    const wanted = [
      { offset: 990, length: 15 },
      { offset: 1003, length: 4 },
      { offset: 1050, length: 10 },
      { offset: 1095, length: 20 },
    ].map((range) => ({ ...range, range }));
    const memory = memoryOf();
    const { target, part } = memory(request, wanted, false);
    const { into, put } = await target!();
    for (let at = 0; at < 100; at += 30)
      put!(
        Uint8Array.from({ length: Math.min(30, 100 - at) }, (_, i) => at + i),
        at,
      );
    expect(into!.every((byte: number) => byte === 0)).toBe(true);
    const parts = wanted.map((one) => [...part!(one, into!)!]);
    expect(parts).toEqual([
      [0, 1, 2, 3, 4],
      [3, 4, 5, 6],
      [50, 51, 52, 53, 54, 55, 56, 57, 58, 59],
      [95, 96, 97, 98, 99],
    ]);
    expect(part!(wanted[1]!, into!)!.buffer.byteLength).toBe(22);
  });

  test("holds once what several want", async () => {
    const request = { offset: 0, length: 1000 };
    const wanted = Array.from({ length: 50 }, (_, i) => ({ offset: i, length: 900 })).map((range) => ({
      ...range,
      range,
    }));
    const { target, part } = memoryOf()(request, wanted, false);
    const { into, put } = await target!();
    put!(bytes.subarray(0, 1000), 0);
    for (const one of wanted) {
      const got = part!(one, into!)!;
      expect(got.buffer.byteLength).toBe(949);
      expect(Buffer.compare(got, bytes.subarray(one.offset, one.offset + 900))).toBe(0);
    }
  });

  test("is that of the source where it puts nothing, or not all, or answers with its own", async () => {
    const wanted = { offset: 0, length: 4, range: { offset: 0, length: 4 } };
    const { target, part } = memoryOf()({ offset: 0, length: 4 }, [wanted], false);
    const { into, put } = await target!();
    expect(into!.length).toBe(4);
    expect(part!(wanted, into!)).toBeUndefined();
    put!(Uint8Array.of(1, 2), 0);
    put!(Uint8Array.of(4), 3);
    expect(part!(wanted, into!)).toBeUndefined();
    put!(Uint8Array.of(3, 4), 2);
    expect([...part!(wanted, into!)!]).toEqual([1, 2, 3, 4]);
    expect(part!(wanted, new Uint8Array(4))).toBeUndefined();
  });

  test("is right where a source begins to put, breaks off, and another one answers", async () => {
    const first = chunked();
    for (const second of [local(), chunked()]) {
      const source: ByteSource = {
        href: "test:mirrors",
        size,
        async getRange(range, options = {}) {
          const some = { offset: range.offset, length: Math.ceil(range.length / 2) };
          await first.getRange(some, options);
          return range.offset % 2 ? second.getRange(range, options) : second.getRange(range);
        },
      };
      const ranges = Array.from({ length: 12 }, (_, i) => ({ offset: i * 450_001, length: 300_000 }));
      const got = await createReader(source, { cacheBytes: 0, gap: 0 }).run(copies(ranges, true));
      ranges.forEach(({ offset, length }, i) => {
        expect(Buffer.compare(got[i]!, bytes.subarray(offset, offset + length))).toBe(0);
      });
    }
  });

  test("that is not to be had fails the read, not those that follow", async () => {
    const reader = createReader(local(), { cacheBytes: 0, concurrency: 1 });
    const Real = ArrayBuffer;
    let failures = 1;
    vi.stubGlobal(
      "ArrayBuffer",
      class extends Real {
        constructor(length: number) {
          if (length >= 100_000 && failures-- > 0) throw new RangeError("Array buffer allocation failed");
          super(length);
        }
      },
    );
    const ranges = [0, 1, 2].map((i) => ({ offset: i * 2_000_000, length: 1_500_000 }));
    await expect(reader.run(copies(ranges, true))).rejects.toMatchObject({ code: "TOO_LARGE" });
    vi.unstubAllGlobals();
    const got = await reader.run(copies(ranges, true));
    ranges.forEach(({ offset, length }, i) => {
      expect(Buffer.compare(got[i]!, bytes.subarray(offset, offset + length))).toBe(0);
    });
  });

  test("of a request that failed does not serve again", async () => {
    const late: (() => void)[] = [];
    const given: Uint8Array[] = [];
    const source: ByteSource = {
      href: "test:failing",
      size,
      async getRange({ offset, length }, { into }: GetRangeOptions = {}) {
        given.push(into!);
        if (offset === 0) {
          late.push(() => into!.fill(0)); // a thread that still writes
          throw new Error("broken");
        }
        into!.set(bytes.subarray(offset, offset + length));
        return into!.subarray(0, length);
      },
    };
    const memory = memoryOf();
    const failed = memory({ offset: 0, length: 10 }, [], false);
    const next = memory({ offset: 10, length: 10 }, [], false);
    expect((await failed.target!()).into).not.toBe((await next.target!()).into);
    const ranges = [0, 1, 2].map((i) => ({ offset: i * 600_000, length: 500_000 }));
    const reader = createReader(source, { cacheBytes: 0, gap: 0, concurrency: 1 });
    await expect(reader.run(copies(ranges, true))).rejects.toThrow("broken");
    expect(new Set(given.map(({ buffer }) => buffer)).size).toBe(given.length);
    late.forEach((write) => {
      write();
    });
  });

  /** A local source, and how many of its answers have not been taken yet, at most. */
  function local(): ByteSource & { readonly asked: ByteRange[] } {
    const asked: ByteRange[] = [];
    return {
      href: "test:local",
      size,
      speed: { latency: 1e-5, throughput: 1e9 },
      asked,
      async getRange({ offset, length }, { into, signal }: GetRangeOptions = {}) {
        signal?.throwIfAborted();
        asked.push({ offset, length });
        const memory = into ?? new Uint8Array(length);
        memory.set(bytes.subarray(offset, offset + length));
        return memory.subarray(0, length);
      },
    };
  }

  /** A plan for all of a source, in ranges of `length`, that counts how much was asked for and not yet taken. */
  function slowly(source: { readonly asked: ByteRange[] }, length: number, fails = -1): Plan<number> {
    let taken = 0;
    let most = 0;
    const ranges = Array.from({ length: Math.ceil(size / length) }, (_, i) => ({
      offset: i * length,
      length: Math.min(length, size - i * length),
    }));
    return {
      label: "test",
      ranges,
      passing: true,
      async take(i, part) {
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (i === fails) throw new Error("cannot be decoded");
        expect(Buffer.compare(part, bytes.subarray(i * length, i * length + part.length))).toBe(0);
        const came = source.asked.reduce((sum, one) => sum + one.length, 0);
        most = Math.max(most, came - taken);
        taken += part.length;
      },
      next: () => done(most),
    };
  }

  test("of a disk is little however slowly the bytes are taken", async () => {
    const source = local();
    const reader = createReader(source, { cacheBytes: 0 });
    expect(await reader.run(slowly(source, 100_000))).toBeLessThanOrEqual(4 * 1024 * 1024 + 400_000);
    expect(Math.max(...source.asked.map(({ length }) => length))).toBeLessThanOrEqual(1024 * 1024 + 200_000);
    expect(source.asked.length).toBeGreaterThanOrEqual(6);
  });

  test("is there for the next read after one that failed or was given up", async () => {
    for (const concurrency of [1, 2, 4]) {
      const source = local();
      const reader = createReader(source, { cacheBytes: 0, concurrency });
      await expect(reader.run(slowly(source, 50_000, 30))).rejects.toThrow("cannot be decoded");
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error("enough")), 5);
      await expect(reader.run(slowly(source, 50_000), { signal: stop.signal })).rejects.toThrow("enough");
      source.asked.length = 0;
      expect(await reader.run(slowly(source, 50_000))).toBeGreaterThan(0);
    }
  });
});
