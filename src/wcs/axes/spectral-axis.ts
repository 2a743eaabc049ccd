/**
 * Spectral axes, linear in their quantity or in another one (Paper III).
 */
import { FitsError } from "../../errors.js";
import type { AxisTransform } from "./axis.js";
import { grismDispersion } from "./grism.js";
import { ctypeParts } from "./kind.js";
import { linearAxis, logAxis, pointwise } from "./linear.js";
import { type Quantity, quantities, speedOfLight } from "./spectral.js";

/** What a header says of an axis. Everything is in SI units. */
export interface AxisKeywords {
  /** World axis, 0-based. */
  readonly axis: number;
  /** CTYPE of Paper III, such as `VOPT-F2W`; those of AIPS go through `translateAips` first. */
  readonly ctype: string;
  readonly crval: number;
  /** PVi_m, by m. */
  readonly pv?: ReadonlyMap<number, number> | undefined;
  /** RESTFRQ in Hz and RESTWAV in m; 0 is none. */
  readonly restfrq?: number | undefined;
  readonly restwav?: number | undefined;
}

const variables: Readonly<Record<string, string>> = { F: "FREQ", W: "WAVE", A: "AWAV", V: "VELO" };

/** SI unit of a spectral quantity, such as `VOPT`; undefined where there is no such quantity. */
export function spectralUnit(quantity: string): string | undefined {
  return Object.hasOwn(quantities, quantity) ? quantities[quantity]!.unit : undefined;
}

/**
 * The transform of a spectral axis: none of the non-linear codes, `X2P` (equally spaced in X), `LOG`, `GRI`, `GRA`. Throws
 * BAD_HEADER for a code that does not fit the quantity, a missing rest frequency, and a reference value that cannot be.
 */
export function spectralAxis(keywords: AxisKeywords): AxisTransform {
  const { axis, crval, pv = new Map() } = keywords;
  const { quantity: name, algorithm } = ctypeParts(keywords.ctype);
  const quantity = Object.hasOwn(quantities, name) ? quantities[name]! : undefined;
  if (!quantity) throw wrong(keywords, "is no spectral type of Paper III");
  if (algorithm === "") return linearAxis(axis, crval);
  if (algorithm === "LOG") return logAxis(axis, crval);
  const rest = restFrequency(keywords);
  const reference = checked(keywords, quantity, rest);
  if (algorithm === "GRI" || algorithm === "GRA") {
    const variable = quantities[algorithm === "GRI" ? "WAVE" : "AWAV"]!;
    const wavelength = variable.value(reference, rest);
    const dispersion = grismDispersion(wavelength, pv);
    if (!dispersion)
      throw wrong(keywords, "is of a grism that passes no light at CRVAL; check its PVi_0 to PVi_6");
    const slope = (dispersion.slope * quantity.slope(crval, rest)) / variable.slope(wavelength, rest);
    return pointwise(
      axis,
      (w) => quantity.value(positive(variable.frequency(dispersion.wavelength(w * slope), rest)), rest),
      (s) => dispersion.offset(variable.value(positive(quantity.frequency(s, rest)), rest)) / slope,
    );
  }
  const code = /^([FWAV])2([FWAV])$/.exec(algorithm);
  if (!code || code[2] !== quantity.type)
    throw wrong(keywords, `has an algorithm that does not fit: ${name} goes with -X2${quantity.type}`);
  const variable = quantities[variables[code[1]!]!]!;
  if (variable.relative && !(rest > 0)) throw noRest(keywords);
  if (variable.type === quantity.type) return linearAxis(axis, crval);
  const start = variable.value(reference, rest);
  const slope = quantity.slope(crval, rest) / variable.slope(start, rest);
  return pointwise(
    axis,
    (w) => quantity.value(positive(variable.frequency(start + w * slope, rest)), rest),
    (s) => (variable.value(positive(quantity.frequency(s, rest)), rest) - start) / slope,
  );
}

/** No light has a frequency of 0 or less, or an infinite one. */
const positive = (frequency: number): number =>
  frequency > 0 && frequency < Number.POSITIVE_INFINITY ? frequency : Number.NaN;

/** RESTFRQ, or what RESTWAV says of it; NaN without both. */
function restFrequency({ restfrq = 0, restwav = 0 }: AxisKeywords): number {
  if (restfrq > 0) return restfrq;
  return restwav > 0 ? speedOfLight / restwav : Number.NaN;
}

/** The frequency of CRVAL. */
function checked(keywords: AxisKeywords, quantity: Quantity, rest: number): number {
  if (quantity.relative && !(rest > 0)) throw noRest(keywords);
  const frequency = positive(quantity.frequency(keywords.crval, rest));
  if (Number.isNaN(frequency)) throw wrong(keywords, `cannot have the value CRVAL = ${keywords.crval}`);
  return frequency;
}

function noRest(keywords: AxisKeywords): FitsError {
  return wrong(keywords, "needs a rest frequency or wavelength; the header lacks RESTFRQ and RESTWAV");
}

function wrong({ axis, ctype }: AxisKeywords, what: string): FitsError {
  return new FitsError("BAD_HEADER", `CTYPE${axis + 1} = '${ctype.trim()}' ${what}`);
}
