/**
 * ASCII tables (FITS Standard 4.0, section 7.2): columns at TBCOLn, numbers written as Fortran writes them.
 */
import { allocate, type DType } from "../array.js";
import { FitsError, printable } from "../errors.js";
import { dataNumber, lastCard } from "../header/header.js";
import { latin1 } from "../header/scan.js";
import { Nulls } from "./bitmap.js";
import {
  type Column,
  type Columns,
  columnCount,
  columnNumbers,
  type Keywords,
  labels,
  nameOf,
  problemsOf,
  textOf,
  title,
} from "./column.js";
import { type ColumnData, numberData } from "./data.js";
import type { TypeCode } from "./format.js";
import type { Fields, Filler, FillOptions } from "./gather.js";
import { stringParts } from "./text.js";

/** The columns of an ASCII table whose rows are `rowBytes` long. Fields may overlap and leave gaps. Never throws. */
export function asciiColumns(header: Keywords, rowBytes: number): Columns {
  const warnings: string[] = [];
  const count = columnCount(header, warnings);
  const columns = Array.from({ length: count }, (_, index) => asciiColumn(header, index, rowBytes, warnings));
  warnings.push(...columns.flatMap(problemsOf));
  return { columns, warnings };
}

interface Format {
  code: TypeCode;
  width: number;
  decimals: number;
}

/** TFORMn of an ASCII table: Aw, Iw, Fw.d, Ew.d, Dw.d. */
function parseAsciiFormat(format: string): Format | undefined {
  const match = /^([AIFED])(\d{1,9})(?:\.(\d{1,9}))?/i.exec(format);
  if (!match) return undefined;
  return {
    code: match[1]!.toUpperCase() as TypeCode,
    width: Number(match[2]),
    decimals: Number(match[3] ?? 0),
  };
}

/** The type that holds any value of the format: astropy's and cfitsio's rule for integers, float64 for all others. */
function storedType({ code, width }: Format): DType {
  if (code !== "I") return code === "A" ? "uint8" : "float64";
  if (width <= 4) return "int16";
  return width <= 9 ? "int32" : "int64";
}

function asciiColumn(header: Keywords, index: number, rowBytes: number, warnings: string[]): Column {
  const n = index + 1;
  const text = textOf(header, `TFORM${n}`) ?? "";
  const parsed = parseAsciiFormat(text);
  const format = parsed ?? { code: "A" as const, width: 0, decimals: 0 };
  const stored = storedType(format);
  const numbers = format.code === "A" ? { scale: 1, zero: 0 } : columnNumbers(header, n, false, warnings);
  const { scale, zero, rawOnly } = numbers;
  const scaled = scale !== 1 || zero !== 0;
  const nullText = nullOf(header, n, format);
  const start = Number(dataNumber(header, `TBCOL${n}`).value ?? Number.NaN);
  const problem = problemOf(text, parsed, start, rowBytes);
  return {
    name: nameOf(header, n),
    index,
    format: text,
    code: format.code,
    ...labels(header, n),
    dtype: format.code === "A" ? "string" : scaled ? "float64" : stored,
    stored,
    shape: [],
    repeat: 1,
    offset: problem === undefined ? start - 1 : 0,
    width: format.width,
    stringBytes: format.code === "A" ? format.width : 0,
    ...(scaled && { scale, zero }),
    ...(nullText !== undefined && { null: nullText }),
    text: { decimals: format.decimals },
    ...(problem !== undefined && { problem }),
    ...(rawOnly !== undefined && { rawOnly }),
  };
}

/** TNULLn as it would stand in a field. A blank one makes blank numbers null, which are 0 otherwise. */
function nullOf(header: Keywords, n: number, { code, width }: Format): string | undefined {
  const value = lastCard(header, `TNULL${n}`)?.value;
  if (value === undefined || value === null) return undefined;
  const text = String(value).trim().slice(0, width).trim();
  return text === "" && code === "A" ? undefined : text;
}

function problemOf(
  text: string,
  format: Format | undefined,
  start: number,
  rowBytes: number,
): string | undefined {
  if (text === "") return "it has no TFORM";
  if (!format) return `TFORM '${printable(text)}' is not one of an ASCII table's`;
  if (!Number.isInteger(start) || start < 1)
    return `TBCOL is ${Number.isNaN(start) ? "missing or no number" : start}, not a column from 1 on`;
  if (start - 1 + format.width > rowBytes) {
    return `it would end at column ${start - 1 + format.width} of a row of ${rowBytes} characters`;
  }
  return undefined;
}

