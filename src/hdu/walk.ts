/**
 * Finding the HDUs of a file, one after the other: each header tells where the next one is. Lazy: every plan goes on
 * from where the last one stopped.
 */
import { FitsError } from "../errors.js";
import { parseHeader } from "../header/header.js";
import { BLOCK, beginsWith, findEnd, findForeignBlock } from "../header/scan.js";
import { type HeaderBytes, noEnd, readHeaderBytes } from "../header/search.js";
import { type Course, type Plan, read } from "../read/plan.js";
import { approach, type Guesses } from "./guess.js";
import type { HduLayout } from "./hdu.js";
import { layoutOf } from "./layout.js";

/** How far a file has been walked. A value: walking on makes a new one. */
export interface Walk {
  /** The HDUs found so far. */
  readonly hdus: readonly HduLayout[];
  /** Whether these are all. */
  readonly done: boolean;
  /** What is wrong with the file but can be read past, in words. */
  readonly warnings: readonly string[];
  /** Why the walk stopped at an HDU that is there but cannot be read; HDUs behind it cannot be found. */
  readonly error?: FitsError | undefined;
  /** The first bytes of a file that is no FITS file: compressed as a whole, perhaps. There are no HDUs then. */
  readonly foreign?: Uint8Array | undefined;
  /** Guesses that were read ahead. */
  readonly guesses: Guesses;
}

export interface WalkOptions {
  /**
   * The file, whose size may become known meanwhile. Without it the walk ends where reads come back short, and nothing
   * is guessed.
   */
  readonly file?: { readonly size?: number | undefined } | undefined;
  /** Bytes of the first read, and of the file's end read ahead. Default 131072: real headers take up to 70 kB. */
  readonly blockSize?: number | undefined;
  /** Whether the walk is to go far, so that later headers are worth guessing. Default false. */
  readonly ahead?: boolean | undefined;
  /** Whether these HDUs are enough. Default: the next HDU, and those behind it whose headers came with it. */
  readonly enough?: ((hdus: readonly HduLayout[]) => boolean) | undefined;
}

/** A walk that has not begun. */
export const newWalk: Walk = { hdus: [], done: false, warnings: [], guesses: { pending: [], wasted: 0 } };

/** Bytes of the first read unless `blockSize` says otherwise. */
export const defaultBlockSize: number = 128 * 1024;

/** A walk under way. */
interface Walking extends Walk {
  readonly hdus: HduLayout[];
  readonly warnings: string[];
  done: boolean;
  error?: FitsError | undefined;
  foreign?: Uint8Array | undefined;
  guesses: Guesses;
}

/**
 * Walks on from `begun` until there are enough HDUs, or the file ends. Throws BAD_HEADER, TOO_LARGE or TRUNCATED for a
 * file whose first header cannot be read. A fault behind the first header ends the walk with a
 * warning, as in astropy: `error` is set where an HDU is plainly there.
 */
export function walkPlan(begun: Walk, options: WalkOptions = {}): Plan<Walk> {
  const { file = {}, ahead = false } = options;
  const enough = options.enough ?? ((hdus) => hdus.length > begun.hdus.length);
  const blockSize = Math.max(options.blockSize ?? defaultBlockSize, BLOCK);
  return function* () {
    const walk: Walking = { ...begun, hdus: [...begun.hdus], warnings: [...begun.warnings] };
    checkEnd(walk, file.size);
    while (!walk.done && !enough(walk.hdus)) {
      let how: { blockSize: number; ahead?: Walk["guesses"]["pending"] } = { blockSize };
      if (walk.hdus.length > 0) {
        const next = approach(walk, { size: file.size, blockSize, far: ahead });
        walk.guesses = next.guesses;
        how = next;
      }
      yield* nextHdus(walk, file, how);
      checkEnd(walk, file.size);
    }
    return walk;
  };
}

/** Reads the header behind the last HDU, and takes it into the walk, with those behind it that came along. */
function* nextHdus(
  walk: Walking,
  file: { readonly size?: number | undefined },
  { blockSize, ahead }: { blockSize: number; ahead?: Walk["guesses"]["pending"] },
): Course<void> {
  const index = walk.hdus.length;
  const start = walk.hdus.at(-1)?.end ?? 0;
  const found = yield* readHeaderBytes(start, {
    file,
    blockSize,
    ahead,
    label: `header of HDU ${index}`,
    begins: (bytes) => beginsWith(bytes, "SIMPLE") || (index > 0 && beginsWith(bytes, "XTENSION")),
  });
  if (found.end >= 0) return absorb(walk, found, start);
  stopWithout(walk, found, start);
  if (found.bytes.length === 0 && file.size === undefined) yield* checkData(walk);
}

