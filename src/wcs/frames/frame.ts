/**
 * Celestial reference frames, as a header or a person names them.
 */

export type FrameName = "icrs" | "fk5" | "fk4" | "fk4-no-e" | "galactic" | "supergalactic" | "ecliptic";

export interface Frame {
  /** `"unknown"`: the header's axes are of no frame that can be converted (planetary, helioprojective, GAPPT ...). */
  readonly name: FrameName | "unknown";
  /**
   * The equinox as a year: Julian (2000) of FK5 and ecliptic coordinates, Besselian (1950) of FK4; absent of the others.
   */
  readonly equinox?: number;
  /** Of FK4: the time of the observation, a Julian year; by default the equinox. */
  readonly obstime?: number;
}
