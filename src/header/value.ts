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
const numberPattern = /[+-]? *(?:\d+(\.?)\d*|(\.)\d+) *(?:([deDE]) *[+-]? *\d+)?/y;

// Nearly all cards are like this; the rest takes the longer way.
const common =
  / *(?:([TF])|'((?:[^']|'')*)'|([+-]?\d+)|([+-]?(?:\d+\.\d*|\.\d+|\d+(?=E))(?:E[+-]?\d+)?)) *(?:\/ *(.*))?$/y;

/**
 * Reads `text` from `start`, the column after the value indicator, in free or fixed format. A blank field is an
 * undefined value, `null`.
 */
export function parseField(text: string, start: number): ParsedField {
  common.lastIndex = start;
  const match = common.exec(text);
  return match ? commonField(match) : anyField(text, start);
}

function commonField([, logical, string, integer, float, comment = ""]: RegExpExecArray): ParsedField {
  let value: CardValue;
  if (integer !== undefined) value = integerOf(integer);
  else if (float !== undefined) value = Number(float);
  else if (string !== undefined)
    value = (string.includes("'") ? string.replaceAll("''", "'") : string).trimEnd();
  else value = logical === "T";
  return { value, comment: comment.trimEnd() };
}

function anyField(text: string, start: number): ParsedField {
  const at = skipBlanks(text, start);
  if (at === text.length) return { value: null, comment: "" };
  const first = text.charCodeAt(at);
  if (first === SLASH) return { value: null, comment: commentFrom(text, at) };
  if (first === QUOTE) return parseString(text, at);
  const end = skipBlanks(text, at + 1);
  if ((first === 84 || first === 70) && isEnd(text, end)) {
    return { value: first === 84, comment: commentFrom(text, end) };
  }
  return (first === 40 ? parseComplex(text, at) : parseNumber(text, at)) ?? unparsable(text, at);
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

// Section 4.2.1 tells a null string ('') from an empty one ('   ', nominally one blank). astropy and cfitsio give ''
// for both, and so do we: trailing blanks never count. `raw` tells them apart.
function parseString(text: string, at: number): ParsedField {
  const found = quotedString(text, at);
  if (!found) return unparsable(text, at);
  const value = found.text.trimEnd();
  const comment = commentFrom(text, skipBlanks(text, found.end));
  return found.problem === undefined ? { value, comment } : { value, comment, problem: found.problem };
}

function parseNumber(text: string, at: number): ParsedField | undefined {
  const found = numberAt(text, at);
  if (!found) return undefined;
  const end = skipBlanks(text, found.end);
  return isEnd(text, end) ? { value: found.value, comment: commentFrom(text, end) } : undefined;
}

function parseComplex(text: string, at: number): ParsedField | undefined {
  const re = numberAt(text, skipBlanks(text, at + 1));
  if (!re) return undefined;
  const comma = skipBlanks(text, re.end);
  if (text[comma] !== ",") return undefined;
  const im = numberAt(text, skipBlanks(text, comma + 1));
  if (!im) return undefined;
  const close = skipBlanks(text, im.end);
  const end = skipBlanks(text, close + 1);
  if (text[close] !== ")" || !isEnd(text, end)) return undefined;
  return { value: [Number(re.value), Number(im.value)], comment: commentFrom(text, end) };
}

function numberAt(text: string, at: number): { value: number | bigint; end: number } | undefined {
  numberPattern.lastIndex = at;
  const match = numberPattern.exec(text);
  if (!match) return undefined;
  const end = numberPattern.lastIndex;
  const exponent = match[3];
  if (match[1] || match[2] || exponent) {
    let digits = match[0].replaceAll(" ", "");
    if (exponent === "D" || exponent === "d") digits = digits.replace(exponent, "e");
    return { value: Number(digits), end };
  }
  return { value: integerOf(match[0].replaceAll(" ", "")), end };
}

function integerOf(digits: string): number | bigint {
  const value = Number(digits);
  if (Number.isSafeInteger(value)) return value + 0;
  return BigInt(digits.startsWith("+") ? digits.slice(1) : digits);
}

function unparsable(text: string, at: number): ParsedField {
  const slash = text.indexOf("/", at);
  const comment = slash < 0 ? "" : commentFrom(text, slash);
  if (text.charCodeAt(at) === QUOTE) return { comment, problem: "the string has no closing quote" };
  const value = text.slice(at, slash < 0 ? undefined : slash).trimEnd();
  return { comment, problem: `${JSON.stringify(value)} is no FITS value` };
}
