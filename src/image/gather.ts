/**
 * Decoding a range of big-endian elements, strided or not, into its places in the result.
 */
import {
  type Arrays,
  bigEndianToNative,
  bytesOf,
  bytesPerElement,
  type DType,
  highWord,
  wordsOf,
} from "../array.js";
import type { Axis } from "./runs.js";
import { flipSigns } from "./scale.js";

/** Below this many elements one loop is faster than copying and swapping them as a block. */
const worthSwapping = 16;

/**
 * Decodes the elements of one axis out of `bytes` (over which `view` lies), the first at `from`, into `out` from element
 * `at` on. Never writes to `bytes`.
 */
export type Line = (
  view: DataView,
  bytes: Uint8Array,
  from: number,
  axis: Axis,
  out: Arrays[DType],
  at: number,
) => void;

/** Decodes the elements of `axes` (outermost first, at least one), of which the first is at byte 0 of `bytes`. */
export function gather(
  bytes: Uint8Array,
  axes: readonly Axis[],
  out: Arrays[DType],
  at: number,
  line: Line,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const walk = (k: number, from: number, to: number): void => {
    const axis = axes[k]!;
    if (k >= axes.length - 1) line(view, bytes, from, axis, out, to);
    else for (let i = 0; i < axis.count; i++) walk(k + 1, from + i * axis.stride, to + i * axis.out);
  };
  walk(0, 0, at);
}

/** Stored values as they are, or with their signs flipped. */
export function storedLine(rawDtype: DType, flip: boolean): Line {
  const size = bytesPerElement(rawDtype);
  return (view, bytes, from, { count, stride, out: step }, out, at) => {
    load(view, bytes, from, stride, count, size, out, at, step);
    if (flip) flipSigns(out, at, step, count);
  };
}

/** Loads `count` elements, `stride` bytes apart, bit by bit, in native order. */
function load(
  view: DataView,
  bytes: Uint8Array,
  from: number,
  stride: number,
  count: number,
  size: 1 | 2 | 4 | 8,
  out: Arrays[DType],
  at: number,
  step: number,
): void {
  if (stride === size && step === 1 && count >= worthSwapping) {
    const target = bytesOf(out, at, count);
    target.set(bytes.subarray(from, from + count * size));
    bigEndianToNative(target, size);
    return;
  }
  const words = wordsOf(out);
  if (size < 8) loadWords(view, from, stride, count, size, words, at, step);
  else {
    loadWords(view, from, stride, count, 4, words, 2 * at + highWord, 2 * step);
    loadWords(view, from + 4, stride, count, 4, words, 2 * at + 1 - highWord, 2 * step);
  }
}

function loadWords(
  view: DataView,
  from: number,
  stride: number,
  count: number,
  size: number,
  to: Uint8Array | Uint16Array | Uint32Array,
  at: number,
  step: number,
): void {
  for (let i = 0; i < count; i++) {
    const p = from + i * stride;
    to[at + i * step] = size === 4 ? view.getUint32(p) : size === 2 ? view.getUint16(p) : view.getUint8(p);
  }
}
