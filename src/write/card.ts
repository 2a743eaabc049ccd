/**
 * A keyword, a value and a comment as cards of 80 characters (FITS Standard 4.0, section 4).
 *
 * Fixed format wherever the value fits it; strings that do not fit go on in CONTINUE cards (4.2.1.2); keywords that
 * do not fit 8 characters, or have others than A-Z 0-9 - _, follow the HIERARCH convention.
 */
import { checkObject } from "../argument.js";
import { FitsError } from "../errors.js";
import type { CardValue, Complex } from "../header/value.js";
import { shown } from "./check.js";
import { fixedWidth, formatComplex, formatFloat, formatNumber } from "./number.js";

/** A card to be written. A parsed `Card` is one, except that its `raw` is not looked at. */
export interface HeaderCard {
  /** Upper-cased where it is a standard keyword; anything else becomes `HIERARCH keyword = ...`. */
  readonly keyword: string;
  /** `null` is an undefined value. Absent: a commentary card, whose text is `comment`. */
  readonly value?: CardValue;
  readonly comment?: string;
  /** Writes an integral number as a float (`1.0`), for keywords that the Standard wants so. */
  readonly real?: boolean;
}

const cardLength = 80;
/** Keywords whose short strings may not spill a comment into CONTINUE cards: those that say how to read the data. */
const structural = /^(SIMPLE|XTENSION|EXTNAME|CHECKSUM|DATASUM|BUNIT|T[A-Z]{3,4}\d+|Z[A-Z]+\d*)$/;

/**
 * The card as text: 80 characters, or a multiple of them where a string or commentary needs more. A comment that
 * fits nowhere is cut. Throws BAD_ARGUMENT for what no card can hold: characters outside ASCII 32 to 126, NaN, a
 * keyword too long, a number of more than 70 digits.
 */
export function formatCard(card: HeaderCard): string {
  checkObject(card, "a card");
  checkTypes(card);
  const keyword = checkedKeyword(card.keyword);
  const comment = card.comment ?? "";
  checkText(comment, `the comment of ${keyword || "a blank card"}`);
  if (card.value === undefined) return commentary(keyword, comment);
  if (commentaryKeyword.test(keyword)) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `${keyword || "a blank keyword"} takes no value; put its text in comment`,
    );
  }
  const start = isStandard(keyword) ? `${keyword.padEnd(8)}= ` : `HIERARCH ${keyword} = `;
  if (typeof card.value === "string") return stringCard(keyword, start, card.value, comment);
  return numberCard(keyword, start, formatValue(card.value, card.real === true, keyword), comment);
}

/** Throws BAD_ARGUMENT where a caller without types gives what no card is made of. */
function checkTypes({ keyword, value, comment }: HeaderCard): void {
  if (typeof keyword !== "string")
    throw new FitsError("BAD_ARGUMENT", `the keyword of a card is ${shown(keyword)}, not text`);
  if (comment !== undefined && typeof comment !== "string")
    throw new FitsError("BAD_ARGUMENT", `${keyword}: its comment is ${shown(comment)}, not text`);
  if (value === undefined || value === null || /^(string|number|bigint|boolean)$/.test(typeof value)) return;
  const isComplex =
    Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "number");
  if (isComplex) return;
  throw new FitsError(
    "BAD_ARGUMENT",
    `${keyword}: its value is ${shown(value)}; a card holds text, a number, a boolean, null or [real, imaginary]`,
  );
}

const commentaryKeyword = /^(COMMENT|HISTORY|)$/;
const standardKeyword = /^[A-Z0-9_-]{1,8}$/;
/** Long keywords that are shortened nowhere: `HIERARCH ` + keyword + ` = ''` must leave room for a value. */
const longestKeyword = 60;

function isStandard(keyword: string): boolean {
  return standardKeyword.test(keyword);
}

function checkedKeyword(given: string): string {
  const upper = given.trim().toUpperCase();
  if (upper === "END" || upper === "CONTINUE") {
    throw new FitsError(
      "BAD_ARGUMENT",
      `${upper} cards are written by fitslice itself where they are needed`,
    );
  }
  if (upper === "" || isStandard(upper)) return upper;
  const keyword = given.trim().replace(/^HIERARCH +/i, "");
  checkText(keyword, `the keyword ${JSON.stringify(given)}`);
  if (keyword.includes("=")) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `the keyword ${JSON.stringify(given)} holds "=", which ends a keyword; rename it`,
    );
  }
  if (keyword.length > longestKeyword) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `the keyword ${JSON.stringify(given)} has ${keyword.length} characters, more than ${longestKeyword}; shorten it`,
    );
  }
  // "HIERARCH FOO" is the plain keyword FOO: written so, as readers find it under that name either way.
  const inner = keyword.toUpperCase();
  return isStandard(inner) ? checkedKeyword(inner) : keyword;
}

/** Throws BAD_ARGUMENT where `text` holds what a header may not: anything but ASCII 32 to 126. */
export function checkText(text: string, what: string): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 32 && code <= 126) continue;
    const shown = JSON.stringify(String.fromCodePoint(text.codePointAt(i)!));
    throw new FitsError(
      "BAD_ARGUMENT",
      `${what} holds ${shown}; a FITS header is plain ASCII without control characters`,
    );
  }
}

