/**
 * Looking for the end of a header whose length nobody knows: a plan that reads on until the END card.
 */
import { FitsError } from "../errors.js";
import { type Course, read } from "../read/plan.js";
import type { ByteRange } from "../source/source.js";
import { BLOCK, findEnd, findForeignBlock, longestHeader } from "./scan.js";

export interface ReadHeaderOptions {
  /** The file: nothing is asked for past its size, once that is known. */
  readonly file: { readonly size?: number | undefined };
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
  /** Where END begins in `bytes`; -1 where there is none, for one of the reasons that `noEnd` knows. */
  readonly end: number;
}

/** Reads from `offset` on until END comes, or it is plain that none will. Never throws. */
export function* readHeaderBytes(offset: number, options: ReadHeaderOptions): Course<HeaderBytes> {
  const { file, blockSize, label, begins, ahead = [] } = options;
  let bytes: Uint8Array = new Uint8Array(0);
  for (;;) {
    const before = bytes.length;
    const start = offset + before;
    const left = Math.max(0, (file.size ?? Infinity) - start);
    const length = Math.min(Math.max(before, 80, blockSize), longestHeader - before, left);
    if (length === 0) return { bytes, end: -1 };
    const guesses = before === 0 && ahead.length > 0 ? { ahead } : {};
    const got = yield* read(label, { offset: start, length }, { locates: true, ...guesses });
    bytes = before > 0 ? joined(bytes, got) : got;
    const fileEnds = got.length < length || start + got.length === file.size;
    // A card cut by the end of what is there is looked at again with the rest of it, unless the file ends.
    const whole = fileEnds ? bytes : bytes.subarray(0, bytes.length - (bytes.length % 80));
    const end = findEnd(whole, before - (before % 80));
    const cards = end < 0 ? whole : whole.subarray(0, end);
    const isForeign =
      (before === 0 && !begins(bytes)) || findForeignBlock(cards, before - (before % BLOCK)) >= 0;
    if (isForeign) return { bytes, end: -1 };
    if (end >= 0 || fileEnds) return { bytes, end };
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** The error for a header without END; `begins` says what a header begins with. */
export function noEnd(
  offset: number,
  { bytes }: HeaderBytes,
  begins: (bytes: Uint8Array) => boolean = () => true,
): FitsError {
  const where = `header at byte ${offset}`;
  if (bytes.length > 0 && (!begins(bytes) || findForeignBlock(bytes, 0) >= 0)) {
    return new FitsError("BAD_HEADER", `${where}: no END card before something else than a header begins`);
  }
  if (bytes.length >= longestHeader)
    return new FitsError("BAD_HEADER", `${where}: no END card in its first ${bytes.length} bytes`);
  return new FitsError(
    "TRUNCATED",
    `${where}: the file ends after ${bytes.length} bytes of it, before an END card`,
  );
}
