/**
 * Encodes GZIP_1, GZIP_2 and NOCOMPRESS tiles: elements to big-endian bytes, shuffled or not, gzipped or not.
 */
import { gzip } from "#gzip";
import { bigEndianToNative, bytesOf } from "../array.js";
import type { TileData } from "./tile.js";

/** Encodes a GZIP_1 tile. See `TileEncoder`. */
export function encodeGzip1(data: TileData): Uint8Array | Promise<Uint8Array> {
  return gzip(encodeRaw(data));
}

/** Encodes a GZIP_2 tile: the highest byte of every element first, then the second, and so on. See `TileEncoder`. */
export function encodeGzip2(data: TileData): Uint8Array | Promise<Uint8Array> {
  return gzip(shuffle(encodeRaw(data), data.BYTES_PER_ELEMENT));
}

/** The elements as big-endian bytes. See `TileEncoder`. */
export function encodeRaw(data: TileData): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(data).slice();
  // A second swap of the bytes undoes the first: native to big-endian is the same as the other way.
  bigEndianToNative(bytes, data.BYTES_PER_ELEMENT as 1 | 2 | 4 | 8);
  return bytes;
}

function shuffle(bytes: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  if (width === 1) return bytes;
  const shuffled = new Uint8Array(bytes.length);
  let to = 0;
  for (let plane = 0; plane < width; plane++) {
    for (let from = plane; from < bytes.length; from += width) shuffled[to++] = bytes[from]!;
  }
  return shuffled;
}
