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
} from "../array.js";
import { FitsError } from "../errors.js";
import { type TileData, type TileParams, tileArray } from "./codec.js";
import { convertInto } from "./convert.js";

/** Decodes a tile that was not compressed. See `TileDecoder`. */
export function decodeRaw(bytes: Uint8Array, params: TileParams, into?: TileData): TileData {
  return fromBigEndian(bytes, false, params, into);
}

const integers: Readonly<Record<number, DType>> = { 1: "uint8", 2: "int16", 4: "int32", 8: "int64" };

/**
 * The elements of big-endian `bytes`. Integers are as wide as the bytes are for the tile's elements, whatever
 * ZBITPIX says: cfitsio stores 16-bit images in 4 bytes under GZIP_1. `shuffled` bytes are GZIP_2's.
 */
export function fromBigEndian(
  bytes: Uint8Array,
  shuffled: boolean,
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
  const values = tileArray({ dtype: held, shape }, undefined);
  place(bytes, shuffled, values);
  return convertInto(values, tileArray(params, into), dtype);
}

function place(bytes: Uint8Array, shuffled: boolean, out: Arrays[DType]): void {
  const target = bytesOf(out);
  if (shuffled && out instanceof Int16Array) unshuffle16(bytes, out);
  else if (shuffled && out.BYTES_PER_ELEMENT === 4)
    unshuffle32(bytes, new Int32Array(out.buffer, out.byteOffset, out.length));
  else {
    if (shuffled && out.BYTES_PER_ELEMENT === 8) unshuffle64(bytes, target);
    else target.set(bytes);
    bigEndianToNative(target, out.BYTES_PER_ELEMENT as 1 | 2 | 4 | 8);
  }
}

// Shuffled bytes: first the highest of every element, then the second, and so on (FITS Standard 4.0, 10.4.2).

function unshuffle16(bytes: Uint8Array, out: Int16Array): void {
  const n = out.length;
  for (let i = 0; i < n; i++) out[i] = (bytes[i]! << 8) | bytes[n + i]!;
}

function unshuffle32(bytes: Uint8Array, out: Int32Array): void {
  const n = out.length;
  for (let i = 0; i < n; i++) {
    out[i] = (bytes[i]! << 24) | (bytes[n + i]! << 16) | (bytes[2 * n + i]! << 8) | bytes[3 * n + i]!;
  }
}

/** Still big-endian: the elements may be bigints, whose making costs more than a swap. */
function unshuffle64(bytes: Uint8Array, target: Uint8Array): void {
  const n = target.length / 8;
  for (let plane = 0; plane < 8; plane++) {
    const from = plane * n;
    for (let i = 0, at = plane; i < n; i++, at += 8) target[at] = bytes[from + i]!;
  }
}
