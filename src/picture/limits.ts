/**
 * Display limits: which value is shown darkest, and which brightest.
 */
import { checkObject, checkText, checkValues } from "../argument.js";
import type { Arrays, DType } from "../array.js";
import { FitsError } from "../errors.js";
import { type Limits, zscale } from "./zscale.js";

/**
 * How limits are found, as astropy.visualization does: `zscale` (ZScaleInterval), `minmax` (MinMaxInterval), `"99.5%"` the
 * middle 99.5 per cent of the values (PercentileInterval), `"1%,99.9%"` from one percentile to another
 * (AsymmetricPercentileInterval).
 */
export type LimitsRule = "zscale" | "minmax" | `${number}%` | `${number}%,${number}%`;

export interface LimitsOptions {
  /** How limits are found. Default `zscale`; of the stretch `histogram`, `minmax`. NaN and infinities do not count. */
  readonly limits?: LimitsRule | undefined;
  /** The value shown darkest, in place of the one found. */
  readonly vmin?: number | undefined;
  /** The value shown brightest, in place of the one found. */
  readonly vmax?: number | undefined;
}

/** A rule, read: percentiles from 0 to 100. */
export type ParsedRule = "zscale" | "minmax" | readonly [lower: number, upper: number];

/** The limits of no values at all. */
export const noValues: Limits = { vmin: 0, vmax: 1 };

/** Reads a rule. Throws BAD_ARGUMENT. */
export function parseLimits(rule: string): ParsedRule {
  checkText(rule, "limits");
  if (rule === "zscale" || rule === "minmax") return rule;
  const parts = rule.split(",").map((part) => /^\s*(\d+(?:\.\d*)?|\.\d+)\s*%\s*$/.exec(part)?.[1]);
  const [first, second] = parts.map(Number);
  const range: [number, number] =
    second === undefined ? [(100 - first!) / 2, 100 - (100 - first!) / 2] : [first!, second];
  const isRange = parts.length <= 2 && range[0] >= 0 && range[0] < range[1] && range[1] <= 100;
  if (!isRange)
    throw new FitsError(
      "BAD_ARGUMENT",
      `cannot read the limits "${rule}"; write zscale, minmax, 99.5% (of the values), or 1%,99% (two percentiles)`,
    );
  return range;
}

/**
 * The limits of these values; of none 0 and 1. Where only one is given, and lies beyond the one that the rule finds, the extreme of
 * the values is the other one. Throws BAD_ARGUMENT for limits that cannot be read, and for NaN.
 */
export function limitsOf(
  values: Arrays[DType],
  options: LimitsOptions,
  defaultRule: LimitsRule = "zscale",
): Limits {
  checkValues(values, "the values");
  checkObject(options);
  const { vmin, vmax, limits = defaultRule } = options;
  const rule = parseLimits(limits);
  for (const value of [vmin, vmax])
    if (value !== undefined && !Number.isFinite(value))
      throw new FitsError("BAD_ARGUMENT", `a limit is a number, not ${value}`);
  if (vmin !== undefined && vmax !== undefined) return { vmin, vmax };
  const found =
    rule === "zscale"
      ? zscale(values)
      : rule === "minmax"
        ? (extremesOf(values) ?? noValues)
        : percentiles(values, rule);
  return limitsWith({ vmin, vmax }, found, () => extremesOf(values));
}

/**
 * Limits of which the caller gives one, and a rule finds the other. A rule may find a vmax below the vmin that is given, or a vmin
 * above the vmax: the extreme of the values, which astropy's ManualInterval always takes, then replaces the limit of the rule.
 */
export function limitsWith(
  { vmin, vmax }: LimitsOptions,
  found: Limits,
  extremes: () => Limits | undefined,
): Limits {
  const limits = { vmin: vmin ?? found.vmin, vmax: vmax ?? found.vmax };
  if (limits.vmin < limits.vmax || (vmin === undefined) === (vmax === undefined)) return limits;
  const outer = extremes() ?? limits;
  return vmin === undefined
    ? { ...limits, vmin: Math.min(limits.vmax, outer.vmin) }
    : { ...limits, vmax: Math.max(limits.vmin, outer.vmax) };
}

/** The extremes of the finite values, and of those before; undefined where there are none. */
export function extremesOf(values: Arrays[DType], before?: Limits): Limits | undefined {
  let vmin = before?.vmin ?? Number.POSITIVE_INFINITY;
  let vmax = before?.vmax ?? Number.NEGATIVE_INFINITY;
  for (const each of values) {
    const value = Number(each);
    if (!Number.isFinite(value)) continue;
    if (value < vmin) vmin = value;
    if (value > vmax) vmax = value;
  }
  return vmin <= vmax ? { vmin, vmax } : undefined;
}

/** Percentiles as numpy has them by default: straight lines between the sorted values. */
function percentiles(values: Arrays[DType], range: readonly [number, number]): Limits {
  const sorted = finiteOf(values).sort();
  if (sorted.length === 0) return noValues;
  const { ranks, limits } = ranksOf(range, sorted.length);
  return limits(ranks.map((rank) => sorted[rank]!));
}

/** Which of `count` values in order two percentiles lie between, and the limits by these values, in the same order. */
export function ranksOf(
  range: readonly [lower: number, upper: number],
  count: number,
): { readonly ranks: readonly number[]; limits(values: readonly number[]): Limits } {
  const places = range.map((percent) => (percent / 100) * (count - 1));
  const between = (place: number, low: number, high: number): number => {
    const share = place - Math.floor(place);
    return low * (1 - share) + high * share;
  };
  return {
    ranks: places.flatMap((place) => [Math.floor(place), Math.min(Math.floor(place) + 1, count - 1)]),
    limits: ([a, b, c, d]) => ({ vmin: between(places[0]!, a!, b!), vmax: between(places[1]!, c!, d!) }),
  };
}

function finiteOf(values: Arrays[DType]): Float64Array {
  const finite = new Float64Array(values.length);
  let count = 0;
  for (const each of values) {
    const value = Number(each);
    if (Number.isFinite(value)) finite[count++] = value;
  }
  return finite.subarray(0, count);
}
