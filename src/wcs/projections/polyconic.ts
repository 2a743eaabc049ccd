/**
 * Bonne's projection and the polyconic one: BON, PCO (FITS Paper II, section 5.5).
 */
import { atan2d, cosd, degree, radian, sind, tand } from "../degrees.js";
import { bothOrNone, withinSphere } from "./bounds.js";
import { needed, type Parameters } from "./parameters.js";
import type { Projection } from "./projection.js";
import { sansonFlamsteed } from "./pseudocylindrical.js";

/** How far, in degrees, rounding may carry a native coordinate beyond its range. */
const bonneSlack = 1e-11;
const polyconicSlack = 1e-12;

/** Bonne's equal area. PVi_1 is theta_1, the parallel that is true to scale; with 0, the map is SFL. */
export function bonne(pv: Parameters): Projection {
  const theta1 = needed("BON", pv, 1, "theta_1, its standard parallel");
  if (theta1 === 0) return { ...sansonFlamsteed(), code: "BON" };
  const y0 = (degree * cosd(theta1)) / sind(theta1) + theta1;
  const south = theta1 < 0;
  return {
    code: "BON",
    phi0: 0,
    theta0: 0,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]!;
        const v = y0 - y[i]!;
        const r = south ? -Math.sqrt(u * u + v * v) : Math.sqrt(u * u + v * v);
        const angle = south ? atan2d(-u, -v) : atan2d(u, v);
        const t = y0 - r;
        const c = cosd(t);
        x[i] = c === 0 ? 0 : (angle * (r / degree)) / c;
        y[i] = t;
      }
      withinSphere(x, y, n, bonneSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const r = y0 - theta[i]!;
        const angle = r === 0 ? 0 : (degree * phi[i]! * cosd(theta[i]!)) / r;
        phi[i] = r * sind(angle);
        theta[i] = y0 - r * cosd(angle);
      }
      bothOrNone(phi, theta, n);
    },
  };
}

/** Polyconic. */
export function polyconic(): Projection {
  return {
    code: "PCO",
    phi0: 0,
    theta0: 0,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]!;
        const v = y[i]!;
        if (v === 0) continue;
        const t = polyconicLatitude(u * radian, Math.abs(v) * radian);
        const high = Math.abs(v) * radian - t;
        const sine = Math.sin(t);
        if (t >= Math.PI / 2) {
          x[i] = 0;
          y[i] = v < 0 ? -90 : 90;
        } else {
          x[i] = atan2d(u * radian, Math.cos(t) / sine - high) / sine;
          y[i] = (v < 0 ? -t : t) * degree;
        }
      }
      withinSphere(x, y, n, polyconicSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const t = theta[i]!;
        if (t === 0) continue;
        const angle = phi[i]! * sind(t);
        const cotangent = degree / tand(t);
        const half = sind(angle / 2);
        phi[i] = cotangent * sind(angle);
        theta[i] = t + 2 * cotangent * half * half;
      }
      bothOrNone(phi, theta, n);
    },
  };
}

/**
 * The latitude, from 0 to pi/2, of x, y in radians, y > 0: the root of sin(t) (x^2 + (y - t)^2) = 2 cos(t) (y - t), which
 * says that the point lies on the parallel's circle. Newton's steps, between bounds that each step narrows.
 */
function polyconicLatitude(x: number, y: number): number {
  let low = 0;
  let high = Math.min(y, Math.PI / 2);
  let t = Math.min(high, y / (1 + (x * x) / 2));
  for (let k = 0; k < 100; k++) {
    const rest = y - t;
    const sine = Math.sin(t);
    const cosine = Math.cos(t);
    const square = x * x + rest * rest;
    const miss = sine * square - 2 * cosine * rest;
    if (miss > 0) high = t;
    else low = t;
    const slope = cosine * square - 2 * sine * rest + 2 * sine * rest + 2 * cosine;
    let next = t - miss / slope;
    if (!(next >= low && next <= high)) next = (low + high) / 2;
    if (Math.abs(next - t) <= 1e-11 * t) return next;
    t = next;
  }
  return t;
}
