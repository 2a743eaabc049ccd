/**
 * The plane of projection and the sky: distortions of the plane, projection, rotation (FITS Paper II, section 2).
 */
import type { Distortion } from "./distortions/distortion.js";
import type { Projection } from "./projections/projection.js";
import type { Rotation } from "./sphere.js";
import type { SkyPoint } from "./wcs.js";

/**
 * Intermediate world coordinates to longitudes and latitudes, and back: degrees. Both methods take the first `n` places
 * of their arrays, write into the same arrays, and set both coordinates of a point to NaN where it has no counterpart.
 */
export interface SkyMap {
  toSky(x: Float64Array, y: Float64Array, n: number): void;
  toPlane(lon: Float64Array, lat: Float64Array, n: number): void;
}

/** Longitude and latitude that are linear: CTYPE without a projection. */
export function linearSky([lon0, lat0]: SkyPoint): SkyMap {
  const shift = (x: Float64Array, y: Float64Array, n: number, sign: number): void => {
    for (let i = 0; i < n; i++) {
      x[i]! += sign * lon0;
      y[i]! += sign * lat0;
    }
  };
  return { toSky: (x, y, n) => shift(x, y, n, 1), toPlane: (lon, lat, n) => shift(lon, lat, n, -1) };
}

/** A projection and its place on the sky. The distortions are those of the plane, in the order toward the sky. */
export function projectedSky(
  projection: Projection,
  rotation: Rotation,
  distortions: readonly Distortion[],
): SkyMap {
  const backward = distortions.toReversed();
  return {
    toSky(x, y, n) {
      for (const distortion of distortions) distortion.apply(x, y, n);
      projection.toSphere(x, y, n);
      rotation.toSky(x, y, n);
    },
    toPlane(lon, lat, n) {
      rotation.toNative(lon, lat, n);
      projection.toPlane(lon, lat, n);
      for (const distortion of backward) distortion.invert(lon, lat, n);
    },
  };
}
