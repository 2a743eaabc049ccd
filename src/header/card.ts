/**
 * One card of a header: 80 bytes, keyword, value, comment (FITS Standard 4.0, section 4).
 */
import { commentFrom, parseField, quotedString, skipBlanks } from "./value.js";

/** A complex value: real part, imaginary part. */
export type Complex = readonly [re: number, im: number];

/** The value of a card. `null` is a keyword with an undefined value; integers beyond 2^53 are bigint. */
export type CardValue = string | number | bigint | boolean | Complex | null;

/**
 * A card. CONTINUE cards are folded into the card that they continue, HIERARCH keywords are written without
 * `HIERARCH`, all others in upper case. `value` is absent on commentary cards (COMMENT, HISTORY, blank keyword, and
 * any keyword without a value indicator: the text is in `comment`) and on cards that cannot be parsed. `problem` says
 * why a card cannot be parsed, or what is wrong with one that was read all the same.
 */
export interface Card {
  readonly keyword: string;
  readonly value?: CardValue;
  readonly comment: string;
  /** The card as it stands in the file: 80 characters, or a multiple of them with CONTINUE. */
  readonly raw: string;
  readonly problem?: string;
}

/** Characters of one card. */
export const CARD_LENGTH = 80;
const KEYWORD_LENGTH = 8;

/**
 * Reads one card: 80 characters (shorter ones are taken as padded with blanks), followed by those of its CONTINUE
 * cards if it has any. Never throws: what cannot be parsed is told in `problem`.
 */
export function parseCard(raw: string): Card {
  const head = raw.length > CARD_LENGTH ? raw.slice(0, CARD_LENGTH) : raw;
  const { keyword, valueAt } = splitKeyword(head);
  if (valueAt < 0) return commentary(keyword, head, raw);
  const field = raw.length > CARD_LENGTH ? longString(raw, valueAt) : parseField(head, valueAt);
  return withProblem(
    { keyword, ...field, raw },
    field.problem ?? oddity(head, keyword, valueAt) ?? strangeByte(raw),
  );
}

/** The keyword of a card, and the column where its value field begins: -1 for a card without a value. */
export function splitKeyword(card: string): { keyword: string; valueAt: number } {
  const field = card.slice(0, KEYWORD_LENGTH);
  if (card.charCodeAt(8) === 61 && (card.charCodeAt(9) === 32 || card.length === 9)) {
    const keyword = field.trim().toUpperCase();
    // COMMENT, HISTORY and blank keywords never have a value, whatever follows (section 4.1.2.2 and 4.4.2.4).
    return { keyword, valueAt: isCommentary(keyword) ? -1 : 10 };
  }
  const keyword = field.trim().toUpperCase();
  if (isCommentary(keyword)) return { keyword, valueAt: -1 };
  if (keyword === "HIERARCH" && card.charCodeAt(8) === 32) {
    const equals = card.indexOf("=");
    const name = card.slice(9, equals).trim();
    return equals > 0 && name !== "" ? { keyword: name, valueAt: equals + 1 } : { keyword, valueAt: -1 };
  }
  // A value indicator before column 9 is wrong, but astropy reads it, and what it means is plain.
  const indicator = card.indexOf("= ");
  if (indicator > 0 && indicator < KEYWORD_LENGTH) {
    const early = card.slice(0, indicator).trim().toUpperCase();
    return { keyword: early, valueAt: isCommentary(early) ? -1 : indicator + 2 };
  }
  return { keyword, valueAt: -1 };
}

/** Whether this card (with the CONTINUE cards that it has so far) is a string that ends in `&`. */
export function isContinued(card: string, isContinuation: boolean): boolean {
  const at = isContinuation ? KEYWORD_LENGTH : splitKeyword(card).valueAt;
  if (at < 0) return false;
  const piece = stringPiece(card, at);
  return piece?.continued === true;
}

function isCommentary(keyword: string): boolean {
  return keyword === "" || keyword === "COMMENT" || keyword === "HISTORY" || keyword === "CONTINUE";
}

function commentary(keyword: string, head: string, raw: string): Card {
  const card: Card = { keyword, comment: head.slice(KEYWORD_LENGTH).trimEnd(), raw };
  if (keyword === "CONTINUE") return withProblem(card, "it continues no string that ends in &");
  if (head[8] === "=" && !isCommentary(keyword)) {
    return withProblem(card, "the = in column 9 is not followed by a blank, so the card has no value");
  }
  return withProblem(card, oddity(head, keyword, -1) ?? strangeByte(raw));
}

function withProblem(card: Card, problem: string | undefined): Card {
  return problem === undefined ? card : { ...card, problem };
}

interface StringPiece {
  text: string;
  comment: string;
  continued: boolean;
}

function stringPiece(card: string, at: number): StringPiece | undefined {
  const open = skipBlanks(card, at);
  if (card[open] !== "'") return undefined;
  const found = quotedString(card, open);
  if (!found) return undefined;
  const text = found.text.trimEnd();
  const comment = commentFrom(card, skipBlanks(card, found.end));
  return { text, comment, continued: text.endsWith("&") };
}

/** Joins the strings of a card and its CONTINUE cards, and their comments (section 4.2.1.2). */
function longString(raw: string, valueAt: number): { value: string; comment: string; problem?: string } {
  let value = "";
  const comments: string[] = [];
  for (let at = 0; at < raw.length; at += CARD_LENGTH) {
    const piece = stringPiece(raw.slice(at, at + CARD_LENGTH), at === 0 ? valueAt : KEYWORD_LENGTH);
    if (!piece)
      return {
        value: value.trimEnd(),
        comment: comments.join(" "),
        problem: "a CONTINUE card holds no string",
      };
    const last = at + CARD_LENGTH >= raw.length;
    value += piece.continued && !last ? piece.text.slice(0, -1) : piece.text;
    if (piece.comment !== "") comments.push(piece.comment);
  }
  return { value: value.trimEnd(), comment: comments.join(" ") };
}

function oddity(head: string, keyword: string, valueAt: number): string | undefined {
  if (valueAt > 0 && valueAt < 10) return "its value indicator stands before column 9";
  if (valueAt > 10 || (valueAt < 0 && keyword === "HIERARCH")) return undefined;
  if (!/^[A-Z0-9_-]*$/.test(keyword)) return "its keyword holds characters that no keyword may have";
  return head.startsWith(" ") && keyword !== "" ? "blanks stand before its keyword" : undefined;
}

const strange = /[^\x20-\x7e]/;

function strangeByte(raw: string): string | undefined {
  const at = raw.search(strange);
  if (at < 0) return undefined;
  const hex = raw.charCodeAt(at).toString(16).padStart(2, "0");
  return `byte 0x${hex} in column ${(at % CARD_LENGTH) + 1} is not printable ASCII`;
}
