/**
 * Columns of the rows that pass a condition: the condition's columns are read first, of the others only those rows.
 */
import { allocate } from "../array.js";
import { chain, done, type Plan } from "../read/plan.js";
import type { Column } from "./column.js";
import type { ColumnData } from "./data.js";
import { columnFiller } from "./fill.js";
import type { Fields } from "./gather.js";
import { checkReadable, type TableLayout } from "./layout.js";
import type { Predicate, RowTest } from "./predicate.js";
import { fillerOf, fillRows, finishColumns, type ReadColumnsOptions, readColumns } from "./read.js";
import { takeRows } from "./rearrange.js";
import {
  fieldsOf,
  type Rows,
  readRows,
  readsWholeRows,
  rowAt,
  rowSpans,
  rowsCount,
  type Span,
} from "./rows.js";

/** The rows that passed: their 0-based numbers in the table, and their values. */
export interface Selected {
  readonly rows: Rows;
  readonly columns: readonly ColumnData[];
}

/** The condition that all of these make together. */
export function allOf(predicates: readonly Predicate[]): Predicate {
  if (predicates.length === 1) return predicates[0]!;
  const columns = [...new Set(predicates.flatMap((predicate) => predicate.columns))];
  return {
    columns,
    bind: (data) => {
      const tests = predicates.map((predicate) =>
        predicate.bind(predicate.columns.map((column) => data[columns.indexOf(column)]!)),
      );
      return (i) => tests.every((test) => test(i));
    },
  };
}

/** Reads columns of the rows of `start..stop` that pass. */
export function readSelected(
  table: TableLayout,
  columns: readonly Column[],
  range: { readonly start: number; readonly stop: number },
  predicate: Predicate,
  options: ReadColumnsOptions = {},
): Plan<Selected> {
  checkReadable(table, columns, options.raw);
  checkReadable(table, predicate.columns);
  const spans = rowSpans(predicate.columns, table.rowBytes);
  // Where the condition's columns cost whole rows anyway, the other columns of these rows are there for nothing.
  if (!table.compressed && readsWholeRows(spans, table.rowBytes)) {
    return readOnce(table, columns, range, predicate, spans[0]!, options);
  }
  return chain(readColumns(table, predicate.columns, range, { memory: options.memory }), (data) => {
    const rows = passing(range, predicate.bind(data));
    const others = columns.filter((column) => options.raw || !predicate.columns.includes(column));
    return chain(readColumns(table, others, rows, options), (read) => {
      const places = relative(rows, range.start);
      const result = columns.map((column) => {
        const own = others.indexOf(column);
        return own >= 0 ? read[own]! : takeRows(data[predicate.columns.indexOf(column)]!, places);
      });
      return done({ rows, columns: result });
    });
  });
}

/** The numbers of the rows that pass; the range itself where all do. */
function passing(range: { readonly start: number; readonly stop: number }, test: RowTest): Rows {
  const count = range.stop - range.start;
  const list = allocate("float64", count);
  let found = 0;
  for (let i = 0; i < count; i++) if (test(i)) list[found++] = range.start + i;
  return found === count ? range : { list: list.slice(0, found) };
}

function relative(rows: Rows, start: number): Float64Array {
  return Float64Array.from({ length: rowsCount(rows) }, (_, i) => rowAt(rows, i) - start);
}

/** Rows of one chunk that passed, copied out of bytes that were lent. */
interface Kept {
  readonly at: number;
  readonly list: Float64Array;
  readonly bytes: Uint8Array;
}

function readOnce(
  table: TableLayout,
  columns: readonly Column[],
  range: { readonly start: number; readonly stop: number },
  predicate: Predicate,
  span: Span,
  options: ReadColumnsOptions,
): Plan<Selected> {
  const kept: Kept[] = [];
  return readRows(
    table,
    `rows of ${table.label} that pass`,
    [span],
    range,
    (_, at, fields) => {
      const data = predicate.columns.map((column) => decode(column, span, fields));
      kept.push(keep(at, range.start, fields, span.to - span.from, predicate.bind(data)));
    },
    () => finishKept(table, columns, kept, options),
    options,
  );
}

function decode(column: Column, span: Span, fields: Fields): ColumnData {
  const filler = columnFiller(column, fields.count);
  filler.put(0, fieldsOf(column, span, fields));
  return filler.finish();
}

function keep(at: number, start: number, fields: Fields, width: number, test: RowTest): Kept {
  const places: number[] = [];
  for (let i = 0; i < fields.count; i++) if (test(i)) places.push(i);
  const bytes = allocate("uint8", places.length * width);
  for (const [to, place] of places.entries()) {
    const from = fields.base + place * fields.stride;
    bytes.set(fields.bytes.subarray(from, from + width), to * width);
  }
  return { at, list: Float64Array.from(places, (place) => start + at + place), bytes };
}

function finishKept(
  table: TableLayout,
  columns: readonly Column[],
  kept: Kept[],
  options: ReadColumnsOptions,
): Plan<Selected> {
  kept.sort((a, b) => a.at - b.at);
  const list = allocate(
    "float64",
    kept.reduce((n, piece) => n + piece.list.length, 0),
  );
  const fillers = columns.map((column) => fillerOf(column, list.length, options));
  const fill = fillRows(columns, fillers);
  const whole: Span = { from: 0, to: table.rowBytes, columns: columns.map((_, i) => i) };
  let at = 0;
  for (const { list: own, bytes } of kept) {
    list.set(own, at);
    fill(whole, at, { bytes, base: 0, stride: table.rowBytes, count: own.length, row: (i) => own[i]! });
    at += own.length;
  }
  const rows: Rows = { list };
  return chain(finishColumns(table, columns, fillers, rows, options), (data) =>
    done({ rows, columns: data }),
  );
}
