/**
 * The value field of a card: strings, numbers, logicals, complex numbers (FITS Standard 4.0, section 4.2).
 */

/** A complex value: real part, imaginary part. */
export type Complex = readonly [re: number, im: number];

/** The value of a card. `null` is a keyword with an undefined value; integers beyond 2^53 are bigint. */
export type CardValue = string | number | bigint | boolean | Complex | null;

/** What stands in a card after its value indicator. `value` is absent where it cannot be parsed, and `problem` says why. */
export interface ParsedField {
  readonly value?: CardValue;
  readonly comment: string;
  readonly problem?: string;
}

// The string ends at the first quote that is not doubled and that only blanks or a comment follow; another quote before
// it was meant as text ('it's'). Blanks around signs and exponents are not allowed in free format, but occur in old
// files. astropy reads all of these, too.
const string = "'((?:[^']|''|'(?!'| *(?:/|$)))*)'";
const float = "[+-]? *(?:\\d+\\.?\\d*|\\.\\d+) *(?:[deDE] *[+-]? *\\d+)?";
const value = `([TF])|${string}|([+-]? *\\d+)|(${float})|\\( *(${float}) *, *(${float}) *\\)`;
const field = new RegExp(` *(?:${value})? *(?:/ *([^]*))?$`, "y");

/**
 * Reads `text` from `start`, the column after the value indicator, in free or fixed format. A blank field is an
 * undefined value, `null`.
 */
export function parseField(text: string, start: number): ParsedField {
  field.lastIndex = start;
  const match = field.exec(text);
  if (!match) return unparsable(text.slice(start).trim());
  const [, logical, quoted, integer, real, re, im, comment = ""] = match;
  return {
    value: quoted === undefined ? unquoted(logical, integer, real, re, im) : stringOf(quoted),
    comment: comment.trimEnd(),
  };
}

/**
 * Section 4.2.1 tells a null string ('') from an empty one ('   ', nominally one blank). astropy and cfitsio give ''
 * for both, and so do we: trailing blanks never count. `Card.raw` tells them apart.
 */
function stringOf(quoted: string): string {
  return quoted.replaceAll("''", "'").trimEnd();
}

function unquoted(logical?: string, integer?: string, real?: string, re?: string, im?: string): CardValue {
  if (integer) return integerOf(integer);
  if (real) return floatOf(real);
  if (re && im) return [floatOf(re), floatOf(im)];
  return logical ? logical === "T" : null;
}

function floatOf(digits: string): number {
  return Number(digits.replaceAll(" ", "").replace(/d/i, "e"));
}

function integerOf(digits: string): number | bigint {
  const number = floatOf(digits);
  // + 0 makes a zero of minus zero.
  return Number.isSafeInteger(number) ? number + 0 : BigInt(digits.replaceAll(/[ +]/g, ""));
}

// The equals sign may stand anywhere behind the keyword, and a comment may lack its slash. What stands behind a blank
// and could be more of the number (`3.27 68`, `5 ,2`) leaves open which number was meant.
const loose = new RegExp(`^ *[\\w-]{1,8} *= *(?:([+-]? *\\d+)|(${float})) *(?:/.*| [^\\d.,+-].*)?$`, "s");

/**
 * The number of a card that `parseField` cannot read but cfitsio can: the equals sign is not followed by a blank
 * (`BZERO   =32768`), stands in another column than 9, or no slash stands before the comment.
 */
export function looseNumber(card: string): number | bigint | undefined {
  const [, integer, real] = loose.exec(card) ?? [];
  if (integer) return integerOf(integer);
  return real ? floatOf(real) : undefined;
}

function unparsable(rest: string): ParsedField {
  const [, shown = "", comment = ""] = /^([^/]*)\/?(.*)/s.exec(rest) ?? [];
  return { comment: comment.trim(), problem: `${JSON.stringify(shown.trimEnd())} is no FITS value` };
}
