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
  /** The bytes, once here: fewer than `length` only where the object ends. */
  readonly bytes?: Uint8Array | undefined;
}

interface Held extends Piece {
  bytes?: Uint8Array | undefined;
  readonly of: Load;
}

/** The pieces that one request brings: they come, are kept and go together. */
interface Load {
  readonly pieces: readonly Held[];
  /** Settles when the bytes are here; rejects as the request did. */
  readonly ready: Promise<readonly Uint8Array[]>;
  waiters: number;
  readonly urgency: Urgency | undefined;
  /** While the request is under way. */
  controller?: AbortController | undefined;
  /** Whether `find` finds the pieces. */
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
   * Starts `fetch`, one request for all `ranges`. With `keep` the cache holds the bytes for later reads; without `keep` the cache forgets
   * the bytes when they have come and no other read shares them. `urgency` is that of a guess, which becomes a read
   * when a caller waits for a piece.
   */
  add(
    ranges: readonly ByteRange[],
    keep: boolean,
    fetch: (signal: AbortSignal) => Promise<readonly Uint8Array[]>,
    urgency?: Urgency,
  ): readonly [Piece, ...Piece[]];
  /**
   * The piece's bytes. A caller stops waiting when its `signal` aborts; when the last caller has stopped, the request
   * is cancelled.
   */
  wait(piece: Piece, signal: AbortSignal): Promise<Uint8Array>;
  /** Takes the load of a piece out of the cache. Callers that already wait for the piece still get its bytes. */
  forget(piece: Piece): void;
  /** Cancels the request of a piece that no caller waits for. */
  abandon(piece: Piece): void;
  /** Cancels all requests under way with `reason`, and forgets all pieces. */
  clear(reason?: unknown): void;
}

/** A cache that holds what `budget` allows, a kilobyte counted for each piece besides its own. */
export function rangeCache(budget: Budget): RangeCache {
  /** The pieces that are kept, or will be when their bytes have come, by offset. */
  const sorted: Held[] = [];
  /** The requests under way, also those whose pieces will not be kept. */
  const underWay = new Set<Load>();
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

  function remove(load: Load): void {
    if (!load.kept) return;
    load.kept = false;
    for (const piece of load.pieces) sorted.splice(sorted.indexOf(piece, placeOf(piece.offset)), 1);
    load.holding?.free();
  }

  function cancel(load: Load, reason?: unknown): void {
    remove(load);
    load.controller?.abort(reason);
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
        piece.of.holding?.use();
      }
      if (at < end) missing.push(at === range.offset ? range : { offset: at, length: end - at });
      return { pieces, missing };
    },

    add(ranges, keep, fetch, urgency) {
      const controller = new AbortController();
      const size = ranges.reduce((sum, { length }) => sum + length + bookkeeping, 0);
      const pieces: Held[] = [];
      const load: Load = {
        pieces,
        ready: fetch(controller.signal),
        waiters: 0,
        urgency,
        controller,
        kept: keep && size <= budget.limit,
      };
      for (const { offset, length } of ranges) {
        const piece: Held = { offset, length, of: load };
        pieces.push(piece);
        if (load.kept) insert(piece);
      }
      underWay.add(load);
      load.ready.then(
        (all) => {
          underWay.delete(load);
          load.controller = undefined;
          let held = 0;
          for (const [i, piece] of pieces.entries()) {
            piece.bytes = all[i]!;
            held += piece.bytes.byteLength + bookkeeping;
          }
          if (load.kept)
            load.holding = budget.hold(held, () => {
              load.holding = undefined;
              remove(load);
            });
        },
        () => {
          underWay.delete(load);
          remove(load);
        },
      );
      return pieces as [Held];
    },

    wait(piece, signal) {
      const mine = piece as Held;
      if (mine.bytes) return Promise.resolve(mine.bytes);
      const load = mine.of;
      load.waiters++;
      if (load.urgency) load.urgency.isGuess = false;
      return new Promise((resolve, reject) => {
        // `Promise.race` with a promise of the signal would keep every piece alive.
        const forget = onAbort(signal, () => {
          if (--load.waiters === 0 && !mine.bytes) cancel(load, signal.reason);
          reject(signal.reason);
        });
        load.ready.then(() => resolve(mine.bytes!), reject).finally(forget);
      });
    },

    forget: (piece) => remove((piece as Held).of),

    abandon(piece) {
      const { of: load, bytes } = piece as Held;
      if (load.waiters === 0 && !bytes) cancel(load);
    },

    clear(reason) {
      for (const { controller } of underWay) controller?.abort(reason);
      for (const { of: load } of sorted) {
        load.kept = false;
        load.holding?.free();
      }
      sorted.length = 0;
    },
  };
}
