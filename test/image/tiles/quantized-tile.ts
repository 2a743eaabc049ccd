/**
 * Quantized tiles for the kernels that scale them.
 */
import fc from "fast-check";

export interface QuantizedTile {
  levels: number[];
  tile: number;
  scale: number;
  zero: number;
  blank: number | undefined;
}

const level = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc.constantFrom(-2147483648, -2147483647, -2147483646, 2147483647),
);
/** A tile of integers that floats are made of: many more than random numbers for dithering, now and then. */
export const quantizedTile: fc.Arbitrary<QuantizedTile> = fc.record({
  levels: fc.oneof(
    fc.array(level, { minLength: 1, maxLength: 90 }),
    fc.constant(new Array<number>(20_011).fill(7)),
  ),
  tile: fc.nat({ max: 30_000 }),
  scale: fc.double({ noNaN: true, min: -10, max: 10 }),
  zero: fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
  blank: fc.constantFrom(undefined, -2147483648, -2147483647, 0, 7, 2 ** 40),
});
