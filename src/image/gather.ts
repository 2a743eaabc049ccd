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
  viewAs,
  wordsOf,
} from "../array.js";
import { scaledCopy } from "./copy.js";
import type { Axis } from "./runs.js";
import { flipSigns, type Scaling } from "./scale.js";

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

/** Values are decoded in blocks of this many, which stay in the processor's cache until they are scaled. */
const lineBlock = 8192;

/** Shared by all reads: nothing is kept in the block while other code runs. */
let loaded: Uint8Array<ArrayBuffer> | undefined;

/** Decodes lines of `rawDtype` elements, which `stored` decodes as they are, to float64 by `scaling`. */
export function scaledLine(rawDtype: DType, scaling: Scaling, stored: Line): Line {
  const size = bytesPerElement(rawDtype);
  const copy = scaledCopy(scaling);
  return (view, bytes, from, { count, stride, out: step }, out, at) => {
    loaded ??= new Uint8Array(8 * lineBlock);
    const block = viewAs(loaded.subarray(0, lineBlock * size), rawDtype);
    for (let done = 0; done < count; done += lineBlock) {
      const n = Math.min(lineBlock, count - done);
      stored(view, bytes, from + done * stride, { count: n, stride, out: 1 }, block, 0);
      copy(block, 0, 1, out, at + done * step, step, n);
    }
  };
}
