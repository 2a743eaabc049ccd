/**
 * What a header says of its HDU: type, shape and the size of the data unit (FITS Standard 4.0, section 4.4.1).
 */
import { FitsError } from "../errors.js";
import { type Header, numberIn, showValue } from "../header/header.js";
import { padded } from "../header/scan.js";
import type { CardValue } from "../header/value.js";
import { repeatedWarnings } from "../header/warnings.js";
import { scalingWarnings } from "../image/scale.js";
import type { HduLayout, HduType } from "./hdu.js";

/** Where an HDU is. */
export interface HduPlace {
  readonly index: number;
  /** Where the header lies in the file. */
  readonly headerOffset: number;
}

/**
 * The layout of the HDU that `header` begins, and what is odd about it, in words. Throws BAD_HEADER for a header that
 * does not say where its data end, TOO_LARGE for a size beyond 2^53.
 */
export function layoutOf(header: Header, place: HduPlace): { hdu: HduLayout; warnings: string[] } {
  const { index, headerOffset } = place;
  const facts: Facts = { header, index, where: `HDU ${index} at byte ${headerOffset}`, warnings: [] };
  const axes = axesOf(facts, "NAXIS");
  const kind = typeOf(facts, axes);
  const opaque = kind === "PRIMARY" && isNonconforming(facts) && axes.length === 0;
  const bitpix = opaque ? 8 : bitpixOf(facts, "BITPIX", axes.length > 0);
  const dataOffset = headerOffset + header.byteLength;
  const dataSize = dataSizeOf(facts, kind, axes, bitpix);
  const end = dataOffset + padded(dataSize);
  if (!Number.isSafeInteger(end)) fail(facts, "TOO_LARGE", "its data end beyond 2^53 bytes");
  const image = kind === "BINTABLE" ? compressedImage(facts) : undefined;
  const type = image ? "COMPRESSED_IMAGE" : kind;
  for (const what of repeatedWarnings(header, (keyword) => describesData.test(keyword))) warn(facts, what);
  if (type !== "TABLE" && type !== "BINTABLE" && type !== "FOREIGN") {
    for (const what of scalingWarnings(header, image?.bitpix ?? bitpix)) warn(facts, what);
  }
  const hdu: HduLayout = {
    index,
    name: nameOf(facts, type, opaque),
    ver: optional(facts, "EXTVER", 1),
    type,
    bitpix: image?.bitpix ?? bitpix,
    shape: image?.shape ?? (opaque ? [0] : shapeOf(facts, type, axes)),
    headerOffset,
    headerSize: header.byteLength,
    dataOffset,
    dataSize,
    end,
    cards: header.length,
    header,
  };
  return { hdu, warnings: facts.warnings };
}

/** The keywords that say what the data are: repeated with different values, they are worth a warning to every reader. */
const describesData =
  /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT|GROUPS|EXTNAME|EXTVER|TFIELDS|THEAP|BSCALE|BZERO|BLANK|T(FORM|TYPE|BCOL|SCAL|ZERO|NULL|DIM)\d+|P(SCAL|ZERO)\d+|Z(IMAGE|TABLE|BITPIX|NAXIS\d*|TILE\d+|CMPTYPE|QUANTIZ|DITHER0|SCALE|ZERO|BLANK))$/;

/** A header whose structural keywords are being read, and complaints about them. */
interface Facts {
  readonly header: Header;
  readonly index: number;
  /** Where it is, for messages. */
  readonly where: string;
  readonly warnings: string[];
}

function warn(facts: Facts, what: string): void {
  facts.warnings.push(`${facts.where}: ${what}`);
}

function fail(facts: Facts, code: "BAD_HEADER" | "TOO_LARGE", what: string): never {
  throw new FitsError(code, `${facts.where}: ${what}`);
}

function tooLarge(facts: Facts, keyword: string, value: number): never {
  fail(facts, "TOO_LARGE", `${keyword} = ${value} makes its data larger than 2^53 bytes`);
}

/**
 * The value of a keyword, also where only cfitsio reads it (`NAXIS   =2`). Of mandatory keywords the first card counts,
 * which is the one in the place that the Standard gives it. Throws BAD_HEADER for a card without a value that can be read.
 */
