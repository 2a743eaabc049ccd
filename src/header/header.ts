/**
 * A header: cards in order, found by keyword.
 */
import { FitsError } from "../errors.js";
import {
  CARD_LENGTH,
  type Card,
  type CardValue,
  type Complex,
  isContinued,
  parseCard,
  splitKeyword,
} from "./card.js";
import { findEnd, latin1, padded } from "./scan.js";
import { showValue } from "./value.js";

/**
 * The header of an HDU. Keywords are matched without regard to case, with or without `HIERARCH`; where one is
 * repeated the first counts. A field of a record-valued card, `DP1 = 'AXIS.1: 2'`, is found as `DP1.AXIS.1`. The
 * typed getters answer `undefined` for a keyword that is absent, undefined or unparsable, and throw WRONG_TYPE for
 * another type of value.
 */
export interface Header extends Iterable<Card> {
  /** Cards in file order, without END. */
  readonly cards: readonly Card[];
  /** How many cards there are, CONTINUE cards counted to the card that they continue. Parses none of them. */
  readonly length: number;
  /** Bytes of the header with its padding: a multiple of 2880. */
  readonly byteLength: number;
  /** What is wrong but can be read past, in words. */
  readonly warnings: readonly string[];
  has(keyword: string): boolean;
  card(keyword: string): Card | undefined;
  /** All cards of a repeated keyword, in order. */
  all(keyword: string): Card[];
  /** The value; `null` when undefined in the file, `undefined` when absent. */
  get(keyword: string): CardValue | undefined;
  string(keyword: string): string | undefined;
  /** A number (a bigint is rounded to one). */
  number(keyword: string): number | undefined;
  /** An integer that a JavaScript number holds exactly. */
  integer(keyword: string): number | undefined;
  bigint(keyword: string): bigint | undefined;
  boolean(keyword: string): boolean | undefined;
  complex(keyword: string): Complex | undefined;
  comment(keyword: string): string | undefined;
  /** The unit at the start of the comment in square brackets, as the Standard recommends (4.3). */
  unit(keyword: string): string | undefined;
  /** The header as in the file: cards of 80 characters, END and padding left out. */
  toString(): string;
}

/**
 * Reads the header that `bytes` begins with. `bytes` may go on behind it. Throws BAD_HEADER where no END card comes;
 * whatever else is wrong is kept and told in `warnings`. Cards are parsed when they are asked for.
 *
 * @param end where the END card begins, when the caller has already looked for it
 */
export function parseHeader(bytes: Uint8Array, end: number = findEnd(bytes, 0)): Header {
  if (end < 0) throw new FitsError("BAD_HEADER", `the header has no END card in its ${bytes.length} bytes`);
  const text = latin1(bytes.subarray(0, end));
  return new LazyHeader(text, logicalCards(text), padded(end + CARD_LENGTH), trailingWarnings(bytes, end));
}

/**
 * A header of cards. `byteLength` is what they take in a file with END and padding, unless given.
 * Every `raw` must be whole cards of 80 characters.
 */
export function headerOf(cards: readonly Card[], byteLength?: number): Header {
  const starts = [0];
  let length = 0;
  for (const { keyword, raw } of cards) {
    if (raw.length === 0 || raw.length % CARD_LENGTH !== 0) {
      throw new FitsError(
        "BAD_ARGUMENT",
        `card ${keyword} has ${raw.length} characters, not a multiple of ${CARD_LENGTH}`,
      );
    }
    starts.push((length += raw.length));
  }
  const text = cards.map((card) => card.raw).join("");
  return new LazyHeader(text, starts, byteLength ?? padded(length + CARD_LENGTH), [], cards);
}

/** Where each card begins, CONTINUE cards counted to the card that they continue; the end of the last one at last. */
function logicalCards(text: string): number[] {
  const starts: number[] = [];
  let open = false;
  let isContinuation = false;
  for (let at = 0; at < text.length; at += CARD_LENGTH) {
    if (text.charCodeAt(at) === 67 && text.startsWith("CONTINUE", at) && at > 0) {
      open = isContinued(text.slice(at - CARD_LENGTH, at), isContinuation);
      isContinuation = open && isString(text, at);
    } else isContinuation = false;
    if (!isContinuation) starts.push(at);
  }
  starts.push(text.length);
  return starts;
}

