/**
 * TPV: a polynomial of degree 7 in intermediate world coordinates, before the tangent projection (registry of FITS
 * conventions, "The TPV World Coordinate System"). SCAMP writes the same as TAN with PV terms.
 */
import { FitsError } from "../../errors.js";
import type { Distortion } from "./distortion.js";
import { distortionOf } from "./plane-map.js";
import { addCoefficient, polynomialTerm } from "./polynomial.js";
import { monomials as allMonomials, radialTerm } from "./template-polynomial.js";

/** Terms 0 to 39. */
const monomials = allMonomials.slice(0, 40);

/**
 * The TPV distortion, of intermediate world coordinates in degrees: x of longitude, y of latitude. An absent PVi_1 is 1,
 * any other absent term 0 (the registry's defaults). Terms beyond 39 are ignored with a warning. Throws BAD_HEADER for a
 * term that is not finite. The inverse is good to 1e-12 degree.
 *
 * @param pvLon PVi_m of the longitude axis, `pvLon[m]`
 * @param pvLat PVi_m of the latitude axis, whose terms stand for powers of x and y the other way round
 */
export function tpv(
  pvLon: readonly (number | undefined)[],
  pvLat: readonly (number | undefined)[],
  warnings: string[],
): Distortion {
  const lon = axisTerms(0, pvLon, "longitude", warnings);
  const lat = axisTerms(1, pvLat, "latitude", warnings);
  const terms = [
    polynomialTerm(lon.coefficients, lat.coefficients) ?? [],
    radialTerm(0, lon.radial) ?? [],
    radialTerm(1, lat.radial) ?? [],
  ].flat();
  // The slope of r jumps at 0, 0, so that a short step there says little about the next one.
  const isSmooth = lon.radial[0] === 0 && lat.radial[0] === 0;
  return distortionOf("TPV", { displaces: false, terms }, { lastStep: isSmooth ? 1e-7 : 1e-12 });
}

interface AxisTerms {
  readonly coefficients: number[][];
  /** Of r, r^3, r^5, r^7. */
  readonly radial: [number, number, number, number];
}

function axisTerms(
  into: 0 | 1,
  pv: readonly (number | undefined)[],
  axis: string,
  warnings: string[],
): AxisTerms {
  if (pv.length > monomials.length) {
    warnings.push(`PV terms of the ${axis} axis beyond ${monomials.length - 1} are ignored: TPV has none`);
  }
  const coefficients: number[][] = [];
  const radial: AxisTerms["radial"] = [0, 0, 0, 0];
  for (const [m, monomial] of monomials.entries()) {
    const value = pv[m] ?? (m === 1 ? 1 : 0);
    if (!Number.isFinite(value)) {
      throw new FitsError(
        "BAD_HEADER",
        `term ${m} of TPV on the ${axis} axis is no finite number (PVi_${m})`,
      );
    }
    if ("radial" in monomial) radial[(monomial.radial - 1) / 2] = value;
    else if (into === 0) addCoefficient(coefficients, monomial.p, monomial.q, value);
    else addCoefficient(coefficients, monomial.q, monomial.p, value);
  }
  return { coefficients, radial };
}
