/**
 * Geometry of tiles: which of them a section touches, and which of each one's pixels go where in the result.
 */
import { type Arrays, cStrides, type DType } from "../../array.js";
import type { BlockCopy, PixelCopy } from "../copy.js";
import type { ResolvedSection } from "../section.js";
import type { TileMeasure } from "./tasks.js";

/**
 * One axis of a section: which of its pixels are taken, and how many tiles those lie in. Ascending: pixels `step` apart
 * from `lowest` on, `outStep` apart in the result.
 */
interface GridAxis {
  readonly length: number;
  readonly tileLength: number;
  /** The tile of the first of them. */
  readonly first: number;
  readonly lowest: number;
  readonly count: number;
  readonly step: number;
  readonly outStep: number;
  readonly tiles: number;
}

/** The tiles that a section touches, in the order of their rows in the table. */
export interface TileGrid {
  readonly axes: readonly GridAxis[];
  /** How many tiles. */
  readonly length: number;
  readonly tileCounts: readonly number[];
  /** Elements from one place of the result to the next, along each axis. */
  readonly stride: readonly number[];
}

/** Fits a section to the tiles. Shapes are slowest axis first. */
export function tileGrid(
  section: ResolvedSection,
  shape: readonly number[],
  tileShape: readonly number[],
): TileGrid {
  const axes = shape.map((length, axis) =>
    gridAxis(section.start[axis]!, section.count[axis]!, section.step[axis]!, length, tileShape[axis]!),
  );
  return {
    axes,
    length: axes.reduce((n, { tiles }) => n * tiles, 1),
    tileCounts: shape.map((length, axis) => Math.ceil(length / tileShape[axis]!)),
    stride: cStrides(section.count),
  };
}

function gridAxis(start: number, count: number, step: number, length: number, tileLength: number): GridAxis {
  const apart = Math.abs(step);
  const lowest = step < 0 ? start + (count - 1) * step : start;
  const first = Math.floor(lowest / tileLength);
  const touched = Math.floor((lowest + (count - 1) * apart) / tileLength) - first + 1;
  return {
    length,
    tileLength,
    first,
    lowest,
    count,
    step: apart,
    outStep: step < 0 ? -1 : 1,
    // Pixels farther apart than a tile is long lie in a tile each.
    tiles: Math.min(count, touched),
  };
}

/** Index along the axis of the `i`-th tile of those that are touched. */
function tileAlong({ first, lowest, step, tileLength }: GridAxis, i: number): number {
  return step > tileLength ? Math.floor((lowest + i * step) / tileLength) : first + i;
}

/** What a section takes of one tile along one axis: `count` pixels from `from` in the tile, to `to` on in the result. */
interface Part {
  /** Index of the tile along the axis, and its length. */
  tile: number;
  length: number;
  from: number;
  to: number;
  count: number;
}

function newPart(): Part {
  return { tile: 0, length: 0, from: 0, to: 0, count: 0 };
}

/** Notes in `part` what is taken of the `i`-th tile of those that are touched. */
function measurePart(axis: GridAxis, i: number, part: Part): void {
  const { tileLength, lowest, step, count } = axis;
  const tile = tileAlong(axis, i);
  const start = tile * tileLength;
  const single = step > tileLength;
  // Pixels taken before it, and before the next one.
  const before = i === 0 || single ? i : Math.ceil((start - lowest) / step);
  const after =
    i + 1 === axis.tiles ? count : single ? i + 1 : Math.ceil((start + tileLength - lowest) / step);
  part.tile = tile;
  part.length = Math.min(tileLength, axis.length - start);
  part.from = lowest + before * step - start;
  part.to = axis.outStep < 0 ? count - 1 - before : before;
  part.count = after - before;
}

/** What a section takes of the `i`-th tile of a grid, along each axis. */
function partsOf({ axes }: TileGrid, i: number): Part[] {
  const parts = axes.map(newPart);
  let rest = i;
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const along = axes[axis]!;
    const at = rest % along.tiles;
    rest = (rest - at) / along.tiles;
    measurePart(along, at, parts[axis]!);
  }
  return parts;
}

/** Row in the table of the `i`-th tile of a grid. */
export function gridTile({ axes, tileCounts }: TileGrid, i: number): number {
  let rest = i;
  let tile = 0;
  let rowStep = 1;
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const along = axes[axis]!;
    const at = rest % along.tiles;
    rest = (rest - at) / along.tiles;
    tile += tileAlong(along, at) * rowStep;
    rowStep *= tileCounts[axis]!;
  }
  return tile;
}

