/**
 * How a read may be tuned. Every option has a default that suits most uses.
 */
import type { Profile } from "./profile.js";

export interface ReadOptions {
  /** Aborts this read, and nobody else's. */
  signal?: AbortSignal;
  /** Also records this read's requests here (beside the profile given to `open`). */
  profile?: Profile;
  /** Most requests in flight at once. Default 32 over a network, 4 on a disk. */
  concurrency?: number;
  /** Read through gaps of up to this many bytes rather than start another request. Default: by price. */
  gap?: number;
  /**
   * What to save. `"time"` (default) prices latency against bytes; `"bytes"` reads nothing that was not asked for;
   * `"requests"` merges all that lies within reach and never splits.
   */
  optimize?: "time" | "bytes" | "requests";
}

/** What a reader of one file keeps over all its reads. */
export interface ReaderOptions extends ReadOptions {
  /** Bytes of the first read, and of reads for headers whose length is not known. Default 131072. */
  blockSize?: number;
  /**
   * Most bytes kept for later reads; one that moves more at once keeps nothing. Default 32 MiB, 1 MiB of a file on a disk;
   * 0 keeps nothing at all.
   */
  cacheBytes?: number;
  /**
   * Most workers that decode compressed tiles; none is started for sections that are decoded sooner than a worker starts.
   * In Node the calling thread decodes beside them and counts as one processor. Default: one for each processor, at most
   * 8, none on a machine with one. 0 decodes in the calling thread.
   */
  workers?: number;
}
