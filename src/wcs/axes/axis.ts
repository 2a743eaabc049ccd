/**
 * What a non-celestial axis does: intermediate world coordinates to world coordinates, and back (FITS Papers I, III, IV).
 */

/**
 * One or several world axes that are computed together (several only for `-TAB` arrays of several dimensions). Both
 * methods take the first `n` places of one array for each axis, in the order of `axes`, and write into the same arrays;
 * NaN where there is no counterpart.
 */
export interface AxisTransform {
  /** World axes, 0-based, in the order of the arrays. */
  readonly axes: readonly number[];
  /** Intermediate world coordinates (CDELT or CD applied, CRVAL not added) to world coordinates in SI units. */
  toWorld(values: readonly Float64Array[], n: number): void;
  toIntermediate(values: readonly Float64Array[], n: number): void;
}
