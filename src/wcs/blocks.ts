/**
 * Many points, some thousand at a time: what a WCS does to them stays in the processor's cache, and needs no memory of
 * its own.
 */
import { FitsError } from "../errors.js";

/** Points of a block. */
const blockLength = 2048;

// One set of arrays for all: nothing here waits, so nobody else comes between.
const scratch: Float64Array<ArrayBuffer>[] = [];

/** `count` arrays of the length of a block; those of `from` on, so that two callers may hold different ones. */
export function scratchArrays(count: number, from = 0): Float64Array<ArrayBuffer>[] {
  while (scratch.length < from + count) scratch.push(new Float64Array(blockLength));
  return scratch.slice(from, from + count);
}

/** Throws BAD_ARGUMENT unless these are `count` arrays of one length; answers with the length. */
export function lengthOf(arrays: readonly Float64Array[], count: number): number {
  const length = arrays?.[0]?.length ?? 0;
  const isRight =
    Array.isArray(arrays) && arrays.length === count && arrays.every((array) => array?.length === length);
  if (!isRight)
    throw new FitsError("BAD_ARGUMENT", `coordinates of ${count} axes are ${count} arrays of one length`);
  return length;
}

/** Calls `work` with the places of one block after the other. */
export function eachBlock(length: number, work: (start: number, count: number) => void): void {
  for (let start = 0; start < length; start += blockLength)
    work(start, Math.min(blockLength, length - start));
}
