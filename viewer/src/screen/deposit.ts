/** From pixels that were read to texels of pages: row by row, to one level, or to all of them. */
import type { Arrays, DType, NdArray } from "fitslice";
import { pageSide, type Rect } from "./geometry.js";
import { addRow, type BinnedRow, isRead, markRead, type Page, putPixels } from "./page.js";
import type { Pages } from "./pages.js";
import type { Supply } from "./supply.js";
import { slices } from "./turns.js";
import { unitGrid } from "./units.js";
import type { Origin, ValueSample } from "./values.js";

export interface Deposit {
  readonly pages: Pages;
  readonly supply: Supply;
  /** Levels whose pages get the pixels, the finest first. */
  readonly levels: readonly number[];
  /** What means are counted from, so that they are exact enough in 32 bits. */
  readonly origin: Origin;
  /** Takes part of the pixels, for limits. */
  readonly sample: ValueSample;
  readonly signal: AbortSignal;
}

/**
 * Puts pixels of the supply's rectangle `rect`, which is made of whole units, into the pages. Ends early, between two units,
 * when the signal aborts.
 */
export async function deposit(array: NdArray, rect: Rect, given: Deposit): Promise<void> {
  const { supply, levels, pages, origin, sample, signal } = given;
  const { data } = array;
  const width = rect.x1 - rect.x0;
  const pause = slices();
  const rowHeight = supply.tile?.height ?? 1;
  const grids = levels.map((level) => unitGrid(supply, level));
  for (let top = rect.y0; top < rect.y1; ) {
    const row = Math.floor(top / rowHeight);
    const end = Math.min(rect.y1, (row + 1) * rowHeight);
    const targets = levels.map((level, i) => targetsOf(level, rect, top, end, row, i));
    for (let y = top; y < end; y++) {
      const at = (y - rect.y0) * width;
      let bins: BinnedRow | undefined;
      sample.add(data, at, width);
      for (const [i, level] of levels.entries()) {
        const shift = level - supply.base;
        if (level > 0) bins = bins ? folded(bins) : binned(data, at, width, rect.x0, shift, origin.unit);
        for (const { page, isNew } of targets[i]!) {
          if (!isNew || y < page.pixels.y0 || y >= page.pixels.y1) continue;
          if (level === 0) putPixels(page, data, at, width, rect.x0, y);
          else addRow(page, bins!, y, origin);
        }
      }
      const turn = pause();
      if (turn) await turn;
    }
    for (const [i, grid] of grids.entries())
      for (const { page } of targets[i]!) markUnits(page, rect, row, grid.width);
    if (signal.aborted) return;
    top = end;
  }

  /** The pages of a level that a row of units goes to. `isNew`: the page does not have it yet. */
  function targetsOf(
    level: number,
    { x0, x1 }: Rect,
    y0: number,
    y1: number,
    row: number,
    i: number,
  ): Target[] {
    const side = pageSide * 2 ** (level - supply.base);
    const found: Target[] = [];
    for (let pageRow = Math.floor(y0 / side); pageRow * side < y1; pageRow++)
      for (let column = Math.floor(x0 / side); column * side < x1; column++) {
        const page = pages.ensure({ level, column, row: pageRow });
        const first = Math.max(page.units.x0, Math.floor(x0 / grids[i]!.width));
        found.push({ page, isNew: !isRead(page, first, row) });
      }
    return found;
  }
}

interface Target {
  readonly page: Page;
  readonly isNew: boolean;
}

/** Marks the units of a row that lie in the page and, whole, in the rectangle. */
function markUnits(page: Page, { x0, x1 }: Rect, row: number, width: number): void {
  for (let column = page.units.x0; column < page.units.x1; column++) {
    const from = Math.max(column * width, page.pixels.x0);
    const to = Math.min((column + 1) * width, page.pixels.x1);
    if (from >= x0 && to <= x1) markRead(page, column, row);
  }
}

/** Sums, in units, and counts of texels 2^shift pixels wide, of `width` pixels from `at` on, the first of which is the pixel `x0`. */
function binned(
  data: Arrays[DType],
  at: number,
  width: number,
  x0: number,
  shift: number,
  unit: number,
): BinnedRow {
  const side = 2 ** shift;
  const first = Math.floor(x0 / side);
  const length = Math.ceil((x0 + width) / side) - first;
  const sums = new Float64Array(length);
  const counts = new Uint32Array(length);
  for (let bin = 0, x = 0; bin < length; bin++) {
    let sum = 0;
    let count = 0;
    for (const end = Math.min(width, (first + bin + 1) * side - x0); x < end; x++) {
      const value = Number(data[at + x]) * unit;
      if (value - value !== 0) continue; // NaN and infinities
      sum += value;
      count++;
    }
    sums[bin] = sum;
    counts[bin] = count;
  }
  return { first, length, sums, counts };
}

/** The same with texels twice as wide. */
function folded({ first, length, sums, counts }: BinnedRow): BinnedRow {
  const start = first >> 1;
  const half = ((first + length - 1) >> 1) - start + 1;
  const result = { first: start, length: half, sums: new Float64Array(half), counts: new Uint32Array(half) };
  for (let i = 0; i < length; i++) {
    const to = ((first + i) >> 1) - start;
    result.sums[to]! += sums[i]!;
    result.counts[to]! += counts[i]!;
  }
  return result;
}
