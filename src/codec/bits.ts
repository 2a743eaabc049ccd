/**
 * A compressed stream as 32-bit words. Decoders take bits by position: two loads and three shifts for any 32 bits, and
 * no state between two calls.
 */
import { FitsError } from "../errors.js";

/** Positions of bits are 32-bit integers. */
const MOST = 0x0fffffff;

/** Zero words after the stream, so that the last bits are read without a check. */
const MARGIN = 4;

/** Used again for the next tile: a decoder keeps no words when it returns. */
let words = new Int32Array(0);

/** The bytes as big-endian words in the host's order, with zeros behind; valid until the next call. */
export function loadWords(bytes: Uint8Array): Int32Array {
  if (bytes.length > MOST) {
    throw new FitsError("TOO_LARGE", `a compressed tile of ${bytes.length} bytes; ${MOST} can be decoded`);
  }
  const count = (bytes.length + 3) >> 2;
  if (words.length < count + MARGIN) words = new Int32Array(count + (count >> 2) + MARGIN);
  const whole = bytes.length >> 2;
  let at = 0;
  for (let i = 0; i < whole; i++, at += 4) {
    words[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  if (whole < count) {
    // A read beyond the end would have V8 compile all this again.
    let last = 0;
    for (let shift = 24; at < bytes.length; at++, shift -= 8) last |= bytes[at]! << shift;
    words[whole] = last;
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
