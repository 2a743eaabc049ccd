/**
 * TNX and ZPX: IRAF's tangent and zenithal projections with surfaces that are added to intermediate world coordinates
 * (registry of FITS conventions, "The TNX World Coordinate System", "The ZPX World Coordinate System").
 */
import { FitsError } from "../../errors.js";
import type { Header } from "../../header/header.js";
import type { Distortion } from "./distortion.js";
import { distortionOf, type Term } from "./plane-map.js";
import { addCoefficient, polynomialTerm } from "./polynomial.js";

/** IRAF cuts the text of WAT keywords every 68 characters; a card may have lost the blanks at its end. */
const cardWidth = 68;
const mostCards = 999;
/** More than any surface fit has; of higher orders the powers of x would cost too many digits. */
const highestOrder = 30;

/** The attributes of a world axis, from the WATj_nnn cards of the header. */
function attributesOf(header: Header, axis: number): string {
  const parts: string[] = [];
  for (let i = 1; i <= mostCards; i++) {
    const part = header.get(`WAT${axis}_${String(i).padStart(3, "0")}`);
    if (typeof part !== "string") break;
    parts.push(part.padEnd(cardWidth));
  }
  return parts.join("");
}

/**
 * The distortion of TNX and ZPX, of intermediate world coordinates in degrees: x of longitude, y of latitude; `undefined`
 * where the WAT keywords have neither `lngcor` nor `latcor`. Throws BAD_HEADER for a surface that cannot be read. The
 * inverse is good to 1e-12 degree.
 *
 * @param axes numbers of the world axes of longitude and latitude, 1-based
 */
export function irafDistortion(
  header: Header,
  kind: "TNX" | "ZPX",
  axes: readonly [lon: number, lat: number],
): Distortion | undefined {
  const terms = [
    surfaceTerm(0, "lngcor", attributesOf(header, axes[0])) ?? [],
    surfaceTerm(1, "latcor", attributesOf(header, axes[1])) ?? [],
  ].flat();
  if (terms.length === 0) return undefined;
  return distortionOf(kind, { displaces: true, terms }, { lastStep: 1e-12 });
}

/**
 * The coefficients of ZPX's radial polynomial (`projp0`, `projp1` ... of the WAT keywords), as ZPN has them in PV: of radians,
 * absent ones 0. `undefined` where there are none. Those of the latitude axis count, else those of the longitude axis.
 *
 * @param axes as of `irafDistortion`
 */
export function zpxParameters(
  header: Header,
  axes: readonly [lon: number, lat: number],
): number[] | undefined {
  for (const axis of [axes[1], axes[0]]) {
    const parameters: number[] = [];
    for (const [, m, text] of attributesOf(header, axis).matchAll(/\bprojp(\d{1,2})\s*=\s*"?([^\s"]+)/gi)) {
      if (Number(m) <= highestOrder) parameters[Number(m)] = numberOf(text!, `projp${m} of WAT${axis}`);
    }
    if (parameters.length > 0) return Array.from(parameters, (value) => value ?? 0);
  }
  return undefined;
}

function numberOf(text: string, what: string): number {
  const value = Number(text.replace(/d/i, "e"));
  if (text !== "" && Number.isFinite(value)) return value;
  throw new FitsError(
    "BAD_HEADER",
    `${what} is '${text.slice(0, 40)}', which is no finite number; mend the header`,
  );
}

