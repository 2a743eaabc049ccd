/**
 * The plane of projection and the sky: distortions of the plane, projection, rotation (FITS Paper II, section 2).
 */

import type { Distortion } from "./distortions/distortion.js";
import { gnomonicToSky, skyToGnomonic } from "./gnomonic-sky.js";
import type { Projection } from "./projections/projection.js";
import type { SkyMap } from "./sky-map.js";
import type { Rotation } from "./sphere.js";
import type { SkyPoint } from "./wcs.js";

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
  // Around a pole of the sky longitudes do no more than shift, and two steps say so exactly: 0, not 360.
  const isGnomonic =
    projection.code === "TAN" && projection.theta0 === 90 && Math.abs(rotation.pole.lat) !== 90;
  const sphere = isGnomonic ? inOneStep(rotation) : inTwoSteps(projection, rotation);
  if (distortions.length === 0) return sphere;
  const backward = distortions.toReversed();
  return {
    toSky(x, y, n) {
      for (const distortion of distortions) distortion.apply(x, y, n);
      sphere.toSky(x, y, n);
    },
    toPlane(lon, lat, n) {
      sphere.toPlane(lon, lat, n);
      for (const distortion of backward) distortion.invert(lon, lat, n);
    },
  };
}

function inOneStep({ pole }: Rotation): SkyMap {
  return {
    toSky: (x, y, n) => gnomonicToSky(pole, x, y, n),
    toPlane: (lon, lat, n) => skyToGnomonic(pole, lon, lat, n),
  };
}

function inTwoSteps(projection: Projection, rotation: Rotation): SkyMap {
  return {
    toSky(x, y, n) {
      projection.toSphere(x, y, n);
      rotation.toCelestial(x, y, n);
    },
    toPlane(lon, lat, n) {
      rotation.toNative(lon, lat, n);
      projection.toPlane(lon, lat, n);
    },
  };
}
