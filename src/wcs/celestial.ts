/**
 * The celestial part of a WCS: pixels of an image and positions on the sky.
 */
import { eachBlock, lengthOf, scratchArrays } from "./blocks.js";
import type { Distortion } from "./distortions/distortion.js";
import type { SkyMap } from "./sky-map.js";
import type { Celestial, PixelPoint, SkyPoint } from "./wcs.js";

/** Rows of a 2 x 2 matrix. */
export type Matrix2 = Celestial["matrix"];

/** What the celestial part is made of. */
export interface SkyParts
  extends Pick<Celestial, "worldAxes" | "pixelAxes" | "projection" | "frame" | "distortions" | "reference"> {
  /** Distortions of pixels, in the order toward the sky. */
  readonly pixelDistortions: readonly Distortion[];
  /** CRPIX of x and y, counted from `firstPixel`. */
  readonly crpix: readonly [x: number, y: number];
  /** The number of the first pixel inside: see `firstPixelOf`. */
  readonly firstPixel: 0 | 1;
  readonly matrix: Matrix2;
  readonly sky: SkyMap;
}

/**
 * Distortions count pixels from 1. Without any, pixels are counted from 0 as they come: to add 1 would cost digits, of
 * which the longitude near a pole needs all.
 */
export function firstPixelOf(distortions: readonly Distortion[]): 0 | 1 {
  return distortions.length > 0 ? 1 : 0;
}

/** Pixels, 1-based, with their distortions taken away; in place. A coordinate that is not finite makes both NaN. */
export function undistort(
  distortions: readonly Distortion[],
  x: Float64Array,
  y: Float64Array,
  n: number,
): void {
  for (let i = 0; i < n; i++) {
    if (!Number.isFinite(x[i]! + y[i]!)) x[i] = y[i] = Number.NaN;
  }
  for (const distortion of distortions) distortion.apply(x, y, n);
}

/** The way back. */
export function distort(
  distortions: readonly Distortion[],
  x: Float64Array,
  y: Float64Array,
  n: number,
): void {
  for (let i = distortions.length - 1; i >= 0; i--) distortions[i]!.invert(x, y, n);
}

export function celestialOf(parts: SkyParts): Celestial {
  const {
    matrix,
    sky,
    pixelDistortions,
    firstPixel,
    worldAxes,
    pixelAxes,
    projection,
    frame,
    distortions,
    reference,
  } = parts;
  const [[a, b], [c, d]] = matrix;
  const [crpixX, crpixY] = parts.crpix;
  const determinant = a * d - b * c;
  const [ia, ib, ic, id] = [d / determinant, -b / determinant, -c / determinant, a / determinant];

  /** From pixels to the sky, in place. */
  function toSky(x: Float64Array, y: Float64Array, n: number): void {
    undistort(pixelDistortions, x, y, n);
    for (let i = 0; i < n; i++) {
      const dx = x[i]! - crpixX;
      const dy = y[i]! - crpixY;
      x[i] = a * dx + b * dy;
      y[i] = c * dx + d * dy;
    }
    sky.toSky(x, y, n);
  }

  /** From the sky to pixels, in place. */
  function toPixels(x: Float64Array, y: Float64Array, n: number): void {
    sky.toPlane(x, y, n);
    for (let i = 0; i < n; i++) {
      const u = x[i]!;
      const v = y[i]!;
      x[i] = ia * u + ib * v + crpixX;
      y[i] = ic * u + id * v + crpixY;
    }
    distort(pixelDistortions, x, y, n);
  }

  /** Runs `map` over two arrays, with `before` added to all that goes in, and `after` to what comes out. */
  function run(
    map: typeof toSky,
    first: Float64Array,
    second: Float64Array,
    before: number,
    after: number,
  ): Two {
    const length = lengthOf([first, second], 2);
    const out: Two = [new Float64Array(length), new Float64Array(length)];
    const [x, y] = scratchArrays(2) as Two;
    eachBlock(length, (start, count) => {
      for (let i = 0; i < count; i++) {
        x[i] = first[start + i]! + before;
        y[i] = second[start + i]! + before;
      }
      map(x, y, count);
      for (let i = 0; i < count; i++) {
        out[0][start + i] = x[i]! + after;
        out[1][start + i] = y[i]! + after;
      }
    });
    return out;
  }

  /** The same for one point. */
  function one(
    map: typeof toSky,
    first: number,
    second: number,
    before: number,
    after: number,
  ): SkyPoint | null {
    const [x, y] = scratchArrays(2) as Two;
    x[0] = first + before;
    y[0] = second + before;
    map(x, y, 1);
    const [u, v] = [x[0] + after, y[0] + after];
    return Number.isFinite(u) && Number.isFinite(v) ? [u, v] : null;
  }

  return {
    worldAxes,
    pixelAxes,
    projection,
    frame,
    distortions,
    reference,
    scale: [Math.hypot(a, c), Math.hypot(b, d)],
    matrix,
    toSky: (x, y) => one(toSky, x, y, firstPixel, 0),
    toPixel: (lon, lat): PixelPoint | null => one(toPixels, lon, lat, 0, -firstPixel),
    skyOf(x, y) {
      const [lon, lat] = run(toSky, x, y, firstPixel, 0);
      return { lon, lat };
    },
    pixelsOf(lon, lat) {
      const [x, y] = run(toPixels, lon, lat, 0, -firstPixel);
      return { x, y };
    },
  };
}

type Two = [Float64Array<ArrayBuffer>, Float64Array<ArrayBuffer>];
