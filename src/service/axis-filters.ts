/**
 * BAND, TIME and POL: which planes of a cube they take, by the world coordinates of its other axes.
 */
import type { ImageHdu } from "../hdu/image.js";
import type { AxisKind, Wcs } from "../wcs/index.js";
import { datesOf } from "./dates.js";
import { Refusal, usage } from "./refusal.js";
import { extent } from "./shape-box.js";
import type { Interval } from "./shapes.js";
import { metersOf } from "./wavelengths.js";

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
    found.push(overlapping(image, wcs!, axis, band, metersOf(image, wcs!.axes[axis]!)));
  }
  if (time) {
    const axis = axisOf(wcs, "time", "TIME");
    found.push(overlapping(image, wcs!, axis, time, datesOf(image, wcs!.axes[axis]!)));
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

/** What the axes of an image hold, so that clients know which filters make sense: all of each axis. */
export interface AxisExtents {
  readonly band?: Interval | undefined;
  readonly time?: Interval | undefined;
  readonly polarizations?: readonly number[] | undefined;
}

/** The values of an image along the axes that filters take; an axis that no filter can read is left out. */
export function extentsOf(image: ImageHdu, wcs: Wcs): AxisExtents {
  const along = (kind: AxisKind, read: (axis: number) => Interval | undefined): Interval | undefined => {
    const axis = wcs.axes.findIndex((one) => one.kind === kind);
    try {
      return axis < 0 ? undefined : read(axis);
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  };
  const ends = (axis: number, convert: (value: number) => number): Interval | undefined => {
    const edges = valuesAlong(image, wcs, axis, -0.5).map(convert).filter(Number.isFinite);
    return edges.length === 0 ? undefined : extent(edges);
  };
  const stokes = wcs.axes.findIndex(({ kind }) => kind === "stokes");
  return {
    band: along("spectral", (axis) => ends(axis, metersOf(image, wcs.axes[axis]!))),
    time: along("time", (axis) => ends(axis, datesOf(image, wcs.axes[axis]!))),
    ...(stokes >= 0 && { polarizations: valuesAlong(image, wcs, stokes, 0).map(Math.round) }),
  };
}
