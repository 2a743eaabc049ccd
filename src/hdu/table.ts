/**
 * A table HDU: its columns, and the ways to read some of them, some of the rows.
 */

import { onAbort } from "../abort.js";
import { checkObject } from "../argument.js";
import { FitsError } from "../errors.js";
import type { Header } from "../header/header.js";
import type { ReadOptions } from "../read/options.js";
import { done, map, type Plan } from "../read/plan.js";
import { type BatchSize, cutBatches, type RowSlice, resolveRows } from "../table/batches.js";
import type { Column } from "../table/column.js";
import { loadTable } from "../table/compressed.js";
import { type Cone, conePredicate } from "../table/cone.js";
import type { Cell, ColumnData } from "../table/data.js";
import { describe, type TableSummary } from "../table/describe.js";
import { tableLayout } from "../table/layout.js";
import { rowList, selectListed } from "../table/listed-rows.js";
import { type ColumnSelector, findColumn, selectColumn, selectColumns, uniqueNames } from "../table/names.js";
import { pauses } from "../table/pause.js";
import { type Predicate, parsePredicate } from "../table/predicate.js";
import { checkEmptyRows, type RowRange, rowAt, rowsCount } from "../table/rows.js";
import { allOf, firstRows, firstSelected, type Request, type Selected, selectRows } from "../table/select.js";
import type { HduLayout, RunPlan, ValueOptions } from "./hdu.js";

/** Which rows of a table. */
export interface RowSelection extends ValueOptions {
  /** The rows that are looked at: `{ start, stop }`, half-open, negative from the end. Default: all. */
  rows?: RowSlice | undefined;
  /** A condition on rows: `"mag < 18 and class == 'STAR'"`; see the guide, Conditions. */
  where?: string | undefined;
  /** Only rows inside a circle on the sky. */
  cone?: Cone | undefined;
  /** At most so many rows, the first of those that pass. */
  limit?: number | undefined;
  /** Rows by their numbers, in this order, in place of `rows`, `where` and `cone`: as sorting or sampling gives them. */
  rowNumbers?: ArrayLike<number> | undefined;
  /**
   * For copies: columns as the bytes that stand in the file, number data of `uint8` and of shape [rows, bytes of a
   * field]; arrays of variable length are lists of bytes, with their descriptors in `stored`. Conditions still see values.
   * Default false.
   */
  bytes?: boolean | undefined;
}

/** Which part of a table. Every way to read a table takes these options. */
export interface TableSelection extends RowSelection {
  /** Names, 0-based indices or globs, in the order wanted. Default: all columns that can be read. */
  columns?: readonly ColumnSelector[] | undefined;
}

export interface ColumnOptions extends ReadOptions, RowSelection {}

export interface SelectOptions extends ReadOptions, TableSelection {}

export interface BatchOptions extends SelectOptions, BatchSize {}

/** Rows of some columns. */
export interface Batch {
  /** Rows of the table that were looked at, half-open. */
  readonly start: number;
  readonly stop: number;
  /** Rows that the batch holds: all that were looked at, without `where` and `cone`. */
  readonly length: number;
  /** Number in the table of the batch's row i. */
  rowNumber(i: number): number;
  /** In the order that was asked for. */
  readonly columns: readonly ColumnData[];
  /** One of `columns`, by its name (as `TableHdu.column` finds it) or its description. Throws NO_SUCH_COLUMN. */
  column(which: string | Column): ColumnData;
}

/**
 * A table: binary, ASCII or compressed, all alike. Rows and columns count from 0, ranges are half-open.
 *
 * `select` reads rows of some columns into memory, and `column` is a selection of one column. `batches` streams a
 * selection of any size, `rows` gives it as objects, `describe` in numbers. All of them take the same selection.
 * Reading throws NO_SUCH_COLUMN, BAD_SELECTION, BAD_ARGUMENT (an invalid condition), BAD_HEADER (a column that
 * cannot be read), BAD_DATA (lying descriptors, text that is no number, corrupt tiles; column and row are named),
 * TRUNCATED, TOO_LARGE, and rejects with the signal's reason when aborted.
 */
