/**
 * The linear part of a WCS: pixel offsets times a matrix (FITS Paper I, 2.1.2).
 */
import { FitsError } from "../errors.js";
import { cosd, sind } from "./degrees.js";
import type { WcsKeywords } from "./keywords.js";

/** The elements of a matrix row that are not zero. */
type SparseRow = readonly { readonly column: number; readonly value: number }[];

/** The linear part. Pixels are counted as CRPIX is. Arrays hold one axis each; the first `n` places are computed. */
export interface Linear {
  /** From pixel offsets to intermediate world coordinates, in the units of the world axes. */
  readonly matrix: readonly (readonly number[])[];
  readonly crpix: readonly number[];
  /** Writes into `out`, which must be other arrays than `pixels`. */
  toIntermediate(pixels: readonly Float64Array[], out: readonly Float64Array[], n: number): void;
  toPixel(intermediate: readonly Float64Array[], out: readonly Float64Array[], n: number): void;
}

/**
 * The matrix of a WCS: PC times CDELT, or CD, or CDELT with the rotation of CROTA (Paper II, 6.1), scaled to the units in
 * which world coordinates are delivered.
 *
 * @param scale by axis, what one CUNIT is in that unit
 * @param sky the axes of longitude and latitude, 0-based, where there are such
 * @param warnings to be added to: an axis beside the sky with CDELT 0 is read as one with 1
 */
export function matrixOf(
  keywords: WcsKeywords,
  scale: readonly number[],
  sky: readonly [lon: number, lat: number] | undefined,
  warnings: string[],
): number[][] {
  const { axes, matrix, crota } = keywords;
  const cdelt = axes.map(({ cdelt }, i) => cdelt * scale[i]!);
  if (matrix?.kind === "CD") return matrix.rows.map((row, i) => row.map((value) => value * scale[i]!));
  for (const [i, value] of cdelt.entries()) {
    if (value !== 0 || !sky || sky.includes(i)) continue;
    cdelt[i] = scale[i]!;
    warnings.push(`CDELT${i + 1} is 0, with which no axis has a length; read as 1`);
  }
  const zero = cdelt.indexOf(0);
  if (zero >= 0)
    throw new FitsError(
      "BAD_HEADER",
      `CDELT${zero + 1} is 0: pixels have no place along this axis of the WCS`,
    );
  if (matrix) return matrix.rows.map((row, i) => row.map((value) => value * cdelt[i]!));
  const rows = cdelt.map((value, i) => cdelt.map((_, j) => (i === j ? value : 0)));
  const angle = sky && crota.get(sky[1]);
  if (!sky || !angle) return rows;
  const [lon, lat] = sky;
  const [cos, sin] = [cosd(angle), sind(angle)];
  rows[lon]![lon] = cdelt[lon]! * cos;
  rows[lon]![lat] = -cdelt[lat]! * sin;
  rows[lat]![lon] = cdelt[lon]! * sin;
  rows[lat]![lat] = cdelt[lat]! * cos;
  return rows;
}

/** The linear part with this matrix. Throws BAD_HEADER where the matrix has no inverse. */
export function linearOf(matrix: readonly (readonly number[])[], crpix: readonly number[]): Linear {
  const forward = matrix.map(sparse);
  const inverse = inverseOf(matrix).map(sparse);
  return {
    matrix,
    crpix,
    toIntermediate(pixels, out, n) {
      for (const [i, row] of forward.entries()) {
        const target = out[i]!;
        target.fill(0, 0, n);
        for (const { column, value } of row) {
          const source = pixels[column]!;
          const reference = crpix[column]!;
          for (let k = 0; k < n; k++) target[k]! += value * (source[k]! - reference);
        }
      }
    },
    toPixel(intermediate, out, n) {
      for (const [i, row] of inverse.entries()) {
        const target = out[i]!;
        target.fill(0, 0, n);
        for (const { column, value } of row) {
          const source = intermediate[column]!;
          for (let k = 0; k < n; k++) target[k]! += value * source[k]!;
        }
        const reference = crpix[i]!;
        for (let k = 0; k < n; k++) target[k]! += reference;
      }
    },
  };
}

function sparse(row: readonly number[]): SparseRow {
  return row.flatMap((value, column) => (value === 0 ? [] : [{ column, value }]));
}

/**
 * The inverse of a square matrix. Rows and columns that hold nothing but their diagonal are inverted alone, so that many
 * plain axes cost nothing. Throws BAD_HEADER for a singular matrix.
 */
function inverseOf(matrix: readonly (readonly number[])[]): number[][] {
  const inverse = matrix.map((row) => row.map(() => 0));
  const mixed: number[] = [];
  const isMixed = matrix.map(() => false);
  for (const [i, row] of matrix.entries())
    for (const [j, value] of row.entries()) if (i !== j && value !== 0) isMixed[i] = isMixed[j] = true;
  for (const [i, row] of matrix.entries()) {
    if (isMixed[i]) mixed.push(i);
    else if (row[i] === 0) throw singular();
    else inverse[i]![i] = 1 / row[i]!;
  }
  const block = invert(mixed.map((i) => mixed.map((j) => matrix[i]![j]!)));
  for (const [a, i] of mixed.entries()) for (const [b, j] of mixed.entries()) inverse[i]![j] = block[a]![b]!;
  return inverse;
}

/** Gauss-Jordan elimination; rows are scaled first, since axes differ by many powers of ten. */
function invert(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const work = matrix.map((row, i) => {
    const largest = Math.max(...row.map(Math.abs));
    if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) throw singular();
    return [...row.map((value) => value / largest), ...row.map((_, j) => (i === j ? 1 / largest : 0))];
  });
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let i = column + 1; i < size; i++)
      if (Math.abs(work[i]![column]!) > Math.abs(work[pivot]![column]!)) pivot = i;
    const row = work[pivot]!;
    const divisor = row[column]!;
    if (!(Math.abs(divisor) > 1e-14)) throw singular();
    work[pivot] = work[column]!;
    work[column] = row;
    for (let j = column; j < 2 * size; j++) row[j]! /= divisor;
    for (const [i, other] of work.entries()) {
      const factor = other[column]!;
      if (i === column || factor === 0) continue;
      for (let j = column; j < 2 * size; j++) other[j]! -= factor * row[j]!;
    }
  }
  return work.map((row) => row.slice(size));
}

function singular(): FitsError {
  return new FitsError(
    "BAD_HEADER",
    "the matrix of the WCS (CD, or PC and CDELT) is singular: it has no inverse",
  );
}
