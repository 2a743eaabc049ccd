/**
 * The tangent projection and the rotation to the sky in one step, by unit vectors: most images are TAN, and angles between
 * the two would cost more than all the rest (FITS Paper II, eqs. 2, 5 and 54).
 */
import type { CelestialPole } from "./celestial-pole.js";
import { cosd, degree, radian, sind } from "./degrees.js";
import type { SkyMap } from "./sky-map.js";

/** Beyond it squares overflow. */
const farthest = 1e150;

/** Plane to sky of TAN with its native pole there, which is not one of the sky's own poles. */
export function tangentSky({ lon: lonPole, lat: latPole, phi }: CelestialPole): SkyMap {
  const [sinPole, cosPole] = [sind(latPole), cosd(latPole)];
  const [sinPhi, cosPhi] = [sind(phi), cosd(phi)];
  const height = degree * sinPole;
  const depth = degree * cosPole;

  return {
    toSky(x, y, n) {
      for (let i = 0; i < n; i++) {
        const px = x[i]!;
        const py = y[i]!;
        // The native vector is -y, x, degree; its first two parts are turned by LONPOLE.
        const u = px * sinPhi - py * cosPhi;
        const v = px * cosPhi + py * sinPhi;
        const east = -v;
        const south = depth - u * sinPole;
        const isPlace = Math.abs(px) < farthest && Math.abs(py) < farthest;
        x[i] = isPlace ? likePole(lonPole + Math.atan2(east, south) * degree) : Number.NaN;
        y[i] = isPlace
          ? Math.atan2(height + u * cosPole, Math.sqrt(south * south + east * east)) * degree
          : Number.NaN;
      }
    },
    toPlane(lon, lat, n) {
      for (let i = 0; i < n; i++) {
        const t = lat[i]! * radian;
        const half = ((lon[i]! - lonPole) * radian) / 2;
        const sinLat = Math.sin(t);
        const cosLat = Math.cos(t);
        const sinHalf = Math.sin(half);
        // One minus the cosine of the difference in longitude, with all its digits.
        const versine = 2 * sinHalf * sinHalf;
        const z = sinLat * sinPole + cosLat * cosPole * (1 - versine);
        const u = Math.sin((lat[i]! - latPole) * radian) + cosLat * sinPole * versine;
        const v = -2 * cosLat * sinHalf * Math.cos(half);
        const r = z > 0 ? degree / z : Number.NaN;
        lon[i] = r * (u * sinPhi + v * cosPhi);
        lat[i] = r * (v * sinPhi - u * cosPhi);
      }
    },
  };

  /** Longitudes are 0 to 360, or -360 to 0 where that of the pole is negative. */
  function likePole(value: number): number {
    if (lonPole >= 0) return value < 0 ? value + 360 : value > 360 ? value - 360 : value;
    return value > 0 ? value - 360 : value < -360 ? value + 360 : value;
  }
}
