/**
 * Index vectors of `-TAB` axes: from the values that the axis counts in to places in the coordinate array.
 */
import { FitsError } from "../../errors.js";

/** Places are 0-based, with fractions, from -0.5 to K - 0.5; NaN beyond. */
export interface IndexVector {
  place(value: number): number;
  /** The value at a place. */
  index(place: number): number;
}

/** The index of an axis with `length` places; without a vector values are places, counted from 1. */
export function readIndex(vector: Float64Array | undefined, length: number, where: string): IndexVector {
  const within = (place: number): number => (place >= -0.5 && place <= length - 0.5 ? place : Number.NaN);
  if (!vector) return { place: (value) => within(value - 1), index: (place) => place + 1 };
  if (vector.length !== length)
    throw new FitsError("BAD_DATA", `${where}: ${vector.length} indexes for ${length} coordinates of -TAB`);
  if (length === 1) {
    const only = vector[0]!;
    return { place: (value) => within(value - only), index: (place) => only + place };
  }
  const sign = directionOf(vector);
  if (sign === 0)
    throw new FitsError("BAD_DATA", `${where}: the indexes of -TAB neither only rise nor only fall`);
  return {
    place: (value) => within(placeOf(vector, value, sign)),
    index: (place) => {
      const k = Math.min(Math.max(Math.floor(place), 0), length - 2);
      return vector[k]! + (place - k) * (vector[k + 1]! - vector[k]!);
    },
  };
}

/** 1 of a rising vector, -1 of a falling one, equal neighbors allowed; else 0. */
export function directionOf(vector: ArrayLike<number>): 1 | -1 | 0 {
  let rises = true;
  let falls = true;
  for (let k = 1; k < vector.length; k++) {
    rises &&= vector[k]! >= vector[k - 1]!;
    falls &&= vector[k]! <= vector[k - 1]!;
  }
  if (rises) return vector[vector.length - 1]! > vector[0]! ? 1 : 0;
  return falls ? -1 : 0;
}

/** By bisection; beyond the ends along the first or last step. Where neighbors are equal, the place may be either one. */
export function placeOf(vector: ArrayLike<number>, value: number, sign: 1 | -1): number {
  if (Number.isNaN(value)) return Number.NaN;
  let low = 0;
  let high = vector.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (sign * (vector[middle]! - value) < 0) low = middle;
    else high = middle;
  }
  const step = vector[low + 1]! - vector[low]!;
  if (step === 0) return value === vector[low]! ? low + 1 : Number.NaN;
  return low + (value - vector[low]!) / step;
}
