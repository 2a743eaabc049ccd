/**
 * World coordinates of an image: what people and the other folders see of them.
 */
import type { Frame } from "./frames/frame.js";

/** What a world axis measures. */
export type AxisKind = "longitude" | "latitude" | "spectral" | "time" | "stokes" | "linear";

export interface WorldAxis {
  /** CTYPE as in the header. */
  readonly ctype: string;
  readonly kind: AxisKind;
  /** Unit of the world coordinates that are delivered: `deg` of celestial axes, SI of spectral ones, else CUNIT. */
  readonly unit: string;
  /** CNAME, or empty. */
  readonly name: string;
}

/** A pixel: x along NAXIS1, y along NAXIS2, 0-based: the center of the first pixel is 0, 0. */
export type PixelPoint = readonly [x: number, y: number];

/** A position on the sky, in degrees, of the header's own frame unless said otherwise. */
export type SkyPoint = readonly [lon: number, lat: number];

/**
 * The world coordinate system of an HDU (one of its alternates). Pixel coordinates are 0-based; those of several axes
 * come in FITS's order, x (NAXIS1) first. Arrays are never changed; results are new.
 */
export interface Wcs {
  /** `" "`, or `"A"` to `"Z"`. */
  readonly alternate: string;
  /** WCSNAME, or empty. */
  readonly name: string;
  /** World axes, in the order of CTYPE1, CTYPE2 ...; there are as many pixel axes. */
  readonly axes: readonly WorldAxis[];
  /** The celestial part, where there is one. */
  readonly celestial: Celestial | undefined;
  /** What was read past: odd spellings, units, keywords that were mended or ignored. */
  readonly warnings: readonly string[];
  /** World coordinates of many pixels: one array for each pixel axis in, one for each world axis out; NaN where there are none. */
  toWorld(pixels: readonly Float64Array[]): Float64Array[];
  /** Pixels of many world coordinates; NaN where there are none. */
  toPixel(world: readonly Float64Array[]): Float64Array[];
}

/** The two celestial axes of a WCS. Other axes of a cube, where the sky depends on them, are held at CRPIX. */
export interface Celestial {
  /** World axes of longitude and latitude, 0-based. */
  readonly worldAxes: readonly [lon: number, lat: number];
  /** Pixel axes that x and y are, 0-based from NAXIS1: `[0, 1]` but for odd cubes. The lower one is x. */
  readonly pixelAxes: readonly [x: number, y: number];
  /** The three letters of CTYPE, `TAN`; empty for linear axes. */
  readonly projection: string;
  readonly frame: Frame;
  /** `SIP`, `TPV`, `CPDIS`, `D2IM`, `TNX`, `ZPX`, `TPD`, `DSS`: in the order in which they are applied. */
  readonly distortions: readonly string[];
  /** The reference point, CRVAL. */
  readonly reference: SkyPoint;
  /** Degrees per pixel along x and y at the reference pixel, distortions aside: both positive. */
  readonly scale: readonly [x: number, y: number];
  /**
   * The matrix from pixel offsets to intermediate world coordinates, degrees: d(lon, lat) by d(x, y), row by row.
   */
  readonly matrix: readonly [readonly [number, number], readonly [number, number]];
  /** Sky of one pixel; `null` where there is none. */
  toSky(x: number, y: number): SkyPoint | null;
  /** Pixel of one position; `null` where there is none. */
  toPixel(lon: number, lat: number): PixelPoint | null;
  /** Sky of many pixels, NaN where there is none. */
  skyOf(x: Float64Array, y: Float64Array): { lon: Float64Array; lat: Float64Array };
  /** Pixels of many positions, NaN where there are none. */
  pixelsOf(lon: Float64Array, lat: Float64Array): { x: Float64Array; y: Float64Array };
}
