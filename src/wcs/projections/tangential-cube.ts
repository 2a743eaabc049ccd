/**
 * Tangential and quadrilateralized spherical cubes: TSC, QSC (FITS Paper II, sections 5.6.1 and 5.6.3).
 */
import { radian } from "../degrees.js";
import { cube } from "./cube-faces.js";
import type { Projection } from "./projection.js";

/** Tangential: each face is its gnomonic map. */
export function tangentialCube(): Projection {
  return cube("TSC", asIs, asIs);
}

function asIs(): void {}

/** Equal-area quadrilateralized spherical cube. */
export function equalAreaCube(): Projection {
  return cube("QSC", draw, undraw);
}

/** Degrees of azimuth in a half width of an octant's edge, of 12 steps to a right angle: Paper II, eq. 181. */
const step = 15;

function draw(a: Float64Array, b: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const chi = a[i]!;
    const psi = b[i]!;
    const square = chi * chi + psi * psi;
    if (square === 0) continue;
    const wide = Math.abs(chi) > Math.abs(psi);
    const omega = wide ? psi / chi : chi / psi;
    // 1 - zeta, by the tangents, without loss of digits at the center.
    const inverse = Math.sqrt(1 + square);
    const depth = square / (inverse * (1 + inverse));
    const u = Math.sqrt(depth / (1 - 1 / Math.sqrt(2 + omega * omega)));
    const angle = Math.atan(omega) - Math.asin(omega / Math.sqrt(2 * (1 + omega * omega)));
    const long = (wide ? chi : psi) < 0 ? -u : u;
    const short = (long * angle) / (step * radian);
    a[i] = wide ? long : short;
    b[i] = wide ? short : long;
  }
}

function undraw(a: Float64Array, b: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const x = a[i]!;
    const y = b[i]!;
    if (x === 0 && y === 0) continue;
    const wide = Math.abs(x) > Math.abs(y);
    const u = wide ? x : y;
    const angle = (step * radian * (wide ? y : x)) / u;
    const omega = Math.sin(angle) / (Math.cos(angle) - Math.SQRT1_2);
    const depth = u * u * (1 - 1 / Math.sqrt(2 + omega * omega));
    const across = Math.sqrt((depth * (2 - depth)) / (1 + omega * omega)) / (1 - depth);
    const long = u < 0 ? -across : across;
    a[i] = wide ? long : omega * long;
    b[i] = wide ? omega * long : long;
  }
}
