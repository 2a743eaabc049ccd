/**
 * The columns of a table: what TFORMn, TTYPEn, TDIMn and their kin say of each (FITS Standard 4.0, section 7).
 */
import type { DType } from "../array.js";
import { printable } from "../errors.js";
import { dataNumber, type Header, lastCard, showValue, valueOfCard } from "../header/header.js";
import { cellShape, type Format, parseFormat, storedTypes, type TypeCode } from "./format.js";

/** Where column descriptions look keywords up. */
export type Keywords = Pick<Header, "get" | "all">;

/** Type of one value as it is read: a dtype, or what has no typed array of its own. */
export type ColumnType = DType | "complex64" | "complex128" | "bool" | "string";

/** One column. Plain data: nothing here refers to the file. */
export interface Column {
  /** TTYPEn without trailing blanks; empty when the column has none. Neither unique nor of any charset. */
  readonly name: string;
  /** 0-based position: n - 1 of its keywords. */
  readonly index: number;
  /** TFORMn as it stands in the file, trimmed. */
  readonly format: string;
  readonly code: TypeCode;
  /** TUNITn. */
  readonly unit?: string;
  /** TCOMMn, the description. */
  readonly description?: string;
  /** TUCDn, the Unified Content Descriptor. */
  readonly ucd?: string;
  /** TDISPn, how to write values. */
  readonly display?: string;
  /** TDIMn as it stands in the file. */
  readonly dim?: string;
  /** Type of the values as they are read: after TSCALn and TZEROn. */
  readonly dtype: ColumnType;
  /** Type of the stored elements; of complex numbers the parts, of text, bits and logicals uint8. */
  readonly stored: DType;
  /** Axes of one cell, slowest first: none for a scalar; of a variable-length column none. */
  readonly shape: readonly number[];
  /**
   * Axes of a cell of a variable-length column, slowest first, where TDIMn gives several. The slowest is as long as the
   * cell makes it; a cell whose elements do not fill the other axes stays a plain list.
   */
  readonly cellShape?: readonly number[];
  /** Set on variable-length columns: P has 32-bit descriptors, Q 64-bit ones. */
  readonly descriptor?: "P" | "Q";
  /** Elements of the stored type in a field (bits of X, bytes of A); of variable-length columns descriptors: 0 or 1. */
  readonly repeat: number;
  /** Bytes from the start of the row, and bytes of the field. */
  readonly offset: number;
  readonly width: number;
  /** Bytes of one string of an A column. */
  readonly stringBytes: number;
  /** TSCALn and TZEROn, where they ask for more than a change of sign. */
  readonly scale?: number;
  readonly zero?: number;
  /** TNULLn: the stored integer that means null; of an ASCII table the text. */
  readonly null?: bigint | string;
  /** Set on columns of ASCII tables, whose fields are text. `decimals`: digits right of an implied decimal point. */
  readonly text?: { readonly decimals: number };
  /** Why this column cannot be read; the others can. */
  readonly problem?: string;
  /** Why the values of this column cannot be had, but the stored ones can (`raw: true`): a TZEROn that is no number. */
  readonly rawOnly?: string;
}

/** Columns, and what is odd about them in words. */
export interface Columns {
  readonly columns: readonly Column[];
  readonly warnings: readonly string[];
}

/** The Standard's limit on TFIELDS, and that of an 8-character keyword. */
const maxColumns = 999;

/** TFIELDS, or what it can be at most: a lying TFIELDS costs nothing. */
export function columnCount(header: Keywords, warnings: string[]): number {
  const fields = header.get("TFIELDS");
  const count = typeof fields === "number" || typeof fields === "bigint" ? Number(fields) : -1;
  if (Number.isInteger(count) && count >= 0 && count <= maxColumns) return count;
  let found = 0;
  for (let n = 1; n <= maxColumns; n++) if (header.get(`TFORM${n}`) !== undefined) found = n;
  warnings.push(
    count > maxColumns && found === maxColumns
      ? `TFIELDS is ${String(fields)}: only the first ${maxColumns} columns are read, as many as a FITS table may have`
      : `TFIELDS is ${showValue(fields)}, not a number from 0 to ${maxColumns}; ${found} columns have a TFORM`,
  );
  return found;
}

/** A keyword's value as trimmed text; absent, undefined and empty ones are `undefined`. The last card counts. */
export function textOf(header: Keywords, keyword: string): string | undefined {
  const card = lastCard(header, keyword);
  const value = card && valueOfCard(card);
  if (value === undefined || value === null) return undefined;
  return String(value).trim() || undefined;
}

