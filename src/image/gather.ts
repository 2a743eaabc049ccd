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
import type { Axis } from "./runs.js";
import { flipSigns, type PixelCopy } from "./scale.js";

/** Values are decoded in blocks of this many, which stay in the processor's cache until they are scaled. */
const blockLength = 8192;
/** Below this many elements one loop is faster than copying and swapping them as a block. */
const worthSwapping = 16;

/**
 * Decodes the elements of `axes` (outermost first, at least one) out of `bytes`, of which the first element is at byte 0, into
 * `out` from element `at` on. Never writes to `bytes`.
 */
export type Gather = (bytes: Uint8Array, axes: readonly Axis[], out: Arrays[DType], at: number) => void;

/**
 * A decoder of `rawDtype` elements. Those of the result are the same, or have their signs flipped (`flip`), or are what
 * `copy` makes of them.
 */
export function gatherer(rawDtype: DType, flip = false, copy?: PixelCopy): Gather {
  const size = bytesPerElement(rawDtype);

  function line(
    view: DataView,
    bytes: Uint8Array,
    from: number,
    { count, stride, out: step }: Axis,
    out: Arrays[DType],
    at: number,
  ): void {
    if (!copy) {
      load(view, bytes, from, stride, count, size, out, at, step);
      if (flip) flipSigns(out, at, step, count);
      return;
    }
    const block = scratchOf(rawDtype);
    for (let done = 0; done < count; done += blockLength) {
      const n = Math.min(blockLength, count - done);
      load(view, bytes, from + done * stride, stride, n, size, block, 0, 1);
      copy(block, 0, 1, out, at + done * step, step, n);
    }
  }

  return (bytes, axes, out, at) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const last = axes.length - 1;
    const walk = (k: number, from: number, to: number): void => {
      const axis = axes[k]!;
      if (k >= last) {
        line(view, bytes, from, axis, out, to);
        return;
      }
      for (let i = 0; i < axis.count; i++) walk(k + 1, from + i * axis.stride, to + i * axis.out);
    };
    walk(0, 0, at);
  };
}

/** Shared by all reads: nothing is kept in it while other code runs. */
let scratch: Uint8Array<ArrayBuffer> | undefined;

function scratchOf(dtype: DType): Arrays[DType] {
  scratch ??= new Uint8Array(8 * blockLength);
  return viewAs(scratch.subarray(0, blockLength * bytesPerElement(dtype)), dtype);
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
