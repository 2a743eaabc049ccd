/**
 * Geometry of tiles: which of them a section touches, and which of each one's pixels go where in the result.
 */
import { type Arrays, cStrides, type DType } from "../array.js";
import type { BlockCopy } from "./pixel-copy.js";
import type { PixelCopy } from "./scaled.js";
import type { ResolvedSection } from "./section.js";

/** What a section takes of one tile along one axis: `count` pixels from `from` in the tile, to `to` on in the result. */
interface Part {
  /** Index of the tile along the axis, and its length. */
  readonly tile: number;
  readonly length: number;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** One axis of a section: the tiles it touches, ascending; pixels `step` apart in the tile, `outStep` in the result. */
interface GridAxis {
  readonly parts: readonly Part[];
  readonly step: number;
  readonly outStep: number;
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
    length: axes.reduce((n, { parts }) => n * parts.length, 1),
    tileCounts: shape.map((length, axis) => Math.ceil(length / tileShape[axis]!)),
    stride: cStrides(section.count),
  };
}

function gridAxis(start: number, count: number, step: number, length: number, tileLength: number): GridAxis {
  const apart = Math.abs(step);
  const outStep = step < 0 ? -1 : 1;
  const lowest = step < 0 ? start + (count - 1) * step : start;
  const parts: Part[] = [];
  for (let done = 0; done < count; ) {
    const at = lowest + done * apart;
    const tile = Math.floor(at / tileLength);
    const end = Math.min((tile + 1) * tileLength, length);
    const taken = Math.min(count - done, Math.ceil((end - at) / apart));
    parts.push({
      tile,
      length: end - tile * tileLength,
      from: at - tile * tileLength,
      to: step < 0 ? count - 1 - done : done,
      count: taken,
    });
    done += taken;
  }
  return { parts, step: apart, outStep };
}

/** What a section takes of one tile. */
export interface TilePart {
  /** Row of the tile in the table. */
  readonly tile: number;
  /** Per axis, slowest first. */
  readonly parts: readonly Part[];
}

/** The i-th tile of a grid. */
export function gridTile(grid: TileGrid, i: number): TilePart {
  const parts = new Array<Part>(grid.axes.length);
  let rest = i;
  let tile = 0;
  let rowStep = 1;
  for (let axis = grid.axes.length - 1; axis >= 0; axis--) {
    const choices = grid.axes[axis]!.parts;
    const at = rest % choices.length;
    rest = (rest - at) / choices.length;
    parts[axis] = choices[at]!;
    tile += choices[at]!.tile * rowStep;
    rowStep *= grid.tileCounts[axis]!;
  }
  return { tile, parts };
}

/** Whether a section takes all pixels of a tile. */
export function isWhole({ parts }: TilePart): boolean {
  for (let axis = 0; axis < parts.length; axis++) {
    if (parts[axis]!.count !== parts[axis]!.length) return false;
  }
  return true;
}

/** How many pixels of a tile, from its first on, hold all that a section takes of it. */
export function pixelsNeeded(grid: TileGrid, { parts }: TilePart): number {
  let last = 0;
  for (let axis = 0; axis < parts.length; axis++) {
    const { from, count, length } = parts[axis]!;
    last = last * length + from + (count - 1) * grid.axes[axis]!.step;
  }
  return last + 1;
}

/**
 * Where a tile's pixels lie in the result, if they lie there side by side in the tile's own order: the place of its
 * first one; else -1. Then the tile can be decoded straight into the result.
 */
export function placeInResult(grid: TileGrid, part: TilePart): number {
  if (!isWhole(part)) return -1;
  let at = 0;
  let stride = 1;
  for (let axis = grid.axes.length - 1; axis >= 0; axis--) {
    const { count, to } = part.parts[axis]!;
    if (grid.axes[axis]!.outStep < 0 || (count > 1 && grid.stride[axis] !== stride)) return -1;
    stride *= count;
    at += to * grid.stride[axis]!;
  }
  return at;
}

/** The elements of the result that a tile's pixels lie among: from the first one to behind the last. */
export function spanInResult({ axes, stride }: TileGrid, { parts }: TilePart): { from: number; to: number } {
  let from = 0;
  let last = 0;
  for (let axis = 0; axis < parts.length; axis++) {
    const { count, to } = parts[axis]!;
    const ends = [to, to + (count - 1) * axes[axis]!.outStep] as const;
    from += Math.min(...ends) * stride[axis]!;
    last += Math.max(...ends) * stride[axis]!;
  }
  return { from, to: last + 1 };
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

/** Copies what the section takes of a tile, whose pixels are `data` from `start` on, into the result `out`. */
export function copyTile(
  grid: TileGrid,
  { parts }: TilePart,
  data: Arrays[DType],
  start: number,
  out: Arrays[DType],
  copy: PixelCopy,
  block?: BlockCopy,
): void {
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
