/**
 * The value field of a card: strings, numbers, logicals, complex numbers (FITS Standard 4.0, section 4.2).
 */
import type { CardValue } from "./card.js";

/** A value as messages show it: on one line, whatever is in it. */
export function showValue(value: CardValue | undefined): string {
  if (value === undefined || value === null) return "without a value";
  if (typeof value === "string") return `'${value.replace(/[^ -~]/g, "?")}'`;
  if (typeof value === "boolean") return value ? "T" : "F";
  return typeof value === "object" ? `(${value.join(", ")})` : String(value);
}

/** What stands in a card after its value indicator. `value` is absent where it cannot be parsed, and `problem` says why. */
export interface ParsedField {
  readonly value?: CardValue;
  readonly comment: string;
  readonly problem?: string;
}

/** A quoted string found in a card: where its text ends (the index after the closing quote), its quotes undoubled. */
export interface QuotedString {
  readonly text: string;
  readonly end: number;
  readonly problem?: string;
}

const BLANK = 32;
const QUOTE = 39;
const SLASH = 47;

// Blanks around signs and exponents are not allowed in free format, but occur in old files; astropy reads them too.
const float = "[+-]? *(?:\\d+\\.?\\d*|\\.\\d+) *(?:[deDE] *[+-]? *\\d+)?";
const value = `([TF])|'((?:[^']|'')*)'|([+-]? *\\d+)|(${float})|\\( *(${float}) *, *(${float}) *\\)`;
const field = new RegExp(` *(?:${value})? *(?:/ *([^]*))?$`, "y");

/**
 * Reads `text` from `start`, the column after the value indicator, in free or fixed format. A blank field is an
 * undefined value, `null`.
 */
export function parseField(text: string, start: number): ParsedField {
  field.lastIndex = start;
  const match = field.exec(text);
  if (!match) return oddString(text, skipBlanks(text, start));
  const [, logical, string, integer, real, re, im, comment = ""] = match;
  return { value: valueIn(logical, string, integer, real, re, im), comment: comment.trimEnd() };
}

// Section 4.2.1 tells a null string ('') from an empty one ('   ', nominally one blank). astropy and cfitsio give ''
// for both, and so do we: trailing blanks never count. `raw` tells them apart.
function valueIn(
  logical?: string,
  string?: string,
  integer?: string,
  real?: string,
  re?: string,
  im?: string,
): CardValue {
  if (string !== undefined) return (string.includes("'") ? string.replaceAll("''", "'") : string).trimEnd();
  if (integer !== undefined) return integerOf(integer);
  if (real !== undefined) return floatOf(real);
  if (re !== undefined && im !== undefined) return [floatOf(re), floatOf(im)];
  return logical === undefined ? null : logical === "T";
}

function floatOf(digits: string): number {
  return Number(digits.replaceAll(" ", "").replace(/d/i, "e"));
}

function integerOf(digits: string): number | bigint {
  const number = floatOf(digits);
  // + 0 makes a zero of minus zero.
  return Number.isSafeInteger(number) ? number + 0 : BigInt(digits.replaceAll(/[ +]/g, ""));
}

/**
 * Finds the closing quote of the string that opens at `open`: the first one that is not doubled and that only blanks
 * or a comment follow. A single quote before it was meant as text (`'it's'`); that is told in `problem`.
 */
export function quotedString(text: string, open: number): QuotedString | undefined {
  let pieces = "";
  let from = open + 1;
  let single = false;
  for (let close = text.indexOf("'", from); close >= 0; close = text.indexOf("'", close + 1)) {
    if (text.charCodeAt(close + 1) === QUOTE) {
      pieces += text.slice(from, close + 1);
      from = close + 2;
      close++;
    } else if (isEnd(text, skipBlanks(text, close + 1))) {
      const whole = { text: pieces + text.slice(from, close), end: close + 1 };
      return single ? { ...whole, problem: "a quote inside the string is not doubled" } : whole;
    } else single = true;
  }
  return undefined;
}

/** The comment that a slash at `at` begins; all the rest where something else stands there. */
export function commentFrom(text: string, at: number): string {
  if (at >= text.length) return "";
  const start = text.charCodeAt(at) === SLASH ? at + 1 : at;
  return text.slice(skipBlanks(text, start)).trimEnd();
}

export function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) === BLANK) at++;
  return at;
}

function isEnd(text: string, at: number): boolean {
  return at >= text.length || text.charCodeAt(at) === SLASH;
}

/** A string with a quote in it that is not doubled, or else a field that cannot be parsed. */
function oddString(text: string, at: number): ParsedField {
  const found = text.charCodeAt(at) === QUOTE ? quotedString(text, at) : undefined;
  if (found?.problem !== undefined) {
    const comment = commentFrom(text, skipBlanks(text, found.end));
    return { value: found.text.trimEnd(), comment, problem: found.problem };
  }
  const slash = text.indexOf("/", at);
  const comment = slash < 0 ? "" : commentFrom(text, slash);
  if (text.charCodeAt(at) === QUOTE) return { comment, problem: "the string has no closing quote" };
  const shown = text.slice(at, slash < 0 ? undefined : slash).trimEnd();
  return { comment, problem: `${JSON.stringify(shown)} is no FITS value` };
}
