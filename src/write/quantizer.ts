/**
 * Floats to integers in steps of a fraction of the noise: the counterpart of quantize.ts, for the writer.
 *
 * FITS Standard 4.0, section 10.2; R. White and P. Greenfield 1999; W. Pence, R. White and R. Seaman 2010; cfitsio's
 * `fits_quantize_float` and `fits_quantize_double`, with whose integers, scales and zeros ours agree.
 */
import { type Arrays, elementCount } from "../array.js";
import {
  type Dither,
  ditherSequence,
  ditherStart,
  ditherWrap,
  NULL_LEVEL,
  ZERO_LEVEL,
} from "../image/tiles/quantize.js";
import { bestNoise, measureNoise, range } from "./noise.js";

/** How a tile is to be quantized. */
export interface QuantizeOptions {
  /** Pixels along each axis of the tile, slowest first. */
  readonly shape: readonly number[];
  /** The step: positive, so many to a sigma of the noise; 0, four to a sigma; negative, that very number. */
  readonly level: number;
  readonly dither: Dither;
  /** ZDITHER0, 1 to 10000. Of no meaning without dithering. */
  readonly seed: number;
  /** The tile's row in the table, from 0. */
  readonly row: number;
}

/** A tile as integers: value = level * scale + zero, give or take the dithering. */
export interface Quantized {
  readonly levels: Arrays["int32"];
  readonly scale: number;
  readonly zero: number;
  /** Whether NULL_LEVEL occurs. */
  readonly hasNull: boolean;
}

/** Levels next to NULL_LEVEL that are kept for special use. */
const RESERVED = 10;
const MAX_LEVEL = 2147483647;

/**
 * Quantizes a tile; NaN and infinities become NULL_LEVEL. Undefined when it cannot be done: no noise to measure the
 * step by, or more levels than 32 bits hold. Such a tile is then written as floats, losslessly under gzip.
 */
export function quantize(
  values: Arrays["float32"] | Arrays["float64"],
  options: QuantizeOptions,
): Quantized | undefined {
  const count = values.length;
  if (count <= 1) return undefined;
  const floats = withoutInfinities(values);
  const single = floats instanceof Float32Array;
  const measured = measure(floats, options);
  if (measured === undefined) return undefined;
  const { step, min, max, good } = measured;
  const extent = single ? Math.fround(max - min) : max - min;
  if (extent / step > 2 * MAX_LEVEL - RESERVED) return undefined;
  let zero: number;
  if (good < count || options.dither === 2) {
    zero = min - step * (NULL_LEVEL + RESERVED);
  } else if (extent / step < MAX_LEVEL - RESERVED) {
    // A multiple of the step, so that compressing a decompressed tile again finds the same levels.
    zero = Math.trunc(min / step + 0.5) * step + 0; // an integer has no -0
  } else {
    zero = (single ? Math.fround(min + max) : min + max) / 2;
  }
  const levels = new Int32Array(count);
  if (options.dither === 0) scale(floats, levels, step, zero);
  else ditherInto(floats, levels, step, zero, options);
  if (good < count) for (let i = 0; i < count; i++) if (Number.isNaN(floats[i]!)) levels[i] = NULL_LEVEL;
  return { levels, scale: step, zero, hasNull: good < count };
}

/** The size of a step and the range of the values; undefined where the noise is 0. */
function measure(
  floats: Float32Array | Float64Array,
  { shape, level }: QuantizeOptions,
): { step: number; min: number; max: number; good: number } | undefined {
  // cfitsio takes the level as a 32-bit float.
  const wanted = Math.fround(level);
  if (wanted < 0) return withStep(-wanted, range(floats));
  const columns = rowLength(shape);
  const noise = measureNoise(floats, elementCount(shape) / columns, columns);
  const sigma = noise.good === 0 ? 1 : bestNoise(noise);
  return sigma === 0 ? undefined : withStep(sigma / (wanted || 4), noise);
}

/** The length of a row in the sense of cfitsio: of the fastest axis longer than 1. */
function rowLength(shape: readonly number[]): number {
  return shape.findLast((length) => length > 1) ?? 1;
}

/** A tile of nulls gets an arbitrary range, so that its ZZERO is a number. */
function withStep(
  step: number,
  { good, min, max }: { good: number; min: number; max: number },
): { step: number; min: number; max: number; good: number } {
  return good === 0 ? { step, min: 0, max: 1, good } : { step, min, max, good };
}

/**
 * The scale that HCOMPRESS is to digitize a tile with, as fpack's -s asks for it: positive, in units of the noise of
 * the integers to be compressed (nulls among them count as what they are, as in fpack); negative, that very number;
 * 0 for none.
 */
export function hcompressScale(
  levels: Int32Array | Int16Array | Uint8Array,
  shape: readonly number[],
  requested: number,
): number {
  const wanted = Math.fround(requested);
  if (wanted <= 0) return Math.trunc(0.5 - wanted);
  const columns = shape.at(-1) ?? 1;
  const noise = measureNoise(levels, elementCount(shape) / Math.max(1, columns), columns);
  return Math.trunc(Math.fround(wanted * bestNoise(noise)) + 0.5);
}

type Floats = Float32Array | Float64Array;

/** The values, with NaN where they are infinite: cfitsio takes either for undefined. */
function withoutInfinities(values: Floats): Floats {
  let copy: Floats | undefined;
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]!) === Number.POSITIVE_INFINITY) (copy ??= values.slice())[i] = Number.NaN;
  }
  return copy ?? values;
}

/** To the nearest integer, halves away from zero. */
function nearest(value: number): number {
  return Math.trunc(value >= 0 ? value + 0.5 : value - 0.5);
}

function scale(floats: Floats, levels: Int32Array, step: number, zero: number): void {
  for (let i = 0; i < floats.length; i++) levels[i] = nearest((floats[i]! - zero) / step);
}

function ditherInto(
  floats: Floats,
  levels: Int32Array,
  step: number,
  zero: number,
  { dither, seed, row }: QuantizeOptions,
): void {
  const random = ditherSequence();
  let place = ditherStart(row, seed);
  let next = place.next;
  for (let i = 0; i < floats.length; i++) {
    const value = floats[i]!;
    levels[i] =
      dither === 2 && value === 0 ? ZERO_LEVEL : nearest((value - zero) / step + random[next]! - 0.5);
    next++;
    if (next < random.length) continue;
    place = ditherWrap(place);
    next = place.next;
  }
}
