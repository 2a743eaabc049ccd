/**
 * SIP: polynomials in pixels from CRPIX (Shupe et al. 2005, ASPC 347, 491; registry of FITS conventions).
 */
import { FitsError } from "../../errors.js";
import type { Header } from "../../header/header.js";
import { coefficient } from "./coefficient.js";
import type { Displacement } from "./pixel.js";
import type { Term } from "./plane-map.js";
import { addCoefficient, polynomialTerm } from "./polynomial.js";

/** The highest order of the convention. */
const highestOrder = 9;

/**
 * The SIP distortion of a header; `undefined` where the header has none, or one of order 0 or 1, which does not count (as in
 * astropy). Whether CTYPE lets SIP apply is the caller's to know. Terms beyond the order are ignored.
 *
 * Throws BAD_HEADER for A without B or the reverse, an order that is no integer from 0 to 9, and a term that is no number.
 *
 * @param crpix CRPIX1 and CRPIX2 of the header (or of its alternate), 1-based
 */
export function readSip(
  header: Header,
  crpix: readonly [x: number, y: number],
  warnings: string[],
): Displacement | undefined {
  const orderA = orderOf(header, "A_ORDER");
  const orderB = orderOf(header, "B_ORDER");
  if (Math.max(orderA ?? 0, orderB ?? 0) <= 1) {
    if (orderA !== undefined || orderB !== undefined) {
      warnings.push("SIP of order 0 or 1 is ignored: CD or PC hold all linear terms");
    }
    return undefined;
  }
  if (orderA === undefined || orderB === undefined) {
    const [there, absent] = orderA === undefined ? ["B_ORDER", "A_ORDER"] : ["A_ORDER", "B_ORDER"];
    throw new FitsError(
      "BAD_HEADER",
      `${there} without ${absent}: SIP needs both; add ${absent} (0 for no terms)`,
    );
  }
  const terms = polynomials(header, ["A", "B"], [orderA, orderB], crpix);
  return { kind: "SIP", isSmooth: true, terms, guess: readInverse(header, crpix, warnings) };
}

/** AP and BP, which are near to the inverse and no more: a place to begin with. */
function readInverse(
  header: Header,
  crpix: readonly [number, number],
  warnings: string[],
): Term[] | undefined {
  try {
    const orderA = orderOf(header, "AP_ORDER");
    const orderB = orderOf(header, "BP_ORDER");
    if (orderA === undefined || orderB === undefined) return undefined;
    return polynomials(header, ["AP", "BP"], [orderA, orderB], crpix);
  } catch (error) {
    // The inverse is found without them.
    warnings.push(`the SIP polynomials AP and BP are ignored: ${(error as Error).message}`);
    return undefined;
  }
}

function orderOf(header: Header, keyword: string): number | undefined {
  const order = coefficient(header, keyword);
  if (order === undefined || (Number.isInteger(order) && order >= 0 && order <= highestOrder)) return order;
  throw new FitsError(
    "BAD_HEADER",
    `${keyword} is ${order}; the order of a SIP polynomial is an integer from 0 to ${highestOrder}`,
  );
}

function polynomials(
  header: Header,
  names: readonly [string, string],
  orders: readonly [number, number],
  origin: readonly [number, number],
): Term[] {
  const [forX, forY] = ([0, 1] as const).map((k) => coefficientsOf(header, names[k], orders[k]));
  return [polynomialTerm(forX!, forY!, { origin }) ?? []].flat();
}

function coefficientsOf(header: Header, name: string, order: number): number[][] {
  const coefficients: number[][] = [];
  for (let p = 0; p <= order; p++) {
    for (let q = 0; p + q <= order; q++) {
      const value = coefficient(header, `${name}_${p}_${q}`);
      if (value !== undefined) addCoefficient(coefficients, p, q, value);
    }
  }
  return coefficients;
}
