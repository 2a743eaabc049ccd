/**
 * Decodes NOCOMPRESS and UNCOMPRESSED_DATA tiles: the elements as they are, big-endian.
 */
import {
  type Arrays,
  bigEndianToNative,
  bytesOf,
  bytesPerElement,
  type DType,
  elementCount,
  viewAs,
} from "../array.js";
import { FitsError } from "../errors.js";
import { convertInto } from "./convert.js";
import { type TileData, type TileParams, tileArray } from "./tile.js";
import { unshuffle } from "./unshuffle.js";

/** Decodes a tile that was not compressed. See `TileDecoder`. */
export function decodeRaw(bytes: Uint8Array, params: TileParams, into?: TileData): TileData {
  return fromBigEndian(bytes, { shuffled: false, own: false }, params, into);
}

const integers: Readonly<Record<number, DType>> = { 1: "uint8", 2: "int16", 4: "int32", 8: "int64" };

/**
 * The elements of the big-endian `bytes` of a whole tile, or the first of these elements. The number of bytes tells how
 * wide integers are, not ZBITPIX: cfitsio stores 16-bit images in 4 bytes under GZIP_1. `shuffled` bytes are those of
 * GZIP_2; bytes that are the caller's `own` may be overwritten.
 */
export function fromBigEndian(
  bytes: Uint8Array,
  { shuffled, own }: { readonly shuffled: boolean; readonly own: boolean },
  params: TileParams,
  into?: TileData,
): TileData {
  const { dtype, shape, tilePixels } = params;
  const pixels = elementCount(shape);
  const all = tilePixels ?? pixels;
  const width = all === 0 ? bytesPerElement(dtype) : bytes.length / all;
  if (pixels < all && Number.isInteger(width)) {
    const first = shuffled ? firstOfPlanes(bytes, all, pixels) : bytes.subarray(0, pixels * width);
    return fromBigEndian(first, { shuffled, own: own || shuffled }, { ...params, tilePixels: pixels }, into);
  }
  if (width === bytesPerElement(dtype)) {
    const out = tileArray(params, into);
    place(bytes, shuffled, out);
    return out;
  }
  const held = integers[width];
  if (!held || dtype.startsWith("float")) {
    throw new FitsError("BAD_DATA", `${bytes.length} bytes for the tile's ${all} elements of ${dtype}`);
  }
  let values: Arrays[DType];
  if (own && !shuffled && bytes.byteOffset % width === 0) {
    const memory = bytes as Uint8Array<ArrayBuffer>;
    bigEndianToNative(memory, width as 1 | 2 | 4 | 8);
    values = viewAs(memory, held);
  } else {
    values = tileArray({ ...params, dtype: held }, undefined);
    place(bytes, shuffled, values);
  }
  return convertInto(values, tileArray(params, into), dtype);
}

/** The first `pixels` bytes of each plane of `all` bytes. */
function firstOfPlanes(bytes: Uint8Array, all: number, pixels: number): Uint8Array<ArrayBuffer> {
  const planes = bytes.length / all;
  const first = new Uint8Array(planes * pixels);
  for (let plane = 0; plane < planes; plane++) {
    first.set(bytes.subarray(plane * all, plane * all + pixels), plane * pixels);
  }
  return first;
}

function place(bytes: Uint8Array, shuffled: boolean, out: Arrays[DType]): void {
  const target = bytesOf(out);
  const width = out.BYTES_PER_ELEMENT as 1 | 2 | 4 | 8;
  if (shuffled) {
    unshuffle(bytes, target, width);
  } else {
    target.set(bytes);
    bigEndianToNative(target, width);
  }
}
