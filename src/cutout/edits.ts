/**
 * Changes to a header: new values of keywords, keywords that go, and notes; all other cards stay digit for digit.
 */
import { type Card, parseCard } from "../header/card.js";
import type { Header } from "../header/header.js";
import { formatCard, type HeaderCard } from "../write/card.js";

/** What is to change in a header. */
export interface Edits {
  /** New values by keyword; `null` takes its cards out. Keywords that the header does not have are added. */
  readonly values: Map<string, number | string | null>;
  /** New values of single cards of a keyword that stands several times, by the text of the card. */
  readonly records: Map<string, string>;
  /** What a reader of the header should know: becomes HISTORY. */
  readonly notes: string[];
}

export function newEdits(): Edits {
  return { values: new Map(), records: new Map(), notes: [] };
}

/** The number of a keyword as it will be: edited, or as it stands; undefined for what is no number. */
export function numberIn(header: Header, edits: Edits, keyword: string): number | undefined {
  const edited = edits.values.get(keyword);
  if (edited !== undefined) return typeof edited === "number" ? edited : undefined;
  const value = header.get(keyword);
  const isNumber = typeof value === "bigint" || typeof value === "number";
  return isNumber && Number.isFinite(Number(value)) ? Number(value) : undefined;
}

/** Multiplies the value of a keyword that is a number; answers whether it is one. */
export function multiply(header: Header, edits: Edits, keyword: string, factor: number): boolean {
  const value = numberIn(header, edits, keyword);
  if (value === undefined) return false;
  if (factor !== 1) edits.values.set(keyword, value * factor);
  return true;
}

/** The cards of a header after its changes; added ones come last, and then the notes. */
export function editedCards(header: Header, { values, records, notes }: Edits): Card[] {
  const left = new Set(values.keys());
  const cards = header.cards.flatMap((card) => {
    const value = records.get(card.raw) ?? values.get(card.keyword);
    if (value === undefined) return [card];
    left.delete(card.keyword);
    if (value === null) return [];
    return [cardOf(card.raw, { ...card, value })];
  });
  const added = [...left].flatMap((keyword) => {
    const value = values.get(keyword);
    return value === null || value === undefined ? [] : [cardOf("", { keyword, value })];
  });
  const history = notes.map((text) => cardOf("", { keyword: "HISTORY", comment: plainText(text) }));
  return [...cards, ...added, ...history];
}

/** The text of a keyword's card with a new value, as `editedCards` has it. */
export function editedCard(header: Header, keyword: string, value: number | string): string {
  const card = header.card(keyword);
  return cardText(card?.raw ?? "", { keyword, comment: card?.comment ?? "", value });
}

/** A card; numbers are written as floats unless the card that they replace had an integer. */
function cardOf(before: string, card: HeaderCard): Card {
  const raw = cardText(before, card);
  const { keyword, value, comment = "" } = card;
  return raw.length === 80
    ? parseCard(raw)
    : { keyword, comment: plainText(comment), raw, ...(value !== undefined && { value }) };
}

function cardText(before: string, { keyword, value, comment = "" }: HeaderCard): string {
  const wasInteger = /^[\w-]{1,8} *= *[+-]?\d+ *(\/|$)/.test(before);
  const real = typeof value === "number" && !(wasInteger && Number.isInteger(value));
  const given = { keyword, real, ...(value !== undefined && { value }) };
  return formatCard({ ...given, comment: fittingComment(given, plainText(comment)) });
}

/**
 * The part of a comment that fits the card of its value. A comment that went on in CONTINUE cards would make the value
 * `'EXTVER: 1&'` for readers of record-valued cards, which look at single cards.
 */
function fittingComment(card: HeaderCard, comment: string): string {
  if (typeof card.value !== "string") return comment;
  const bare = formatCard(card);
  if (bare.length > 80) return comment;
  return comment.slice(0, Math.max(0, 80 - bare.trimEnd().length - " / ".length)).trimEnd();
}

/** Text as a header may hold it. */
export function plainText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}