/** A keyword's value as a number; `undefined` for anything else. */
export function numberOf(header: Keywords, keyword: string): number | undefined {
  const value = header.get(keyword);
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}

/**
 * TDIMn as text. Brackets without quotes, which make no string, are read as cfitsio reads them; other values that are
 * no text are `""`.
 */
function dimOf(header: Keywords, n: number): string | undefined {
  const card = lastCard(header, `TDIM${n}`);
  if (!card || card.value === null) return undefined;
  if (typeof card.value === "string") return card.value.trim() || undefined;
  return /= *(\([\d, ]*\))/.exec(card.raw)?.[1] ?? "";
}

const unsigned: Partial<Record<TypeCode, { zero: number; dtype: DType }>> = {
  B: { zero: -(2 ** 7), dtype: "int8" },
  I: { zero: 2 ** 15, dtype: "uint16" },
  J: { zero: 2 ** 31, dtype: "uint32" },
  K: { zero: 2 ** 63, dtype: "uint64" },
};

/** Type of the values, and the scaling that leads to it. Scaled values are float64, whatever is stored. */
function physicalType(code: TypeCode, scale: number, zero: number): Pick<Column, "dtype" | "scale" | "zero"> {
  if (code === "L" || code === "X") return { dtype: "bool" };
  if (code === "A") return { dtype: "string" };
  const scaled = scale !== 1 || zero !== 0;
  if (code === "C" || code === "M") {
    if (scaled) return { dtype: "complex128", scale, zero };
    return { dtype: code === "C" ? "complex64" : "complex128" };
  }
  if (!scaled) return { dtype: storedTypes[code] };
  const sign = unsigned[code];
  if (sign && scale === 1 && zero === sign.zero) return { dtype: sign.dtype };
  return { dtype: "float64", scale, zero };
}

/** The keywords that say nothing of the layout. */
export function labels(
  header: Keywords,
  n: number,
): Pick<Column, "unit" | "description" | "ucd" | "display"> {
  const unit = textOf(header, `TUNIT${n}`);
  const description = textOf(header, `TCOMM${n}`);
  const ucd = textOf(header, `TUCD${n}`);
  const display = textOf(header, `TDISP${n}`);
  return {
    ...(unit !== undefined && { unit }),
    ...(description !== undefined && { description }),
    ...(ucd !== undefined && { ucd }),
    ...(display !== undefined && { display }),
  };
}

/** TTYPEn as it is, without trailing blanks. */
export function nameOf(header: Keywords, n: number): string {
  const card = lastCard(header, `TTYPE${n}`);
  const value = card && valueOfCard(card);
  return value === undefined || value === null ? "" : String(value).trimEnd();
}

/** How a message names a column. */
export function title({ name, index }: Pick<Column, "name" | "index">): string {
  return name ? `column '${printable(name)}' (${index + 1})` : `column ${index + 1}`;
}

/** The numbers that lead from the stored values of a column to its values. */
export interface ColumnNumbers {
  readonly scale: number;
  readonly zero: number;
  readonly null?: bigint;
  /** Which of the keywords are no numbers. */
  readonly rawOnly?: string;
}

/** TSCALn, TZEROn and, of integers, TNULLn. Those without a value count as absent, with a warning. */
export function columnNumbers(
  header: Keywords,
  n: number,
  isInteger: boolean,
  warnings: string[],
): ColumnNumbers {
  const problems: string[] = [];
  const read = (keyword: string): number | bigint | undefined => {
    const { value, problem, warning } = dataNumber(header, keyword);
    if (problem !== undefined) problems.push(problem);
    if (warning !== undefined) warnings.push(warning);
    return value;
  };
  const scale = Number(read(`TSCAL${n}`) ?? 1);
  const zero = Number(read(`TZERO${n}`) ?? 0);
  const nullNumber = isInteger ? read(`TNULL${n}`) : undefined;
  const isWhole = typeof nullNumber === "bigint" || Number.isSafeInteger(nullNumber);
  if (nullNumber !== undefined && !isWhole)
    warnings.push(`TNULL${n} is ${nullNumber}, which no stored value equals; no value is null`);
  return {
    scale,
    zero,
    ...(nullNumber !== undefined && isWhole && { null: BigInt(nullNumber) }),
    ...(problems.length > 0 && { rawOnly: problems.join("; ") }),
  };
}

