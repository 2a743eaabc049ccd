/**
 * Copying decoded pixels into an array of physical ones.
 */
import { type Arrays, bytesPerElement, type DType, wordsOf } from "../array.js";
import { flipSigns, isUnscaled, type Scaling } from "./scale.js";
import { type PixelCopy, scaledCopy } from "./scaled.js";

/**
 * How stored values get into an array of `dtype`, which is what `physicalDtype` says of `scaling`, or float64. Stored
 * values themselves are had with `unscaled` and `rawDtype`.
 */
export function pixelCopy(rawDtype: DType, dtype: DType, scaling: Scaling): PixelCopy {
  if (dtype === rawDtype && isUnscaled(scaling)) return copyWords;
  if (dtype === "float64") return scaledCopy(scaling);
  return (from, fromStart, fromStep, to, toStart, toStep, count) => {
    copyWords(from, fromStart, fromStep, to, toStart, toStep, count);
    flipSigns(to, toStart, toStep, count);
  };
}

/** Types are the same, or differ in the sign only: the bits of pixels are moved as they are, NaN payloads included. */
const copyWords: PixelCopy = (from, fromStart, fromStep, to, toStart, toStep, count) => {
  if (fromStep === 1 && toStep === 1) {
    to.set(from.subarray(fromStart, fromStart + count) as never, toStart);
    return;
  }
  const words = wordsOf(from);
  const out = wordsOf(to);
  const per = words.length / from.length || 1;
  for (let word = 0; word < per; word++) {
    let f = fromStart * per + word;
    let t = toStart * per + word;
    for (let i = 0; i < count; i++) {
      out[t] = words[f]!;
      f += fromStep * per;
      t += toStep * per;
    }
  }
};

/**
 * Copies a block of `height` rows of `width` pixels, rows `fromRow` and `toRow` pixels apart: made physical on the way.
 * Answers false, and does nothing, where its place does not suit.
 */
export type BlockCopy = (
  from: Arrays[DType],
  fromStart: number,
  fromRow: number,
  to: Arrays[DType],
  toStart: number,
  toRow: number,
  width: number,
  height: number,
) => boolean;

/** What the highest bit of each pixel is turned by, in words of 32 bits, for the unsigned conventions. */
const signs: Readonly<Record<number, number>> = { 1: 0x80808080 | 0, 2: 0x80008000 | 0, 4: 0x80000000 | 0 };

/** Shorter rows are copied faster word by word than a row at a time. */
const longestRow = 2048;

/**
 * The same as `pixelCopy`, for blocks, where pixels are not scaled: a tile's rows are so short that going about each
 * takes longer than copying it. Words of 32 bits are moved, as integers, so that no NaN is touched.
 */
export function blockCopy(rawDtype: DType, dtype: DType, scaling: Scaling): BlockCopy | undefined {
  const plain = dtype === rawDtype && isUnscaled(scaling);
  const size = bytesPerElement(dtype);
  if (!plain && (dtype === "float64" || dtype === "float32" || size === 8)) return undefined;
  const sign = plain ? 0 : signs[size]!;
  return (from, fromStart, fromRow, to, toStart, toRow, width, height) => {
    const places = (fromStart | fromRow | toStart | toRow | width) * size;
    if ((places | from.byteOffset | to.byteOffset) & 3 || width * size > longestRow) return false;
    const words = new Int32Array(from.buffer, from.byteOffset, Math.floor(from.byteLength / 4));
    const out = new Int32Array(to.buffer, to.byteOffset, Math.floor(to.byteLength / 4));
    const count = (width * size) / 4;
    let f = (fromStart * size) / 4;
    let t = (toStart * size) / 4;
    for (let y = 0; y < height; y++) {
      copyRow(words, f, out, t, count, sign);
      f += (fromRow * size) / 4;
      t += (toRow * size) / 4;
    }
    return true;
  };
}

function copyRow(
  words: Int32Array,
  from: number,
  out: Int32Array,
  to: number,
  count: number,
  sign: number,
): void {
  let f = from;
  let t = to;
  const end = to + (count & ~3);
  for (; t < end; t += 4, f += 4) {
    out[t] = words[f]! ^ sign;
    out[t + 1] = words[f + 1]! ^ sign;
    out[t + 2] = words[f + 2]! ^ sign;
    out[t + 3] = words[f + 3]! ^ sign;
  }
  for (; t < to + count; t++, f++) out[t] = words[f]! ^ sign;
}
