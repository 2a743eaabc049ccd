/**
 * Maps of the plane onto itself, one point at a time, made of terms that are added up; and the distortion that such a
 * map is. Its inverse is Newton's method with the derivatives of the terms.
 */
import type { Distortion } from "./distortion.js";

/** Something that is added to a point. Both methods add to `out` and leave its other places alone. */
export interface Term {
  /** Adds to `out[0]` (x) and `out[1]` (y). */
  add(x: number, y: number, out: Float64Array): void;
  /** As `add`, and adds the derivatives: `out[2]` dx/dx, `out[3]` dx/dy, `out[4]` dy/dx, `out[5]` dy/dy. */
  addWithSlopes(x: number, y: number, out: Float64Array): void;
}

export interface PlaneMap {
  /** Whether the terms are added to the point itself (displacements) or to 0, 0. */
  readonly displaces: boolean;
  readonly terms: readonly Term[];
}

export interface InverseOptions {
  /**
   * Newton's method ends with the first step that is as short. Where slopes are smooth, the error behind a step is about
   * its square, so that 1e-5 pixel and 1e-7 degree do; where they jump, the error may be as large as the step.
   */
  readonly lastStep: number;
  /** A map that nearly is the inverse, where the search begins; without it the search begins at the point itself. */
  readonly guess?: PlaneMap | undefined;
}

/** The distortion that a map is. A NaN makes both coordinates NaN. */
export function distortionOf(kind: string, map: PlaneMap, { lastStep, guess }: InverseOptions): Distortion {
  return {
    kind,
    apply: (x, y, n) => applyMap(map, x, y, n),
    invert: (x, y, n) => invertMap(map, x, y, n, lastStep, guess),
  };
}

/** One distortion after the other. */
export function chainOf(kind: string, distortions: readonly Distortion[]): Distortion {
  return {
    kind,
    apply: (x, y, n) => {
      for (const distortion of distortions) distortion.apply(x, y, n);
    },
    invert: (x, y, n) => {
      for (let i = distortions.length - 1; i >= 0; i--) distortions[i]!.invert(x, y, n);
    },
  };
}

function applyMap(map: PlaneMap, x: Float64Array, y: Float64Array, n: number): void {
  const out = new Float64Array(6);
  for (let i = 0; i < n; i++) {
    value(map, x[i]!, y[i]!, out);
    put(x, y, i, out);
  }
}

function invertMap(
  map: PlaneMap,
  x: Float64Array,
  y: Float64Array,
  n: number,
  lastStep: number,
  guess?: PlaneMap,
): void {
  const out = new Float64Array(6);
  for (let i = 0; i < n; i++) {
    const u = x[i]!;
    const v = y[i]!;
    let found = guess !== undefined && begin(map, guess, u, v, out) && newton(map, u, v, out, lastStep);
    if (!found) {
      out[0] = u;
      out[1] = v;
      found =
        newton(map, u, v, out, lastStep) ||
        (map.displaces && contract(map, u, v, out, Math.min(lastStep, 1e-9)));
    }
    if (!found) out[0] = Number.NaN;
    put(x, y, i, out);
  }
}

/**
 * Leaves what a guess makes of `u, v` in `out[0], out[1]`, and says whether the search had better begin there than at
 * `u, v`: polynomials AP and BP of SIP may be of another image, and lead to an inverse that is far away.
 */
function begin(map: PlaneMap, guess: PlaneMap, u: number, v: number, out: Float64Array): boolean {
  value(map, u, v, out);
  const without = (out[0]! - u) ** 2 + (out[1]! - v) ** 2;
  value(guess, u, v, out);
  const x = out[0]!;
  const y = out[1]!;
  value(map, x, y, out);
  const withGuess = (out[0]! - u) ** 2 + (out[1]! - v) ** 2;
  out[0] = x;
  out[1] = y;
  return withGuess < without;
}

