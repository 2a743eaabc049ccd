/**
 * Columns of a table as a plan: rows first, then the heap where a column is of variable length.
 */
import { chain, done, type Plan, together } from "../read/plan.js";
import { type Column, title } from "./column.js";
import { readCompressed } from "./compressed.js";
import type { ColumnData } from "./data.js";
import { columnFiller, type Descriptors, descriptorFiller, type Filler, type FillOptions } from "./fill.js";
import { readHeap } from "./heap.js";
import { checkReadable, type TableLayout } from "./layout.js";
import { fieldsOf, type Rows, readRows, rowSpans, type TakeRows } from "./rows.js";

/** One column under construction, whatever it is. */
export type AnyFiller =
  | { readonly descriptors: Filler<Descriptors> }
  | { readonly values: Filler<ColumnData> };

/** A filler for `rows` rows of the column. */
export function fillerOf(column: Column, rows: number, options: FillOptions): AnyFiller {
  return column.descriptor
    ? { descriptors: descriptorFiller(column, rows) }
    : { values: columnFiller(column, rows, options) };
}

/** Hands rows that have landed to the fillers of the columns in their span. */
export function fillRows(columns: readonly Column[], fillers: readonly AnyFiller[]): TakeRows {
  return (span, at, fields) => {
    for (const i of span.columns) {
      const filler = fillers[i]!;
      const own = fieldsOf(columns[i]!, span, fields);
      if ("values" in filler) filler.values.put(at, own);
      else filler.descriptors.put(at, own);
    }
  };
}

/** What the fillers hold, with the heap read for those of descriptors. */
export function finishColumns(
  table: TableLayout,
  columns: readonly Column[],
  fillers: readonly AnyFiller[],
  rows: Rows,
  options: FillOptions,
): Plan<ColumnData[]> {
  return together(
    columns.map((column, i) => {
      const filler = fillers[i]!;
      if ("values" in filler) return done(filler.values.finish());
      return readHeap(table, column, filler.descriptors.finish(), rows, options);
    }),
  );
}

/** Reads columns for some rows. Throws BAD_HEADER for a column that cannot be read. */
export function readColumns(
  table: TableLayout,
  columns: readonly Column[],
  rows: Rows,
  options: FillOptions = {},
): Plan<ColumnData[]> {
  checkReadable(table, columns);
  if (table.compressed) return readCompressed(table, table.compressed, columns, rows, options);
  const count = "list" in rows ? rows.list.length : rows.stop - rows.start;
  const fillers = columns.map((column) => fillerOf(column, count, options));
  const spans = rowSpans(columns, table.rowBytes);
  const what = columns.length === 1 ? title(columns[0]!) : `${columns.length} columns`;
  return readRows(table, `${what} of ${table.label}`, spans, rows, fillRows(columns, fillers), () =>
    finishColumns(table, columns, fillers, rows, options),
  );
}

/** Reads one column for some rows. */
export function readColumn(
  table: TableLayout,
  column: Column,
  rows: Rows,
  options: FillOptions = {},
): Plan<ColumnData> {
  return chain(readColumns(table, [column], rows, options), ([data]) => done(data!));
}
