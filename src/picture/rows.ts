/**
 * The rows of a picture, from the top down, in blocks: of an array, or read from an image in bounded memory.
 */

import { onAbort } from "../abort.js";
import { checkImage, checkObject } from "../argument.js";
import {
  type Arrays,
  type ArrayView,
  allocate,
  type DType,
  dtypeOf,
  type NdArray,
  ndarray,
  wordsOf,
} from "../array.js";
import { FitsError } from "../errors.js";
import type { BandOptions } from "../hdu/bands.js";
import type { ImageHdu } from "../hdu/image.js";
import type { Selection } from "../image/section.js";
import type { Progress, ReadOptions } from "../read/options.js";
import { arrayPlane, type Bin, type BinOptions, binner, binOf, checkArray, type PlaneArray } from "./bin.js";
import { type Plane, planeOf } from "./plane.js";

export interface PixelOptions extends BinOptions, ReadOptions {
  /** Of an image HDU: the pixels to read and draw; `"::4,::4"` is every fourth each way. Default: all. */
  readonly section?: Selection | undefined;
  /** Of an image HDU: stored values, without BSCALE, BZERO and BLANK. Default false. */
  readonly raw?: boolean | undefined;
  /** Of an image HDU: called with the bytes, as values in memory, of each block that was read to be drawn. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/** The rows that a picture shows, bins made. */
export interface PictureRows {
  readonly width: number;
  readonly height: number;
  /**
   * All rows from the top down, whole rows in each block. A block is good until the next one is asked for. May be called
   * again.
   */
  blocks(): AsyncGenerator<Arrays[DType]>;
  /**
   * The values by which limits are found, in C order, the lowest row first. Of a picture of up to `wholePixels`, all.
   * Of a larger one those of evenly spaced rows, as many as make about so many pixels.
   */
  sample(): Promise<Arrays[DType]>;
  /** Whether `sample` gives all values. */
  readonly whole: boolean;
}

/** Pictures of up to so many pixels are held in memory. */
export const wholePixels = 4_194_304;
/** About so many pixels are read at a time; two such blocks are in memory. */
const blockPixels = 1_048_576;

/** Throws BAD_ARGUMENT for what no picture can be drawn of. */
export function checkSource(source: ImageHdu | ArrayView): void {
  if ("kind" in Object(source)) checkImage(source);
  else checkArray(source as ArrayView);
}

/** The rows of a picture. Throws as `planeAxes` and `binOf`, and what reading throws. */
export async function pictureRows(source: ImageHdu | ArrayView, options: PixelOptions): Promise<PictureRows> {
  checkSource(source);
  checkObject(options);
  if (!("kind" in source)) return arrayRows(source, options);
  const plane = planeOf(source.resolve(options.section));
  const bin = binOf(options, plane.width);
  const rows = imageRows(source, plane, bin, options);
  if (rows.width * rows.height > wholePixels) return rows;
  return arrayRows(await held(rows), {});
}

/** All values of a picture in memory, the lowest row first, bins made. Throws as `pictureRows`. */
export async function planeArray(source: ImageHdu | ArrayView, options: PixelOptions): Promise<PlaneArray> {
  checkSource(source);
  checkObject(options);
  if (!("kind" in source)) return arrayPlane(source, options);
  const plane = planeOf(source.resolve(options.section));
  const bin = binOf(options, plane.width);
  return arrayPlane(await held(imageRows(source, plane, bin, options)), {});
}

function arrayRows(array: ArrayView, options: BinOptions): PictureRows {
  const { data, width, height } = arrayPlane(array, options);
  const perBlock = Math.max(1, Math.floor(blockPixels / width));
  return {
    width,
    height,
    whole: true,
    sample: async () => data,
    async *blocks() {
      for (let stop = height; stop > 0; stop -= perBlock) {
        const start = Math.max(0, stop - perBlock);
        yield upsideDown(data.slice(start * width, stop * width), width);
      }
    },
  };
}

/** The same rows of `width` elements, the last one first; in place. */
function upsideDown(data: Arrays[DType], width: number): Arrays[DType] {
  // Rows are moved as integers: bits stay as they are.
  const words = wordsOf(data);
  const length = words.length === 0 ? 0 : (words.length / data.length) * width;
  for (let top = 0, bottom = words.length - length; top < bottom; top += length, bottom -= length) {
    const row = words.slice(top, top + length);
    words.copyWithin(top, bottom, bottom + length);
    words.set(row, bottom);
  }
  return data;
}

/** Makes listeners, one for each read, that tell `listener` how far all of them are together. */
function summed(listener: ReadOptions["onProgress"]): () => ReadOptions["onProgress"] {
  const reads: Progress[] = [];
  return () => {
    if (!listener) return undefined;
    const own = { bytes: 0, total: 0 };
    reads.push(own);
    return (progress) => {
      Object.assign(own, progress);
      const sum = (of: keyof Progress): number => reads.reduce((n, read) => n + read[of], 0);
      return listener({ bytes: sum("bytes"), total: sum("total") });
    };
  };
}

/** All rows as an array, the lowest row first. */
async function held({ width, height, blocks }: PictureRows): Promise<NdArray> {
  let all: Arrays[DType] | undefined;
  let end = width * height;
  for await (const block of blocks()) {
    all ??= allocate(dtypeOf(block, "a block"), end);
    end -= block.length;
    setValues(all, upsideDown(block, width), end);
  }
  return ndarray(all!, [height, width]);
}

function setValues(to: Arrays[DType], from: Arrays[DType], at: number): void {
  const scale = wordsOf(to).length / to.length;
  wordsOf(to).set(wordsOf(from), at * scale);
}

function imageRows(image: ImageHdu, plane: Plane, bin: Bin, options: PixelOptions): PictureRows {
  const { raw = false, signal, onRead } = options;
  const { profile, concurrency, gap, optimize } = options;
  const reading = { profile, concurrency, gap, optimize };
  const newListener = summed(options.onProgress);
  const isBinned = bin.rows * bin.columns > 1;
  const width = Math.ceil(plane.width / bin.columns);
  const height = Math.ceil(plane.height / bin.rows);
  const elementBytes = Number(/\d+$/.exec(raw ? image.rawDtype : image.dtype)![0]) / 8;
  const tileRows = plane.rowAxis === undefined ? undefined : image.tileShape?.[plane.rowAxis];
  const isEdge = edgesOf(plane, tileRows);
  const rowBytes = plane.width * elementBytes;
  const most = Math.max(1, Math.floor(blockPixels / plane.width));

  const read = async (selection: Selection, options: BandOptions): Promise<Arrays[DType]> => {
    const size = { raw, ...reading, onProgress: newListener(), ...options, bytes: Number.MAX_SAFE_INTEGER };
    for await (const { data } of image.bands(selection, size)) return data;
    throw new FitsError("BAD_ARGUMENT", "no pixels to draw: the section is empty");
  };

  return {
    width,
    height,
    whole: false,
    async *blocks() {
      const stop = new AbortController();
      const forget = onAbort(signal, () => stop.abort(signal?.reason));
      let ahead: Promise<Arrays[DType]> | undefined;
      // Two blocks are in use at a time; memory for each of many would wait for the collector.
      const memory = [0, 1].map(() => new ArrayBuffer(Math.min(most, plane.height) * rowBytes));
      let number = 0;
      const start = async (span: Span): Promise<Arrays[DType]> => {
        const own = { signal: stop.signal, memory: [memory[number++ % 2]!] };
        const data = upsideDown(await read(plane.rows(span.start, span.stop), own), plane.width);
        onRead?.(data.byteLength);
        return isBinned ? binsOf(data, span, plane.width, bin) : data;
      };
      try {
        for (const span of spansDown(plane.height, bin.rows, most, isEdge)) {
          const current = await ahead;
          ahead = start(span);
          // Its failure is told when its turn comes, or never if the caller leaves before.
          ahead.catch(() => undefined);
          if (current) yield current;
        }
        if (ahead) yield await ahead;
      } finally {
        forget();
        stop.abort();
      }
    },
    async sample() {
      const count = Math.min(height, Math.max(1, Math.floor(wholePixels / (plane.width * bin.rows))));
      if (!isBinned) {
        const every = Math.ceil(height / count);
        return read(plane.rows(Math.floor(((height - 1) % every) / 2), height, every), { signal });
      }
      const spans = Array.from({ length: count }, (_, i) => {
        const row = Math.floor(((i + 0.5) * height) / count);
        return { start: row * bin.rows, stop: Math.min(plane.height, (row + 1) * bin.rows) };
      });
      const selections = spans.map(({ start, stop }) => plane.rows(start, stop));
      const how = { ...reading, optimize: optimize ?? "bytes", onProgress: newListener(), signal };
      const arrays = await image.sections(selections, { raw, ...how });
      const all = new Float64Array(width * count);
      for (const [i, { data }] of arrays.entries())
        all.set(binsOf(data, spans[i]!, plane.width, bin), i * width);
      return all;
    },
  };
}

/** Rows of a plane, from `start` to before `stop`. */
interface Span {
  readonly start: number;
  readonly stop: number;
}

/**
 * Rows from the top down in spans of about `most`, whole bins of `unit` rows in each. Spans end at edges of tiles, where
 * there are any, so that no tile is decoded twice: at the last one within reach, or at the first one there is.
 */
export function* spansDown(
  height: number,
  unit: number,
  most: number,
  isEdge: (row: number) => boolean,
): Generator<Span> {
  for (let stop = height; stop > 0; ) {
    const reach = Math.max(0, stop - most);
    const first = Math.ceil(reach / unit) * unit;
    let start = first;
    while (start < stop && !isEdge(start)) start += unit;
    if (start >= stop) {
      start = Math.min(first, Math.floor((stop - 1) / unit) * unit);
      // Bins that end at no tile's edge: the rows of one tile may be read twice, but not those of a tall one many times.
      let edge = start;
      while (edge > 0 && !isEdge(edge)) edge--;
      if (start - edge >= most) start = Math.floor(edge / unit) * unit;
      else if (unit === 1) start = edge;
    }
    yield { start, stop };
    stop = start;
  }
}

/** Whether a row is the first of its tile, counted from below. */
function edgesOf({ firstRow, rowStep }: Plane, tileRows = 1): (row: number) => boolean {
  if (tileRows <= 1 || Math.abs(rowStep) !== 1) return () => true;
  return rowStep === 1
    ? (row) => (firstRow + row) % tileRows === 0
    : (row) => (firstRow - row + 1) % tileRows === 0;
}

/** The bins of rows that come from the top down, or of one bin's rows in any order. */
function binsOf(
  data: Arrays[DType],
  { start, stop }: Span,
  width: number,
  bin: Bin,
): Float64Array<ArrayBuffer> {
  const columns = Math.ceil(width / bin.columns);
  const bins = new Float64Array(columns * Math.ceil((stop - start) / bin.rows));
  const collect = binner(width, bin);
  for (let row = stop - 1, from = 0, to = 0; row >= start; row--, from += width) {
    collect.add(data, from);
    if (row % bin.rows > 0) continue;
    collect.take(bins, to);
    to += columns;
  }
  return bins;
}
