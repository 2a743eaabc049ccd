/**
 * The WCS of a header as plain numbers and strings, whatever dialect it is written in (FITS Standard 4.0, section 8).
 */
import { FitsError } from "../errors.js";
import type { Card } from "../header/card.js";
import { type Header, showValue, valueOfCard } from "../header/header.js";
import { alternatesOf, type Place, wcsCards } from "./dialects.js";

/** One world axis and the pixel axis of the same number. */
export interface AxisDescription {
  readonly ctype: string;
  readonly cunit: string;
  readonly cname: string;
  readonly crval: number;
  readonly crpix: number;
  readonly cdelt: number;
  /** PVi_m and PSi_m by their m; undefined where the header has none. */
  readonly pv: readonly (number | undefined)[];
  readonly ps: readonly (string | undefined)[];
  /** Pixels along the axis, NAXISi; undefined where the header does not say. */
  readonly length: number | undefined;
}

/** What the keywords of one WCS say, defaults filled in. Units are those of CUNITi. */
export interface WcsKeywords {
  readonly alternate: string;
  readonly place: Place;
  readonly name: string;
  readonly axes: readonly AxisDescription[];
  /** PCi_j or CDi_j, row by row; undefined where the header has neither. */
  readonly matrix: { readonly kind: "PC" | "CD"; readonly rows: readonly (readonly number[])[] } | undefined;
  /** CROTAi in degrees, where they count: without PC and CD. */
  readonly crota: ReadonlyMap<number, number>;
  readonly lonpole: number | undefined;
  readonly latpole: number | undefined;
  readonly radesys: string | undefined;
  readonly equinox: number | undefined;
  /** RESTFRQ in Hz, RESTWAV in m. */
  readonly restfrq: number | undefined;
  readonly restwav: number | undefined;
  /** AIPS' code of the velocity frame. */
  readonly velref: number | undefined;
  /** Whether the header has any keyword of this WCS. */
  readonly any: boolean;
  readonly warnings: readonly string[];
}

/** No more axes than NAXIS may have (section 4.4.1). */
const mostAxes = 999;

/**
 * Reads the keywords of one WCS. Throws BAD_HEADER for a value of another type where the coordinates depend on it.
 *
 * @param alternate a blank, or `A` to `Z`
 */
export function readKeywords(header: Header, place: Place, alternate: string): WcsKeywords {
  const { cards, warnings: read } = wcsCards(header, place, alternate);
  const warnings = [...read];
  const value = (keyword: string): number | undefined => {
    const card = cards.get(keyword);
    return card && numberOf(card, warnings);
  };
  const loose = (keyword: string): number | undefined => {
    const card = cards.get(keyword);
    return card && auxiliaryNumber(card, warnings);
  };
  const text = (keyword: string): string | undefined => {
    const card = cards.get(keyword);
    return card && stringOf(card, warnings);
  };
  const count = axisCount(header, place, cards, loose("WCSAXES"));
  const parameters = parametersOf(cards, warnings);
  const matrix = matrixOf(cards, count, warnings);
  projectionParameters(parameters, text, value, count);
  const axes = Array.from({ length: count }, (_, i): AxisDescription => {
    const n = i + 1;
    return {
      ctype: text(`CTYPE${n}`) ?? "",
      cunit: text(`CUNIT${n}`) ?? "",
      cname: text(`CNAME${n}`) ?? "",
      crval: value(`CRVAL${n}`) ?? 0,
      crpix: value(`CRPIX${n}`) ?? 0,
      cdelt: value(`CDELT${n}`) ?? 1,
      pv: parameters.pv[i] ?? [],
      ps: parameters.ps[i] ?? [],
      length: place.kind === "image" ? lengthOf(header, n) : undefined,
    };
  });
  return {
    alternate: alternate.trim() || " ",
    place,
    name: text("WCSNAME") ?? "",
    axes,
    matrix,
    crota: matrix ? new Map() : rotationsOf(count, value),
    lonpole: value("LONPOLE"),
    latpole: value("LATPOLE"),
    radesys: text("RADESYS") ?? text("RADECSYS"),
    equinox: equinoxOf(loose, warnings),
    restfrq: loose("RESTFRQ") ?? loose("RESTFREQ"),
    restwav: loose("RESTWAV"),
    velref: loose("VELREF"),
    any: [...cards.keys()].some(
      (keyword) => !/^(MJD|DATE)-OBS$|^(RADESYS|EQUINOX|EPOCH|RADECSYS)$/.test(keyword),
    ),
    warnings,
  };
}

