/**
 * The screen: a canvas that shows one plane of an image, streamed. It knows pixels, pages and reads; it knows nothing of
 * Lit, of coordinates on the sky, or of panels.
 */
import type { Fits, ImageHdu } from "fitslice";
import type { LimitsRule, Stretch } from "fitslice/picture";

/** Which part of the image lies where on the canvas. The image's y axis points up, its x axis right. */
export interface Viewport {
  /** The 0-based pixel `[x, y]` in the middle of the canvas; pixel centers are whole numbers. */
  readonly center: readonly [x: number, y: number];
  /** CSS pixels a pixel of the image; 0 fits the image into the canvas. */
  readonly zoom: number;
}

export interface Look {
  readonly stretch: Stretch;
  readonly limits: LimitsRule;
  readonly vmin: number | undefined;
  readonly vmax: number | undefined;
  readonly colormap: string;
  readonly invert: boolean;
}

/** A value under the pointer. `exact` is false for a value that stands for pixels around it. */
export interface Reading {
  readonly value: number | bigint;
  readonly exact: boolean;
}

/** What is on the canvas, in shares of the pixels of the image that are in sight; they add up to 1. */
export interface Coverage {
  /** Every pixel (or the mean of all pixels under a pixel of the canvas) was read. */
  readonly exact: number;
  /** Some of the pixels were read, and stand for their neighbors. */
  readonly sampled: number;
  readonly missing: number;
}

export interface ScreenEvents {
  /** The first pixels of an image are drawn: all that is in sight, coarse perhaps. */
  firstlight: { readonly seconds: number };
  /** Something was drawn that was not there before. */
  progress: Coverage;
  /** Nothing more is read for this view. */
  idle: Coverage;
  /** To show this view better more bytes than the budget would move: `refine()` reads them. */
  expensive: { readonly bytes: number; readonly requests: number; readonly seconds: number };
  /** Limits in use, as found among the values that came, or as given. */
  limits: { readonly vmin: number; readonly vmax: number };
  error: Error;
}

/** Levels of an image made beforehand: images whose pixels are the means of blocks of its pixels. */
export interface Overview {
  readonly levels: readonly OverviewLevel[];
  /** The factor of the finest level that is looked for; absent once all levels are found. */
  readonly finest?: number | undefined;
}

export interface OverviewLevel {
  /** Pixels along a side of a block, a power of two; blocks begin at the first pixel. */
  readonly factor: number;
  /** Of the same axes as the image that is shown, the last two shorter by `factor`, rounded up. */
  readonly image: ImageHdu;
  /** The file that the level is in. */
  readonly fits: Fits;
}

export interface ShowOptions {
  readonly overview?: Overview | undefined;
}

export interface ScreenOptions {
  /** Most bytes that one view reads without being asked. Default 24e6. */
  readonly viewBytes?: number | undefined;
  /** Most bytes of pages, on the CPU and on the GPU, each. Default 128e6. */
  readonly pageBytes?: number | undefined;
  /** Red, green, blue, alpha of pixels that have no value (NaN), 0 to 255. Default a dark blue. */
  readonly nan?: readonly [red: number, green: number, blue: number, alpha: number] | undefined;
}

export interface Screen {
  readonly canvas: HTMLCanvasElement;
  /** The limits in use. */
  readonly limits: { readonly vmin: number; readonly vmax: number };
  /**
   * Shows a plane (indices of the axes before the last two) of an image. What was read of another one is dropped. An image of
   * one axis is a single row; one without pixels shows nothing.
   */
  show(fits: Fits, image: ImageHdu, plane: readonly number[], options?: ShowOptions): void;
  /** Takes levels of the image that is shown from this overview from now on. What is drawn stays until they have come. */
  setOverview(overview: Overview | undefined): void;
  setViewport(viewport: Viewport): void;
  setLook(look: Look): void;
  /** The zoom that fits the image into the canvas. */
  fitZoom(): number;
  /** Reads what was too expensive for this view. */
  refine(): void;
  /** The value of a pixel, 0-based; undefined where nothing has come yet, or outside the image. */
  valueAt(x: number, y: number): Reading | undefined;
  /** Up to `most` values of what is in sight, for histograms. */
  sample(most: number): Float64Array;
  coverage(): Coverage;
  /** Settles when nothing more is read for this view. */
  readonly idle: Promise<void>;
  /** The whole view has been drawn once, from some of its pixels at least: first light has come. */
  readonly isLit: boolean;
  /** How many reads are under way. */
  readonly reading: number;
  /** Draws now, rather than with the next frame; for `toBlob` and tests. */
  drawNow(): void;
  on<K extends keyof ScreenEvents>(event: K, listener: (news: ScreenEvents[K]) => void): () => void;
  /** Cancels reads, frees the GPU. Final. */
  close(): void;
}

/** CSS pixels on the canvas of a pixel of the image, and back. The canvas's y axis points down. */
export interface Placement {
  toCanvas(x: number, y: number): readonly [left: number, top: number];
  toImage(left: number, top: number): readonly [x: number, y: number];
}