/** A function that measures what is taken of the `i`-th tile of a grid: into the same object for all of them. */
export function tileMeasure({ axes, stride, tileCounts }: TileGrid): (i: number) => TileMeasure {
  const part = newPart();
  const measure: TileMeasure = {
    tile: 0,
    index: 0,
    pixels: 0,
    needed: 0,
    whole: false,
    place: 0,
    shape: axes.map(() => 0),
  };
  return (i) => {
    let rest = i;
    let tile = 0;
    let rowStep = 1;
    let pixels = 1;
    let last = 0;
    let whole = true;
    // Pixels of the result lie as those of the tile do if each axis begins where the ones before it end.
    let inOrder = true;
    let taken = 1;
    let place = 0;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const along = axes[axis]!;
      const at = rest % along.tiles;
      rest = (rest - at) / along.tiles;
      measurePart(along, at, part);
      const { length, from, to, count } = part;
      measure.shape[axis] = length;
      tile += part.tile * rowStep;
      rowStep *= tileCounts[axis]!;
      last += (from + (count - 1) * along.step) * pixels;
      pixels *= length;
      if (count !== length) whole = false;
      if (along.outStep < 0 || (count > 1 && stride[axis] !== taken)) inOrder = false;
      taken *= count;
      place += to * stride[axis]!;
    }
    measure.tile = tile;
    measure.index = i;
    measure.pixels = pixels;
    measure.needed = last + 1;
    measure.whole = whole;
    measure.place = whole && inOrder ? place : -1;
    return measure;
  };
}

/** How many pixels of the `i`-th tile, from its first on, hold all that a section takes of it. */
export function pixelsNeeded(grid: TileGrid, i: number): number {
  let last = 0;
  partsOf(grid, i).forEach(({ from, count, length }, axis) => {
    last = last * length + from + (count - 1) * grid.axes[axis]!.step;
  });
  return last + 1;
}

function isUpright({ step, outStep }: GridAxis): boolean {
  return step === 1 && outStep === 1;
}

/** Whether no more than one row of a tile is taken. */
function isRow(parts: readonly Part[]): boolean {
  for (let axis = parts.length - 2; axis >= 0; axis--) if (parts[axis]!.count !== 1) return false;
  return true;
}

/** What `copyTile` does, for tiles that are rows: there are thousands of them. */
function copyRow(
  grid: TileGrid,
  parts: readonly Part[],
  data: Arrays[DType],
  start: number,
  out: Arrays[DType],
  copy: PixelCopy,
): void {
  let from = 0;
  let to = 0;
  for (let axis = 0; axis < parts.length; axis++) {
    const part = parts[axis]!;
    from = from * part.length + part.from;
    to += part.to * grid.stride[axis]!;
  }
  const last = parts.length - 1;
  const { step, outStep } = grid.axes[last]!;
  copy(data, start + from, step, out, to, outStep * grid.stride[last]!, parts[last]!.count);
}

/** Copies what the section takes of its `i`-th tile, whose pixels are `data` from `start` on, into the result `out`. */
export function copyTile(
  grid: TileGrid,
  i: number,
  data: Arrays[DType],
  start: number,
  out: Arrays[DType],
  copy: PixelCopy,
  block?: BlockCopy,
): void {
  const parts = partsOf(grid, i);
  const last = parts.length - 1;
  if (isRow(parts)) {
    copyRow(grid, parts, data, start, out, copy);
    return;
  }
  const inBlocks = block && last > 0 && isUpright(grid.axes[last]!) && isUpright(grid.axes[last - 1]!);
  const tileStride = cStrides(parts.map(({ length }) => length));
  const walk = (axis: number, from: number, to: number): void => {
    const part = parts[axis]!;
    const { step, outStep } = grid.axes[axis]!;
    let f = from + part.from * tileStride[axis]!;
    let t = to + part.to * grid.stride[axis]!;
    const fromStep = step * tileStride[axis]!;
    const toStep = outStep * grid.stride[axis]!;
    if (inBlocks && axis === last - 1) {
      const { from: x, to: outX, count } = parts[last]!;
      if (block(data, f + x, fromStep, out, t + outX, toStep, count, part.count)) return;
    }
    if (axis === last) {
      copy(data, f, fromStep, out, t, toStep, part.count);
      return;
    }
    for (let i = 0; i < part.count; i++) {
      walk(axis + 1, f, t);
      f += fromStep;
      t += toStep;
    }
  };
  walk(0, start, 0);
}
