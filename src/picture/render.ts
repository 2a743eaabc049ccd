/**
 * From pixels in memory to a picture that can be drawn upon.
 */
import { checkObject } from "../argument.js";
import type { ArrayView } from "../array.js";
import type { ImageHdu } from "../hdu/image.js";
import { arrayPlane, type BinOptions, binOf, type PlaneArray } from "./bin.js";
import { type LookOptions, lookOf, paintColors } from "./look.js";
import { planeAxes } from "./plane.js";
import { checkSource, type PixelOptions, planeArray } from "./rows.js";
import type { Limits } from "./zscale.js";

export interface RenderOptions extends LookOptions, BinOptions {}

/** 8-bit RGB pixels, the top row of the picture first. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue of each pixel. */
  readonly rgb: Uint8Array<ArrayBuffer>;
  /** 0 (transparent) to 255 of each pixel; absent where all are opaque. */
  readonly alpha?: Uint8Array<ArrayBuffer> | undefined;
}

/** A picture, and what its colors mean. */
export interface Rendered extends Picture, Limits {
  /** Red, green, blue of 256 levels, from that of `vmin` to that of `vmax`. */
  readonly palette: Uint8Array;
  /** The level of a value, 0 to 1: by limits and stretch. NaN of NaN. */
  levelOf(value: number): number;
}

/**
 * The picture of a 2-D array (axes of length 1 aside; of a row, a picture one pixel high). The first row of the array
 * is the lowest of the picture, as FITS, ds9 and matplotlib's origin="lower" have it. Answers with the limits, too.
 * Throws BAD_ARGUMENT for an array of more axes, an empty one, and for options that cannot be.
 */
export function render(array: ArrayView, options: RenderOptions = {}): Rendered {
  checkObject(options);
  return rendered(arrayPlane(array, options), options);
}

/**
 * The picture of a plane of an image HDU, read and binned in bounded memory: what is held is the picture, not the image; or
 * of an array. `bin` tells how many rows and columns became one. Throws as `render`, and what reading throws.
 */
export async function renderImage(
  image: ImageHdu | ArrayView,
  options: LookOptions & PixelOptions = {},
): Promise<Rendered & { readonly bin: readonly [rows: number, columns: number] }> {
  checkSource(image);
  checkObject(options);
  const { width } = planeAxes("kind" in image ? image.resolve(options.section).shape : image.shape);
  const { rows, columns } = binOf(options, width);
  return { ...rendered(await planeArray(image, options), options), bin: [rows, columns] };
}

function rendered({ data, width, height }: PlaneArray, options: LookOptions): Rendered {
  const look = lookOf(data, options);
  const rgb = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++)
    paintColors(look, data, y * width, width, rgb, 3 * width * (height - 1 - y), 3);
  const alpha = look.alpha ? { alpha: opacity(data, width, height) } : {};
  const { vmin, vmax, colors, place, curve } = look;
  const levelOf = (value: number): number => curve(place(value));
  return { width, height, rgb, ...alpha, vmin, vmax, palette: colors, levelOf };
}

function opacity(data: ArrayView["data"], width: number, height: number): Uint8Array<ArrayBuffer> {
  const alpha = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (!Number.isNaN(Number(data[y * width + x]))) alpha[(height - 1 - y) * width + x] = 255;
  return alpha;
}
