/**
 * What a distortion does: a map of the plane onto itself, of pixels (SIP, CPDIS, D2IM) or of intermediate world
 * coordinates (TPV, TNX, ZPX, TPD), or of the one to the other (DSS plates).
 */

/**
 * A distortion whose coefficients are set. Both methods take the first `n` places of their arrays and write into the
 * same arrays. Pixels are FITS's, 1-based; intermediate world coordinates are degrees.
 */
export interface Distortion {
  /** As it is told to people: `SIP`, `TPV`, `CPDIS` ... */
  readonly kind: string;
  /** Toward the sky. */
  apply(x: Float64Array, y: Float64Array, n: number): void;
  /** Toward the pixels; both coordinates become NaN where there is no inverse (Newton does not converge). */
  invert(x: Float64Array, y: Float64Array, n: number): void;
}
