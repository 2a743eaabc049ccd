/**
 * Numbers as FITS text: header values and ASCII-table fields (FITS Standard 4.0, sections 4.2.3 to 4.2.6).
 */

import { checkList } from "../argument.js";
import { FitsError } from "../errors.js";
import type { Complex } from "../header/value.js";

/** Columns of a value in fixed format: it ends at column 30 of its card. */
export const fixedWidth = 20;

/**
 * The shortest text that reads back as exactly this double: always with a decimal point, exponent `E`. At most 24
 * characters. Throws BAD_ARGUMENT for NaN and infinities, which no FITS text can say.
 */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value)) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `a FITS card cannot hold ${value}; write null for an undefined value`,
    );
  }
  if (Object.is(value, -0)) return "-0.0";
  const shortest = withPoint(String(value));
  if (shortest.length <= fixedWidth) return shortest;
  const exponential = withPoint(value.toExponential());
  return exponential.length < shortest.length ? exponential : shortest;
}

/** JavaScript's `1e+21`, `12` and `1.5e-7` as `1.0E+21`, `12.0` and `1.5E-7`. */
function withPoint(text: string): string {
  const [digits, exponent] = text.split("e") as [string, string | undefined];
  const mantissa = digits.includes(".") ? digits : `${digits}.0`;
  return exponent === undefined ? mantissa : `${mantissa}E${exponent}`;
}

/** Integers that doubles hold exactly are written as integers, every other number as a float. */
export function formatNumber(value: number): string {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : formatFloat(value);
}

/** `(re, im)`, both as floats. */
export function formatComplex(pair: Complex): string {
  checkList(pair, "a complex number", "number");
  const [re, im] = pair;
  return `(${formatFloat(re)}, ${formatFloat(im)})`;
}
