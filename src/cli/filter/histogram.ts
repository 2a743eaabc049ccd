/**
 * Images from columns: how many rows, or what weight, fall into each pixel.
 */
import { type Arrays, FitsError } from "fitslice";
import type { Rows } from "../calculator/typed.js";
import { badUsage, Failure } from "../failure.js";
import type { Axis, Weight } from "./histogram-axes.js";

type Pixels =
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

const types = {
  b: ["uint8", Uint8Array],
  i: ["int16", Int16Array],
  j: ["int32", Int32Array],
  r: ["float32", Float32Array],
  d: ["float64", Float64Array],
} as const;

type PixelType = (typeof types)[keyof typeof types][0];

/** The most that the pixels of an image in memory may take. */
const mostBytes = 2 ** 30;

/** An image that rows are counted into. */
export class Histogram {
  readonly dtype: PixelType & keyof Arrays;
  readonly pixels: Pixels;
  readonly #axes: readonly Axis[];
  readonly #weight: Weight | undefined;
  readonly #most: number;

  /**
   * @param type the letter behind `bin`, or nothing: j, with a weight r
   */
  constructor(axes: readonly Axis[], weight: Weight | undefined, type: string) {
    const [dtype, Type] = types[(type || (weight ? "r" : "j")) as keyof typeof types];
    const count = axes.reduce((n, { length }) => n * length, 1);
    if (count * Type.BYTES_PER_ELEMENT > mostBytes)
      throw new FitsError(
        "TOO_LARGE",
        `[bin ...]: an image of ${axes.map(({ length }) => length).join(" x ")} pixels; give larger ones, ${axes[0]!.label}=min:max:size`,
      );
    const widths = new Set(
      [...axes.map(({ operand }) => operand.width), weight?.operand.width ?? 1].filter(
        (width) => width !== 1,
      ),
    );
    if (widths.size > 1)
      throw badUsage(`[bin ...]: cells of ${[...widths].join(" and ")} elements do not go together`);
    this.#axes = axes;
    this.#weight = weight;
    this.dtype = dtype;
    this.pixels = new Type(count);
    this.#most = {
      uint8: 255,
      int16: 2 ** 15 - 1,
      int32: 2 ** 31 - 1,
      float32: Number.POSITIVE_INFINITY,
      float64: Number.POSITIVE_INFINITY,
    }[dtype];
  }

  /** Counts the chosen rows; what is null or outside counts nowhere. Throws `Failure` where a pixel holds no more. */
  add(rows: Rows, chosen: readonly number[]): void {
    const axes = this.#axes.map((axis) => ({ ...axis, values: axis.operand.evaluate(rows) }));
    const weights = this.#weight?.operand.evaluate(rows);
    const width = Math.max(...axes.map(({ operand }) => operand.width), this.#weight?.operand.width ?? 1);
    for (const row of chosen)
      for (let k = 0; k < width; k++) {
        let pixel = 0;
        let stride = 1;
        for (const { values, operand, low, high, step, length } of axes) {
          const i = operand.width === 1 ? row : row * width + k;
          const value = values.isNull?.[i] ? Number.NaN : values.numbers[i]!;
          const place = Math.floor((value - low) / step);
          if (!(value >= low && value <= high) || place >= length) pixel = Number.NaN;
          pixel += place * stride;
          stride *= length;
        }
        if (Number.isNaN(pixel)) continue;
        const w = this.#weight?.operand.width === 1 ? row : row * width + k;
        if (weights?.isNull?.[w]) continue;
        const weight = weights ? this.#rounded(weights.numbers[w]!) : 1;
        this.#count(pixel, this.#weight?.isInverse ? this.#rounded(1 / weight) : weight);
      }
  }

  /** A weight in the precision of the pixels. */
  #rounded(weight: number): number {
    return this.dtype === "float32" ? Math.fround(weight) : weight;
  }

  #count(pixel: number, weight: number): void {
    const sum = this.pixels[pixel]! + (this.dtype.startsWith("float") ? weight : Math.trunc(weight));
    if (Math.abs(sum) > this.#most || (this.dtype === "uint8" && sum < 0))
      throw new Failure(
        1,
        `[bin ...]: a pixel becomes ${sum}, more than ${this.dtype} holds; write binj, binr or bind`,
      );
    this.pixels[pixel] = sum;
  }
}
