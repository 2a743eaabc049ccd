/**
 * A header: cards in order, found by keyword.
 */
import { checkBytes, checkHeader } from "../argument.js";
import { FitsError, printable } from "../errors.js";
import { CARD_LENGTH, type Card, isCommentary, isContinued, parseCard, splitKeyword } from "./card.js";
import { findEnd, latin1, padded } from "./scan.js";
import { type CardValue, type Complex, looseValue } from "./value.js";

/**
 * The header of an HDU. Keywords are matched without regard to case, with or without `HIERARCH`; where one is
 * repeated the first counts, as in astropy and cfitsio (of keywords that scale data the last: `dataNumber`). A field of a record-valued card, `DP1 = 'AXIS.1: 2'`, is found as `DP1.AXIS.1`. The
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
  /** The END card and the padding behind it, as in the file. */
  readonly ending: string;
  has(keyword: string): boolean;
  card(keyword: string): Card | undefined;
  /** All cards of a repeated keyword, in order. */
  all(keyword: string): Card[];
  /** Keywords that stand more than once, COMMENT, HISTORY and blank ones left out. */
  repeated(): string[];
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
 * whatever else is wrong is kept, and told by `headerWarnings`. Cards are parsed when they are asked for.
 *
 * @param end where the END card begins, when the caller has already looked for it
 */
export function parseHeader(bytes: Uint8Array, end?: number): Header {
  checkBytes(bytes, "a header");
  end ??= findEnd(bytes, 0);
  if (end < 0) throw new FitsError("BAD_HEADER", `the header has no END card in its ${bytes.length} bytes`);
  const text = latin1(bytes.subarray(0, end));
  const length = padded(end + CARD_LENGTH);
  return lazyHeader(text, logicalCards(text), length, latin1(bytes.subarray(end, length)));
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

/**
 * A header over its text, whose cards are parsed when they are asked for.
 *
 * @param starts where each card begins, and the end of the last
 * @param ending the END card and the padding
 */
export function lazyHeader(text: string, starts: readonly number[], byteLength: number, ending = ""): Header {
  const length = starts.length - 1;
  const parsed: Card[] = [];
  const index = indexOf(text, starts);
  let all: Card[] | undefined;

  const at = (i: number): Card => (parsed[i] ??= parseCard(text.slice(starts[i], starts[i + 1])));
  const placesOf = (key: string): readonly number[] => index.get(key) ?? [];
  const cards = (): Card[] => (all ??= Array.from({ length }, (_, i) => at(i)));

  function card(keyword: string): Card | undefined {
    const key = lookupKey(keyword);
    const first = placesOf(key)[0];
    return first === undefined ? record(key) : at(first);
  }

  /** A field of a record-valued card (WCS Paper IV): `DP1.AXIS.1` of `DP1 = 'AXIS.1: 2'`. */
  function record(key: string): Card | undefined {
    const [, keyword, field] = /^([^.]+)\.(.*?) *$/.exec(key) ?? [];
    for (const i of keyword ? placesOf(keyword.padEnd(8)) : []) {
      const [name, digits] = String(at(i).value).split(/: (.*)/);
      const value = Number(digits?.replace(/d/i, "e"));
      if (name?.toUpperCase() === field && !Number.isNaN(value)) return { ...at(i), keyword: key, value };
    }
    return undefined;
  }

  function repeated(): string[] {
    const keywords: string[] = [];
    for (const [key, places] of index) {
      const keyword = key.trimEnd();
      if (places.length > 1 && !isCommentary(keyword)) keywords.push(keyword);
    }
    return keywords;
  }

  const get = (keyword: string): CardValue | undefined => card(keyword)?.value;

  /** A value, if it is there, that must be of a type. */
  function typed<T extends CardValue>(
    keyword: string,
    wanted: string,
    is: (value: CardValue) => boolean,
    as: (value: CardValue) => T = (value) => value as T,
  ): T | undefined {
    const value = get(keyword) ?? undefined;
    if (value === undefined) return value;
    if (is(value)) return as(value);
    throw new FitsError("WRONG_TYPE", `keyword ${keyword} is ${showValue(value)}, not ${wanted}`);
  }

  return {
    length,
    byteLength,
    get cards() {
      return cards();
    },
    ending,
    [Symbol.iterator]: () => cards().values(),
    card,
    get,
    has: (keyword) => card(keyword) !== undefined,
    all: (keyword) => placesOf(lookupKey(keyword)).map(at),
    repeated,
    string: (keyword) => typed(keyword, "a string", (value) => typeof value === "string"),
    number: (keyword) =>
      typed(keyword, "a number", (value) => /^(number|bigint)$/.test(typeof value), Number),
    integer: (keyword) => typed(keyword, "an integer below 2^53", Number.isSafeInteger),
    bigint: (keyword) =>
      typed(
        keyword,
        "an integer",
        (value) => typeof value === "bigint" || Number.isInteger(value),
        (value) => BigInt(value as bigint),
      ),
    boolean: (keyword) => typed(keyword, "T or F", (value) => typeof value === "boolean"),
    complex: (keyword) => typed<Complex>(keyword, "a complex number", Array.isArray),
    comment: (keyword) => card(keyword)?.comment,
    unit: (keyword) => /^\[([^\]]*)\]/.exec(card(keyword)?.comment ?? "")?.[1]?.trim(),
    toString: () => text,
  };
}

/**
 * Which cards have each keyword. Most keywords are indexed as the 8 characters that stand in the file: this runs for
 * every card of every header opened, cold, and so does little.
 */
