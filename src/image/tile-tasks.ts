/**
 * Tiles to be decoded, as rows of numbers: objects for thousands of them take longer to be made, to be collected and to
 * be sent to a worker than decoding takes.
 */
import { bytesPerElement } from "../array.js";
import { type CellColumn, cellColumns, type TileCoding } from "./tile-coding.js";

/** What the numbers of a row are. */
export const field = {
  /** Row of the tile in the table, from 0: what errors name, and what dithering depends on. */
  tile: 0,
  /** Which of `cellColumns` its bytes are in, and where they are among those that come with the tasks. */
  column: 1,
  start: 2,
  length: 3,
  /** How many of its pixels are wanted, from the first one on: of RICE maybe fewer than all. */
  pixels: 4,
  scale: 5,
  zero: 6,
  /** NaN where there is none. */
  blank: 7,
  /** Its index in the grid. */
  index: 8,
  /** Where its bytes are in the file. */
  offset: 9,
  /** Its null-pixel mask in the file; no length where it has none. */
  maskOffset: 10,
  maskLength: 11,
  /** 1 where the section takes all of its pixels. */
  whole: 12,
  /** The place of its first pixel in the result, where they lie there as they do in the tile; else -1. */
  place: 13,
  /** The elements of the result that its pixels lie among: from the first one to behind the last. */
  from: 14,
  to: 15,
  /** Pixels along each axis, slowest first. */
  shape: 16,
} as const;

/** Tiles of a coding: `count` rows of `width` numbers. */
export interface TileTasks {
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly width: number;
  readonly count: number;
}

/** One of them, as what decodes single tiles takes it. */
export interface TileTask {
  readonly tile: number;
  readonly column: CellColumn;
  readonly start: number;
  readonly length: number;
  readonly shape: readonly number[];
  readonly pixels: number;
  readonly scale: number;
  readonly zero: number;
  readonly blank?: number | undefined;
}

/** Room for `count` tiles of images of so many axes. */
export function newTasks(count: number, axes: number): TileTasks {
  const width = field.shape + axes;
  return { numbers: new Float64Array(count * width), width, count };
}

export function taskAt({ numbers, width }: TileTasks, i: number): TileTask {
  const row = numbers.subarray(i * width, (i + 1) * width);
  const blank = row[field.blank]!;
  return {
    tile: row[field.tile]!,
    column: cellColumns[row[field.column]!]!,
    start: row[field.start]!,
    length: row[field.length]!,
    shape: shapeAt(row),
    pixels: row[field.pixels]!,
    scale: row[field.scale]!,
    zero: row[field.zero]!,
    blank: Number.isNaN(blank) ? undefined : blank,
  };
}

/** Pixels along each axis, slowest first, of the tile of a row. */
export function shapeAt(row: Float64Array): number[] {
  return [...row.subarray(field.shape)];
}

/** Tasks `from` to `to`, in the same memory. */
export function someTasks({ numbers, width }: TileTasks, from: number, to: number): TileTasks {
  return { numbers: numbers.subarray(from * width, to * width), width, count: to - from };
}

/** Those at these places, in memory of their own. */
export function pickTasks({ numbers, width }: TileTasks, places: readonly number[]): TileTasks {
  const picked = new Float64Array(places.length * width);
  for (let i = 0; i < places.length; i++) {
    const from = places[i]! * width;
    picked.set(numbers.subarray(from, from + width), i * width);
  }
  return { numbers: picked, width, count: places.length };
}

/** The columns that their bytes are in. */
export function columnsOf({ numbers, width, count }: TileTasks): Set<CellColumn> {
  let seen = 0;
  for (let i = 0, at: number = field.column; i < count; i++, at += width) seen |= 1 << numbers[at]!;
  return new Set(cellColumns.filter((_, i) => seen & (1 << i)));
}

/** Tiles to be decoded together. */
export interface TileJob {
  readonly coding: TileCoding;
  readonly tasks: TileTasks;
  readonly bytes: Uint8Array;
}

/**
 * How many pixels of `size` bytes lie from the first one of a decoded tile to that of the next: tiles that are decoded
 * together begin at multiples of 16 bytes.
 */
export function pixelsApart(pixels: number, size: number): number {
  return (Math.ceil((pixels * size) / 16) * 16) / size;
}

/** Where each tile of a job begins in its pixels, and how many there are in all. */
export function jobLayout({ coding, tasks }: Pick<TileJob, "coding" | "tasks">): {
  starts: Float64Array;
  pixels: number;
} {
  const { numbers, width, count } = tasks;
  const size = bytesPerElement(coding.dtype);
  const starts = new Float64Array(count);
  let pixels = 0;
  for (let i = 0, row = 0; i < count; i++, row += width) {
    starts[i] = pixels;
    pixels += pixelsApart(numbers[row + field.pixels]!, size);
  }
  return { starts, pixels };
}
