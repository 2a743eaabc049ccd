/**
 * Stretches: how values between the limits become brightness. Names, formulas and defaults are those of
 * astropy.visualization.
 */
import type { Arrays, DType } from "../array.js";
import { FitsError } from "../errors.js";
import type { Limits } from "./zscale.js";

/**
 * Brightness of `t`, the place between the limits, 0 to 1, with the parameter `a`: `linear` t; `sqrt` of t; `power`
 * t^a (a = 2); `log` log(a t + 1) / log(a + 1) (a = 1000); `asinh` asinh(t / a) / asinh(1 / a) (a = 0.1); `sinh`
 * sinh(t / a) / sinh(1 / a) (a = 1/3); `histogram` the share of values that are darker (HistEqStretch).
 */
export type Stretch = "linear" | "log" | "sqrt" | "asinh" | "sinh" | "power" | "histogram";

export const stretches: readonly Stretch[] = ["linear", "log", "sqrt", "asinh", "sinh", "power", "histogram"];

/** Default `a` of the stretches that have one. */
const defaultA: Readonly<Partial<Record<Stretch, number>>> = { log: 1000, asinh: 0.1, sinh: 1 / 3, power: 2 };

/** Brightness, 0 to 1, of a place between the limits. */
export type Curve = (t: number) => number;

/** Throws BAD_ARGUMENT for a stretch that there is not, and for an `a` that it cannot have. */
export function checkStretch(stretch: Stretch, a?: number): void {
  if (!stretches.includes(stretch))
    throw new FitsError("BAD_ARGUMENT", `no stretch "${stretch}"; there are ${stretches.join(", ")}`);
  if (a === undefined) return;
  if (defaultA[stretch] === undefined)
    throw new FitsError("BAD_ARGUMENT", `the stretch ${stretch} has no parameter a; leave it out`);
  if (!(a > 0 && Number.isFinite(a)) || (stretch === "sinh" && a < 1 / 700))
    throw new FitsError("BAD_ARGUMENT", `a = ${a} makes no ${stretch} stretch; give a positive number`);
}

/**
 * The curve of a stretch. Throws as `checkStretch`.
 *
 * @param values of which `histogram` takes those between the limits
 */
export function curveOf(
  stretch: Stretch,
  given: number | undefined,
  values: Arrays[DType],
  limits: Limits,
): Curve {
  checkStretch(stretch, given);
  const a = given ?? defaultA[stretch] ?? 1;
  switch (stretch) {
    case "linear":
      return (t) => t;
    case "sqrt":
      return Math.sqrt;
    case "power":
      return (t) => t ** a;
    case "log":
      return (t) => Math.log1p(a * t) / Math.log1p(a);
    case "asinh":
      return (t) => Math.asinh(t / a) / Math.asinh(1 / a);
    case "sinh":
      return (t) => Math.sinh(t / a) / Math.sinh(1 / a);
    case "histogram":
      return shareBelow(values, limits);
  }
}

/** Places that lie between the cells of `levelsOf`. */
const cells = 16384;

/**
 * The level of a place, 0 to 255, each a 256th of the brightness as in matplotlib. Looked up: a logarithm for each pixel
 * takes ten times as long.
 */
export function levelsOf(curve: Curve): Curve {
  const edges = new Float64Array(257).fill(Number.POSITIVE_INFINITY);
  for (let level = 0; level < 256; level++) edges[level] = firstPlace(curve, level / 256);
  const first = new Uint8Array(cells + 1);
  for (let cell = 0, level = 0; cell <= cells; cell++) {
    while (edges[level + 1]! <= cell / cells) level++;
    first[cell] = level;
  }
  return (t) => {
    let level = first[Math.floor(t * cells)]!;
    while (t >= edges[level + 1]!) level++;
    return level;
  };
}

/** The lowest place whose brightness is at least `least`; a curve never falls. */
function firstPlace(curve: Curve, least: number): number {
  if (curve(1) < least) return Number.POSITIVE_INFINITY;
  let [low, high] = [0, 1];
  if (curve(0) >= least) return 0;
  for (let i = 0; i < 60 && low < high; i++) {
    const middle = (low + high) / 2;
    if (curve(middle) >= least) high = middle;
    else low = middle;
  }
  return high;
}

/** Where a value lies between the limits, 0 to 1; what lies outside is cut off. Of equal limits a step. NaN stays NaN. */
export function placeIn({ vmin, vmax }: Limits): Curve {
  if (!(vmax > vmin)) return (value) => (value > vmin ? 1 : value <= vmin ? 0 : Number.NaN);
  // Half of each where the difference is more than a number can be.
  const half = Number.isFinite(vmax - vmin) ? 1 : 0.5;
  const low = vmin * half;
  const range = vmax * half - low;
  return (value) => {
    const t = (value * half - low) / range;
    return Math.min(1, Math.max(0, t));
  };
}

/**
 * Which share of the values from `vmin` to `vmax` is darker than a place, with straight lines between the values: numpy's
 * interp over the sorted values, as HistEqStretch has it.
 */
function shareBelow(values: Arrays[DType], limits: Limits): Curve {
  const place = placeIn(limits);
  const places = new Float64Array(values.length);
  let count = 0;
  for (const each of values) {
    const value = Number(each);
    if (value >= limits.vmin && value <= limits.vmax) places[count++] = place(value);
  }
  const sorted = places.subarray(0, count).sort();
  if (count < 2 || sorted[0] === sorted[count - 1]) return (t) => t;
  return (t) => {
    if (Number.isNaN(t)) return t;
    const above = firstAbove(sorted, t);
    if (above === 0) return 0;
    if (above === count) return 1;
    const [low, high] = [sorted[above - 1]!, sorted[above]!];
    return (above - 1 + (t - low) / (high - low)) / (count - 1);
  };
}

/** How many of the sorted values are not above `t`. */
function firstAbove(sorted: Float64Array, t: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}
