/** Positions on the sky that are drawn over the picture: those of a table's rows, for example. Plain data. */

export interface SkyPoints {
  /** What the points are of: one set of a name takes the place of another. */
  readonly name: string;
  /** Degrees, ICRS or galactic; NaN where a row has no position. */
  readonly lon: Float64Array;
  readonly lat: Float64Array;
  readonly frame: "icrs" | "galactic";
}