/** Whether a CONTINUE card holds a string, without which it continues nothing. */
function isString(text: string, at: number): boolean {
  const field = text.slice(at + 8, at + CARD_LENGTH).trimStart();
  return field.startsWith("'") && field.indexOf("'", 1) > 0;
}

function trailingWarnings(bytes: Uint8Array, end: number): string[] {
  const stop = Math.min(bytes.length, padded(end + CARD_LENGTH));
  for (let at = end + 3; at < stop; at++) {
    if (bytes[at] === 32) continue;
    const where = at < end + CARD_LENGTH ? "END card" : "padding after the END card";
    return [`the ${where} holds ${bytes[at] === 0 ? "null bytes, not blanks" : "more than blanks"}`];
  }
  return [];
}

class LazyHeader implements Header {
  readonly byteLength: number;
  readonly length: number;
  readonly #text: string;
  /** Where each card begins, and the end of the last. */
  readonly #starts: readonly number[];
  readonly #notes: readonly string[];
  readonly #parsed: (Card | undefined)[];
  readonly #index: Map<string, number[]>;
  #all: readonly Card[] | undefined;
  #warnings: readonly string[] | undefined;

  constructor(
    text: string,
    starts: readonly number[],
    byteLength: number,
    notes: readonly string[],
    cards: readonly Card[] = [],
  ) {
    this.#text = text;
    this.#starts = starts;
    this.#notes = notes;
    this.byteLength = byteLength;
    this.length = starts.length - 1;
    this.#parsed = [...cards];
    this.#index = cards.length > 0 ? indexOfCards(cards) : indexOfText(text, starts);
  }

  get cards(): readonly Card[] {
    this.#all ??= Array.from({ length: this.length }, (_, i) => this.#at(i));
    return this.#all;
  }

  get warnings(): readonly string[] {
    this.#warnings ??= [...this.#notes, ...cardWarnings(this.cards)];
    return this.#warnings;
  }

  [Symbol.iterator](): Iterator<Card> {
    return this.cards[Symbol.iterator]();
  }

  has(keyword: string): boolean {
    return this.card(keyword) !== undefined;
  }

  card(keyword: string): Card | undefined {
    const key = lookupKey(keyword);
    const first = this.#index.get(key)?.[0];
    return first === undefined ? this.#record(key) : this.#at(first);
  }

  all(keyword: string): Card[] {
    return (this.#index.get(lookupKey(keyword)) ?? []).map((i) => this.#at(i));
  }

  get(keyword: string): CardValue | undefined {
    return this.card(keyword)?.value;
  }

  string(keyword: string): string | undefined {
    const value = this.get(keyword) ?? undefined;
    return value === undefined || typeof value === "string" ? value : wrongType(keyword, value, "a string");
  }

  number(keyword: string): number | undefined {
    const value = this.get(keyword) ?? undefined;
    if (typeof value === "bigint") return Number(value);
    return value === undefined || typeof value === "number" ? value : wrongType(keyword, value, "a number");
  }

  integer(keyword: string): number | undefined {
    const value = this.get(keyword) ?? undefined;
    if (value === undefined || (typeof value === "number" && Number.isSafeInteger(value))) return value;
    return wrongType(keyword, value, typeof value === "bigint" ? "an integer below 2^53" : "an integer");
  }

  bigint(keyword: string): bigint | undefined {
    const value = this.get(keyword) ?? undefined;
    if (value === undefined || typeof value === "bigint") return value;
    return typeof value === "number" && Number.isInteger(value)
      ? BigInt(value)
      : wrongType(keyword, value, "an integer");
  }

  boolean(keyword: string): boolean | undefined {
    const value = this.get(keyword) ?? undefined;
    return value === undefined || typeof value === "boolean" ? value : wrongType(keyword, value, "T or F");
  }

  complex(keyword: string): Complex | undefined {
    const value = this.get(keyword) ?? undefined;
    return value === undefined || isComplex(value) ? value : wrongType(keyword, value, "a complex number");
  }

  comment(keyword: string): string | undefined {
    return this.card(keyword)?.comment;
  }

  unit(keyword: string): string | undefined {
    return /^\[([^\]]*)\]/.exec(this.comment(keyword) ?? "")?.[1]?.trim();
  }

