/** How much of what is in sight is known. */
import { type PageId, pageSide, pagesIn, type Rect } from "./geometry.js";
import { nearestRow, nearestTile, type Page, texelsOf, unitsUnder } from "./page.js";
import type { Pages } from "./pages.js";
import type { Coverage } from "./screen.types.js";

/** What of a level is looked at: `sight` in pixels of level 0. */
export interface Look {
  readonly pages: Pages;
  readonly sight: Rect;
  readonly level: number;
  readonly coarsest: number;
  readonly reach: number;
}

/** The shares of what is in sight that are exact, sampled, and missing. */
export function coverageOf(look: Look): Coverage {
  const sums = { exact: 0, sampled: 0, missing: 0 };
  for (const id of pagesIn(look.sight, look.level)) coverPage(look, id, sums);
  const all = sums.exact + sums.sampled + sums.missing;
  if (all === 0) return { exact: 1, sampled: 0, missing: 0 };
  return { exact: sums.exact / all, sampled: sums.sampled / all, missing: sums.missing / all };
}

type Sums = { -readonly [K in keyof Coverage]: Coverage[K] };

function coverPage(look: Look, id: PageId, sums: Sums): void {
  const page = look.pages.get(id);
  const seen = seenOf(id, look.sight);
  const columns = page ? page.units : { x0: 0, x1: 1 };
  const coarser = coarserOf(look, id);
  for (let column = columns.x0; column < columns.x1; column++) {
    const [from, to] = page ? texelsOf(page, column) : [0, pageSide];
    const width = Math.min(to, seen.x1) - Math.max(from, seen.x0);
    if (width <= 0) continue;
    const stateIn = page && statesIn(page, column, look.reach);
    for (let row = seen.y0; row < seen.y1; row++) {
      const state = stateIn ? stateIn(row) : "missing";
      const isBacked = state === "missing" && isKnownTo(coarser, id, Math.max(from, seen.x0), row);
      sums[isBacked ? "sampled" : state] += width;
    }
  }
}

/** The texels of a page that are in sight. */
function seenOf({ level, column, row }: PageId, sight: Rect): Rect {
  const side = 2 ** level;
  const part = (from: number, to: number, page: number): [number, number] => [
    Math.max(0, Math.floor(from / side) - page * pageSide),
    Math.min(pageSide, Math.ceil(to / side) - page * pageSide),
  ];
  const [x0, x1] = part(sight.x0, sight.x1, column);
  const [y0, y1] = part(sight.y0, sight.y1, row);
  return { x0, y0, x1, y1 };
}

/** Returns the state of any row of texels in a column of units. The neighbors of a tile are looked for once, not for each row of the tile. */
function statesIn(page: Page, column: number, reach: number): (row: number) => keyof Coverage {
  const { units, depth, grid } = page;
  let looked: number | undefined;
  let isNear = false;
  return (row) => {
    const read = depth[row * (units.x1 - units.x0) + column - units.x0]!;
    if (read > 0) return read >= unitsUnder(page, row) ? "exact" : "sampled";
    if (!grid.tiles) return nearestRow(page, column, row, reach) >= 0 ? "sampled" : "missing";
    const tile = Math.floor((page.pixels.y0 + row * 2 ** page.shift) / grid.height);
    if (tile !== looked) isNear = nearestTile(page, column, tile, reach) !== undefined;
    looked = tile;
    return isNear ? "sampled" : "missing";
  };
}

/** The coarser pages below a page: one of each level that has it. Found once for a page, which has hundreds of rows. */
function coarserOf({ pages, coarsest }: Look, { level, column, row }: PageId): Page[] {
  const found: Page[] = [];
  for (let up = 1; level + up <= coarsest; up++) {
    const side = 2 ** up;
    const page = pages.get({
      level: level + up,
      column: Math.floor(column / side),
      row: Math.floor(row / side),
    });
    if (page) found.push(page);
  }
  return found;
}

/** Whether one of the coarser pages knows a texel of a page. */
function isKnownTo(coarser: readonly Page[], { level, column, row }: PageId, x: number, y: number): boolean {
  for (const page of coarser) {
    const side = 2 ** (page.level - level);
    const left = Math.floor((column * pageSide + x) / side) - page.column * pageSide;
    const bottom = Math.floor((row * pageSide + y) / side) - page.row * pageSide;
    if (statesIn(page, unitOf(page, left), 0)(bottom) !== "missing") return true;
  }
  return false;
}

/** The column of units that a column of texels lies in. */
export function unitOf({ pixels, shift, grid }: Page, texel: number): number {
  return Math.floor((pixels.x0 + texel * 2 ** shift) / grid.width);
}

/** Whether a pixel of each row of texels in sight was read, so that nothing coarser need show through. */
export function isSettled(page: Page, sight: Rect): boolean {
  const seen = seenOf(page, sight);
  const { units, depth, height } = page;
  const columns = units.x1 - units.x0;
  for (let row = seen.y0; row < Math.min(height, seen.y1); row++)
    for (let column = 0; column < columns; column++) if (depth[row * columns + column] === 0) return false;
  return true;
}
