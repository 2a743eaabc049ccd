/**
 * Airy's zenithal projection of least error: AIR (FITS Paper II, section 5.1.8).
 */
import { atan2d, cosd, degree, radian, sind } from "../degrees.js";
import { bothOrNone } from "./bounds.js";
import { badParameter, type Parameters, parameter } from "./parameters.js";
import type { Projection } from "./projection.js";

/** PVi_1 is theta_b, the latitude within which the error is least; 90 by default. */
export function airy(pv: Parameters): Projection {
  const limit = parameter("AIR", pv, 1, 90);
  if (!(limit > -90 && limit <= 90))
    throw badParameter("AIR", "PVi_1", limit, "it must lie above -90, up to 90");
  const weight = weightOf(limit);
  return {
    code: "AIR",
    phi0: 0,
    theta0: 90,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]!;
        const v = y[i]!;
        const r = Math.sqrt(u * u + v * v) / (2 * degree);
        x[i] = atan2d(u, -v);
        y[i] = 90 - 2 * degree * angleOf(r, weight);
      }
      bothOrNone(x, y, n);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const half = ((90 - theta[i]!) / 2) * radian;
        const r = theta[i]! > -90 ? 2 * degree * radiusOf(half, weight) : Number.NaN;
        const longitude = phi[i]!;
        phi[i] = r * sind(longitude);
        theta[i] = -r * cosd(longitude);
      }
      bothOrNone(phi, theta, n);
    },
  };
}

/** -ln(cos xi_b) / tan^2(xi_b), whose limit at the center is one half. */
function weightOf(limit: number): number {
  const half = (90 - limit) / 2;
  const sine = sind(half);
  if (half < 1e-7) return 0.5;
  return (-0.5 * Math.log1p(-sine * sine) * cosd(half) ** 2) / (sine * sine);
}

/** R / 2 r0 of the half angle xi: -ln(cos xi) / tan(xi) + weight tan(xi). */
function radiusOf(xi: number, weight: number): number {
  const tangent = Math.tan(xi);
  if (tangent < 1e-12) return (0.5 + weight) * xi;
  return weight * tangent - logCosine(xi) / tangent;
}

/** ln(cos xi), without loss of digits at either end. */
function logCosine(xi: number): number {
  if (xi > 0.7) return Math.log(Math.cos(xi));
  const sine = Math.sin(xi);
  return 0.5 * Math.log1p(-sine * sine);
}

/** Cosines of half angles that bound the search: 1, 1/2, 1/4 ...; beyond 2^-30 a map has no digits left. */
const mostHalvings = 30;

/**
 * The half angle of R / 2 r0; NaN where there is none. With a limit far in the south R shrinks for a while on its way
 * out; the first range of the search that reaches the radius is taken.
 */
function angleOf(r: number, weight: number): number {
  if (!(r > 0)) return r;
  let low = 0;
  let high = 0;
  for (let k = 1; radiusOf(high, weight) < r; k++) {
    if (k > mostHalvings) return Number.NaN;
    low = high;
    high = Math.acos(2 ** -k);
  }
  // Near the center R is (1/2 + weight) xi.
  let xi = Math.max(low, Math.min(high, r / (0.5 + weight)));
  for (let k = 0; k < 100; k++) {
    const miss = radiusOf(xi, weight) - r;
    if (miss > 0) high = xi;
    else low = xi;
    const sine = Math.sin(xi);
    const cosine = Math.cos(xi);
    const slope = sine < 1e-8 ? 0.5 + weight : 1 + logCosine(xi) / (sine * sine) + weight / (cosine * cosine);
    let next = xi - miss / slope;
    if (!(next >= low && next <= high)) next = 0.5 * (low + high);
    if (Math.abs(next - xi) <= 1e-11 * xi) return next;
    xi = next;
  }
  return xi;
}
