/**
 * Where a table's rows and heap lie, and which columns they have.
 */
import { FitsError, hduLabel } from "../errors.js";
import { type Card, parseCard } from "../header/card.js";
import { dataNumber, type Header, headerOf, rawHint, showValue, valueOfCard } from "../header/header.js";
import type { ByteRange } from "../source/source.js";
import { asciiColumns } from "./ascii.js";
import { binaryColumns, type Column, type Keywords, numberOf, textOf, title } from "./column.js";

/** A table as it lies in the file. Plain data. */
export interface TableLayout {
  /** How messages and profiles name it: `HDU 3 (EVENTS)`. */
  readonly label: string;
  /** The header that describes it: of a compressed table that before compression. */
  readonly header: Header;
  readonly columns: readonly Column[];
  readonly rowCount: number;
  /** Bytes from one row to the next. */
  readonly rowBytes: number;
  /** Where row 0 starts in the file. */
  readonly dataOffset: number;
  /**
   * Where variable-length arrays may lie in the file: from the place that descriptors count from to the end of the data's
   * last block, or to where PCOUNT bytes behind THEAP end.
   */
  readonly heap: ByteRange;
  /** Bytes of the heap that the header declares; readers tell of arrays behind them (`warnBehindHeap`). */
  readonly declaredHeap: number;
  readonly warnings: string[];
  /** Set on compressed tables: where their tiles lie. Rows and heap above are then those before compression. */
  readonly compressed?: CompressedTable;
}

/** A table whose columns are compressed in tiles of rows; each is a variable-length cell of a table in the file. */
export interface CompressedTable {
  /** The table in the file: a row for each tile, a column of bytes for each column. */
  readonly cells: TableLayout;
  /** ZTILELEN: rows of a tile; the last one may have fewer. */
  readonly tileRows: number;
  /** ZCTYPn of every column. */
  readonly algorithms: readonly string[];
}

/** What a table's layout is made from: an HduLayout, or as much of one. */
export interface TablePlace {
  readonly index: number;
  readonly name: string;
  /** `TABLE` for an ASCII table. */
  readonly type: string;
  readonly header: Header;
  readonly dataOffset: number;
  readonly dataSize: number;
}

/** What a header says of a table's shape. */
function tableShape(header: Keywords, label: string): { rowBytes: number; rowCount: number } {
  const size = (keyword: string): number => {
    const card = header.all(keyword)[0];
    const value = card && valueOfCard(card);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    throw new FitsError("BAD_HEADER", `${label}: ${keyword} is ${showValue(value)}, not a size`);
  };
  // Without axes there are no rows, as hdu/layout.ts has it.
  const naxis = header.all("NAXIS")[0];
  if (Number((naxis && valueOfCard(naxis)) ?? 0) === 0) return { rowBytes: 0, rowCount: 0 };
  const rowBytes = size("NAXIS1");
  const rowCount = size("NAXIS2");
  if (!Number.isSafeInteger(rowBytes * rowCount)) {
    throw new FitsError(
      "TOO_LARGE",
      `${label}: ${rowCount} rows of ${rowBytes} bytes are more than any file holds`,
    );
  }
  return { rowBytes, rowCount };
}

/**
 * The layout of a BINTABLE or TABLE; of a compressed table (ZTABLE = T) that of the table before compression, with
 * its own inside. Throws BAD_HEADER or TOO_LARGE where its size makes no sense.
 */
export function tableLayout(hdu: TablePlace): TableLayout {
  const { header, dataOffset, dataSize } = hdu;
  const label = hduLabel(hdu);
  const plain = plainLayout(header, label, { offset: dataOffset, length: dataSize }, hdu.type === "TABLE");
  return isCompressed(hdu) ? compressedLayout(header, plain) : plain;
}

/** The table that lies in the file: of a compressed one its tiles. */
function plainLayout(header: Header, label: string, data: ByteRange, ascii: boolean): TableLayout {
  const { rowBytes, rowCount } = tableShape(header, label);
  const { columns, warnings } = ascii ? asciiColumns(header, rowBytes) : binaryColumns(header, rowBytes);
  const { value: given, problem } = dataNumber(header, "THEAP");
  const theap = Number(given ?? rowBytes * rowCount);
  const blocks = Math.ceil(data.length / 2880) * 2880;
  const valid = Number.isSafeInteger(theap) && theap >= 0 && (theap <= blocks || isInHeap(header));
  const start = valid ? theap : rowBytes * rowCount;
  const counted = numberOf(header, "PCOUNT") ?? 0;
  const length = Math.max(0, blocks - start, Number.isSafeInteger(start + counted) ? counted : 0);
  return {
    label,
    header,
    columns: problem === undefined ? columns : columns.map((column) => withoutHeap(column, problem)),
    rowCount,
    rowBytes,
    dataOffset: data.offset,
    heap: { offset: data.offset + start, length },
    declaredHeap: isInHeap(header) ? length : Math.max(0, data.length - start),
    warnings: [
      ...warnings,
      ...(valid ? [] : [`THEAP is ${theap}, outside the data of ${data.length} bytes; ignored`]),
      ...(problem === undefined ? [] : [`${problem}: columns of variable length cannot be read`]),
    ],
  };
}

