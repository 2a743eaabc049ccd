/**
 * Tiles to be decoded, and how they are compressed: plain data, which workers get by postMessage.
 *
 * Tiles are rows of numbers: objects for thousands of them take longer to be made, to be collected and to be sent to a
 * worker than decoding takes. The functions below alone know which number is which.
 */
import { bytesPerElement, type DType } from "../../array.js";

/** The columns that may hold a tile, in the order in which they are looked at. */
export const cellColumns = ["COMPRESSED_DATA", "GZIP_COMPRESSED_DATA", "UNCOMPRESSED_DATA"] as const;
export type CellColumn = (typeof cellColumns)[number];

/** How the pixels of all tiles are compressed: plain data, which workers get by postMessage. */
export interface TileCoding {
  /** ZCMPTYPE. */
  readonly algorithm: string;
  /** Type of the image's stored values. */
  readonly dtype: DType;
  /** ZVALs of BYTEPIX, BLOCKSIZE and SMOOTH. */
  readonly bytePix: number;
  readonly blockSize: number;
  readonly smooth: boolean;
  /**
   * Difference of the decoded integers and the stored ones. PLIO holds no negative values, so that cfitsio compresses
   * the 16-bit images of BZERO = 32768 as the unsigned values that they mean; the Standard does not say so.
   */
  readonly offset: number;
  /** Whether COMPRESSED_DATA holds integers that ZSCALE and ZZERO make floats of. */
  readonly quantized: boolean;
  /** ZQUANTIZ: 0 NO_DITHER, 1 SUBTRACTIVE_DITHER_1, 2 SUBTRACTIVE_DITHER_2. */
  readonly dither: 0 | 1 | 2;
  /** ZDITHER0. */
  readonly seed: number;
  /** Bytes that the decoding of one tile may take; default 1 GiB. */
  readonly maxTileBytes?: number | undefined;
}

/** RICE_1, also under the name that fpack writes now and then: RICE_ONE. */
export function isRice({ algorithm }: TileCoding): boolean {
  return algorithm === "RICE_1" || algorithm === "RICE_ONE";
}

const fallbackCodec = { GZIP_COMPRESSED_DATA: "GZIP_1", UNCOMPRESSED_DATA: "NOCOMPRESS" } as const;

/** The ZCMPTYPE of a column's cells. */
export function codecOf(coding: TileCoding, column: CellColumn): string {
  return column === "COMPRESSED_DATA" ? coding.algorithm : fallbackCodec[column];
}

/** The numbers of a row. */
const field = {
  /** Row of the tile in the table, from 0: what errors name, and what dithering depends on. */
  tile: 0,
  /** Which of `cellColumns` holds its bytes, and where they are among the bytes that come with the tasks. */
  column: 1,
  start: 2,
  length: 3,
  /** How many of its pixels are wanted, from the first one on: fewer than all where decoding can end early. */
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
  /** Pixels along each axis, slowest first. */
  shape: 14,
} as const;

/** Tiles of a coding: `count` rows of `width` numbers. */
export interface TileTasks {
  readonly numbers: Float64Array<ArrayBuffer>;
  readonly width: number;
  readonly count: number;
}

/** One tile, for decoders that take a tile at a time. */
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

/** The `i`-th tile as an object. */
export function taskAt(tasks: TileTasks, i: number): TileTask {
  const blank = blankAt(tasks, i);
  return {
    tile: tileAt(tasks, i),
    column: cellColumns[columnAt(tasks, i)]!,
    start: startAt(tasks, i),
    length: lengthAt(tasks, i),
    shape: shapeAt(tasks, i),
    pixels: pixelsAt(tasks, i),
    scale: scaleAt(tasks, i),
    zero: zeroAt(tasks, i),
    blank: Number.isNaN(blank) ? undefined : blank,
  };
}

/** Row of the `i`-th tile in the table. */
export function tileAt({ numbers, width }: TileTasks, i: number): number {
  return numbers[i * width + field.tile]!;
}

/** Which of `cellColumns` holds its bytes. */
export function columnAt({ numbers, width }: TileTasks, i: number): number {
  return numbers[i * width + field.column]!;
}

/** Where its bytes begin among those that come with the tasks, and how many they are. */
export function startAt({ numbers, width }: TileTasks, i: number): number {
  return numbers[i * width + field.start]!;
}

export function lengthAt({ numbers, width }: TileTasks, i: number): number {
  return numbers[i * width + field.length]!;
}

export function setStart({ numbers, width }: TileTasks, i: number, start: number): void {
  numbers[i * width + field.start] = start;
}

/** How many of its pixels are wanted. */
export function pixelsAt({ numbers, width }: TileTasks, i: number): number {
  return numbers[i * width + field.pixels]!;
}

