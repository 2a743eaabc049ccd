/**
 * How often tiles were wanted, and how much of them: what several sections of one wave want is decoded once, as far as
 * the one needs that needs most.
 */
import { pixelsAt, setPixels, type TileTasks, tileAt } from "./tasks.js";

/**
 * By the row of the tile, how many of its pixels have been wanted since it was decoded last: less than 0 (or 0, if none) where
 * that tile was wanted before, too. A plan that is never run leaves a number behind that is too large, and no more.
 */
export type TileWishes = Map<number, number>;

/** Notes what a plan wants of tiles, before any plan of the wave gets bytes. */
export function wish(wishes: TileWishes, tasks: TileTasks): void {
  for (let i = 0; i < tasks.count; i++) {
    const tile = tileAt(tasks, i);
    const before = wishes.get(tile);
    const pixels = pixelsAt(tasks, i);
    wishes.set(tile, before === undefined ? pixels : -Math.max(Math.abs(before), pixels));
  }
}

/** Whether a tile was wanted more than once; its task, which is to be decoded now, is given all that is wanted of the tile. */
export function grantWish(wishes: TileWishes, tasks: TileTasks, i: number): boolean {
  const tile = tileAt(tasks, i);
  const wanted = wishes.get(tile) ?? 0;
  wishes.set(tile, 0);
  if (wanted > 0) return false;
  setPixels(tasks, i, Math.max(pixelsAt(tasks, i), -wanted));
  return true;
}
