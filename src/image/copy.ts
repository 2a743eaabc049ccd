/**
 * Copying stored values into an array of physical ones: by BSCALE, BZERO and BLANK (FITS Standard 4.4.2.5), or as they
 * are.
 */
import { type Arrays, bytesPerElement, type DType, highWord, wordsOf } from "../array.js";
import { flipSigns, isUnscaled, type Scaling } from "./scale.js";

/**
 * Copies `count` stored values (native order) from `from[fromStart + i * fromStep]` to `to[toStart + i * toStep]`,
 * made physical on the way. Bit patterns of unscaled floats survive, NaN payloads included.
 */
export type PixelCopy = (
  from: Arrays[DType],
  fromStart: number,
  fromStep: number,
  to: Arrays[DType],
  toStart: number,
  toStep: number,
  count: number,
) => void;

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

/** Masks of 32 bits that flip the highest bit of each pixel, for the unsigned conventions. */
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

/** Values are widened a block at a time, so that one loop serves all types and stays in the processor's cache. */
const blockLength = 4096;

/** Shared by all reads: nothing is kept in it while other code runs. */
let scratch: Float64Array | undefined;

/** Copies made float64 by `scaling`. */
export function scaledCopy({ bscale, bzero, blank }: Scaling): PixelCopy {
  return (from, fromStart, fromStep, to, toStart, toStep, count) => {
    const out = to as Arrays["float64"];
    const isLong = from instanceof BigInt64Array;
    const blankNumber = isLong || blank === undefined ? Number.NaN : Number(blank);
    const block = (scratch ??= new Float64Array(blockLength));
    let t = toStart;
    for (let done = 0; done < count; done += blockLength) {
      const n = Math.min(blockLength, count - done);
      const f = fromStart + done * fromStep;
      if (isLong) widen(from, f, fromStep, n, block, blank);
      else if (fromStep === 1) block.set((from as Arrays["int32"]).subarray(f, f + n));
      else for (let i = 0; i < n; i++) block[i] = from[f + i * fromStep] as number;
      for (let i = 0; i < n; i++) {
        const value = block[i]!;
        out[t] = value === blankNumber ? Number.NaN : value * bscale + bzero;
        t += toStep;
      }
    }
  };
}

/** 64-bit integers as the nearest doubles, without a bigint for each; those equal to `blank` as NaN. */
function widen(
  from: BigInt64Array,
  start: number,
  step: number,
  count: number,
  to: Float64Array,
  blank: bigint | undefined,
): void {
  const words = new Int32Array(from.buffer, from.byteOffset, from.length * 2);
  const blankHigh = blank === undefined ? Number.NaN : Number(blank >> 32n);
  const blankLow = blank === undefined ? Number.NaN : Number(blank & 0xffffffffn);
  for (let i = 0; i < count; i++) {
    const at = 2 * (start + i * step);
    const high = words[at + highWord]!;
    const low = words[at + 1 - highWord]! >>> 0;
    // Both terms are exact, so that their sum is the nearest double, as Number(bigint) is.
    to[i] = high === blankHigh && low === blankLow ? Number.NaN : high * 0x1_0000_0000 + low;
  }
}
