import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DType } from "../../src/array.js";
import { type Statistics, statisticsPass } from "../../src/image/stats.js";

type Values =
  | Float64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>;

function statsOf(dtype: DType, ...parts: Values[]): Statistics {
  const pass = statisticsPass(dtype);
  for (const part of parts) pass.add(part);
  return pass.finish([parts.reduce((n, part) => n + part.length, 0)]);
}

/** Two passes over the finite values. */
function naive(values: readonly number[]): Omit<Statistics, "shape" | "dtype"> {
  const finite = values.filter(Number.isFinite);
  const mean = finite.reduce((sum, v) => sum + v, 0) / finite.length;
  const squares = finite.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  const nan = values.filter(Number.isNaN).length;
  return {
    count: finite.length,
    nan,
    infinite: values.length - finite.length - nan,
    min: finite.length > 0 ? finite.reduce((a, b) => Math.min(a, b)) : Number.NaN,
    max: finite.length > 0 ? finite.reduce((a, b) => Math.max(a, b)) : Number.NaN,
    mean,
    std: Math.sqrt(squares / finite.length),
  };
}

describe("statistics", () => {
  test("are those of two passes, however the values come", () => {
    const value = fc.oneof(
      { weight: 9, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    );
    fc.assert(
      fc.property(fc.array(fc.array(value, { maxLength: 30 }), { maxLength: 5 }), (parts) => {
        const got = statsOf("float64", ...parts.map((part) => Float64Array.from(part)));
        const expected = naive(parts.flat());
        expect(got).toMatchObject({ count: expected.count, nan: expected.nan, infinite: expected.infinite });
        expect([got.min, got.max]).toEqual([expected.min, expected.max]);
        const scale = Math.max(1, Math.abs(Number(expected.max)), Math.abs(Number(expected.min)));
        if (expected.count === 0) expect([got.mean, got.std]).toEqual([Number.NaN, Number.NaN]);
        else {
          expect(Math.abs(got.mean - expected.mean)).toBeLessThan(1e-12 * scale);
          expect(Math.abs(got.std - expected.std)).toBeLessThan(1e-9 * scale);
        }
      }),
    );
  });

  test("are infinite, not NaN, where sums of finite values are beyond float64", () => {
    const far = statsOf("float64", Float64Array.of(1e155, 2e155, 3e155));
    expect([far.mean, far.std]).toEqual([2e155, Number.POSITIVE_INFINITY]);
    const lowest = Float64Array.from({ length: 100 }, (_, i) => (i % 10 === 0 ? -Number.MAX_VALUE : i));
    const got = statsOf("float64", lowest, lowest);
    expect([got.mean, got.std]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect([got.min, got.max]).toEqual([-Number.MAX_VALUE, 99]);
  });

  test("keep their digits on a large offset over many blocks", () => {
    const values = Float64Array.from({ length: 100_003 }, (_, i) => 1e9 + (i % 7));
    const got = statsOf("float64", values.subarray(0, 50_000), values.subarray(50_000));
    const small = naive([...values].map((v) => v - 1e9));
    expect(got.mean - 1e9).toBeCloseTo(small.mean, 6);
    expect(got.std).toBeCloseTo(small.std, 9);
    expect(got).toMatchObject({ count: 100_003, min: 1e9, max: 1e9 + 6 });
  });

  test("of equal values have no deviation", () => {
    expect(statsOf("float32", new Float32Array(10_000).fill(0.1))).toMatchObject({
      std: 0,
      mean: Math.fround(0.1),
    });
  });

  test("of blocks that are mostly NaN", () => {
    const values = Float32Array.from({ length: 20_000 }, (_, i) => (i % 1000 === 0 ? i : Number.NaN));
    expect(statsOf("float32", values)).toMatchObject({
      count: 20,
      nan: 19_980,
      min: 0,
      max: 19_000,
      mean: 9_500,
    });
  });

  test("of finite values whose sums overflow still count them", () => {
    const got = statsOf("float64", Float64Array.of(1e308, 1e308, -1e308, -1e308, Number.NaN));
    expect(got).toMatchObject({ count: 4, nan: 1, min: -1e308, max: 1e308 });
  });

  test("of 64-bit integers have exact extremes", () => {
    const big = 2n ** 62n;
    const got = statsOf("int64", BigInt64Array.of(big + 1n, big, 5n), BigInt64Array.of(big + 2n, -big - 3n));
    expect(got).toMatchObject({ min: -big - 3n, max: big + 2n, count: 5 });
    const unsigned = statsOf("uint64", BigUint64Array.of(2n ** 64n - 1n, 2n ** 64n - 2n));
    expect(unsigned).toMatchObject({ min: 2n ** 64n - 2n, max: 2n ** 64n - 1n, mean: 2 ** 64 });
  });

  test("of nothing are NaN", () => {
    expect(statsOf("int16", new Int16Array(0))).toEqual({
      shape: [0],
      dtype: "int16",
      count: 0,
      nan: 0,
      infinite: 0,
      min: Number.NaN,
      max: Number.NaN,
      mean: Number.NaN,
      std: Number.NaN,
    });
  });
});
