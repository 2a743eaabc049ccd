/**
 * The rotation between the native coordinates of a map and the sky: FITS Paper II, eqs. 2 and 5.
 */
import { type CelestialPole, celestialPole, type PoleOptions } from "./celestial-pole.js";
import { atan2d, cosd, degree, sind } from "./degrees.js";
import { bothOrNone } from "./projections/bounds.js";

/** All coordinates are degrees. Both methods change the first `n` places of their arrays in place; NaN stays NaN. */
export interface Rotation {
  readonly pole: CelestialPole;
  /** LONPOLE and LATPOLE as resolved. */
  readonly lonpole: number;
  readonly latpole: number;
  /** Native to celestial: longitude 0 to 360, or -360 to 0 if that of the native pole is negative. */
  toCelestial(phi: Float64Array, theta: Float64Array, n: number): void;
  /** Celestial to native: longitude -180 to 180. */
  toNative(lon: Float64Array, lat: Float64Array, n: number): void;
}

/** @throws {FitsError} BAD_HEADER where no pole fits the values */
export function rotationOf(options: PoleOptions): Rotation {
  const pole = celestialPole(options);
  const whole = { pole, lonpole: pole.phi, latpole: pole.lat };
  if (pole.lat === 90 || pole.lat === -90) return { ...whole, ...shift(pole) };
  return {
    ...whole,
    toCelestial(phi, theta, n) {
      turn(phi, theta, n, pole.phi, pole.lon, pole.lat);
      likeSigned(phi, n, pole.lon);
      bothOrNone(phi, theta, n);
    },
    toNative(lon, lat, n) {
      turn(lon, lat, n, pole.lon, pole.phi, pole.lat);
      for (let i = 0; i < n; i++) {
        if (lon[i]! > 180) lon[i] = lon[i]! - 360;
        else if (lon[i]! < -180) lon[i] = lon[i]! + 360;
      }
      bothOrNone(lon, lat, n);
    },
  };
}

/**
 * The rotation's one formula, which serves both ways: a longitude `from` the first system's, where the other's pole lies,
 * becomes one `to` the second's; `latPole` is the latitude of the one pole in the other system.
 */
function turn(
  lon: Float64Array,
  lat: Float64Array,
  n: number,
  from: number,
  to: number,
  latPole: number,
): void {
  const sinPole = sind(latPole);
  const cosPole = cosd(latPole);
  const tilt = 90 - latPole;
  for (let i = 0; i < n; i++) {
    const t = lat[i]!;
    const d = lon[i]! - from;
    const sinLat = sind(t);
    const cosLat = cosd(t);
    const sinLon = sind(d);
    const cosLon = cosd(d);
    let x = sinLat * cosPole - cosLat * sinPole * cosLon;
    if (x < small && x > -small) {
      // Near a pole of the second system the difference above has lost its digits.
      const half = cosLon > 0 ? sind(d / 2) : cosd(d / 2);
      const rest = 2 * cosLat * sinPole * half * half;
      x = cosLon > 0 ? sind(t - latPole) + rest : sind(t + latPole) - rest;
    }
    const y = -cosLat * sinLon;
    if (sinLon === 0) {
      // On the meridian of both poles latitudes add up exactly.
      const sum = t + cosLon * tilt;
      lat[i] = sum > 90 ? 180 - sum : sum < -90 ? -180 - sum : sum;
      // At a pole every longitude is right; wcslib's is that which rounding leaves of this difference.
      if (lat[i] === 90 || lat[i] === -90) x = cosLat * cosd(tilt) * (1 - cosLon) - cosd(t + tilt);
      lon[i] = to + (x === 0 ? (latPole > 0 ? d + 180 : -d) : x > 0 ? 0 : 180);
    } else {
      lon[i] = to + atan2d(y, x);
      lat[i] = Math.atan2(sinLat * sinPole + cosLat * cosPole * cosLon, Math.sqrt(x * x + y * y)) * degree;
    }
  }
}

const small = 1e-5;

/** The rotation where the two poles fall together: longitudes shift or, of opposite poles, run the other way. */
function shift({ lon, lat, phi }: CelestialPole): Pick<Rotation, "toCelestial" | "toNative"> {
  const same = lat > 0;
  const east = same ? (lon + 180 - phi) % 360 : (lon + phi) % 360;
  return {
    toCelestial(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        phi[i] = same ? phi[i]! + east : east - phi[i]!;
        if (!same) theta[i] = -theta[i]!;
      }
      likeSigned(phi, n, lon);
      bothOrNone(phi, theta, n);
    },
    toNative(lon, lat, n) {
      for (let i = 0; i < n; i++) {
        const p = (same ? lon[i]! - east : east - lon[i]!) % 360;
        lon[i] = p > 180 ? p - 360 : p < -180 ? p + 360 : p;
        if (!same) lat[i] = -lat[i]!;
      }
      bothOrNone(lon, lat, n);
    },
  };
}

/** Brings longitudes into 0 to 360, or -360 to 0 if `like` is negative. */
export function likeSigned(lon: Float64Array, n: number, like: number): void {
  for (let i = 0; i < n; i++) {
    let value = lon[i]!;
    if (like >= 0) {
      if (value < 0 || value > 360) value -= 360 * Math.floor(value / 360);
    } else if (value > 0 || value < -360) {
      value -= 360 * Math.ceil(value / 360);
    }
    lon[i] = value;
  }
}