/** Throws for an alternate that no header can have, and for one that this header has not. */
export function checkAlternate(header: Header, place: Place, alternate: string): void {
  if (!/^[A-Z ]?$/.test(alternate))
    throw new FitsError(
      "BAD_ARGUMENT",
      `an alternate WCS is a letter from A to Z, not ${JSON.stringify(alternate)}`,
    );
  if (alternate.trim() === "") return;
  const there = alternatesOf(header, place);
  if (there.includes(alternate)) return;
  const letters = there.filter((letter) => letter !== " ");
  const which =
    there.length === 0
      ? "it has none"
      : `it has ${there.includes(" ") ? "the primary WCS" : "no primary WCS"}`;
  const also =
    letters.length > 0 ? ` and ${letters.join(", ")}` : there.length > 0 ? " and no alternate" : "";
  throw new FitsError("NO_SUCH_KEYWORD", `the header has no WCS ${alternate}: ${which}${also}`);
}

/** The largest of NAXIS, WCSAXES and the indices that keywords have. */
function axisCount(
  header: Header,
  place: Place,
  cards: ReadonlyMap<string, Card>,
  wcsaxes: number | undefined,
): number {
  let count =
    place.kind === "image" ? naxisOf(header) : place.kind === "pixel list" ? place.columns.length : 0;
  if (wcsaxes !== undefined && Number.isInteger(wcsaxes)) count = Math.max(count, wcsaxes);
  for (const keyword of cards.keys()) {
    const match =
      /^(?:(?:CRPIX|CRVAL|CDELT|CTYPE|CUNIT|CNAME|CROTA)(\d+)|(?:PC|CD)(\d+)_(\d+)|P[VS](\d+)_\d+)$/.exec(
        keyword,
      );
    if (match) count = Math.max(count, ...match.slice(1).map((digits) => Number(digits ?? 0)));
  }
  if (count > mostAxes)
    throw new FitsError("BAD_HEADER", `a WCS of ${count} axes; at most ${mostAxes} make sense`);
  return count;
}

function naxisOf(header: Header): number {
  const isTable = header.has("TFIELDS") && header.get("ZIMAGE") !== true;
  if (isTable) return 0;
  const naxis = Number(header.get("ZNAXIS") ?? header.get("NAXIS") ?? 0);
  return Number.isInteger(naxis) && naxis > 0 ? Math.min(naxis, mostAxes) : 0;
}

function lengthOf(header: Header, n: number): number | undefined {
  const length = header.get(`ZNAXIS${n}`) ?? header.get(`NAXIS${n}`);
  return typeof length === "number" && length > 0 ? length : undefined;
}

/** The number of a card. Throws BAD_HEADER for anything else; text that is a number is one, with a warning. */
function numberOf(card: Card, warnings: string[]): number | undefined {
  const value = valueOfCard(card);
  if (value === null) return undefined;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "bigint") return Number(value);
  const digits = typeof value === "string" ? value.trim().replace(/d/i, "e") : "";
  const number = digits === "" ? Number.NaN : Number(digits);
  if (!Number.isFinite(number))
    throw new FitsError(
      "BAD_HEADER",
      `${card.keyword} is ${value === undefined ? `unreadable (${card.raw.slice(8, 40).trim()})` : showValue(value)}, not a number: the WCS cannot be used`,
    );
  warnings.push(`${card.keyword} is a string; read as the number ${number}`);
  return number;
}

/** The number of a card without which the coordinates are the same: what is none is left out, with a warning. */
function auxiliaryNumber(card: Card, warnings: string[]): number | undefined {
  const value = valueOfCard(card);
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (value !== null) warnings.push(`${card.keyword} is no number; ignored`);
  return undefined;
}