function indexOf(text: string, starts: readonly number[]): Map<string, number[]> {
  const index = new Map<string, number[]>();
  for (let i = 0; i + 1 < starts.length; i++) {
    const start = starts[i]!;
    let key = text.slice(start, start + 8);
    // Of these the keyword depends on what follows.
    const open = key === "HIERARCH" || key.endsWith("=");
    let found = open ? undefined : index.get(key);
    if (!found && (open || !/^[A-Z0-9_-]* *$/.test(key))) {
      key = keyOf(splitKeyword(text.slice(start, start + CARD_LENGTH)).keyword);
      found = index.get(key);
    }
    if (found) found.push(i);
    else index.set(key, [i]);
  }
  return index;
}

/** How a keyword is indexed: in upper case, padded to 8 columns, single blanks between the words of a HIERARCH. */
function keyOf(keyword: string): string {
  return keyword.trim().toUpperCase().replace(/ +/g, " ").padEnd(8);
}

function lookupKey(keyword: string): string {
  return keyOf(`${keyword}`.replace(/^ *hierarch +/i, ""));
}

/**
 * The card of a keyword that counts where it is repeated: the last one, for keywords that say what stored values mean
 * (cfitsio's rule for all of these, astropy's for those of images). A longer word that begins as the keyword does
 * (`TFORM1000= 'I'`) is no card of it.
 */
export function lastCard(header: Pick<Header, "all">, keyword: string): Card | undefined {
  return header.all(keyword).findLast(({ raw }) => !isLonger(raw));
}

/** Whether the word that a card begins with is longer than a keyword may be. */
export function isLonger(raw: string): boolean {
  return /^[\w-]{9}/.test(raw) && !/^hierarch/i.test(raw);
}

/** What a keyword comes to on which the meaning of the data depends. */
export interface DataNumber {
  /** Absent where the keyword is, or has no value. Finite. */
  readonly value?: number | bigint;
  /** Why there is no value, though there should be: `BZERO is '32768', which is no finite number`. */
  readonly problem?: string;
  /** What is odd though it can be read. */
  readonly warning?: string;
}

/**
 * The number of a keyword on which the meaning of the data depends (BZERO, TSCALn, ZSCALE ...), from its last card.
 * What cfitsio reads is read; anything else but an absent or undefined value is a `problem`, and never counts as absent.
 */
export function dataNumber(header: Pick<Header, "all">, keyword: string): DataNumber {
  const card = lastCard(header, keyword);
  if (!card) return {};
  const value = valueOfCard(card);
  if (value === null) return { warning: `${keyword} has no value; taken as absent` };
  const isNumber = typeof value === "bigint" || (typeof value === "number" && Number.isFinite(value));
  if (!isNumber) return { problem: `${keyword} is ${shownIn(card)}, which is no finite number` };
  const isLoose = card.value === undefined;
  return {
    value,
    ...(isLoose && { warning: `${keyword} is read as ${value}, though its card is malformed` }),
  };
}

/** As `dataNumber`. Throws BAD_HEADER for a problem; `label` says of which HDU. */
export function requireDataNumber(
  header: Pick<Header, "all">,
  keyword: string,
  label: string,
): number | bigint | undefined {
  const { value, problem } = dataNumber(header, keyword);
  if (problem === undefined) return value;
  throw new FitsError("BAD_HEADER", `${label}: ${problem}; ${rawHint}`);
}

/** What to do where a keyword cannot be used that physical values depend on. */
export const rawHint = "read the stored values instead, with raw (--raw)";

/** The value of a card; where it has none by the Standard, the one that cfitsio reads. */
export function valueOfCard(card: Card): CardValue | undefined {
  return card.value === undefined ? looseValue(card.raw) : card.value;
}

/** The value of a card as messages show it, also where it is no FITS value. */
function shownIn({ value, raw }: Card): string {
  if (value !== undefined) return showValue(value);
  const text = printable(raw.slice(8, CARD_LENGTH))
    .replace(/^ *=? */, "")
    .replace(/ *(\/.*)?$/, "");
  return text === "" ? "without a value" : text.slice(0, 40);
}

/** A value as messages show it: on one line, whatever is in it. */
export function showValue(value: CardValue | undefined): string {
  if (value === undefined || value === null) return "without a value";
  if (typeof value === "string") return `'${printable(value)}'`;
  if (typeof value === "boolean") return value ? "T" : "F";
  return typeof value === "object" ? `(${value.join(", ")})` : String(value);
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
  return lazyHeader(text, starts, byteLength ?? padded(length + CARD_LENGTH));
}

// What describes the primary HDU itself and no other (sections 4.4.1, 4.4.2.7), and what has no value to take over.
const own =
  /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|GROUPS|EXTEND|BLOCKED|EXTNAME|EXTVER|EXTLEVEL|INHERIT|CHECKSUM|DATASUM|BSCALE|BZERO|BLANK|COMMENT|HISTORY|CONTINUE|)$/;

/**
 * The header that a user of `INHERIT = T` expects: the extension's own cards, then those of the primary header that
 * the extension does not have. Mandatory, commentary and checksum keywords and those of the primary's own data are
 * not inherited. Answers `header` itself where it does not say `INHERIT = T`.
 */
export function withInherited(header: Header, primary: Header): Header {
  for (const given of [header, primary]) checkHeader(given);
  if (header.get("INHERIT") !== true) return header;
  const inherited = primary.cards.filter(({ keyword }) => !own.test(keyword) && !header.has(keyword));
  return inherited.length === 0 ? header : headerOf([...header.cards, ...inherited], header.byteLength);
}
