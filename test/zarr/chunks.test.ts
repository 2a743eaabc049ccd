import fc from "fast-check";
import { expect, it } from "vitest";
import { elementCount } from "../../src/array.js";
import { imageChunks, rowsPerChunk } from "../../src/zarr/chunks.js";

it("cuts a plain image into low blocks of one plane, unless planes are small", () => {
  expect(imageChunks([4000, 4000], 4)).toEqual([4, 4000]);
  expect(imageChunks([4, 3072, 3072], 4)).toEqual([1, 4, 3072]);
  expect(imageChunks([300, 400], 4)).toEqual([6, 400]);
  expect(imageChunks([1000, 10, 10], 4)).toEqual([143, 10, 10]);
  expect(imageChunks([1000000], 8)).toEqual([16130]);
  expect(imageChunks([3, 2, 100000], 4)).toEqual([1, 2, 7693]);
  expect(imageChunks([5000, 100], 2)).toEqual([21, 100]);
  expect(imageChunks([0, 7], 2)).toEqual([1, 7]);
});

it("cuts the planes of a cube into low blocks, so that a spectrum moves little of each plane", () => {
  expect(imageChunks([100, 3072, 3072], 4)).toEqual([1, 4, 3072]);
  expect(imageChunks([2, 5, 512, 300, 300], 4)).toEqual([1, 1, 1, 7, 300]);
  expect(imageChunks([512, 2, 60000], 4)).toEqual([1, 2, 7500]);
  // No more than a million chunks.
  expect(imageChunks([1917, 2400, 2400], 4)).toEqual([1, 8, 2400]);
});

it("takes the tiles of a compressed image for chunks, several where each is one row, or tiny", () => {
  expect(imageChunks([4000, 4000], 4, [512, 512])).toEqual([512, 512]);
  expect(imageChunks([4000, 4000], 4, [100, 100])).toEqual([100, 100]);
  expect(imageChunks([4000, 4000], 4, [1, 4000])).toEqual([8, 4000]);
  expect(imageChunks([9000, 9000], 4, [1, 9000])).toEqual([4, 9000]);
  expect(imageChunks([50, 64, 64], 4, [1, 1, 64])).toEqual([1, 16, 64]);
  expect(imageChunks([4000, 4000], 4, [16, 16])).toEqual([32, 32]);
  expect(imageChunks([100000], 4, [5000])).toEqual([5000]);
});

it("bounds the number of chunks, and their bytes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 60000 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 1000 }),
      fc.boolean(),
      (shape, tile, tiled) => {
        const tiles = tiled ? shape.map((n) => Math.max(1, Math.min(n, tile))) : undefined;
        const chunk = imageChunks(shape, 8, tiles);
        expect(elementCount(chunk) * 8).toBeLessThanOrEqual(2 ** 28);
        for (const [axis, length] of chunk.entries()) {
          expect(length).toBeGreaterThanOrEqual(1);
          if (tiles && elementCount(tiles) * 8 <= 2 ** 28) expect(length % tiles[axis]!).toBe(0);
        }
      },
    ),
  );
});

it("gives all columns of a table the same rows", () => {
  expect(rowsPerChunk(10, 100, 8)).toBe(10);
  expect(rowsPerChunk(1e6, 64, 8)).toBe(65536);
  expect(rowsPerChunk(1e6, 64, 8, 10000)).toBe(60000);
  expect(rowsPerChunk(1e6, 1e7, 8)).toBe(32768);
  expect(rowsPerChunk(1e6, 1e7, 9e6)).toBe(1);
  expect(rowsPerChunk(0, 0, 0)).toBe(1);
});
