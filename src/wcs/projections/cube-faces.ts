/**
 * The quadrilateralized cubes (FITS Paper II, section 5.6): which of six faces a direction or a point of the plane belongs
 * to, and how the faces lie in the plane:
 *
 *     0
 *     1 2 3 4      (4 also at the left, where a map goes on beyond 1)
 *     5
 *
 * TSC, CSC and QSC differ in the step between the tangents of a face's gnomonic map and the square that is drawn.
 */
import { asind, atan2d, cosd, degree, sind } from "../degrees.js";
import { bothOrNone, usualSlack, withinSphere } from "./bounds.js";
import type { Projection } from "./projection.js";

/** Half the width of a face in the plane, in degrees. */
const half = 45;
const inverse = 1 / half;
/** How far, in half widths, rounding may carry a point over the edge of a face. */
const edgeSlack = 1e-12;
/** Centers of the faces, in half widths. */
const faceX: readonly number[] = [0, 0, 2, 4, 6, 0];
const faceY: readonly number[] = [2, 0, 0, 0, 0, -2];

/**
 * Rows xi, eta, zeta of each face: a direction's cosines along the face's x, its y and its outward normal, by those
 * along the native axes l, m, n (Table 12 of Paper II).
 */
const axes: Float64Array = Float64Array.of(
  ...[0, 1, 0, -1, 0, 0, 0, 0, 1],
  ...[0, 1, 0, 0, 0, 1, 1, 0, 0],
  ...[-1, 0, 0, 0, 0, 1, 0, 1, 0],
  ...[0, -1, 0, 0, 0, 1, -1, 0, 0],
  ...[1, 0, 0, 0, 0, 1, 0, -1, 0],
  ...[0, 1, 0, 1, 0, 0, 0, 0, -1],
);

/** Changes the first n pairs of two coordinates, both from -1 to 1, in place. */
export type OnSquare = (a: Float64Array, b: Float64Array, n: number) => void;

/**
 * @param draw tangents to square; `undraw` its inverse
 * @param single is each step on a face rounded to single precision?
 */
export function cube(code: string, draw: OnSquare, undraw: OnSquare, single = false): Projection {
  const round = single ? Math.fround : unrounded;
  return {
    code,
    phi0: 0,
    theta0: 0,
    toSphere(x, y, n) {
      const faces = new Uint8Array(n);
      for (let i = 0; i < n; i++) {
        const u = round(x[i]! * inverse);
        const v = round(y[i]! * inverse);
        const face = faceAt(u, v);
        faces[i] = face;
        const west = u < -1 - edgeSlack ? round(u + 8) : u;
        x[i] = face < 0 ? Number.NaN : round(west - faceX[face]!);
        y[i] = face < 0 ? Number.NaN : round(v - faceY[face]!);
      }
      undraw(x, y, n);
      for (let i = 0; i < n; i++) {
        const a = x[i]!;
        const b = y[i]!;
        const at = faces[i]! * 9;
        const l = axes[at]! * a + axes[at + 3]! * b + axes[at + 6]!;
        const m = axes[at + 1]! * a + axes[at + 4]! * b + axes[at + 7]!;
        const up = axes[at + 2]! * a + axes[at + 5]! * b + axes[at + 8]!;
        x[i] = atan2d(m, l);
        y[i] = single
          ? asind(up / Math.sqrt(1 + round(round(a * a) + round(b * b))))
          : Math.atan2(up, Math.sqrt(l * l + m * m)) * degree;
      }
      withinSphere(x, y, n, usualSlack);
    },
    toPlane(phi, theta, n) {
      const faces = new Uint8Array(n);
      for (let i = 0; i < n; i++) {
        const c = cosd(theta[i]!);
        const l = c * cosd(phi[i]!);
        const m = c * sind(phi[i]!);
        const up = sind(theta[i]!);
        const face = faceOf(l, m, up);
        faces[i] = face;
        const at = face * 9;
        const zeta = axes[at + 6]! * l + axes[at + 7]! * m + axes[at + 8]! * up;
        phi[i] = (axes[at]! * l + axes[at + 1]! * m + axes[at + 2]! * up) / zeta;
        theta[i] = (axes[at + 3]! * l + axes[at + 4]! * m + axes[at + 5]! * up) / zeta;
      }
      draw(phi, theta, n);
      for (let i = 0; i < n; i++) {
        const face = faces[i]!;
        phi[i] = half * round(faceX[face]! + clipped(phi[i]!));
        theta[i] = half * round(faceY[face]! + clipped(theta[i]!));
      }
      bothOrNone(phi, theta, n);
    },
  };
}

function unrounded(value: number): number {
  return value;
}

/** A coordinate on a face, brought back from beyond the edge if it is there by error of rounding, else NaN. */
function clipped(a: number): number {
  if (Math.abs(a) <= 1) return a;
  if (Math.abs(a) <= 1 + edgeSlack) return a < 0 ? -1 : 1;
  return Number.NaN;
}

/** The face of a direction: that whose normal is nearest. */
function faceOf(l: number, m: number, n: number): number {
  let face = 0;
  let most = n;
  if (l > most) {
    face = 1;
    most = l;
  }
  if (m > most) {
    face = 2;
    most = m;
  }
  if (-l > most) {
    face = 3;
    most = -l;
  }
  if (-m > most) {
    face = 4;
    most = -m;
  }
  return -n > most ? 5 : face;
}

/** The face that holds a point of the plane, in half widths; -1 where there is none. */
function faceAt(x: number, y: number): number {
  const edge = 1 + edgeSlack;
  if (Math.abs(x) <= edge) {
    if (!(Math.abs(y) <= 3 + edgeSlack)) return -1;
    if (y > 1) return 0;
    return y < -1 ? 5 : 1;
  }
  if (!(Math.abs(x) <= 7 + edgeSlack && Math.abs(y) <= edge)) return -1;
  const east = x < -edge ? x + 8 : x;
  if (east > 5) return 4;
  if (east > 3) return 3;
  return east > 1 ? 2 : 1;
}
