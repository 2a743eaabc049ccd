/**
 * Measures the background noise of an image from differences of pixels, as cfitsio does before quantizing.
 *
 * F. Stoehr et al. 2008 (DER_SNR, ADASS XVII) and W. Pence et al. 2009; cfitsio's `FnNoise5_float` and its siblings,
 * to the last bit, since the quantization step depends on the noise.
 */

/** The range and the noise of a tile's pixels. */
export interface Noise {
  /** Pixels that are not null. */
  readonly good: number;
  readonly min: number;
  readonly max: number;
  /** Noise by the 2nd, 3rd and 5th order differences; 0 where it could not be measured. */
  readonly orders: readonly [number, number, number];
}

/** From median absolute differences to the sigma of a normal distribution. */
const FACTORS = [1.0483579, 0.6052697, 0.1772048] as const;

/** A row needs as many pixels for one difference of the 5th order. */
const SPAN = 9;

type Pixels = Float32Array | Float64Array | Int32Array | Int16Array | Uint8Array;

/**
 * Noise of `rows` of `columns` pixels; rows shorter than 9 are taken as one. `null` pixels are those that are NaN.
 * Rows are measured one by one and the median is taken, so that a row full of stars does not matter.
 */
export function measureNoise(pixels: Pixels, rows: number, columns: number): Noise {
  if (columns < SPAN && rows > 1) return measureNoise(pixels, 1, rows * columns);
  const { good, min, max } = range(pixels);
  if (columns < SPAN) return { good, min, max, orders: [0, 0, 0] };
  // cfitsio computes in the type of the pixels: differences of 32-bit floats are rounded at each step.
  const single = pixels instanceof Float32Array;
  const differences = differencesOf(single ? new Float32Array(columns) : new Float64Array(columns), columns);
  const medians: [number[], number[], number[]] = [[], [], []];
  const line = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    let count = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      const value = pixels[i]!;
      if (!Number.isNaN(value)) line[count++] = value;
    }
    if (count < SPAN) continue;
    if (single) fillSingle(line, count, differences);
    else fillDouble(line, count, differences);
    takeMedians(differences, medians);
  }
  const [second, third, fifth] = medians.map(medianOfMedians) as [number, number, number];
  return { good, min, max, orders: [FACTORS[0] * second, FACTORS[1] * third, FACTORS[2] * fifth] };
}

/** The smallest of the three noises: structure in the image raised it least. */
export function bestNoise({ orders: [second, third, fifth] }: Noise): number {
  let noise = third;
  if (second !== 0 && second < noise) noise = second;
  if (fifth !== 0 && fifth < noise) noise = fifth;
  return noise;
}

/** Extremes of the pixels that are not NaN; `good` of them. */
export function range(pixels: Pixels): { good: number; min: number; max: number } {
  let good = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i]!;
    if (Number.isNaN(value)) continue;
    good++;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { good, min, max };
}

interface Differences {
  readonly second: Float32Array | Float64Array;
  readonly third: Float32Array | Float64Array;
  readonly fifth: Float32Array | Float64Array;
  secondCount: number;
  count: number;
}

function differencesOf(second: Float32Array | Float64Array, columns: number): Differences {
  const make = (): Float32Array | Float64Array =>
    second instanceof Float32Array ? new Float32Array(columns) : new Float64Array(columns);
  return { second, third: make(), fifth: make(), secondCount: 0, count: 0 };
}

/** Differences of one row's good pixels; stretches of one value, as saturated or filled ones are, say nothing. */
function fillDouble(line: Float64Array, length: number, into: Differences): void {
  let secondCount = 0;
  let count = 0;
  for (let i = 8; i < length; i++) {
    const v3 = line[i - 6]!;
    const v5 = line[i - 4]!;
    const v7 = line[i - 2]!;
    const level = v5 === line[i - 3] && v5 === v7;
    if (!level) into.second[secondCount++] = Math.abs(v5 - v7);
    if (level && v3 === v5 && line[i - 5] === v5) continue;
    into.third[count] = Math.abs(2 * v5 - v3 - v7);
    into.fifth[count++] = Math.abs(6 * v5 - 4 * v3 - 4 * v7 + line[i - 8]! + line[i]!);
  }
  into.secondCount = secondCount;
  into.count = count;
}

/** `fillDouble` in 32-bit arithmetic. */
function fillSingle(line: Float64Array, length: number, into: Differences): void {
  const f = Math.fround;
  let secondCount = 0;
  let count = 0;
  for (let i = 8; i < length; i++) {
    const v3 = line[i - 6]!;
    const v5 = line[i - 4]!;
    const v7 = line[i - 2]!;
    const level = v5 === line[i - 3] && v5 === v7;
    if (!level) into.second[secondCount++] = Math.abs(f(v5 - v7));
    if (level && v3 === v5 && line[i - 5] === v5) continue;
    into.third[count] = Math.abs(f(f(f(2 * v5) - v3) - v7));
    const inner = f(f(f(6 * v5) - f(4 * v3)) - f(4 * v7));
    into.fifth[count++] = Math.abs(f(f(inner + line[i - 8]!) + line[i]!));
  }
  into.secondCount = secondCount;
  into.count = count;
}

/**
 * Adds a row's medians. cfitsio takes the median of the 2nd order over as many values as there are of the 3rd: where
 * there are fewer of the 2nd, what earlier rows left behind them counts too. The step that it finds must be ours.
 */
function takeMedians(row: Differences, [second, third, fifth]: [number[], number[], number[]]): void {
  const { count, secondCount } = row;
  if (count === 0) return;
  if (count === 1 ? secondCount === 1 : secondCount > 1) second.push(select(row.second, count));
  third.push(select(row.third, count));
  fifth.push(select(row.fifth, count));
}

function medianOfMedians(medians: number[]): number {
  const n = medians.length;
  if (n === 0) return 0;
  if (n === 1) return medians[0]!;
  const sorted = Float64Array.from(medians).sort();
  return (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2;
}

/**
 * The median (the lower of two) of the first `n` values, which it reorders. Hoare's quickselect with the median of
 * three, element for element in cfitsio's order, since the next row may see what is left (see `takeMedians`).
 */
function select(values: Float32Array | Float64Array, n: number): number {
  const median = (n - 1) >> 1;
  const swap = (a: number, b: number): void => {
    const value = values[a]!;
    values[a] = values[b]!;
    values[b] = value;
  };
  let low = 0;
  let high = n - 1;
  while (high > low + 1) {
    const middle = (low + high) >> 1;
    if (values[middle]! > values[high]!) swap(middle, high);
    if (values[low]! > values[high]!) swap(low, high);
    if (values[middle]! > values[low]!) swap(middle, low);
    swap(middle, low + 1);
    const pivot = values[low]!;
    let up = low + 1;
    let down = high;
    for (;;) {
      do up++;
      while (pivot > values[up]!);
      do down--;
      while (values[down]! > pivot);
      if (down < up) break;
      swap(up, down);
    }
    swap(low, down);
    if (down <= median) low = up;
    if (down >= median) high = down - 1;
  }
  if (high === low + 1 && values[low]! > values[high]!) swap(low, high);
  return values[median]!;
}
