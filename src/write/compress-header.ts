/**
 * Makes the header of a compressed image from the header of the image, and back (FITS Standard 4.0, section 10.1).
 */
import type { Card } from "../header/card.js";
import type { HeaderCard } from "./card.js";
import type { TileEncoding } from "./compress-tiles.js";
import { cardsAsRead, renamed } from "./copy.js";
import type { HeaderItem } from "./header.js";

/** Keywords of the image that the table has too: they go under another name. */
const renamedTo: Readonly<Record<string, string>> = {
  EXTEND: "ZEXTEND",
  BLOCKED: "ZBLOCKED",
  CHECKSUM: "ZHECKSUM",
  DATASUM: "ZDATASUM",
};
const mandatory = /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|PCOUNT|GCOUNT)$/;
/** Keywords of the image that readers would take for the table's own: dropped. */
const reserved =
  /^(TFIELDS|THEAP|T(TYPE|FORM|UNIT|NULL|SCAL|ZERO|DISP|DIM)\d+|Z(IMAGE|CMPTYPE|MASKCMP|QUANTIZ|DITHER0|SIMPLE|TENSION|BITPIX|PCOUNT|GCOUNT|EXTEND|BLOCKED|HECKSUM|DATASUM|BLANK|SCALE|ZERO)|Z(NAXIS|TILE|NAME|VAL)\d*)$/;

/** Whether the table that holds a compressed image has this keyword itself, so that the image's own would be lost. */
export function isReserved(keyword: string): boolean {
  return reserved.test(keyword);
}

/** The facts that the header of the table states. */
export interface CompressedTable {
  readonly encoding: TileEncoding;
  /** BITPIX of the image. */
  readonly bitpix: number;
  /** Slowest axis first. */
  readonly shape: readonly number[];
  readonly tileShape: readonly number[];
  readonly rows: number;
  readonly heapBytes: number;
  /** Most elements of a cell, of each variable-length column. */
  readonly longest: readonly number[];
  /** Q descriptors instead of P. */
  readonly wide: boolean;
  readonly blockSize: number;
  readonly bytePix: number;
  readonly scale: number;
  readonly smooth: boolean;
  /** ZBLANK, of quantized floats. */
  readonly nullLevel: number;
}

/** Bytes of a row. */
export function rowBytesOf({ encoding, wide }: Pick<CompressedTable, "encoding" | "wide">): number {
  const descriptor = wide ? 16 : 8;
  return isQuantized(encoding) ? 2 * descriptor + 16 : descriptor;
}

export function isQuantized({ dtype, level }: TileEncoding): boolean {
  return dtype.startsWith("float") && level !== 0;
}

/** The cards of the table; `image` are those of the image's own header. */
export function compressedCards(table: CompressedTable, image: Iterable<Card>): HeaderItem[] {
  const cards = [...image];
  const own = tableCards(table);
  if (!cards.some(({ keyword }) => keyword === "EXTNAME")) {
    own.push(card("EXTNAME", "COMPRESSED_IMAGE", "name of this binary table extension"));
  }
  return [...own, ...imageCards(cards, table)];
}

function tableCards(table: CompressedTable): HeaderCard[] {
  const { encoding, tileShape, wide, longest } = table;
  const letter = encoding.algorithm === "PLIO_1" ? "I" : "B";
  const p = wide ? "1Q" : "1P";
  const columns: [name: string, format: string][] = [
    ["COMPRESSED_DATA", `${p}${letter}(${longest[0] ?? 0})`],
  ];
  if (isQuantized(encoding)) {
    columns.push(["ZSCALE", "1D"], ["ZZERO", "1D"], ["GZIP_COMPRESSED_DATA", `${p}B(${longest[1] ?? 0})`]);
  }
  return [
    card("XTENSION", "BINTABLE", "binary table extension"),
    card("BITPIX", 8, "8-bit bytes"),
    card("NAXIS", 2, "2-dimensional binary table"),
    card("NAXIS1", rowBytesOf(table), "width of table in bytes"),
    card("NAXIS2", table.rows, "number of rows in table"),
    card("PCOUNT", table.heapBytes, "size of special data area"),
    card("GCOUNT", 1, "one data group"),
    card("TFIELDS", columns.length, "number of fields in each row"),
    ...columns.flatMap(([name, format], i) => [
      card(`TTYPE${i + 1}`, name, `label for field ${i + 1}`),
      card(`TFORM${i + 1}`, format, "data format of field"),
    ]),
    card("ZIMAGE", true, "extension contains compressed image"),
    ...tileShape.map((_, i) => card(`ZTILE${i + 1}`, tileShape.at(-1 - i)!, "size of tiles")),
    card("ZCMPTYPE", encoding.algorithm, "compression algorithm"),
    ...parameterCards(table),
    ...quantizationCards(table),
  ];
}

