/**
 * Zenithal projections without parameters: TAN, STG, SIN, ARC, ZEA (FITS Paper II, section 5.1). The distance from the
 * center is a function of the native latitude alone.
 */
import { asind, atan2d, atand, cosd, degree, radian, sind } from "../degrees.js";
import { bothOrNone, usualSlack, withinSphere } from "./bounds.js";
import type { Projection } from "./projection.js";

/** How far, in degrees, rounding may carry a point over the rim of ZEA. */
const rimSlack = 1e-12;

/** How far rounding may carry the square of a sine beyond 1. */
const sineSlack = 1e-13;

/** Gnomonic: R = r0 cot(theta). Only the northern hemisphere is on the map. */
export function gnomonic(): Projection {
  return {
    code: "TAN",
    phi0: 0,
    theta0: 90,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]!;
        const v = y[i]!;
        const r = Math.sqrt(u * u + v * v);
        x[i] = atan2d(u, -v);
        y[i] = Math.atan2(degree, r) * degree;
      }
      bothOrNone(x, y, n);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const height = sind(theta[i]!);
        const r = height > 0 ? (degree * cosd(theta[i]!)) / height : Number.NaN;
        const longitude = phi[i]!;
        phi[i] = r * sind(longitude);
        theta[i] = -r * cosd(longitude);
      }
      bothOrNone(phi, theta, n);
    },
  };
}

/** Stereographic: R = 2 r0 cos(theta) / (1 + sin(theta)) = 2 r0 tan((90 - theta) / 2). */
export function stereographic(): Projection {
  return {
    code: "STG",
    phi0: 0,
    theta0: 90,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]!;
        const v = y[i]!;
        x[i] = atan2d(u, -v);
        y[i] = 90 - 2 * atand(Math.sqrt(u * u + v * v) / (2 * degree));
      }
      bothOrNone(x, y, n);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const height = 1 + sind(theta[i]!);
        const r = height === 0 ? Number.NaN : (2 * degree * cosd(theta[i]!)) / height;
        const longitude = phi[i]!;
        phi[i] = r * sind(longitude);
        theta[i] = -r * cosd(longitude);
      }
      bothOrNone(phi, theta, n);
    },
  };
}

/** Orthographic: R = r0 cos(theta). Only the northern hemisphere is on the map. */
export function orthographic(): Projection {
  return {
    code: "SIN",
    phi0: 0,
    theta0: 90,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]! * radian;
        const v = y[i]! * radian;
        const square = u * u + v * v;
        x[i] = atan2d(u, -v);
        // Each inverse function where it loses no digits.
        if (square < 0.5) y[i] = Math.acos(Math.sqrt(square)) * degree;
        else if (square < 1 || square > 1 + sineSlack) y[i] = Math.asin(Math.sqrt(1 - square)) * degree;
        else y[i] = 0;
      }
      bothOrNone(x, y, n);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const r = theta[i]! < 0 ? Number.NaN : degree * cosd(theta[i]!);
        const longitude = phi[i]!;
        phi[i] = r * sind(longitude);
        theta[i] = -r * cosd(longitude);
      }
      bothOrNone(phi, theta, n);
    },
  };
}

/** Zenithal equidistant: R = 90 - theta. */
export function equidistant(): Projection {
  return {
    code: "ARC",
    phi0: 0,
    theta0: 90,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]!;
        const v = y[i]!;
        x[i] = atan2d(u, -v);
        y[i] = 90 - Math.sqrt(u * u + v * v);
      }
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const r = 90 - theta[i]!;
        const longitude = phi[i]!;
        phi[i] = r * sind(longitude);
        theta[i] = -r * cosd(longitude);
      }
      bothOrNone(phi, theta, n);
    },
  };
}

/** Zenithal equal area: R = 2 r0 sin((90 - theta) / 2). */
export function equalArea(): Projection {
  const rim = 2 * degree;
  return {
    code: "ZEA",
    phi0: 0,
    theta0: 90,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const u = x[i]!;
        const v = y[i]!;
        const r = Math.sqrt(u * u + v * v);
        x[i] = atan2d(u, -v);
        if (r > rim) y[i] = r - rim < rimSlack ? -90 : Number.NaN;
        else y[i] = 90 - 2 * asind(r / rim);
      }
      bothOrNone(x, y, n);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const r = rim * sind((90 - theta[i]!) / 2);
        const longitude = phi[i]!;
        phi[i] = r * sind(longitude);
        theta[i] = -r * cosd(longitude);
      }
      bothOrNone(phi, theta, n);
    },
  };
}
