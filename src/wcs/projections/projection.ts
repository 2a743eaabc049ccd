/**
 * What a map projection does: native spherical coordinates to the plane of projection, and back (FITS Paper II).
 */

/**
 * A projection whose parameters are set. All coordinates are degrees. Both methods take the first `n` places of their
 * arrays, write into the same arrays, and set both coordinates of a point to NaN where it has no counterpart.
 */
export interface Projection {
  /** The three letters of CTYPE: `TAN`. */
  readonly code: string;
  /** Native coordinates of the reference point: 0, 90 of zenithal projections, 0, 0 of cylindrical ones ... */
  readonly phi0: number;
  readonly theta0: number;
  /** Plane to sphere: `x` becomes the native longitude phi, -180 to 180; `y` the native latitude theta. */
  toSphere(x: Float64Array, y: Float64Array, n: number): void;
  /** Sphere to plane: `phi` becomes x, `theta` y. */
  toPlane(phi: Float64Array, theta: Float64Array, n: number): void;
}