/** The width of a column as far as its TFORMn tells: none for one that is wider than the row. */
function widthOf(header: Keywords, n: number, rowBytes: number): number | undefined {
  const width = parseFormat(textOf(header, `TFORM${n}`) ?? "")?.width;
  return width !== undefined && width <= rowBytes ? width : undefined;
}

/**
 * The columns of a binary table whose rows are `rowBytes` long (NAXIS1). Never throws: a column that makes no sense
 * carries a `problem`; the width of one such column follows from the others', so those after it can still be read.
 */
export function binaryColumns(header: Keywords, rowBytes: number): Columns {
  const warnings: string[] = [];
  const count = columnCount(header, warnings);
  const widths = Array.from({ length: count }, (_, i) => widthOf(header, i + 1, rowBytes));
  const known = widths.reduce<number>((sum, width) => sum + (width ?? 0), 0);
  const unknown = widths.filter((width) => width === undefined).length;
  const spare = unknown === 1 && known <= rowBytes ? rowBytes - known : undefined;
  if (unknown === 0 && known !== rowBytes) {
    warnings.push(
      `the columns take ${known} bytes of a row, NAXIS1 says ${rowBytes}; rows are taken to be NAXIS1 apart`,
    );
  }
  const columns: Column[] = [];
  let offset: number | undefined = 0;
  for (let i = 0; i < count; i++) {
    const column = binaryColumn(header, i, { offset, width: widths[i] ?? spare, rowBytes }, warnings);
    warnings.push(...problemsOf(column));
    columns.push(column);
    const width = widths[i] ?? spare;
    offset = offset === undefined || width === undefined ? undefined : offset + width;
  }
  return { columns, warnings };
}

/** What the warnings of a table say of a column that cannot be read, or only as it is stored. */
export function problemsOf(column: Column): string[] {
  if (column.problem !== undefined) return [`${title(column)}: ${column.problem}`];
  if (column.rawOnly === undefined) return [];
  return [`${title(column)}: ${column.rawOnly}; only its stored values can be read, with raw (--raw)`];
}

interface Place {
  offset: number | undefined;
  width: number | undefined;
  rowBytes: number;
}

function binaryColumn(header: Keywords, index: number, place: Place, warnings: string[]): Column {
  const n = index + 1;
  const text = textOf(header, `TFORM${n}`) ?? "";
  const parsed = parseFormat(text);
  const format = parsed ?? { code: "B" as const, repeat: 0, width: 0, stringBytes: 0 };
  const dim = dimOf(header, n);
  const cells = cellShape(format, dim);
  const name = nameOf(header, n);
  if (cells.warning) warnings.push(`${title({ name, index })}: ${cells.warning}`);
  // TSCALn and TZEROn mean nothing for text, bits and logicals (7.3.2).
  const numbers = "AXL".includes(format.code)
    ? { scale: 1, zero: 0 }
    : columnNumbers(header, n, "BIJK".includes(format.code), warnings);
  const problem = problemOf(text, parsed, place);
  return {
    name,
    index,
    format: text,
    code: format.code,
    ...labels(header, n),
    ...(dim !== undefined && { dim }),
    ...physicalType(format.code, numbers.scale, numbers.zero),
    stored: storedTypes[format.code],
    shape: cells.shape,
    ...(format.descriptor && { descriptor: format.descriptor }),
    repeat: format.repeat,
    offset: place.offset ?? 0,
    width: place.width ?? 0,
    stringBytes: cells.stringBytes,
    ...(cells.cellShape && { cellShape: cells.cellShape }),
    ...(numbers.null !== undefined && { null: numbers.null }),
    ...(numbers.rawOnly !== undefined && { rawOnly: numbers.rawOnly }),
    ...(problem !== undefined && { problem }),
  };
}

function problemOf(text: string, format: Format | undefined, place: Place): string | undefined {
  if (text === "") return "it has no TFORM";
  const tform = `TFORM '${printable(text)}'`;
  if (!format) return `${tform} is not one of the Standard's`;
  if (format.descriptor && format.repeat > 1) return `${tform} has more than one array a row`;
  if (format.width > place.rowBytes) return `${tform} is wider than the row of ${place.rowBytes} bytes`;
  if (place.offset === undefined)
    return "where it starts is not known, for a column before it has no readable TFORM";
  if (place.offset + format.width > place.rowBytes) {
    return `it would end at byte ${place.offset + format.width} of a row of ${place.rowBytes}`;
  }
  return undefined;
}
