/**
 * Columns of a table as a plan: rows first, then the heap where a column is of variable length.
 */
import { type Course, done, type Plan, together } from "../read/plan.js";
import { type Column, title } from "./column.js";
import { type LoadedTable, readCompressed } from "./compressed.js";
import type { ColumnData, Descriptors } from "./data.js";
import { columnFiller, descriptorFiller, inColumn, type PartFiller } from "./fill.js";
import type { Fields, FillOptions, ReadColumnsOptions } from "./gather.js";
import { readHeap } from "./heap.js";
import { checkReadable, type TableLayout } from "./layout.js";
import {
  checkEmptyRows,
  fieldsOf,
  type Rows,
  type RowTaker,
  readRows,
  rowSpans,
  rowsCount,
  type Span,
} from "./rows.js";

/**
 * Reads columns for some rows. Of the rows all ranges are known at once: one step, however long the columns are, then
 * one for the arrays in the heap. Throws BAD_HEADER for a column that cannot be read, TOO_LARGE for too many rows
 * without bytes.
 */
export function readColumns(
  table: LoadedTable,
  columns: readonly Column[],
  rows: Rows,
  options: ReadColumnsOptions = {},
): Plan<ColumnData[]> {
  checkReadable(table, columns, options.raw);
  checkEmptyRows(table, columns, rowsCount(rows));
  if (table.compressed) return readCompressed(table, table.compressed, columns, rows, options);
  return function* () {
    const filling = startFilling(table, columns, rowsCount(rows), options);
    const locates = columns.length > 0 && columns.every(({ descriptor }) => descriptor !== undefined);
    const spans = rowSpans(columns, table.rowBytes);
    yield* readRows(table, rowsLabel(table, columns), spans, rows, filling.taker, {
      locates,
      more: columns.some(({ descriptor }) => descriptor !== undefined) || options.more === true,
      fileEnd: table.fileEnd,
    });
    return yield* filling.finish(rows);
  };
}

function rowsLabel({ label }: TableLayout, columns: readonly Column[]): string {
  return `${columns.length === 1 ? title(columns[0]!) : `${columns.length} columns`} of ${label}`;
}

/** Columns under construction. */
export interface Filling {
  /** Takes rows into the columns of their span. */
  readonly taker: RowTaker;
  /** What the columns hold, with the heap read for those of variable length. `rows` are those that were taken. */
  finish(rows: Rows): Course<ColumnData[]>;
}

type AnyFiller =
  | { readonly descriptors: PartFiller<Descriptors> }
  | { readonly values: PartFiller<ColumnData> };

/** Columns of `count` rows. Takes memory when the first rows come. */
export function startFilling(
  table: LoadedTable,
  columns: readonly Column[],
  count: number,
  options: FillOptions,
): Filling {
  let made: AnyFiller[] | undefined;
  const fillers = (): AnyFiller[] => {
    made ??= columns.map((column) =>
      inColumn(table, column, () =>
        column.descriptor
          ? { descriptors: descriptorFiller(column, count) }
          : { values: columnFiller(column, count, options) },
      ),
    );
    return made;
  };
  return {
    taker: {
      rows: (span, at, fields) => {
        for (const i of span.columns) {
          const column = columns[i]!;
          const own = fieldsOf(column, span, fields);
          inColumn(table, column, () => fillerOf(fillers()[i]!).put(at, own));
        }
      },
      part: (span, at, from, fields) => {
        for (const i of span.columns) {
          const column = columns[i]!;
          inColumn(table, column, () => putPart(fillerOf(fillers()[i]!), column, span, at, from, fields));
        }
      },
    },
    finish: (rows) =>
      together(
        columns.map((column, i) => {
          const filler = fillers()[i]!;
          if ("values" in filler) return done(inColumn(table, column, () => filler.values.finish()));
          return readHeap(table, column, filler.descriptors.finish(), rows, options);
        }),
      )(),
  };
}

function fillerOf(filler: AnyFiller): PartFiller<unknown> {
  return "values" in filler ? filler.values : filler.descriptors;
}

/** Hands a column its share of part of a span. */
function putPart(
  filler: PartFiller<unknown>,
  { offset, width }: Column,
  span: Span,
  at: number,
  from: number,
  fields: Fields,
): void {
  const { bytes } = fields;
  // Where the part lies, from the start of the column's field.
  const start = span.from + from - offset;
  const first = Math.max(0, -start);
  const last = Math.min(bytes.length, width - start);
  if (first < last) filler.putPart(at, start + first, { ...fields, bytes: bytes.subarray(first, last) });
}
