/**
 * Decoded tiles of one image, within a budget of bytes: tiles that several sections touch are decoded once. Of some
 * tiles only the beginning is there.
 */
import type { TileData } from "../codec/tile.js";

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

/** A cache of at most `budget` bytes. */
export function tileCache(budget: number): TileCache {
  /** In order of use, the least recent first. */
  const held = new Map<number, TileData>();
  const coming = new Map<number, Promise<void>>();
  let bytes = 0;

  return {
    isEmpty: () => held.size === 0,
    has: (tile) => held.has(tile),
    get(tile, pixels) {
      const data = held.get(tile);
      if (!data || data.length < pixels) return undefined;
      held.delete(tile);
      held.set(tile, data);
      return data;
    },
    expects: () => coming.size > 0,
    pending: (tile) => coming.get(tile),
    put(tile, data) {
      bytes += data.byteLength - (held.get(tile)?.byteLength ?? 0);
      held.delete(tile);
      held.set(tile, data);
      for (const [oldest, { byteLength }] of held) {
        if (bytes <= budget) break;
        held.delete(oldest);
        bytes -= byteLength;
      }
    },
    announce(tile, done) {
      coming.set(tile, done);
      const forget = (): void => void coming.delete(tile);
      done.then(forget, forget);
    },
    fits: (size) => size <= budget / 4,
  };
}
