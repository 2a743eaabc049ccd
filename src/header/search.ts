/**
 * Looking for the end of a header whose length nobody knows: a plan that reads on until the END card.
 */
import { done, type Plan, readThen } from "../read/plan.js";
import type { ByteRange } from "../source/source.js";
import { BLOCK, findEnd, findForeignBlock } from "./scan.js";

export interface ReadHeaderOptions {
  /** Bytes of the whole file, where known: nothing is asked for past it. */
  readonly size?: number | undefined;
  /** Bytes of the first read; each further one doubles what is there. Default 28800, ten blocks. */
  readonly blockSize?: number | undefined;
  /** What is read, for the profile. Default `header at byte N`. */
  readonly label?: string | undefined;
  /** Whether this is the start of a header at all. */
  readonly begins: (bytes: Uint8Array) => boolean;
  /** Guesses to read in the wave of the first read, for the cache alone. */
  readonly ahead?: readonly ByteRange[] | undefined;
}

/** What a search for END came to. */
export interface HeaderBytes {
  /** All that was read, from the header's first byte on: often more than the header. */
  readonly bytes: Uint8Array;
  /** Where END begins in `bytes`; -1 where there is none. */
  readonly end: number;
  /** Why there is no END, where there is none. */
  readonly why?: "file ends" | "not a header" | "too long";
}

const defaultBlock = 10 * BLOCK;
/** No header known is near it; a file of text cards without END must not be read to its end. */
const longestHeader = 64 * 1024 * 1024;

/** Reads from `offset` on until END comes, or it is plain that none will. Never throws. */
export function readHeaderBytes(offset: number, options: ReadHeaderOptions): Plan<HeaderBytes> {
  return grow(new Uint8Array(0), offset, options);
}

function grow(have: Uint8Array, offset: number, options: ReadHeaderOptions): Plan<HeaderBytes> {
  const {
    size = Infinity,
    blockSize = defaultBlock,
    label = `header at byte ${offset}`,
    ahead = [],
  } = options;
  const before = have.length;
  const start = offset + before;
  const length = Math.min(Math.max(before, 80, blockSize), longestHeader - before, Math.max(0, size - start));
  if (length === 0)
    return done({ bytes: have, end: -1, why: before < longestHeader ? "file ends" : "too long" });
  const step = readThen<HeaderBytes>(label, { offset: start, length }, (got) => {
    const bytes = before > 0 ? joined(have, got) : got;
    const fileEnds = got.length < length || start + got.length === size;
    // A card cut by the end of what is there is looked at again with the rest of it, unless the file ends.
    const whole = fileEnds ? bytes : bytes.subarray(0, bytes.length - (bytes.length % 80));
    const end = findEnd(whole, before - (before % 80));
    const cards = end < 0 ? whole : whole.subarray(0, end);
    const isHeader =
      (before > 0 || options.begins(bytes)) && findForeignBlock(cards, before - (before % BLOCK)) < 0;
    if (!isHeader) return done({ bytes, end: -1, why: "not a header" });
    if (end >= 0) return done({ bytes, end });
    return fileEnds
      ? done({ bytes, end, why: "file ends" })
      : grow(bytes, offset, { ...options, ahead: undefined });
  });
  return { ...step, ahead };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
