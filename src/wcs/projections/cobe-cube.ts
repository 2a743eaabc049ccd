/**
 * COBE quadrilateralized spherical cube: CSC (FITS Paper II, section 5.6.2). Its polynomials approximate each other's
 * inverse to 1e-4 only, and are computed in single precision by custom: every operation is rounded, so that positions
 * agree with those of other programs.
 */
import { cube } from "./cube-faces.js";
import type { Projection } from "./projection.js";

const f: (value: number) => number = Math.fround;

export function cobeCube(): Projection {
  return cube("CSC", draw, undraw, true);
}

// Paper II, below eq. 174.
const gammaStar = f(1.37484847732);
const m = f(0.004869491981);
const gamma = f(-0.13161671474);
const omega1 = f(-0.159596235474);
const d0 = f(0.0759196200467);
const d1 = f(-0.0217762490699);
const c00 = f(0.141189631152);
const c10 = f(0.0809701286525);
const c01 = f(-0.281528535557);
const c20 = f(-0.178251207466);
const c11 = f(0.15384112876);
const c02 = f(0.106959469314);

function draw(a: Float64Array, b: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const chi = f(a[i]!);
    const psi = f(b[i]!);
    a[i] = drawn(chi, psi);
    b[i] = drawn(psi, chi);
  }
}

/** F(chi, psi) of Paper II, eq. 173, whose first two terms are here chi (chi^2 + gamma* (1 - chi^2)). */
function drawn(chi: number, psi: number): number {
  const chi2 = f(chi * chi);
  const psi2 = f(psi * psi);
  const chi2co = f(1 - chi2);
  const psi2co = f(1 - psi2);
  let sum = f(c00 + f(c10 * chi2));
  sum = f(sum + f(c01 * psi2));
  sum = f(sum + f(c11 * f(chi2 * psi2)));
  sum = f(sum + f(c20 * f(chi2 * chi2)));
  sum = f(sum + f(c02 * f(psi2 * psi2)));
  const cross = f(f(f(gamma * chi2co) + f(m * chi2)) + f(psi2co * sum));
  const edge = f(omega1 - f(chi2co * f(d0 + f(d1 * chi2))));
  const inner = f(f(gammaStar + f(psi2 * cross)) + f(chi2 * edge));
  return f(chi * f(chi2 + f(chi2co * inner)));
}

/** P_ij of Paper II, Table 13: rows by j, the power of Y^2; each by i, that of X^2. */
const p: readonly Float64Array[] = [
  [-0.27292696, -0.07629969, -0.22797056, 0.54852384, -0.62930065, 0.25795794, 0.02584375],
  [-0.02819452, -0.01471565, 0.48051509, -1.74114454, 1.71547508, -0.53022337],
  [0.2705816, -0.56800938, 0.30803317, 0.98938102, -0.83180469],
  [-0.6044156, 1.50880086, -0.93678576, 0.08693841],
  [0.93412077, -1.4160192, 0.33887446],
  [-0.63915306, 0.52032238],
  [0.14381585],
].map((row) => Float64Array.from(row, f));

function undraw(a: Float64Array, b: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const x = f(a[i]!);
    const y = f(b[i]!);
    a[i] = undrawn(x, y);
    b[i] = undrawn(y, x);
  }
}

/** f(X, Y) of Paper II, eq. 178. */
function undrawn(x: number, y: number): number {
  const x2 = f(x * x);
  const y2 = f(y * y);
  let sum = 0;
  for (let j = 6; j >= 0; j--) {
    const row = p[j]!;
    let part = row[row.length - 1]!;
    for (let i = row.length - 2; i >= 0; i--) part = f(row[i]! + f(x2 * part));
    sum = f(part + f(y2 * sum));
  }
  return f(x + f(f(x * f(1 - x2)) * sum));
}
