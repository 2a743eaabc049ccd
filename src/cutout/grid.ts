/**
 * Which pixels of an image a cutout takes: a grid of indices, which may reach beyond the image; and what of it the image has.
 */
import { checkList, checkMembers } from "../argument.js";
import { FitsError } from "../errors.js";
import type { AxisSelector, ResolvedSection } from "../image/section.js";

/** Pixels of an image, axis by axis, slowest first, 0-based: `count` indices from `start`, `step` apart. */
export interface Grid {
  /** May lie outside the image. */
  readonly start: readonly number[];
  readonly count: readonly number[];
  /** Never 0; negative where the axis is reversed. */
  readonly step: readonly number[];
}

/**
 * What becomes of a grid that reaches beyond the image: `trim` keeps the pixels that there are, `partial` keeps the size and
 * fills, `strict` refuses. The names are those of astropy's Cutout2D.
 */
export type CutoutMode = "trim" | "partial" | "strict";

/** `whole`: all pixels are the image's; `partial`: some lie outside it. (Cutouts that lie outside altogether are refused.) */
export type CutoutStatus = "whole" | "partial";

/** A grid fitted to an image. */
export interface FittedGrid {
  /** The pixels of the cutout. */
  readonly grid: Grid;
  /** Those of them that the image has. */
  readonly inside: Grid;
  /** Where the first of these stands in the cutout, slowest axis first. */
  readonly place: readonly number[];
  readonly status: CutoutStatus;
}

/** The grid of a section of the image. Axes taken at one index stay, with one pixel, so that world coordinates stay right. */
export function gridOf({ start, count, step }: ResolvedSection): Grid {
  return { start: [...start], count: [...count], step: [...step] };
}

/**
 * Fits a grid to an image of `shape`. Throws BAD_SELECTION where they share no pixel, where `strict` refuses, and for a
 * grid without pixels; BAD_ARGUMENT for an unknown mode.
 *
 * @param what names the image in messages
 */
export function fitGrid(
  grid: Grid,
  shape: readonly number[],
  mode: CutoutMode = "trim",
  what = "the image",
): FittedGrid {
  checkGrid(grid);
  checkList(shape, "a shape", "number");
  if (!["trim", "partial", "strict"].includes(mode))
    throw new FitsError("BAD_ARGUMENT", `no mode ${String(mode)}; there are trim, partial and strict`);
  const axes = shape.map((length, axis) =>
    overlapOf(grid.start[axis]!, grid.count[axis]!, grid.step[axis]!, length),
  );
  if (axes.some(({ count }) => count === 0))
    throw new FitsError(
      "BAD_SELECTION",
      `${fitsSection(grid)} shares no pixel with ${what}, which is ${sizeText(shape)}`,
    );
  const inside: Grid = {
    start: axes.map((axis) => axis.start),
    count: axes.map((axis) => axis.count),
    step: [...grid.step],
  };
  const isWhole = axes.every(({ count }, axis) => count === grid.count[axis]);
  if (mode === "strict" && !isWhole)
    throw new FitsError(
      "BAD_SELECTION",
      `${fitsSection(grid)} reaches beyond ${what}, which is ${sizeText(shape)}; the mode trim cuts it off there, partial fills`,
    );
  const status = isWhole ? "whole" : "partial";
  if (mode === "partial") return { grid, inside, place: axes.map(({ place }) => place), status };
  return { grid: inside, inside, place: shape.map(() => 0), status };
}

/** Of `count` indices from `start`, `step` apart, those from 0 to `length - 1`; `place` is how many come before them. */
function overlapOf(
  start: number,
  count: number,
  step: number,
  length: number,
): { start: number; count: number; place: number } {
  const [toLow, toHigh] = [-start / step, (length - 1 - start) / step];
  const first = Math.max(0, Math.ceil(Math.min(toLow, toHigh)));
  const last = Math.min(count - 1, Math.floor(Math.max(toLow, toHigh)));
  return {
    start: start + first * step,
    count: length === 0 ? 0 : Math.max(0, last - first + 1),
    place: first,
  };
}

/** Throws BAD_ARGUMENT for what is no grid. */
export function checkGrid(grid: Grid): void {
  checkMembers(grid, ["start", "count", "step"], "a grid", "{ start, count, step }");
  for (const given of [grid.start, grid.count, grid.step]) checkList(given, "each part of a grid", "number");
}

/** Throws BAD_ARGUMENT for what is no grid that was fitted to an image. */
export function checkFitted(fitted: FittedGrid): void {
  checkMembers(fitted, ["grid", "inside", "place"], "a fitted grid", "what fitGrid gives");
}

/** Whether a grid is all of an image of `shape`, as it stands. */
export function isWholeImage({ start, count, step }: Grid, shape: readonly number[]): boolean {
  return shape.every((length, axis) => start[axis] === 0 && count[axis] === length && step[axis] === 1);
}

/** The selection of a grid that lies inside its image. */
export function selectionOf({ start, count, step }: Grid): AxisSelector[] {
  return start.map((first, axis) => {
    const stop = first + count[axis]! * step[axis]!;
    return [first, stop < 0 ? null : stop, step[axis]!];
  });
}

/** A grid as FITS writes sections: `[x1:x2,y1:y2:2]`, NAXIS1 first, 1-based, both ends included; reversed axes count down. */
export function fitsSection(grid: Grid): string {
  checkGrid(grid);
  const { start, count, step } = grid;
  const axes = start.map((from, axis) => {
    const first = from + 1;
    const last = first + (count[axis]! - 1) * step[axis]!;
    const by = Math.abs(step[axis]!);
    return `${first}:${last}${by === 1 ? "" : `:${by}`}`;
  });
  return `[${axes.reverse().join(",")}]`;
}

function sizeText(shape: readonly number[]): string {
  return `${[...shape].reverse().join(" x ")} pixels (NAXIS1 first)`;
}

/** One axis of a cutout as FITS counts axes. */
export interface CutAxis {
  /** Index in the image of the first pixel, 0-based. */
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** The axes of a grid, NAXIS1 first. */
export function fitsAxes({ start, count, step }: Grid): CutAxis[] {
  return start.map((from, axis) => ({ start: from, count: count[axis]!, step: step[axis]! })).reverse();
}

/** Where a pixel coordinate of the image (1-based) comes to lie in the cutout. */
export function movedPixel(pixel: number, { start, step }: Pick<CutAxis, "start" | "step">): number {
  return step === 1 ? pixel - start : (pixel - start - 1) / step + 1;
}
