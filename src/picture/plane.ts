/**
 * The two axes of an image, or of an array, that a picture shows.
 */
import { elementCount } from "../array.js";
import { FitsError } from "../errors.js";
import type { AxisSelector, ResolvedSection } from "../image/section.js";

/** Which axes of a shape a picture shows; without `y` it is one row high. */
export interface PlaneAxes {
  readonly y: number | undefined;
  readonly x: number;
  readonly height: number;
  readonly width: number;
}

/**
 * The axes of a picture: the two that are longer than 1; of one such axis a column where the last axis has but one place,
 * a row otherwise. Throws BAD_ARGUMENT for more axes, and for a shape without pixels.
 */
export function planeAxes(shape: readonly number[]): PlaneAxes {
  if (elementCount(shape) === 0)
    throw new FitsError("BAD_ARGUMENT", "no pixels to draw: the section is empty");
  const long = shape.flatMap((length, axis) => (length === 1 ? [] : [axis]));
  if (long.length > 2) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `a picture has two axes, not ${shape.length} (${shape.join(" x ")}): choose one plane, as in the section "0,:,:"`,
    );
  }
  const last = shape.length - 1;
  const x = long[1] ?? Math.max(0, last);
  const y = long.length > 0 && long[0] !== x ? long[0] : shape.length > 1 ? last - 1 : undefined;
  return { y, x, width: shape[x] ?? 1, height: y === undefined ? 1 : shape[y]! };
}

/** A plane of an image: its size, and the selection of some of its rows. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  /** Whether rows that lie beside each other in the file lie so in the plane, and which row of the file is the first. */
  readonly firstRow: number;
  readonly rowStep: number;
  /** Place of the rows' axis among the image's; undefined where there is none. */
  readonly rowAxis: number | undefined;
  /** The selection of every `every`-th row (default 1) from `start` to before `stop`. */
  rows(start: number, stop: number, every?: number): AxisSelector[];
}

/**
 * The plane that a resolved section of an image shows. Throws as `planeAxes`.
 *
 * @param first of a cube take the first plane, its last two axes, in place of throwing
 */
export function planeOf(section: ResolvedSection, { first = false }: { first?: boolean } = {}): Plane {
  const { start, count, step, dropped, shape } = section;
  const kept = dropped.flatMap((is, axis) => (is ? [] : [axis]));
  const cut = first
    ? shape.map((length, axis) => (axis < shape.length - 2 ? Math.min(1, length) : length))
    : shape;
  const axes = planeAxes(cut);
  const [yAxis, xAxis] = [axes.y === undefined ? undefined : kept[axes.y], kept[axes.x]];
  const slice = (axis: number, from: number, to: number, every: number): AxisSelector => {
    const by = step[axis]! * every;
    const one = start[axis]! + from * step[axis]!;
    const other = one + (Math.ceil((to - from) / every) - 1) * by;
    return span(one, other, by);
  };
  return {
    width: axes.width,
    height: axes.height,
    rowAxis: yAxis,
    firstRow: yAxis === undefined ? 0 : start[yAxis]!,
    rowStep: yAxis === undefined ? 1 : step[yAxis]!,
    rows: (from, to, every = 1) =>
      start.map((at, axis): AxisSelector => {
        if (axis === yAxis) return slice(axis, from, to, every);
        return axis === xAxis ? slice(axis, 0, count[axis]!, 1) : at;
      }),
  };
}

/** From `first` to `last`, both included. */
function span(first: number, last: number, step: number): AxisSelector {
  const stop = step > 0 ? last + 1 : last - 1;
  return [first, stop < 0 ? null : stop, step];
}
