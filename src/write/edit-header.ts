/**
 * Edits of the headers of HDUs that are copied: cards set, dropped, or given anew.
 */
import { checkHeader, checkList, checkMembers, checkObject, checkStream, checkText } from "../argument.js";
import { FitsError } from "../errors.js";
import type { HduLayout } from "../hdu/hdu.js";
import { type Card, parseCard } from "../header/card.js";
import { type CardValue, parseField } from "../header/value.js";
import { matchesKeyword } from "../list/glob.js";
import { formatCard } from "./card.js";
import { cardsAsRead, headerText } from "./copy.js";
import { hasChecksums } from "./copy-hdu.js";
import type { WritableHdu } from "./hdu.js";
import { type HeaderItem, keywordOf } from "./header.js";

/** A card to be set: in the place of the one that is there, else at the end. */
export interface CardEdit {
  readonly keyword: string;
  /** `null` is an undefined value. Absent for COMMENT and HISTORY, whose text is `comment`: these are added. */
  readonly value?: CardValue;
  /** Default: the comment that is there. */
  readonly comment?: string | undefined;
}

/** What is changed in a header. */
export interface HeaderEdits {
  readonly set?: readonly CardEdit[] | undefined;
  /** Keywords whose cards go, or patterns of them: `HISTORY`, `CD*`. */
  readonly drop?: readonly string[] | undefined;
  /** All cards but END, in the place of those that are there. What describes the data must stay as it is. */
  readonly cards?: readonly Card[] | undefined;
}

/** What says where data lie and what their bytes are. */
const structural =
  /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|GROUPS|TFIELDS|THEAP|TFORM\d+|TBCOL\d+|Z(IMAGE|TABLE|BITPIX|NAXIS\d*|TILE\d+|CMPTYPE|FORM\d+|CTYP\d+|TILELEN|PCOUNT|THEAP|SIMPLE|EXTENSION|TENSION)|END)$/;

/**
 * The HDU with another header, made of the HDU `of` of a file. One that had checksums gets new ones, unless they are dropped. Throws BAD_ARGUMENT for keywords that
 * describe the data, and for values that no card can hold.
 */
export function editedHdu(hdu: WritableHdu, of: Pick<HduLayout, "header">, edits: HeaderEdits): WritableHdu {
  checkMembers(hdu, ["cards", "data"], "an HDU to write", "what imageHdu, tableHdu or a copy makes");
  checkMembers(of, ["header"], "the HDU", "an HDU of an open file");
  checkHeader(of.header);
  checkObject(edits, "edits");
  const { set = [], drop = [], cards } = edits;
  checkList(set, "set", "object");
  checkList(drop, "drop", "string");
  if (cards !== undefined) checkStream(cards, "the cards");
  for (const { keyword } of set) refuse(keyword);
  const { header: _, ...rest } = hdu;
  const isDropped = (keyword: string): boolean =>
    keyword !== "" && drop.some((pattern) => matchesKeyword(pattern, keyword));
  return {
    ...rest,
    checksum: hasChecksums(of.header) && !isDropped("CHECKSUM") && !isDropped("DATASUM"),
    cards(primary, facts) {
      const own = hdu.cards(primary, facts);
      const given = cards ? replaced(own, of, cards) : own;
      const kept = given.filter((item) => {
        const keyword = keywordOf(item);
        if (!isDropped(keyword)) return true;
        if (structural.test(keyword) && drop.some((name) => name.trim().toUpperCase() === keyword))
          refuse(keyword);
        return structural.test(keyword);
      });
      return set.reduce(withCard, kept);
    },
  };
}

function refuse(keyword: string): void {
  if (structural.test(keyword.trim().toUpperCase()))
    throw new FitsError("BAD_ARGUMENT", `${keyword} describes the data, and stays as it is`);
}

/** The cards that are given for an HDU, else its own. Cards are given where they differ from those of the file: an image that moves to another place. */
function replaced(
  own: readonly HeaderItem[],
  { header }: Pick<HduLayout, "header">,
  cards: readonly Card[],
): HeaderItem[] {
  const given = cards.map(({ raw }) => raw.padEnd(Math.ceil(raw.length / 80) * 80));
  const before = descriptions(cardsAsRead(header));
  const after = descriptions(given);
  const at = Array.from({ length: Math.max(before.length, after.length) }).findIndex(
    (_, n) => before[n] !== after[n],
  );
  if (at >= 0)
    throw new FitsError(
      "BAD_ARGUMENT",
      `the given cards say ${after[at] ?? "nothing"} where the header says ${before[at] ?? "nothing"}: what describes the data must stay`,
    );
  if (descriptions(own).join() === before.join()) return given;
  const isStructural = (item: HeaderItem): boolean => structural.test(keywordOf(item));
  return [...own.filter(isStructural), ...given.filter((item) => !isStructural(item))];
}

function descriptions(items: readonly HeaderItem[]): string[] {
  return items
    .filter((item) => structural.test(keywordOf(item)))
    .map((item) => {
      const { keyword, value } = typeof item === "string" ? parseCard(item) : item;
      return `${keyword} = ${typeof value === "string" ? `'${value}'` : String(value)}`;
    });
}

function withCard(items: readonly HeaderItem[], { keyword: given, value, comment }: CardEdit): HeaderItem[] {
  const keyword = given.trim().toUpperCase();
  if (value === undefined) return [...items, formatCard({ keyword, comment: comment ?? "" })];
  const lookup = keyword.replace(/^HIERARCH +/, "");
  const places = items.flatMap((item, i) => (nameOf(item) === lookup ? [i] : []));
  const old = places.length > 0 ? cardOf(items[places[0]!]!) : undefined;
  const card = formatCard({
    keyword: given.trim(),
    value,
    comment: comment ?? headerText(old?.comment ?? ""),
  });
  if (places.length === 0) return [...items, card];
  return items.flatMap((item, i) => (i === places[0] ? [card] : places.includes(i) ? [] : [item]));
}

function cardOf(item: HeaderItem): { readonly keyword: string; readonly comment?: string } {
  return typeof item === "string" ? parseCard(item) : item;
}

function nameOf(item: HeaderItem): string {
  return cardOf(item).keyword.toUpperCase();
}

/**
 * Reads `EXPTIME=2.5`, `OBJECT=M 51`, `FLAG=T / a comment`, `HISTORY=text`: values as in a header; what is none is a string, and an empty
 * one is undefined. Throws BAD_ARGUMENT.
 */
export function parseCardEdit(text: string): CardEdit {
  checkText(text, "a card");
  const match = /^\s*([^=]*[^=\s])\s*=(.*)$/s.exec(text);
  if (!match)
    throw new FitsError("BAD_ARGUMENT", `"${text}" is no card; write KEY=VALUE, or KEY=VALUE / comment`);
  const [, keyword = "", rest = ""] = match;
  if (/^(COMMENT|HISTORY)$/i.test(keyword)) return { keyword, comment: rest.trim() };
  const { value, comment, problem } = parseField(rest, 0);
  if (problem === undefined && value !== undefined) return { keyword, value, ...(comment && { comment }) };
  const [, words = "", behind] = /^(.*?)(?: \/ (.*))?$/s.exec(rest.trim()) ?? [];
  return { keyword, value: words.trim(), ...(behind && { comment: behind }) };
}
