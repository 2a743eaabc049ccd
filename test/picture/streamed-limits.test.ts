/**
 * Limits of what memory cannot hold, in passes over blocks, are those of all values.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Arrays, DType } from "../../src/array.js";
import type { Blocks } from "../../src/image/distribution.js";
import { limitsOf, parseLimits } from "../../src/picture/limits.js";
import { streamedLimits } from "../../src/picture/streamed-limits.js";

/** Rows in blocks from the top down, a few rows in each. */
function blocksOf(data: Arrays[DType], width: number, rows: number): Blocks {
  const height = data.length / width;
  return async function* () {
    for (let stop = height; stop > 0; stop -= rows) {
      const block = data.slice(Math.max(0, stop - rows) * width, stop * width);
      const turned = block.slice();
      const count = block.length / width;
      for (let row = 0; row < count; row++)
        turned.set(block.slice(row * width, (row + 1) * width) as never, (count - 1 - row) * width);
      yield turned;
    }
  };
}

const rules = ["zscale", "minmax", "99.5%", "1%,99.9%", "0%,50%", "100%"] as const;

async function agree(data: Arrays[DType], width: number, rows: number): Promise<void> {
  const size = { width, height: data.length / width };
  for (const rule of rules) {
    const found = await streamedLimits(blocksOf(data, width, rows), size, parseLimits(rule));
    expect(found ?? { vmin: 0, vmax: 1 }).toEqual(limitsOf(data, { limits: rule }));
  }
}

/** Numbers of a seed, about normal. */
function noise(length: number, seed: number): Float64Array<ArrayBuffer> {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return Float64Array.from({ length }, () => next() + next() + next() + next());
}

test("of sky with stars, in each type", async () => {
  const sky = noise(130 * 70, 5).map((value, i) => 1000 + 10 * value + (i % 97 === 0 ? i : 0));
  await agree(sky, 70, 13);
  await agree(Float32Array.from(sky), 70, 130);
  await agree(Int16Array.from(sky), 130, 1);
  await agree(
    Int32Array.from(sky, (value) => value * 2e5),
    70,
    7,
  );
  await agree(
    Uint8Array.from(sky, (value) => value % 200),
    70,
    7,
  );
  await agree(
    BigInt64Array.from(sky, (value) => BigInt(Math.round(value * 1e15)) - 1_000_000_000_000_000_000n),
    70,
    7,
  );
});

test("of values that are not finite among others, however many, and of none", async () => {
  const sky = noise(4000, 3);
  for (const share of [2, 3, 50, 1])
    await agree(
      sky.map((value, i) => (i % share === 0 ? [Number.NaN, Infinity, -Infinity][i % 3]! : value)),
      40,
      9,
    );
});

test("of any doubles", async () => {
  const arrays = fc
    .float64Array({ minLength: 1, maxLength: 40 })
    .map((values) => values.map((value) => value + 0));
  await fc.assert(
    fc.asyncProperty(arrays, fc.integer({ min: 1, max: 5 }), (values, rows) => agree(values, 1, rows)),
    { numRuns: 10 },
  );
});
