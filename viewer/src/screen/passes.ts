/**
 * In which order the units in sight are read: passes that refine evenly. The first pass takes every s-th row (s a power of two,
 * counted from the first row of the image, so that all views and levels take the same rows); each later pass takes the rows in
 * the middle between those. Tiles likewise, along both axes. Pure.
 */
import type { Rect } from "./geometry.js";
import type { Run } from "./units.js";

/** Rows, or tiles, of a first pass: at least so many, where there are so many, and less than twice as many rows. */
const fewest = 32;
/** Of those that cost much there are no fewer than these. */
const least = 4;

/** The spacing of the first pass over `count` rows, that moves no more than `most` bytes if it can. */
export function firstSpacing(count: number, rowBytes: number, most: number): number {
  let spacing = 1;
  while (count / (2 * spacing) >= fewest) spacing *= 2;
  while ((count / spacing) * rowBytes > most && count / (2 * spacing) >= least) spacing *= 2;
  return spacing;
}

/** The spacing, along both axes, of the first pass over `columns` x `rows` tiles. */
export function firstTileSpacing(columns: number, rows: number, tileBytes: number, most: number): number {
  const count = columns * rows;
  let spacing = 1;
  while (count / (2 * spacing) ** 2 >= fewest) spacing *= 2;
  while ((count / spacing ** 2) * tileBytes > most && count / (2 * spacing) ** 2 >= least) spacing *= 2;
  return spacing;
}

/** The multiples of `spacing` from `from` to `to`, half-open, that are no multiples of `before` (of all spacings before). */
function multiples(from: number, to: number, spacing: number, before: number | undefined): number[] {
  const found: number[] = [];
  for (let row = Math.ceil(from / spacing) * spacing; row < to; row += spacing)
    if (before === undefined || row % before !== 0) found.push(row);
  return found;
}

/** In bit-reversed order of their places: each beginning of the answer is spread evenly. */
export function spread<T>(items: readonly T[]): T[] {
  let bits = 0;
  while (1 << bits < items.length) bits++;
  const order: T[] = [];
  for (let i = 0; i < 1 << bits; i++) {
    let place = 0;
    for (let bit = 0; bit < bits; bit++) if (i & (1 << bit)) place |= 1 << (bits - 1 - bit);
    if (place < items.length) order.push(items[place]!);
  }
  return order;
}

/** Passes over rows of units, from the spacing `first` down to `last` (both powers of two), each with rows of its own. */
export function* rowPasses(units: Rect, first: number, last: number): Generator<Run[]> {
  let before: number | undefined;
  for (let spacing = first; spacing >= last; before = spacing, spacing /= 2)
    yield spread(multiples(units.y0, units.y1, spacing, before)).map((row) => ({
      row,
      from: units.x0,
      to: units.x1,
    }));
}

/** All rows, from the row `middle` outward. */
export function* rowsFrom(middle: number, { x0, x1, y0, y1 }: Rect): Generator<Run> {
  let above = Math.min(y1, Math.max(y0, Math.ceil(middle)));
  let below = above - 1;
  while (above < y1 || below >= y0) {
    if (above < y1) yield { row: above++, from: x0, to: x1 };
    if (below >= y0) yield { row: below--, from: x0, to: x1 };
  }
}

/** Passes over tiles, from the spacing `first` down to every tile, each with tiles of its own; those in the middle first. */
export function* tilePasses(units: Rect, first: number): Generator<Run[]> {
  const [middleX, middleY] = [(units.x0 + units.x1 - 1) / 2, (units.y0 + units.y1 - 1) / 2];
  const far = ({ row, from }: Run): number => (row - middleY) ** 2 + (from - middleX) ** 2;
  const inRow = (row: number, columns: number[]): Run[] =>
    columns.map((from) => ({ row, from, to: from + 1 }));
  const sorted = (runs: Run[]): Run[] => runs.sort((a, b) => far(a) - far(b));
  const all = (spacing: number): number[] => multiples(units.x0, units.x1, spacing, undefined);
  yield sorted(multiples(units.y0, units.y1, first, undefined).flatMap((row) => inRow(row, all(first))));
  for (let spacing = first / 2; spacing >= 1; spacing /= 2) {
    const between = multiples(units.x0, units.x1, spacing, 2 * spacing);
    const rows = multiples(units.y0, units.y1, spacing, 2 * spacing);
    const known = multiples(units.y0, units.y1, 2 * spacing, undefined);
    // First the tiles amid four known ones: with these they make a checkerboard.
    yield sorted(rows.flatMap((row) => inRow(row, between)));
    yield sorted([
      ...rows.flatMap((row) => inRow(row, all(2 * spacing))),
      ...known.flatMap((row) => inRow(row, between)),
    ]);
  }
}
