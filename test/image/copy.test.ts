import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Arrays, allocate, bytesOf, type DType, elementCount } from "../../src/array.js";
import { blockCopy, pixelCopy } from "../../src/image/copy.js";
import type { Scaling } from "../../src/image/scale.js";

const plain: Scaling = { bscale: 1, bzero: 0 };
const kinds: readonly (readonly [DType, DType, Scaling])[] = [
  ["uint8", "uint8", plain],
  ["int16", "int16", plain],
  ["int32", "int32", plain],
  ["int64", "int64", plain],
  ["float32", "float32", plain],
  ["float64", "float64", plain],
  ["uint8", "int8", { bscale: 1, bzero: -128 }],
  ["int16", "uint16", { bscale: 1, bzero: 2 ** 15 }],
  ["int32", "uint32", { bscale: 1, bzero: 2 ** 31 }],
];

function noise(dtype: DType, length: number): Arrays[DType] {
  const array = allocate(dtype, length);
  let state = 7;
  // Any bits, among them those of NaNs that no arithmetic keeps.
  bytesOf(array).forEach((_, i, bytes) => {
    state = (state * 16807) % 2147483647;
    bytes[i] = state & 255;
  });
  return array;
}

describe("a block of pixels", () => {
  it.each(kinds)("is copied as its rows are, bit by bit: %s to %s", (raw, dtype, scaling) => {
    const place = fc.record({
      width: fc.integer({ min: 1, max: 40 }),
      height: fc.integer({ min: 1, max: 6 }),
      start: fc.nat({ max: 9 }),
      more: fc.nat({ max: 9 }),
      to: fc.nat({ max: 9 }),
      toMore: fc.nat({ max: 9 }),
      // Blocks in any place, and those at whole words.
      unit: fc.constantFrom(1, 4),
    });
    let copied = 0;
    fc.assert(
      fc.property(place, ({ height, unit, ...place }) => {
        const [width, start, to] = [place.width * unit, place.start * unit, place.to * unit];
        const [fromRow, toRow] = [width + place.more * unit, width + place.toMore * unit];
        const from = noise(raw, start + elementCount([height, fromRow]));
        const [rows, block] = [0, 0].map(() => allocate(dtype, to + elementCount([height, toRow])));
        const done = blockCopy(raw, dtype, scaling)!(from, start, fromRow, block!, to, toRow, width, height);
        if (!done) return;
        copied++;
        const copy = pixelCopy(raw, dtype, scaling);
        for (let y = 0; y < height; y++) copy(from, start + y * fromRow, 1, rows!, to + y * toRow, 1, width);
        expect(bytesOf(block!)).toEqual(bytesOf(rows!));
      }),
      { numRuns: 300 },
    );
    expect(copied).toBeGreaterThan(0);
  });

  it("is left to others where pixels are scaled", () => {
    expect(blockCopy("int16", "float64", { bscale: 2, bzero: 0 })).toBeUndefined();
    expect(blockCopy("int64", "uint64", { bscale: 1, bzero: 2 ** 63 })).toBeUndefined();
    expect(blockCopy("float32", "float64", { bscale: 2, bzero: 1 })).toBeUndefined();
  });
});
