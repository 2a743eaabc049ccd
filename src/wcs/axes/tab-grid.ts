/**
 * Coordinate arrays of `-TAB` axes: the coordinates at a place.
 */
import { FitsError } from "../../errors.js";
import { directionOf } from "./tab-index.js";

/** A coordinate array of M axes. */
export interface TabGrid {
  /** M coordinates at each place, the first axis of places varying fastest after them. */
  readonly data: Float64Array;
  /** K_1 to K_M. */
  readonly lengths: readonly number[];
  /** Numbers from one place to the next along each axis. */
  readonly strides: readonly number[];
  /** Of one axis that rises (1) or falls (-1) throughout; else 0. */
  readonly direction: 1 | -1 | 0;
}

/** Axes that one array may have: cells have 2^M corners. */
const mostAxes = 6;

export function gridOf(data: Float64Array, shape: readonly number[], axes: number, where: string): TabGrid {
  const dims = axes === 1 && shape.length === 1 ? [1, shape[0]!] : [...shape].reverse();
  const lengths = dims.slice(1);
  const count = dims.reduce((product, length) => product * length, 1);
  if (dims.length !== axes + 1 || dims[0] !== axes || count !== data.length || count === 0) {
    throw new FitsError(
      "BAD_DATA",
      `${where}: a coordinate array of -TAB for ${axes} axes cannot have the TDIM (${dims.join(",")})`,
    );
  }
  if (axes > mostAxes)
    throw new FitsError(
      "UNSUPPORTED",
      `${where}: a -TAB array of ${axes} axes; at most ${mostAxes} are read`,
    );
  const strides: number[] = [];
  for (let m = 0, stride = axes; m < axes; m++) {
    strides.push(stride);
    stride *= lengths[m]!;
  }
  return { data, lengths, strides, direction: axes === 1 && count > 1 ? directionOf(data) : 0 };
}

/** Writes the coordinates at a place into `world`; NaN where a place is NaN. */
export function interpolate(grid: TabGrid, place: Float64Array, world: Float64Array): void {
  if (place.some(Number.isNaN)) {
    world.fill(Number.NaN);
    return;
  }
  const cell = Array.from(place, (p, m) => Math.min(Math.max(Math.floor(p), 0), lastCell(grid, m)));
  evaluate(grid, cell, place, world);
}

/** Cells lie between two places; an axis of one place has one cell, and is constant along it. */
export const lastCell = ({ lengths }: TabGrid, m: number): number => Math.max(lengths[m]! - 2, 0);

/**
 * The multilinear form of one cell at a place, which may lie outside, into `world`; or its derivative along one axis.
 */
export function evaluate(
  { data, lengths, strides }: TabGrid,
  cell: readonly number[],
  place: Float64Array,
  world: Float64Array,
  along = -1,
): void {
  const axes = lengths.length;
  world.fill(0);
  for (let corner = 0; corner < 1 << axes; corner++) {
    let weight = 1;
    let at = 0;
    for (let m = 0; m < axes; m++) {
      const upper = (corner >> m) & 1;
      const fraction = lengths[m] === 1 ? 0 : place[m]! - cell[m]!;
      if (m === along) weight *= lengths[m] === 1 ? 0 : upper ? 1 : -1;
      else weight *= upper ? fraction : 1 - fraction;
      at += (cell[m]! + upper) * strides[m]!;
    }
    // A corner of no weight may be no number, or lie outside the array.
    if (weight !== 0) for (let m = 0; m < axes; m++) world[m] = world[m]! + weight * data[at + m]!;
  }
}
