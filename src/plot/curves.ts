/**
 * Plots of numbers: profiles and spectra, histograms, scatter.
 */

import { curveStepAfter, line as d3Line } from "d3-shape";
import { checkMembers, checkObject, checkValues } from "../argument.js";
import { FitsError } from "../errors.js";
import { type Extent, extentOf, type Frame, framed, type PlotOptions } from "./frame.js";
import { element, numberText, type Svg } from "./svg.js";

const blue = "#1f77b4";

/**
 * A line through points, as SVG: the profile of a row, the spectrum of a pixel. NaN breaks the line; a point without
 * neighbors is a dot. Throws BAD_ARGUMENT for arrays of different lengths.
 */
export function linePlot(x: ArrayLike<number>, y: ArrayLike<number>, options: PlotOptions = {}): Svg {
  checkObject(options);
  checkLengths(x, y);
  const extents = [extentAround(x, options.logX), extentOf(y, options.logY)] as const;
  return framed(...extents, options, (frame) => {
    const points = thinned(placesOf(x, y, frame), frame);
    const path = d3Line<Place>().defined(isPlace).digits(2)(points);
    const dots = points.filter((at, i) => isPlace(at) && !isPlace(points[i - 1]) && !isPlace(points[i + 1]));
    return [
      element("path", {
        d: path ?? "",
        fill: "none",
        stroke: blue,
        "stroke-width": 1.2,
        "stroke-linejoin": "round",
      }),
      ...dots.map(([cx, cy]) => element("circle", { cx, cy, r: 1.5, fill: blue })),
    ];
  });
}

/** Points, as SVG: two columns of a table. Throws BAD_ARGUMENT for arrays of different lengths. */
export function scatterPlot(x: ArrayLike<number>, y: ArrayLike<number>, options: PlotOptions = {}): Svg {
  checkObject(options);
  checkLengths(x, y);
  const extents = [extentOf(x, options.logX), extentOf(y, options.logY)] as const;
  const radius = x.length > 5000 ? 1 : x.length > 500 ? 1.6 : 2.4;
  const opacity = x.length > 5000 ? 0.4 : 0.7;
  return framed(...extents, options, (frame) => [
    element("path", {
      d: dots(placesOf(x, y, frame)),
      fill: "none",
      stroke: blue,
      "stroke-width": 2 * radius,
      "stroke-linecap": "round",
      "stroke-opacity": opacity,
    }),
  ]);
}

/** How often values come in each of equal bins. */
export interface Histogram {
  readonly counts: Float64Array;
  /** Edges of the bins, one more than counts. */
  readonly edges: Float64Array;
}

/** The bins of a histogram. */
export interface HistogramOptions {
  /** How many bins. Default 100. */
  readonly bins?: number | undefined;
  /** The outer edges. Default: the least and the greatest value. */
  readonly range?: Extent | undefined;
  /** Bins as wide as each other on a logarithmic axis; values of 0 and below do not count. Default false. */
  readonly log?: boolean | undefined;
}

/**
 * Counts the finite values in `bins` equal bins between their extremes or the `range` given (the last bin holds its upper
 * edge), as numpy.histogram does. Throws BAD_ARGUMENT for a number of bins or a range that make no sense.
 */
export function histogramOf(values: ArrayLike<number | bigint>, options: HistogramOptions = {}): Histogram {
  checkValues(values, "the values");
  checkObject(options);
  const { bins = 100, range, log = false } = options;
  if (!Number.isInteger(bins) || bins < 1 || bins > 1e6)
    throw new FitsError("BAD_ARGUMENT", `bins must be a whole number from 1 to 1000000, not ${bins}`);
  const [from, to] = range ?? extremesOf(values, log);
  if (!(to >= from) || !Number.isFinite(to - from) || (log && from <= 0))
    throw new FitsError(
      "BAD_ARGUMENT",
      `no range of a ${log ? "logarithmic " : ""}histogram: ${from} to ${to}`,
    );
  const [low, high] = from < to ? [from, to] : log ? [from / 2, to * 2] : [from - 0.5, to + 0.5];
  const scale = log ? Math.log10 : (value: number) => value;
  const [first, width] = [scale(low), (scale(high) - scale(low)) / bins];
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => {
    if (i === 0 || i === bins) return i === 0 ? low : high;
    return log ? 10 ** (first + width * i) : first + width * i;
  });
  const counts = new Float64Array(bins);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!(value >= low && value <= high)) continue;
    let bin = Math.min(bins - 1, Math.floor((scale(value) - first) / width) || 0);
    // Rounding may put a value beside an edge into the wrong one of two bins.
    if (value < edges[bin]!) bin--;
    else if (bin < bins - 1 && value >= edges[bin + 1]!) bin++;
    counts[bin]!++;
  }
  return { counts, edges };
}

