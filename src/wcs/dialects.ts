/**
 * The spellings of WCS keywords: of an image, of a table's column that holds images, of pixel lists (FITS Standard 4.0,
 * table 22). Whatever the spelling, what comes out is a map of the image's keywords, without the letter of the alternate.
 */
import { FitsError } from "../errors.js";
import type { Card } from "../header/card.js";
import type { Header } from "../header/header.js";

/** Where a WCS stands in a header. Columns count from 1, as in keywords. */
export type Place =
  | { readonly kind: "image" }
  | { readonly kind: "column"; readonly column: number }
  | { readonly kind: "pixel list"; readonly columns: readonly number[] };

/** The cards of one WCS, by the image's keywords: `CRPIX1`, `CD1_2`, `PV2_1`, `RADESYS`. */
export interface WcsCards {
  readonly cards: ReadonlyMap<string, Card>;
  readonly warnings: readonly string[];
}

interface Spelled {
  readonly keyword: string;
  readonly alternate: string;
}

/** Keywords of a WCS as a whole: those of images, and the stems of tables (`RADE5A`). */
const wholeStems: Readonly<Record<string, string>> = {
  WCAX: "WCSAXES",
  WCSN: "WCSNAME",
  TWCS: "WCSNAME",
  LONP: "LONPOLE",
  LATP: "LATPOLE",
  RADE: "RADESYS",
  EQUI: "EQUINOX",
  RFRQ: "RESTFRQ",
  RWAV: "RESTWAV",
  SPEC: "SPECSYS",
  SOBS: "SSYSOBS",
  SSRC: "SSYSSRC",
  VSYS: "VELOSYS",
  VANG: "VELANGL",
  ZSOU: "ZSOURCE",
};

const wholeKeywords = new RegExp(`^(${[...new Set(Object.values(wholeStems))].join("|")})([A-Z]?)$`);
const wholeOfTables = new RegExp(`^(${Object.keys(wholeStems).join("|")})(\\d{1,3})([A-Z]?)$`);

/** Keywords without alternates, which older files use. */
const oldNames: Readonly<Record<string, string>> = {
  EPOCH: "EPOCH",
  RADECSYS: "RADECSYS",
  RESTFREQ: "RESTFREQ",
  VELREF: "VELREF",
  "MJD-OBS": "MJD-OBS",
  "DATE-OBS": "DATE-OBS",
};

/** Stems of keywords of one axis, in tables. */
const axisStems: Readonly<Record<string, string>> = {
  CTYP: "CTYPE",
  CTY: "CTYPE",
  CUNI: "CUNIT",
  CUN: "CUNIT",
  CRVL: "CRVAL",
  CRV: "CRVAL",
  CDLT: "CDELT",
  CDE: "CDELT",
  CRPX: "CRPIX",
  CRP: "CRPIX",
  CROT: "CROTA",
  CNA: "CNAME",
};
const stems = Object.keys(axisStems).join("|");
const columnAxis = new RegExp(`^(\\d{1,2})(${stems})(\\d{1,3})([A-Z]?)$`);
const listAxis = new RegExp(`^T(${stems})(\\d{1,3})([A-Z]?)$`);
const matrixStems: Readonly<Record<string, string>> = { PC: "PC", P: "PC", CD: "CD", C: "CD" };

function imageKeyword(keyword: string): Spelled | undefined {
  const axis = /^(CRPIX|CRVAL|CDELT|CTYPE|CUNIT|CNAME)([1-9]\d{0,2})([A-Z]?)$/.exec(keyword);
  if (axis) return { keyword: axis[1]! + axis[2]!, alternate: axis[3]! };
  const pair = /^(PC|CD|PV|PS)(\d{1,2})_(\d{1,3})([A-Z]?)$/.exec(keyword);
  if (pair) return { keyword: pairKeyword(pair[1]!, pair[2]!, pair[3]!), alternate: pair[4]! };
  const whole = wholeKeywords.exec(keyword);
  if (whole) return { keyword: whole[1]!, alternate: whole[2]! };
  // CDELT with a matrix in three digits each is of AIPS and IRAF, before the Standard.
  const padded = /^(PC|CD)(\d{3})(\d{3})$/.exec(keyword);
  if (padded) return { keyword: pairKeyword(padded[1]!, padded[2]!, padded[3]!), alternate: "" };
  if (/^(CROTA[1-9]\d{0,2}|PROJP\d)$/.test(keyword) || oldNames[keyword]) return { keyword, alternate: "" };
  return undefined;
}

const pairKeyword = (stem: string, i: string, j: string): string => `${stem}${Number(i)}_${Number(j)}`;

/** `5CTYP7` is CTYPE5 of column 7, `12PC7` is PC1_2. */
function columnKeyword(keyword: string, column: number): Spelled | undefined {
  const axis = columnAxis.exec(keyword);
  if (axis && Number(axis[3]) === column)
    return { keyword: axisStems[axis[2]!]! + Number(axis[1]), alternate: axis[4]! };
  const matrix = /^(\d)(\d)(PC|CD)(\d{1,3})([A-Z]?)$/.exec(keyword);
  if (matrix && Number(matrix[4]) === column)
    return { keyword: pairKeyword(matrix[3]!, matrix[1]!, matrix[2]!), alternate: matrix[5]! };
  const parameter = /^(\d{1,2})(P?V|P?S)(\d{1,3})_(\d{1,3})([A-Z]?)$/.exec(keyword);
  if (parameter && Number(parameter[3]) === column)
    return {
      keyword: pairKeyword(`P${parameter[2]!.at(-1)}`, parameter[1]!, parameter[4]!),
      alternate: parameter[5]!,
    };
  return wholeKeyword(keyword, [column]);
}

