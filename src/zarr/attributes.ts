/**
 * What a header says, as attributes: cards, world coordinates, units, and the CF conventions that turn stored values into
 * physical ones (`scale_factor`, `add_offset`, `_FillValue`).
 */
import type { DType } from "../array.js";
import { hduLabel } from "../errors.js";
import type { HduLayout } from "../hdu/hdu.js";
import { CARD_LENGTH } from "../header/card.js";
import { type Header, valueOfCard } from "../header/header.js";
import { blankOf, type Scaling, scalingOf } from "../image/scale.js";
import { parseFortran } from "../table/ascii.js";
import type { Column } from "../table/column.js";
import { columnType } from "../table/stored.js";
import type { Attributes } from "./metadata.js";

/**
 * Physical values; the same, with images of 64-bit numbers as `"float32"`; or stored values (`"raw"`) with the numbers that lead to the
 * physical ones as attributes.
 */
export type Values = "physical" | "float32" | "raw";

/** Attributes of the root: where the file is, without secrets, and which version of the file the store was made from. */
export function sourceAttributes(file: {
  readonly href: string;
  readonly tag?: string | undefined;
}): Attributes {
  return { fits_source: file.href, ...(file.tag !== undefined && { fits_etag: file.tag }) };
}

/**
 * Attributes of the group of an HDU: its index, and all cards as they stand in the file, trailing blanks left out:
 * `astropy.io.fits.Header.fromstring("\n".join(fits_header), sep="\n")` is the header.
 */
export function groupAttributes({ index, header }: Pick<HduLayout, "index" | "header">): Attributes {
  const text = header.toString();
  const cards: string[] = [];
  for (let at = 0; at < text.length; at += CARD_LENGTH)
    cards.push(text.slice(at, at + CARD_LENGTH).trimEnd());
  return { hdu: index, fits_header: cards };
}

/** Attributes of the array of an image: world coordinates, `units` (BUNIT), and of stored values the CF numbers. */
export function imageAttributes(hdu: ScaledHdu, rawDtype: DType, values: Values): Attributes {
  const unit = hdu.header.get("BUNIT");
  return {
    ...wcsAttributes(hdu.header),
    ...(typeof unit === "string" && unit.trim() !== "" && { units: unit.trim() }),
    ...(values === "raw" && scaleAttributes(imageScaling(hdu, rawDtype))),
  };
}

type ScaledHdu = Pick<HduLayout, "index" | "name" | "header"> & { readonly tileShape?: readonly number[] };

/** The scaling of stored values. Of compressed integers ZBLANK counts before BLANK, as when `section` reads them. */
export function imageScaling(hdu: ScaledHdu, rawDtype: DType): Scaling {
  const label = hduLabel(hdu);
  const scaling = scalingOf(hdu.header, rawDtype, label);
  if (!hdu.tileShape || rawDtype.startsWith("float")) return scaling;
  return { ...scaling, blank: blankOf(hdu.header, "ZBLANK", label) ?? scaling.blank };
}

/** BSCALE, BZERO and BLANK by their CF names; none that changes nothing. CF scales, then adds, as FITS does. */
export function scaleAttributes({ bscale, bzero, blank }: Scaling): Attributes {
  return {
    ...((bscale !== 1 || bzero !== 0) && { scale_factor: bscale, add_offset: bzero }),
    ...(blank !== undefined && { _FillValue: blank }),
  };
}

/** Attributes of the array of a column: `units` (TUNITn), `long_name` (TCOMMn), and of stored values the CF numbers. */
export function columnAttributes(column: Column, values: Values): Attributes {
  const { unit, description, dtype, stored } = column;
  const offset = dtype === stored ? 0n : (signs[dtype] ?? 0n);
  const missing = missingValue(column, values);
  return {
    ...(unit !== undefined && { units: unit }),
    ...(description !== undefined && { long_name: description }),
    ...(values === "raw" && offset !== 0n && { scale_factor: 1, add_offset: Number(offset) }),
    ...(values === "raw" &&
      column.scale !== undefined && { scale_factor: column.scale, add_offset: column.zero ?? 0 }),
    ...(missing !== undefined && { _FillValue: missing }),
  };
}

/**
 * The number that stands for null; undefined where none does: floats are NaN there as a rule. A TNULLn of an ASCII table that is no number
 * (`***`) is the least integer of its type.
 */
export function missingValue(column: Column, values: Values): bigint | number | undefined {
  const { null: none, text } = column;
  const type = columnType(column, values === "raw");
  const isInteger = type.includes("int");
  if (none === undefined || (values !== "raw" && !isInteger)) return undefined;
  if (typeof none === "bigint") return type === column.stored ? none : none + (signs[type] ?? 0n);
  if (!isInteger) return parseFortran(none, text?.decimals ?? 0);
  const bits = Number(/\d+$/.exec(type)![0]);
  const value = /^[+-]?\d+$/.test(none) ? BigInt(none.replace("+", "")) : undefined;
  return value !== undefined && BigInt.asIntN(bits, value) === value ? value : -(2n ** BigInt(bits - 1));
}

/** What the unsigned conventions add to stored integers. */
const signs: Readonly<Record<string, bigint>> = {
  int8: -(2n ** 7n),
  uint16: 2n ** 15n,
  uint32: 2n ** 31n,
  uint64: 2n ** 63n,
};

/**
 * The keywords of world coordinates, flat, so that `astropy.wcs.WCS(attributes)` reads them. Lookup tables (CPDIS, D2IM) lie in
 * other HDUs, and are left out.
 */
export function wcsAttributes(header: Header): Attributes {
  const attributes: Record<string, Attributes[string]> = {};
  for (const card of header.cards) {
    if (!wcsKeyword.test(card.keyword) || card.keyword in attributes) continue;
    const value = valueOfCard(card);
    if (typeof value === "string" || typeof value === "boolean") attributes[card.keyword] = value;
    else if (typeof value === "bigint" || Number.isFinite(value)) attributes[card.keyword] = value as number;
  }
  return attributes;
}

/** Keywords of images of papers I to IV, of the SIP convention, and of time and place that astropy reads with them. */
const wcsKeyword =
  /^((WCSAXES|WCSNAME|LONPOLE|LATPOLE|RADESYS|EQUINOX|SPECSYS|SSYSOBS|SSYSSRC|VELOSYS|VELANGL|ZSOURCE|RESTFRQ|RESTWAV)[A-Z]?|(CTYPE|CRVAL|CRPIX|CDELT|CUNIT|CNAME|CRDER|CSYER)\d{1,3}[A-Z]?|(PC|CD|PV|PS)\d{1,3}_\d{1,3}[A-Z]?|CROTA\d{1,3}|RADECSYS|EPOCH|RESTFREQ|VELREF|NAXIS\d{0,3}|(DATE|MJD)-(OBS|AVG|BEG|END)|DATEREF|MJDREF[IF]?|TIMESYS|TREFPOS|OBSGEO-[XYZLBH]|(A|B|AP|BP)_(ORDER|DMAX|\d_\d))$/;
