/**
 * Cylindrical projections: CYP, CEA, CAR, MER (FITS Paper II, section 5.2). Native longitude is a scaled x.
 */
import { asind, atan2d, atand, cosd, degree, sind, tand } from "../degrees.js";
import { bothOrNone, usualSlack, withinSphere } from "./bounds.js";
import { badParameter, type Parameters, parameter } from "./parameters.js";
import type { Projection } from "./projection.js";

/** How far a sine may lie beyond 1 by error of rounding. */
const sineSlack = 1e-13;

/** Cylindrical perspective. PVi_1 is mu, the distance of the point of projection; PVi_2 lambda, the cylinder's radius. */
export function cylindricalPerspective(pv: Parameters): Projection {
  const mu = parameter("CYP", pv, 1, 1);
  const lambda = parameter("CYP", pv, 2, 1);
  if (lambda === 0) throw badParameter("CYP", "PVi_2", lambda, "the cylinder would have no radius");
  if (mu + lambda === 0) throw badParameter("CYP", "PVi_1", mu, "it must not be -PVi_2");
  const height = degree * (mu + lambda);
  return {
    code: "CYP",
    phi0: 0,
    theta0: 0,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const eta = y[i]! / height;
        x[i] = x[i]! / lambda;
        y[i] = atan2d(eta, 1) + asind((eta * mu) / Math.sqrt(eta * eta + 1));
      }
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const distance = mu + cosd(theta[i]!);
        phi[i] = lambda * phi[i]!;
        theta[i] = distance === 0 ? Number.NaN : (height * sind(theta[i]!)) / distance;
      }
      bothOrNone(phi, theta, n);
    },
  };
}

/** Cylindrical equal area. PVi_1 is lambda, above 0 up to 1. */
export function cylindricalEqualArea(pv: Parameters): Projection {
  const lambda = parameter("CEA", pv, 1, 1);
  if (!(lambda > 0 && lambda <= 1))
    throw badParameter("CEA", "PVi_1", lambda, "it must lie above 0, up to 1");
  const height = degree / lambda;
  const inverse = lambda / degree;
  return {
    code: "CEA",
    phi0: 0,
    theta0: 0,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) {
        const sine = y[i]! * inverse;
        y[i] = Math.abs(sine) <= 1 + sineSlack ? asind(sine) : Number.NaN;
      }
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) theta[i] = height * sind(theta[i]!);
      bothOrNone(phi, theta, n);
    },
  };
}

/** Plate carrée: x and y are longitude and latitude. */
export function plateCarree(): Projection {
  return {
    code: "CAR",
    phi0: 0,
    theta0: 0,
    toSphere(x, y, n) {
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      bothOrNone(phi, theta, n);
    },
  };
}

/** Mercator. The poles are at no finite y. */
export function mercator(): Projection {
  return {
    code: "MER",
    phi0: 0,
    theta0: 0,
    toSphere(x, y, n) {
      for (let i = 0; i < n; i++) y[i] = 2 * atand(Math.exp(y[i]! / degree)) - 90;
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const t = theta[i]!;
        theta[i] = t > -90 && t < 90 ? degree * Math.log(tand((90 + t) / 2)) : Number.NaN;
      }
      bothOrNone(phi, theta, n);
    },
  };
}
