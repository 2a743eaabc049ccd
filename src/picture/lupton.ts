/**
 * Pictures in color of three bands, as R. Lupton and others (2004, PASP 116, 133) make them: brightness by asinh, the
 * color kept also where a band is saturated. Grays are those of astropy.visualization's make_lupton_rgb.
 */
import { checkObject } from "../argument.js";
import type { Arrays, ArrayView, DType } from "../array.js";
import { FitsError } from "../errors.js";
import type { ImageHdu } from "../hdu/image.js";
import type { Selection } from "../image/section.js";
import { arrayPlane, type BinOptions } from "./bin.js";
import { pngStream } from "./png.js";
import type { Picture } from "./render.js";
import { type PictureRows, type PixelOptions, pictureRows } from "./rows.js";

export interface LuptonOptions {
  /** The range of values that is shown linearly. Default 5. */
  readonly stretch?: number | undefined;
  /** Softening: how much of what is brighter is drawn together. Default 8. */
  readonly q?: number | undefined;
  /** The value shown black, of all bands or of each. Default 0. */
  readonly minimum?: number | readonly [red: number, green: number, blue: number] | undefined;
  /** Pixels without a value in some band: black (default), or transparent. */
  readonly nan?: "black" | "transparent" | undefined;
}

/** Red, green and blue: bands or images, the longest wavelength first as a rule. */
export type Three<T> = readonly [red: T, green: T, blue: T];

/**
 * The picture of three arrays of one shape: two axes (others of length 1 aside), the first row lowest. Where the
 * intensity, the mean of the bands, is not above 0, the pixel is black.
 *
 * Throws BAD_ARGUMENT for shapes that differ, as `render` for what cannot be drawn, and for options that are no numbers.
 */
export function lupton(
  red: ArrayView,
  green: ArrayView,
  blue: ArrayView,
  options: LuptonOptions & BinOptions = {},
): Picture {
  checkObject(options);
  const bands = [red, green, blue].map((array) => arrayPlane(array, options));
  checkSizes(bands);
  const { width, height } = bands[0]!;
  const paint = painter(options);
  const rgba = paint(bands.map(({ data }) => data) as unknown as Three<Arrays[DType]>);
  const rgb = new Uint8Array(3 * width * height);
  const alpha = options.nan === "transparent" ? new Uint8Array(width * height) : undefined;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = y * width + x;
      const to = (height - 1 - y) * width + x;
      rgb.set(rgba.subarray(4 * from, 4 * from + 3), 3 * to);
      if (alpha) alpha[to] = rgba[4 * from + 3]!;
    }
  }
  return { width, height, rgb, ...(alpha && { alpha }) };
}

/** An image HDU, alone or with the section of it that is drawn (default: all), or an array. */
export type BandSource =
  | ArrayView
  | ImageHdu
  | { readonly image: ImageHdu; readonly section?: Selection | undefined };

/**
 * A PNG of three bands, piece by piece, in bounded memory, binned as the options say. Throws as `lupton`, and what
 * reading throws.
 */
export async function* toLuptonPng(
  bands: Three<BandSource>,
  options: LuptonOptions & Omit<PixelOptions, "section"> = {},
): AsyncGenerator<Uint8Array, undefined> {
  checkObject(options);
  const paint = painter(options);
  if (!Array.isArray(bands) || bands.length !== 3)
    throw new FitsError("BAD_ARGUMENT", "a picture in color takes three bands: [red, green, blue]");
  const rows: PictureRows[] = [];
  for (const band of bands)
    rows.push(
      await ("image" in band
        ? pictureRows(band.image, { ...options, section: band.section })
        : pictureRows(band, options)),
    );
  checkSizes(rows);
  const { width, height } = rows[0]!;
  const channels = options.nan === "transparent" ? 4 : 3;
  const painted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const bands of sideBySide(rows as unknown as Three<PictureRows>)) {
      const rgba = paint(bands);
      yield channels === 4 ? rgba : withoutAlpha(rgba);
    }
  };
  yield* pngStream({ width, height, channels, depth: 8 }, painted());
}

