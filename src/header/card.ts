/**
 * One card of a header: 80 bytes, keyword, value, comment (FITS Standard 4.0, section 4).
 */
import { type CardValue, type ParsedField, parseField } from "./value.js";

/**
 * A card. CONTINUE cards are folded into the card that they continue, HIERARCH keywords are written without
 * `HIERARCH`, all others in upper case. `value` is absent on commentary cards (COMMENT, HISTORY, blank keyword, and
 * any keyword without a value indicator: the text is in `comment`) and on cards that cannot be parsed. `problem` says
 * what is wrong with the value; for all that can be wrong with a card see `headerWarnings`.
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
  const head = raw.slice(0, CARD_LENGTH);
  const { keyword, valueAt } = splitKeyword(head);
  return { keyword, ...parseRest(raw, head, valueAt), raw };
}

/** The keyword of a card, and the column where its value field begins: -1 for a card without a value. */
export function splitKeyword(card: string): { keyword: string; valueAt: number } {
  let keyword = card.slice(0, KEYWORD_LENGTH);
  let valueAt = -1;
  const equals = card.indexOf("=");
  if (/^.{8}=( |$)/s.test(card)) valueAt = 10;
  else if (/^hierarch /i.test(card)) {
    const name = card.slice(9, equals).trim();
    if (equals > 0 && name) return { keyword: name, valueAt: equals + 1 };
  } else if (equals > 0 && equals < KEYWORD_LENGTH) {
    // A value indicator before column 9 is wrong, but astropy reads it, and what it means is plain.
    keyword = card.slice(0, equals);
    if (card[equals + 1] === " ") valueAt = equals + 2;
  }
  keyword = keyword.trim().toUpperCase();
  return { keyword, valueAt: isCommentary(keyword) ? -1 : valueAt };
}

/** COMMENT, HISTORY and blank keywords never have a value, whatever follows (sections 4.1.2.2 and 4.4.2.4). */
export function isCommentary(keyword: string): boolean {
  return /^(COMMENT|HISTORY|CONTINUE|)$/.test(keyword);
}

/** Whether this card (with the CONTINUE cards that it has so far) is a string that ends in `&`. */
export function isContinued(card: string, isContinuation: boolean): boolean {
  const at = isContinuation ? KEYWORD_LENGTH : splitKeyword(card).valueAt;
  return at > 0 && /&$/.test(stringAt(card, at)?.value ?? "");
}

function stringAt(card: string, at: number): (ParsedField & { readonly value: string }) | undefined {
  const field = parseField(card, at);
  return typeof field.value === "string" ? { ...field, value: field.value } : undefined;
}

/** What stands behind the keyword: a value and its comment, or the text of a card without a value. */
function parseRest(raw: string, head: string, valueAt: number): ParsedField {
  if (valueAt < 0) return { comment: head.slice(KEYWORD_LENGTH).trimEnd() };
  return raw.length > CARD_LENGTH ? longString(raw, valueAt) : parseField(head, valueAt);
}

/** Joins the strings of a card and its CONTINUE cards, and their comments (section 4.2.1.2). */
function longString(raw: string, valueAt: number): ParsedField {
  let value = "";
  let comment = "";
  for (let at = 0; at < raw.length; at += CARD_LENGTH) {
    const last = at + CARD_LENGTH >= raw.length;
    const piece = stringAt(raw.slice(at, at + CARD_LENGTH), at === 0 ? valueAt : KEYWORD_LENGTH);
    if (!piece) return { value: value.trimEnd(), comment, problem: "a CONTINUE card holds no string" };
    value += last ? piece.value : piece.value.replace(/&$/, "");
    comment = `${comment} ${piece.comment}`.trim();
  }
  return { value: value.trimEnd(), comment };
}
