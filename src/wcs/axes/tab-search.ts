/**
 * Which place of a `-TAB` coordinate array has given coordinates.
 */
import { evaluate, lastCell, type TabGrid } from "./tab-grid.js";
import { placeOf } from "./tab-index.js";

/** Writes the place of given coordinates into `place`; NaN where no cell holds them. */
export type Locate = (world: Float64Array, place: Float64Array) => void;

export function locator(grid: TabGrid): Locate {
  if (grid.lengths.length === 1) {
    return (world, place) => {
      place[0] = locateInRow(grid, world[0]!);
    };
  }
  const slabs = slabsOf(grid);
  return (world, place) => {
    if (!locateInCells(grid, slabs, world, place)) place.fill(Number.NaN);
  };
}

function locateInRow({ data, lengths, direction }: TabGrid, value: number): number {
  const length = lengths[0]!;
  if (length === 1) return value === data[0] ? 0 : Number.NaN;
  if (direction !== 0) {
    const place = placeOf(data, value, direction);
    return place >= -0.5 && place <= length - 0.5 ? place : Number.NaN;
  }
  for (let k = 0; k < length - 1; k++) {
    const step = data[k + 1]! - data[k]!;
    const fraction = step === 0 ? (value === data[k] ? 0 : Number.NaN) : (value - data[k]!) / step;
    if (fraction >= (k === 0 ? -0.5 : 0) && fraction <= (k === length - 2 ? 1.5 : 1)) return k + fraction;
  }
  return Number.NaN;
}

/** Rounding may put a place on the edge of a cell a little beyond it. */
const slack = 1e-9;

/** Least and greatest coordinates that the cells between two places of the last axis may reach. */
type Slab = readonly { readonly low: number; readonly high: number }[];

/** They spare most points the look at most cells. */
function slabsOf(grid: TabGrid): Slab[] {
  const axes = grid.lengths.length;
  const layer = grid.strides[axes - 1]!;
  const slabs: Slab[] = [];
  for (let k = 0; k <= lastCell(grid, axes - 1); k++) {
    const within = grid.data.subarray(k * layer, (k + 2) * layer);
    slabs.push(grid.lengths.map((_, coordinate) => reachOf(within, coordinate, axes)));
  }
  return slabs;
}

function reachOf(within: Float64Array, coordinate: number, axes: number): Slab[number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let at = coordinate; at < within.length; at += axes) {
    if (within[at]! < low) low = within[at]!;
    if (within[at]! > high) high = within[at]!;
  }
  const margin = (high - low) * 2 ** axes + rounding(low, high);
  return { low: low - margin, high: high + margin };
}

const rounding = (low: number, high: number): number => 1e-14 * Math.max(Math.abs(high), Math.abs(low));

/** Newton's method in each cell whose corners enclose the coordinates. */
function locateInCells(
  grid: TabGrid,
  slabs: readonly Slab[],
  world: Float64Array,
  place: Float64Array,
): boolean {
  if (!world.every(Number.isFinite)) return false;
  const last = grid.lengths.length - 1;
  return slabs.some((slab, k) => {
    const cell = grid.lengths.map((_, m) => (m === last ? k : 0));
    if (!slab.every(({ low, high }, i) => world[i]! >= low && world[i]! <= high)) return false;
    for (;;) {
      const spread = spreadOf(grid, cell, world);
      if (spread && solve(grid, cell, world, place, spread)) return true;
      let m = 0;
      while (m < last && cell[m] === lastCell(grid, m)) cell[m++] = 0;
      if (m === last) return false;
      cell[m] = cell[m]! + 1;
    }
  });
}

/**
 * How far the corners of a cell are apart in each coordinate; undefined where the coordinates wanted cannot lie within.
 * Cells at the edge of the array reach half a cell beyond it along each axis.
 */
function spreadOf(grid: TabGrid, cell: readonly number[], world: Float64Array): number[] | undefined {
  const { data, lengths, strides } = grid;
  const axes = lengths.length;
  const reach = cell.filter((k, m) => k === 0 || k === lastCell(grid, m)).length;
  const spread: number[] = [];
  for (let coordinate = 0; coordinate < axes; coordinate++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let corner = 0; corner < 1 << axes; corner++) {
      let at = coordinate;
      for (let m = 0; m < axes; m++)
        at += (cell[m]! + (lengths[m] === 1 ? 0 : (corner >> m) & 1)) * strides[m]!;
      low = Math.min(low, data[at]!);
      high = Math.max(high, data[at]!);
    }
    const margin = (high - low) * (reach > 0 ? 2 ** reach : slack) + rounding(low, high);
    // Corners that are no numbers fail here, too.
    if (!(world[coordinate]! >= low - margin && world[coordinate]! <= high + margin)) return undefined;
    spread.push(high - low);
  }
  return spread;
}

function solve(
  grid: TabGrid,
  cell: readonly number[],
  world: Float64Array,
  place: Float64Array,
  spread: readonly number[],
): boolean {
  const axes = cell.length;
  const free = [...cell.keys()].filter((m) => grid.lengths[m]! > 1);
  const scale = spread.map((s) => (s > 0 ? 1 / s : 1));
  const value = new Float64Array(axes);
  const slopes = cell.map(() => new Float64Array(axes));
  cell.forEach((k, m) => {
    place[m] = grid.lengths[m] === 1 ? 0 : k + 0.5;
  });
  for (let turn = 0; turn < 40; turn++) {
    evaluate(grid, cell, place, value);
    const off = Array.from(value, (v, m) => (world[m]! - v) * scale[m]!);
    for (const m of free) evaluate(grid, cell, place, slopes[m]!, m);
    const columns = free.map((m) => Array.from(slopes[m]!, (slope, i) => slope * scale[i]!));
    const step = leastSquares(columns, off);
    const size = Math.max(0, ...step.map(Math.abs));
    if (!(size < 1e3)) return false;
    free.forEach((m, i) => {
      place[m] = place[m]! + step[i]!;
    });
    if (size < 1e-14) break;
  }
  evaluate(grid, cell, place, value);
  return isInside(grid, cell, place) && value.every((v, m) => isNear(v, world[m]!, spread[m]!));
}

const isNear = (a: number, b: number, spread: number): boolean =>
  Math.abs(a - b) <= slack * spread + 1e-12 * Math.abs(b);

function isInside(grid: TabGrid, cell: readonly number[], place: Float64Array): boolean {
  return cell.every((k, m) => {
    if (grid.lengths[m] === 1) return true;
    const low = k === 0 ? -0.5 : 0;
    const high = k === lastCell(grid, m) ? 1.5 : 1;
    const fraction = place[m]! - k;
    return fraction >= low - slack && fraction <= high + slack;
  });
}

/** The factors of the columns whose sum comes nearest to `target`: the normal equations, by elimination with pivots. */
function leastSquares(columns: readonly (readonly number[])[], target: readonly number[]): number[] {
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const n = columns.length;
  const rows = columns.map((a) => [...columns.map((b) => dot(a, b)), dot(a, target)]);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i]![k]!) > Math.abs(rows[pivot]![k]!)) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = rows[i]![k]! / rows[k]![k]!;
      for (let j = k; j <= n; j++) rows[i]![j] = rows[i]![j]! - factor * rows[k]![j]!;
    }
  }
  return rows.map((row, k) => row[n]! / row[k]!);
}
