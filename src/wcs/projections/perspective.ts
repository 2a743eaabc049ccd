/**
 * Perspective projections: AZP with a tilted plane, SZP with a slanted view (FITS Paper II, sections 5.1.1 and 5.1.2).
 */
import { asind, atan2d, atand, cosd, degree, radian, sind, tand } from "../degrees.js";
import { bothOrNone, usualSlack, withinSphere } from "./bounds.js";
import { badParameter, type Parameters, parameter } from "./parameters.js";
import type { Projection } from "./projection.js";
import { depthOf, latitudeOfDepth } from "./slant.js";

/** Below this, the difference of two sines is 0 but for rounding. */
const sineRounding = 4e-16;
/** How far a sine may lie beyond 1 by error of rounding. */
const sineSlack = 1e-13;

/** Zenithal perspective. PVi_1 is mu, the distance of the point of projection in radii; PVi_2 gamma, the tilt. */
export function zenithalPerspective(pv: Parameters): Projection {
  const mu = parameter("AZP", pv, 1, 0);
  const gamma = parameter("AZP", pv, 2, 0);
  if (mu === -1) throw badParameter("AZP", "PVi_1", mu, "the point of projection would be on the plane");
  const cosGamma = cosd(gamma);
  if (cosGamma === 0) throw badParameter("AZP", "PVi_2", gamma, "the plane would be edge-on");
  const sinGamma = sind(gamma);
  const tanGamma = tand(gamma);
  const scale = degree * (mu + 1);
  // Seen from outside, the sphere hides its far side: Paper II, eq. 31.
  const horizon = Math.abs(mu) > 1 ? asind(-1 / mu) : -90;
  const diverges = Math.abs(mu * cosGamma) < 1;
  return {
    code: "AZP",
    phi0: 0,
    theta0: 90,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]!;
        const v = y[i]!;
        const across = v * cosGamma;
        const r = Math.sqrt(u * u + across * across);
        if (r === 0) {
          x[i] = 0;
          y[i] = 90;
          continue;
        }
        const distance = scale + v * sinGamma;
        const side = distance < 0 ? -1 : 1;
        const psi = atan2d(Math.abs(distance), r * side);
        const sine = (mu * r * side) / Math.sqrt(r * r + distance * distance);
        const omega = Math.abs(sine) <= 1 + sineSlack ? asind(sine) : Number.NaN;
        let near = psi - omega;
        let far = psi + omega + 180;
        if (near > 180) near -= 360;
        if (far > 180) far -= 360;
        x[i] = atan2d(u, -across);
        y[i] = Math.max(near, far);
        if (near > 90 + usualSlack) y[i] = far;
        else if (far > 90 + usualSlack) y[i] = near;
      }
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const p = phi[i]!;
        const t = theta[i]!;
        const c = cosd(p);
        const tilt = tanGamma * c;
        const distance = mu + sind(t) + cosd(t) * tilt;
        let r = distance === 0 || t < horizon ? Number.NaN : (scale * cosd(t)) / distance;
        if (diverges && t < limit(-atand(tilt), mu / Math.sqrt(1 + tilt * tilt))) r = Number.NaN;
        phi[i] = r * sind(p);
        theta[i] = (-r * c) / cosGamma;
      }
      bothOrNone(phi, theta, n);
    },
  };
}

/** The latitude down to which the map reaches on a meridian: the larger of psi - omega and psi + omega + 180. */
function limit(psi: number, sineOmega: number): number {
  if (!(Math.abs(sineOmega) <= 1)) return -90;
  const omega = asind(sineOmega);
  let a = psi - omega;
  let b = psi + omega + 180;
  if (a > 90) a -= 360;
  if (b > 90) b -= 360;
  return Math.max(a, b);
}

/**
 * Slant zenithal perspective. PVi_1 is mu, the distance of the point of projection in radii; PVi_2 and PVi_3 the native
 * longitude and latitude, phi_c and theta_c, of the point where its line through the center meets the sphere.
 */
export function slantPerspective(pv: Parameters): Projection {
  const mu = parameter("SZP", pv, 1, 0);
  const phiC = parameter("SZP", pv, 2, 0);
  const thetaC = parameter("SZP", pv, 3, 90);
  const xp = -mu * cosd(thetaC) * sind(phiC);
  const yp = mu * cosd(thetaC) * cosd(phiC);
  const zp = mu * sind(thetaC) + 1;
  if (zp === 0) throw badParameter("SZP", "PVi_1", mu, "the point of projection would be on the plane");
  const lowest = Math.abs(zp - 1) < 1 ? asind(1 - zp) : -90;
  const hides = Math.abs(mu) > 1;
  // The sphere's horizon has (zp - 1)^2 in this place; wcslib's differs, and decides which points a map is taken to have.
  const far = zp * (zp - 1) - 1;
  return {
    code: "SZP",
    phi0: 0,
    theta0: 90,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]! * radian;
        const v = y[i]! * radian;
        const xi = (u - xp) / zp;
        const eta = (v - yp) / zp;
        const depth = depthOf(u, v, xi, eta);
        x[i] = atan2d(u - xi * depth, -(v - eta * depth));
        y[i] = latitudeOfDepth(depth);
      }
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const p = phi[i]!;
        const t = theta[i]!;
        const sinPhi = sind(p);
        const cosPhi = cosd(p);
        const half = sind((90 - t) / 2);
        const depth = 2 * half * half;
        const distance = zp - depth;
        let scale = Math.abs(distance) < sineRounding || t < lowest ? Number.NaN : degree / distance;
        if (hides) {
          const along = yp * cosPhi - xp * sinPhi;
          const sine = 1 / Math.sqrt(along * along + far);
          if (t < limit(-atan2d(along, zp - 1), sine)) scale = Number.NaN;
        }
        phi[i] = scale * (zp * cosd(t) * sinPhi - xp * depth);
        theta[i] = -scale * (zp * cosd(t) * cosPhi + yp * depth);
      }
      bothOrNone(phi, theta, n);
    },
  };
}