/** Fills a column of an ASCII table. */
export function asciiFiller(column: Column, rows: number, options: FillOptions): Filler<ColumnData> {
  const raw = options.raw ?? false;
  return column.code === "A" ? textFiller(column, rows, raw) : numberFiller(column, rows, raw);
}

function textFiller(column: Column, rows: number, raw: boolean): Filler<ColumnData> {
  const parts = stringParts(raw);
  const nulls = new Nulls(rows);
  return {
    put: (at, fields) => {
      parts.put(at, 1, column.width, fields);
      if (column.null === undefined) return;
      forEachField(fields, column.width, (row, text) => {
        if (text.trim() === column.null) nulls.add(at + row);
      });
    },
    finish: () => parts.finish(column, [rows], nulls.bitmap ? nulls : undefined),
  };
}

function numberFiller(column: Column, rows: number, raw: boolean): Filler<ColumnData> {
  const dtype = raw ? column.stored : (column.dtype as DType);
  const data = allocate(dtype, rows);
  const nulls = new Nulls(rows);
  const scale = raw ? 1 : (column.scale ?? 1);
  const zero = raw ? 0 : (column.zero ?? 0);
  const put =
    dtype === "int64"
      ? bigintPutter(data as BigInt64Array)
      : numberPutter(data as Float64Array | Int32Array | Int16Array, scale, zero);
  const decimals = column.code === "I" ? 0 : column.text!.decimals;
  return {
    put: (at, fields) => {
      forEachField(fields, column.width, (row, field) => {
        const text = field.trim();
        if (text === column.null) {
          nulls.add(at + row);
          if (dtype === "float64") put(at + row, "NaN", 0);
        } else if (!put(at + row, text || "0", decimals)) {
          const what = `'${printable(text.slice(0, 40))}' is no number of the form ${column.format} that ${dtype} can hold`;
          throw new FitsError("BAD_DATA", `${title(column)}, row ${fields.row(row)}: ${what}`);
        }
      });
    },
    finish: () => numberData(column, [rows], dtype, data, nulls.bitmap ? nulls : undefined),
  };
}

/** Calls `each` with the text of every field; what comes behind a NUL is no part of it. */
function forEachField(fields: Fields, width: number, each: (row: number, text: string) => void): void {
  const { bytes, base, stride, count } = fields;
  for (let row = 0, p = base; row < count; row++, p += stride) {
    const text = latin1(bytes.subarray(p, p + width));
    const end = text.indexOf("\0");
    each(row, end < 0 ? text : text.slice(0, end));
  }
}

/** Writes the number that `text` stands for; answers whether it is one. */
type Put = (i: number, text: string, decimals: number) => boolean;

function numberPutter(data: Float64Array | Int32Array | Int16Array, scale: number, zero: number): Put {
  const isFloat = data instanceof Float64Array;
  return (i, text, decimals) => {
    const value = text === "NaN" ? Number.NaN : parseFortran(text, decimals);
    if (value === undefined) return false;
    data[i] = isFloat ? value * scale + zero : value;
    return isFloat || data[i] === value;
  };
}

function bigintPutter(data: BigInt64Array): Put {
  return (i, text) => {
    if (!/^[+-]?\d+$/.test(text)) return false;
    const value = BigInt(text.replace("+", ""));
    data[i] = value;
    return data[i] === value;
  };
}

/**
 * A number as Fortran writes it: E or D before the exponent, or its sign alone. Without a decimal point the last
 * `decimals` digits are the fraction (7.2.5, deprecated there; cfitsio reads it so, astropy does not).
 */
export function parseFortran(text: string, decimals: number): number | undefined {
  const match = /^([+-]?)(\d*)(\.\d*)?(?:\s*[EDed]\s*([+-]?\d+)|([+-]\d+))?$/.exec(text);
  if (!match) return /^[+-]?(nan|inf(inity)?)$/i.test(text) ? special(text) : undefined;
  const [, sign = "", whole = "", fraction, exponent = match[5] ?? "0"] = match;
  if (whole === "" && (fraction ?? ".") === ".") return undefined;
  const power = fraction === undefined ? Number(exponent) - decimals : Number(exponent);
  return Number(`${sign}${whole || "0"}${fraction ?? ""}e${power}`);
}

function special(text: string): number {
  if (/nan/i.test(text)) return Number.NaN;
  return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
