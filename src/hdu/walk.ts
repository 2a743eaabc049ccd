/**
 * Finding the HDUs of a file, one after the other: each header tells where the next one is. Lazy: every plan goes on
 * from where the last one stopped.
 */
import type { FitsError } from "../errors.js";
import { type Header, parseHeader } from "../header/header.js";
import { BLOCK, beginsWith, findEnd, findForeignBlock } from "../header/scan.js";
import { type HeaderBytes, type ReadHeaderOptions, readHeaderBytes } from "../header/search.js";
import { chain, done, type Later, needing, type Plan } from "../read/old-plan.js";
import type { Guesses } from "./ahead.js";
import type { HduLayout } from "./hdu.js";
import type { Compression } from "./magic.js";
import { plainLayout } from "./plain.js";

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
  /** Its first bytes, then. */
  readonly compressed?: Uint8Array;
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
export const newWalk: Walk = { hdus: [], done: false, warnings: [], guesses: { pending: [], wasted: 0 } };

/** Bytes of the first read unless `blockSize` says otherwise. */
export const defaultBlockSize: number = 128 * 1024;

/** How the walk goes on behind the first header. */
export const lookingAhead: Later<typeof import("./ahead.js")> = { load: () => import("./ahead.js") };
/** Whatever is not the plain way. */
export const unusual: Later<typeof import("./unusual.js")> = { load: () => import("./unusual.js") };

/**
 * Finds the next HDU, and those behind it whose headers came with it. Throws NOT_FITS, BAD_HEADER, TOO_LARGE or
 * TRUNCATED for a file whose first header cannot be read. What is wrong behind it ends the walk with a warning, as in
 * astropy: `error` is set where an HDU is plainly there.
 */
export function walkOn(walk: Walk, options: WalkOptions = {}): Plan<Walk> {
  const { size, ahead } = options;
  const blockSize = Math.max(options.blockSize ?? defaultBlockSize, BLOCK);
  return chain(checkEnd(walk, size), (known) => {
    if (known.done) return done(known);
    if (known.hdus.length === 0) return readOn(known, { size, blockSize });
    return needing(lookingAhead, ({ approach }) => {
      const { guesses, ...how } = approach(known, { size, blockSize, far: ahead === true });
      return readOn({ ...known, guesses }, { size, ...how });
    });
  });
}

/** Reads the header behind the last HDU, and takes it into the walk. */
function readOn(walk: Walk, how: Pick<ReadHeaderOptions, "size" | "blockSize" | "ahead">): Plan<Walk> {
  const index = walk.hdus.length;
  const start = walk.hdus.at(-1)?.end ?? 0;
  const plan = readHeaderBytes(start, {
    ...how,
    label: `header of HDU ${index}`,
    begins: (bytes) => beginsWith(bytes, "SIMPLE") || (index > 0 && beginsWith(bytes, "XTENSION")),
  });
  return chain(plan, (found) => {
    if (found.end < 0) return needing(unusual, ({ stop }) => stop(walk, found, start));
    return chain(absorb(walk, found, start), (known) => checkEnd(known, how.size));
  });
}

/** Ends the walk where the file ends. */
function checkEnd(walk: Walk, size: number | undefined): Plan<Walk> {
  const end = walk.hdus.at(-1)?.end;
  if (walk.done || end === undefined || size === undefined || end < size) return done(walk);
  if (end === size) return done({ ...walk, done: true });
  return needing(unusual, ({ cutShort }) => done(cutShort(walk, size)));
}

/** Takes the headers that were read at `start` into the walk: `withHdu` each, plain images unless told otherwise. */
function absorb(walk: Walk, found: HeaderBytes, start: number, withHdu: WithHdu = withPlain): Plan<Walk> {
  let known = walk;
  let at = 0;
  let { end } = found;
  while (end >= 0 && !known.done) {
    const bytes = found.bytes.subarray(at);
    const next = withHdu(known, parseHeader(bytes, end), start + at);
    if (!next) return needing(unusual, (all) => absorb(walk, found, start, all.withHdu));
    known = next;
    at = known.hdus.at(-1)!.end - start;
    const rest = found.bytes.subarray(at);
    end = beginsWith(rest, "XTENSION") ? findEnd(rest, 0) : -1;
    // An END behind data is another header's: what is wrong is told when this one is read by itself.
    if (end > 0 && findForeignBlock(rest.subarray(0, end), 0) >= 0) end = -1;
  }
  return done(known);
}

type WithHdu = (walk: Walk, header: Header, headerOffset: number) => Walk | undefined;

const withPlain: WithHdu = (walk, header, headerOffset) => {
  const hdu = plainLayout(header, { index: walk.hdus.length, headerOffset });
  return hdu && { ...walk, hdus: [...walk.hdus, hdu] };
};
