/**
 * Conic projections: COP, COE, COD, COO (FITS Paper II, section 5.4). PVi_1 is theta_a, the mean of the two standard
 * parallels; PVi_2 eta, half their difference, 0 by default. The cone's circles have radius R about x = 0, y = Y0; R
 * and the cone's constant C are negative where theta_a is.
 */
import { asind, atan2d, atand, cosd, degree, radian, sind, tand } from "../degrees.js";
import { bothOrNone, usualSlack, withinSphere } from "./bounds.js";
import { badParameter, needed, type Parameters, parameter } from "./parameters.js";
import type { Projection } from "./projection.js";

interface Parallels {
  readonly thetaA: number;
  readonly eta: number;
  /** The standard parallels, theta_a - eta and theta_a + eta. */
  readonly theta1: number;
  readonly theta2: number;
}

function parallelsOf(code: string, pv: Parameters): Parallels {
  const thetaA = needed(code, pv, 1, "theta_a, the mean of its standard parallels");
  const eta = parameter(code, pv, 2, 0);
  return { thetaA, eta, theta1: thetaA - eta, theta2: thetaA + eta };
}

/** Closer to the center of the circles than this, in degrees, every longitude is there. */
const apex = 1e-13;

/** Plane to circles: `x` becomes phi, `y` the radius R. */
function toCircles(
  x: Float64Array,
  y: Float64Array,
  n: number,
  cone: number,
  y0: number,
  south: boolean,
): void {
  for (let i = 0; i < n; i++) {
    const u = x[i]!;
    const v = y0 - y[i]!;
    const r = Math.sqrt(u * u + v * v);
    if (r < apex) {
      x[i] = 0;
      y[i] = 0;
      continue;
    }
    x[i] = (south ? atan2d(-u, -v) : atan2d(u, v)) / cone;
    y[i] = south ? -r : r;
  }
}

/** Circles to plane: `phi` becomes x, the radii in `theta` become y. */
function fromCircles(phi: Float64Array, theta: Float64Array, n: number, cone: number, y0: number): void {
  for (let i = 0; i < n; i++) {
    const angle = cone * phi[i]!;
    const r = theta[i]!;
    phi[i] = r * sind(angle);
    theta[i] = y0 - r * cosd(angle);
  }
  bothOrNone(phi, theta, n);
}

/** Conic perspective. */
export function conicPerspective(pv: Parameters): Projection {
  const { thetaA, eta } = parallelsOf("COP", pv);
  const cone = sind(thetaA);
  if (cone === 0)
    throw badParameter("COP", "PVi_1", thetaA, "the cone would be a cylinder or a plane edge-on");
  const scale = degree * cosd(eta);
  if (scale === 0) throw badParameter("COP", "PVi_2", eta, "the map would have no size");
  const slope = 1 / tand(thetaA);
  const y0 = scale * slope;
  const part = 1 / scale;
  return {
    code: "COP",
    phi0: 0,
    theta0: thetaA,
    toSphere(x, y, n) {
      toCircles(x, y, n, cone, y0, thetaA < 0);
      for (let i = 0; i < n; i++) y[i] = thetaA + atand(slope - y[i]! * part);
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const latitude = theta[i]!;
        const t = latitude - thetaA;
        let r = cosd(t) === 0 ? Number.NaN : y0 - scale * tand(t);
        // Of the two poles the cone's apex is one; the other, and all beyond the apex, is not on the map.
        if (latitude === 90 || latitude === -90) r = latitude < 0 === thetaA < 0 ? 0 : Number.NaN;
        else if (r * scale * cone < 0) r = Number.NaN;
        theta[i] = r;
      }
      fromCircles(phi, theta, n, cone, y0);
    },
  };
}

/** Conic equal area. */
export function conicEqualArea(pv: Parameters): Projection {
  const { thetaA, theta1, theta2 } = parallelsOf("COE", pv);
  const s1 = sind(theta1);
  const s2 = sind(theta2);
  const gamma = s1 + s2;
  if (gamma === 0) throw badParameter("COE", "PVi_1", thetaA, "the cone would be a cylinder");
  const scale = (2 * degree) / gamma;
  const base = 1 + s1 * s2;
  const y0 = scale * Math.sqrt(base - gamma * sind(thetaA));
  return {
    code: "COE",
    phi0: 0,
    theta0: thetaA,
    toSphere(x, y, n) {
      toCircles(x, y, n, gamma / 2, y0, thetaA < 0);
      for (let i = 0; i < n; i++) {
        const q = y[i]! / scale;
        y[i] = asind((base - q * q) / gamma);
      }
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) theta[i] = scale * Math.sqrt(base - gamma * sind(theta[i]!));
      fromCircles(phi, theta, n, gamma / 2, y0);
    },
  };
}

/** Conic equidistant. */
export function conicEquidistant(pv: Parameters): Projection {
  const { thetaA, eta } = parallelsOf("COD", pv);
  const angle = eta * radian;
  const cone = eta === 0 ? sind(thetaA) : (sind(thetaA) * sind(eta)) / angle;
  if (cone === 0) throw badParameter("COD", "PVi_1", thetaA, "the cone would be a cylinder");
  const y0 =
    eta === 0 ? degree / tand(thetaA) : (eta * cosd(eta) * cosd(thetaA)) / (sind(eta) * sind(thetaA));
  const sum = y0 + thetaA;
  return {
    code: "COD",
    phi0: 0,
    theta0: thetaA,
    toSphere(x, y, n) {
      toCircles(x, y, n, cone, y0, thetaA < 0);
      for (let i = 0; i < n; i++) y[i] = sum - y[i]!;
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) theta[i] = sum - theta[i]!;
      fromCircles(phi, theta, n, cone, y0);
    },
  };
}

/** Conic orthomorphic, Lambert's. */
export function conicOrthomorphic(pv: Parameters): Projection {
  const { thetaA, theta1, theta2 } = parallelsOf("COO", pv);
  const t1 = tand((90 - theta1) / 2);
  const t2 = tand((90 - theta2) / 2);
  const c1 = cosd(theta1);
  const cone = theta1 === theta2 ? sind(theta1) : Math.log(cosd(theta2) / c1) / Math.log(t2 / t1);
  if (!Number.isFinite(cone) || cone === 0) {
    throw badParameter("COO", "PVi_1", thetaA, "the cone would be a cylinder or have no size");
  }
  const psi = (degree * (c1 / cone)) / t1 ** cone;
  if (!Number.isFinite(psi) || psi === 0) {
    throw badParameter("COO", "PVi_1", thetaA, "a standard parallel must not be a pole");
  }
  const y0 = psi * tand((90 - thetaA) / 2) ** cone;
  return {
    code: "COO",
    phi0: 0,
    theta0: thetaA,
    toSphere(x, y, n) {
      toCircles(x, y, n, cone, y0, thetaA < 0);
      for (let i = 0; i < n; i++) {
        const r = y[i]!;
        if (r === 0) y[i] = cone < 0 ? -90 : 90;
        else y[i] = 90 - 2 * atand((r / psi) ** (1 / cone));
      }
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      for (let i = 0; i < n; i++) {
        const t = theta[i]!;
        if (t === -90) theta[i] = cone < 0 ? 0 : Number.NaN;
        else theta[i] = psi * tand((90 - t) / 2) ** cone;
      }
      fromCircles(phi, theta, n, cone, y0);
    },
  };
}
