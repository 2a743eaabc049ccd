/**
 * Stored values made physical by BSCALE, BZERO and BLANK, as float64 (FITS Standard 4.4.2.5). Loaded when an image has
 * such keywords.
 */
import { type Arrays, bytesPerElement, type DType, highWord, viewAs } from "../array.js";
import type { Line } from "./gather.js";
import type { Scaling } from "./scale.js";

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

/** Values are decoded in blocks of this many, which stay in the processor's cache until they are scaled. */
const lineBlock = 8192;

/** Shared by all reads, too. */
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
