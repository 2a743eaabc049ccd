/**
 * From pixels to the colors of a picture: limits, stretch, color map.
 */
import { color } from "d3-color";
import * as chromatic from "d3-scale-chromatic";
import { type Arrays, type ArrayView, type DType, elementCount } from "../array.js";
import { FitsError } from "../errors.js";
import { type Limits, zscale } from "./zscale.js";

/** How values between the limits become brightness. */
export type Stretch = "linear" | "log" | "sqrt" | "asinh";

export interface RenderOptions {
  /** The value shown darkest, and brightest. Default: zscale's, each on its own. */
  readonly vmin?: number | undefined;
  readonly vmax?: number | undefined;
  /** Default linear. `log` and `asinh` have the softening that astropy.visualization has by default. */
  readonly stretch?: Stretch | undefined;
  /** Default gray; `_r` at the end reverses it. See `colormaps`. */
  readonly colormap?: string | undefined;
}

/** 8-bit RGB pixels, the top row of the picture first. */
export interface Picture extends Limits {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue of each pixel. */
  readonly rgb: Uint8Array<ArrayBuffer>;
}

const gray = (t: number): string => {
  const level = Math.round(t * 255);
  return `rgb(${level},${level},${level})`;
};

const maps: Readonly<Record<string, (t: number) => string>> = {
  gray,
  viridis: chromatic.interpolateViridis,
  inferno: chromatic.interpolateInferno,
  magma: chromatic.interpolateMagma,
  plasma: chromatic.interpolatePlasma,
  cividis: chromatic.interpolateCividis,
  turbo: chromatic.interpolateTurbo,
  cubehelix: chromatic.interpolateCubehelixDefault,
  blues: (t) => chromatic.interpolateBlues(1 - t),
  coolwarm: (t) => chromatic.interpolateRdBu(1 - t),
  rainbow: chromatic.interpolateRainbow,
};

/** The names of the color maps, without their reversed forms. */
export const colormaps: readonly string[] = Object.keys(maps);

export const stretches: readonly Stretch[] = ["linear", "log", "sqrt", "asinh"];

const stretchBy: Readonly<Record<Stretch, (t: number) => number>> = {
  linear: (t) => t,
  sqrt: Math.sqrt,
  log: (t) => Math.log(1000 * t + 1) / Math.log(1001),
  asinh: (t) => Math.asinh(t / 0.1) / Math.asinh(1 / 0.1),
};

/**
 * The picture of a 2-D array (axes of length 1 aside; of a row, a picture one pixel high). The first row of the array
 * is the lowest of the picture, as FITS, ds9 and matplotlib's origin="lower" have it. NaN takes the darkest color.
 * Throws BAD_ARGUMENT for an array of more axes, an empty one, or an unknown color map.
 */
export function render(array: ArrayView, options: RenderOptions = {}): Picture {
  const graded = grade(array, options);
  const { width, height, vmin, vmax } = graded;
  const rgb = new Uint8Array(3 * width * height);
  paint(rgb, 3, graded);
  return { width, height, rgb, vmin, vmax };
}

/** Pixels as brightness, and the colors of it. */
export interface Graded extends Limits {
  readonly width: number;
  readonly height: number;
  /** 0 to 255 for each pixel, in the order of the array. */
  readonly levels: Uint8Array;
  /** Red, green, blue of each level. */
  readonly palette: Uint8Array;
}

/** What `render` and `toImageData` share: limits, stretch and color map. Throws as `render`. */
export function grade(array: ArrayView, options: RenderOptions): Graded {
  const [height, width] = planeOf(array.shape);
  const { vmin, vmax } = limitsOf(array.data, options);
  const stretch = options.stretch ?? "linear";
  if (!stretches.includes(stretch))
    throw new FitsError("BAD_ARGUMENT", `no stretch "${stretch}"; there are ${stretches.join(", ")}`);
  const palette = paletteOf(options.colormap ?? "gray");
  const levels = levelsOf(array.data, vmin, vmax, stretchBy[stretch]);
  return { width, height, levels, palette, vmin, vmax };
}

/** Writes the colors of all pixels, `size` bytes a pixel, the last row of the array first. */
export function paint(
  to: Uint8Array | Uint8ClampedArray,
  size: 3 | 4,
  { width, height, levels, palette }: Graded,
): void {
  for (let y = 0; y < height; y++) {
    let at = size * width * (height - 1 - y);
    for (let x = 0; x < width; x++, at += size) {
      const from = 3 * levels[y * width + x]!;
      to[at] = palette[from]!;
      to[at + 1] = palette[from + 1]!;
      to[at + 2] = palette[from + 2]!;
      if (size === 4) to[at + 3] = 255;
    }
  }
}

/** The picture as a PNG file. Loads the PNG encoder at its first use. */
export async function encodePng(picture: Picture): Promise<Uint8Array> {
  const { encode } = await import("fast-png");
  return encode({ width: picture.width, height: picture.height, data: picture.rgb, channels: 3, depth: 8 });
}

function planeOf(shape: readonly number[]): [height: number, width: number] {
  const long = shape.filter((length) => length !== 1);
  if (elementCount(shape) === 0)
    throw new FitsError("BAD_ARGUMENT", "no pixels to draw: the section is empty");
  if (long.length > 2) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `a picture has two axes, not ${shape.length} (${shape.join(" x ")}): choose one plane, as in the section "0,:,:"`,
    );
  }
  if (long.length === 2) return [long[0]!, long[1]!];
  // Of one long axis: a column where the last axis has but one place, a row otherwise.
  return shape.length > 1 && shape.at(-1) === 1 ? [long[0] ?? 1, 1] : [1, long[0] ?? 1];
}

function limitsOf(data: Arrays[DType], { vmin, vmax }: RenderOptions): Limits {
  if (vmin !== undefined && vmax !== undefined) return { vmin, vmax };
  const found = zscale(data);
  return { vmin: vmin ?? found.vmin, vmax: vmax ?? found.vmax };
}

/** 0..255 for each value. */
function levelsOf(
  data: Arrays[DType],
  vmin: number,
  vmax: number,
  stretch: (t: number) => number,
): Uint8Array {
  const levels = new Uint8Array(data.length);
  const scale = vmax > vmin ? 1 / (vmax - vmin) : 0;
  const table = Uint8Array.from({ length: 65536 }, (_, i) => Math.round(255 * stretch(i / 65535)));
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    const t = scale === 0 ? (value > vmin ? 1 : 0) : (value - vmin) * scale;
    levels[i] = t >= 1 ? 255 : t > 0 ? table[Math.round(t * 65535)]! : 0;
  }
  return levels;
}

/** 256 colors, three bytes each. */
function paletteOf(name: string): Uint8Array {
  const reversed = name.endsWith("_r");
  const map = maps[reversed ? name.slice(0, -2) : name];
  if (!map)
    throw new FitsError(
      "BAD_ARGUMENT",
      `no color map "${name}"; there are ${colormaps.join(", ")} (add _r to reverse)`,
    );
  const palette = new Uint8Array(3 * 256);
  for (let i = 0; i < 256; i++) {
    const { r, g, b } = color(map((reversed ? 255 - i : i) / 255))!.rgb();
    palette.set([r, g, b], 3 * i);
  }
  return palette;
}
