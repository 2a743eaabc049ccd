/**
 * Finding the HDUs of a file, one after the other: each header tells where the next one is. Lazy: every plan goes on
 * from where the last one stopped.
 */
import { FitsError } from "../errors.js";
import { parseHeader } from "../header/header.js";
import { type HeaderBytes, noEnd, readHeaderBytes } from "../header/read.js";
import { BLOCK, findEnd } from "../header/scan.js";
import { chain, done, type Plan } from "../read/plan.js";
import { type Guesses, guessAhead, likelyHeaderSize, noGuesses, settle, withGuesses } from "./ahead.js";
import type { HduLayout } from "./hdu.js";
import { layoutOf } from "./layout.js";
import { beginsWith, type Compression, compressionOf, describeForeign } from "./magic.js";

/** How far a file has been walked. A value: walking on makes a new one. */
export interface Walk {
  /** The HDUs found so far. */
  readonly hdus: readonly HduLayout[];
  /** Whether these are all. */
  readonly done: boolean;
  /** What is wrong with the file but can be read past, in words. */
  readonly warnings: readonly string[];
  /** Why the walk stopped at an HDU that is there but cannot be read; HDUs behind it cannot be found. */
  readonly error?: FitsError;
  /** The file is no FITS file, but may be one compressed as a whole, in this way. There are no HDUs then. */
  readonly compression?: Compression;
  /** What was read ahead. */
  readonly guesses: Guesses;
}

export interface WalkOptions {
  /** Bytes of the whole file. Without it the walk ends where reads come back short, and nothing is guessed. */
  readonly size?: number | undefined;
  /** Bytes of the first read, and of the file's end read ahead. Default 131072: real headers take up to 70 kB. */
  readonly blockSize?: number | undefined;
  /** Whether the walk is to go far, so that later headers are worth guessing. Default false. */
  readonly ahead?: boolean | undefined;
}

/** A walk that has not begun. */
export const newWalk: Walk = { hdus: [], done: false, warnings: [], guesses: noGuesses };

/** Bytes of the first read unless `blockSize` says otherwise. */
export const defaultBlockSize: number = 128 * 1024;
const largestRead = 512 * 1024;

/**
 * Finds the next HDU, and those behind it whose headers came with it. Throws NOT_FITS, BAD_HEADER, TOO_LARGE or
 * TRUNCATED for a file whose first header cannot be read. What is wrong behind it ends the walk with a warning, as in
 * astropy: `error` is set where an HDU is plainly there.
 */
export function walkOn(walk: Walk, options: WalkOptions = {}): Plan<Walk> {
  const known = checkEnd(walk, options.size);
  if (known.done) return done(known);
  const start = known.hdus.at(-1)?.end ?? 0;
  const index = known.hdus.length;
  const blockSize = Math.max(options.blockSize ?? defaultBlockSize, BLOCK);
  const guesses = settle(known.guesses, start);
  const small = areSmall(known.hdus, blockSize);
  const guess = options.ahead === true && options.size !== undefined && index > 0 && !small;
  const ahead = guess ? guessAhead(known.hdus, start, { size: options.size, blockSize, guesses }) : [];
  const held = guesses.pending.find((g) => g.offset <= start && start + BLOCK <= g.offset + g.length);
  const plan = readHeaderBytes(start, {
    size: options.size,
    // No more than a guess has already brought, where one has.
    blockSize: held
      ? held.offset + held.length - start
      : firstRead(known.hdus, blockSize, options.ahead === true),
    label: `header of HDU ${index}`,
    begins: (bytes) => beginsWith(bytes, "SIMPLE") || (index > 0 && beginsWith(bytes, "XTENSION")),
    ahead,
  });
  const going = { ...known, guesses: withGuesses(guesses, start, ahead) };
  return chain(plan, (found) => done(absorb(going, found, start, options.size)));
}

/** Whether HDUs are so small that one read brings several. */
function areSmall(hdus: readonly HduLayout[], blockSize: number): boolean {
  const last = hdus.at(-1);
  return last !== undefined && hdus.length > 1 && (last.end - last.headerOffset) * 2 <= blockSize;
}

