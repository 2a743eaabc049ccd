/**
 * Zenithal polynomial: ZPN (FITS Paper II, section 5.1.7).
 */
import { atan2d, cosd, degree, radian, sind } from "../degrees.js";
import { bothOrNone, usualSlack, withinSphere } from "./bounds.js";
import { badParameter, type Parameters, parameter } from "./parameters.js";
import type { Projection } from "./projection.js";

/** How far a zenith distance in radians, or a radius in units of r0, may lie beyond its range by error of rounding. */
const slack = 1e-13;
/** PVi_0 to PVi_29. */
const mostTerms = 30;

/**
 * R = r0 times the sum of PVi_m zeta^m, zeta the distance from the pole in radians, m from 0. The polynomial counts up to
 * its first maximum.
 */
export function zenithalPolynomial(pv: Parameters): Projection {
  const terms = Array.from({ length: mostTerms }, (_, m) => parameter("ZPN", pv, m, 0));
  let order = mostTerms - 1;
  while (order >= 0 && terms[order] === 0) order--;
  if (order < 0) throw badParameter("ZPN", "PVi_0", 0, "at least one PVi_m must differ from 0");
  const polynomial = Float64Array.from(terms.slice(0, order + 1));
  const farthest = order < 2 ? Math.PI : firstMaximum(polynomial);
  const rim = valueAt(polynomial, farthest);
  return {
    code: "ZPN",
    phi0: 0,
    theta0: 90,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]!;
        const v = y[i]!;
        x[i] = atan2d(u, -v);
        y[i] = 90 - degree * zenithDistance(polynomial, Math.sqrt(u * u + v * v) / degree, farthest, rim);
      }
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const zeta = (90 - theta[i]!) * radian;
        const r = zeta > farthest ? Number.NaN : degree * valueAt(polynomial, zeta);
        const longitude = phi[i]!;
        phi[i] = r * sind(longitude);
        theta[i] = -r * cosd(longitude);
      }
      bothOrNone(phi, theta, n);
    },
  };
}

function valueAt(polynomial: Float64Array, zeta: number): number {
  let value = 0;
  for (let m = polynomial.length - 1; m >= 0; m--) value = value * zeta + polynomial[m]!;
  return value;
}

function slopeAt(polynomial: Float64Array, zeta: number): number {
  let value = 0;
  for (let m = polynomial.length - 1; m > 0; m--) value = value * zeta + m * polynomial[m]!;
  return value;
}

/** The zenith distance, in radians, where the polynomial first stops growing, as seen in steps of a degree; else pi. */
function firstMaximum(polynomial: Float64Array): number {
  let low = 0;
  let slopeLow = slopeAt(polynomial, 0);
  if (slopeLow <= 0) throw badParameter("ZPN", "PVi_1", slopeLow, "the map must grow outwards at its center");
  for (let step = 1; step <= 180; step++) {
    let high = step * radian;
    let slopeHigh = slopeAt(polynomial, high);
    if (slopeHigh > 0) {
      low = high;
      slopeLow = slopeHigh;
      continue;
    }
    for (let k = 0; k < 60 && high - low > 1e-15; k++) {
      const middle = (low + high) / 2;
      slopeHigh = slopeAt(polynomial, middle);
      if (slopeHigh > 0) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }
  return Math.PI;
}

/** Zenith distance in radians of a radius in units of r0; NaN where there is none. */
function zenithDistance(polynomial: Float64Array, r: number, farthest: number, rim: number): number {
  const first = polynomial[0]!;
  if (polynomial.length === 1) return Number.NaN;
  if (polynomial.length === 2) return (r - first) / polynomial[1]!;
  if (polynomial.length === 3) return quadraticRoot(polynomial[2]!, polynomial[1]!, first - r);
  if (r < first) return r < first - slack ? Number.NaN : 0;
  if (r > rim) return r > rim + slack ? Number.NaN : farthest;
  return rootBelow(polynomial, r, farthest);
}

/** The smaller root of a z^2 + b z + c that is a zenith distance. */
function quadraticRoot(a: number, b: number, c: number): number {
  const inside = b * b - 4 * a * c;
  if (!(inside >= 0)) return Number.NaN;
  const root = Math.sqrt(inside);
  // Of the two forms of each root the one that loses no digits.
  const q = b < 0 ? (root - b) / 2 : -(b + root) / 2;
  const one = q / a;
  const other = q === 0 ? one : c / q;
  let zeta = Math.min(one, other);
  if (zeta < -slack) zeta = Math.max(one, other);
  if (zeta < 0) return zeta < -slack ? Number.NaN : 0;
  if (zeta > Math.PI) return zeta > Math.PI + slack ? Number.NaN : Math.PI;
  return zeta;
}

/** Solves the polynomial for r between 0 and `farthest`, where it grows: Newton's steps between narrowing bounds. */
function rootBelow(polynomial: Float64Array, r: number, farthest: number): number {
  let low = 0;
  let high = farthest;
  let zeta = Math.min((r - polynomial[0]!) / polynomial[1]!, farthest);
  for (let k = 0; k < 100; k++) {
    const miss = valueAt(polynomial, zeta) - r;
    if (miss > 0) high = zeta;
    else low = zeta;
    let next = zeta - miss / slopeAt(polynomial, zeta);
    if (!(next >= low && next <= high)) next = (low + high) / 2;
    if (Math.abs(next - zeta) <= 1e-12 * zeta) return next;
    zeta = next;
  }
  return zeta;
}
