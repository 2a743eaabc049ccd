/**
 * The frame of a plot: its axes with ticks, numbers and labels, and the way from values to places.
 */
import { scaleLinear, scaleLog } from "d3-scale";
import { FitsError } from "../errors.js";
import { numberLabels } from "./numbers.js";
import { drawing, element, fontSize, type Svg, text, widthOf } from "./svg.js";

/** What a plot looks like. */
export interface PlotOptions {
  /** Pixels of the whole drawing. Default 640 x 420. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly title?: string | undefined;
  readonly xLabel?: string | undefined;
  readonly yLabel?: string | undefined;
  /** A logarithmic axis; values of 0 and below have no place on it. */
  readonly logX?: boolean | undefined;
  readonly logY?: boolean | undefined;
}

/** The values at the ends of an axis; the first may be the greater one. */
export type Extent = readonly [from: number, to: number];

/** Where plots draw. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Places of values, NaN where there is none. */
  x(value: number): number;
  y(value: number): number;
}

interface Axis {
  place(value: number): number;
  readonly ticks: readonly number[];
  /** Ticks between those, without numbers. */
  readonly minor: readonly number[];
  label(value: number): string;
}

/** The axis of an extent along `from` to `to`. */
function axisOf(extent: Extent, isLog: boolean, from: number, to: number, wanted: number): Axis {
  const scale = (isLog ? scaleLog() : scaleLinear()).domain([...extent]).range([from, to]);
  const all = scale.ticks(wanted);
  const ticks = isLog ? decades(all) : all;
  return {
    place: (value) => scale(value),
    ticks,
    minor: isLog ? betweenDecades(extent) : [],
    label: numberLabels(ticks),
  };
}

/** An axis whose numbers stand apart from each other: with fewer of them where they are long. */
function roomy(axis: (wanted: number) => Axis, length: number): Axis {
  for (let wanted = length / 90; ; wanted /= 2) {
    const tried = axis(wanted);
    const widest = Math.max(...tried.ticks.map((tick) => widthOf(tried.label(tick))), 0);
    if (wanted < 1.5 || tried.ticks.length * (widest + 10) < length) return tried;
  }
}

/** Of a logarithmic axis over several decades only the decades are labeled. */
function decades(ticks: readonly number[]): number[] {
  const whole = ticks.filter((tick) => Number.isInteger(Math.round(1e9 * Math.log10(tick)) / 1e9));
  return whole.length >= 2 ? whole : [...ticks];
}

/** Units to the right of the frame, where no number needs more. */
const margin = 16;

/** Over how many decades ticks between them stand apart. */
const mostDecades = 12;

/** Two to nine times each power of ten. */
function betweenDecades([from, to]: Extent): number[] {
  const [first, last] = [Math.floor(Math.log10(from)), Math.floor(Math.log10(to))];
  if (!(last - first <= mostDecades)) return [];
  const decades = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const all = decades.flatMap((power) => [2, 3, 4, 5, 6, 7, 8, 9].map((n) => n * 10 ** power));
  return all.filter((tick) => tick >= from && tick <= to);
}

/** Throws BAD_ARGUMENT for a side of a drawing that is no length. */
export function checkLength(length: number, what: string): void {
  if (Number.isFinite(length) && length > 0) return;
  throw new FitsError("BAD_ARGUMENT", `the ${what} of a plot is a number above 0, not ${length}`);
}

/**
 * A drawing with a frame around what `content` draws into it; what leaves the frame is cut off. An extent of one value, or
 * of none, is widened. Throws BAD_ARGUMENT for a width or height that is no length.
 */
