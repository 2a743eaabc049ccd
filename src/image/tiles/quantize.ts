/**
 * Quantized floats: integers back to floats, with the dithering undone.
 *
 * FITS Standard 4.0, section 10.2 and appendix I; W. Pence, R. White and R. Seaman 2010 (PASP 122, 1065); cfitsio's
 * `unquantize_i4r4`, to whose last bit the results agree.
 */
import type { Arrays } from "../../array.js";

/** ZQUANTIZ: 0 is NO_DITHER, 1 SUBTRACTIVE_DITHER_1, 2 SUBTRACTIVE_DITHER_2. */
export type Dither = 0 | 1 | 2;

/** The integer that stands for NaN in tiles that fitslice and cfitsio quantize (their ZBLANK). */
export const NULL_LEVEL = -2147483647;

/**
 * The integer that stands for exactly 0 under SUBTRACTIVE_DITHER_2. The Standard's text (4.0, section 10.2.2) says
 * -2147483647, which is the null of these files; cfitsio, and so every file there is, has -2147483646.
 */
export const ZERO_LEVEL = -2147483646;

/** How a tile was quantized. */
export interface Quantization {
  readonly scale: number;
  readonly zero: number;
  readonly dither: Dither;
  /** ZDITHER0, 1 to 10000. Of no meaning without dithering. */
  readonly seed: number;
  /** The tile's row in the table, from 0. */
  readonly row: number;
  /** ZBLANK: the integer that stands for NaN; without one there is none. */
  readonly blank?: number | undefined;
}

/** Length of the sequence of random numbers. */
const RANDOM_COUNT = 10000;

let randoms: Float64Array | undefined;

/** The Standard's random numbers in [0, 1): Park and Miller's generator, rounded to 32 bits as cfitsio keeps them. */
export function ditherSequence(): Float64Array {
  if (randoms) return randoms;
  randoms = new Float64Array(RANDOM_COUNT);
  let seed = 1;
  for (let i = 0; i < RANDOM_COUNT; i++) {
    seed = (seed * 16807) % 2147483647;
    randoms[i] = Math.fround(seed / 2147483647);
  }
  return randoms;
}

/**
 * Where in the sequence a tile's numbers come from. A tile starts at a place that another random number chooses, and
 * at the end of the sequence goes on at a place that the next one chooses: not at its beginning.
 */
export interface DitherPlace {
  /** Which number chose the place. */
  readonly chooser: number;
  /** The place. */
  readonly next: number;
}

/** The place of a tile's first pixel. */
export function ditherStart(row: number, seed: number): DitherPlace {
  return placeBy((((row + seed - 1) % RANDOM_COUNT) + RANDOM_COUNT) % RANDOM_COUNT);
}

/** The place after the end of the sequence. */
export function ditherWrap(place: DitherPlace): DitherPlace {
  return placeBy((place.chooser + 1) % RANDOM_COUNT);
}

function placeBy(chooser: number): DitherPlace {
  return { chooser, next: Math.floor(ditherSequence()[chooser]! * 500) };
}

/**
 * Fills `floats` with the values of the tile whose integers are `levels`, as many: (level - random + 0.5) * scale +
 * zero in doubles, then rounded to the array's type; NaN for `blank`.
 */
export function dequantize(
  levels: Arrays["int32"],
  floats: Arrays["float32"] | Arrays["float64"],
  quantization: Quantization,
): void {
  const { dither, blank } = quantization;
  const least =
    dither === 0 ? undoScale(levels, floats, quantization) : undoDither(levels, floats, quantization);
  if (dither === 2 && least <= ZERO_LEVEL) replace(levels, floats, ZERO_LEVEL, 0);
  if (blank !== undefined && least <= blank) replace(levels, floats, blank, Number.NaN);
}

type Floats = Float32Array | Float64Array;

/** Answers with the least level, or 0: most tiles have none of the special ones, which are lower than all others. */
function undoScale(levels: Int32Array, floats: Floats, { scale, zero }: Quantization): number {
  let least = 0;
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i]!;
    least = Math.min(least, level);
    floats[i] = level * scale + zero;
  }
  return least;
}

/** Likewise. */
function undoDither(levels: Int32Array, floats: Floats, quantization: Quantization): number {
  const random = ditherSequence();
  let place = ditherStart(quantization.row, quantization.seed);
  let least = 0;
  for (let start = 0; start < levels.length; ) {
    const stop = Math.min(levels.length, start + RANDOM_COUNT - place.next);
    const run = { start, stop, shift: place.next - start };
    least = Math.min(least, undoRun(levels, floats, random, run, quantization));
    start = stop;
    place = ditherWrap(place);
  }
  return least;
}

/** From `start` to `stop`, with the random numbers from `start + shift` on. Four at a time: twice as fast. */
function undoRun(
  levels: Int32Array,
  floats: Floats,
  random: Float64Array,
  { start, stop, shift }: { start: number; stop: number; shift: number },
  { scale, zero }: Quantization,
): number {
  let least = 0;
  let i = start;
  for (let at = start + shift; i + 3 < stop; i += 4, at += 4) {
    const a = levels[i]!;
    const b = levels[i + 1]!;
    const c = levels[i + 2]!;
    const d = levels[i + 3]!;
    least = Math.min(least, a, b, c, d);
    floats[i] = (a - random[at]! + 0.5) * scale + zero;
    floats[i + 1] = (b - random[at + 1]! + 0.5) * scale + zero;
    floats[i + 2] = (c - random[at + 2]! + 0.5) * scale + zero;
    floats[i + 3] = (d - random[at + 3]! + 0.5) * scale + zero;
  }
  for (; i < stop; i++) {
    const level = levels[i]!;
    least = Math.min(least, level);
    floats[i] = (level - random[i + shift]! + 0.5) * scale + zero;
  }
  return least;
}

function replace(levels: Int32Array, floats: Floats, level: number, value: number): void {
  for (let i = 0; i < levels.length; i++) if (levels[i] === level) floats[i] = value;
}
