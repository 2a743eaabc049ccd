/**
 * Binning: blocks of pixels become one, their mean or the largest of them, so that a mosaic fits a screen and no star
 * is lost between the pixels that are shown.
 */
import { checkObject } from "../argument.js";
import { type Arrays, type ArrayView, type DType, elementCount, type NdArray, ndarray } from "../array.js";
import { FitsError } from "../errors.js";
import { planeAxes } from "./plane.js";

export interface BinOptions {
  /** Pixels that become one: of each axis, or `[rows, columns]`. Default 1. */
  readonly bin?: number | readonly [rows: number, columns: number] | undefined;
  /** Choose the smallest bin, the same for both axes, that makes the picture at most so many pixels wide. */
  readonly width?: number | undefined;
  /**
   * What becomes of the pixels of a bin: their `mean` (default) or the largest (`max`). NaN does not count; a bin of
   * nothing else is NaN. Bins begin at the first row and column; those at the other edges are of the pixels there.
   */
  readonly binBy?: BinBy | undefined;
}

export type BinBy = "mean" | "max";

/** How many rows and columns become one. */
export interface Bin {
  readonly rows: number;
  readonly columns: number;
  readonly by: BinBy;
}

/** The bin that the options ask for, of a picture that would be `width` wide. Throws BAD_ARGUMENT. */
export function binOf({ bin, width: most, binBy: by = "mean" }: BinOptions, width: number): Bin {
  if (by !== "mean" && by !== "max")
    throw new FitsError("BAD_ARGUMENT", `bins are made by mean or max, not by "${by}"`);
  if (bin !== undefined && most !== undefined)
    throw new FitsError("BAD_ARGUMENT", "give bin, or the width that it is chosen for, not both");
  if (most !== undefined) {
    checkCount(most, "the width of a picture");
    const side = Math.max(1, Math.ceil(width / most));
    return { rows: side, columns: side, by };
  }
  const [rows, columns] = typeof bin === "object" ? bin : [bin ?? 1, bin ?? 1];
  checkCount(rows, "a bin");
  checkCount(columns, "a bin");
  return { rows, columns, by };
}

function checkCount(value: number, what: string): void {
  if (!(Number.isSafeInteger(value) && value >= 1))
    throw new FitsError("BAD_ARGUMENT", `${what} is a whole number of at least 1, not ${value}`);
}

/** Collects rows, and makes one row of bins of them. */
export interface Binner {
  /** Adds the row of pixels that begins at `start` in `data`. */
  add(data: Arrays[DType], start: number): void;
  /** Writes the bins of the rows since the last call to `to`, from `at` on. */
  take(to: Float64Array, at: number): void;
}

/** A binner of rows `width` pixels wide. */
export function binner(width: number, { columns, by }: Bin): Binner {
  const bins = Math.ceil(width / columns);
  const sums = new Float64Array(bins);
  const counts = new Float64Array(bins);
  const isMax = by === "max";
  return {
    add(data, start) {
      for (let bin = 0, x = 0; bin < bins; bin++) {
        let sum = sums[bin]!;
        let count = counts[bin]!;
        for (const end = Math.min(width, x + columns); x < end; x++) {
          const value = Number(data[start + x]);
          if (Number.isNaN(value)) continue;
          if (!isMax) sum += value;
          else if (count === 0 || value > sum) sum = value;
          count++;
        }
        sums[bin] = sum;
        counts[bin] = count;
      }
    },
    take(to, at) {
      for (let bin = 0; bin < bins; bin++) {
        const count = counts[bin]!;
        to[at + bin] = count === 0 ? Number.NaN : isMax ? sums[bin]! : sums[bin]! / count;
      }
      sums.fill(0);
      counts.fill(0);
    },
  };
}

/** The bins of an array's two axes (others of length 1 aside), as float64. Throws BAD_ARGUMENT. */
export function binned(array: ArrayView, options: BinOptions): NdArray<"float64"> {
  checkArray(array);
  checkObject(options);
  const { width, height } = planeAxes(array.shape);
  const bin = binOf(options, width);
  const columns = Math.ceil(width / bin.columns);
  const rows = Math.ceil(height / bin.rows);
  const result = new Float64Array(rows * columns);
  const collect = binner(width, bin);
  for (let row = 0; row < rows; row++) {
    const end = Math.min(height, (row + 1) * bin.rows);
    for (let y = row * bin.rows; y < end; y++) collect.add(array.data, y * width);
    collect.take(result, row * columns);
  }
  return ndarray<"float64">(result, [rows, columns]);
}

/** Values of a picture, the lowest row first. */
export interface PlaneArray {
  readonly data: Arrays[DType];
  readonly width: number;
  readonly height: number;
}

/** Throws BAD_ARGUMENT for what is no array, and for values that do not fill its shape. */
export function checkArray(given: ArrayView): void {
  const { data, shape } = Object(given) as Partial<ArrayView>;
  if (!data || !Array.isArray(shape))
    throw new FitsError(
      "BAD_ARGUMENT",
      "a picture is drawn of an array: what section() gives, or ndarray(values, shape); renderImage draws an image HDU",
    );
  if (data.length !== elementCount(shape) || shape.some((length) => !(length >= 0)))
    throw new FitsError(
      "BAD_ARGUMENT",
      `${data.length} elements do not fill the shape [${shape.join(", ")}]`,
    );
}

/** Values of an array that are drawn: its bins where bins are asked for, else its values as they are. Throws BAD_ARGUMENT. */
export function arrayPlane(array: ArrayView, options: BinOptions): PlaneArray {
  checkArray(array);
  const { width, height } = planeAxes(array.shape);
  const { rows, columns } = binOf(options, width);
  if (rows * columns === 1) return { data: array.data, width, height };
  const bins = binned(array, options);
  return { data: bins.data, width: bins.shape[1]!, height: bins.shape[0]! };
}
