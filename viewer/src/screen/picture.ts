/** Which pages a picture is made of, in the order in which they are drawn. */
import { isSettled, type Look } from "./cover.js";
import { overlap, pageSide, pagesIn, type Rect } from "./geometry.js";
import type { Page } from "./page.js";
import { heldIn } from "./pages.js";

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

function finerIn(pages: Iterable<Page>, sight: Rect, level: number): Page[] {
  const side = pageSide * 2 ** level;
  const found: Page[] = [];
  for (const page of pages) {
    if (page.level !== level) continue;
    const rect = {
      x0: page.column * side,
      y0: page.row * side,
      x1: (page.column + 1) * side,
      y1: (page.row + 1) * side,
    };
    if (overlap(rect, sight)) found.push(page);
  }
  return found;
}
