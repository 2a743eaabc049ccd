/**
 * GZIP_2's bytes in their order again: the stream has first the highest byte of every element, then the second, and
 * so on (FITS Standard 4.0, section 10.4.2).
 */
import { littleEndianHost } from "../array.js";

/** Puts the big-endian planes of `bytes` into `target`, as long, as elements of `width` bytes in the host's order. */
export function unshuffle(bytes: Uint8Array, target: Uint8Array, width: 1 | 2 | 4 | 8): void {
  const count = bytes.length / width;
  if (width === 1) target.set(bytes);
  else if (littleEndianHost && ((count | bytes.byteOffset | target.byteOffset) & 3) === 0) {
    const planes = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    const out = new Int32Array(target.buffer, target.byteOffset, target.length >> 2);
    if (width === 2) weave(planes, out);
    else if (width === 4) transpose(planes, count >> 2, 0, out, 0, 1);
    else {
      transpose(planes, count >> 2, 0, out, 1, 2);
      transpose(planes, count >> 2, 4, out, 0, 2);
    }
  } else scatter(bytes, target, width, count);
}

/** Byte by byte. */
function scatter(bytes: Uint8Array, target: Uint8Array, width: number, count: number): void {
  for (let plane = 0; plane < width; plane++) {
    const from = plane * count;
    let to = littleEndianHost ? width - 1 - plane : plane;
    for (let i = 0; i < count; i++, to += width) target[to] = bytes[from + i]!;
  }
}

/** Four 16-bit elements at a time, from a word of high and a word of low bytes. */
function weave(planes: Int32Array, out: Int32Array): void {
  const words = planes.length >> 1;
  for (let k = 0, to = 0; k < words; k++, to += 2) {
    const high = planes[k]!;
    const low = planes[words + k]!;
    out[to] = (low & 0xff) | ((high & 0xff) << 8) | ((low & 0xff00) << 8) | ((high & 0xff00) << 16);
    out[to + 1] =
      ((low >>> 16) & 0xff) | ((high >>> 8) & 0xff00) | ((low >>> 8) & 0xff0000) | (high & 0xff000000);
  }
}

/** Four words at a time, from a word of each of four planes of `words` words, to every `stride`th word of `out`. */
function transpose(
  planes: Int32Array,
  words: number,
  firstPlane: number,
  out: Int32Array,
  first: number,
  stride: number,
): void {
  const at = firstPlane * words;
  for (let k = 0, to = first; k < words; k++, to += 4 * stride) {
    const a = planes[at + k]!;
    const b = planes[at + words + k]!;
    const c = planes[at + 2 * words + k]!;
    const d = planes[at + 3 * words + k]!;
    out[to] = (a << 24) | ((b & 0xff) << 16) | ((c & 0xff) << 8) | (d & 0xff);
    out[to + stride] = ((a & 0xff00) << 16) | ((b & 0xff00) << 8) | (c & 0xff00) | ((d >>> 8) & 0xff);
    out[to + 2 * stride] =
      ((a & 0xff0000) << 8) | (b & 0xff0000) | ((c >>> 8) & 0xff00) | ((d >>> 16) & 0xff);
    out[to + 3 * stride] = (a & 0xff000000) | ((b >>> 8) & 0xff0000) | ((c >>> 16) & 0xff00) | (d >>> 24);
  }
}