/** A histogram, as SVG. Throws BAD_ARGUMENT for edges that have no place on a logarithmic axis. */
export function histogramPlot(histogram: Histogram, options: PlotOptions = {}): Svg {
  checkMembers(histogram, ["counts", "edges"], "a histogram", "what histogramOf makes");
  checkObject(options);
  const { counts, edges } = histogram;
  const { logX = false, logY = false } = options;
  if (logX && !(edges[0]! > 0))
    throw new FitsError(
      "BAD_ARGUMENT",
      `bins from ${edges[0]} on have no place on a logarithmic axis; count with histogramOf(values, { log: true })`,
    );
  const most = counts.reduce((all, count) => Math.max(all, count), 1);
  const y: Extent = logY ? [0.5, most * 1.5] : [0, most * 1.05];
  const x: Extent = [edges[0]!, edges.at(-1)!];
  return framed(x, y, { yLabel: "count", ...options }, (frame) => {
    const floor = frame.top + frame.height;
    const places = [...counts, counts.at(-1) ?? 0].map(
      (count, i) => [frame.x(edges[i]!), logY && count < 0.5 ? floor : frame.y(count)] as Place,
    );
    const path = d3Line<Place>().curve(curveStepAfter).digits(2)(places) ?? "";
    const closed = `${path}L${numberText(frame.x(edges.at(-1)!))},${numberText(floor)}L${numberText(frame.x(edges[0]!))},${numberText(floor)}Z`;
    return [element("path", { d: closed, fill: blue, "fill-opacity": 0.35, stroke: blue })];
  });
}

type Place = readonly [x: number, y: number];

function isPlace(place: Place | undefined): place is Place {
  return place !== undefined && Number.isFinite(place[0]) && Number.isFinite(place[1]);
}

function checkLengths(x: ArrayLike<number>, y: ArrayLike<number>): void {
  checkValues(x, "x");
  checkValues(y, "y");
  if (x.length !== y.length)
    throw new FitsError(
      "BAD_ARGUMENT",
      `a plot needs as many x as y: ${x.length} and ${y.length} were given`,
    );
}

/** A line reaches the frame's sides. */
function extentAround(x: ArrayLike<number>, isLog = false): Extent {
  const [from, to] = extentOf(x, isLog);
  if (isLog) return [from, to];
  const margin = ((to - from) * 0.02) / 1.04;
  return [from + margin, to - margin];
}

function placesOf(x: ArrayLike<number>, y: ArrayLike<number>, frame: Frame): Place[] {
  return Array.from({ length: x.length }, (_, i) => [frame.x(x[i]!), frame.y(y[i]!)] as const);
}

/** Of a line with many points in each column of pixels, the first, lowest, highest and last of each: it looks the same. */
function thinned(places: Place[], { width }: Frame): Place[] {
  if (places.length <= 8 * width) return places;
  const kept: Place[] = [];
  let column: { at: number; index: number[] } | undefined;
  const close = (): void => {
    if (!column) return;
    const { index } = column;
    const byHeight = [...index].sort((a, b) => places[a]![1] - places[b]![1]);
    const wanted = new Set([index[0]!, byHeight[0]!, byHeight.at(-1)!, index.at(-1)!]);
    kept.push(...[...wanted].sort((a, b) => a - b).map((i) => places[i]!));
    column = undefined;
  };
  for (const [i, place] of places.entries()) {
    if (!isPlace(place)) {
      close();
      kept.push(place);
      continue;
    }
    const at = Math.floor(place[0] / 0.5);
    if (column?.at !== at) {
      close();
      column = { at, index: [] };
    }
    column!.index.push(i);
  }
  close();
  return kept;
}

/** Dots as a path of lines without length; of many at one place one is drawn. */
function dots(places: readonly Place[]): string {
  const seen = new Set<string>();
  let path = "";
  for (const place of places) {
    if (!isPlace(place)) continue;
    const at = `${numberText(Math.round(place[0] * 4) / 4)},${numberText(Math.round(place[1] * 4) / 4)}`;
    if (seen.has(at)) continue;
    seen.add(at);
    path += `M${at}h0`;
  }
  return path;
}

/** The extremes of the finite values; of those above 0 for a logarithmic axis. Of none 0 and 1, or 0.1 and 1. */
function extremesOf(values: ArrayLike<number | bigint>, isLog: boolean): Extent {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!Number.isFinite(value) || (isLog && value <= 0)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least > most ? [isLog ? 0.1 : 0, 1] : [least, most];
}
