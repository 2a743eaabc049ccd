/**
 * Pixels as a canvas takes them: RGBA, the top row first.
 */
import type { ArrayView } from "../array.js";
import type { ImageHdu } from "../hdu/image.js";
import type { Selection } from "../image/section.js";
import { grade, paint, type RenderOptions } from "./render.js";

/** The shape of the `ImageData` of browsers. */
export interface PixelData {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, alpha of each pixel; alpha is always 255. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly colorSpace: "srgb" | "display-p3";
}

export interface ImageDataOptions extends RenderOptions {
  /** Of an image HDU: the pixels to read and draw; `"::4,::4"` is every fourth each way. Default: all. */
  readonly section?: Selection | undefined;
  /** Of an image HDU: stops the read. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The picture of an image HDU, whose pixels are read here, or of an array, drawn as `render` does: two axes (others of
 * length 1 aside), the first row lowest, NaN in the darkest color. Where the platform has `ImageData` it is one; in Node
 * it is a plain object of the same shape. Takes 4 bytes a pixel beside the array.
 *
 * Throws BAD_ARGUMENT as `render`, and what reading the section throws.
 *
 * ```js
 * const pixels = await toImageData(await fits.image("SCI"), { section: "0:512,0:512", stretch: "asinh" });
 * canvas.getContext("2d").putImageData(pixels, 0, 0);
 * ```
 */
export async function toImageData(
  image: ImageHdu | ArrayView,
  options: ImageDataOptions = {},
): Promise<PixelData> {
  const { section, signal } = options;
  const array = "kind" in image ? await image.section(section, signal ? { signal } : {}) : image;
  const graded = grade(array, options);
  const { width, height } = graded;
  const data = new Uint8ClampedArray(4 * width * height);
  paint(data, 4, graded);
  const { ImageData: Platform } = globalThis as { ImageData?: typeof ImageData };
  return Platform ? new Platform(data, width, height) : { data, width, height, colorSpace: "srgb" };
}
