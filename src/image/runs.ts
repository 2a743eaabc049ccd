/**
 * Geometry of a strided read: where the elements of a box lie in the file, in how few byte ranges they can be read,
 * and where each range's elements go in the result. Knows nothing of pixel types or of I/O.
 */
import type { ByteRange } from "../source/source.js";
import type { ResolvedSection } from "./section.js";

/** One axis of a box: `count` places, `stride` bytes apart in the file and `out` elements apart in the result. */
export interface Axis {
  readonly count: number;
  readonly stride: number;
  readonly out: number;
}

/**
 * Elements of `size` bytes to be read: outermost axis first, strides positive, each axis's stride no shorter than
 * what the axes inside it reach over. `out` steps may be negative.
 */
export interface Box {
  /** Byte of the first element in the file, and its place in the result. */
  readonly offset: number;
  readonly at: number;
  readonly size: number;
  readonly axes: readonly Axis[];
}

/** One byte range and what lies in it. */
export interface Run extends ByteRange {
  /** Places of the outermost axis that lies within ranges. */
  readonly count: number;
  /** Place in the result of the first element. */
  readonly at: number;
}

/** The ranges of a box. */
export interface Runs {
  /** How many ranges there are. */
  readonly length: number;
  /** The i-th range, in file order. */
  run(i: number): Run;
  /** The axes of what lies in a range, at least one. */
  axesOf(run: Run): Axis[];
  /** Whether elements lie in the ranges side by side, in the order of the result. */
  readonly contiguous: boolean;
}

/** Gaps of up to this many bytes are always read through: no request anywhere is as cheap. */
const gapReadThrough = 4096;
/** Ranges are at most this long (unless one element is longer), so that work can start as they land. */
const longestRun = 4 * 1024 * 1024;

/** The box of a section of an array in C order whose first element is at `dataOffset`. */
export function sectionBox(
  section: ResolvedSection,
  shape: readonly number[],
  size: number,
  dataOffset: number,
): Box {
  let offset = dataOffset;
  let at = 0;
  let bytes = size;
  let elements = 1;
  const axes: Axis[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const count = section.count[axis]!;
    const step = section.step[axis]!;
    const backwards = step < 0;
    const lowest = section.start[axis]! + (backwards ? (count - 1) * step : 0);
    offset += lowest * bytes;
    if (backwards) at += (count - 1) * elements;
    if (count > 1)
      axes.unshift({ count, stride: Math.abs(step) * bytes, out: backwards ? -elements : elements });
    bytes *= shape[axis]!;
    elements *= count;
  }
  return { offset, at, size, axes };
}

/** Axes that continue each other, in the file and in the result, become one. */
function mergeAxes(axes: readonly Axis[]): Axis[] {
  const merged: Axis[] = [];
  for (const axis of axes) {
    const outer = merged.at(-1);
    if (outer && outer.stride === axis.stride * axis.count && outer.out === axis.out * axis.count) {
      merged[merged.length - 1] = { ...axis, count: outer.count * axis.count };
    } else {
      merged.push(axis);
    }
  }
  return merged;
}

/** Byte after the last element of the box. */
export function boxEnd(box: Box): number {
  return box.offset + reach(box.size, box.axes);
}

/** Bytes from the first to the end of the last element of `axes`. */
function reach(size: number, axes: readonly Axis[]): number {
  return axes.reduce((bytes, { count, stride }) => bytes + (count - 1) * stride, size);
}

/** Chooses the ranges for a box: short gaps are read through, long runs cut. The box must not be empty. */
export function planRuns(box: Box): Runs {
  const { size } = box;
  // The innermost axis is one of elements side by side, if only of one.
  const axes = mergeAxes(box.axes);
  if (axes.at(-1)?.stride !== size) axes.push({ count: 1, stride: size, out: 1 });
  let inner = axes.length - 1;
  while (inner > 0 && axes[inner - 1]!.stride - reach(size, axes.slice(inner)) <= gapReadThrough) inner--;
  while (inner < axes.length - 1 && reach(size, axes.slice(inner + 1)) > longestRun) inner++;
  const cut = axes[inner]!;
  const outer = axes.slice(0, inner).toReversed();
  const within = axes.slice(inner + 1);
  const item = reach(size, within);
  const perRun = Math.max(1, Math.min(cut.count, Math.floor((longestRun - item) / cut.stride) + 1));
  const pieces = Math.ceil(cut.count / perRun);
  return {
    contiguous: within.length === 0 && cut.stride === size && cut.out === 1,
    axesOf: ({ count }) => [{ ...cut, count }, ...within],
    length: outer.reduce((n, axis) => n * axis.count, pieces),
    run(i) {
      const first = (i % pieces) * perRun;
      const count = Math.min(perRun, cut.count - first);
      let offset = box.offset + first * cut.stride;
      let at = box.at + first * cut.out;
      let rest = Math.floor(i / pieces);
      for (const axis of outer) {
        const index = rest % axis.count;
        offset += index * axis.stride;
        at += index * axis.out;
        rest = (rest - index) / axis.count;
      }
      return { offset, length: (count - 1) * cut.stride + item, count, at };
    },
  };
}
