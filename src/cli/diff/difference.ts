/**
 * What differs between two files, and how near values have to be.
 */

/** A difference, in one line. */
export interface Difference {
  /** Absent of the files as a whole. */
  readonly hdu?: number;
  readonly part: "file" | "header" | "data";
  readonly message: string;
}

export interface Tolerance {
  /** Numbers are the same where |a - b| <= atol + rtol |b|. */
  readonly rtol: number;
  readonly atol: number;
}

/** Whether two numbers are the same; NaN is NaN, and no tolerance reaches infinity. */
export function isNear(a: number | bigint, b: number | bigint, { rtol, atol }: Tolerance): boolean {
  if (a === b) return true;
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isFinite(x) || !Number.isFinite(y)) return Number.isNaN(x) && Number.isNaN(y);
  // An integer may be a bigint in one file, and a number in the other: comparisons of these are exact.
  if (rtol === 0 && atol === 0) return !(a < b || a > b);
  const apart = typeof a === "bigint" && typeof b === "bigint" ? Number(a - b) : x - y;
  return Math.abs(apart) <= atol + rtol * Math.abs(y);
}

/** Counts differences, and keeps the first ones. */
export interface Tally {
  count: number;
  /** The largest difference of numbers, where there was one. */
  largest: number;
  readonly first: string[];
}

export function newTally(): Tally {
  return { count: 0, largest: 0, first: [] };
}

export function tally(into: Tally, most: number, a: unknown, b: unknown, text: () => string): void {
  into.count++;
  const apart = isNumeric(a) && isNumeric(b) ? Math.abs(Number(a) - Number(b)) : 0;
  if (apart > into.largest) into.largest = apart;
  if (into.first.length < most) into.first.push(text());
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
