import { getEventListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { done, type Plan, read, type Step, together } from "../../src/read/plan.js";
import { createProfile } from "../../src/read/profile.js";
import { createReader, run } from "../../src/read/run.js";
import type { ByteRange, ByteSource, GetRangeOptions } from "../../src/source/source.js";

interface Counted extends ByteSource {
  asked: ByteRange[];
  aborted: number;
}

/** A remote-like source of bytes 0, 1, 2 ... 255, 0 ...: answers late and counts what it was asked. */
function counted(size: number, delay = 1): Counted {
  const source: Counted = {
    href: "test:bytes",
    size,
    asked: [],
    aborted: 0,
    getRange({ offset, length }, { signal, into }: GetRangeOptions = {}) {
      source.asked.push({ offset, length });
      return new Promise((resolve, reject) => {
        const answer = (): void => {
          const bytes = content(offset, Math.min(length, size - offset));
          into?.set(bytes);
          resolve(into ? into.subarray(0, bytes.length) : bytes);
        };
        const timer = setTimeout(answer, delay);
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          source.aborted++;
          reject(signal.reason);
        });
      });
    },
  };
  return source;
}

function content(offset: number, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (offset + i) % 256);
}

function collect(ranges: readonly ByteRange[], more: Partial<Step> = {}): Plan<Uint8Array[]> {
  return function* () {
    const got: Uint8Array[] = [];
    yield {
      label: "test",
      ranges,
      take: (i, bytes) => {
        expect(got[i]).toBeUndefined();
        got[i] = bytes.slice();
      },
      ...more,
    };
    return got;
  };
}

