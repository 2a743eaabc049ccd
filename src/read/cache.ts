/**
 * Bytes that one reader holds or has asked for: shares requests in flight, and cancels a request when no read waits
 * for it any more. Held bytes count in a budget; when the budget is full, the bytes that were used longest ago are
 * dropped.
 */
import { onAbort } from "../abort.js";
import type { ByteRange } from "../source/source.js";
import type { Urgency } from "./flight.js";
import type { Budget, Holding } from "./session.js";

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
  readonly urgency: Urgency | undefined;
  /** While the request is under way. */
  controller?: AbortController | undefined;
  /** Whether `find` finds the piece. */
  kept: boolean;
  holding?: Holding | undefined;
}

/** Counted for each piece beside its bytes: the objects of 100,000 tiny pieces must not fill the memory. */
const bookkeeping = 1024;

export interface RangeCache {
  /** Most bytes held. */
  readonly limit: number;
  /** The pieces that hold parts of `range`, and, in `missing`, the parts that no piece holds; both by offset. */
  find(range: ByteRange, missing?: ByteRange[]): { pieces: Piece[]; missing: ByteRange[] };
  /**
   * Starts `fetch` for `range`. With `keep` the cache holds the bytes for later reads; without `keep` the cache forgets
   * the bytes when they have come and no other read shares them. `urgency` is that of a guess, which becomes a read
   * when a caller waits for the piece.
   */
  add(
    range: ByteRange,
    keep: boolean,
    fetch: (signal: AbortSignal) => Promise<Uint8Array>,
    urgency?: Urgency,
  ): Piece;
  /**
   * The piece's bytes. A caller stops waiting when its `signal` aborts; when the last caller has stopped, the request
   * is cancelled.
   */
  wait(piece: Piece, signal: AbortSignal): Promise<Uint8Array>;
  /** Cancels the request of a piece that no caller waits for. */
  abandon(piece: Piece): void;
  /** Cancels all requests under way with `reason`, and forgets all pieces. */
  clear(reason?: unknown): void;
}

/** A cache that holds what `budget` allows, a kilobyte counted for each piece besides its own. */
export function rangeCache(budget: Budget): RangeCache {
  /** The pieces that are kept, or will be when their bytes have come, by offset. */
  const sorted: Held[] = [];
  /** The pieces whose request is under way, also those that will not be kept. */
  const underWay = new Set<Held>();
  /** Length of the longest piece that was ever kept. */
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
    piece.holding?.free();
  }

  function cancel(piece: Held, reason?: unknown): void {
    remove(piece);
    piece.controller?.abort(reason);
  }

  return {
    limit: budget.limit,
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
        piece.holding?.use();
      }
      if (at < end) missing.push(at === range.offset ? range : { offset: at, length: end - at });
      return { pieces, missing };
    },

    add({ offset, length }, keep, fetch, urgency) {
      const controller = new AbortController();
      const piece: Held = {
        offset,
        length,
        ready: fetch(controller.signal),
        waiters: 0,
        urgency,
        controller,
        kept: keep && length + bookkeeping <= budget.limit,
      };
      if (piece.kept) insert(piece);
      underWay.add(piece);
      piece.ready.then(
        (bytes) => {
          underWay.delete(piece);
          piece.bytes = bytes;
          piece.controller = undefined;
          if (piece.kept)
            piece.holding = budget.hold(bytes.byteLength + bookkeeping, () => {
              piece.holding = undefined;
              remove(piece);
            });
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
      if (mine.urgency) mine.urgency.isGuess = false;
      return new Promise((resolve, reject) => {
        // `Promise.race` with a promise of the signal would keep every piece alive.
        const forget = onAbort(signal, () => {
          if (--mine.waiters === 0 && !mine.bytes) cancel(mine, signal.reason);
          reject(signal.reason);
        });
        mine.ready.then(resolve, reject).finally(forget);
      });
    },

    abandon(piece) {
      const mine = piece as Held;
      if (mine.waiters === 0 && !mine.bytes) cancel(mine);
    },

    clear(reason) {
      for (const piece of underWay) piece.controller?.abort(reason);
      for (const piece of sorted) {
        piece.kept = false;
        piece.holding?.free();
      }
      sorted.length = 0;
    },
  };
}
