/**
 * Columns as they are stored: what `raw` reads.
 */
import { parseFortran } from "./ascii.js";
import type { Column, ColumnType } from "./column.js";

/** Type of a column's values: as TSCALn and TZEROn make them, or with `raw` as they are stored. */
export function columnType(column: Column, raw = false): ColumnType {
  if (!raw) return column.dtype;
  switch (column.code) {
    case "A":
      return "string";
    case "L":
    case "X":
      return "bool";
    case "C":
      return "complex64";
    case "M":
      return "complex128";
    default:
      return column.stored;
  }
}

/**
 * The column whose values are the stored ones: without TSCALn, TZEROn and TNULLn. In an ASCII table a TNULLn that is
 * no number (`***`, blank) stays, for such a field holds no value.
 */
export function storedColumn(column: Column): Column {
  const { scale: _scale, zero: _zero, null: none, rawOnly: _rawOnly, ...rest } = column;
  const isNull = typeof none === "string" && column.code !== "A" && !isNumber(column, none);
  return { ...rest, dtype: columnType(column, true), ...(isNull && { null: none }) };
}

/** Whether a text is a number in the field of an ASCII table. */
function isNumber({ code, text }: Column, field: string): boolean {
  if (code === "I") return /^[+-]?\d+$/.test(field);
  return parseFortran(field, text?.decimals ?? 0) !== undefined;
}