/** A column whose arrays cannot be found, as THEAP is no number; others stay as they are. */
function withoutHeap(column: Column, problem: string): Column {
  return column.descriptor && column.problem === undefined ? { ...column, problem } : column;
}

/**
 * Whether a THEAP may point anywhere. fpack keeps that of a table with a gap before its heap, puts the heap of compressed
 * columns there too, and does not count the gap in PCOUNT.
 */
function isInHeap(header: Header): boolean {
  return header.get("ZTABLE") === true && header.get("ZTHEAP") === undefined && header.has("THEAP");
}

/**
 * Notes that an array ends behind the heap that PCOUNT and THEAP declare. cfitsio and astropy read such arrays, and so do
 * we as far as the data's blocks go, but the bytes may be none of the table's.
 */
export function warnBehindHeap(table: Pick<TableLayout, "declaredHeap" | "warnings">, end: number): void {
  const { declaredHeap, warnings } = table;
  const text = `arrays lie behind the heap of ${declaredHeap} bytes that PCOUNT and THEAP declare; read from there`;
  if (end > declaredHeap && !warnings.includes(text)) warnings.push(text);
}

/** Whether this is a compressed table (FITS Standard 4.0, section 10.3), which reads like any other. */
export function isCompressed(hdu: Pick<TablePlace, "type" | "header">): boolean {
  return hdu.type === "BINTABLE" && hdu.header.get("ZTABLE") === true;
}

function compressedLayout(header: Header, cells: TableLayout): TableLayout {
  const { label } = cells;
  const original = uncompressedHeader(header);
  const { rowBytes, rowCount } = tableShape(original, label);
  const { columns, warnings } = binaryColumns(original, rowBytes);
  const { value: given = rowCount, problem } = dataNumber(header, "ZTILELEN");
  if (problem !== undefined) throw new FitsError("BAD_HEADER", `${label}: ${problem}`);
  const tileRows = Number(given);
  if (!Number.isSafeInteger(tileRows) || tileRows < 1 || Math.ceil(rowCount / tileRows) > cells.rowCount) {
    const what = `ZTILELEN is ${tileRows}: ${rowCount} rows do not fit in ${cells.rowCount} tiles`;
    if (rowCount > 0) throw new FitsError("BAD_HEADER", `${label}: ${what}`);
  }
  const algorithms = columns.map(({ index }) => textOf(header, `ZCTYP${index + 1}`) ?? "");
  return {
    label,
    header: original,
    columns,
    rowCount,
    rowBytes,
    dataOffset: cells.dataOffset,
    heap: cells.heap,
    declaredHeap: cells.declaredHeap,
    warnings: [...cells.warnings, ...warnings],
    compressed: { cells, tileRows, algorithms },
  };
}

const fromCompressed: Readonly<Record<string, string>> = {
  ZNAXIS1: "NAXIS1",
  ZNAXIS2: "NAXIS2",
  ZPCOUNT: "PCOUNT",
  ZTHEAP: "THEAP",
  ZHECKSUM: "CHECKSUM",
  ZDATASUM: "DATASUM",
};

/** The header of the table before compression, each of its cards where the compressed table has its own. */
export function uncompressedHeader(header: Header): Header {
  const originals = new Map<string, Card>();
  const rest: Card[] = [];
  for (const card of header) {
    const keyword =
      fromCompressed[card.keyword] ?? (/^ZFORM\d+$/.test(card.keyword) ? `T${card.keyword.slice(1)}` : "");
    const original = keyword === "" ? undefined : parseCard(keyword.padEnd(8) + card.raw.slice(8));
    // Checksums were renamed where they stood; a THEAP without one to replace has no other place either.
    const inPlace = /SUM$/.test(keyword) || (keyword === "THEAP" && !header.has(keyword));
    if (original && inPlace) rest.push(original);
    else if (original) originals.set(keyword, original);
    else if (!/^(ZTABLE|ZTILELEN|ZCTYP\d+|CHECKSUM|DATASUM)$/.test(card.keyword)) rest.push(card);
  }
  const cards = rest.flatMap((card) => {
    const original = originals.get(card.keyword);
    if (original) return [original];
    return card.keyword === "THEAP" && !header.has("ZTHEAP") && !isOriginalTheap(header) ? [] : [card];
  });
  return headerOf(cards);
}

/** Whether a THEAP without ZTHEAP is that of before compression, which fpack leaves: it lies behind the rows of then. */
function isOriginalTheap(header: Header): boolean {
  const of = (keyword: string): number => numberOf(header, keyword) ?? Number.NaN;
  const gap = of("THEAP") - of("ZNAXIS1") * of("ZNAXIS2");
  return gap >= 0 && gap <= of("ZPCOUNT") && of("THEAP") !== of("NAXIS1") * of("NAXIS2");
}

/** Refuses columns that cannot be read, or only as they are stored where `raw` is not asked for. Throws BAD_HEADER. */
export function checkReadable(
  { label }: Pick<TableLayout, "label">,
  columns: readonly Column[],
  raw = false,
): void {
  for (const column of columns) {
    const { problem, rawOnly } = column;
    if (problem) throw new FitsError("BAD_HEADER", `${label}: ${title(column)} cannot be read: ${problem}`);
    if (rawOnly && !raw)
      throw new FitsError("BAD_HEADER", `${label}: ${title(column)}: ${rawOnly}; ${rawHint}`);
  }
}
