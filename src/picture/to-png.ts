/**
 * Images as PNG files, in bounded memory whatever their size.
 */
import { checkObject } from "../argument.js";
import type { Arrays, ArrayView, DType } from "../array.js";
import { FitsError } from "../errors.js";
import type { ImageHdu } from "../hdu/image.js";
import { limitsWith, noValues, type ParsedRule, parseLimits } from "./limits.js";
import {
  checkLook,
  defaultLimits,
  type Look,
  type LookOptions,
  lookOf,
  paintColors,
  paintGrays,
} from "./look.js";
import { type PngHead, pngStream } from "./png.js";
import { type PictureRows, type PixelOptions, pictureRows } from "./rows.js";
import { streamedLimits } from "./streamed-limits.js";
import type { Limits } from "./zscale.js";

export interface PngOptions extends LookOptions, PixelOptions {
  /** Bits of a gray level: 8 (default) or 16. A picture in color has 8. */
  readonly depth?: 8 | 16 | undefined;
  /** Called with the limits of the picture, once they are known. */
  readonly onLimits?: ((limits: Limits) => void) | undefined;
}

/**
 * A PNG file of an image HDU, or of an array, piece by piece: two axes (others of length 1 aside), the first row lowest.
 * Gray is one channel, of 8 bits or 16; other color maps are RGB; `nan: "transparent"` adds alpha.
 *
 * An image HDU is read in blocks of rows from the last to the first, of about a million pixels each: memory stays small, however
 * large the image is. Limits are found before that, by all pixels. Where the picture has more than 4,194,304 of them, the
 * image is read more than once for that: for `minmax` and `zscale` once more (`zscale` twice, where some pixels are not
 * finite), for percentiles two to four times. Beyond 268,435,456 pixels `zscale` and percentiles look at evenly spaced rows
 * instead, as many as make about 4,194,304 pixels, and so does the stretch `histogram` of all pictures that are not held.
 *
 * Throws BAD_ARGUMENT as `render`, or for 16 bits of color; and what reading throws.
 */
export async function* toPng(
  source: ImageHdu | ArrayView,
  options: PngOptions = {},
): AsyncGenerator<Uint8Array, undefined> {
  checkPng(options);
  const rows = await pictureRows(source, options);
  const look = await lookOfRows(rows, options);
  options.onLimits?.({ vmin: look.vmin, vmax: look.vmax });
  const depth = options.depth ?? 8;
  if (depth === 16 && !look.gray)
    throw new FitsError(
      "BAD_ARGUMENT",
      "a picture of 16 bits is gray: leave out the color of NaN, or the depth",
    );
  const { width, height } = rows;
  const channels = ((look.gray ? 1 : 3) + (look.alpha ? 1 : 0)) as PngHead["channels"];
  const painted = async function* (): AsyncGenerator<Uint8Array> {
    let memory = new Uint8Array(0);
    for await (const block of rows.blocks()) {
      const length = block.length * channels * (depth / 8);
      if (memory.length < length) memory = new Uint8Array(length);
      const bytes = memory.subarray(0, length);
      paint(block, look, channels, depth, bytes);
      yield bytes;
    }
  };
  yield* pngStream({ width, height, channels, depth }, painted());
}

/** Throws BAD_ARGUMENT for options of which no PNG can be made, before anything is read. */
export function checkPng(options: PngOptions): void {
  checkObject(options);
  checkLook(options);
  const { depth = 8, colormap = "gray" } = options;
  if (depth !== 8 && depth !== 16)
    throw new FitsError("BAD_ARGUMENT", `a gray level has 8 bits or 16, not ${depth}`);
  if (depth === 16 && !/^gr[ae]y(_r)?$/i.test(colormap))
    throw new FitsError(
      "BAD_ARGUMENT",
      `a picture of 16 bits is gray, not ${colormap}; leave out one of the two`,
    );
}

/** Limits are exact, at the price of further passes, for pictures of up to so many pixels. */
const exactPixels = 2 ** 28;

/** The look of rows that may be too many for memory. */
async function lookOfRows(rows: PictureRows, options: PngOptions): Promise<Look> {
  const { vmin, vmax, stretch, limits = defaultLimits(options) } = options;
  const given = vmin !== undefined && vmax !== undefined;
  if (given && stretch !== "histogram") return lookOf(new Uint8Array(0), options);
  const isFew = rows.width * rows.height <= exactPixels;
  if (rows.whole || given || !(isFew || limits === "minmax")) return lookOf(await rows.sample(), options);
  const within = (rule: ParsedRule): Promise<Limits | undefined> =>
    streamedLimits(() => rows.blocks(), rows, rule);
  const found = (await within(parseLimits(limits))) ?? noValues;
  const values = stretch === "histogram" ? await rows.sample() : new Uint8Array(0);
  // Another pass over the pixels only for a limit beyond the other one.
  const isBeyond =
    (vmin !== undefined || vmax !== undefined) && !((vmin ?? found.vmin) < (vmax ?? found.vmax));
  const outer = isBeyond ? await within("minmax") : undefined;
  return lookOf(values, { ...options, ...limitsWith({ vmin, vmax }, found, () => outer) });
}

function paint(
  block: Arrays[DType],
  look: Look,
  channels: PngHead["channels"],
  depth: 8 | 16,
  bytes: Uint8Array,
): void {
  if (channels > 2) paintColors(look, block, 0, block.length, bytes, 0, channels as 3 | 4);
  else paintGrays(look, block, bytes, { deep: depth === 16, alpha: channels === 2 });
}
