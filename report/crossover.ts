/** From how many cutouts on a download of the whole file pays. */
import { measureOf, type Studied } from "./results.js";

export interface Crossover {
  readonly copy: string;
  readonly title: string;
  readonly side: number;
  /** Number of cutouts, and seconds for them, in rising order. */
  readonly points: readonly (readonly [count: number, seconds: number])[];
  /** Seconds of a download with six connections, and the reading of everything. */
  readonly download: number;
  /** Number of cutouts that take as long as the download; infinite where more were not measured, 0 where one takes longer. */
  readonly at: number;
}

/** One for each FITS copy and each size of cutouts. */
export function crossovers(study: Studied): readonly Crossover[] {
  const sides = [...new Set(study.subject.patterns.flatMap(({ side }) => side ?? []))];
  return study.copies.flatMap(({ name: copy, title }) => {
    const download = measureOf(study, copy, "fitsio", "whole")?.seconds;
    if (download === undefined) return [];
    return sides.flatMap((side) => {
      const points = study.subject.patterns
        .filter((pattern) => pattern.side === side)
        .flatMap(({ name, cutouts }) => {
          const seconds = measureOf(study, copy, "fitslice", name)?.seconds;
          return seconds === undefined ? [] : [[cutouts!, seconds] as const];
        });
      return points.length === 0
        ? []
        : [{ copy, title, side, points, download, at: meeting(points, download) }];
    });
  });
}

/** Where the line through the points, straight between them on logarithmic axes, meets `level`. */
function meeting(points: Crossover["points"], level: number): number {
  if (points[0]![1] >= level) return 0;
  for (let i = 1; i < points.length; i++) {
    const [[n0, s0], [n1, s1]] = [points[i - 1]!, points[i]!];
    if (s1 < level) continue;
    return Math.round(n0 * (n1 / n0) ** (Math.log(level / s0) / Math.log(s1 / s0)));
  }
  return Number.POSITIVE_INFINITY;
}