function valueIn(facts: Facts, keyword: string): CardValue | undefined {
  const card = facts.header.card(keyword);
  const value = card && numberIn(card);
  if (card && value === undefined) fail(facts, "BAD_HEADER", `${keyword} has no value that can be read`);
  return value;
}

/** A mandatory integer within bounds. */
function required(
  facts: Facts,
  keyword: string,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  const value = valueIn(facts, keyword) ?? undefined;
  const is = `${keyword} = ${showValue(value)} is`;
  if (value === undefined) fail(facts, "BAD_HEADER", `${keyword} is missing or has no value`);
  if (typeof value === "bigint" && value > 0) fail(facts, "TOO_LARGE", `${is} too large`);
  if (typeof value !== "number" || !Number.isSafeInteger(value))
    fail(facts, "BAD_HEADER", `${is} not an integer`);
  if (value < least) fail(facts, "BAD_HEADER", `${is} less than ${least}`);
  if (value > most) fail(facts, "BAD_HEADER", `${is} more than ${most}`);
  return value;
}

/** An integer that may be missing; nonsense counts as missing, with a warning. */
function optional(facts: Facts, keyword: string, otherwise: number): number {
  const value = valueIn(facts, keyword) ?? otherwise;
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  warn(facts, `${keyword} = ${showValue(value)} is not an integer; taken as ${otherwise}`);
  return otherwise;
}

/** PCOUNT or GCOUNT: they decide the size, so that nonsense cannot be read past. */
function count(facts: Facts, keyword: string, otherwise: number): number {
  return (valueIn(facts, keyword) ?? undefined) === undefined ? otherwise : required(facts, keyword, 0);
}

/** The lengths of all axes, fastest first. */
function axesOf(facts: Facts, prefix: "NAXIS" | "ZNAXIS"): number[] {
  if (prefix === "NAXIS" && !facts.header.has(prefix)) {
    warn(facts, "NAXIS is missing; taken as 0");
    return [];
  }
  const naxis = required(facts, prefix, 0, 999);
  return Array.from({ length: naxis }, (_, i) => required(facts, prefix + (i + 1), 0));
}

function bitpixOf(facts: Facts, keyword: "BITPIX" | "ZBITPIX", matters: boolean): number {
  const value = matters ? required(facts, keyword, -Infinity) : optional(facts, keyword, 8);
  if ([8, 16, 32, 64, -32, -64].includes(value)) return value;
  const what = `${keyword} = ${value} is none of 8, 16, 32, 64, -32, -64`;
  if (matters) fail(facts, "BAD_HEADER", what);
  warn(facts, what);
  return 8;
}

/** A product of sizes; where it outgrows what a number holds, the keyword of the factor that was too much is named. */
function product(facts: Facts, factors: readonly (readonly [keyword: string, value: number])[]): number {
  // One axis of no length makes the array empty, whatever the others say.
  if (factors.some(([, value]) => value === 0)) return 0;
  return factors.reduce((size, [keyword, value]) => {
    return size * value > Number.MAX_SAFE_INTEGER ? tooLarge(facts, keyword, value) : size * value;
  }, 1);
}

function typeOf(facts: Facts, axes: readonly number[]): HduType {
  const { header } = facts;
  // The first keyword tells: extensions made from a primary header may hold its SIMPLE further on.
  if (!/^XTENSION/i.test(header.toString())) {
    if (facts.index > 0) warn(facts, "another primary header: several FITS files in one");
    if (header.get("GROUPS") !== true) return "PRIMARY";
    if (axes.length === 0) warn(facts, "GROUPS = T, but it has no axes and so no groups");
    return axes.length === 0 || axes[0] === 0 ? "GROUPS" : "PRIMARY";
  }
  const xtension = header.get("XTENSION");
  // IUEIMAGE is what IMAGE was called before it became a standard: IUE's archive and cfitsio know it.
  if (xtension === "IMAGE" || xtension === "IUEIMAGE") return "IMAGE";
  if (xtension === "TABLE") return tableType(facts, "TABLE", axes);
  // A3DTABLE is what BINTABLE was called before it became a standard (appendix of NOST 100-1.0).
  if (xtension === "BINTABLE" || xtension === "A3DTABLE") return tableType(facts, "BINTABLE", axes);
  if (typeof xtension !== "string") warn(facts, `XTENSION is ${showValue(xtension)}, no string`);
  return "FOREIGN";
}