/** `TCTYP7` is the CTYPE of the axis that column 7 is. */
function listKeyword(keyword: string, columns: readonly number[]): Spelled | undefined {
  const numberOf = (column: string): number => columns.indexOf(Number(column)) + 1;
  const axis = listAxis.exec(keyword);
  if (axis && numberOf(axis[2]!) > 0)
    return { keyword: axisStems[axis[1]!]! + numberOf(axis[2]!), alternate: axis[3]! };
  const matrix = /^T(PC?|CD?)(\d{1,3})_(\d{1,3})([A-Z]?)$/.exec(keyword);
  if (matrix && numberOf(matrix[2]!) > 0 && numberOf(matrix[3]!) > 0)
    return {
      keyword: `${matrixStems[matrix[1]!]}${numberOf(matrix[2]!)}_${numberOf(matrix[3]!)}`,
      alternate: matrix[4]!,
    };
  const parameter = /^T(P?V|P?S)(\d{1,3})_(\d{1,3})([A-Z]?)$/.exec(keyword);
  if (parameter && numberOf(parameter[2]!) > 0)
    return {
      keyword: `P${parameter[1]!.at(-1)}${numberOf(parameter[2]!)}_${Number(parameter[3])}`,
      alternate: parameter[4]!,
    };
  return wholeKeyword(keyword, columns);
}

function wholeKeyword(keyword: string, columns: readonly number[]): Spelled | undefined {
  const own = wholeOfTables.exec(keyword);
  if (!own || !columns.includes(Number(own[2]))) return undefined;
  return { keyword: wholeStems[own[1]!]!, alternate: own[3]! };
}

/** What a card is of the WCS at a place; undefined where it is none of that. */
function spelled(keyword: string, place: Place): Spelled | undefined {
  if (place.kind === "image") return imageKeyword(keyword);
  return place.kind === "column" ? columnKeyword(keyword, place.column) : listKeyword(keyword, place.columns);
}

/** The letters of the WCSs that a header has at a place: a blank, `A` to `Z`, in this order. */
export function alternatesOf(header: Header, place: Place): string[] {
  const letters = new Set<string>();
  for (const { keyword } of header.cards) {
    const found = spelled(keyword, place);
    if (found && !oldNames[found.keyword]) letters.add(found.alternate || " ");
  }
  return [...letters].sort();
}

/**
 * The cards of one WCS. Of repeated ones the last counts, as in wcslib. What is common to all WCSs of a header (MJD-OBS,
 * and EQUINOX and RADESYS of tables) is taken where the WCS has none of its own.
 *
 * @param alternate a blank, or `A` to `Z`
 */
export function wcsCards(header: Header, place: Place, alternate: string): WcsCards {
  const letter = alternate.trim();
  const cards = new Map<string, Card>();
  const warnings: string[] = [];
  for (const card of header.cards) {
    const found = spelled(card.keyword, place);
    if (found?.alternate !== letter) continue;
    const before = cards.get(found.keyword);
    if (before && before.value !== card.value)
      warnings.push(`${card.keyword} stands several times with different values; the last counts`);
    cards.set(found.keyword, card);
  }
  for (const keyword of [
    "MJD-OBS",
    "DATE-OBS",
    ...(place.kind === "image" ? [] : ["RADESYS", "RADECSYS", "EQUINOX"]),
  ]) {
    const common = cards.has(keyword) ? undefined : header.card(keyword);
    if (common) cards.set(keyword, common);
  }
  return { cards, warnings };
}

/**
 * The columns of a pixel list's celestial axes, longitude first by column number, where no columns were named: those of
 * the first two celestial TCTYPn. Undefined where there are none.
 */
export function skyColumns(header: Header, alternate: string): number[] | undefined {
  const letter = alternate.trim();
  const columns: number[] = [];
  for (const { keyword, value } of header.cards) {
    const match = /^T(?:CTYP|CTY)(\d{1,3})([A-Z]?)$/.exec(keyword);
    if (match?.[2] !== letter || typeof value !== "string") continue;
    if (/^(RA|DEC|.LON|.LAT|..LN|..LT)-/i.test(value)) columns.push(Number(match[1]));
  }
  return columns.length === 2 ? columns.sort((a, b) => a - b) : undefined;
}

/** The number, from 1, of a column that is named or counted from 0. Throws NO_SUCH_COLUMN. */
export function columnNumber(header: Header, column: number | string): number {
  const fields = Number(header.get("TFIELDS") ?? 0);
  if (typeof column === "number") {
    if (Number.isInteger(column) && column >= 0 && column < fields) return column + 1;
    throw new FitsError("NO_SUCH_COLUMN", `no column ${column}: the table has ${fields}, counted from 0`);
  }
  const wanted = column.trim().toUpperCase();
  // A header on its own may lack TFIELDS.
  for (let n = 1; n <= Math.min(fields || 999, 999); n++) {
    const name = header.get(`TTYPE${n}`);
    if (typeof name === "string" && name.trim().toUpperCase() === wanted) return n;
  }
  throw new FitsError(
    "NO_SUCH_COLUMN",
    `no column ${JSON.stringify(column)} in this table of ${fields} columns`,
  );
}
