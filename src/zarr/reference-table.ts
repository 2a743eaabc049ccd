/**
 * A table as one array of records, a record for each row: columns lie between each other in the rows, and a reference can
 * only point at what lies together.
 */
import type { HduLayout } from "../hdu/hdu.js";
import type { TableHdu } from "../hdu/table.js";
import type { Column } from "../table/column.js";
import type { TypeCode } from "../table/format.js";
import { columnAttributes } from "./attributes.js";
import type { Attributes, Json } from "./metadata.js";
import { columnNames } from "./names.js";
import { refuse } from "./refusal.js";

/** Letters of TFORM as numpy writes types. Logicals are letters, T or F. */
const types: Readonly<Partial<Record<TypeCode, string>>> = {
  L: "|S1",
  X: "|u1",
  B: "|u1",
  I: ">i2",
  J: ">i4",
  K: ">i8",
  E: ">f4",
  D: ">f8",
  C: ">c8",
  M: ">c16",
};

/** The fields of a row, as version 2 of Zarr and numpy write the type of a record; and what attributes say of each. */
export interface Records {
  readonly dtype: readonly Json[];
  readonly columns: Readonly<Record<string, Attributes>>;
}

/**
 * The rows of a binary table as records: every column of fixed length; descriptors of arrays of variable length, bytes that
 * belong to no column and columns that cannot be read are nameless bytes. Stored values: scaling, nulls and unsigned conventions
 * are told by attributes of each column. Throws UNSUPPORTED for compressed and ASCII tables.
 */
export function recordsOf(table: TableHdu, label: string): Records {
  if (table.stored) refuse(label, "the columns of the table are compressed");
  if (table.type === "TABLE") refuse(label, "the numbers of an ASCII table are text");
  const named = columnNames(table.columns);
  const taken = new Set(named);
  const dtype: Json[] = [];
  const columns: Record<string, Attributes> = {};
  let at = 0;
  const skip = (to: number): void => {
    if (to <= at) return;
    let name = `bytes_${at}`;
    while (taken.has(name)) name += "_";
    dtype.push([name, `|V${to - at}`]);
    at = to;
  };
  for (const [i, column] of table.columns.entries()) {
    const field = fieldOf(column);
    if (!field || column.offset < at) continue;
    skip(column.offset);
    dtype.push([named[i]!, ...field]);
    columns[named[i]!] = columnAttributes(column, "raw");
    at += column.width;
  }
  skip(rowBytes(table));
  if (Object.keys(columns).length === 0) refuse(label, "the table has no column of fixed length");
  return { dtype, columns };
}

function rowBytes({ shape }: Pick<HduLayout, "shape">): number {
  return shape[1]!;
}

/** Type and, of arrays, shape of a field; undefined for one that is left as bytes. */
function fieldOf(column: Column): Json[] | undefined {
  const { code, descriptor, problem, width, repeat, shape, stringBytes } = column;
  if (descriptor || problem !== undefined || width === 0) return undefined;
  if (code === "A") {
    const strings = shape.reduce((n, length) => n * length, 1);
    if (strings * stringBytes !== width) return [`|S${width}`];
    return shape.length === 0 ? [`|S${stringBytes}`] : [`|S${stringBytes}`, shape];
  }
  const type = types[code];
  if (type === undefined) return undefined;
  if (code === "X") return width === 1 ? [type] : [type, [width]];
  const elements = shape.reduce((n, length) => n * length, 1);
  if (elements !== repeat) return [type, [repeat]];
  return shape.length === 0 ? [type] : [type, shape];
}