/**
 * Whether the header says SIMPLE = F. Such a file is read as if it did conform, as cfitsio does; without axes its data
 * are bytes that only its author can read, and, as in astropy, it has no name.
 */
function isNonconforming(facts: Facts): boolean {
  const simple = facts.header.get("SIMPLE");
  if (simple === true) return false;
  if (simple === false) warn(facts, "SIMPLE = F: the file says that it may not follow the FITS Standard");
  else warn(facts, "SIMPLE is neither T nor F; taken as T");
  return simple === false;
}

function tableType(facts: Facts, type: "TABLE" | "BINTABLE", axes: readonly number[]): HduType {
  const fields = facts.header.get("TFIELDS");
  if (typeof fields !== "number" || !Number.isInteger(fields) || fields < 0 || fields > 999) {
    warn(facts, `TFIELDS is ${showValue(fields)}, no number of columns from 0 to 999`);
  }
  if (axes.length === 2 || axes.length === 0) return type;
  warn(
    facts,
    `it says that it is a ${type}, but NAXIS = ${axes.length} and not 2; listed as a foreign extension`,
  );
  return "FOREIGN";
}

/** Equations 2 and 4 of section 4.4.1: |BITPIX| / 8 x GCOUNT x (PCOUNT + NAXIS1 x ...); of groups NAXIS1 = 0 left out. */
function dataSizeOf(facts: Facts, type: HduType, axes: readonly number[], bitpix: number): number {
  if (axes.length === 0) return 0;
  const pcount = count(facts, "PCOUNT", 0);
  const gcount = count(facts, "GCOUNT", 1);
  const lengths = axes.map((length, i) => [`NAXIS${i + 1}`, length] as const);
  const noArray = type === "GROUPS" && axes.length === 1;
  const array = noArray ? 0 : product(facts, type === "GROUPS" ? lengths.slice(1) : lengths);
  const group = array + pcount;
  if (group > Number.MAX_SAFE_INTEGER) tooLarge(facts, "PCOUNT", pcount);
  return product(facts, [
    ["array and PCOUNT", group],
    ["BITPIX", Math.abs(bitpix) / 8],
    ["GCOUNT", gcount],
  ]);
}

function shapeOf(facts: Facts, type: HduType, axes: readonly number[]): number[] {
  if (type === "GROUPS")
    return axes.length === 0 ? [0] : [count(facts, "GCOUNT", 1), ...axes.slice(1).reverse()];
  if ((type === "TABLE" || type === "BINTABLE") && axes.length === 0) return [0, 0];
  return axes.toReversed();
}

function compressedImage(facts: Facts): { bitpix: number; shape: number[] } | undefined {
  if (facts.header.get("ZIMAGE") !== true) return undefined;
  try {
    const shape = axesOf(facts, "ZNAXIS").reverse();
    const bitpix = bitpixOf(facts, "ZBITPIX", true);
    product(facts, [
      ...shape.map((n, i) => [`ZNAXIS${shape.length - i}`, n] as const),
      ["ZBITPIX", Math.abs(bitpix) / 8],
    ]);
    return { bitpix, shape };
  } catch (error) {
    if (!(error instanceof FitsError)) throw error;
    warn(facts, `its compressed image cannot be read, only the table that holds it: ${error.message}`);
    return undefined;
  }
}

function nameOf({ header }: Facts, type: HduType, opaque: boolean): string {
  // Some writers leave the table's own EXTNAME before the image's (astropy double_ext.fits): the image's counts.
  const names = header.all("EXTNAME").map((card) => card.value ?? undefined);
  const ofImage = names.find((name) => name !== "COMPRESSED_IMAGE");
  const name = type === "COMPRESSED_IMAGE" ? (ofImage ?? names[0]) : names[0];
  if (name !== undefined) return String(name);
  if (type === "COMPRESSED_IMAGE") return "COMPRESSED_IMAGE";
  return !opaque && (type === "PRIMARY" || type === "GROUPS") ? "PRIMARY" : "";
}