export function setPixels({ numbers, width }: TileTasks, i: number, pixels: number): void {
  numbers[i * width + field.pixels] = pixels;
}

export function scaleAt({ numbers, width }: TileTasks, i: number): number {
  return numbers[i * width + field.scale]!;
}

export function zeroAt({ numbers, width }: TileTasks, i: number): number {
  return numbers[i * width + field.zero]!;
}

/** NaN where there is none. */
export function blankAt({ numbers, width }: TileTasks, i: number): number {
  return numbers[i * width + field.blank]!;
}

/** Its index in the grid. */
export function indexAt({ numbers, width }: TileTasks, i: number): number {
  return numbers[i * width + field.index]!;
}

/** Where its bytes are in the file. */
export function offsetAt({ numbers, width }: TileTasks, i: number): number {
  return numbers[i * width + field.offset]!;
}

/** Where its null-pixel mask is in the file; undefined where it has none. */
export function maskAt(
  { numbers, width }: TileTasks,
  i: number,
): { offset: number; length: number } | undefined {
  const length = numbers[i * width + field.maskLength]!;
  return length > 0 ? { offset: numbers[i * width + field.maskOffset]!, length } : undefined;
}

/** Whether the section takes all of its pixels. */
export function isWholeAt({ numbers, width }: TileTasks, i: number): boolean {
  return numbers[i * width + field.whole] === 1;
}

/** The place of its first pixel in the result, where they lie there as they do in the tile; else -1. */
export function placeAt({ numbers, width }: TileTasks, i: number): number {
  return numbers[i * width + field.place]!;
}

/** Pixels along each axis, slowest first. */
export function shapeAt({ numbers, width }: TileTasks, i: number): number[] {
  return [...numbers.subarray(i * width + field.shape, (i + 1) * width)];
}

/** What a section takes of a tile, as the grid has it. */
export interface TileMeasure {
  tile: number;
  index: number;
  /** Pixels of the whole tile, and how many of them from the first on hold all that is taken. */
  pixels: number;
  needed: number;
  whole: boolean;
  place: number;
  /** Slowest axis first; as many as the image has axes. */
  readonly shape: number[];
}

/** Notes what is taken of a tile. */
export function setMeasure({ numbers, width }: TileTasks, i: number, measure: TileMeasure): void {
  const row = i * width;
  numbers[row + field.tile] = measure.tile;
  numbers[row + field.index] = measure.index;
  numbers[row + field.pixels] = measure.needed;
  numbers[row + field.whole] = measure.whole ? 1 : 0;
  numbers[row + field.place] = measure.place;
  for (let axis = 0; axis < measure.shape.length; axis++)
    numbers[row + field.shape + axis] = measure.shape[axis]!;
}

/** What the row of a tile in the table says. */
export interface TileCell {
  column: number;
  /** Where the bytes are in the file. */
  offset: number;
  length: number;
  scale: number;
  zero: number;
  /** NaN where there is none. */
  blank: number;
  maskOffset: number;
  maskLength: number;
}

/** Notes where a tile's bytes are, and how they are scaled. */
export function setCell({ numbers, width }: TileTasks, i: number, cell: TileCell): void {
  const row = i * width;
  numbers[row + field.column] = cell.column;
  numbers[row + field.offset] = cell.offset;
  numbers[row + field.length] = cell.length;
  numbers[row + field.scale] = cell.scale;
  numbers[row + field.zero] = cell.zero;
  numbers[row + field.blank] = cell.blank;
  numbers[row + field.maskOffset] = cell.maskOffset;
  numbers[row + field.maskLength] = cell.maskLength;
}

/** Tasks `from` to `to`, in the same memory. */
export function someTasks({ numbers, width }: TileTasks, from: number, to: number): TileTasks {
  return { numbers: numbers.subarray(from * width, to * width), width, count: to - from };
}

/** The tasks at these places, in memory of their own. */
export function pickTasks({ numbers, width }: TileTasks, places: readonly number[]): TileTasks {
  const picked = new Float64Array(places.length * width);
  for (let i = 0; i < places.length; i++) {
    const from = places[i]! * width;
    picked.set(numbers.subarray(from, from + width), i * width);
  }
  return { numbers: picked, width, count: places.length };
}

/** The columns that their bytes are in. */
export function columnsOf(tasks: TileTasks): Set<CellColumn> {
  let seen = 0;
  for (let i = 0; i < tasks.count; i++) seen |= 1 << columnAt(tasks, i);
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
  const size = bytesPerElement(coding.dtype);
  const starts = new Float64Array(tasks.count);
  let pixels = 0;
  for (let i = 0; i < tasks.count; i++) {
    starts[i] = pixels;
    pixels += pixelsApart(pixelsAt(tasks, i), size);
  }
  return { starts, pixels };
}
