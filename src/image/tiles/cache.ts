/**
 * Decoded tiles of one image, within the budget of its file: tiles that several sections touch are decoded once. Of some
 * tiles only the beginning is there.
 */

import type { TileData } from "../../codec/tile.js";
import type { Budget, Holding } from "../../read/session.js";

export interface TileCache {
  isEmpty(): boolean;
  /** Whether anything of a tile is held. */
  has(tile: number): boolean;
  /** A tile, if `pixels` of it are held. */
  get(tile: number, pixels: number): TileData | undefined;
  /** Whether any tile is being decoded right now. */
  expects(): boolean;
  /** When a tile that is being decoded right now will be held: for a while at least. */
  pending(tile: number): Promise<void> | undefined;
  /** Keeps a tile; those not used for longest make room. */
  put(tile: number, data: TileData): void;
  /** Notes that a tile is being decoded, until that is done or has failed. */
  announce(tile: number, done: Promise<void>): void;
  /** Whether tiles of this many bytes are kept at all. */
  fits(bytes: number): boolean;
}

/** A cache of what `budget` allows. */
export function tileCache(budget: Budget): TileCache {
  const held = new Map<number, { readonly data: TileData; readonly holding: Holding }>();
  const coming = new Map<number, Promise<void>>();

  return {
    isEmpty: () => held.size === 0,
    has: (tile) => held.has(tile),
    get(tile, pixels) {
      const found = held.get(tile);
      if (!found || found.data.length < pixels) return undefined;
      found.holding.use();
      return found.data;
    },
    expects: () => coming.size > 0,
    pending: (tile) => coming.get(tile),
    put(tile, data) {
      held.get(tile)?.holding.free();
      held.delete(tile);
      let dropped = false;
      const holding = budget.hold(data.byteLength + bookkeeping, () => {
        dropped = true;
        held.delete(tile);
      });
      if (!dropped) held.set(tile, { data, holding });
    },
    announce(tile, done) {
      coming.set(tile, done);
      const forget = (): void => void coming.delete(tile);
      done.then(forget, forget);
    },
    fits: (size) => size <= budget.limit / 4,
  };
}

/** What it takes to hold a tile besides its pixels. */
const bookkeeping = 256;
