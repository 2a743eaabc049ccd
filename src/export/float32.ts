/**
 * Values of float32 in as few digits as tell them from their neighbors.
 */
import type { Cell, ColumnData } from "../table/data.js";

/** Smaller ones have fewer digits than six. */
const leastNormal = 2 ** -126;

/**
 * The number of fewest decimal digits that is this float32: 22.068357467651367 gives 22.068357. `Math.fround` of the result is
 * the value again, and its text (`String`) is the shortest one of the value. NaN, infinities and integers up to 2^53 are themselves.
 *
 * @param value a value of a Float32Array
 */
export function shortestFloat32(value: number): number {
  if (Number.isSafeInteger(value) || !Number.isFinite(value)) return value;
  // Six digits are always told apart (FLT_DIG), nine always suffice (FLT_DECIMAL_DIG).
  for (let digits = Math.abs(value) < leastNormal ? 1 : 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}

/** Whether values of the column are float32, or pairs of these. */
export function isSingle({ dtype }: Pick<ColumnData, "dtype">): boolean {
  return dtype === "float32" || dtype === "complex64";
}

/** A cell of such a column, its numbers in few digits. */
export function shortestCell(cell: Cell): Cell {
  if (typeof cell === "number") return shortestFloat32(cell);
  return typeof cell === "object" && cell !== null ? cell.map(shortestCell) : cell;
}