/** Bytes to read first. Of small HDUs, the more there were, the longer the read. */
function firstRead(hdus: readonly HduLayout[], blockSize: number, far: boolean): number {
  const last = hdus.at(-1);
  if (!last) return blockSize;
  if (!areSmall(hdus, blockSize)) return likelyHeaderSize(hdus);
  return far ? Math.min(largestRead, Math.max(blockSize, last.end)) : blockSize;
}

/** Ends the walk where the file ends; tells of an HDU that it ends in. */
function checkEnd(walk: Walk, size: number | undefined): Walk {
  const last = walk.hdus.at(-1);
  if (walk.done || !last || size === undefined || last.end < size) return walk;
  if (last.end === size) return { ...walk, done: true };
  const dataEnd = last.dataOffset + last.dataSize;
  const where = `HDU ${last.index}: the file ends at byte ${size}`;
  if (dataEnd <= size) {
    const warning = `${where}, ${last.end - size} bytes before the end of the padding`;
    return { ...walk, done: true, warnings: [...walk.warnings, warning] };
  }
  const warning = `${where}, ${dataEnd - size} bytes before its data do: it may have been truncated`;
  const hdus = [...walk.hdus.slice(0, -1), { ...last, truncatedAt: size }];
  return { ...walk, hdus, done: true, warnings: [...walk.warnings, warning] };
}

/** Takes what was read at `start` into the walk. */
function absorb(walk: Walk, found: HeaderBytes, start: number, size: number | undefined): Walk {
  if (found.end < 0) return stop(walk, found, start);
  let known = walk;
  let end = found.end;
  for (let at = 0; end >= 0; ) {
    try {
      known = withHdu(known, found.bytes.subarray(at), end - at, start + at);
    } catch (error) {
      if (!(error instanceof FitsError) || known.hdus.length === 0) throw error;
      // An HDU that only happened to lie in these bytes is for the next plan to complain about.
      return known.hdus.length > walk.hdus.length ? known : failed(known, error);
    }
    at = known.hdus.at(-1)!.end - start;
    const rest = at < found.bytes.length ? found.bytes.subarray(at) : undefined;
    end = rest && beginsWith(rest, "XTENSION") ? findEnd(rest, 0) : -1;
    if (end >= 0) end += at;
  }
  return checkEnd(known, size);
}

function withHdu(walk: Walk, bytes: Uint8Array, end: number, offset: number): Walk {
  const index = walk.hdus.length;
  const header = parseHeader(bytes, end);
  const { hdu, warnings } = layoutOf(header, { index, headerOffset: offset });
  return { ...walk, hdus: [...walk.hdus, hdu], warnings: [...walk.warnings, ...warnings] };
}

/** Ends the walk at `start`, where no header is. */
function stop(walk: Walk, found: HeaderBytes, start: number): Walk {
  const { bytes } = found;
  const index = walk.hdus.length;
  const isHeader = beginsWith(bytes, index === 0 ? "SIMPLE" : "XTENSION");
  if (isHeader) {
    const error = noEnd(start, found);
    if (index === 0) throw error;
    return failed(walk, error);
  }
  if (index === 0) {
    const compression = compressionOf(bytes);
    if (compression) return { ...walk, done: true, compression };
    throw new FitsError("NOT_FITS", describeForeign(bytes));
  }
  if (bytes.length === 0) return { ...walk, done: true };
  const what = bytes.every((byte) => byte === 0 || byte === 32) ? "padding" : "bytes that are no HDU";
  const warning = `after HDU ${index - 1}, at byte ${start}, the file goes on with ${what}`;
  return { ...walk, done: true, warnings: [...walk.warnings, warning] };
}

function failed(walk: Walk, error: FitsError): Walk {
  const warning = `HDU ${walk.hdus.length} cannot be read, nor any behind it: ${error.message}`;
  return { ...walk, done: true, error, warnings: [...walk.warnings, warning] };
}
