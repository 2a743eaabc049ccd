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
  readonly kept: boolean;
}

/** What it takes to hold a piece besides its bytes: hundreds of thousands of a few bytes each must not fill the memory. */
const bookkeeping = 1024;
/** Pieces are found by the blocks of this many bytes that they touch. */
const bucketBytes = 1 << 18;

export interface RangeCache {
  /** The pieces that hold parts of `range`, and the parts that none holds, both by offset. */
  find(range: ByteRange): { pieces: Piece[]; missing: ByteRange[] };
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
  const buckets = new Map<number, Set<Held>>();
  /** In order of use, the least recent first. */
  const order = new Set<Held>();
  /** Also those that are not to be kept. */
  const underWay = new Set<Held>();
  let held = 0;

  function* bucketsOf(range: ByteRange): Generator<number> {
    const last = Math.floor((range.offset + Math.max(range.length, 1) - 1) / bucketBytes);
    for (let b = Math.floor(range.offset / bucketBytes); b <= last; b++) yield b;
  }

  function insert(piece: Held): void {
    for (const b of bucketsOf(piece)) {
      const bucket = buckets.get(b);
      if (bucket) bucket.add(piece);
      else buckets.set(b, new Set([piece]));
    }
    order.add(piece);
  }

  function remove(piece: Held): void {
    if (!order.delete(piece)) return;
    if (piece.bytes) held -= piece.bytes.byteLength + bookkeeping;
    for (const b of bucketsOf(piece)) {
      const bucket = buckets.get(b);
      bucket?.delete(piece);
      if (bucket?.size === 0) buckets.delete(b);
    }
  }

  function evict(): void {
    for (const piece of order) {
      if (held <= budget) return;
      if (piece.bytes) remove(piece);
    }
  }

  /** All pieces that touch `range`, by offset. */
  function touching(range: ByteRange): Held[] {
    const found = new Set<Held>();
    const end = range.offset + range.length;
    for (const b of bucketsOf(range)) {
      for (const piece of buckets.get(b) ?? []) {
        if (piece.offset < end && piece.offset + piece.length > range.offset) found.add(piece);
      }
    }
    return [...found].sort((a, b) => a.offset - b.offset || b.length - a.length);
  }

  return {
    find(range) {
      if (order.size === 0) return { pieces: [], missing: [range] };
      const pieces: Held[] = [];
      const missing: ByteRange[] = [];
      const end = range.offset + range.length;
      let at = range.offset;
      for (const piece of touching(range)) {
        const pieceEnd = piece.offset + piece.length;
        if (pieceEnd <= at) continue;
        if (piece.offset > at) missing.push({ offset: at, length: piece.offset - at });
        at = pieceEnd;
        pieces.push(piece);
        order.delete(piece);
        order.add(piece);
      }
      if (at < end) missing.push({ offset: at, length: end - at });
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
          if (!order.has(piece)) return;
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
      order.clear();
      buckets.clear();
      held = 0;
    },
  };
}
