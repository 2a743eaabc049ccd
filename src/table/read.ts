/**
 * Columns of a table as a plan: rows first, then the heap where a column is of variable length.
 */
import { done, type Plan, together } from "../read/plan.js";
import type { RowRange } from "./batches.js";
import { type Column, title } from "./column.js";
import { readCompressed } from "./compressed.js";
import type { ColumnData } from "./data.js";
import { columnFiller, type Descriptors, descriptorFiller } from "./fill.js";
import type { Filler, FillOptions } from "./gather.js";
import { readHeap } from "./heap.js";
import { checkReadable, type TableLayout } from "./layout.js";
import {
  fieldsOf,
  type ReadRowsOptions,
  type Rows,
  readRows,
  readsWholeRows,
  rowSpans,
  rowsCount,
  type TakeRows,
} from "./rows.js";

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

export interface ReadColumnsOptions extends FillOptions, ReadRowsOptions {}

/** Reads columns for some rows. Throws BAD_HEADER for a column that cannot be read. */
export function readColumns(
  table: TableLayout,
  columns: readonly Column[],
  rows: Rows,
  options: ReadColumnsOptions = {},
): Plan<ColumnData[]> {
  checkReadable(table, columns, options.raw);
  if (table.compressed) return readCompressed(table, table.compressed, columns, rows, options);
  const fillers = columns.map((column) => fillerOf(column, rowsCount(rows), options));
  return readRows(
    table,
    rowsLabel(table, columns),
    rowSpans(columns, table.rowBytes),
    rows,
    fillRows(columns, fillers),
    () => finishColumns(table, columns, fillers, rows, options),
    options,
  );
}

function rowsLabel({ label }: TableLayout, columns: readonly Column[]): string {
  return `${columns.length === 1 ? title(columns[0]!) : `${columns.length} columns`} of ${label}`;
}

/** Rows of one part of a long read, and how many parts are in flight: the memory that it takes beside its result. */
const partBytes = 24 * 1024 * 1024;
const partsInFlight = 2;

/**
 * Reads columns for a stretch of rows, as `readColumns` does, with `run`. A long one is read in parts, a few at a time,
 * each into the same memory again: the result and little more is held, however many bytes have to pass.
 */
export async function readColumnsInParts(
  table: TableLayout,
  columns: readonly Column[],
  rows: RowRange,
  options: FillOptions,
  run: <T>(plan: Plan<T>) => Promise<T>,
): Promise<ColumnData[]> {
  const spans = rowSpans(columns, table.rowBytes);
  const partRows = Math.max(1, Math.floor(partBytes / Math.max(1, table.rowBytes)));
  const few = rows.stop - rows.start <= partsInFlight * partRows;
  if (few || table.compressed || !readsWholeRows(spans, table.rowBytes)) {
    return run(readColumns(table, columns, rows, options));
  }
  checkReadable(table, columns, options.raw);
  const fillers = columns.map((column) => fillerOf(column, rowsCount(rows), options));
  const fill = fillRows(columns, fillers);
  const label = rowsLabel(table, columns);
  let next = rows.start;
  const readParts = async (): Promise<void> => {
    const memory = new ArrayBuffer(partRows * table.rowBytes);
    while (next < rows.stop) {
      const start = next;
      next = Math.min(rows.stop, start + partRows);
      const take: TakeRows = (span, at, fields) => fill(span, start - rows.start + at, fields);
      await run(
        readRows(table, label, spans, { start, stop: next }, take, () => done(undefined), { memory }),
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: partsInFlight }, readParts));
  } finally {
    // After a failure nothing more is begun.
    next = rows.stop;
  }
  return run(finishColumns(table, columns, fillers, rows, options));
}
