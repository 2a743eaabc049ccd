/**
 * How a read may be tuned. Every option has a default that suits most uses.
 */
import { checkArgument, checkIntegers, checkLeast, checkObject, checkOptional } from "../argument.js";
import type { Profile } from "./profile.js";
import type { Session } from "./session.js";

/** How far a read is. `bytes` grow to `total`; a read of several dependent steps learns of more bytes as it goes. */
export interface Progress {
  /** Bytes that have come. */
  bytes: number;
  /** Bytes of all requests sent or planned so far. */
  total: number;
}

export interface ReadOptions {
  /** Aborts this read, and no other one. */
  signal?: AbortSignal | undefined;
  /** Also records this read's requests here (beside the profile given to `open`). */
  profile?: Profile | undefined;
  /** Most requests of this read in flight at once. Default: as many as the session allows. */
  concurrency?: number | undefined;
  /** Read through gaps of up to this many bytes rather than start another request. Default: where that saves time. */
  gap?: number | undefined;
  /**
   * What the requests save. `"time"` (default) weighs latency against bytes; `"bytes"` reads no gaps; `"requests"`
   * merges all ranges within reach and splits none.
   */
  optimize?: "time" | "bytes" | "requests" | undefined;
  /** Called as bytes come. Errors of the function are ignored. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** The options of a reader, which are the same for all reads of its file. */
export interface ReaderOptions extends ReadOptions {
  /** Bytes of the first read, and of reads for headers whose length is not known. Default 131072. */
  blockSize?: number | undefined;
  /**
   * Most bytes of this file, read or decoded, kept for later reads. Default 32 MiB, and never more than the session
   * keeps; 0 keeps nothing. A step that moves more bytes than this at once is not kept.
   */
  cacheBytes?: number | undefined;
  /** What this file shares with others: memory, connections, workers. Default: one session for all files. */
  session?: Session | undefined;
  /**
   * Most bytes that the decoding of one compressed tile may take, beside its pixels in the result: a hostile tile of a
   * few bytes may claim any size. A larger one is TOO_LARGE. Default 1 GiB.
   */
  maxTileBytes?: number | undefined;
  /**
   * Most workers that decode compressed tiles; 0 decodes in the calling thread. A file opened with this option has
   * workers of its own, and shares all else. Default: the session's workers.
   */
  workers?: number | undefined;
}

/** Throws BAD_ARGUMENT for an option that makes no sense. */
export function checkOptions(options: ReaderOptions): void {
  checkObject(options);
  const { blockSize, cacheBytes, concurrency, gap, maxTileBytes, workers } = options;
  checkLeast({ cacheBytes, gap }, 0);
  checkLeast({ maxTileBytes }, 1);
  checkIntegers({ workers }, 0);
  checkIntegers({ blockSize, concurrency }, 1);
  const { optimize, signal, profile, onProgress, session } = options;
  checkOptional({ optimize }, "time, bytes or requests", (value) =>
    ["time", "bytes", "requests"].includes(value),
  );
  const check = (given: unknown, member: string, name: string, wanted: string): void =>
    checkArgument(!given || member in Object(given), name, wanted, given);
  check(signal, "aborted", "signal", "an AbortSignal: that of an AbortController");
  check(profile, "recorder", "profile", "one that createProfile() made");
  check(onProgress, "call", "onProgress", "a function");
  check(session, "connections", "session", "one that openSession() made");
}