function parameterCards({ encoding, blockSize, bytePix, scale, smooth }: CompressedTable): HeaderCard[] {
  if (encoding.algorithm === "RICE_1") {
    return [
      card("ZNAME1", "BLOCKSIZE", "compression block size"),
      card("ZVAL1", blockSize, "pixels per block"),
      card("ZNAME2", "BYTEPIX", "bytes per pixel (1, 2 or 4)"),
      card("ZVAL2", bytePix, "bytes per pixel (1, 2 or 4)"),
    ];
  }
  if (encoding.algorithm !== "HCOMPRESS_1") return [];
  return [
    card("ZNAME1", "SCALE", "HCOMPRESS scale factor"),
    { ...card("ZVAL1", scale, "HCOMPRESS scale factor"), real: true },
    card("ZNAME2", "SMOOTH", "HCOMPRESS smooth option"),
    card("ZVAL2", smooth ? 1 : 0, "HCOMPRESS smooth option"),
  ];
}

const methods = ["NO_DITHER", "SUBTRACTIVE_DITHER_1", "SUBTRACTIVE_DITHER_2"] as const;

function quantizationCards({ encoding, nullLevel }: CompressedTable): HeaderCard[] {
  if (!encoding.dtype.startsWith("float")) return [];
  if (!isQuantized(encoding)) return [card("ZQUANTIZ", "NONE", "lossless compression without quantization")];
  const cards = [
    card("ZBLANK", nullLevel, "null value in the compressed integer array"),
    card("ZQUANTIZ", methods[encoding.dither], "pixel quantization algorithm"),
  ];
  if (encoding.dither !== 0)
    cards.push(card("ZDITHER0", encoding.seed ?? 1, "dithering offset when quantizing floats"));
  return cards;
}

/** The image's cards under the names that they have in the table. */
function imageCards(cards: readonly Card[], { bitpix, shape }: CompressedTable): HeaderItem[] {
  const isPrimary = cards.some(({ keyword }) => keyword === "SIMPLE");
  const items: HeaderItem[] = isPrimary
    ? [mandatoryCard(cards, "SIMPLE", "ZSIMPLE", true, "image was a primary array")]
    : [mandatoryCard(cards, "XTENSION", "ZTENSION", "IMAGE", "image extension")];
  items.push(
    mandatoryCard(cards, "BITPIX", "ZBITPIX", bitpix, "bits per pixel of the image"),
    mandatoryCard(cards, "NAXIS", "ZNAXIS", shape.length, "number of axes of the image"),
    ...shape.map((_, i) => {
      const n = i + 1;
      return mandatoryCard(cards, `NAXIS${n}`, `ZNAXIS${n}`, shape.at(-n)!, `length of axis ${n}`);
    }),
  );
  if (!isPrimary) {
    items.push(
      mandatoryCard(cards, "PCOUNT", "ZPCOUNT", 0, "no parameters"),
      mandatoryCard(cards, "GCOUNT", "ZGCOUNT", 1, "one group"),
    );
  }
  // A primary header need not have these, but may, anywhere.
  const names: typeof renamedTo = isPrimary
    ? { ...renamedTo, PCOUNT: "ZPCOUNT", GCOUNT: "ZGCOUNT" }
    : renamedTo;
  for (const one of cards) {
    const { keyword } = one;
    // Lengths of more axes than the image has stay beside it, as with fpack.
    const isSurplus = Number(/^NAXIS([1-9]\d*)$/.exec(keyword)?.[1]) > shape.length;
    const name = isSurplus ? `Z${keyword}` : names[keyword];
    if (name === undefined && (mandatory.test(keyword) || reserved.test(keyword))) continue;
    items.push(...cardsAsRead([name === undefined ? one : renamed(one, name)]));
  }
  return items;
}

/** A card of the image under its other name, comment and all; where the image has none, or it cannot be read, a new one. */
function mandatoryCard(
  cards: readonly Card[],
  keyword: string,
  name: string,
  value: string | number | boolean,
  comment: string,
): HeaderItem {
  const own = cards.find((one) => one.keyword === keyword);
  // A foreign extension has another XTENSION, a file that does not conform another SIMPLE.
  const isFit = typeof value === "number" ? own?.value === value : typeof own?.value === typeof value;
  return own && isFit ? renamed(own, name).raw : card(name, value, comment);
}

/**
 * The cards of an image to be written plain: its own but for the mandatory ones and for checksums, which are the
 * writer's. `primary`: whether it is to be the file's first HDU.
 */
export function plainImageCards(
  image: Iterable<Card>,
  { bitpix, shape, primary }: { bitpix: number; shape: readonly number[]; primary: boolean },
): HeaderItem[] {
  const rest = [...image].filter(
    ({ keyword }) =>
      !mandatory.test(keyword) && !/^(CHECKSUM|DATASUM|Z(BLANK|DITHER0|SCALE|ZERO))$/.test(keyword),
  );
  const items: HeaderItem[] = [
    primary
      ? card("SIMPLE", true, "conforms to FITS standard")
      : card("XTENSION", "IMAGE", "image extension"),
    card("BITPIX", bitpix, "bits per pixel"),
    card("NAXIS", shape.length, "number of axes"),
    ...shape.map((_, i) => card(`NAXIS${i + 1}`, shape.at(-1 - i)!, `length of axis ${i + 1}`)),
  ];
  if (!primary) items.push(card("PCOUNT", 0, "no parameters"), card("GCOUNT", 1, "one group"));
  return [...items, ...cardsAsRead(primary ? rest : rest.filter(({ keyword }) => keyword !== "EXTEND"))];
}

function card(keyword: string, value: string | number | boolean, comment: string): HeaderCard {
  return { keyword, value, comment };
}
