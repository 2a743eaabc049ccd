/**
 * Which levels an overview has: by how much they are binned, and how large they are.
 */

import { checkIntegers, checkList } from "../argument.js";

/** The factor of the finest level; each further one is binned by twice as much. */
const leastFactor = 8;
/** Images, and levels, of up to so many pixels along both axes need no coarser level. */
export const smallSide = 512;

/**
 * The factors of the levels of an image of `shape` (slowest axis first), ascending: 8, 16, 32 ... until the larger of its
 * last two axes has no more than 512 blocks. Empty for images that are so small themselves, and for those of fewer than two axes.
 */
export function overviewFactors(shape: readonly number[]): number[] {
  checkList(shape, "a shape", "number");
  if (shape.length < 2 || shape.includes(0)) return [];
  const side = Math.max(shape.at(-1)!, shape.at(-2)!);
  const factors: number[] = [];
  let blocks = side;
  for (let factor = leastFactor; blocks > smallSide; factor *= 2) {
    factors.push(factor);
    blocks = Math.ceil(side / factor);
  }
  return factors;
}

/** The shape of a level: the last two axes in blocks, those at the far edges perhaps of fewer pixels; other axes as they are. */
export function levelShape(shape: readonly number[], factor: number): number[] {
  checkList(shape, "a shape", "number");
  checkIntegers({ factor }, 1);
  return shape.map((length, axis) => (axis < shape.length - 2 ? length : Math.ceil(length / factor)));
}
