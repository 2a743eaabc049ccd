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

/** Two polynomials that are added to x and y; `undefined` where all coefficients are 0. */
export function polynomialTerm(
  forX: Coefficients,
  forY: Coefficients,
  { origin = [0, 0], scale = [1, 1] }: PolynomialOptions = {},
): Term | undefined {
  const { ends, values } = nested(forX, forY);
  if (values.length === 0) return undefined;
  const rows = ends.length;
  const [x0, y0] = origin;
  const [scaleX, scaleY] = scale;

  return {
    add(x, y, out) {
      const u = (x - x0) * scaleX;
      const v = (y - y0) * scaleY;
      let a = 0;
      let b = 0;
      for (let row = 0, i = 0; row < rows; row++) {
        let innerA = 0;
        let innerB = 0;
        for (const end = ends[row]!; i < end; i += 2) {
          innerA = innerA * v + values[i]!;
          innerB = innerB * v + values[i + 1]!;
        }
        a = a * u + innerA;
        b = b * u + innerB;
      }
      out[0]! += a;
      out[1]! += b;
    },
    addWithSlopes(x, y, out) {
      const u = (x - x0) * scaleX;
      const v = (y - y0) * scaleY;
      let a = 0;
      let b = 0;
      let aByU = 0;
      let bByU = 0;
      let aByV = 0;
      let bByV = 0;
      for (let row = 0, i = 0; row < rows; row++) {
        let innerA = 0;
        let innerB = 0;
        let innerAByV = 0;
        let innerBByV = 0;
        for (const end = ends[row]!; i < end; i += 2) {
          innerAByV = innerAByV * v + innerA;
          innerA = innerA * v + values[i]!;
          innerBByV = innerBByV * v + innerB;
          innerB = innerB * v + values[i + 1]!;
        }
        aByU = aByU * u + a;
        a = a * u + innerA;
        aByV = aByV * u + innerAByV;
        bByU = bByU * u + b;
        b = b * u + innerB;
        bByV = bByV * u + innerBByV;
      }
      out[0]! += a;
      out[1]! += b;
      out[2]! += aByU * scaleX;
      out[3]! += aByV * scaleY;
      out[4]! += bByU * scaleX;
      out[5]! += bByV * scaleY;
    },
  };
}

/**
 * The coefficients of both polynomials by turns, in the order of evaluation: highest power first; zeros above the highest
 * power of a row left out. `ends` says where each row ends.
 */
function nested(forX: Coefficients, forY: Coefficients): { ends: Int32Array; values: Float64Array } {
  const ends: number[] = [];
  const values: number[] = [];
  for (let p = Math.max(forX.length, forY.length) - 1; p >= 0; p--) {
    const [rowX, rowY] = [forX[p] ?? [], forY[p] ?? []];
    for (let q = Math.max(highest(rowX), highest(rowY)); q >= 0; q--) values.push(rowX[q] ?? 0, rowY[q] ?? 0);
    if (values.length > 0) ends.push(values.length);
  }
  return { ends: Int32Array.from(ends), values: Float64Array.from(values) };
}

function highest(row: readonly number[]): number {
  return row.findLastIndex((value) => value !== undefined && value !== 0);
}

/** Adds `value` to the coefficient of x^p y^q. */
export function addCoefficient(coefficients: number[][], p: number, q: number, value: number): void {
  const row = (coefficients[p] ??= []);
  row[q] = (row[q] ?? 0) + value;
}
