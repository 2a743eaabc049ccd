/**
 * The display limits that IRAF's zscale finds, as ds9 and astropy's ZScaleInterval do: they show the sky background
 * with contrast, whatever bright objects there are.
 */
import { checkValues } from "../argument.js";
import type { Arrays, DType } from "../array.js";

/** The values that become black and white. */
export interface Limits {
  readonly vmin: number;
  readonly vmax: number;
}

const sampleCount = 1000;
const contrast = 0.25;
const mostRejected = 0.5;
const fewestPixels = 5;
const rejectSigmas = 2.5;
const mostIterations = 5;

/** Limits for `values`: those of a line fitted to a sorted sample of them, outliers rejected. NaN and infinities are ignored. */
export function zscale(values: Arrays[DType]): Limits {
  checkValues(values, "the values");
  return zscaleOfSample(sampleOf(values));
}

/** Limits by the sorted sample. */
export function zscaleOfSample(exact: Float64Array): Limits {
  const count = exact.length;
  if (count === 0) return { vmin: 0, vmax: 1 };
  const size = sizeOf(exact);
  const samples = exact.map((value) => value / size);
  const lowest = samples[0]!;
  const highest = samples[count - 1]!;
  const enough = Math.max(fewestPixels, Math.floor(count * mostRejected));
  const { slope, good } = fitLine(samples, enough);
  if (good < enough) return { vmin: exact[0]!, vmax: exact[count - 1]! };
  const center = Math.floor((count - 1) / 2);
  const half = Math.floor(count / 2);
  const median = count % 2 === 1 ? samples[half]! : (samples[half - 1]! + samples[half]!) / 2;
  return {
    vmin: size * Math.max(lowest, median - ((center - 1) * slope) / contrast),
    vmax: size * Math.min(highest, median + ((count - center) * slope) / contrast),
  };
}

/** What the samples are divided by where their squares would be more, or less, than a number can be: a power of two. */
function sizeOf(samples: Float64Array): number {
  const largest = Math.max(Math.abs(samples[0]!), Math.abs(samples.at(-1)!));
  if (largest === 0 || (largest > 1e-100 && largest < 1e100)) return 1;
  return 2 ** Math.max(-1000, Math.floor(Math.log2(largest)));
}

/** The sample of so many finite values: `count` of them, every `stride`-th from the first one on. */
export function zscaleStride(finite: number): { stride: number; count: number } {
  const stride = Math.max(1, Math.floor(finite / sampleCount));
  return { stride, count: Math.min(sampleCount, Math.ceil(finite / stride)) };
}

/** Every n-th finite value, sorted. */
function sampleOf(values: Arrays[DType]): Float64Array {
  let finite = 0;
  for (let i = 0; i < values.length; i++) if (Number.isFinite(Number(values[i]))) finite++;
  const { stride, count } = zscaleStride(finite);
  const samples = new Float64Array(count);
  let seen = 0;
  let taken = 0;
  for (let i = 0; i < values.length && taken < samples.length; i++) {
    const value = Number(values[i]);
    if (Number.isFinite(value) && seen++ % stride === 0) samples[taken++] = value;
  }
  return samples.sort();
}

/** Fits a line to the sorted samples, rejecting those far from it and their neighbors, again and again. */
function fitLine(samples: Float64Array, enough: number): { slope: number; good: number } {
  const count = samples.length;
  const grow = Math.max(1, Math.floor(count * 0.01));
  let bad = new Uint8Array(count);
  let good = count;
  let before = count + 1;
  let slope = 0;
  for (let i = 0; i < mostIterations && good < before && good >= enough; i++) {
    const line = leastSquares(samples, bad);
    slope = line.slope;
    const flat = samples.map((value, x) => value - (line.intercept + line.slope * x));
    const threshold = rejectSigmas * deviation(flat, bad);
    for (let x = 0; x < count; x++) if (Math.abs(flat[x]!) > threshold) bad[x] = 1;
    bad = grown(bad, grow);
    before = good;
    good = bad.reduce((n, is) => n + 1 - is, 0);
  }
  return { slope, good };
}

function leastSquares(samples: Float64Array, bad: Uint8Array): { slope: number; intercept: number } {
  let n = 0;
  let sumX = 0;
  let sumY = 0;
  for (const [x, y] of samples.entries()) {
    if (bad[x]) continue;
    n++;
    sumX += x;
    sumY += y;
  }
  const meanX = sumX / n;
  const meanY = sumY / n;
  let xx = 0;
  let xy = 0;
  for (const [x, y] of samples.entries()) {
    if (bad[x]) continue;
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
  }
  const slope = xx === 0 ? 0 : xy / xx;
  return { slope, intercept: meanY - slope * meanX };
}

function deviation(values: Float64Array, bad: Uint8Array): number {
  const good = values.filter((_, x) => !bad[x]);
  const mean = good.reduce((sum, value) => sum + value, 0) / good.length;
  return Math.sqrt(good.reduce((sum, value) => sum + (value - mean) ** 2, 0) / good.length);
}

/** Marks the neighbors of bad samples, too: a window of `width` around each sample, as numpy's convolve(..., "same"). */
function grown(bad: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  const after = Math.floor((width - 1) / 2);
  const before = width - 1 - after;
  return bad.map((_, x) => {
    for (let k = Math.max(0, x - before); k <= Math.min(bad.length - 1, x + after); k++) if (bad[k]) return 1;
    return 0;
  });
}
