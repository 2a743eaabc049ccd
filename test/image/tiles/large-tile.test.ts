/**
 * Sections of images that are one large tile: the pixels are those of the image, wherever in the tile they lie.
 */
import { expect, test } from "vitest";
import { allocate, bytesOf, ndarray } from "../../../src/array.js";
import { open } from "../../../src/index.js";
import { arraySource, compressedHdu, fitsBytes, imageHdu } from "../../../src/write/index.js";

const [height, width] = [2300, 2000];
const pixels = allocate("int16", height * width);
for (let i = 0; i < pixels.length; i += 7) pixels[i] = (i * 31) % 100;

test.each(["rice", "gzip", "gzip2", "plio", "hcompress"] as const)(
  "a tile of 4.6 million pixels (%s) gives sections from its start, middle and end",
  async (algorithm) => {
    const source = arraySource(ndarray(pixels, [height, width]));
    const hdu = compressedHdu(source, { algorithm, tile: [height, width] });
    const fits = await open(await fitsBytes([imageHdu(), hdu]));
    const image = await fits.image(1);
    for (const [row, column] of [
      [0, 5],
      [3, 1990],
      [1200, 0],
      [height - 1, 1991],
    ] as const) {
      const { data } = await image.section([
        [row, row + 1],
        [column, column + 9],
      ]);
      const at = row * width + column;
      expect([...data]).toEqual([...pixels.subarray(at, at + 9)]);
    }
    await fits.close();
  },
);

test.each([0, 2])(
  "a tile above maxTileBytes is TOO_LARGE, save in its place (%i workers)",
  async (workers) => {
    const source = arraySource(ndarray(pixels, [height, width]));
    const hdu = compressedHdu(source, { algorithm: "gzip", tile: [height, width] });
    const fits = await open(await fitsBytes([imageHdu(), hdu]), { maxTileBytes: 2 ** 20, workers });
    const image = await fits.image(1);
    await expect(image.section([[height - 1, height]])).rejects.toMatchObject({ code: "TOO_LARGE" });
    expect((await image.section("0:1, 5:9")).data).toEqual(pixels.slice(5, 9));
    const { data } = await image.section();
    expect(Buffer.compare(bytesOf(data), bytesOf(pixels))).toBe(0);
    await fits.close();
  },
);
