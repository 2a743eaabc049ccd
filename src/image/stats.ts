/**
 * Statistics of pixels in one pass, for arrays that come in parts.
 */
import { type Arrays, type DType, littleEndianHost } from "../array.js";

/** What `stats` answers with. All but the counts are those of the finite values; NaN where there is none. */
export interface Statistics {
  /** Of the section, slowest axis first. */
  shape: number[];
  dtype: DType;
  /** Finite values. */
  count: number;
  nan: number;
  /** Values of plus or minus infinity. */
  infinite: number;
  /** A bigint for 64-bit integers, else a number. */
  min: number | bigint;
  max: number | bigint;
  mean: number;
  /** Standard deviation of the values themselves (divided by `count`, as numpy's `std`). */
  std: number;
}

/** Takes pixels as they come. */
export interface StatisticsPass {
  add(data: Arrays[DType]): void;
  finish(shape: readonly number[]): Statistics;
}

/** Values are widened to float64 this many at a time: one loop serves all types, and 32 KiB stay in the first cache. */
const blockLength = 4096;

/** Squares of larger values are beyond float64, and so may be their difference to others. */
const mostShifted = 1e150;

/** Sums of one block, of values less a shift. */
interface Sums {
  sum: number;
  squares: number;
  min: number;
  max: number;
}

/**
 * A pass over values of `dtype`. Sums are taken over blocks of 4096 values, shifted by the mean so far, and joined by
 * the update of Chan, Golub and LeVeque (1979), so that neither a large offset nor a large count loses digits.
 */
export function statisticsPass(dtype: DType): StatisticsPass {
  const block = new Float64Array(blockLength);
  const long = dtype === "int64" || dtype === "uint64";
  const integer = !dtype.startsWith("float");
  let [count, nan, infinite, squares] = [0, 0, 0, 0];
  // The sum of all values, and what its additions lost (Neumaier 1974): exact for integers that are not huge.
  let [total, lost] = [0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let exact: { min: bigint; max: bigint } | undefined;

  const meanOf = (): number => (total + lost) / count;

  function join(n: number, shift: number, part: Sums): void {
    // Rounding can leave a constant block with less than nothing.
    const { squares: raw } = part;
    // Where the squares are beyond float64 the deviation is infinite, as numpy's.
    const partSquares = raw === Infinity ? raw : Math.max(0, raw - (part.sum * part.sum) / n);
    const delta = count > 0 ? shift - meanOf() + part.sum / n : 0;
    squares += partSquares + delta * delta * ((count / (count + n)) * n);
    add(n * shift);
    add(part.sum);
    count += n;
    if (part.min < min) min = part.min;
    if (part.max > max) max = part.max;
  }

  function add(value: number): void {
    const sum = total + value;
    if (Number.isFinite(sum))
      lost += Math.abs(total) >= Math.abs(value) ? total - sum + value : value - sum + total;
    total = sum;
  }

  function addBlock(values: Arrays[DType]): void {
    let n = values.length;
    if (long) widen(values as Arrays["int64"], dtype === "int64", block);
    else block.set(values as Arrays["float64"]);
    const about = count > 0 ? meanOf() : firstFinite(block, n);
    const shift = integer ? Math.round(about) : Math.abs(about) < mostShifted ? about : 0;
    let part = sums(block, n, shift);
    if (!Number.isFinite(part.sum)) {
      const finite = keepFinite(block, n);
      nan += finite.nan;
      infinite += n - finite.count - finite.nan;
      n = finite.count;
      part = sums(block, n, shift);
    }
    if (n === 0) return;
    if (long && (part.min <= min || part.max >= max)) exact = extremes(values as Arrays["int64"], exact);
    join(n, shift, part);
  }

  return {
    add(data) {
      for (let at = 0; at < data.length; at += blockLength) {
        addBlock(data.subarray(at, Math.min(at + blockLength, data.length)) as Arrays[DType]);
      }
    },
    finish: (shape) => ({
      shape: [...shape],
      dtype,
      count,
      nan,
      infinite,
      min: exact?.min ?? (count > 0 ? min : Number.NaN),
      max: exact?.max ?? (count > 0 ? max : Number.NaN),
      mean: count > 0 ? meanOf() : Number.NaN,
      std: count > 0 ? Math.sqrt(Number.isNaN(squares) ? Infinity : squares / count) : Number.NaN,
    }),
  };
}

/** Four sums side by side, since one addition has to wait for the one before it. */
function sums(values: Float64Array, n: number, shift: number): Sums {
  let [a, b, c, d] = [0, 0, 0, 0];
  let [aa, bb, cc, dd] = [0, 0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const whole = n - (n % 4);
  for (let i = 0; i < whole; i += 4) {
    const v0 = values[i]!;
    const v1 = values[i + 1]!;
    const v2 = values[i + 2]!;
    const v3 = values[i + 3]!;
    const s0 = v0 - shift;
    const s1 = v1 - shift;
    const s2 = v2 - shift;
    const s3 = v3 - shift;
    a += s0;
    b += s1;
    c += s2;
    d += s3;
    aa += s0 * s0;
    bb += s1 * s1;
    cc += s2 * s2;
    dd += s3 * s3;
    if (v0 < min) min = v0;
    if (v0 > max) max = v0;
    if (v1 < min) min = v1;
    if (v1 > max) max = v1;
    if (v2 < min) min = v2;
    if (v2 > max) max = v2;
    if (v3 < min) min = v3;
    if (v3 > max) max = v3;
  }
  for (let i = whole; i < n; i++) {
    const value = values[i]!;
    const s = value - shift;
    a += s;
    aa += s * s;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { sum: a + b + (c + d), squares: aa + bb + (cc + dd), min, max };
}

/** Moves the finite values to the front. */
function keepFinite(values: Float64Array, n: number): { count: number; nan: number } {
  let count = 0;
  let nan = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i]!;
    values[count] = value;
    if (value - value === 0) count++;
    else if (Number.isNaN(value)) nan++;
  }
  return { count, nan };
}

function firstFinite(values: Float64Array, n: number): number {
  for (let i = 0; i < n; i++) if (Number.isFinite(values[i])) return values[i]!;
  return 0;
}

/** 64-bit integers as the nearest doubles, without a bigint for each. */
function widen(values: Arrays["int64"], signed: boolean, to: Float64Array): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const high = littleEndianHost ? 1 : 0;
  for (let i = 0; i < values.length; i++) {
    const hi = words[2 * i + high]!;
    to[i] = (signed ? hi | 0 : hi) * 0x1_0000_0000 + words[2 * i + 1 - high]!;
  }
}

function extremes(
  values: Arrays["int64"] | Arrays["uint64"],
  before: { min: bigint; max: bigint } | undefined,
): { min: bigint; max: bigint } {
  let { min, max } = before ?? { min: values[0]!, max: values[0]! };
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
