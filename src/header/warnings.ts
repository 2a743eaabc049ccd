/**
 * What is wrong with a header that was read all the same.
 */
import { checkHeader } from "../argument.js";
import { printable } from "../errors.js";
import { CARD_LENGTH, type Card, isCommentary, splitKeyword } from "./card.js";
import { type Header, isLonger, showValue, valueOfCard } from "./header.js";

/**
 * What is wrong with a header but can be read past, in words: values that are none, odd cards, keywords repeated with
 * different values, bad padding.
 */
export function headerWarnings(header: Header): string[] {
  checkHeader(header);
  const repeated = repeatedWarnings(header, (keyword) => !/^(HIERARCH|CONTINUE)$/.test(keyword));
  return [...endingWarnings(header.ending), ...header.cards.flatMap(cardWarnings), ...repeated];
}

/**
 * The keywords whose last card counts where they are repeated: those that say what stored values mean. Of all others
 * the first counts, in astropy and cfitsio, too.
 */
const lastCounts =
  /^(BSCALE|BZERO|BLANK|ZSCALE|ZZERO|ZBLANK|THEAP|(TFORM|TTYPE|TUNIT|TSCAL|TZERO|TNULL|TDIM|TDISP|TBCOL|PSCAL|PZERO)\d+)$/;

/** The keywords among those that `of` takes which are repeated with different values, and which card counts. */
export function repeatedWarnings(header: Header, of: (keyword: string) => boolean): string[] {
  return header.repeated().flatMap((keyword) => {
    const last = lastCounts.test(keyword);
    const cards = of(keyword) ? header.all(keyword).filter((card) => !last || !isLonger(card.raw)) : [];
    // Record-valued cards repeat their keyword by design (`DP1 = 'AXIS.1: 2'`).
    if (cards.length === 0 || cards.every(({ value }) => typeof value === "string" && value.includes(": ")))
      return [];
    const values = [...new Set(cards.map((card) => showValue(valueOfCard(card))))];
    if (values.length === 1) return [];
    const shown = values.length > 3 ? `${values.slice(0, 3).join(", ")} ...` : values.join(", ");
    return [
      `${printable(keyword)} stands ${cards.length} times, as ${shown}; the ${last ? "last" : "first"} counts`,
    ];
  });
}

/** Behind END, and behind the header, the Standard wants blanks (4.4.1.1, 3.3.1). */
function endingWarnings(ending: string): string[] {
  const at = ending.slice(3).search(/[^ ]/) + 3;
  if (at < 3) return [];
  const where = at < CARD_LENGTH ? "END card" : "padding after the END card";
  return [`the ${where} holds ${ending[at] === "\0" ? "null bytes, not blanks" : "more than blanks"}`];
}

function cardWarnings(card: Card, i: number): string[] {
  const { raw, keyword } = card;
  const head = raw.slice(0, CARD_LENGTH);
  const { valueAt } = splitKeyword(head);
  const problem = card.problem ?? oddity(head, keyword, valueAt) ?? oddQuote(card) ?? strangeByte(raw);
  if (problem === undefined) return [];
  return [`card ${i + 1} (${printable(keyword) || "blank"}): ${problem}`];
}

/** What is odd about a card that is read all the same, save for strange bytes. */
function oddity(head: string, keyword: string, valueAt: number): string | undefined {
  if (valueAt < 0) {
    if (keyword === "CONTINUE") return "it continues no string that ends in &";
    if (head[8] === "=" && !isCommentary(keyword))
      return "the = in column 9 is not followed by a blank, so the card has no value";
    if (keyword === "HIERARCH") return undefined;
  } else if (valueAt > 10) return undefined;
  else if (valueAt < 10) return "its value indicator stands before column 9";
  if (!/^[A-Z0-9_-]*$/.test(keyword)) return "its keyword holds characters that no keyword may have";
  return head.startsWith(" ") && keyword ? "blanks stand before its keyword" : undefined;
}

/** A quote inside a string should be doubled (4.2.1.1). */
function oddQuote({ value, raw }: Card): string | undefined {
  if (typeof value !== "string" || raw.length > CARD_LENGTH) return undefined;
  return raw.includes(value.replaceAll("'", "''")) ? undefined : "a quote inside the string is not doubled";
}

function strangeByte(raw: string): string | undefined {
  const at = raw.search(/[^\x20-\x7e]/);
  if (at < 0) return undefined;
  const hex = raw.charCodeAt(at).toString(16).padStart(2, "0");
  return `byte 0x${hex} in column ${(at % CARD_LENGTH) + 1} is not printable ASCII`;
}
