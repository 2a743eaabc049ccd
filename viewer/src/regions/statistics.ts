/** Statistics of the pixels of a region, from an exact read. */
import { FitsError, type ImageHdu, type NdArray } from "fitslice";
import { slices } from "../screen/turns.js";
import { boundsOf, contains, type PixelBox } from "./geometry.js";
import type { PixelShape } from "./region.js";

/** All but the counts are those of the finite values; NaN where there is none. */
export interface RegionStatistics {
  /** Finite values. */
  readonly count: number;
  /** Values that are NaN or infinite. */
  readonly other: number;
  readonly sum: number;
  readonly mean: number;
  readonly median: number;
  /** Of the values themselves, divided by their count, as numpy's `std`. */
  readonly std: number;
  /** Bigints of 64-bit integers. */
  readonly min: number | bigint;
  readonly max: number | bigint;
}

/** Most pixels of the rectangle around a region: their values are held, for the median. */
export const mostPixels = 2 ** 24;
/** The selection of a rectangle in a plane (indices of the axes before the last two), for `section`. */
export function selectionOf(
  image: Pick<ImageHdu, "shape">,
  plane: readonly number[],
  { x0, y0, x1, y1 }: PixelBox,
): (number | [number, number])[] {
  const columns: [number, number] = [x0, x1];
  return image.shape.length > 1 ? [...plane, [y0, y1], columns] : [columns];
}

/** The rectangle around a region in an image. Throws BAD_SELECTION where they share no pixel, TOO_LARGE for too many. */
export function boxIn(
  image: Pick<ImageHdu, "shape">,
  region: PixelShape,
  most = Number.POSITIVE_INFINITY,
): PixelBox {
  const [height, width] = image.shape.length > 1 ? image.shape.slice(-2) : [1, image.shape[0]];
  const box = boundsOf(region, [width!, height!]);
  if (!box) throw new FitsError("BAD_SELECTION", "the region has no pixel of the image");
  const pixels = (box.x1 - box.x0) * (box.y1 - box.y0);
  if (pixels > most)
    throw new FitsError(
      "TOO_LARGE",
      `the region spans ${pixels} pixels, and statistics take at most ${most}; draw a smaller one, or use "fitslice stats"`,
    );
  return box;
}

/** Reads the pixels of a region, and says what they are. Throws as `boxIn`, and as reads do. */
export async function regionStatistics(
  image: ImageHdu,
  plane: readonly number[],
  region: PixelShape,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<RegionStatistics> {
  const box = boxIn(image, region, mostPixels);
  const pixels = await image.section(selectionOf(image, plane, box), { ...(signal && { signal }) });
  return statisticsOf(pixels, box, region, signal);
}

/** The statistics of the pixels of a region, of those of the rectangle around. */
export async function statisticsOf(
  { data }: NdArray,
  box: PixelBox,
  region: PixelShape,
  signal?: AbortSignal,
): Promise<RegionStatistics> {
  const width = box.x1 - box.x0;
  const values = new Float64Array(data.length);
  let [count, other] = [0, 0];
  let [least, most] = [-1, -1];
  const rest = slices();
  for (let row = 0; row * width < data.length; row++) {
    for (let column = 0; column < width; column++) {
      if (!contains(region, box.x0 + column, box.y0 + row)) continue;
      const at = row * width + column;
      const value = Number(data[at]);
      if (!Number.isFinite(value)) {
        other++;
        continue;
      }
      values[count++] = value;
      if (least < 0 || data[at]! < data[least]!) least = at;
      if (most < 0 || data[at]! > data[most]!) most = at;
    }
    await rest();
    signal?.throwIfAborted();
  }
  const held = values.subarray(0, count);
  const sum = sumOf(held);
  const mean = sum / count;
  return {
    count,
    other,
    sum: count > 0 ? sum : Number.NaN,
    mean,
    median: await medianOf(held, signal),
    std: Math.sqrt(squaresOf(held, mean) / count),
    min: least < 0 ? Number.NaN : data[least]!,
    max: most < 0 ? Number.NaN : data[most]!,
  };
}

/** The sum with what its additions lost (Neumaier 1974). */
function sumOf(values: Float64Array): number {
  let [sum, lost] = [0, 0];
  for (const value of values) {
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** Sum of the squares of the distances to the mean, corrected for the rounding of the mean. */
function squaresOf(values: Float64Array, mean: number): number {
  let [squares, rest] = [0, 0];
  for (const value of values) {
    const distance = value - mean;
    squares += distance * distance;
    rest += distance;
  }
  return Math.max(0, squares - (rest * rest) / Math.max(1, values.length));
}

/** The median: the mean of both middle values of an even count. Reorders the values. */
async function medianOf(values: Float64Array, signal?: AbortSignal): Promise<number> {
  const { length } = values;
  if (length === 0) return Number.NaN;
  const upper = await select(values, length >> 1, signal);
  if (length % 2 === 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  for (const value of values.subarray(0, length >> 1)) lower = Math.max(lower, value);
  return lower + (upper - lower) / 2;
}

/** The value that would stand at `k` in order (Hoare 1961); smaller ones come before it. A turn after each pass. */
async function select(values: Float64Array, k: number, signal?: AbortSignal): Promise<number> {
  const rest = slices();
  let [left, right] = [0, values.length - 1];
  while (left < right) {
    const pivot = middleOf(values[left]!, values[(left + right) >> 1]!, values[right]!);
    let [i, j] = [left, right];
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const value = values[i]!;
      values[i++] = values[j]!;
      values[j--] = value;
    }
    await rest();
    signal?.throwIfAborted();
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else break;
  }
  return values[k]!;
}

const middleOf = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