/** Two dependent reads: the second range is made of the first one's bytes. */
function readTwice(
  first: ByteRange,
  second: (bytes: Uint8Array) => ByteRange,
  more: Parameters<typeof read>[2] = {},
): Plan<number | undefined> {
  return function* () {
    const a = yield* read("a", first, more);
    return (yield* read("b", second(a)))[0];
  };
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("run", () => {
  test("gives every range its own bytes, whatever the order, overlaps and merges", async () => {
    const ranges = fc.array(
      fc.record({ offset: fc.integer({ min: 0, max: 5000 }), length: fc.integer({ min: 0, max: 700 }) }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(
        ranges,
        ranges,
        fc.integer({ min: 0, max: 3000 }),
        async (first, second, cacheBytes) => {
          const size = 4000;
          const reader = createReader(counted(size, 0), { cacheBytes, gap: 100 });
          for (const wanted of [first, second]) {
            const got = await reader.run(collect(wanted));
            const expected = wanted.map((r) =>
              content(r.offset, Math.max(0, Math.min(r.length, size - r.offset))),
            );
            expect(got).toEqual(expected);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("a plan that is its answer reads nothing", async () => {
    const source = counted(10);
    expect(await run(done(7), source)).toBe(7);
    expect(source.asked).toEqual([]);
  });

  test("counts dependent steps as round trips and bytes as moved and used", async () => {
    const profile = createProfile();
    const source = counted(1_000_000);
    const plan = readTwice({ offset: 0, length: 10 }, (a) => ({ offset: 1000 + a.byteLength, length: 20 }));
    expect(await run(plan, source, { profile })).toBe(1010 % 256);
    const { events, ...sums } = profile.summary();
    expect(sums).toMatchObject({ requests: 2, roundTrips: 2, bytes: 30, usedBytes: 30, wasteBytes: 0 });
    expect(events.map(({ offset, length, label }) => ({ offset, length, label }))).toEqual([
      { offset: 0, length: 10, label: "a" },
      { offset: 1010, length: 20, label: "b" },
    ]);
  });

  test("what is held is not asked for again, and only the missing part of a range is", async () => {
    const source = counted(1_000_000);
    const profile = createProfile();
    const reader = createReader(source, { profile });
    await reader.run(collect([{ offset: 0, length: 1000 }]));
    expect(await reader.run(collect([{ offset: 500, length: 1000 }]))).toEqual([content(500, 1000)]);
    await reader.run(collect([{ offset: 200, length: 900 }]));
    expect(source.asked).toEqual([
      { offset: 0, length: 1000 },
      { offset: 1000, length: 500 },
    ]);
    expect(profile.summary()).toMatchObject({ roundTrips: 2, bytes: 1500, usedBytes: 1500 });
  });

  test("reads at the same time share one request", async () => {
    const source = counted(1000);
    const reader = createReader(source);
    const plan = (): Plan<Uint8Array[]> => collect([{ offset: 0, length: 100 }]);
    const [a, b] = await Promise.all([reader.run(plan()), reader.run(plan())]);
    expect(a).toEqual(b);
    expect(source.asked).toHaveLength(1);
  });

  test("guesses are read in the same wave, and nobody waits for one that does not come", async () => {
    const source = counted(1_000_000);
    const never = { ...source, getRange: source.getRange };
    never.getRange = (range, options) =>
      range.offset === 5000 ? new Promise(() => undefined) : source.getRange(range, options);
    const profile = createProfile();
    const reader = createReader(never, { profile });
    const ahead = [
      { offset: 2000, length: 100 },
      { offset: 5000, length: 100 },
    ];
    const second = { offset: 2000, length: 10 };
    expect(await reader.run(readTwice({ offset: 0, length: 10 }, () => second, { ahead }))).toBe(2000 % 256);
    expect(profile.summary()).toMatchObject({ roundTrips: 1, bytes: 110, usedBytes: 20 });
    await reader.close();
  });

  test("no more is guessed than the cache keeps, and nothing of a disk", async () => {
    const ahead = [1000, 2000, 3000].map((offset) => ({ offset, length: 500 }));
    const plan = collect([{ offset: 0, length: 10 }], { ahead });
    const asked = async (source: Counted, cacheBytes?: number): Promise<number[]> => {
      const reader = createReader(source, cacheBytes === undefined ? {} : { cacheBytes });
      await reader.run(plan);
      await reader.close();
      return source.asked.map(({ offset }) => offset);
    };
    expect(await asked(counted(10_000))).toEqual([0, 1000, 2000, 3000]);
    expect(await asked(counted(10_000), 6000)).toEqual([0, 1000, 2000]);
    expect(await asked(counted(10_000), 0)).toEqual([0]);
    const disk = { ...counted(10_000), speed: { latency: 60e-6, throughput: 1e9 } };
    expect(await asked(disk)).toEqual([0]);
  });

  test("an abort rejects its own caller with the signal's reason and nobody else", async () => {
    const source = counted(1000, 20);
    const reader = createReader(source);
    const controller = new AbortController();
    const first = reader.run(collect([{ offset: 0, length: 100 }]), { signal: controller.signal });
    const second = reader.run(collect([{ offset: 0, length: 50 }]));
    controller.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    expect(await second).toEqual([content(0, 50)]);
    expect(source.aborted).toBe(0);
  });

  test("the last one to leave cancels the request", async () => {
    const source = counted(1000, 1000);
    const reader = createReader(source);
    const controller = new AbortController();
    const reads = [1, 2].map(() =>
      reader.run(collect([{ offset: 0, length: 100 }]), { signal: controller.signal }),
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort(new Error("enough"));
    for (const read of reads) await expect(read).rejects.toThrow("enough");
    expect(source.aborted).toBe(1);
    expect(await createReader(counted(10)).run(collect([{ offset: 0, length: 1 }]))).toHaveLength(1);
  });

  test("pieces are let go when they are taken: a long step does not keep what it has read", async () => {
    const held: WeakRef<Uint8Array>[] = [];
    const source: ByteSource = {
      href: "test:large",
      size: 1e9,
      async getRange({ length }) {
        const bytes = new Uint8Array(length);
        held.push(new WeakRef(bytes));
        return bytes;
      },
    };
    let alive = 0;
    const ranges = Array.from({ length: 40 }, (_, i) => ({ offset: i * 20_000_000, length: 1_000_000 }));
    const take = async (i: number): Promise<void> => {
      if (i !== 39) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
      collectGarbage();
      alive = held.filter((ref) => ref.deref()).length;
    };
    const plan = collect(ranges, { keep: false, take });
    await run(plan, source, { optimize: "bytes", concurrency: 2 });
    expect(held).toHaveLength(40);
    expect(alive).toBeLessThan(10);
  });

  test("a signal that has aborted already sends nothing", async () => {
    const source = counted(1000);
    const read = run(collect([{ offset: 0, length: 10 }]), source, {
      signal: AbortSignal.abort(new Error("no")),
    });
    await expect(read).rejects.toThrow("no");
    expect(source.asked).toEqual([]);
  });

  test("reads that share a signal put one listener on it, and the signal remembers none of them", async () => {
    const { signal } = new AbortController();
    const reader = createReader(counted(4_000_000, 0), { signal, cacheBytes: 0 });
    const heap = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const read = (n: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: n }, (_, i) => reader.run(collect([{ offset: i, length: 1 }]), { signal })),
      );
    await read(1000);
    const before = heap();
    for (let i = 0; i < 3; i++) await read(1000);
    expect(getEventListeners(signal, "abort").length).toBe(1);
    expect(heap() - before).toBeLessThan(1_500_000); // 3000 signals made by AbortSignal.any keep 3 MB
  });

  test("close cancels bulk reads, too", async () => {
    const source = counted(10_000_000, 1000);
    const reader = createReader(source);
    const memory = new Uint8Array(100_000);
    const ranges = [{ offset: 0, length: 100_000 }];
    const reading = reader.run(collect(ranges, { keep: false, into: () => memory }));
    await expect.poll(() => source.asked.length).toBe(1);
    await reader.close();
    await expect(reading).rejects.toMatchObject({ code: "CLOSED" });
    expect(source.aborted).toBe(source.asked.length);
  });

  test("a source that gives more than was asked for, or no bytes, is BAD_RANGE", async () => {
    const all: ByteSource = { href: "test:all", getRange: async () => content(0, 1000) };
    await expect(run(collect([{ offset: 5, length: 10 }]), all)).rejects.toMatchObject({ code: "BAD_RANGE" });
    const text = { href: "test:text", getRange: async () => "SIMPLE" } as unknown as ByteSource;
    await expect(run(collect([{ offset: 5, length: 10 }]), text)).rejects.toMatchObject({
      code: "BAD_RANGE",
    });
  });

  test("failures are forgotten: the next read asks again", async () => {
    const source = counted(1000);
    let failures = 1;
    const flaky: ByteSource = {
      ...source,
      getRange: (range, options) =>
        failures-- > 0 ? Promise.reject(new Error("down")) : source.getRange(range, options),
    };
    const reader = createReader(flaky);
    await expect(reader.run(collect([{ offset: 0, length: 10 }]))).rejects.toThrow("down");
    expect(await reader.run(collect([{ offset: 0, length: 10 }]))).toEqual([content(0, 10)]);
  });

  test("a short answer inside the object is SHORT_READ", async () => {
    const short: ByteSource = { href: "test:short", size: 1000, getRange: async () => content(0, 5) };
    await expect(run(collect([{ offset: 0, length: 10 }]), short)).rejects.toMatchObject({
      code: "SHORT_READ",
    });
  });

  test("no more requests are in flight than concurrency allows", async () => {
    let inFlight = 0;
    let most = 0;
    const source: ByteSource = {
      href: "test:slow",
      size: 1e9,
      async getRange({ offset, length }) {
        most = Math.max(most, ++inFlight);
        await new Promise((resolve) => setTimeout(resolve, 2));
        inFlight--;
        return content(offset, length);
      },
    };
    const far = Array.from({ length: 40 }, (_, i) => ({ offset: i * 20_000_000, length: 8 }));
    await run(collect(far), source, { concurrency: 5, optimize: "bytes" });
    expect(most).toBe(5);
  });

  test("ranges with memory of their own are read into it, and are not lent to others", async () => {
    const length = 100;
    const memory = new Uint8Array(3 * length);
    const source = counted(10 * length);
    const reader = createReader(source);
    const ranges = [0, 1, 2].map((i) => ({ offset: i * length, length }));
    const plan = collect(ranges, {
      into: (i) => memory.subarray(i * length, i * length + length),
      take: (i, bytes) => {
        expect(bytes.buffer).toBe(memory.buffer);
        expect(bytes.byteOffset).toBe(i * length);
      },
    });
    for (let i = 0; i < 2; i++) {
      memory.fill(0);
      await reader.run(plan);
      expect(Buffer.compare(memory, content(0, 3 * length))).toBe(0);
    }
    expect(source.asked).toHaveLength(2);
  });

  test("an error in take or behind a step rejects the read", async () => {
    const fails = (message: string) => () => {
      throw new Error(message);
    };
    const byte = [{ offset: 0, length: 1 }];
    await expect(run(collect(byte, { take: fails("in take") }), counted(10))).rejects.toThrow("in take");
    await expect(run(readTwice(byte[0]!, fails("behind")), counted(10))).rejects.toThrow("behind");
    const later = (i: number): Promise<void> | undefined =>
      i === 1 ? Promise.reject(new Error("later")) : undefined;
    const two = [...byte, { offset: 5, length: 1 }];
    await expect(run(collect(two, { take: later as Step["take"] }), counted(10))).rejects.toThrow("later");
  });

  test("several plans together go in step and share their waves", async () => {
    const profile = createProfile();
    const plans = [0, 1, 2].map((k) =>
      readTwice({ offset: k * 100_000, length: 10 }, () => ({ offset: k * 100_000 + 50_000, length: 10 })),
    );
    expect(await run(together(plans), counted(1_000_000), { profile, optimize: "bytes" })).toEqual(
      [0, 1, 2].map((k) => (k * 100_000 + 50_000) % 256),
    );
    expect(profile.summary()).toMatchObject({ requests: 6, roundTrips: 2 });
  });

  test("explain goes past steps whose bytes are held, to the one that would read", async () => {
    const source = counted(10_000);
    const reader = createReader(source);
    const first = readTwice({ offset: 0, length: 10 }, () => ({ offset: 5000, length: 20 }), {
      locates: true,
    });
    expect(await reader.explain(first)).toMatchObject({ label: "a", more: true });
    await reader.run(collect([{ offset: 0, length: 100 }]));
    const told = await reader.explain(first);
    expect(told).toMatchObject({
      label: "b",
      requests: [{ offset: 5000, length: 20 }],
      bytes: 20,
      more: false,
    });
    expect(source.asked).toEqual([{ offset: 0, length: 100 }]);
    expect(await reader.run(first)).toBe(5000 % 256);
    expect(await reader.explain(first)).toMatchObject({ label: "b", requests: [], heldBytes: 20 });
  });

  test("explain tells the requests and reads nothing", async () => {
    const source = counted(1_000_000);
    const reader = createReader(source);
    const told = await reader.explain(collect([{ offset: 0, length: 1000 }]));
    expect(told).toMatchObject({ requests: [{ offset: 0, length: 1000 }], bytes: 1000, usedBytes: 1000 });
    expect(told.more).toBe(false);
    expect(told.seconds).toBeGreaterThan(0.05);
    expect(source.asked).toEqual([]);
  });

  test("absurd options and ranges are refused", async () => {
    const source = counted(10);
    const byte = collect([{ offset: 0, length: 1 }]);
    expect(() => createReader(source, { concurrency: 0 })).toThrow("concurrency");
    await expect(createReader(source).run(byte, { concurrency: 0 })).rejects.toThrow("concurrency");
    await expect(run(byte, source, { optimize: "speed" as never })).rejects.toThrow("optimize");
    await expect(run(collect([{ offset: -1, length: 4 }]), source)).rejects.toThrow("not a range");
    await expect(run(collect([{ offset: 0, length: Number.NaN }]), source)).rejects.toThrow("not a range");
  });
});