function stringOf(card: Card, warnings: string[]): string | undefined {
  const value = valueOfCard(card);
  if (typeof value === "string") return value.trim();
  if (value !== null) warnings.push(`${card.keyword} is no string; ignored`);
  return undefined;
}

function equinoxOf(loose: (keyword: string) => number | undefined, warnings: string[]): number | undefined {
  const equinox = loose("EQUINOX");
  if (equinox !== undefined) return equinox;
  const epoch = loose("EPOCH");
  // Old writers put the date of the observation there, or nothing at all.
  if (epoch === undefined || epoch === 0) return undefined;
  warnings.push("EPOCH is read as EQUINOX");
  return epoch;
}

/** By axis, 0-based, then by m. */
interface Parameters {
  readonly pv: (number | undefined)[][];
  readonly ps: (string | undefined)[][];
}

function parametersOf(cards: ReadonlyMap<string, Card>, warnings: string[]): Parameters {
  const found: Parameters = { pv: [], ps: [] };
  for (const [keyword, card] of cards) {
    const [, stem, axis, digits] = /^(PV|PS)(\d+)_(\d+)$/.exec(keyword) ?? [];
    const [i, m] = [Number(axis) - 1, Number(digits)];
    if (!(i >= 0)) continue;
    if (stem === "PV") put((found.pv[i] ??= []), m, numberOf(card, warnings));
    else put((found.ps[i] ??= []), m, stringOf(card, warnings));
  }
  return found;
}

/** Arrays without holes, so that loops see every place. */
function put<T>(list: (T | undefined)[], m: number, value: T | undefined): void {
  while (list.length < m) list.push(undefined);
  list[m] = value;
}

/** PROJPm of files before the Standard is PVi_m of the latitude. */
function projectionParameters(
  { pv }: Parameters,
  text: (keyword: string) => string | undefined,
  value: (keyword: string) => number | undefined,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    if (pv[i] || !/^(DEC|.LAT|..LT)-/i.test(text(`CTYPE${i + 1}`) ?? "")) continue;
    for (let m = 0; m < 10; m++) {
      const parameter = value(`PROJP${m}`);
      if (parameter !== undefined) put((pv[i] ??= []), m, parameter);
    }
  }
}

function matrixOf(
  cards: ReadonlyMap<string, Card>,
  count: number,
  warnings: string[],
): WcsKeywords["matrix"] {
  const keywords = [...cards.keys()];
  const hasPc = keywords.some((keyword) => keyword.startsWith("PC"));
  const hasCd = keywords.some((keyword) => /^CD\d/.test(keyword));
  if (!hasPc && !hasCd) return undefined;
  const kind = hasPc ? "PC" : "CD";
  if (hasPc && hasCd) warnings.push("the header has PC and CD; CD is ignored");
  if (!hasPc && keywords.some((keyword) => keyword.startsWith("CDELT") && cards.get(keyword)?.value !== 1))
    warnings.push("the header has CD and CDELT; CDELT is ignored");
  if (keywords.some((keyword) => keyword.startsWith("CROTA") && cards.get(keyword)?.value !== 0))
    warnings.push(`the header has ${kind} and CROTA; CROTA is ignored`);
  const rows = Array.from({ length: count }, (_, i) =>
    Array.from({ length: count }, (_, j) => {
      const card = cards.get(`${kind}${i + 1}_${j + 1}`);
      const value = card && numberOf(card, warnings);
      return value ?? (kind === "PC" && i === j ? 1 : 0);
    }),
  );
  if (kind === "CD") fillDiagonal(rows, warnings);
  return { kind, rows };
}

/** An axis of which no CDi_j speaks has the increment 1. */
function fillDiagonal(rows: number[][], warnings: string[]): void {
  for (const [i, row] of rows.entries()) {
    if (row.some((value) => value !== 0) || rows.some((other) => other[i] !== 0)) continue;
    row[i] = 1;
    warnings.push(`no CDi_j speaks of axis ${i + 1}; its increment is taken as 1`);
  }
}

function rotationsOf(count: number, value: (keyword: string) => number | undefined): Map<number, number> {
  const found = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const angle = value(`CROTA${i + 1}`);
    if (angle !== undefined) found.set(i, angle);
  }
  return found;
}
