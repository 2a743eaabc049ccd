/**
 * Images are read for compression in bands of bounded size; headers that lie cost no memory.
 */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocate, elementCount, ndarray } from "../../src/array.js";
import { open } from "../../src/index.js";
import { type Box, boxOf, tilesOf } from "../../src/write/compress-bands.js";
import { arraySource, compressedHdu, compressedHdus, fitsBytes } from "../../src/write/index.js";

/** An image whose pixels tell their places, and the boxes that were read of it. */
function placesOf(shape: readonly number[]) {
  const all = allocate("int32", elementCount(shape));
  for (let i = 0; i < all.length; i++) all[i] = i;
  const boxes: Box[] = [];
  const read = (box: Box) => {
    boxes.push(box);
    const count = box.map(([from, to]) => to - from);
    const start = box.map(([from]) => from);
    return ndarray(boxOf(all, shape, start, count) as typeof all, count);
  };
  return { all, boxes, source: { dtype: "int32" as const, shape, read } };
}

/** Reads all tiles, and holds them against the image. */
async function check(shape: readonly number[], tileShape: readonly number[]): Promise<readonly Box[]> {
  const { all, boxes, source } = placesOf(shape);
  const grid = shape.map((length, axis) => Math.ceil(length / tileShape[axis]!));
  let row = 0;
  for await (const tile of tilesOf(source, tileShape)) {
    expect(tile.row).toBe(row);
    let rest = row++;
    const start = grid.map(() => 0);
    for (let axis = grid.length - 1; axis >= 0; axis--) {
      start[axis] = (rest % grid[axis]!) * tileShape[axis]!;
      rest = Math.floor(rest / grid[axis]!);
    }
    const count = start.map((at, axis) => Math.min(tileShape[axis]!, shape[axis]! - at));
    expect(tile.shape).toEqual(count);
    const expected = boxOf(all, shape, start, count) as typeof all;
    expect(Buffer.compare(Buffer.from(tile.pixels.buffer), Buffer.from(expected.buffer))).toBe(0);
  }
  expect(row).toBe(elementCount(grid));
  return boxes;
}

describe("the tiles of an image", () => {
  test("come in the order of their rows, whatever their shape", async () => {
    const axes = fc.array(
      fc.record({ length: fc.integer({ min: 1, max: 9 }), tile: fc.integer({ min: 1, max: 9 }) }),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    await fc.assert(
      fc.asyncProperty(axes, async (given) => {
        const shape = given.map(({ length }) => length);
        await check(
          shape,
          given.map(({ length, tile }) => Math.min(length, tile)),
        );
      }),
    );
  });

  test.each([
    [
      [3, 900, 1500],
      [1, 1, 1500],
    ],
    [
      [3, 900, 1500],
      [1, 100, 100],
    ],
    [
      [2, 1500000],
      [1, 1500000],
    ],
    [
      [2, 1500000],
      [2, 1000],
    ],
    [
      [1500000, 2],
      [1000, 2],
    ],
  ])(
    "of shape %j in tiles of %j are read in several bands, of 4 MiB at most or one tile",
    async (shape, tile) => {
      const boxes = await check(shape, tile);
      expect(boxes.length).toBeGreaterThan(1);
      const most = Math.max(4 * 1024 * 1024, elementCount(tile) * 4);
      for (const box of boxes) {
        expect(elementCount(box.map(([from, to]) => to - from)) * 4).toBeLessThanOrEqual(most);
      }
    },
  );

  test("of more than 1 GiB are TOO_LARGE before anything is read", async () => {
    const read = () => expect.unreachable();
    const source = { ...arraySource(ndarray(allocate("int32", 1), [1])), shape: [2 ** 20, 2 ** 20], read };
    const hdu = compressedHdu(source, { algorithm: "gzip", tile: [2 ** 20, 2 ** 20] });
    await expect(fitsBytes([hdu])).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  test("of a huge image take no memory for rows that do not come", async () => {
    const read = () => Promise.reject(new Error("no more"));
    const source = { ...arraySource(ndarray(allocate("int32", 1), [1])), shape: [2 ** 45, 10], read };
    await expect(fitsBytes([compressedHdu(source)])).rejects.toThrow("no more");
  });
});

describe("a header that promises more than the file has", () => {
  function file(...lengths: number[]): Buffer {
    const axes = lengths.map((n, i): [string, string | number] => [`NAXIS${i + 1}`, n]);
    const cards: [string, string | number][] = [
      ["SIMPLE", "T"],
      ["BITPIX", -32],
      ["NAXIS", axes.length],
      ...axes,
    ];
    const text = cards
      .map(([key, value]) => `${key.padEnd(8)}= ${String(value).padStart(20)}`.padEnd(80))
      .join("");
    return Buffer.concat([Buffer.from(`${text}END`.padEnd(2880)), Buffer.alloc(2880)]);
  }

  test.each([[[2 ** 33, 2 ** 10]], [[10, 2 ** 45]], [[2 ** 20, 2 ** 20]], [[1000, 1000, 1000]]])(
    "is TRUNCATED or TOO_LARGE, gzipped too: %j",
    async (lengths) => {
      const plain = file(...lengths);
      for (const bytes of [plain, gzipSync(plain)]) {
        for (const algorithm of ["rice", "gzip", "hcompress"] as const) {
          const fits = await open(bytes);
          const written = fitsBytes(compressedHdus(fits, { algorithm }));
          await expect(written).rejects.toMatchObject({
            code: expect.stringMatching(/^(TRUNCATED|TOO_LARGE)$/),
          });
        }
      }
    },
  );
});
