/**
 * RICE_1: differences of neighboring integers in blocks, each block with its own Golomb-Rice code.
 *
 * FITS Standard 4.0, section 10.4.1; R. Rice, P. Yeh and W. Miller 1993 (AIAA 93-4541); cfitsio's `fits_rdecomp`.
 * A stream holds the first value in full, then for each block a code number and the block's differences from the
 * value before, folded so that small magnitudes of either sign are small numbers.
 */
import { elementCount } from "../array.js";
import { FitsError } from "../errors.js";
import { bitsAt, loadWords } from "./bits.js";
import { convertInto } from "./convert.js";
import { type TileData, type TileParams, tileArray } from "./tile.js";

/** How a stream of 1-, 2- or 4-byte integers is coded: bits of a code number, bits of a value, the highest code. */
interface Width {
  readonly dtype: "uint8" | "int16" | "int32";
  readonly codeBits: number;
  readonly valueBits: number;
  readonly rawCode: number;
}

const widths: Readonly<Record<number, Width>> = {
  1: { dtype: "uint8", codeBits: 3, valueBits: 8, rawCode: 7 },
  2: { dtype: "int16", codeBits: 4, valueBits: 16, rawCode: 15 },
  4: { dtype: "int32", codeBits: 5, valueBits: 32, rawCode: 26 },
};

/** The coding of a BYTEPIX, for decoder and encoder. Throws FitsError UNSUPPORTED. */
export function riceWidth(bytePix: number): Width {
  const width = widths[bytePix];
  if (!width) {
    throw new FitsError(
      "UNSUPPORTED",
      `BYTEPIX ${bytePix}: RICE_1 is defined for integers of 1, 2 and 4 bytes`,
    );
  }
  return width;
}

/** BLOCKSIZE, checked. */
export function riceBlockSize(blockSize: number): number {
  if (!Number.isInteger(blockSize) || blockSize < 1) {
    throw new FitsError("UNSUPPORTED", `BLOCKSIZE ${blockSize}: RICE_1 needs a positive number of pixels`);
  }
  return blockSize;
}

/** Decodes a RICE_1 tile; `dtype` is an integer type. See `TileDecoder`. */
export function decodeRice(bytes: Uint8Array, params: TileParams, into?: TileData): TileData {
  const width = riceWidth(params.bytePix ?? 4);
  const blockSize = riceBlockSize(params.blockSize ?? 32);
  const pixels = elementCount(params.shape);
  if (pixels === 0) return tileArray(params, into);
  checkLength(bytes.length, pixels, blockSize, width);
  if (params.dtype === width.dtype) {
    const out = tileArray(params, into);
    decodeBlocks(bytes, out as Int32Array, blockSize, width);
    return out;
  }
  const out = tileArray({ ...params, dtype: width.dtype }, undefined);
  decodeBlocks(bytes, out as Int32Array, blockSize, width);
  return convertInto(out, tileArray(params, into), params.dtype);
}

/** Refuses a stream too short for the code numbers of its blocks, before memory is allocated for the pixels. */
function checkLength(
  length: number,
  pixels: number,
  blockSize: number,
  { codeBits, valueBits }: Width,
): void {
  const bits = valueBits + Math.ceil(pixels / blockSize) * codeBits;
  if (length * 8 < bits) throw tooShort(length, pixels);
}

function tooShort(length: number, pixels: number): FitsError {
  return new FitsError("BAD_DATA", `the stream of ${length} bytes ends before its ${pixels} pixels do`);
}

/**
 * `out` is of the width's own type, whose stores wrap: sums may overflow 16 or 8 bits, as they do in the encoder.
 */
function decodeBlocks(bytes: Uint8Array, out: Int32Array, blockSize: number, width: Width): void {
  const { codeBits, valueBits, rawCode } = width;
  const source = loadWords(bytes);
  const pixels = out.length;
  const end = bytes.length * 8;
  let value = source[0]! >> (32 - valueBits);
  let at = valueBits;
  for (let start = 0; start < pixels; start += blockSize) {
    const stop = Math.min(start + blockSize, pixels);
    if (at + codeBits > end) throw tooShort(bytes.length, pixels);
    const code = bitsAt(source, at) >>> (32 - codeBits);
    at += codeBits;
    if (code === 0) {
      out.fill(value, start, stop);
      continue;
    }
    if (code === rawCode) {
      if (at + (stop - start) * valueBits > end) throw tooShort(bytes.length, pixels);
      for (let i = start; i < stop; i++) {
        const folded = bitsAt(source, at) >>> (32 - valueBits);
        at += valueBits;
        value = (value + ((folded >>> 1) ^ -(folded & 1))) | 0;
        out[i] = value;
      }
      continue;
    }
    if (code > rawCode) {
      throw new FitsError("BAD_DATA", `code ${code} before pixel ${start}; the highest is ${rawCode}`);
    }
    // A difference is `run` zeros, a one, and `low` bits. Two differences that lie within 32 bits, as nearly all do, are
    // taken from one load: most of the time goes into finding the next place in the stream.
    const low = code - 1;
    const shift = 31 - low;
    let i = start;
    while (i < stop) {
      const window = bitsAt(source, at);
      const zeros = Math.clz32(window);
      // Garbage where the shift exceeds 31 bits or the second difference is cut off: then `both` is more than 32.
      const second = window << (zeros + code);
      const secondZeros = Math.clz32(second);
      const both = zeros + secondZeros + 2 * code;
      if (both <= 32 && i + 1 < stop) {
        // The bit 1 is kept above the low bits: it adds the one that is subtracted from the run.
        const folded = ((zeros - 1) << low) + ((window << zeros) >>> shift);
        const secondFolded = ((secondZeros - 1) << low) + ((second << secondZeros) >>> shift);
        value = (value + ((folded >>> 1) ^ -(folded & 1))) | 0;
        out[i] = value;
        value = (value + ((secondFolded >>> 1) ^ -(secondFolded & 1))) | 0;
        out[i + 1] = value;
        at += both;
        i += 2;
        continue;
      }
      let run = zeros;
      if (zeros === 32) {
        run = zeroRun(source, at, end);
        if (at + run >= end) throw tooShort(bytes.length, pixels);
      }
      at += run + 1;
      // A shift in two steps, since `low` may be 0.
      const folded = (run << low) | ((bitsAt(source, at) >>> 1) >>> shift);
      at += low;
      value = (value + ((folded >>> 1) ^ -(folded & 1))) | 0;
      out[i++] = value;
    }
    // Behind the end are zeros or words of another tile: at most one block of wrong pixels, refused here.
    if (at > end) throw tooShort(bytes.length, pixels);
  }
}

/** Length of the run of zero bits at `at`, at most to `end`. */
function zeroRun(source: Int32Array, at: number, end: number): number {
  let run = 0;
  while (at + run < end) {
    const zeros = Math.clz32(bitsAt(source, at + run));
    run += zeros;
    if (zeros < 32) break;
  }
  return run;
}
