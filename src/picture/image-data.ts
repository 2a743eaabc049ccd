/**
 * Pixels as a canvas takes them: RGBA, the top row first.
 */
import type { ArrayView } from "../array.js";
import type { ImageHdu } from "../hdu/image.js";
import { type LookOptions, lookOf, paintColors } from "./look.js";
import { type PixelOptions, planeArray } from "./rows.js";

/** The shape of the `ImageData` of browsers. */
export interface PixelData {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, alpha of each pixel; alpha is 255 but of NaN that is to be transparent. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly colorSpace: "srgb" | "display-p3";
}

export interface ImageDataOptions extends LookOptions, PixelOptions {}

/**
 * The picture of an image HDU, whose pixels are read here, or of an array, drawn as `render` does: two axes (others of
 * length 1 aside), the first row lowest, NaN in the color of the lowest value unless `nan` says otherwise. Where the
 * platform has `ImageData` it is one; in Node it is a plain object of the same shape. Takes 4 bytes a pixel beside the
 * array; of an image that is binned, only the bins are held.
 *
 * Throws BAD_ARGUMENT as `render`, and what reading the section throws.
 *
 * ```js
 * const pixels = await toImageData(await fits.image("SCI"), { width: 1000, stretch: "asinh" });
 * canvas.getContext("2d").putImageData(pixels, 0, 0);
 * ```
 */
export async function toImageData(
  image: ImageHdu | ArrayView,
  options: ImageDataOptions = {},
): Promise<PixelData> {
  const { data: values, width, height } = await planeArray(image, options);
  const look = lookOf(values, options);
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y++)
    paintColors(look, values, y * width, width, data, 4 * width * (height - 1 - y), 4);
  const { ImageData: Platform } = globalThis as { ImageData?: typeof ImageData };
  return Platform ? new Platform(data, width, height) : { data, width, height, colorSpace: "srgb" };
}
