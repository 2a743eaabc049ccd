/**
 * A column that is not in the file: the values of an expression, for each row.
 */
import { allocate } from "../array.js";
import { FitsError } from "../errors.js";
import { parseCard } from "../header/card.js";
import { type Header, headerOf } from "../header/header.js";
import { Nulls } from "../table/bitmap.js";
import type { Column } from "../table/column.js";
import { boolData, type ColumnData, numberData, offsetsOf, stringData } from "../table/data.js";
import { parseValue, type RowValue, type Value } from "../table/predicate.js";
import { formatCard, type HeaderCard } from "../write/card.js";

/** A column and how its values are found. */
export interface ComputedColumn {
  readonly column: Column;
  /** The columns of the file that the expression names. */
  readonly needs: readonly Column[];
  /** Values of some rows, of those of `needs` in these rows. */
  values(data: readonly ColumnData[], rows: number): ColumnData;
  /** The same as a field of FITS has them: uint8 of shape [rows, bytes of a field]. */
  bytes(data: readonly ColumnData[], rows: number): ColumnData;
}

/** The stored integer of a computed column that means null. */
const nullInteger = -(2n ** 63n);

/**
 * Column `index` of a table, by an expression in the language of conditions: float64, int64 (of 64-bit columns alone), logical or
 * text, without a unit. A value is null where one that it needs is. Throws BAD_ARGUMENT.
 */
export function computedColumn(
  name: string,
  expression: string,
  columns: readonly Column[],
  index: number,
): ComputedColumn {
  if (!/^[\x20-\x7e]{1,68}$/.test(name))
    throw new FitsError(
      "BAD_ARGUMENT",
      `a computed column's name is 1 to 68 characters of ASCII, not '${name}'`,
    );
  const value = parsed(name, expression, columns);
  const column = { name, index, ...typeOf(value, expression) };
  const fill = { number: numbers, bigint: integers, boolean: booleans, string: texts }[value.type];
  return {
    column,
    needs: value.columns,
    values: (data, rows) => fill(column, value.bind(data), rows, false),
    bytes: (data, rows) => fill(column, value.bind(data), rows, true),
  };
}

function parsed(name: string, expression: string, columns: readonly Column[]): RowValue {
  try {
    return parseValue(expression, columns);
  } catch (error) {
    if (!(error instanceof FitsError)) throw error;
    const what = error.message.replace(/^where: /, "");
    throw new FitsError(error.code, `column ${name}=${expression}: ${what}`, { cause: error });
  }
}

function typeOf({ type, columns }: RowValue, expression: string): Omit<Column, "name" | "index"> {
  const scalar = { shape: [], repeat: 1, offset: 0, stringBytes: 0 };
  if (type === "number")
    return { ...scalar, format: "D", code: "D", dtype: "float64", stored: "float64", width: 8 };
  if (type === "boolean")
    return { ...scalar, format: "L", code: "L", dtype: "bool", stored: "uint8", width: 1 };
  if (type === "bigint")
    return {
      ...scalar,
      format: "K",
      code: "K",
      dtype: "int64",
      stored: "int64",
      width: 8,
      null: nullInteger,
    };
  // No function makes text longer than what it is made of: columns, or text of the expression.
  const width = columns.reduce((bytes, column) => bytes + column.width, 4 * expression.length);
  return {
    ...scalar,
    ...{ format: `${width}A`, code: "A", dtype: "string", stored: "uint8" },
    ...{ width, repeat: width, stringBytes: width },
  };
}

type Bound = ReturnType<RowValue["bind"]>;
type Fill = (column: Column, bound: Bound, rows: number, stored: boolean) => ColumnData;

const numbers: Fill = (column, { value, isNull }, rows, stored) => {
  const data = allocate("float64", rows);
  for (let i = 0; i < rows; i++) data[i] = isNull?.(i) ? Number.NaN : Number(value(i));
  if (!stored) return numberData(column, [rows], "float64", data, nullsOf(isNull, rows));
  const bytes = allocate("uint8", rows * 8);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < rows; i++) view.setFloat64(8 * i, data[i]!);
  return numberData(column, [rows, 8], "uint8", bytes);
};

const integers: Fill = (column, { value, isNull }, rows, stored) => {
  const data = allocate("int64", rows);
  // A result of more than 64 bits is none: null.
  const isBeyond = (i: number): boolean => BigInt.asIntN(64, asInteger(value(i))) !== asInteger(value(i));
  const isNone = (i: number): boolean => (isNull?.(i) ?? false) || Number.isNaN(value(i)) || isBeyond(i);
  for (let i = 0; i < rows; i++) data[i] = isNone(i) ? nullInteger : asInteger(value(i));
  if (!stored) return numberData(column, [rows], "int64", data, nullsOf(isNone, rows));
  const bytes = allocate("uint8", rows * 8);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < rows; i++) view.setBigInt64(8 * i, data[i]!);
  return numberData(column, [rows, 8], "uint8", bytes);
};

function asInteger(value: Value): bigint {
  return typeof value === "bigint"
    ? value
    : Number.isSafeInteger(value)
      ? BigInt(value as number)
      : 2n ** 64n;
}

const booleans: Fill = (column, { value, isNull }, rows, stored) => {
  const data = allocate("uint8", rows);
  for (let i = 0; i < rows; i++) data[i] = value(i) === true && !isNull?.(i) ? 1 : 0;
  if (!stored) return boolData(column, [rows], data, nullsOf(isNull, rows));
  const letters = data.map((bit, i) => (isNull?.(i) ? 0 : bit === 1 ? 0x54 : 0x46));
  return numberData(column, [rows, 1], "uint8", letters);
};

const encoder = new TextEncoder();

const texts: Fill = (column, { value, isNull }, rows, stored) => {
  const { width } = column;
  const cells = Array.from({ length: rows }, (_, i) => {
    const bytes = encoder.encode(isNull?.(i) ? "" : String(value(i)));
    return bytes.subarray(0, width);
  });
  if (stored) {
    const bytes = allocate("uint8", rows * width);
    for (const [i, cell] of cells.entries()) bytes.set(cell, i * width);
    return numberData(column, [rows, width], "uint8", bytes);
  }
  const offsets = offsetsOf(
    cells.map(({ length }) => length),
    `column '${column.name}'`,
  );
  const bytes = allocate("uint8", offsets[rows]!);
  for (const [i, cell] of cells.entries()) bytes.set(cell, offsets[i]!);
  return stringData(column, [rows], offsets, bytes, nullsOf(isNull, rows));
};

function nullsOf(isNull: ((i: number) => boolean) | undefined, rows: number): Nulls | undefined {
  if (!isNull) return undefined;
  const nulls = new Nulls(rows);
  for (let i = 0; i < rows; i++) if (isNull(i)) nulls.add(i);
  return nulls.count > 0 ? nulls : undefined;
}

/** The header of a table with further columns. */
export function withColumns(header: Header, columns: readonly Column[]): Header {
  const cards = columns.flatMap(({ index, name, format, null: none }): HeaderCard[] => [
    { keyword: `TTYPE${index + 1}`, value: name, comment: "computed" },
    { keyword: `TFORM${index + 1}`, value: format },
    ...(typeof none === "bigint" ? [{ keyword: `TNULL${index + 1}`, value: none }] : []),
  ]);
  return headerOf([...header, ...cards.map((card) => parseCard(formatCard(card)))]);
}
