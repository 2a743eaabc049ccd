/**
 * Reading ahead. Loaded when a step has guesses at what the next one will need.
 */
import type { ByteRange, ByteSource } from "../source/source.js";
import type { RangeCache } from "./cache.js";
import type { Step } from "./old-plan.js";

/** Reads a part of the source. */
export type Fetch = (part: ByteRange, label: string, signal: AbortSignal) => Promise<Uint8Array>;

/** More than a piece takes in the cache besides its bytes. */
const bookkeeping = 2048;

/**
 * Guesses are read for the cache alone: nobody waits, and a failure shows when (and if) the bytes are needed. None are of a
 * disk, where a round trip is no time, nor more of them than the cache keeps: what is forgotten is read again.
 */
export function sendAhead<T>(
  { ahead = [], label }: Step<T>,
  { size = Infinity, speed }: Pick<ByteSource, "size" | "speed">,
  cache: RangeCache,
  fetch: Fetch,
): void {
  if (speed) return;
  let room = cache.budget;
  for (const { offset, length } of ahead) {
    const inFile = { offset, length: Math.max(0, Math.min(length, size - offset)) };
    for (const part of cache.find(inFile).missing) {
      room -= part.length + bookkeeping;
      if (room < 0) return;
      cache.add(part, true, (signal) => fetch(part, `${label} (read ahead)`, signal));
    }
  }
}