export interface TableHdu extends HduLayout {
  readonly kind: "table";
  /** The header; of a compressed table that of the table before compression. */
  readonly header: Header;
  /** Of a compressed table, the HDU as it stands in the file, with its own header. */
  readonly stored?: HduLayout;
  readonly rowCount: number;
  /** Columns in file order. One with a `problem` cannot be read; the others can. */
  readonly columns: readonly Column[];
  /** What is wrong with the table but can be read past, in words. */
  readonly warnings: readonly string[];
  /** Reads one column, by name or 0-based index: the only column of such a selection. */
  column(selector: ColumnSelector, options?: ColumnOptions): Promise<ColumnData>;
  /**
   * Reads a selection as one batch. The columns of a condition are read first, and of the other columns only the rows
   * that pass: nothing of the heap that is not needed.
   */
  select(options?: SelectOptions): Promise<Batch>;
  /**
   * Streams a selection, with one batch read ahead: memory for a few batches, whatever the size of the table. Batches
   * without rows that pass are left out. Leaving the loop, or aborting `signal`, stops the reading.
   */
  batches(options?: BatchOptions): AsyncIterableIterator<Batch>;
  /** Streams rows as objects, for people: columns without a name are `col3`, a second `flux` is `flux_2`. */
  rows(options?: BatchOptions): AsyncIterableIterator<Record<string, Cell>>;
  /** Columns in numbers: count, nulls, least and greatest value, mean. Streamed, as `batches` does. */
  describe(options?: BatchOptions): Promise<TableSummary>;
  /** The plan that `select` runs: pure, reads nothing. Throws as reading does for a selection that makes no sense. */
  plan(selection?: TableSelection): Plan<Batch>;
}

/** What a table needs to know of how its file was opened. */
export interface TableFileOptions {
  /** Bytes that decoding one tile of a compressed table may take. */
  readonly maxTileBytes?: number | undefined;
}

/** Makes the table HDU that `hdu` describes, read by `run`. Loads the decoders of a compressed table. */
export async function tableHdu(
  hdu: HduLayout,
  run: RunPlan,
  { maxTileBytes }: TableFileOptions = {},
): Promise<TableHdu> {
  const table = await loadTable(tableLayout(hdu), { fileEnd: hdu.truncatedAt, maxTileBytes });
  const { label, rowCount } = table;

  function resolve(selection: TableSelection): ListedRequest {
    checkSelection(selection);
    const request = resolveRequest(selection);
    if (selection.rowNumbers === undefined) return request;
    const list = rowList(selection.rowNumbers, rowCount);
    return { ...request, list: list.subarray(0, Math.min(list.length, request.limit)) };
  }

  function resolveRequest(selection: TableSelection): Request {
    const { rows: slice = {}, columns, bytes = false } = selection;
    const raw = bytes || selection.raw === true;
    const rows = resolveRows(slice, rowCount);
    const predicate = predicateOf(selection);
    const limit = limitOf(selection);
    const request = { columns: selectColumns(table, columns, raw), rows, predicate, limit, raw, bytes };
    if (!predicate || predicate.columns.length > 0) return request;
    // A condition on no column holds for all rows, or for none.
    const isTrue = predicate.bind([])(0);
    return {
      ...request,
      predicate: undefined,
      rows: isTrue ? rows : { start: rows.start, stop: rows.start },
    };
  }

  function predicateOf({ where, cone }: TableSelection): Predicate | undefined {
    const predicates: Predicate[] = [];
    if (cone !== undefined) predicates.push(conePredicate(table, cone));
    if (where !== undefined) predicates.push(parsePredicate(where, table.columns));
    return predicates.length > 0 ? allOf(predicates) : undefined;
  }

  const planOf = (request: ListedRequest): Plan<Batch> => {
    const { list } = request;
    if (list) {
      const looked = list.reduce((edges, row) => widened(edges, row), {
        start: list[0] ?? 0,
        stop: list[0] ?? 0,
      });
      return map(selectListed(table, request, list), (selected) => batchOf(label, looked, selected));
    }
    const rows = request.predicate ? request.rows : firstRows(request.rows, request.limit);
    return map(selectRows(table, request), (selected) => batchOf(label, rows, selected));
  };

  async function* stream(options: BatchOptions): AsyncGenerator<Batch, undefined> {
    // Reads nothing: refuses read options that make no sense.
    await run(done(undefined), options);
    const request = resolve(options);
    const { predicate, columns, list } = request;
    const rows = list
      ? { start: 0, stop: list.length }
      : predicate
        ? request.rows
        : firstRows(request.rows, request.limit);
    const looked = predicate ? [...new Set([...columns, ...predicate.columns])] : columns;
    checkEmptyRows(table, looked, rows.stop - rows.start);
    const stop = new AbortController();
    const { signal } = stop;
    const forget = onAbort(options.signal, () => stop.abort(options.signal?.reason));
    const start = async (range: RowRange): Promise<Batch> => {
      const part = list
        ? { list: list.subarray(range.start, range.stop) }
        : { rows: range, limit: Number.POSITIVE_INFINITY };
      return run(planOf({ ...request, ...part }), { ...options, signal });
    };
    const ahead: Promise<Batch>[] = [];
    const pause = pauses();
    let left = request.limit;
    try {
      const ranges = cutBatches(table, looked, rows, options);
      while (left > 0) {
        while (ahead.length < batchesInFlight) {
          const { value: range, done: isLast } = ranges.next();
          if (isLast) break;
          const batch = start(range);
          // A failure is told when the turn of the batch comes, or never if the caller leaves before.
          batch.catch(() => undefined);
          ahead.push(batch);
        }
        const current = await ahead.shift();
        await pause();
        signal.throwIfAborted();
        if (!current) return;
        if (current.length === 0) continue;
        yield firstOf(label, current, left);
        left -= current.length;
      }
    } finally {
      forget();
      stop.abort();
    }
  }

  async function* records(options: BatchOptions): AsyncGenerator<Record<string, Cell>, undefined> {
    checkObject(options);
    const pause = pauses();
    let names: string[] | undefined;
    for await (const batch of stream({ batchBytes: rowsBytes, ...options })) {
      names ??= uniqueNames(batch.columns.map(({ column }) => column));
      for (let i = 0; i < batch.length; i++) {
        if (i % rowsBetweenPauses === 0) await pause();
        options.signal?.throwIfAborted();
        yield Object.fromEntries(names.map((name, c) => [name, batch.columns[c]!.get(i)]));
      }
    }
  }

  return {
    ...hdu,
    header: table.header,
    ...(table.compressed && { stored: hdu }),
    shape: [rowCount, table.rowBytes],
    kind: "table",
    rowCount,
    columns: table.columns,
    warnings: table.warnings,
    column: async (selector, options = {}) => {
      checkColumns([selector]);
      const request = { ...resolve(options), columns: [selectColumn(table, selector, options.raw)] };
      return run(
        map(planOf(request), ({ columns }) => columns[0]!),
        options,
      );
    },
    select: async (options = {}) => run(planOf(resolve(options)), options),
    batches: (options = {}) => stream(options),
    rows: (options = {}) => records(options),
    describe: async (options = {}) => describe(stream(options), resolve(options).columns),
    plan: (selection = {}) => planOf(resolve(selection)),
  };
}

