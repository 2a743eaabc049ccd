/**
 * NOCOMPRESS and UNCOMPRESSED_DATA: the tile's elements as they are, big-endian.
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
import { type TileData, type TileParams, tileArray } from "./codec.js";
import { convertInto } from "./convert.js";
import { unshuffle } from "./unshuffle.js";

/** Decodes a tile that was not compressed. See `TileDecoder`. */
export function decodeRaw(bytes: Uint8Array, params: TileParams, into?: TileData): TileData {
  return fromBigEndian(bytes, { shuffled: false, own: false }, params, into);
}

const integers: Readonly<Record<number, DType>> = { 1: "uint8", 2: "int16", 4: "int32", 8: "int64" };

/**
 * The elements of big-endian `bytes`. Integers are as wide as the bytes are for the tile's elements, whatever
 * ZBITPIX says: cfitsio stores 16-bit images in 4 bytes under GZIP_1. `shuffled` bytes are GZIP_2's; bytes of one's
 * `own` may be overwritten.
 */
export function fromBigEndian(
  bytes: Uint8Array,
  { shuffled, own }: { readonly shuffled: boolean; readonly own: boolean },
  params: TileParams,
  into?: TileData,
): TileData {
  const { dtype, shape } = params;
  const pixels = elementCount(shape);
  const width = pixels === 0 ? bytesPerElement(dtype) : bytes.length / pixels;
  if (width === bytesPerElement(dtype)) {
    const out = tileArray(params, into);
    place(bytes, shuffled, out);
    return out;
  }
  const held = integers[width];
  if (!held || dtype.startsWith("float")) {
    throw new FitsError("BAD_DATA", `${bytes.length} bytes for the tile's ${pixels} elements of ${dtype}`);
  }
  let values: Arrays[DType];
  if (own && !shuffled && bytes.byteOffset % width === 0) {
    const memory = bytes as Uint8Array<ArrayBuffer>;
    bigEndianToNative(memory, width as 1 | 2 | 4 | 8);
    values = viewAs(memory, held);
  } else {
    values = tileArray({ dtype: held, shape }, undefined);
    place(bytes, shuffled, values);
  }
  return convertInto(values, tileArray(params, into), dtype);
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
