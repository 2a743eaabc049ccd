/**
 * The fast way of TAN, by far the most frequent projection: plane to sky and back in one step, by vectors instead of
 * native coordinates (FITS Paper II, sections 2.3 and 5.1.3, put together). Answers are those of projection and rotation
 * one after the other.
 */
import type { CelestialPole } from "./celestial-pole.js";
import { atan2d, cosd, degree, sind } from "./degrees.js";
import { bothOrNone } from "./projections/bounds.js";
import { likeSigned } from "./sphere.js";

/**
 * Plane of TAN to celestial coordinates, in place: x becomes longitude, y latitude, all in degrees. Its native pole is the
 * reference point: theta0 is 90. It must not be a pole of the sky.
 */
export function gnomonicToSky(pole: CelestialPole, x: Float64Array, y: Float64Array, n: number): void {
  const sinPhi = sind(pole.phi);
  const cosPhi = cosd(pole.phi);
  const sinPole = sind(pole.lat);
  const cosPole = cosd(pole.lat);
  for (let i = 0; i < n; i++) {
    // The native direction is (-y, x, r0), here along and across the meridian of the celestial pole.
    const along = x[i]! * sinPhi - y[i]! * cosPhi;
    const across = x[i]! * cosPhi + y[i]! * sinPhi;
    const a = degree * cosPole - along * sinPole;
    const up = degree * sinPole + along * cosPole;
    x[i] = pole.lon + atan2d(-across, a);
    y[i] = Math.atan2(up, Math.sqrt(a * a + across * across)) * degree;
  }
  likeSigned(x, n, pole.lon);
  bothOrNone(x, y, n);
}

/** Celestial coordinates to the plane of TAN, in place; NaN where the sky is 90 degrees or more from the reference point. */
export function skyToGnomonic(pole: CelestialPole, lon: Float64Array, lat: Float64Array, n: number): void {
  const sinPhi = sind(pole.phi);
  const cosPhi = cosd(pole.phi);
  const sinPole = sind(pole.lat);
  const cosPole = cosd(pole.lat);
  for (let i = 0; i < n; i++) {
    const d = lon[i]! - pole.lon;
    const sinLat = sind(lat[i]!);
    const cosLat = cosd(lat[i]!);
    const cosLon = cosd(d);
    const height = sinLat * sinPole + cosLat * cosPole * cosLon;
    let along = sinLat * cosPole - cosLat * sinPole * cosLon;
    if (along < small && along > -small && cosLon > 0) {
      // Close to the reference point the difference above has lost its digits.
      const half = sind(d / 2);
      along = sind(lat[i]! - pole.lat) + 2 * cosLat * sinPole * half * half;
    }
    const across = -cosLat * sind(d);
    const scale = height > 0 ? degree / height : Number.NaN;
    lon[i] = scale * (across * cosPhi + along * sinPhi);
    lat[i] = scale * (across * sinPhi - along * cosPhi);
  }
  bothOrNone(lon, lat, n);
}

/** Below this, sines are small enough for the second form. */
const small = 1e-5;
