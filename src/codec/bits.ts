/**
 * A compressed stream as 32-bit words, from which decoders take bits by position: two loads and three shifts for any
 * 32 bits, with no state to keep between them.
 */
import { FitsError } from "../errors.js";

/** Zero words after the stream, so that the last bits are read without a check. */
const MARGIN = 4;

/** Kept from tile to tile: a decoder is done with it before the next tile comes. */
let words = new Int32Array(0);

/** The bytes as big-endian words in the host's order, with zeros behind; valid until the next call. */
export function loadWords(bytes: Uint8Array): Int32Array {
  if (bytes.length > 0x10000000)
    throw new FitsError("TOO_LARGE", `a compressed tile of ${bytes.length} bytes`);
  const count = (bytes.length + 3) >> 2;
  if (words.length < count + MARGIN) words = new Int32Array(count + (count >> 2) + MARGIN);
  const whole = bytes.length >> 2;
  let at = 0;
  for (let i = 0; i < whole; i++, at += 4) {
    words[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  if (whole < count) {
    words[whole] = (bytes[at]! << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8);
  }
  words.fill(0, count, count + MARGIN);
  return words;
}

/** The 32 bits that start at bit `at`. A shift by 32 would be one by 0 in JavaScript, hence the two steps. */
export function bitsAt(source: Int32Array, at: number): number {
  const i = at >>> 5;
  const shift = at & 31;
  return (source[i]! << shift) | ((source[i + 1]! >>> 1) >>> (31 - shift));
}