function checkSizes(sizes: readonly { width: number; height: number }[]): void {
  const texts = sizes.map(({ width, height }) => `${height} x ${width}`);
  if (new Set(texts).size > 1)
    throw new FitsError(
      "BAD_ARGUMENT",
      `red, green and blue differ in size: ${texts.join(", ")}; give images, or sections, of one size and grid`,
    );
}

/** Blocks of three planes, all of as many values: the blocks of each plane may end at other rows. */
async function* sideBySide(rows: Three<PictureRows>): AsyncGenerator<Three<Arrays[DType]>> {
  const streams = rows.map((each) => each.blocks());
  const waiting: (Arrays[DType] | undefined)[] = [undefined, undefined, undefined];
  try {
    for (;;) {
      for (const [band, stream] of streams.entries())
        waiting[band] = waiting[band]?.length ? waiting[band] : (await stream.next()).value;
      const blocks = waiting as Arrays[DType][];
      if (blocks.some((block) => block === undefined)) return;
      const length = Math.min(...blocks.map((block) => block.length));
      yield blocks.map((block) => block.subarray(0, length)) as unknown as Three<Arrays[DType]>;
      for (const [band, block] of blocks.entries()) waiting[band] = block.subarray(length);
    }
  } finally {
    for (const stream of streams) await stream.return(undefined);
  }
}

/** Bands to RGBA, 4 bytes a pixel, in the order of the bands' values. */
function painter(options: LuptonOptions): (bands: Three<Arrays[DType]>) => Uint8Array<ArrayBuffer> {
  const { stretch = 5, q: asked = 8, minimum = 0, nan = "black" } = options;
  const minima = typeof minimum === "number" ? [minimum, minimum, minimum] : minimum;
  if (!(stretch > 0 && Number.isFinite(stretch)))
    throw new FitsError("BAD_ARGUMENT", `stretch is a positive number, not ${stretch}`);
  if (!(asked >= 0)) throw new FitsError("BAD_ARGUMENT", `q is a number of at least 0, not ${asked}`);
  if (minima.length !== 3 || !minima.every(Number.isFinite))
    throw new FitsError("BAD_ARGUMENT", `minimum is one number, or three, not ${String(minimum)}`);
  if (nan !== "black" && nan !== "transparent")
    throw new FitsError("BAD_ARGUMENT", `nan is black or transparent, not "${nan}"`);
  // What astropy does where the softening is next to none, or beyond measure.
  const q = asked < 2 ** -23 ? 0.1 : Math.min(asked, 1e10);
  const slope = (0.1 * 255) / Math.asinh(0.1 * q);
  const soften = q / stretch;
  const [minRed, minGreen, minBlue] = minima as unknown as Three<number>;
  return ([red, green, blue]) => {
    const rgba = new Uint8Array(4 * red.length);
    for (let i = 0, to = 0; i < red.length; i++, to += 4) {
      const r = Number(red[i]) - minRed;
      const g = Number(green[i]) - minGreen;
      const b = Number(blue[i]) - minBlue;
      const intensity = (r + g + b) / 3;
      const isNumber = !Number.isNaN(intensity);
      rgba[to + 3] = isNumber || nan === "black" ? 255 : 0;
      if (!(intensity > 0)) continue;
      const factor = (Math.asinh(intensity * soften) * slope) / intensity;
      const largest = Math.max(r, g, b) * factor;
      const scale = largest >= 255 ? (factor * 255) / largest : factor;
      rgba[to] = Math.max(0, Math.min(255, r * scale));
      rgba[to + 1] = Math.max(0, Math.min(255, g * scale));
      rgba[to + 2] = Math.max(0, Math.min(255, b * scale));
    }
    return rgba;
  };
}

function withoutAlpha(rgba: Uint8Array): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from]!;
    rgb[to + 1] = rgba[from + 1]!;
    rgb[to + 2] = rgba[from + 2]!;
  }
  return rgb;
}
