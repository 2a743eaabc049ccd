/**
 * Reads an image in bands of bounded size and cuts the bands into tiles, in the order of the tiles' rows in the table.
 */
import {
  type Arrays,
  type ArrayView,
  allocate,
  bytesPerElement,
  type DType,
  dtypeOf,
  elementCount,
} from "../array.js";
import type { TileData } from "../codec/tile.js";
import { FitsError } from "../errors.js";

/** A box of an image: along each axis, slowest first, from `start` to behind `stop - 1`. */
export type Box = readonly (readonly [start: number, stop: number])[];

/** An image that is read in boxes. */
export interface BoxSource {
  /** Type of stored values. */
  readonly dtype: DType;
  /** Slowest axis first. */
  readonly shape: readonly number[];
  /** Stored values of a box, in C order. */
  read(box: Box): Promise<ArrayView> | ArrayView;
}

export interface SourceTile {
  readonly pixels: TileData;
  /** Slowest axis first; at the edges of the image less than the usual shape. */
  readonly shape: readonly number[];
  /** Row of the tile in the table, from 0. */
  readonly row: number;
}

/** About so many bytes of pixels are read at a time, unless one tile has more. */
const bandBytes = 4 * 1024 * 1024;
/** A larger tile is refused: compression takes several copies of a tile, and readers of the file need memory, too. */
const mostTileBytes = 2 ** 30;

/** The tiles of an image in the order of their rows. Throws TOO_LARGE before anything is read for huge tiles. */
export async function* tilesOf(
  { shape, dtype, read }: BoxSource,
  tileShape: readonly number[],
): AsyncGenerator<SourceTile> {
  if (shape.length === 0 || shape.includes(0)) return;
  const band = bandShape(shape, tileShape, bytesPerElement(dtype));
  let row = 0;
  for (const start of startsOf(shape, band)) {
    const box = start.map((at, axis) => [at, Math.min(shape[axis]!, at + band[axis]!)] as const);
    const count = box.map(([from, to]) => to - from);
    const { data } = await read(box);
    if (dtypeOf(data, "the image") !== dtype || data.length !== elementCount(count)) {
      throw new FitsError("BAD_ARGUMENT", `the image gave ${data.length} other values than asked for`);
    }
    for (const at of startsOf(count, tileShape)) {
      const cut = at.map((from, axis) => Math.min(tileShape[axis]!, count[axis]! - from));
      yield { pixels: boxOf(data, count, at, cut), shape: cut, row: row++ };
    }
  }
}

/** The shape of bands: whole along the fastest axes, some tiles high along the next, one tile along the slowest. */
function bandShape(shape: readonly number[], tileShape: readonly number[], size: number): number[] {
  const tileBytes = elementCount(tileShape) * size;
  if (tileBytes > mostTileBytes) {
    throw new FitsError(
      "TOO_LARGE",
      `cannot compress: a tile has ${tileBytes} bytes, ${mostTileBytes} at most; give a smaller tile shape`,
    );
  }
  const band = [...tileShape];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const tiles = Math.max(1, Math.floor(bandBytes / (elementCount(band) * size)));
    band[axis] = Math.min(shape[axis]!, tileShape[axis]! * tiles);
    if (band[axis]! < shape[axis]!) break;
  }
  return band;
}

/** Where boxes of `step` start that cover `shape`, in C order. */
function* startsOf(shape: readonly number[], step: readonly number[]): Generator<number[]> {
  const start = shape.map(() => 0);
  for (;;) {
    yield [...start];
    let axis = shape.length - 1;
    while (axis >= 0 && (start[axis] = start[axis]! + step[axis]!) >= shape[axis]!) start[axis--] = 0;
    if (axis < 0) return;
  }
}

/** The box of `count` elements at `start` of an array in C order: a part of the array where it lies in one piece, else a copy. */
export function boxOf(
  from: TileData,
  shape: readonly number[],
  start: readonly number[],
  count: readonly number[],
): TileData {
  const last = shape.length - 1;
  const rest = count.findIndex((n) => n > 1) + 1;
  if (count.every((n, axis) => axis < rest || n === shape[axis])) {
    const at = start.reduce((place, n, axis) => place * shape[axis]! + n, 0);
    return from.subarray(at, at + elementCount(count));
  }
  const out: Arrays[DType] = allocate(dtypeOf(from, "the image"), elementCount(count));
  let to = 0;
  const walk = (axis: number, at: number): void => {
    const place = at * shape[axis]! + start[axis]!;
    if (axis === last) {
      out.set(from.subarray(place, place + count[axis]!) as never, to);
      to += count[axis]!;
      return;
    }
    for (let i = 0; i < count[axis]!; i++) walk(axis + 1, place + i);
  };
  walk(0, 0);
  return out;
}
