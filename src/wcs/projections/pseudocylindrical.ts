/**
 * Pseudo-cylindrical projections and Hammer-Aitoff: SFL, PAR, MOL, AIT (FITS Paper II, section 5.3).
 */
import { asind, atan2d, cosd, degree, sind } from "../degrees.js";
import { bothOrNone, usualSlack, withinSphere } from "./bounds.js";
import type { Projection } from "./projection.js";

/** Sanson-Flamsteed: x = phi cos(theta), y = theta. GLS, its older name, is this with another reference point. */
export function sansonFlamsteed(): Projection {
  return {
    code: "SFL",
    phi0: 0,
    theta0: 0,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const c = cosd(y[i]!);
        if (c !== 0) x[i] = x[i]! / c;
        else if (x[i] !== 0) x[i] = Number.NaN;
      }
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) phi[i] = phi[i]! * cosd(theta[i]!);
      bothOrNone(phi, theta, n);
    },
  };
}

/** How far, in degrees, x of PAR's pole may lie off 0. */
const poleSlack = 1e-13;

/** Parabolic: x = phi (2 cos(2 theta / 3) - 1), y = 180 sin(theta / 3). */
export function parabolic(): Projection {
  return {
    code: "PAR",
    phi0: 0,
    theta0: 0,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const s = y[i]! / 180;
        const t = 1 - 4 * s * s;
        if (s > 1 || s < -1) x[i] = Number.NaN;
        else if (t !== 0) x[i] = x[i]! / t;
        else x[i] = Math.abs(x[i]!) < poleSlack ? 0 : Number.NaN;
        y[i] = 3 * asind(s);
      }
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const s = sind(theta[i]! / 3);
        phi[i] = phi[i]! * (1 - 4 * s * s);
        theta[i] = 180 * s;
      }
      bothOrNone(phi, theta, n);
    },
  };
}

/** How far squares of coordinates, in radii, may lie beyond the rim of MOL. */
const mollweideSlack = 1e-12;
/** How far, in degrees, rounding may carry a longitude of MOL over the edge, most so at the poles. */
const mollweideEdge = 1e-10;

/** Mollweide: 2 gamma + sin(2 gamma) = pi sin(theta), x = (2 sqrt(2) / pi) phi cos(gamma), y = sqrt(2) r0 sin(gamma). */
export function mollweide(): Projection {
  const wide = (2 * Math.SQRT2) / Math.PI;
  const high = Math.SQRT2 * degree;
  return {
    code: "MOL",
    phi0: 0,
    theta0: 0,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const v = y[i]! / degree;
        let square = 2 - v * v;
        if (square <= mollweideSlack) {
          // The pole, which is a single point.
          if (square < -mollweideSlack || Math.abs(x[i]!) > mollweideSlack) x[i] = Number.NaN;
          else x[i] = 0;
          square = 0;
        } else {
          x[i] = (x[i]! * Math.PI) / (2 * Math.sqrt(square));
        }
        const sine =
          (Math.asin(Math.max(-1, Math.min(1, v / Math.SQRT2))) * 2 + v * Math.sqrt(square)) / Math.PI;
        y[i] = Math.abs(sine) <= 1 + mollweideSlack ? asind(sine) : Number.NaN;
      }
      withinSphere(x, y, n, mollweideEdge);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const t = theta[i]!;
        const gamma = mollweideAngle(t);
        phi[i] = wide * phi[i]! * Math.cos(gamma);
        theta[i] = high * Math.sin(gamma);
        if (t === 90 || t === -90) {
          phi[i] = 0 * phi[i]!;
          theta[i] = t > 0 ? high : -high;
        }
      }
      bothOrNone(phi, theta, n);
    },
  };
}

/**
 * Mollweide's gamma, in radians, of a latitude in degrees. The equation is solved for the half angle's complement, e =
 * pi - 2 gamma: e - sin(e) = pi (1 - sin |theta|), whose root is a smooth function up to the pole in cube roots.
 */
function mollweideAngle(theta: number): number {
  const half = sind((90 - Math.abs(theta)) / 2);
  const goal = 2 * Math.PI * half * half;
  // e^3 / 6 near the pole; from above, where the function is convex, Newton's steps go down to the root.
  let e = Math.min(Math.PI, Math.cbrt(6 * goal) * (1 + 0.06 * goal));
  for (let k = 0; k < 20; k++) {
    const slope = 2 * Math.sin(e / 2) ** 2;
    if (slope === 0) break;
    const step = (versine3(e) - goal) / slope;
    e -= step;
    if (Math.abs(step) <= 1e-10 * e) break;
  }
  const gamma = (Math.PI - e) / 2;
  return theta < 0 ? -gamma : gamma;
}

/** e - sin(e), by its series where the difference would lose digits. */
function versine3(e: number): number {
  if (e > 0.5) return e - Math.sin(e);
  const q = e * e;
  let term = (e * q) / 6;
  let sum = term;
  for (let k = 4; k < 20; k += 2) {
    term *= -q / (k * (k + 1));
    sum += term;
  }
  return sum;
}

/** How far the square of z, of Paper II's eq. 111, may lie below one half. */
const aitoffSlack = 1e-13;

/** Hammer-Aitoff. */
export function hammerAitoff(): Projection {
  return {
    code: "AIT",
    phi0: 0,
    theta0: 0,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]! / (4 * degree);
        const v = y[i]! / (2 * degree);
        let square = 1 - u * u - v * v;
        if (square < 0.5) square = square < 0.5 - aitoffSlack ? Number.NaN : 0.5;
        const z = Math.sqrt(square);
        const along = 2 * square - 1;
        const across = 2 * z * u;
        x[i] = 2 * atan2d(across, along);
        y[i] = Math.atan2(2 * z * v, Math.sqrt(along * along + across * across)) * degree;
      }
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const t = theta[i]!;
        const c = cosd(t);
        const gamma = degree * Math.sqrt(2 / (1 + c * cosd(phi[i]! / 2)));
        phi[i] = 2 * gamma * c * sind(phi[i]! / 2);
        theta[i] = gamma * sind(t);
      }
      bothOrNone(phi, theta, n);
    },
  };
}