/** COMMENT, HISTORY, blank, and keywords without a value: the text from column 9, on as many cards as it needs. */
function commentary(keyword: string, text: string): string {
  if (!isStandard(keyword) && keyword !== "") {
    throw new FitsError(
      "BAD_ARGUMENT",
      `${keyword} has no value; only a keyword of up to 8 characters can go without`,
    );
  }
  const room = cardLength - 8;
  // "= " in columns 9 and 10 would make a value of it, except after the keywords that never have one.
  if (!commentaryKeyword.test(keyword) && text.startsWith("= ")) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `the text of ${keyword} begins with "= ", which would read as a value`,
    );
  }
  let cards = "";
  for (let at = 0; at === 0 || at < text.length; at += room) {
    cards += (keyword.padEnd(8) + text.slice(at, at + room)).padEnd(cardLength);
  }
  return cards;
}

function formatValue(value: Exclude<CardValue, string>, real: boolean, keyword: string): string {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "T" : "F";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "object") return inContext(keyword, () => formatComplex(value as Complex));
  return inContext(keyword, () => (real ? formatFloat(value) : formatNumber(value)));
}

function inContext(keyword: string, format: () => string): string {
  try {
    return format();
  } catch (cause) {
    if (!(cause instanceof FitsError)) throw cause;
    throw new FitsError(cause.code, `${keyword}: ${cause.message}`, { cause });
  }
}

/** Everything but strings: right-justified in fixed format, free format where space is short. */
function numberCard(keyword: string, start: string, text: string, comment: string): string {
  const hierarch = !isStandard(keyword);
  const fixed = start + (hierarch ? text : text.padStart(fixedWidth));
  const whole = withComment(fixed, comment);
  if (whole !== undefined) return whole;
  const free = start + text;
  if (free.length > cardLength) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `${keyword}: the value ${text.slice(0, 24)}... does not fit one card of 80 characters`,
    );
  }
  // A comment saved by giving up fixed format is worth it, but not where the Standard demands it.
  const roomy = mandatory.test(keyword) ? fixed : free;
  return withComment(roomy, comment) ?? cutComment(roomy, comment);
}

const mandatory = /^(SIMPLE|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|TFIELDS|THEAP|TBCOL\d+)$/;

/** One card, or undefined where value and comment do not fit 80 characters. */
function withComment(value: string, comment: string): string | undefined {
  const text = comment === "" ? value : `${value} / ${comment}`;
  return text.length <= cardLength ? text.padEnd(cardLength) : undefined;
}

function cutComment(value: string, comment: string): string {
  const cut = `${value} / ${comment}`.slice(0, cardLength);
  return (value.length > cardLength - 4 ? value : cut).padEnd(cardLength);
}

function stringCard(keyword: string, start: string, value: string, comment: string): string {
  checkText(value, `the value of ${keyword}`);
  const hierarch = !isStandard(keyword);
  const doubled = value.replaceAll("'", "''");
  const quoted = `'${hierarch || value === "" ? doubled : doubled.padEnd(8)}'`;
  const fixed = start + (hierarch ? quoted : quoted.padEnd(fixedWidth));
  const one = withComment(fixed, comment) ?? withComment(start + quoted, comment);
  if (one !== undefined) return one;
  if (start.length + quoted.length <= cardLength && structural.test(keyword))
    return cutComment(start + quoted, comment);
  return continued(keyword, start, value, comment);
}

/** `'...&'` on each card but the last; the comment on the last, or over CONTINUE cards of its own (`'&' / ...`). */
function continued(keyword: string, start: string, value: string, comment: string): string {
  const first = cardLength - start.length - 2;
  if (first < 4)
    throw new FitsError(
      "BAD_ARGUMENT",
      `the keyword ${keyword} is too long for a string that needs CONTINUE`,
    );
  const parts = splitValue(value, first);
  const last = parts[parts.length - 1]!;
  const lastStart = parts.length === 1 ? start : continueStart;
  const ending = withComment(`${lastStart}'${last}'`, comment);
  // A lone "&" at the very end asks for one more card, or readers would take it for a mark of continuation.
  if (ending !== undefined && !last.endsWith("&")) return joinParts(start, parts.slice(0, -1)) + ending;
  const lines = splitComment(comment);
  const tail = lines.map((line, i) => {
    const empty = i === lines.length - 1 ? "''" : "'&'";
    return withComment(continueStart + empty, line)!;
  });
  return (
    joinParts(start, parts) + (tail.length > 0 ? tail.join("") : `${continueStart}''`.padEnd(cardLength))
  );
}

const continueStart = "CONTINUE  ";

function joinParts(start: string, parts: readonly string[]): string {
  return parts.map((part, i) => `${i === 0 ? start : continueStart}'${part}&'`.padEnd(cardLength)).join("");
}

/** Quotes doubled, cut so that no pair is torn and each part leaves room for its `&`. */
function splitValue(value: string, first: number): string[] {
  const parts: string[] = [];
  let part = "";
  for (const char of value) {
    const text = char === "'" ? "''" : char;
    const room = (parts.length === 0 ? first : cardLength - continueStart.length - 2) - 1;
    if (part.length + text.length > room) {
      parts.push(part);
      part = "";
    }
    part += text;
  }
  parts.push(part);
  return parts;
}

/** Cut between words where there are any: readers join the comments of CONTINUE cards with a space. */
function splitComment(comment: string): string[] {
  const room = cardLength - continueStart.length - "'&' / ".length;
  const lines: string[] = [];
  let rest = comment.trimEnd();
  while (rest.length > room) {
    const space = rest.lastIndexOf(" ", room);
    const cut = space > 0 ? space : room;
    lines.push(rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  if (rest !== "") lines.push(rest);
  return lines;
}
