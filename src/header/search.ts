/**
 * Looking for the end of a header whose length nobody knows: a plan that reads on until the END card.
 */
import { done, type Plan, readThen } from "../read/old-plan.js";
import type { ByteRange } from "../source/source.js";
import { BLOCK, findEnd, findForeignBlock, longestHeader } from "./scan.js";

export interface ReadHeaderOptions {
  /** Bytes of the whole file, where known: nothing is asked for past it. */
  readonly size?: number | undefined;
  /** Bytes of the first read; each further one doubles what is there. */
  readonly blockSize: number;
  /** What is read, for the profile. */
  readonly label: string;
  /** Whether this is the start of a header at all. */
  readonly begins: (bytes: Uint8Array) => boolean;
  /** Guesses to read in the wave of the first read, for the cache alone. */
  readonly ahead?: readonly ByteRange[] | undefined;
}

/** What a search for END came to. */
export interface HeaderBytes {
  /** All that was read, from the header's first byte on: often more than the header. */
  readonly bytes: Uint8Array;
  /** Where END begins in `bytes`; -1 where there is none, for one of the reasons that no-end.ts knows. */
  readonly end: number;
}

/** Reads from `offset` on until END comes, or it is plain that none will. Never throws. */
export function readHeaderBytes(offset: number, options: ReadHeaderOptions): Plan<HeaderBytes> {
  return grow(new Uint8Array(0), offset, options);
}

function grow(have: Uint8Array, offset: number, options: ReadHeaderOptions): Plan<HeaderBytes> {
  const { size = Infinity, blockSize, label, begins, ahead = [] } = options;
  const before = have.length;
  const start = offset + before;
  const length = Math.min(Math.max(before, 80, blockSize), longestHeader - before, Math.max(0, size - start));
  if (length === 0) return done({ bytes: have, end: -1 });
  const step = readThen<HeaderBytes>(label, { offset: start, length }, (got) => {
    const bytes = before > 0 ? joined(have, got) : got;
    const fileEnds = got.length < length || start + got.length === size;
    // A card cut by the end of what is there is looked at again with the rest of it, unless the file ends.
    const whole = fileEnds ? bytes : bytes.subarray(0, bytes.length - (bytes.length % 80));
    const end = findEnd(whole, before - (before % 80));
    const cards = end < 0 ? whole : whole.subarray(0, end);
    if ((before === 0 && !begins(bytes)) || findForeignBlock(cards, before - (before % BLOCK)) >= 0)
      return done({ bytes, end: -1 });
    return end >= 0 || fileEnds ? done({ bytes, end }) : grow(bytes, offset, { ...options, ahead: [] });
  });
  return { ...step, ahead };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
