/**
 * The bytes that one reader holds or has asked for: a least-recently-used store with a budget in bytes, that shares
 * requests in flight and cancels one when nobody waits for it any more.
 */
import { onAbort } from "../abort.js";
import type { ByteRange } from "../source/source.js";

/** Bytes held, or on their way. */
export interface Piece extends ByteRange {
  /** Settles when the bytes are here; rejects as its request did. */
  readonly ready: Promise<Uint8Array>;
  /** The bytes, once here: fewer than `length` only where the object ends. */
  readonly bytes?: Uint8Array | undefined;
}

interface Held extends Piece {
  bytes?: Uint8Array | undefined;
  waiters: number;
  /** While the request is under way. */
  controller?: AbortController | undefined;
  /** Whether it is among those that are found. */
  kept: boolean;
}

/** What it takes to hold a piece besides its bytes: hundreds of thousands of a few bytes each must not fill the memory. */
const bookkeeping = 1024;

export interface RangeCache {
  /** Most bytes held. */
  readonly budget: number;
  /** The pieces that hold parts of `range`, and the parts that none holds, both by offset; those go to `missing`. */
  find(range: ByteRange, missing?: ByteRange[]): { pieces: Piece[]; missing: ByteRange[] };
  /**
   * Starts `fetch` for `range`. `keep` leaves the bytes here for later reads; without it they are forgotten when
   * they have come (and nobody shares them).
   */
  add(range: ByteRange, keep: boolean, fetch: (signal: AbortSignal) => Promise<Uint8Array>): Piece;
  /** The piece's bytes. Whoever waits leaves when `signal` aborts; the last one to leave cancels the request. */
  wait(piece: Piece, signal: AbortSignal): Promise<Uint8Array>;
  /** Cancels all that is under way and forgets everything. */
  clear(): void;
}

/** A cache of at most `budget` bytes, a kilobyte counted for each piece besides its own. */
export function rangeCache(budget: number): RangeCache {
  /** All that are kept, or will be, by offset. */
  const sorted: Held[] = [];
  /** Those whose bytes are here, in order of use, the least recent first. */
  const order = new Set<Held>();
  /** Also those that are not to be kept. */
  const underWay = new Set<Held>();
  let held = 0;
  /** No piece is longer. */
  let longest = 0;

  /** The place of the first piece that begins at `offset` or behind it. */
  function placeOf(offset: number): number {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]!.offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function insert(piece: Held): void {
    sorted.splice(placeOf(piece.offset), 0, piece);
    longest = Math.max(longest, piece.length);
  }

  function remove(piece: Held): void {
    if (!piece.kept) return;
    piece.kept = false;
    sorted.splice(sorted.indexOf(piece, placeOf(piece.offset)), 1);
    if (order.delete(piece)) held -= piece.bytes!.byteLength + bookkeeping;
  }

  function evict(): void {
    for (const piece of order) {
      if (held <= budget) return;
      remove(piece);
    }
  }

  return {
    budget,
    find(range, missing = []) {
      const pieces: Held[] = [];
      const end = range.offset + range.length;
      let at = range.offset;
      for (let i = placeOf(at - longest); i < sorted.length && sorted[i]!.offset < end; i++) {
        const piece = sorted[i]!;
        const pieceEnd = piece.offset + piece.length;
        if (pieceEnd <= at) continue;
        if (piece.offset > at) missing.push({ offset: at, length: piece.offset - at });
        at = pieceEnd;
        pieces.push(piece);
        if (order.delete(piece)) order.add(piece);
      }
      if (at < end) missing.push(at === range.offset ? range : { offset: at, length: end - at });
      return { pieces, missing };
    },

    add(range, keep, fetch) {
      const controller = new AbortController();
      const ready = fetch(controller.signal);
      const piece: Held = {
        ...range,
        ready,
        waiters: 0,
        controller,
        kept: keep && range.length + bookkeeping <= budget,
      };
      if (piece.kept) insert(piece);
      underWay.add(piece);
      ready.then(
        (bytes) => {
          underWay.delete(piece);
          piece.bytes = bytes;
          piece.controller = undefined;
          if (!piece.kept) return;
          order.add(piece);
          held += bytes.byteLength + bookkeeping;
          evict();
        },
        () => {
          underWay.delete(piece);
          remove(piece);
        },
      );
      return piece;
    },

    wait(piece, signal) {
      const mine = piece as Held;
      if (mine.bytes) return Promise.resolve(mine.bytes);
      mine.waiters++;
      return new Promise((resolve, reject) => {
        // A promise to race against, instead, would keep every piece alive.
        const forget = onAbort(signal, () => {
          if (--mine.waiters === 0 && !mine.bytes) {
            remove(mine);
            mine.controller?.abort();
          }
          reject(signal.reason);
        });
        mine.ready.then(resolve, reject).finally(forget);
      });
    },

    clear() {
      for (const piece of underWay) piece.controller?.abort();
      for (const piece of sorted) piece.kept = false;
      sorted.length = 0;
      order.clear();
      held = 0;
    },
  };
}
