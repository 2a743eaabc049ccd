/** Histograms of the values on the screen. Pure. */
import { limitsOf } from "fitslice/picture";

export interface Histogram {
  readonly from: number;
  readonly to: number;
  readonly counts: Uint32Array;
  /** Values below `from`, and above `to`. */
  readonly below: number;
  readonly above: number;
}

/** Counts of finite values in equal bins from `from` to `to`, both included. */
export function histogramOf(
  values: ArrayLike<number>,
  [from, to]: readonly [number, number],
  bins: number,
): Histogram {
  const counts = new Uint32Array(bins);
  let [below, above] = [0, 0];
  const factor = bins / (to - from);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < from) below++;
    else if (value > to) above++;
    else counts[Math.min(bins - 1, Math.floor((value - from) * factor))]!++;
  }
  return { from, to, counts, below, above };
}

/** The range that a histogram shows: nearly all values, or all of them, and the limits in use. */
export function shownRange(
  values: Float64Array<ArrayBuffer>,
  limits: { readonly vmin: number; readonly vmax: number },
  isWhole: boolean,
): [number, number] {
  const { vmin, vmax } = limitsOf(values, { limits: isWhole ? "minmax" : "0.2%,99.8%" });
  const finite = [vmin, vmax, limits.vmin, limits.vmax].filter(Number.isFinite);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const room = (most - least) * 0.03 || Math.abs(least) * 1e-3 || 0.5;
  return [least - room, most + room];
}

/** How high a bar is, 0 to 1. */
export function barHeight(count: number, most: number, isLog: boolean): number {
  if (count === 0 || most === 0) return 0;
  return isLog ? Math.log1p(count) / Math.log1p(most) : count / most;
}

/** A limit that was moved: it stays on its side of the other one. */
export function movedLimits(
  limits: { readonly vmin: number; readonly vmax: number },
  which: "vmin" | "vmax",
  value: number,
  least: number,
): { vmin: number; vmax: number } {
  const { vmin, vmax } = limits;
  return which === "vmin"
    ? { vmin: Math.min(value, vmax - least), vmax }
    : { vmin, vmax: Math.max(value, vmin + least) };
}
