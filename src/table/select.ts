/**
 * Columns of the rows that pass a condition: the condition's columns are read first, of the others only those rows.
 */
import { allocate } from "../array.js";
import { type Course, map, type Plan, together } from "../read/plan.js";
import { cutBatches } from "./batches.js";
import type { Column } from "./column.js";
import type { LoadedTable } from "./compressed.js";
import type { ColumnData } from "./data.js";
import { columnFiller, inColumn } from "./fill.js";
import type { Fields, FillOptions } from "./gather.js";
import { checkReadable, type TableLayout } from "./layout.js";
import type { Predicate, RowTest } from "./predicate.js";
import { readColumns, startFilling } from "./read.js";
import { concatRows, takeRows } from "./rearrange.js";
import {
  fieldsOf,
  isUncut,
  type RowRange,
  type Rows,
  type RowTaker,
  readRows,
  rowAt,
  rowSpans,
  rowsCount,
  type Span,
} from "./rows.js";

/** Rows of a table, and the values of some columns in them. */
export interface Selected {
  readonly rows: Rows;
  readonly columns: readonly ColumnData[];
}

/** What to read of a table. Not to be changed. */
export interface Request {
  readonly columns: readonly Column[];
  /** The rows that are looked at. */
  readonly rows: RowRange;
  readonly predicate: Predicate | undefined;
  /** At most so many rows, the first of those that pass. */
  readonly limit: number;
  readonly raw: boolean;
  /** The bytes of the file in place of values; goes with `raw`. */
  readonly bytes: boolean;
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

/**
 * The plan of a request. With a condition and a limit rows are looked at a batch at a time, each twice as long as the
 * one before, until enough have passed; else all of them are one step.
 */
export function selectRows(table: LoadedTable, request: Request): Plan<Selected> {
  const { columns, predicate, limit, raw, bytes } = request;
  const rows = predicate ? request.rows : firstRows(request.rows, limit);
  if (!predicate)
    return map(readColumns(table, columns, rows, { raw, bytes }), (data) => ({ rows, columns: data }));
  checkReadable(table, columns, raw);
  checkReadable(table, predicate.columns);
  if (limit >= rows.stop - rows.start)
    return () => readPassing(table, columns, rows, predicate, limit, { raw, bytes });
  return function* () {
    const parts: Selected[] = [];
    let left = limit;
    const looked = [...new Set([...columns, ...predicate.columns])];
    for (const batch of doubling(cutBatches(table, looked, rows))) {
      if (left <= 0) break;
      const found = yield* readPassing(table, columns, batch, predicate, left, { raw, bytes });
      left -= rowsCount(found.rows);
      parts.push(found);
    }
    if (parts.length > 0) return joined(parts);
    const none = { start: rows.start, stop: rows.start };
    return { rows: none, columns: yield* readColumns(table, columns, none, { raw, bytes })() };
  };
}

/** The first rows of a range. */
export function firstRows({ start, stop }: RowRange, limit: number): RowRange {
  return { start, stop: Math.min(stop, start + limit) };
}

/** Most batches that are looked at in one step. */
const mostTogether = 16;

/** Batches put together: one, then two, four, and so on. */
function* doubling(batches: Iterable<RowRange>): Generator<RowRange, undefined> {
  let wanted = 1;
  let count = 0;
  let start = 0;
  let last: RowRange | undefined;
  for (const batch of batches) {
    if (count === 0) start = batch.start;
    last = batch;
    if (++count < wanted) continue;
    yield { start, stop: batch.stop };
    wanted = Math.min(2 * wanted, mostTogether);
    count = 0;
  }
  if (last && count > 0) yield { start, stop: last.stop };
}

/** Reads columns of the first `most` rows of `range` that pass. */
function* readPassing(
  table: LoadedTable,
  columns: readonly Column[],
  range: RowRange,
  predicate: Predicate,
  most: number,
  options: FillOptions,
): Course<Selected> {
  const spans = rowSpans(predicate.columns, table.rowBytes);
  const [span] = spans;
  if (!table.compressed && span && spans.length === 1 && isUncut(span))
    return yield* readAsTested(table, columns, range, predicate, span, most, options);
  const data = yield* readColumns(table, predicate.columns, range, { more: true })();
  const rows = passing(range, predicate.bind(data), most);
  const others = columns.filter((column) => options.raw || !predicate.columns.includes(column));
  const read = yield* readColumns(table, others, rows, options)();
  const places = Float64Array.from({ length: rowsCount(rows) }, (_, i) => rowAt(rows, i) - range.start);
  return {
    rows,
    columns: columns.map((column) => {
      const own = others.indexOf(column);
      return own >= 0 ? read[own]! : takeRows(data[predicate.columns.indexOf(column)]!, places);
    }),
  };
}

/** The numbers of the first `most` rows that pass; the range itself where all do. */
function passing(range: RowRange, test: RowTest, most: number): Rows {
  const count = range.stop - range.start;
  const list = allocate("float64", count);
  let found = 0;
  for (let i = 0; i < count && found < most; i++) if (test(i)) list[found++] = range.start + i;
  return found === count ? range : { list: list.slice(0, found) };
}

/** Rows of one chunk that passed, copied out of borrowed bytes. */
interface Kept {
  readonly at: number;
  readonly list: Float64Array;
  readonly bytes: Uint8Array;
}

/**
 * Tests rows as they land, and keeps those that pass. The condition's columns lie in one span of the row; the columns
 * that lie there too are filled from what was kept, the others are read for the rows that passed.
 */
function* readAsTested(
  table: LoadedTable,
  columns: readonly Column[],
  range: RowRange,
  predicate: Predicate,
  span: Span,
  most: number,
  options: FillOptions,
): Course<Selected> {
  const kept: Kept[] = [];
  const isInside = ({ offset, width }: Column): boolean => offset >= span.from && offset + width <= span.to;
  const isAll = columns.every((column) => isInside(column) && column.descriptor === undefined);
  yield* readRows(
    table,
    `rows of ${table.label} that pass`,
    [span],
    range,
    keeper(table, range, predicate, kept),
    { fileEnd: table.fileEnd, more: !isAll || most < range.stop - range.start },
  );
  kept.sort((a, b) => a.at - b.at);
  const passed = kept.reduce((n, { list }) => n + list.length, 0);
  const count = Math.min(passed, most);
  const list = allocate("float64", count);
  const inside = columns.filter(isInside);
  const filling = startFilling(table, inside, count, options);
  const places: Span = { ...span, columns: inside.map((_, i) => i) };
  const stride = span.to - span.from;
  let at = 0;
  for (const { list: own, bytes } of kept) {
    const some = Math.min(own.length, count - at);
    if (some === 0) continue;
    list.set(own.subarray(0, some), at);
    filling.taker.rows(places, at, { bytes, base: 0, stride, count: some, row: (i) => own[i]! });
    at += some;
  }
  const rows: Rows = count === range.stop - range.start ? range : { list };
  const outside = columns.filter((column) => !isInside(column));
  const [filled, read] = yield* together([
    () => filling.finish(rows),
    readColumns(table, outside, rows, options),
  ])();
  return {
    rows,
    columns: columns.map((column) =>
      isInside(column) ? filled[inside.indexOf(column)]! : read[outside.indexOf(column)]!,
    ),
  };
}

function keeper(table: TableLayout, range: RowRange, predicate: Predicate, kept: Kept[]): RowTaker {
  return {
    rows: (span, at, fields) => {
      const data = predicate.columns.map((column) => decode(table, column, span, fields));
      kept.push(keep(at, range.start, fields, span.to - span.from, predicate.bind(data)));
    },
    // `readPassing` gives this only spans that are not cut.
    part: () => undefined,
  };
}

function decode(table: TableLayout, column: Column, span: Span, fields: Fields): ColumnData {
  return inColumn(table, column, () => {
    const filler = columnFiller(column, fields.count);
    filler.put(0, fieldsOf(column, span, fields));
    return filler.finish();
  });
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

/** Selections of the same columns, one after the other. */
function joined(parts: readonly Selected[]): Selected {
  const [first] = parts;
  if (!first || parts.length === 1) return first!;
  const list = allocate(
    "float64",
    parts.reduce((n, { rows }) => n + rowsCount(rows), 0),
  );
  let at = 0;
  for (const { rows } of parts) for (let i = 0; i < rowsCount(rows); i++) list[at++] = rowAt(rows, i);
  return {
    rows: { list },
    columns: first.columns.map((_, c) => concatRows(parts.map(({ columns }) => columns[c]!))),
  };
}

/** The first rows of a selection. */
export function firstSelected({ rows, columns }: Selected, limit: number): Selected {
  if (rowsCount(rows) <= limit) return { rows, columns };
  const places = Float64Array.from({ length: limit }, (_, i) => i);
  return {
    rows: { list: places.map((i) => rowAt(rows, i)) },
    columns: columns.map((data) => takeRows(data, places)),
  };
}
