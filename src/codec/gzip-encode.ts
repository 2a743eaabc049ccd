/**
 * GZIP_1, GZIP_2 and NOCOMPRESS the other way: elements to big-endian bytes, shuffled or not, gzipped or not.
 */
import { loadGzip } from "#platform";
import { bigEndianToNative, bytesOf } from "../array.js";
import type { TileData } from "./codec.js";
import type { TileEncoder } from "./encoder.js";

/** The encoder of GZIP_1. */
export async function loadGzip1Encoder(): Promise<TileEncoder> {
  const { gzip } = await loadGzip();
  return (data) => gzip(encodeRaw(data));
}

/** The encoder of GZIP_2: first the highest byte of every element, then the second, and so on. */
export async function loadGzip2Encoder(): Promise<TileEncoder> {
  const { gzip } = await loadGzip();
  return (data) => gzip(shuffle(encodeRaw(data), data.BYTES_PER_ELEMENT));
}

/** The elements as big-endian bytes. */
export function encodeRaw(data: TileData): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(data).slice();
  // Swapping is its own inverse.
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
