/**
 * How pixels look: from the options of a picture to limits, curve and colors, and from values to bytes.
 */

import { color } from "d3-color";
import { checkObject } from "../argument.js";
import type { Arrays, DType } from "../array.js";
import { FitsError } from "../errors.js";
import { colormapColors, grayMap } from "./colormaps.js";
import { type LimitsOptions, type LimitsRule, limitsOf, parseLimits } from "./limits.js";
import { type Curve, checkStretch, curveOf, levelsOf, placeIn, type Stretch } from "./stretch.js";
import type { Limits } from "./zscale.js";

export interface LookOptions extends LimitsOptions {
  /** How values between the limits become brightness. Default linear. See `Stretch`. */
  readonly stretch?: Stretch | undefined;
  /** The parameter `a` of log, asinh, sinh and power. Default: that of astropy.visualization. */
  readonly a?: number | undefined;
  /** Default gray; `_r` at the end reverses it. See `colormaps`. */
  readonly colormap?: string | undefined;
  /** What NaN looks like: as the lowest value (default), `"transparent"`, or a color as CSS writes it, `"#804000"`, `"red"`. */
  readonly nan?: string | undefined;
}

/** What draws values. */
export interface Look extends Limits {
  /** Whether all colors are gray, so that one channel says all. */
  readonly gray: boolean;
  /** Whether some pixels may be transparent. */
  readonly alpha: boolean;
  /** Red, green, blue of each of 256 levels. */
  readonly colors: Uint8Array;
  /** Red, green, blue, alpha of NaN. */
  readonly nan: readonly [number, number, number, number];
  /** Place of a value between the limits, 0 to 1; of NaN, NaN. */
  readonly place: Curve;
  /** Brightness of a place, 0 to 1. */
  readonly curve: Curve;
  /** Level of a place, 0 to 255. */
  readonly level: Curve;
}

/** Throws BAD_ARGUMENT for options of which no look can be made, before anything is read. */
export function checkLook(options: LookOptions): void {
  checkObject(options);
  const { stretch = "linear", a, colormap = "gray", nan, limits } = options;
  checkStretch(stretch, a);
  grayMap(colormap);
  nanColor(nan, [0, 0, 0]);
  if (limits !== undefined) parseLimits(limits);
}

/** The rule of limits where none is given. */
export function defaultLimits({ stretch }: LookOptions): LimitsRule {
  return stretch === "histogram" ? "minmax" : "zscale";
}

/** The look of a picture whose limits are found among `values`. Throws BAD_ARGUMENT. */
export function lookOf(values: Arrays[DType], options: LookOptions): Look {
  checkLook(options);
  const { stretch = "linear" } = options;
  const limits = limitsOf(values, options, defaultLimits(options));
  const curve = curveOf(stretch, options.a, values, limits);
  const place = placeIn(limits);
  const map = options.colormap ?? "gray";
  const colors = colormapColors(map);
  const nan = nanColor(options.nan, colors);
  const [red, green, blue, opaque] = nan;
  return {
    ...limits,
    colors,
    nan,
    gray: grayMap(map) !== undefined && red === green && green === blue,
    alpha: opaque === 0,
    place,
    curve,
    level: levelsOf(curve),
  };
}

function nanColor(nan: string | undefined, [r, g, b]: ArrayLike<number> & Iterable<number>): Look["nan"] {
  if (nan === undefined) return [r!, g!, b!, 255];
  if (nan === "transparent") return [0, 0, 0, 0];
  const found = color(nan)?.rgb();
  if (found?.opacity !== 1 || !found.displayable())
    throw new FitsError("BAD_ARGUMENT", `cannot read the color "${nan}"; write transparent, red, or #804000`);
  return [found.r, found.g, found.b, 255].map(Math.round) as unknown as Look["nan"];
}

/** Writes 8-bit colors of `count` values from `start` on to `to` from `at` on: 3 bytes a pixel, or with alpha 4. */
export function paintColors(
  { colors, nan, place, level: levelOf }: Look,
  data: Arrays[DType],
  start: number,
  count: number,
  to: Uint8Array | Uint8ClampedArray,
  at: number,
  size: 3 | 4,
): void {
  for (let i = 0, out = at; i < count; i++, out += size) {
    const t = place(Number(data[start + i]));
    const level = Number.isNaN(t) ? -1 : 3 * levelOf(t);
    to[out] = level < 0 ? nan[0] : colors[level]!;
    to[out + 1] = level < 0 ? nan[1] : colors[level + 1]!;
    to[out + 2] = level < 0 ? nan[2] : colors[level + 2]!;
    if (size === 4) to[out + 3] = level < 0 ? nan[3] : 255;
  }
}

/** Writes grays as a PNG has them: 8 bits, or 16 with the high byte first; with `alpha` a second channel. */
export function paintGrays(
  { colors, nan, place, curve, level: levelOf }: Look,
  data: Arrays[DType],
  to: Uint8Array,
  { deep, alpha }: { deep: boolean; alpha: boolean },
): void {
  const reversed = colors[0] === 255;
  const nanGray = deep ? nan[0] * 257 : nan[0];
  for (let i = 0, out = 0; i < data.length; i++) {
    const t = place(Number(data[i]));
    const isNumber = !Number.isNaN(t);
    let level = nanGray;
    if (isNumber && deep) level = Math.round(65535 * (reversed ? 1 - curve(t) : curve(t)));
    else if (isNumber) level = reversed ? 255 - levelOf(t) : levelOf(t);
    if (deep) to[out++] = level >> 8;
    to[out++] = level;
    if (!alpha) continue;
    to[out++] = isNumber ? 255 : nan[3];
    if (deep) to[out++] = isNumber ? 255 : nan[3];
  }
}
