/**
 * SIN with a slant: the synthesis projection of interferometers (FITS Paper II, section 5.1.5). NCP is one of these:
 * SIN with PVi_1 = 0, PVi_2 = cot(CRVAL of latitude).
 */
import { asind, atan2d, atand, cosd, degree, radian, sind } from "../degrees.js";
import { bothOrNone, usualSlack, withinSphere } from "./bounds.js";
import { type Parameters, parameter } from "./parameters.js";
import type { Projection } from "./projection.js";
import { orthographic } from "./zenithal.js";

/** How far a sine may lie beyond 1 by error of rounding. */
const sineSlack = 1e-13;

/**
 * How deep the sphere lies below its tangent plane, 1 - sin(theta), where the line through the plane's point u, v (in
 * radii) of direction -xi, -eta, 1 meets the sphere; the smaller of two such depths; NaN where there is none. Paper II
 * solves for sin(theta) (eqs. 41 to 47); the depth keeps its digits near the center, too.
 */
export function depthOf(u: number, v: number, xi: number, eta: number): number {
  const square = u * u + v * v;
  const a = xi * xi + eta * eta + 1;
  const b = 1 + xi * u + eta * v;
  const inside = b * b - a * square;
  if (!(inside >= 0)) return Number.NaN;
  const root = Math.sqrt(inside);
  let depth = b > 0 ? square / (b + root) : (b - root) / a;
  if (depth < 0) depth = depth > -sineSlack ? 0 : (b + root) / a;
  if (depth > 2 && depth < 2 + sineSlack) return 2;
  return depth >= 0 && depth <= 2 ? depth : Number.NaN;
}

/** Native latitude where 1 - sin(theta) is `depth`. */
export function latitudeOfDepth(depth: number): number {
  return 90 - 2 * asind(Math.sqrt(depth / 2));
}

/** PVi_1 and PVi_2 are xi and eta of Paper II, eq. 61; both 0 by default, which is the plain orthographic map. */
export function slantOrthographic(pv: Parameters): Projection {
  const xi = parameter("SIN", pv, 1, 0);
  const eta = parameter("SIN", pv, 2, 0);
  if (xi === 0 && eta === 0) return orthographic();
  return {
    code: "SIN",
    phi0: 0,
    theta0: 90,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]! * radian;
        const v = y[i]! * radian;
        const depth = depthOf(u, v, xi, eta);
        x[i] = atan2d(u - xi * depth, -(v - eta * depth));
        y[i] = latitudeOfDepth(depth);
      }
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const t = theta[i]!;
        const sinPhi = sind(phi[i]!);
        const cosPhi = cosd(phi[i]!);
        const half = sind((90 - t) / 2);
        const depth = 2 * half * half;
        // The far side of the sphere begins where the line of sight touches.
        const r = t < -atand(xi * sinPhi - eta * cosPhi) ? Number.NaN : cosd(t);
        phi[i] = degree * (r * sinPhi + xi * depth);
        theta[i] = -degree * (r * cosPhi - eta * depth);
      }
      bothOrNone(phi, theta, n);
    },
  };
}
