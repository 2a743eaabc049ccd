/**
 * Keywords that belong to columns of a table, and what becomes of them where columns are chosen, reordered or left out
 * (FITS Standard 4.0, sections 7.2, 7.3, 8 and 9, tables C.2 and 22; keywords of cfitsio, HEASARC and STILTS beside).
 */
import { FitsError } from "../errors.js";
import type { Card } from "../header/card.js";
import { isLonger } from "../header/header.js";
import { renamed } from "./copy.js";

/** A keyword with numbers of columns in it: the text between them, and the numbers. */
interface ColumnKeyword {
  /** One more than there are columns: what stands before, between and behind the numbers. */
  readonly parts: readonly string[];
  /** Numbers of columns, from 1. */
  readonly columns: readonly number[];
}

/** Behind a root: the column's number, and perhaps the letter of an alternate description. */
const single = [
  // Section 7, and limits of legal and actual values.
  /^(T(?:TYPE|FORM|UNIT|NULL|SCAL|ZERO|DISP|DIM|BCOL|LMIN|LMAX|DMIN|DMAX))(\d+)()$/,
  // What HEASARC (default binning), STILTS and astropy say of columns; lengths of axes in event lists of PROS and
  // funtools, physical coordinates of regions of CIAO, and how the fields of RXTE are packed.
  /^(T(?:DBIN|UCD|COMM|UTYP|DESC|XTYP|ALEN|DRPX|DRVL|DDLT|DDES|EVTB|PACK))(\d+)()$/,
  // Pixel lists: the primary description, then alternate ones.
  /^(T(?:CTYP|CUNI|CRVL|CDLT|CRPX|CROT|CNAM))(\d+)()$/,
  /^(T(?:CTY|CUN|CRV|CDE|CRP|CNA|CRD|CSY|CZP|CPR|WCS))(\d+)([A-Z]?)$/,
  // Arrays in the cells of a column: axis, then the same.
  /^(\d{1,2}(?:CTYP|CUNI|CRVL|CDLT|CRPX|CROT|CNAM))(\d+)()$/,
  /^(\d{1,2}(?:CTY|CUN|CRV|CDE|CRP|CNA|CRD|CSY|CZP|CPR|PC|CD))(\d+)([A-Z]?)$/,
  // Parameters: the number behind the underscore is none of a column.
  /^(T(?:PV|PS|V|S))(\d+)(_(?:\d+|X)[A-Z]?)$/,
  /^(\d{1,2}(?:PV|PS|V|S))(\d+)(_(?:\d+|X)[A-Z]?)$/,
  // What both forms have for the whole of a description.
  /^((?:WCSN|WCS|WCAX|WCST|WCSX|LONP|LATP|EQUI|RADE|RFRQ|RWAV|SPEC|SOBS|SSRC|VSYS|ZSOU|VANG))(\d+)([A-Z]?)$/,
  // Times and places of observation, and the time coordinates of section 9.
  /^(MJDOB|MJDA|DOBS|DAVG|OBSG[XYZLBH]|TRPOS|TRDIR)(\d+)()$/,
] as const;

/** Matrices of pixel lists: two columns. */
const double = /^(T(?:PC|P|CD|C))(\d+)(_)(\d+)([A-Z]?)$/;

/** A keyword's columns; `undefined` where it has none. The number of a column has no leading zero. */
export function columnKeyword(keyword: string): ColumnKeyword | undefined {
  const matrix = double.exec(keyword);
  if (matrix) {
    const [, root = "", n = "", between = "", k = "", behind = ""] = matrix;
    return isNumber(n) && isNumber(k)
      ? { parts: [root, between, behind], columns: [Number(n), Number(k)] }
      : undefined;
  }
  for (const pattern of single) {
    const [, root = "", n = "", behind = ""] = pattern.exec(keyword) ?? [];
    if (isNumber(n)) return { parts: [root, behind], columns: [Number(n)] };
  }
  return undefined;
}

function isNumber(digits: string): boolean {
  return /^[1-9]\d{0,2}$/.test(digits);
}

/** The roots that say the same in fewer letters, where a longer number leaves no room for the long one. */
const shorter: readonly (readonly [RegExp, string])[] = [
  [/^TPC$/, "TP"],
  [/^TCD$/, "TC"],
  [/^TPV$/, "TV"],
  [/^TPS$/, "TS"],
  [/^(\d+)PV$/, "$1V"],
  [/^(\d+)PS$/, "$1S"],
  [/^TWCS$/, "WCS"],
];

/** A keyword of these columns in 8 characters; `undefined` where there is none. */
function spelled(parts: readonly string[], columns: readonly number[]): string | undefined {
  const text = parts.map((part, i) => `${part}${columns[i] ?? ""}`).join("");
  if (text.length <= 8) return text;
  const [root = "", ...rest] = parts;
  const short = shorter.find(([pattern]) => pattern.test(root));
  return short && spelled([root.replace(short[0], short[1]), ...rest], columns);
}

/** A matrix without one of its elements would be another matrix. */
function noRoom({ keyword }: Card, columns: readonly number[]): FitsError {
  return new FitsError(
    "BAD_ARGUMENT",
    `${keyword} has no name of 8 characters at column ${columns.join(" and ")}; put its columns further to the front`,
  );
}

/**
 * The cards of a table of which columns were chosen: those that belong to a chosen column under its new number, those of
 * others left out, all else as it stands. Numbers that no column of the table has stay. Throws BAD_ARGUMENT where a
 * keyword's new numbers leave it no name of 8 characters.
 *
 * @param chosen the old numbers of the new columns, from 1, in their order; one may be there twice
 * @param count how many columns the table has
 */
export function cardsOfColumns(cards: Iterable<Card>, chosen: readonly number[], count: number): Card[] {
  const places = new Map<number, number[]>();
  for (const [i, n] of chosen.entries()) places.set(n, [...(places.get(n) ?? []), i + 1]);
  const moved: { card: Card; n: number }[] = [];
  const kept: (Card | undefined)[] = [];
  for (const card of cards) {
    const found = isLonger(card.raw) ? undefined : columnKeyword(card.keyword);
    if (!found || /^HIERARCH/i.test(card.raw) || found.columns.some((n) => n > count)) {
      kept.push(card);
      continue;
    }
    const [first = [], second] = found.columns.map((n) => places.get(n) ?? []);
    for (const n of first) {
      for (const k of second ?? [0]) {
        const keyword = spelled(found.parts, second ? [n, k] : [n]);
        if (keyword === undefined) throw noRoom(card, second ? [n, k] : [n]);
        moved.push({ card: renamed(card, keyword), n });
        kept.push(undefined);
      }
    }
  }
  // Columns in another order, or one twice: their cards go by their new numbers into the same places.
  const inOrder = chosen.every((n, i) => i === 0 || n > chosen[i - 1]!);
  if (!inOrder) moved.sort((a, b) => a.n - b.n);
  let next = 0;
  return kept.map((card) => card ?? moved[next++]!.card);
}