/** The surface of `lngcor` or `latcor`: type, orders in x and y, kind of cross terms, limits of x and y, coefficients. */
function surfaceTerm(into: 0 | 1, name: "lngcor" | "latcor", attributes: string): Term | undefined {
  const [, text] = new RegExp(`\\b${name}\\s*=\\s*"([^"]*)`, "i").exec(attributes) ?? [];
  if (text === undefined) return undefined;
  const words = text.trim().split(/\s+/);
  const [type, ordersX, ordersY, cross, ...rest] = words.map((word) => numberOf(word, `a number of ${name}`));
  const basis = bases[type as 1 | 2 | 3];
  if (!basis) throw bad(name, `its type is ${type}, not 1 (Chebyshev), 2 (Legendre) or 3 (powers)`);
  if (cross !== 0 && cross !== 1 && cross !== 2)
    throw bad(name, `its cross terms are ${cross}, not 0, 1 or 2`);
  const [countX, countY] = [orderOf(name, ordersX), orderOf(name, ordersY)];
  const [x1, x2, y1, y2, ...values] = rest;
  const places = placesOf(countX, countY, cross);
  if (y2 === undefined || values.length < places.length) {
    throw bad(name, `it has ${values.length} coefficients where its orders need ${places.length}`);
  }
  const coefficients = inPowers(places, values, basis);
  const [forX, forY] = into === 0 ? [coefficients, []] : [[], coefficients];
  if (type === 3) return polynomialTerm(forX, forY);
  if (x1 === x2 || y1 === y2) throw bad(name, "its limits enclose nothing");
  return polynomialTerm(forX, forY, {
    origin: [(x1! + x2!) / 2, (y1! + y2) / 2],
    scale: [2 / (x2! - x1!), 2 / (y2 - y1!)],
  });
}

function bad(name: string, why: string): FitsError {
  return new FitsError(
    "BAD_HEADER",
    `the surface ${name} of the WAT keywords cannot be used: ${why}; mend the header`,
  );
}

function orderOf(name: string, order: number | undefined): number {
  if (order !== undefined && Number.isInteger(order) && order >= 1 && order <= highestOrder) return order;
  throw bad(name, `an order is ${order}, not 1 to ${highestOrder}`);
}

/** Degrees in x and y of the coefficients, as they stand: x fastest. Cross terms are none (0), all (1) or half (2). */
function placesOf(countX: number, countY: number, cross: 0 | 1 | 2): [m: number, n: number][] {
  const places: [number, number][] = [];
  for (let n = 0; n < countY; n++) {
    for (let m = 0; m < countX; m++) {
      if (cross === 0 && m > 0 && n > 0) continue;
      if (cross === 2 && m + n >= Math.max(countX, countY)) continue;
      places.push([m, n]);
    }
  }
  return places;
}

/** The polynomials of a basis, each as coefficients of powers, from degree 0. */
type Basis = (count: number) => number[][];

const bases: Readonly<Record<1 | 2 | 3, Basis>> = {
  // T(n+1) = 2 x T(n) - T(n-1)
  1: (count) => recurrence(count, (n) => (n === 0 ? [1, 0] : [2, 1])),
  // (n+1) P(n+1) = (2n+1) x P(n) - n P(n-1)
  2: (count) => recurrence(count, (n) => [(2 * n + 1) / (n + 1), n / (n + 1)]),
  3: (count) => recurrence(count, () => [1, 0]),
};

/** Polynomials with `P(n+1) = a x P(n) - b P(n-1)`, from 1. */
function recurrence(count: number, factors: (n: number) => readonly [a: number, b: number]): number[][] {
  const polynomials: number[][] = [[1]];
  for (let n = 0; n + 1 < count; n++) {
    const [a, b] = factors(n);
    const last = polynomials[n]!;
    const before = polynomials[n - 1] ?? [];
    polynomials.push(Array.from({ length: n + 2 }, (_, k) => a * (last[k - 1] ?? 0) - b * (before[k] ?? 0)));
  }
  return polynomials;
}

/** The sum of products of basis polynomials, written in powers of x and y. */
function inPowers(
  places: readonly (readonly [number, number])[],
  values: readonly number[],
  basis: Basis,
): number[][] {
  const polynomials = basis(highestOrder);
  const coefficients: number[][] = [];
  for (const [i, [m, n]] of places.entries()) {
    for (const [p, a] of polynomials[m]!.entries()) {
      for (const [q, b] of polynomials[n]!.entries()) {
        const value = values[i]! * a * b;
        if (value !== 0) addCoefficient(coefficients, p, q, value);
      }
    }
  }
  return coefficients;
}
