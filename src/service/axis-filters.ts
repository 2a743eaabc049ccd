/**
 * BAND, TIME and POL: which planes of a cube they take, by the world coordinates of its other axes.
 */
import type { ImageHdu } from "../hdu/image.js";
import type { AxisKind, Wcs } from "../wcs/index.js";
import { usage } from "./refusal.js";
import type { Interval } from "./shapes.js";

/** The planes of one axis: `axis` counts from 0 at NAXIS1. */
export interface Planes {
  readonly axis: number;
  readonly start: number;
  readonly count: number;
}

export interface AxisFilters {
  /** Meters. */
  readonly band?: Interval | undefined;
  /** Modified Julian dates. */
  readonly time?: Interval | undefined;
  /** Codes of the Stokes axis. */
  readonly polarizations?: readonly number[] | undefined;
}

/** Planes of an axis that are looked at. */
const mostPlanes = 4_000_000;

/**
 * The planes that the filters take; undefined where one takes none. Planes are those from the first to the last that overlaps. Throws
 * Refusal for an image without such an axis, or one whose values are not known in the filter's unit.
 */
export function planesOf(image: ImageHdu, wcs: Wcs | undefined, filters: AxisFilters): Planes[] | undefined {
  const { band, time, polarizations } = filters;
  const found: (Planes | undefined)[] = [];
  if (band) {
    const axis = axisOf(wcs, "spectral", "BAND");
    const meters = metersOf(wcs!.axes[axis]!.ctype, wcs!.axes[axis]!.unit);
    found.push(overlapping(image, wcs!, axis, band, meters));
  }
  if (time) {
    const axis = axisOf(wcs, "time", "TIME");
    found.push(overlapping(image, wcs!, axis, time, daysOf(image, wcs!.axes[axis]!.unit)));
  }
  if (polarizations && polarizations.length > 0) {
    const axis = axisOf(wcs, "stokes", "POL");
    const values = valuesAlong(image, wcs!, axis, 0).map(Math.round);
    const taken = [...values.keys()].filter((i) => polarizations.includes(values[i]!));
    found.push(taken.length === 0 ? undefined : spanOf(axis, taken));
  }
  return found.every((planes) => planes !== undefined) ? found : undefined;
}

function axisOf(wcs: Wcs | undefined, kind: AxisKind, filter: string): number {
  const axis = wcs?.axes.findIndex((one) => one.kind === kind) ?? -1;
  if (axis < 0) throw usage(`${filter}: the image has no ${kind === "stokes" ? "Stokes" : kind} axis`);
  return axis;
}

function spanOf(axis: number, taken: readonly number[]): Planes {
  const first = taken[0]!;
  return { axis, start: first, count: taken.at(-1)! - first + 1 };
}

/** World coordinates along an axis, at pixels from `offset` on; the other axes are held at the middle of the image. */
function valuesAlong(image: ImageHdu, wcs: Wcs, axis: number, offset: number): number[] {
  const { shape } = image;
  const length = shape[shape.length - 1 - axis] ?? 0;
  if (length === 0 || length > mostPlanes) throw usage(`an axis of ${length} planes is not filtered`);
  const count = length + (offset === 0 ? 0 : 1);
  const pixels = wcs.axes.map((_, k) => {
    const middle = ((shape[shape.length - 1 - k] ?? 1) - 1) / 2;
    return Float64Array.from({ length: count }, (_, i) => (k === axis ? i + offset : middle));
  });
  return [...wcs.toWorld(pixels)[axis]!];
}

function overlapping(
  image: ImageHdu,
  wcs: Wcs,
  axis: number,
  [low, high]: Interval,
  convert: (value: number) => number,
): Planes | undefined {
  const edges = valuesAlong(image, wcs, axis, -0.5).map(convert);
  const taken: number[] = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    const [from, to] = [Math.min(edges[i]!, edges[i + 1]!), Math.max(edges[i]!, edges[i + 1]!)];
    // What only touches does not overlap, but for an interval of one value.
    if (from <= high && to >= low && (low === high || (from < high && to > low))) taken.push(i);
  }
  return taken.length === 0 ? undefined : spanOf(axis, taken);
}

const lightSpeed = 299_792_458;
/** Joule seconds. */
const planck = 6.626_070_15e-34;

/** From the spectral coordinate of a CTYPE, in SI, to a wavelength. (Of air and of vacuum: they differ by 0.03 %.) */
function metersOf(ctype: string, unit: string): (value: number) => number {
  const quantity = ctype.slice(0, 4).toUpperCase();
  if (/^(WAVE|AWAV)$/.test(quantity)) return (value) => value;
  if (quantity === "FREQ") return (value) => lightSpeed / value;
  if (quantity === "AFRQ") return (value) => (2 * Math.PI * lightSpeed) / value;
  if (quantity === "ENER") return (value) => (planck * lightSpeed) / value;
  if (quantity === "WAVN") return (value) => 1 / value;
  throw usage(`BAND: the spectral axis is ${ctype.trim()} in ${unit || "no unit"}, which is no wavelength`);
}

const perDay: Readonly<Record<string, number>> = {
  d: 1,
  day: 1,
  s: 1 / 86_400,
  "": 1 / 86_400,
  min: 1 / 1440,
  h: 1 / 24,
  a: 365.25,
  yr: 365.25,
};

/** From the time coordinate to a modified Julian date: MJDREF, or its two parts (FITS Standard 4.0, section 9.2.2). */
function daysOf({ header }: ImageHdu, unit: string): (value: number) => number {
  const number = (keyword: string): number | undefined => {
    const value = header.has(keyword) ? header.get(keyword) : undefined;
    return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
  };
  const factor = perDay[unit];
  if (factor === undefined) throw usage(`TIME: the time axis is in ${unit}, which is no unit of time`);
  const parts = (number("MJDREFI") ?? 0) + (number("MJDREFF") ?? 0);
  const reference = number("MJDREF") ?? (parts || (number("JDREF") ?? 2_400_000.5) - 2_400_000.5);
  return (value) => value * factor + reference;
}
