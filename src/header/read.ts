/**
 * Reading a header from a file: a plan that reads on until END.
 */
import { FitsError } from "../errors.js";
import { chain, done, type Plan, readThen } from "../read/plan.js";
import type { ByteRange } from "../source/source.js";
import { type Header, parseHeader } from "./header.js";
import { BLOCK, findEnd, findForeignBlock, isKeywordField } from "./scan.js";

export interface ReadHeaderOptions {
  /** Bytes of the whole file, where known: nothing is asked for past it. */
  readonly size?: number | undefined;
  /** Bytes of the first read; each further one doubles what is there. Default 28800, ten blocks. */
  readonly blockSize?: number | undefined;
  /** What is read, for the profile. Default `header at byte N`. */
  readonly label?: string | undefined;
  /** Whether this is the start of a header at all. Default: it begins with something that could be a keyword. */
  readonly begins?: ((bytes: Uint8Array) => boolean) | undefined;
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

/** The header at `offset`. Throws BAD_HEADER or TRUNCATED, saying where, when no END card comes. */
export function readHeader(offset: number, options: ReadHeaderOptions = {}): Plan<Header> {
  return chain(readHeaderBytes(offset, options), (found) => {
    if (found.end >= 0) return done(parseHeader(found.bytes, found.end));
    throw noEnd(offset, found);
  });
}

/** The error for a header without END. */
export function noEnd(offset: number, { bytes, why }: HeaderBytes): FitsError {
  const where = `header at byte ${offset}`;
  if (why === "file ends") {
    return new FitsError(
      "TRUNCATED",
      `${where}: the file ends after ${bytes.length} bytes of it, before an END card`,
    );
  }
  if (why === "too long")
    return new FitsError("BAD_HEADER", `${where}: no END card in its first ${bytes.length} bytes`);
  return new FitsError("BAD_HEADER", `${where}: no END card before something else than a header begins`);
}

/** Reads from `offset` on until END comes, or it is plain that none will. Never throws. */
export function readHeaderBytes(offset: number, options: ReadHeaderOptions = {}): Plan<HeaderBytes> {
  return grow(new Uint8Array(0), offset, options);
}

function grow(have: Uint8Array, offset: number, options: ReadHeaderOptions): Plan<HeaderBytes> {
  const { size, label = `header at byte ${offset}` } = options;
  const wanted = Math.max(have.length, 80, options.blockSize ?? defaultBlock);
  const start = offset + have.length;
  const length = Math.min(wanted, longestHeader - have.length, Math.max(0, (size ?? Infinity) - start));
  if (length === 0)
    return done({ bytes: have, end: -1, why: have.length < longestHeader ? "file ends" : "too long" });
  const step = readThen<HeaderBytes>(label, { offset: start, length }, (bytes) => {
    const all = joined(have, bytes);
    const fileEnds = bytes.length < length || start + bytes.length === size;
    const notHeader: Plan<HeaderBytes> = done({ bytes: all, end: -1, why: "not a header" });
    if (have.length === 0 && !(options.begins ?? beginsWithKeyword)(all)) return notHeader;
    // A card cut by the end of what is there is looked at again with the rest of it, unless the file ends.
    const whole = fileEnds ? all : all.subarray(0, all.length - (all.length % 80));
    const end = findEnd(whole, have.length - (have.length % 80));
    const cards = end < 0 ? whole : whole.subarray(0, end);
    if (findForeignBlock(cards, have.length - (have.length % BLOCK)) >= 0) return notHeader;
    if (end >= 0) return done({ bytes: all, end });
    if (fileEnds) return done({ bytes: all, end: -1, why: "file ends" });
    return grow(all, offset, { ...options, ahead: undefined });
  });
  return options.ahead && options.ahead.length > 0 ? { ...step, ahead: options.ahead } : step;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function beginsWithKeyword(bytes: Uint8Array): boolean {
  return bytes[0] !== 32 && isKeywordField(bytes, 0);
}
