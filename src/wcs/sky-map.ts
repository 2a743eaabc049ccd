/**
 * What leads from the plane of projection to the sky.
 */

/**
 * Intermediate world coordinates to longitudes and latitudes, and back: degrees. Both methods take the first `n` places
 * of their arrays, write into the same arrays, and set both coordinates of a point to NaN where it has no counterpart.
 */
export interface SkyMap {
  toSky(x: Float64Array, y: Float64Array, n: number): void;
  toPlane(lon: Float64Array, lat: Float64Array, n: number): void;
}
