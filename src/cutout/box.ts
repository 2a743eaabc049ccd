/**
 * From a position and a size to a box of pixels, with the rounding of astropy's Cutout2D.
 */
import { FitsError } from "../errors.js";

/** A box of the plane of an image: the first pixel, 0-based, and the number of pixels. */
export interface PixelBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * The box of `width` by `height` pixels around a position (0-based; whole numbers are centers of pixels). A box of an
 * even size around the center of a pixel has one pixel more below it than above. Throws BAD_ARGUMENT for a position that
 * is no number, or too far away to count pixels.
 */
export function boxAround(x: number, y: number, width: number, height: number): PixelBox {
  const first = (center: number, size: number): number => {
    const start = Math.ceil(center - size / 2) + 0; // -0 is 0
    if (Number.isSafeInteger(start) && Number.isSafeInteger(start + size)) return start;
    throw new FitsError("BAD_ARGUMENT", `there is no pixel at ${x}, ${y}`);
  };
  return { x: first(x, width), y: first(y, height), width, height };
}

/** Most pixels along a side: more than any image has. */
const mostPixels = 2 ** 40;

/** A size in pixels as a whole number: half of a pixel goes to the even number. Throws BAD_ARGUMENT. */
export function wholeSize(pixels: number, given: string): number {
  const size = roundHalfEven(pixels);
  if (size >= 1 && size <= mostPixels) return size;
  if (pixels > 0 && pixels < 1)
    throw new FitsError(
      "BAD_ARGUMENT",
      `the size ${given} is ${Number(pixels.toPrecision(3))} of a pixel; give a larger one`,
    );
  throw new FitsError(
    "BAD_ARGUMENT",
    `${given} is no size of a cutout; give 64, "5arcsec" or [height, width]`,
  );
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
