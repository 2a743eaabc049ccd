/** Sections that the screen read are kept, within a limit. */
import { type ByteRange, type ImageHdu, ndarray, open } from "fitslice";
import { fitsBytes, imageHdu } from "fitslice/write";
import { beforeEach, expect, test } from "vitest";
import { KeptSections } from "../../viewer/src/kept.js";

const [rows, columns] = [400, 500];
let moved: number;
let images: ImageHdu[];

beforeEach(async () => {
  const hdu = (first: number) =>
    imageHdu({
      data: ndarray(
        Float32Array.from({ length: rows * columns }, (_, i) => first + i),
        [rows, columns],
      ),
    });
  const bytes = await fitsBytes([hdu(0), hdu(7)]);
  const fits = await open(
    {
      size: bytes.length,
      getRange: async ({ offset, length }: ByteRange) => {
        moved += length;
        return bytes.slice(offset, offset + length);
      },
    },
    { cacheBytes: 0 },
  );
  images = [await fits.image(0), await fits.image(1)];
  moved = 0;
});

const all = [
  [0, rows],
  [0, columns],
] as const;

test("two images that are shown in turn are read once", async () => {
  const kept = new KeptSections();
  const [a, b] = images.map((image) => kept.of(image)) as [ImageHdu, ImageHdu];
  const first = [await a.sections([all]), await b.sections([all])];
  const once = moved;
  expect(once).toBe(2 * rows * columns * 4);
  const again = [await a.sections([all]), await b.sections([all])];
  expect(moved).toBe(once);
  expect(again.map(([array]) => array!.data[1])).toEqual([1, 8]);
  expect(again).toEqual(first);
  // What else the image has is as it was.
  expect([a.shape, a.dtype, a.index]).toEqual([[rows, columns], "float32", 0]);
  kept.clear();
  await a.sections([all]);
  expect(moved).toBeGreaterThan(once);
});

test("of several sections those that are missing are read, and stand in their places", async () => {
  const image = new KeptSections().of(images[0]!);
  const row = (y: number) => [y, [0, columns]] as const;
  await image.sections([row(5)]);
  const before = moved;
  const arrays = await image.sections([row(4), row(5), row(6)]);
  expect(arrays.map(({ data }) => data[0])).toEqual([2000, 2500, 3000]);
  expect(moved - before).toBeLessThanOrEqual(3 * columns * 4);
});

test("no more is kept than the limit", async () => {
  const image = new KeptSections(10 * columns * 4).of(images[0]!);
  const band = (y: number) =>
    [
      [
        [y, y + 6],
        [0, columns],
      ],
    ] as const;
  await image.sections(band(0));
  await image.sections(band(6));
  const before = moved;
  await image.sections(band(6));
  expect(moved).toBe(before);
  await image.sections(band(0));
  expect(moved).toBe(before + 6 * columns * 4);
});
