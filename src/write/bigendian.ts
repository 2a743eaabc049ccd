/**
 * Typed arrays as FITS's big-endian bytes, in copies: the caller's arrays are never written to.
 */
import { type Arrays, bigEndianToNative, bytesOf, bytesPerElement, type DType } from "../array.js";

/** Any typed array that FITS can hold. */
export type AnyArray = Arrays[DType];

/**
 * FITS has unsigned bytes and signed integers only. Its other integers are stored with their range moved by half
 * (Standard 5.2.5 and table 19), which BZERO or TZERO then says: this is that number, undefined for other types.
 */
export function offsetOf(dtype: DType): number | bigint | undefined {
  if (dtype === "int8") return -128;
  if (dtype === "uint16") return 32768;
  if (dtype === "uint32") return 2147483648;
  if (dtype === "uint64") return 9223372036854775808n;
  return undefined;
}

/** Elements `start` to `stop` as stored in FITS: big-endian, offset types moved to the range of their stored type. */
export function toBigEndian(
  array: AnyArray,
  dtype: DType,
  start: number,
  stop: number,
): Uint8Array<ArrayBuffer> {
  const size = bytesPerElement(dtype);
  // Not array.slice: on a Node Buffer that would be a view, not a copy.
  const bytes = new Uint8Array(bytesOf(array).subarray(start * size, stop * size));
  bigEndianToNative(bytes, size);
  if (offsetOf(dtype) !== undefined) flipSigns(bytes, size);
  return bytes;
}

/** Flips the highest bit of big-endian elements, a word at a time: that moves their range by half. */
function flipSigns(bytes: Uint8Array<ArrayBuffer>, size: 1 | 2 | 4 | 8): void {
  const mask = new Uint8Array(8);
  for (let i = 0; i < 8; i += size) mask[i] = 0x80;
  const [even, odd] = new Uint32Array(mask.buffer) as unknown as [number, number];
  const words = new Uint32Array(bytes.buffer, 0, bytes.length >> 2);
  for (let i = 0; i + 1 < words.length; i += 2) {
    words[i]! ^= even;
    words[i + 1]! ^= odd;
  }
  for (let i = bytes.length - (bytes.length % 8); i < bytes.length; i++) bytes[i]! ^= mask[i & 7]!;
}