function put(x: Float64Array, y: Float64Array, i: number, out: Float64Array): void {
  const isPlace = Number.isFinite(out[0]) && Number.isFinite(out[1]);
  x[i] = isPlace ? out[0]! : Number.NaN;
  y[i] = isPlace ? out[1]! : Number.NaN;
}

function value(map: PlaneMap, x: number, y: number, out: Float64Array): void {
  const { terms } = map;
  // Terms of one coordinate only would let the other's NaN pass.
  const zero = (x + y) * 0;
  out[0] = map.displaces ? x : zero;
  out[1] = map.displaces ? y : zero;
  for (let t = 0; t < terms.length; t++) terms[t]!.add(x, y, out);
}

function valueWithSlopes(map: PlaneMap, x: number, y: number, out: Float64Array): void {
  const { terms } = map;
  out[0] = map.displaces ? x : 0;
  out[1] = map.displaces ? y : 0;
  out[2] = out[5] = map.displaces ? 1 : 0;
  out[3] = out[4] = 0;
  for (let t = 0; t < terms.length; t++) terms[t]!.addWithSlopes(x, y, out);
}

/** More steps than any map needs that can be inverted: most take three. */
const mostSteps = 50;
const smallestPart = 1 / 1024;
/** Enough for displacements of 1000 pixels that become a tenth shorter with each step. */
const mostContractions = 300;

/**
 * Newton's method for `map(x, y) = u, v` from `out[0], out[1]`, where the answer is left. A step that does not bring the
 * map nearer to its goal is halved: derivatives jump where a point leaves a cell of a lookup table.
 */
function newton(map: PlaneMap, u: number, v: number, out: Float64Array, lastStep: number): boolean {
  let x = out[0]!;
  let y = out[1]!;
  valueWithSlopes(map, x, y, out);
  let error = (out[0]! - u) ** 2 + (out[1]! - v) ** 2;
  for (let step = 0; step < mostSteps; step++) {
    const byX = out[0]! - u;
    const byY = out[1]! - v;
    const determinant = out[2]! * out[5]! - out[3]! * out[4]!;
    let dx = (out[5]! * byX - out[3]! * byY) / determinant;
    let dy = (out[2]! * byY - out[4]! * byX) / determinant;
    if (Math.abs(dx) + Math.abs(dy) <= shortest(lastStep, x, y)) {
      out[0] = x - dx;
      out[1] = y - dy;
      return true;
    }
    for (let part = 1; ; part /= 2, dx /= 2, dy /= 2) {
      if (part < smallestPart) return false;
      valueWithSlopes(map, x - dx, y - dy, out);
      const nearer = (out[0]! - u) ** 2 + (out[1]! - v) ** 2;
      if (nearer < error) {
        error = nearer;
        break;
      }
    }
    x -= dx;
    y -= dy;
  }
  return false;
}

/**
 * Steps of the whole displacement, from `u, v`: surer than Newton's method where derivatives jump, since they become
 * shorter wherever the displacements of two points differ by less than the points do. Ends when they do not.
 */
function contract(map: PlaneMap, u: number, v: number, out: Float64Array, lastStep: number): boolean {
  let x = u;
  let y = v;
  let last = Number.POSITIVE_INFINITY;
  for (let step = 0; step < mostContractions; step++) {
    value(map, x, y, out);
    const dx = out[0]! - u;
    const dy = out[1]! - v;
    const size = Math.hypot(dx, dy);
    x -= dx;
    y -= dy;
    if (size <= shortest(lastStep, x, y)) {
      out[0] = x;
      out[1] = y;
      return true;
    }
    if (!(size < last)) return false;
    last = size;
  }
  return false;
}

/** The last step, or what numbers of this size can tell apart. */
function shortest(lastStep: number, x: number, y: number): number {
  return Math.max(lastStep, 8 * Number.EPSILON * (Math.abs(x) + Math.abs(y)));
}
