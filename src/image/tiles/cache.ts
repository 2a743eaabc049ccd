/**
 * Decoded tiles of one image, within the budget of its file: tiles that several sections touch are decoded once. Of
 * some tiles only the beginning is there.
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
  /** Settles when a tile that is being decoded right now is held, for a while at least. */
  pending(tile: number): Promise<void> | undefined;
  /** Keeps a tile; the tiles that were used longest ago make room. */
  put(tile: number, data: TileData): void;
  /** Notes that a tile is being decoded, until that is done or has failed. */
  announce(tile: number, done: Promise<void>): void;
  /** Whether tiles of this many bytes are kept at all. */
  fits(bytes: number): boolean;
}

/** A cache of what `budget` allows. */
export function tileCache(budget: Budget): TileCache {
  const held = new Map<number, { readonly data: TileData; readonly holding: Holding }>();
  /** Tiles that lie in the same memory. They are forgotten together, since only then is the memory free. */
  const inMemory = new Map<ArrayBuffer, Set<number>>();
  const coming = new Map<number, Promise<void>>();

  function letGo(memory: ArrayBuffer): void {
    for (const tile of inMemory.get(memory) ?? []) {
      held.get(tile)?.holding.free();
      held.delete(tile);
    }
    inMemory.delete(memory);
  }

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
      const before = held.get(tile);
      if (before) letGo(before.data.buffer);
      const { buffer } = data;
      let dropped = false;
      const holding = budget.hold(data.byteLength + bookkeeping, () => {
        dropped = true;
        letGo(buffer);
      });
      if (dropped) return;
      held.set(tile, { data, holding });
      const others = inMemory.get(buffer);
      if (others) others.add(tile);
      else inMemory.set(buffer, new Set([tile]));
    },
    announce(tile, done) {
      coming.set(tile, done);
      const forget = (): void => void coming.delete(tile);
      done.then(forget, forget);
    },
    fits: (size) => size <= budget.limit / 4,
  };
}

/** Bytes counted for each tile beside its pixels. */
const bookkeeping = 256;
