/**
 * Guessing where tiles lie in the heap before their descriptors are read: tiles mostly follow each other in the order
 * of their rows, so that the descriptors already seen say about where those between them point.
 */
import type { ByteRange } from "../../source/source.js";
import type { TileTable } from "./table.js";

/** What is known of a heap. */
export interface HeapGuess {
  /** Learns where a tile lies in the file. Of one run of rows, in order, the first and the last one are enough. */
  learn(tile: number, offset: number, length: number): void;
  /**
   * Where tiles `first` to `last` may lie, if that can be told without reading much more than them; `undefined`
   * otherwise, and once tiles have turned out to lie elsewhere several times in turn.
   */
  range(first: number, last: number): ByteRange | undefined;
}

/** Sizes of tiles vary: over a stretch of the heap, sums of them stray from the average by about this part. */
const strayPart = 0.04;
/** A guess may read this much in vain; reading it takes less than a tenth of a request's latency. */
const mostWaste = 128 * 1024;
/** So many tiles in turn that lie elsewhere than was guessed: the heap is in another order. */
const mostMisses = 6;
const mostAnchors = 2048;

/** Knows where the heap begins and ends. */
export function heapGuess(table: TileTable): HeapGuess {
  const anchors: { tile: number; at: number }[] = [
    { tile: 0, at: 0 },
    { tile: table.tileCount, at: table.heapSize },
  ];
  let misses = 0;

  /** The first anchor that is not before `tile`. */
  function search(tile: number): number {
    let low = 0;
    let high = anchors.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (anchors[middle]!.tile < tile) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function place(tile: number): { at: number; stray: number } {
    const above = anchors[search(tile)]!;
    if (above.tile === tile) return { at: above.at, stray: 0 };
    const below = anchors[search(tile) - 1]!;
    const part = (tile - below.tile) / (above.tile - below.tile);
    const at = below.at + part * (above.at - below.at);
    const average = (above.at - below.at) / (above.tile - below.tile);
    return { at, stray: average + strayPart * Math.min(at - below.at, above.at - at) };
  }

  function insert(tile: number, at: number): void {
    const i = search(tile);
    const above = anchors[i]!;
    const below = anchors[i - 1];
    // A heap in another order teaches nothing.
    if (above.tile === tile || above.at < at || (below && below.at > at) || anchors.length >= mostAnchors)
      return;
    anchors.splice(i, 0, { tile, at });
  }

  return {
    learn(tile, offset, length) {
      const { at, stray } = place(tile);
      misses = Math.abs(offset - table.heapOffset - at) <= stray ? 0 : misses + 1;
      insert(tile, offset - table.heapOffset);
      insert(tile + 1, offset - table.heapOffset + length);
    },
    range(first, last) {
      const start = place(first);
      const end = place(last + 1);
      const waste = 2 * (start.stray + end.stray);
      if (waste > mostWaste || misses > mostMisses) return undefined;
      const from = Math.max(0, Math.floor(start.at - start.stray));
      const to = Math.min(table.heapSize, Math.ceil(end.at + end.stray));
      if (to <= from) return undefined;
      return { offset: table.heapOffset + from, length: to - from };
    },
  };
}
