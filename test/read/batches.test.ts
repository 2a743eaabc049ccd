/**
 * Batches that the server does not answer as asked: what comes by single requests in their place.
 */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { openSession } from "../../src/index.js";
import { priceBatches } from "../../src/read/batches.js";
import { type Cost, expectedSeconds, networkSpeed, price } from "../../src/read/ranges.js";
import { createReader } from "../../src/read/run.js";
import type { ByteRange, ManyRanges } from "../../src/source/source.js";
import { far, type Held, held, plan, serve, settled } from "./held.js";

const ranges = far(20);

/** 100 bytes in every `step`. */
const every = (count: number, step: number): ByteRange[] =>
  Array.from({ length: count }, (_, i) => ({ offset: i * step, length: 100 }));

/** A source that takes questions for many ranges, and brings only the first `some` of them. */
function refusing(some = 0): Held & { questions: number } {
  const many = (): Promise<ManyRanges> =>
    Promise.resolve({
      ...{ most: 200, longestHeader: 6000, overhead: 120, odds: 1 },
      getRanges(parts: readonly ByteRange[]) {
        source.questions++;
        return Promise.resolve(
          parts.map(({ offset, length }, i) =>
            i < some ? Uint8Array.from({ length }, (_, at) => (offset + at) % 256) : undefined,
          ),
        );
      },
    });
  const source = Object.assign(held(), { questions: 0, manyRanges: many });
  return source;
}

/** Until so many requests are under way: what asks for many ranges is loaded first. */
const asks = (source: Held, count: number): Promise<void> =>
  vi.waitFor(() => expect(source.asked).toHaveLength(count));

const offsets = (source: Held): number[] => source.asked.map(({ offset }) => offset);

describe("ranges that a server does not send together", () => {
  test.each([0, 7])("are asked for once each, also by a read that was given up (%i came)", async (some) => {
    const source = refusing(some);
    const reader = createReader(source, { session: openSession() });
    const stop = new AbortController();
    const read = reader.run(plan(ranges), { signal: stop.signal });
    await asks(source, 20 - some);
    expect(offsets(source)).toEqual(ranges.slice(some).map(({ offset }) => offset));
    const came = ranges.slice(10, 14).map(({ offset }) => offset);
    source.answer(...came);
    await settled();
    stop.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    await settled();
    expect([source.inFlight, source.aborted]).toEqual([0, 20 - some - 4]);
    source.asked.length = 0;
    expect(await serve([source], reader.run(plan(ranges.slice(0, 7))))).toBe(700);
    expect(offsets(source)).toEqual(some === 0 ? ranges.slice(0, 7).map(({ offset }) => offset) : []);
    expect(await serve([source], reader.run(plan(ranges.slice(10, 14))))).toBe(400);
    expect(offsets(source)).not.toContain(came[0]);
    expect(source.questions).toBe(1);
  });

  test("are shared with other reads, whoever is given up", async () => {
    const source = refusing();
    const reader = createReader(source, { session: openSession() });
    const stop = new AbortController();
    const read = reader.run(plan(ranges), { signal: stop.signal });
    const early = reader.run(plan(ranges.slice(2, 4)));
    await asks(source, 20);
    const late = reader.run(plan(ranges.slice(5, 8)));
    await settled();
    stop.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    expect(await serve([source], Promise.all([early, late]))).toEqual([200, 300]);
    expect(source.asked).toHaveLength(20);
  });

  test("are priced together, however many questions there were", async () => {
    const source = refusing();
    const reader = createReader(source, { session: openSession({ concurrency: 32 }) });
    const rows = every(2000, 20_000);
    expect(await serve([source], reader.run(plan(rows)))).toBe(200_000);
    const cost: Cost = { ...networkSpeed, concurrency: 32, optimize: "time" };
    expect(source.questions).toBeGreaterThan(5);
    expect(source.asked.toSorted((a, b) => a.offset - b.offset)).toEqual(price(rows, cost));
  });

  test("are asked for no more when one of them fails", async () => {
    const source = refusing();
    const { getRange } = source;
    source.getRange = (range, options) =>
      range.offset === ranges[3]!.offset ? Promise.reject(new Error("broken")) : getRange(range, options);
    const reader = createReader(source, { session: openSession() });
    await expect(reader.run(plan(ranges))).rejects.toThrow("broken");
    await settled();
    expect(source.inFlight).toBe(0);
  });
});

describe("a price of batches", () => {
  const terms = { most: 200, longestHeader: 6000, overhead: 120, odds: 1 };
  const cost: Cost = { ...networkSpeed, concurrency: 32, optimize: "time" };
  const bytes = (all: readonly ByteRange[]): number => all.reduce((sum, { length }) => sum + length, 0);
  const seconds = (batches: readonly (readonly ByteRange[])[]): number => {
    const parts = batches.flat();
    return expectedSeconds(batches.length, bytes(parts) + 120 * parts.length, cost) + parts.length * 10e-6;
  };

  test("reads gaps where so many parts would be more questions than a wave", () => {
    const rows = every(20_000, 1500);
    const batches = priceBatches(rows, price(rows, cost), cost, terms);
    const wide = every(20_000, 30_000);
    const scattered = priceBatches(wide, price(wide, cost), cost, terms)!;
    expect(batches).toBeUndefined();
    expect([scattered.length, scattered.flat().length, bytes(scattered.flat())]).toEqual([
      100, 20_000, 2_000_000,
    ]);
  });

  test("is never more than that of single requests", () => {
    const step = fc.integer({ min: 200, max: 100_000 });
    fc.assert(
      fc.property(fc.integer({ min: 9, max: 4000 }), step, (count, step) => {
        const rows = every(count, step);
        const requests = price(rows, cost);
        const batches = priceBatches(rows, requests, cost, terms);
        if (!batches) return;
        expect(seconds(batches)).toBeLessThan(expectedSeconds(requests.length, bytes(requests), cost));
        for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(200);
        expect(bytes(batches.flat())).toBeLessThanOrEqual(count * step);
      }),
    );
  });
});
