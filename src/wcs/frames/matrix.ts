/**
 * Rotations of the sky as 3 x 3 matrices.
 */

/** Nine numbers, row by row. A matrix times the unit vector of one frame gives the unit vector of another. */
export type Matrix = readonly number[];

export const degree: number = Math.PI / 180;
export const arcsecond: number = degree / 3600;

/**
 * Turns the axes of coordinates (not the vector) by an angle in radians about one of the axes, counterclockwise as seen
 * from that axis' positive end.
 */
export function rotation(axis: "x" | "y" | "z", angle: number): Matrix {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  if (axis === "x") return [1, 0, 0, 0, c, s, 0, -s, c];
  if (axis === "y") return [c, 0, -s, 0, 1, 0, s, 0, c];
  return [c, s, 0, -s, c, 0, 0, 0, 1];
}

/** The product; the last matrix acts first. */
export function product(...factors: readonly Matrix[]): Matrix {
  return factors.reduce(times);
}

function times(a: Matrix, b: Matrix): Matrix {
  const sum = (row: number, column: number): number =>
    a[row]! * b[column]! + a[row + 1]! * b[column + 3]! + a[row + 2]! * b[column + 6]!;
  return [0, 3, 6].flatMap((row) => [0, 1, 2].map((column) => sum(row, column)));
}

/** Rows for columns: of a rotation, the way back. */
export function transpose(m: Matrix): Matrix {
  return [0, 1, 2].flatMap((column) => [m[column]!, m[column + 3]!, m[column + 6]!]);
}
