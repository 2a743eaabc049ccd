/** What a view shows, as plain data: a link holds it, and restores it exactly. */
import type { LimitsRule, Stretch } from "fitslice/picture";

/** Frames of the readout and of the grid; `header` is the frame of the image's own coordinates. */
export type SkyFrame = "header" | "icrs" | "fk5" | "fk4" | "galactic" | "ecliptic";

export interface ViewState {
  /** Index of the HDU that is shown; undefined before a file is open. */
  readonly hdu: number | undefined;
  /** Indices of the axes before the last two, slowest axis first: the plane of a cube. */
  readonly plane: readonly number[];
  /** The pixel, 0-based `[x, y]` (x along NAXIS1), in the middle of the canvas. Pixel centers are whole numbers. */
  readonly center: readonly [x: number, y: number];
  /** CSS pixels a pixel of the image; 0 fits the image into the canvas. */
  readonly zoom: number;
  readonly stretch: Stretch;
  /** How limits are found; `vmin` and `vmax` take the place of those found. */
  readonly limits: LimitsRule;
  readonly vmin: number | undefined;
  readonly vmax: number | undefined;
  /** A name of `colormaps` of fitslice/picture, without `_r`. */
  readonly colormap: string;
  readonly invert: boolean;
  readonly frame: SkyFrame;
  readonly grid: boolean;
  readonly compass: boolean;
  readonly scaleBar: boolean;
  /** Regions in ds9's text, one in a line. */
  readonly regions: readonly string[];
}

export const firstState: ViewState = {
  hdu: undefined,
  plane: [],
  center: [0, 0],
  zoom: 0,
  stretch: "asinh",
  limits: "zscale",
  vmin: undefined,
  vmax: undefined,
  colormap: "gray",
  invert: false,
  frame: "header",
  grid: false,
  compass: false,
  scaleBar: true,
  regions: [],
};