/** Bytes of a batch whose rows are given as objects, which are slow and large: the first rows are there sooner. */
const rowsBytes = 1024 * 1024;

const rowsBetweenPauses = 256;

/** A request for rows by their numbers, or without a list for those that `rows` and a condition choose. */
interface ListedRequest extends Request {
  readonly list?: Float64Array<ArrayBuffer>;
}

function widened({ start, stop }: RowRange, row: number): RowRange {
  return { start: Math.min(start, row), stop: Math.max(stop, row + 1) };
}

/** The batch that is asked for, and one ahead of it. */
const batchesInFlight = 2;

/** Refuses options that would otherwise be ignored, as if there were no selection. */
function checkSelection(selection: TableSelection): void {
  checkObject(selection);
  if ("start" in selection || "stop" in selection) fail("rows are chosen by rows: { start, stop }");
  const { columns, where, cone, rows, rowNumbers } = selection;
  if (columns !== undefined) checkColumns(columns);
  if (rowNumbers !== undefined && (where ?? cone ?? rows) !== undefined)
    fail("rowNumbers take the place of rows, where and cone; leave these out");
  if (where !== undefined && typeof where !== "string") fail("where must be the text of a condition");
  if (cone !== undefined && (typeof cone !== "object" || cone === null))
    fail("cone must be { ra, dec, radius }; parseCone of fitslice/wcs makes one of text");
}

function checkColumns(columns: readonly ColumnSelector[]): void {
  if (!Array.isArray(columns)) fail("columns must be a list of names, indices and globs");
  const wrong = columns.find((column) => typeof column !== "string" && typeof column !== "number");
  if (wrong !== undefined || columns.includes(undefined)) {
    fail(`a column is chosen by name, index or glob, not by ${wrong === null ? "null" : typeof wrong}`);
  }
}

function fail(what: string): never {
  throw new FitsError("BAD_ARGUMENT", what);
}

function limitOf({ limit = Number.POSITIVE_INFINITY }: TableSelection): number {
  if (limit === Number.POSITIVE_INFINITY || (Number.isInteger(limit) && limit >= 0)) return limit;
  throw new FitsError("BAD_ARGUMENT", `limit is ${limit}, not a number of rows`);
}

function batchOf(label: string, { start, stop }: RowRange, { rows, columns }: Selected): Batch {
  return {
    start,
    stop,
    length: rowsCount(rows),
    rowNumber: (i) => rowAt(rows, i),
    columns,
    column: (which) => {
      const own = columns.map(({ column }) => column);
      const found =
        typeof which === "string"
          ? findColumn({ columns: own }, which)
          : own.find(({ index }) => index === which?.index);
      if (found) return columns[own.indexOf(found)]!;
      const name = typeof which === "string" ? which : which?.name;
      throw new FitsError("NO_SUCH_COLUMN", `${label}: column '${name}' was not among those read`);
    },
  };
}

/** The first `limit` rows of a batch. */
function firstOf(label: string, batch: Batch, limit: number): Batch {
  if (batch.length <= limit) return batch;
  const rows = { list: Float64Array.from({ length: batch.length }, (_, i) => batch.rowNumber(i)) };
  return batchOf(label, batch, firstSelected({ rows, columns: batch.columns }, limit));
}
