/**
 * The numbered terms that TPV and TPD share: powers of x and y degree by degree, each odd degree ending in a power of r
 * (registry of FITS conventions, "The TPV World Coordinate System"; FITS WCS Paper IV, draft of 2004).
 */
import type { Term } from "./plane-map.js";

/** What a term stands for: x^p y^q, or r^radial. */
export type Monomial = { readonly p: number; readonly q: number } | { readonly radial: number };

/** Terms 0 to 59, of degrees 0 to 9: x^p y^q from q = 0. TPV has the first 40. */
export const monomials: readonly Monomial[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((degree) => {
  const ofDegree: Monomial[] = Array.from({ length: degree + 1 }, (_, q) => ({ p: degree - q, q }));
  return degree % 2 === 1 ? [...ofDegree, { radial: degree }] : ofDegree;
});

/** Adds `c[0] r + c[1] r^3 + c[2] r^5 ...`, where r is the distance from 0, 0. */
export function radialTerm(into: 0 | 1, c: readonly number[]): Term | undefined {
  if (c.every((value) => value === 0)) return undefined;
  const [c1 = 0, c3 = 0, c5 = 0, c7 = 0, c9 = 0] = c;
  return {
    add(x, y, out) {
      const square = x * x + y * y;
      out[into]! += Math.sqrt(square) * (c1 + square * (c3 + square * (c5 + square * (c7 + square * c9))));
    },
    addWithSlopes(x, y, out) {
      const square = x * x + y * y;
      const r = Math.sqrt(square);
      out[into]! += r * (c1 + square * (c3 + square * (c5 + square * (c7 + square * c9))));
      // r has no derivative at 0, 0; 0 serves there.
      const slope =
        r === 0 ? 0 : (c1 + square * (3 * c3 + square * (5 * c5 + square * (7 * c7 + square * 9 * c9)))) / r;
      out[2 + 2 * into]! += slope * x;
      out[3 + 2 * into]! += slope * y;
    },
  };
}
