/**
 * Polynomials in x and y, prepared once and evaluated by nested multiplication (Horner's rule).
 */
import type { Term } from "./plane-map.js";

/** Coefficients: `coefficients[p][q]` is that of x^p y^q; rows may be of any length, and absent. */
export type Coefficients = readonly (readonly number[] | undefined)[];

export interface PolynomialOptions {
  /** What is taken from x and y first; 0, 0 by default. */
  readonly origin?: readonly [x: number, y: number];
  /** What x and y are multiplied by then; 1, 1 by default. */
  readonly scale?: readonly [x: number, y: number];
}

/** A polynomial that is added to one coordinate (0 is x, 1 is y); `undefined` where all coefficients are 0. */
export function polynomialTerm(
  into: 0 | 1,
  coefficients: Coefficients,
  { origin = [0, 0], scale = [1, 1] }: PolynomialOptions = {},
): Term | undefined {
  const { ends, values } = nested(coefficients);
  if (values.length === 0) return undefined;
  const rows = ends.length;
  const [x0, y0] = origin;
  const [scaleX, scaleY] = scale;
  const byX = 2 + 2 * into;
  const byY = byX + 1;

  return {
    add(x, y, out) {
      const u = (x - x0) * scaleX;
      const v = (y - y0) * scaleY;
      let sum = 0;
      for (let row = 0, i = 0; row < rows; row++) {
        let inner = 0;
        for (const end = ends[row]!; i < end; i++) inner = inner * v + values[i]!;
        sum = sum * u + inner;
      }
      out[into]! += sum;
    },
    addWithSlopes(x, y, out) {
      const u = (x - x0) * scaleX;
      const v = (y - y0) * scaleY;
      let sum = 0;
      let sumByU = 0;
      let sumByV = 0;
      for (let row = 0, i = 0; row < rows; row++) {
        let inner = 0;
        let innerByV = 0;
        for (const end = ends[row]!; i < end; i++) {
          innerByV = innerByV * v + inner;
          inner = inner * v + values[i]!;
        }
        sumByU = sumByU * u + sum;
        sum = sum * u + inner;
        sumByV = sumByV * u + innerByV;
      }
      out[into]! += sum;
      out[byX]! += sumByU * scaleX;
      out[byY]! += sumByV * scaleY;
    },
  };
}

/** Coefficients in the order of evaluation: highest power first; zeros above the highest power of a row left out. */
function nested(coefficients: Coefficients): { ends: Int32Array; values: Float64Array } {
  const ends: number[] = [];
  const values: number[] = [];
  for (let p = coefficients.length - 1; p >= 0; p--) {
    const row = coefficients[p] ?? [];
    const highest = row.findLastIndex((value) => value !== undefined && value !== 0);
    for (let q = highest; q >= 0; q--) values.push(row[q] ?? 0);
    if (values.length > 0) ends.push(values.length);
  }
  return { ends: Int32Array.from(ends), values: Float64Array.from(values) };
}

/** Adds `value` to the coefficient of x^p y^q. */
export function addCoefficient(coefficients: number[][], p: number, q: number, value: number): void {
  const row = (coefficients[p] ??= []);
  row[q] = (row[q] ?? 0) + value;
}