/**
 * Warns where the file ends within the last HDU's data. Where the size of the file is unknown and nothing lies behind
 * the data, only their last byte can tell.
 */
function* checkData(walk: Walking): Course<void> {
  const last = walk.hdus.at(-1);
  if (!last || last.dataSize === 0) return;
  const end = last.dataOffset + last.dataSize;
  const got = yield* read(`end of HDU ${last.index}`, { offset: end - 1, length: 1 });
  if (got.length > 0) return;
  walk.warnings.push(`HDU ${last.index}: the file ends before its data do: it may have been truncated`);
}

/** Takes the headers that were read at `start` into the walk. */
function absorb(walk: Walking, found: HeaderBytes, start: number): void {
  let at = 0;
  let { end } = found;
  while (end >= 0 && !walk.done) {
    takeHdu(walk, found.bytes.subarray(at), end, start + at);
    if (walk.done) return;
    at = walk.hdus.at(-1)!.end - start;
    const rest = found.bytes.subarray(at);
    end = beginsWith(rest, "XTENSION") ? findEnd(rest, 0) : -1;
    // An END behind data belongs to another header. The fault is told when the header here is read by itself.
    if (end > 0 && findForeignBlock(rest.subarray(0, end), 0) >= 0) end = -1;
  }
}

/** Takes the HDU whose header is at the beginning of `bytes`; one that cannot be read ends the walk. */
function takeHdu(walk: Walking, bytes: Uint8Array, end: number, headerOffset: number): void {
  const index = walk.hdus.length;
  try {
    const { hdu, warnings } = layoutOf(parseHeader(bytes, end), { index, headerOffset });
    walk.hdus.push(hdu);
    walk.warnings.push(...warnings);
  } catch (error) {
    if (!(error instanceof FitsError) || index === 0) throw error;
    fail(walk, error);
  }
}

/** Ends the walk where the file ends. */
function checkEnd(walk: Walking, size: number | undefined): void {
  const last = walk.hdus.at(-1);
  if (walk.done || !last || size === undefined || last.end < size) return;
  walk.done = true;
  if (last.end === size) return;
  const where = `HDU ${last.index}: the file ends at byte ${size}`;
  const dataEnd = last.dataOffset + last.dataSize;
  if (dataEnd <= size) {
    walk.warnings.push(`${where}, ${last.end - size} bytes before the end of the padding`);
    return;
  }
  walk.warnings.push(`${where}, ${dataEnd - size} bytes before its data do: it may have been truncated`);
  walk.hdus[walk.hdus.length - 1] = { ...last, truncatedAt: size };
}

/** Ends the walk at an HDU that is there but cannot be read. */
function fail(walk: Walking, error: FitsError): void {
  walk.done = true;
  walk.error = error;
  walk.warnings.push(`HDU ${walk.hdus.length} cannot be read, nor any behind it: ${error.message}`);
}

/** Ends the walk at `start`, where no header is: the end of the file, junk behind it, another file altogether. */
function stopWithout(walk: Walking, found: HeaderBytes, start: number): void {
  const { bytes } = found;
  const index = walk.hdus.length;
  if (beginsWith(bytes, index === 0 ? "SIMPLE" : "XTENSION")) {
    const error = noEnd(start, found);
    if (index === 0) throw error;
    fail(walk, error);
    return;
  }
  walk.done = true;
  if (index === 0) walk.foreign = bytes;
  else if (bytes.length > 0) {
    const what = bytes.every((byte) => byte === 0 || byte === 32) ? "padding" : "bytes that are no HDU";
    walk.warnings.push(`after HDU ${index - 1}, at byte ${start}, the file goes on with ${what}`);
  }
}

/** A header and where it starts. */
export interface KnownHeader {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * The walk of a file of `size` bytes whose headers are known beforehand, from an index. Throws what a walk throws:
 * BAD_HEADER, TOO_LARGE.
 */
export function walkOfHeaders(headers: readonly KnownHeader[], size: number | undefined): Walk {
  const walk: Walking = { ...newWalk, hdus: [], warnings: [] };
  for (const [index, { offset, bytes }] of headers.entries()) {
    const found = layoutOf(parseHeader(bytes), { index, headerOffset: offset });
    walk.hdus.push(found.hdu);
    walk.warnings.push(...found.warnings);
  }
  checkEnd(walk, size);
  return { ...walk, done: true };
}
