/**
 * A plate solution as the other WCSs are: a distortion of pixels, then a matrix.
 */
import type { Distortion } from "./distortions/distortion.js";
import type { DssPlate } from "./distortions/dss.js";

export interface PlateParts {
  /** From pixels to the pixels of an undistorted plate with this matrix and CRPIX. */
  readonly distortion: Distortion;
  /** Degrees per pixel in the middle of the image, rows of xi and eta. */
  readonly matrix: readonly [readonly [number, number], readonly [number, number]];
  readonly crpix: readonly [x: number, y: number];
}

/** The parts of a plate for an image whose middle is at this pixel, 1-based. */
export function plateParts(plate: DssPlate, middle: readonly [x: number, y: number]): PlateParts {
  const [mx, my] = middle;
  const x = Float64Array.of(mx, mx + 1, mx - 1, mx, mx);
  const y = Float64Array.of(my, my, my, my + 1, my - 1);
  plate.distortion.apply(x, y, 5);
  const [a, c] = [(x[1]! - x[2]!) / 2, (y[1]! - y[2]!) / 2];
  const [b, d] = [(x[3]! - x[4]!) / 2, (y[3]! - y[4]!) / 2];
  const determinant = a * d - b * c;
  const inverse = [d / determinant, -b / determinant, -c / determinant, a / determinant] as const;
  const [ia, ib, ic, id] = inverse;
  const crpix = [mx - (ia * x[0]! + ib * y[0]!), my - (ic * x[0]! + id * y[0]!)] as const;
  const distortion: Distortion = {
    kind: "DSS",
    apply(px, py, n) {
      plate.distortion.apply(px, py, n);
      for (let i = 0; i < n; i++) {
        const [xi, eta] = [px[i]!, py[i]!];
        px[i] = ia * xi + ib * eta + crpix[0];
        py[i] = ic * xi + id * eta + crpix[1];
      }
    },
    invert(px, py, n) {
      for (let i = 0; i < n; i++) {
        const [dx, dy] = [px[i]! - crpix[0], py[i]! - crpix[1]];
        px[i] = a * dx + b * dy;
        py[i] = c * dx + d * dy;
      }
      plate.distortion.invert(px, py, n);
    },
  };
  return {
    distortion,
    matrix: [
      [a, b],
      [c, d],
    ],
    crpix,
  };
}
