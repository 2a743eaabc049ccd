/**
 * Cutting a section into bands that are read one after the other, so that a large image needs little memory.
 */

import { checkArgument } from "../argument.js";
import { elementCount } from "../array.js";
import type { ResolvedSection } from "./section.js";

/** How large bands are. */
export interface BandSize {
  /** Rows of a band (places on the last axis but one; never across planes). Takes precedence over `bytes`. */
  readonly rows?: number | undefined;
  /** Most bytes of a band, of the type delivered. Default 16 MiB. A band holds at least one value. */
  readonly bytes?: number | undefined;
}

/** A block of a section's result that is contiguous in it, in C order: where it starts, and its shape. */
export interface BandPlace {
  readonly start: number[];
  readonly shape: number[];
}

const defaultBytes = 16 * 1024 * 1024;

/**
 * The bands of a result of `shape` (slowest axis first), in C order, together the whole of it. Where the pixels lie in
 * tiles, `grid` says for an axis where the edges of tiles fall in the result, and bands end there.
 */
export function* bandPlaces(
  shape: readonly number[],
  elementSize: number,
  size: BandSize,
  grid?: (axis: number) => { length: number; first: number } | undefined,
): Generator<BandPlace> {
  checkSize(size);
  if (elementCount(shape) === 0) return;
  if (shape.length === 0) {
    yield { start: [], shape: [] };
    return;
  }
  const { axis, places } = cutAxis(shape, elementSize, size);
  const tiles = grid?.(axis);
  const outer = shape.slice(0, axis);
  const inner = shape.slice(axis + 1);
  for (const index of indices(outer)) {
    let start = 0;
    while (start < shape[axis]!) {
      const stop = Math.min(shape[axis]!, bandEnd(start, places, tiles));
      yield {
        start: [...index, start, ...inner.map(() => 0)],
        shape: [...outer.map(() => 1), stop - start, ...inner],
      };
      start = stop;
    }
  }
}

/** The axis that bands cut, and how many places of it fit in one: all of the axes inside it, one of those outside. */
function cutAxis(
  shape: readonly number[],
  elementSize: number,
  size: BandSize,
): { axis: number; places: number } {
  if (size.rows !== undefined) return { axis: Math.max(0, shape.length - 2), places: size.rows };
  const budget = size.bytes ?? defaultBytes;
  let axis = shape.length - 1;
  let item = elementSize;
  while (axis > 0 && item * shape[axis]! <= budget) {
    item *= shape[axis]!;
    axis--;
  }
  return { axis, places: Math.max(1, Math.floor(budget / item)) };
}

/** Where a band of about `places` ends: at the last edge of tiles within reach, or at the first one there is. */
function bandEnd(
  start: number,
  places: number,
  tiles: { length: number; first: number } | undefined,
): number {
  if (!tiles || tiles.length <= 1) return start + places;
  const { length, first } = tiles;
  const edge = first + Math.floor((start + places - first) / length) * length;
  return edge > start ? edge : edge + length;
}

function* indices(shape: readonly number[]): Generator<number[]> {
  const index = shape.map(() => 0);
  while (true) {
    yield [...index];
    let axis = shape.length - 1;
    while (axis >= 0 && ++index[axis]! >= shape[axis]!) index[axis--] = 0;
    if (axis < 0) return;
  }
}

function checkSize(size: BandSize): void {
  for (const name of ["rows", "bytes"] as const) {
    const value = size[name];
    const fits = value === undefined || (Number.isInteger(value) && value >= 1);
    checkArgument(fits, `${name} of a band`, "a positive integer", value);
  }
}

/**
 * Part of a section: of every axis of its result, `count[i]` elements from `start[i]`. Axes keep their place in the
 * result. Bounds are the caller's business.
 */
export function narrowSection(
  section: ResolvedSection,
  start: readonly number[],
  count: readonly number[],
): ResolvedSection {
  const { dropped, step } = section;
  // Of an axis of the section, its place in the result.
  const place = dropped.map((_, axis) => dropped.slice(0, axis).filter((is) => !is).length);
  return {
    start: section.start.map((first, axis) =>
      dropped[axis] ? first : first + start[place[axis]!]! * step[axis]!,
    ),
    count: dropped.map((is, axis) => (is ? 1 : count[place[axis]!]!)),
    step,
    dropped,
    shape: [...count],
  };
}
