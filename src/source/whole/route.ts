/**
 * Finds the parts of a compressed file that a sweep through its output will read.
 */
import type { Checkpoints } from "./checkpoints.js";
import type { Extent } from "./read-ahead.js";

/** A place in the output, and the same place in the compressed file. */
export interface Place {
  readonly offset: number;
  readonly byte: number;
}

export interface RouteOptions {
  readonly marks: Checkpoints;
  /** The end of output and file, where known. */
  readonly end: Place | undefined;
  /** Compressed bytes for each byte of output, as measured last. */
  readonly pace: number;
  /** How far estimates between two checkpoints may be off, in compressed bytes. */
  readonly margin: number;
}

/** An estimate without a checkpoint behind it is shortened by this factor: one more request costs less than unused bytes. */
const CAUTION = 0.95;
/** Compressed bytes that a decoder asks for beyond the last byte that it uses. */
const BEYOND = 1024;
/** Stretches at most: no more can be under way at once. */
const MOST = 8;

/** The extents of the compressed file, in rising order, from `at` through all of `wants`, which are sorted by `next`. */
export function route(
  at: Place,
  wants: readonly { readonly next: number; readonly end: number }[],
  options: RouteOptions,
): Extent[] {
  const extents: Extent[] = [];
  let start = at;
  let end = at.offset;
  for (const want of wants) {
    const mark = options.marks.before(want.next);
    if (mark && mark.offset > end && Math.floor(mark.bit / 8) > start.byte) {
      if (end > start.offset) extents.push({ from: start.byte, to: byteOf(end, start, options) });
      if (extents.length === MOST) return extents;
      start = { offset: mark.offset, byte: Math.floor(mark.bit / 8) };
    }
    end = Math.max(end, want.end);
  }
  extents.push({ from: start.byte, to: byteOf(end, start, options) });
  return extents;
}

/** An estimate of where in the compressed file `offset` lies, when decoding starts at `start`. */
function byteOf(offset: number, start: Place, { marks, end, pace, margin }: RouteOptions): number {
  const before = marks.before(offset);
  const low =
    before && before.offset > start.offset
      ? { offset: before.offset, byte: Math.floor(before.bit / 8) }
      : start;
  const after = marks.after(offset);
  const high = after ? { offset: after.offset, byte: Math.ceil(after.bit / 8) + BEYOND } : end;
  if (!high || high.offset <= low.offset) return low.byte + Math.ceil((offset - low.offset) * pace * CAUTION);
  const share = (offset - low.offset) / (high.offset - low.offset);
  return Math.min(high.byte, Math.ceil(low.byte + share * (high.byte - low.byte)) + margin);
}
