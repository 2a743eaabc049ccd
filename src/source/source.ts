/**
 * What a source of bytes is: one immutable object, read by ranges.
 */
import { unlessAborted } from "../abort.js";
import { FitsError } from "../errors.js";

/** `length` bytes from `offset`, both in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** One request as it went over the wire (or to the disk), for the profile. Carries no secret. */
export interface RequestRecord {
  /** First byte asked for. */
  offset: number;
  /** Bytes that came. */
  length: number;
  /** Bytes asked for. */
  requested: number;
  /** The ranges asked for, where the request asked for several: `offset` is that of the first, `requested` their sum. */
  parts?: readonly ByteRange[] | undefined;
  /** When it was sent, when its first byte came, when it ended: milliseconds of `performance.now()`. */
  start: number;
  firstByte: number;
  end: number;
  /** The address asked, without credentials or signature. */
  url: string;
  /** HTTP status, 0 where there is none (a file, or no answer). */
  status: number;
  /** Why the request counts as failed (it is then sent again, or the read fails); absent when it did its work. */
  failure?: string;
  /** Request and response headers, without secrets, where they were asked for. */
  requestHeaders?: Record<string, string>;
  responseHeaders?: Record<string, string>;
}

/**
 * Takes what is kept out of `ranges`, and answers with that; sorts both. The answer may hold short gaps between the
 * ranges, which are kept, too.
 */
export interface Division {
  (ranges: ByteRange[]): ByteRange[];
  /** A request told that what is kept is still the object, and the read had to wait for the answer. */
  readonly asked: boolean;
}

export interface GetRangeOptions {
  signal?: AbortSignal | undefined;
  /** Memory as long as the range, where the caller would like the bytes: a source may fill it and answer with it, or not. */
  into?: Uint8Array<ArrayBuffer> | undefined;
  /** Called once for every request made, when it ends. A source that never calls it is timed by its caller. */
  record?: ((request: RequestRecord) => void) | undefined;
  /** Whether records are to hold headers, too. */
  headers?: boolean | undefined;
  /**
   * Takes the bytes of the whole object, in order, where an HTTP server sends that in place of the range; the answer
   * is then empty. `size` is undefined where the server does not say. Without it that is RANGE_IGNORED, unless the
   * object is small.
   */
  whole?: ((chunk: Uint8Array, size: number | undefined) => void) | undefined;
}

/** How a server is asked for many ranges in one request. */
export interface ManyRanges {
  /** Most ranges of a request; most characters of the header that lists them. */
  readonly most: number;
  readonly longestHeader: number;
  /** Bytes that each range moves beside its own. */
  readonly overhead: number;
  /** How likely the server answers as asked: 0 to 1, and either of these once it has been seen. */
  readonly odds: number;
  /**
   * The bytes of each range, as `getRange` would answer; undefined for those that the server did not send in this way:
   * these are to be asked for one at a time. The ranges are in order of offset, and do not overlap.
   */
  getRanges(
    ranges: readonly ByteRange[],
    options?: Omit<GetRangeOptions, "into" | "whole">,
  ): Promise<(Uint8Array | undefined)[]>;
}

/**
 * The bytes of one immutable object: zarrita's `getRange` with the key curried away.
 *
 * `getRange` answers with exactly `length` bytes, fewer only at the end of the object (none past it). The caller
 * borrows the bytes: it never writes to them, unless they are its own `into`. The source leaves them alone, too.
 * (`resolveSource` copies what foreign objects answer with, so these may use their memory again.) An abort rejects
 * with the signal's reason, a read after `close` with CLOSED.
 */
export interface ByteSource {
  /** Where the object is, fit to be shown: no credentials, no signature. */
  readonly href: string;
  /** Bytes of the whole object, once known (a remote source learns it from its first answer). */
  readonly size?: number | undefined;
  /** What tells this version of the object from others, once known: its strong ETag, else its Last-Modified. */
  readonly tag?: string | undefined;
  /** What a reader should know about this source, in words: that changes of the object cannot be noticed, say. */
  readonly warnings?: readonly string[] | undefined;
  /**
   * The bytes are decoded from a compressed file in order: whatever lies far ahead costs all that lies before it, so
   * guesses are not worth it. `record` tells of compressed bytes; an answer that moved none calls it not at all.
   */
  readonly sequential?: boolean | undefined;
  /**
   * Of a source that keeps bytes beyond the process: how ranges divide into those that are kept and those that have to be
   * requested, undefined where nothing is kept. `record` tells of all requests; for kept bytes it is not called. @internal
   */
  readonly kept?:
    | ((ranges: readonly ByteRange[], signal: AbortSignal) => Promise<Division | undefined>)
    | undefined;
  /** What a request costs before anything was measured: seconds before the first byte, and bytes per second. */
  readonly speed?: { readonly latency: number; readonly throughput: number } | undefined;
  /** How many requests at a time are of use. Default: as many as the session allows. */
  readonly connections?: number | undefined;
  getRange(range: ByteRange, options?: GetRangeOptions): Promise<Uint8Array>;
  /** Loads what asks for many ranges at once; absent where no server could be asked so. */
  readonly manyRanges?: (() => Promise<ManyRanges>) | undefined;
  close?(): Promise<void>;
}

/** Throws BAD_ARGUMENT for a range that is not one. */
export function checkRange({ offset, length }: ByteRange, href: string): void {
  if (offset >= 0 && length >= 0 && Number.isSafeInteger(offset + length) && offset % 1 === 0) return;
  throw new FitsError("BAD_ARGUMENT", `${href}: not a range: ${length} bytes from ${offset}`);
}

const own = new WeakSet<object>();

/** Marks a source of this library, whose answers nobody writes to afterwards. */
export function ownSource<T extends ByteSource>(source: T): T {
  own.add(source);
  return source;
}

export function isOwnSource(input: object): input is ByteSource {
  return own.has(input);
}

/** Whether a source is still open, and who is to be told when it is not. */
export interface Lifetime {
  /** Throws BAD_ARGUMENT for a range that is none, CLOSED after `close`, the reason of a signal that has aborted. */
  check(range: ByteRange, signal: AbortSignal | undefined): void;
  /** Aborts with the error CLOSED when the source is closed. */
  readonly signal: AbortSignal;
  /** What `work` gives, or a rejection as soon as the source is closed or `signal` aborts. */
  during<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T>;
  close(): void;
}

/** The lifetime of the source that `href` shows: from now until `close`. */
export function lifetime(href: string): Lifetime {
  const closing = new AbortController();
  return {
    signal: closing.signal,
    check(range, signal) {
      checkRange(range, href);
      closing.signal.throwIfAborted();
      signal?.throwIfAborted();
    },
    during: (work, signal) => unlessAborted(work, [closing.signal, signal]),
    close() {
      if (!closing.signal.aborted)
        closing.abort(new FitsError("CLOSED", `${href} was closed; open it again`));
    },
  };
}
