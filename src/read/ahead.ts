/**
 * Reading ahead. Loaded when a step has guesses at what the next one will need.
 */
import type { ByteRange, ByteSource } from "../source/source.js";
import type { RangeCache } from "./cache.js";
import type { Step } from "./plan.js";

/** Reads a part of the source. */
export type Fetch = (part: ByteRange, label: string, signal: AbortSignal) => Promise<Uint8Array>;

/** Guesses are read for the cache alone: nobody waits, and a failure shows when (and if) the bytes are needed. */
export function sendAhead<T>(
  { ahead = [], label }: Step<T>,
  { size = Infinity }: Pick<ByteSource, "size">,
  cache: RangeCache,
  fetch: Fetch,
): void {
  for (const { offset, length } of ahead) {
    const inFile = { offset, length: Math.max(0, Math.min(length, size - offset)) };
    for (const part of cache.find(inFile).missing) {
      // A guess that cannot be kept is never found again.
      if (part.length <= cache.budget)
        cache.add(part, true, (signal) => fetch(part, `${label} (read ahead)`, signal));
    }
  }
}
