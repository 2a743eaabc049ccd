/** Values of pixels, from the pages that are held. */
import { unitOf } from "./cover.js";
import { pageSide, type Rect } from "./geometry.js";
import { nearestRow, nearestTile, type Page, rowsOf, texelsOf } from "./page.js";
import type { Pages } from "./pages.js";
import type { Reading } from "./screen.types.js";
import type { Origin } from "./values.js";

/** How to find values: in the pages of all levels, whose means are counted from `origin`. */
export interface Held {
  readonly pages: Pages;
  readonly coarsest: number;
  readonly origin: Origin;
  /** How far a known row or tile of a level stands for others. */
  reachOf(level: number): number;
}

/** The value of a pixel, by the finest page that knows it. */
export function readingAt(held: Held, x: number, y: number): Reading | undefined {
  for (let level = 0; level <= held.coarsest; level++) {
    const side = 2 ** level;
    const [left, bottom] = [Math.floor(x / side), Math.floor(y / side)];
    const id = { level, column: Math.floor(left / pageSide), row: Math.floor(bottom / pageSide) };
    const page = held.pages.get(id);
    if (!page) continue;
    const found = texelAt(page, left - id.column * pageSide, bottom - id.row * pageSide, held);
    if (found) return found;
  }
  return undefined;
}

function texelAt(page: Page, x: number, y: number, { origin, reachOf }: Held): Reading | undefined {
  const column = unitOf(page, x);
  const reach = reachOf(page.level);
  let row = nearestRow(page, column, y, page.grid.tiles ? 0 : reach);
  let texel = x;
  const isNear = row >= 0;
  if (!isNear) {
    const unit = Math.floor((page.pixels.y0 + y * 2 ** page.shift) / page.grid.height);
    const tile = page.grid.tiles ? nearestTile(page, column, unit, reach) : undefined;
    if (!tile) return undefined;
    // A tile not read is drawn as the median of its neighbor; the texel in the neighbor's middle stands for it here.
    const [x0, x1] = texelsOf(page, tile.column);
    const [y0, y1] = rowsOf(page, tile.row);
    texel = Math.floor((x0 + x1 - 1) / 2);
    row = Math.floor((y0 + y1 - 1) / 2);
  }
  const at = row * page.width + texel;
  const exact = isNear && row === y;
  if (page.exact) return { value: page.exact[at]!, exact };
  const value = page.weight?.[at] ? (page.mean![at]! + origin.reference) / origin.unit : Number.NaN;
  return { value, exact: false };
}

/** Finite values of up to `most` pixels of `sight`, on a grid over it. */
export function sampleOf(held: Held, sight: Rect, most: number): Float64Array {
  const [width, height] = [sight.x1 - sight.x0, sight.y1 - sight.y0];
  const step = Math.max(1, Math.sqrt((width * height) / Math.max(1, most)));
  const columns = Math.max(1, Math.min(Math.floor(width / step), most));
  const rows = Math.max(1, Math.min(Math.floor(height / step), Math.floor(most / columns)));
  const values = new Float64Array(columns * rows);
  let count = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const x = sight.x0 + Math.floor(((column + 0.5) * width) / columns);
      const y = sight.y0 + Math.floor(((row + 0.5) * height) / rows);
      const value = Number(readingAt(held, x, y)?.value);
      if (Number.isFinite(value)) values[count++] = value;
    }
  return values.slice(0, count);
}
