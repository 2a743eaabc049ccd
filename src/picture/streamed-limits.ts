/**
 * Display limits of pictures that memory cannot hold: the same as those of all their values, in a few passes over them.
 */
import { type Blocks, valuesAt } from "../image/distribution.js";
import { extremesOf, type ParsedRule, ranksOf } from "./limits.js";
import { type Limits, zscaleOfSample, zscaleStride } from "./zscale.js";

/**
 * The limits that `limitsOf` finds among all values of the blocks. `minmax` takes one pass; `zscale` one, and a second one
 * where some values are not finite; percentiles up to four. The last block comes first. `undefined` where no value is finite.
 *
 * @param blocks rows of `width` values from the top down, as `PictureRows` gives them
 */
export async function streamedLimits(
  blocks: Blocks,
  { width, height }: { readonly width: number; readonly height: number },
  rule: ParsedRule,
): Promise<Limits | undefined> {
  if (rule === "zscale") return zscaleOf(blocks, width, width * height);
  if (rule !== "minmax") return percentiles(blocks, rule);
  let found: Limits | undefined;
  for await (const block of blocks()) found = extremesOf(block, found) ?? found;
  return found;
}

/** The sample is every n-th finite value from the first one on, and n tells on how many there are. */
async function zscaleOf(blocks: Blocks, width: number, pixels: number): Promise<Limits | undefined> {
  const first = await everyNth(blocks, width, pixels);
  if (first.finite === 0) return undefined;
  const { sample } = first.finite === pixels ? first : await everyNth(blocks, width, first.finite);
  return zscaleOfSample(sample.sort());
}

/** The sample where there are `expected` finite values; and how many there are. */
async function everyNth(
  blocks: Blocks,
  width: number,
  expected: number,
): Promise<{ sample: Float64Array; finite: number }> {
  const { stride, count } = zscaleStride(expected);
  const sample = new Float64Array(count);
  let finite = 0;
  for await (const block of blocks()) {
    // The rows come from the last to the first, values from the left to the right: from the right to the left they count down.
    for (let row = 0; row < block.length; row += width)
      for (let i = row + width - 1; i >= row; i--) {
        const value = Number(block[i]);
        if (!Number.isFinite(value)) continue;
        const place = expected - 1 - finite++;
        if (place % stride === 0 && place >= 0 && place / stride < count) sample[place / stride] = value;
      }
  }
  return { sample, finite };
}

async function percentiles(
  blocks: Blocks,
  range: readonly [lower: number, upper: number],
): Promise<Limits | undefined> {
  let lerp: ReturnType<typeof ranksOf> | undefined;
  const values = await valuesAt(blocks, (total) => {
    lerp = ranksOf(range, total);
    return lerp.ranks;
  });
  return lerp?.limits(values);
}
