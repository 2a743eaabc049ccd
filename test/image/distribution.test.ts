/** Order statistics, held and by passes: the same, and those of numpy and astropy. */
import { expect, test } from "vitest";
import type { Arrays, DType } from "../../src/array.js";
import { distributionOf, percentilesOf, sigmaClipped } from "../../src/image/distribution.js";

/** 2000 values like noise with outliers, by a generator that Python repeats. */
function noise(): Float64Array {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Float64Array.from({ length: 2000 }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < 12; k++) sum += next();
    return i % 50 === 0 ? 100 + i : 10 + (sum - 6) * 2;
  });
}

const blocksOf = (...blocks: Arrays[DType][]) =>
  async function* () {
    yield* blocks;
  };

test.each(["held", "by passes"])("percentiles are numpy's, %s", async (how) => {
  const held = how === "held" ? 1e6 : 10;
  for (const type of [Float64Array, Float32Array]) {
    const values = type.from(noise()) as Float64Array<ArrayBuffer>;
    const odd = Float64Array.of(Number.NaN, Infinity);
    const blocks = blocksOf(values.subarray(0, 700), odd, values.subarray(700));
    const distribution = await distributionOf(blocks, held);
    expect(distribution.count).toBe(2000);
    const sorted = values.slice().sort();
    const at = (p: number): number => {
      const place = (p / 100) * 1999;
      const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
      return low + (high - low) * (place % 1);
    };
    const percents = [0, 1, 5, 50, 95, 99.9, 100];
    const found = await percentilesOf(distribution, percents);
    for (const [i, p] of percents.entries()) expect(found[i]).toBeCloseTo(at(p), 10);
  }
});

test.each(["held", "by passes"])("sigma clipping is astropy's, %s", async (how) => {
  const distribution = await distributionOf(
    blocksOf(noise() as Float64Array<ArrayBuffer>),
    how === "held" ? 1e6 : 10,
  );
  const { count, mean, median, std } = await sigmaClipped(distribution);
  // astropy 5.2.1: sigma_clipped_stats(data, sigma=3, maxiters=5).
  expect([mean, median, std].map((value) => value.toPrecision(11))).toEqual([
    "9.9538263596",
    "9.9255867293",
    "2.0053156568",
  ]);
  expect(count).toBe(1952);
});

test("64-bit integers are counted as float64; nothing is a count of nothing", async () => {
  const distribution = await distributionOf(blocksOf(BigInt64Array.of(3n, 1n, 2n)), 0);
  expect(await percentilesOf(distribution, [50])).toEqual([2]);
  const none = await distributionOf(blocksOf(Float64Array.of(Number.NaN)));
  expect(await percentilesOf(none, [50])).toEqual([Number.NaN]);
  expect(await sigmaClipped(none)).toMatchObject({ count: 0, mean: Number.NaN, median: Number.NaN });
});
