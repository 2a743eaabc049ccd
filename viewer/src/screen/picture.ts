/** Which pages a picture is made of, in the order in which they are drawn. */
import { isSettled, type Look } from "./cover.js";
import { overlap, type PageId, pageSide, pagesIn, type Rect } from "./geometry.js";
import type { Page } from "./page.js";
import { heldIn, type Pages } from "./pages.js";

/** Levels finer than that of the view whose pages are drawn while the view's own are not there. */
const finer = 2;

/**
 * The pages of the view's level where these know all rows of texels in sight; else coarser ones below them, and finer ones
 * above those that know less.
 */
export function pagesToDraw({ pages, sight, level, coarsest }: Look): Page[] {
  const own = heldIn(pages, sight, level);
  const unsettled = own.filter((page) => !isSettled(page, sight));
  if (unsettled.length === 0 && own.length === pagesIn(sight, level).length) return own.toReversed();
  const list: Page[] = [];
  for (let coarser = coarsest; coarser > level; coarser--) list.push(...heldIn(pages, sight, coarser));
  list.push(...unsettled);
  for (let below = Math.max(0, level - finer); below < level; below++)
    list.push(...finerIn(pages.all(), sight, below));
  const settled = own.filter((page) => !unsettled.includes(page));
  return [...list, ...settled.toReversed()];
}

/**
 * How far a known row or tile of a page is drawn in place of others: `most`, or less where a coarser page below knows better.
 */
export function reachOf(page: Page, most: number, pages: Pages, sight: Rect): number {
  if (page.grid.tiles) return most;
  const seen = overlap(rectOf(page), sight);
  for (let up = 1; seen && 2 ** up <= most; up++) {
    const id = { level: page.level + up, column: page.column >> up, row: page.row >> up };
    const coarser = pages.get(id);
    if (coarser && isSettled(coarser, seen)) return 2 ** up - 1;
  }
  return most;
}

/** The pixels of level 0 that a page is for. */
export function rectOf({ level, column, row }: PageId): Rect {
  const side = pageSide * 2 ** level;
  return { x0: column * side, y0: row * side, x1: (column + 1) * side, y1: (row + 1) * side };
}

function finerIn(pages: Iterable<Page>, sight: Rect, level: number): Page[] {
  const found: Page[] = [];
  for (const page of pages) if (page.level === level && overlap(rectOf(page), sight)) found.push(page);
  return found;
}