export function framed(
  x: Extent,
  y: Extent,
  options: PlotOptions,
  content: (frame: Frame) => readonly Svg[],
): Svg {
  const { width = 640, height = 420, title, xLabel, yLabel, logX = false, logY = false } = options;
  checkLength(width, "width");
  checkLength(height, "height");
  const xs = widened(x, logX);
  const ys = widened(y, logY);
  const top = title ? 34 : 14;
  const bottom = height - (xLabel ? 48 : 32);
  const yAxis = axisOf(ys, logY, bottom, top, (bottom - top) / 45);
  const numbers = Math.max(...yAxis.ticks.map((tick) => widthOf(yAxis.label(tick))), 10);
  const left = Math.min(width / 3, numbers + (yLabel ? 34 : 16));
  const axisTo = (right: number): Axis =>
    roomy((wanted) => axisOf(xs, logX, left, right, wanted), right - left);
  const draft = axisTo(width - margin);
  const overhang = draft.ticks.map((tick) => draft.place(tick) + widthOf(draft.label(tick)) / 2 - width);
  const right = width - margin - Math.max(0, Math.min(width / 4, Math.max(...overhang) + 2));
  const xAxis = axisTo(right);
  const frame: Frame = {
    left,
    top,
    width: right - left,
    height: bottom - top,
    x: xAxis.place,
    y: yAxis.place,
  };
  const clip = "frame";
  return drawing(
    width,
    height,
    element("clipPath", { id: clip }, element("rect", rectOf(frame))),
    element("g", { "clip-path": `url(#${clip})` }, ...content(frame)),
    ...xAxis.minor.flatMap((tick) => xMarks(xAxis.place(tick), frame, minorLength)),
    ...yAxis.minor.flatMap((tick) => yMarks(yAxis.place(tick), frame, minorLength)),
    ...xAxis.ticks.flatMap((tick) => xTick(xAxis.place(tick), frame, xAxis.label(tick))),
    ...yAxis.ticks.flatMap((tick) => yTick(yAxis.place(tick), frame, yAxis.label(tick))),
    element("rect", { ...rectOf(frame), fill: "none", stroke: "black" }),
    ...(title ? [titleOver(frame, width, title)] : []),
    ...(xLabel ? [text(left + frame.width / 2, height - 12, shortened(xLabel, frame.width / 7))] : []),
    ...(yLabel ? [upward(14, top + frame.height / 2, shortened(yLabel, frame.height / 7))] : []),
  );
}

export function rectOf({ left, top, width, height }: Omit<Frame, "x" | "y">): Record<string, number> {
  return { x: left, y: top, width, height };
}

/** A text that runs upward, centered at a place. */
export function upward(x: number, y: number, content: string): Svg {
  return element("g", { transform: `translate(${x},${y}) rotate(-90)` }, text(0, 0, content));
}

/** The title over a picture or a plot: as wide as the drawing where that is narrow. */
export function titleOver(
  { left, width }: Pick<Frame, "left" | "width">,
  drawingWidth: number,
  title: string,
): Svg {
  const shown = shortened(title, (drawingWidth - 8) / titleLetter);
  const half = (shown.length * titleLetter) / 2 + 4;
  const middle = Math.max(half, Math.min(drawingWidth - half, left + width / 2));
  return text(drawingWidth < 2 * half ? drawingWidth / 2 : middle, 22, shown, { "font-size": titleSize });
}

const titleSize = 14;
const titleLetter = 8.4;

type Area = Omit<Frame, "x" | "y">;
const tickLength = 5;
const minorLength = 2.5;

export function xTick(x: number, area: Area, label: string): Svg[] {
  const y = area.top + area.height;
  return [...xMarks(x, area, tickLength), text(x, y + 5 + fontSize, label)];
}

export function yTick(y: number, area: Area, label: string): Svg[] {
  return [...yMarks(y, area, tickLength), text(area.left - 6, y + 4, label, { anchor: "end" })];
}

function xMarks(x: number, { top, height }: Area, length: number): Svg[] {
  return [line(x, top + height, x, top + height - length), line(x, top, x, top + length)];
}

function yMarks(y: number, { left, width }: Area, length: number): Svg[] {
  return [line(left, y, left + length, y), line(left + width, y, left + width - length, y)];
}

function line(x1: number, y1: number, x2: number, y2: number): Svg {
  return element("line", { x1, y1, x2, y2, stroke: "black" });
}

/** Names of columns and files may be long. */
export function shortened(content: string, most: number): string {
  const length = Math.max(8, Math.floor(most));
  return content.length <= length ? content : `${content.slice(0, length - 3)}...`;
}

function widened([from, to]: Extent, isLog: boolean): Extent {
  if (isLog) return from > 0 && to > from ? [from, to] : from > 0 ? [from / 2, from * 2] : [0.1, 1];
  if (!Number.isFinite(from) || !Number.isFinite(to)) return [0, 1];
  if (from !== to) return [from, to];
  const half = Math.abs(from) * 0.01 || 1;
  return [from - half, to + half];
}

/** The finite values' extent, with a margin of a fiftieth; of a logarithmic axis that of the positive values. */
export function extentOf(values: ArrayLike<number>, isLog = false): Extent {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value) || (isLog && value <= 0)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least > most) return [Number.NaN, Number.NaN];
  if (isLog) {
    const factor = (most / least) ** 0.02;
    return [least / factor, most * factor];
  }
  const margin = (most - least) * 0.02;
  return [least - margin, most + margin];
}