  toString(): string {
    return this.#text;
  }

  #at(i: number): Card {
    return (this.#parsed[i] ??= parseCard(this.#text.slice(this.#starts[i], this.#starts[i + 1])));
  }

  /** A field of a record-valued card (WCS Paper IV): `DP1.AXIS.1` of `DP1 = 'AXIS.1: 2'`. */
  #record(key: string): Card | undefined {
    const dot = key.indexOf(".");
    if (dot < 1) return undefined;
    const field = `${key.slice(dot + 1)}: `;
    for (const i of this.#index.get(key.slice(0, dot).padEnd(8)) ?? []) {
      const card = this.#at(i);
      if (typeof card.value !== "string" || !card.value.toUpperCase().startsWith(field)) continue;
      const value = Number(card.value.slice(field.length).replace(/[dD]/, "e"));
      if (!Number.isNaN(value)) return { ...card, keyword: key, value };
    }
    return undefined;
  }
}

/**
 * Which cards have each keyword. Most keywords are indexed as the 8 characters that stand in the file: this runs for
 * every card of every header opened, cold, and so does little. Odd ones are looked at again.
 */
function indexOfText(text: string, starts: readonly number[]): Map<string, number[]> {
  const index = new Map<string, number[]>();
  const last = starts.length - 1;
  for (let i = 0; i < last; i++) {
    const start = starts[i]!;
    const field = text.slice(start, start + 8);
    const found = index.get(field);
    if (found) found.push(i);
    else index.set(field, [i]);
  }
  const odd = [...index.keys()].filter((field) => field === "HIERARCH" || !plain.test(field));
  if (odd.length > 0) {
    const again = odd.flatMap((field) => index.get(field)!).sort((a, b) => a - b);
    for (const field of odd) index.delete(field);
    for (const i of again) {
      addTo(index, splitKeyword(text.slice(starts[i], starts[i]! + CARD_LENGTH)).keyword, i);
    }
  }
  return index;
}

const plain = /^[A-Z0-9_-]* *$/;

function indexOfCards(cards: readonly Card[]): Map<string, number[]> {
  const index = new Map<string, number[]>();
  for (const [i, { keyword }] of cards.entries()) addTo(index, keyword, i);
  return index;
}

function addTo(index: Map<string, number[]>, keyword: string, i: number): void {
  const key = keyOf(keyword);
  const found = index.get(key);
  if (!found) index.set(key, [i]);
  else if (found.at(-1)! < i) found.push(i);
  else
    found.splice(
      found.findIndex((other) => other > i),
      0,
      i,
    );
}

/** How a keyword is indexed: in upper case, padded to 8 columns, single blanks between the words of a HIERARCH. */
function keyOf(keyword: string): string {
  const key = keyword.trim().toUpperCase().padEnd(8);
  return key.length > 8 ? key.replace(/ +/g, " ") : key;
}

function lookupKey(keyword: string): string {
  const key = keyOf(keyword);
  return key.startsWith("HIERARCH ") ? key.slice(9).padEnd(8) : key;
}

function isComplex(value: CardValue): value is Complex {
  return Array.isArray(value);
}

function wrongType(keyword: string, value: CardValue, wanted: string): never {
  throw new FitsError("WRONG_TYPE", `keyword ${keyword} is ${showValue(value)}, not ${wanted}`);
}

function cardWarnings(cards: readonly Card[]): string[] {
  return cards.flatMap(({ keyword, problem }, i) => {
    if (problem === undefined) return [];
    return [`card ${i + 1} (${keyword.replace(/[^ -~]/g, "?") || "blank"}): ${problem}`];
  });
}
