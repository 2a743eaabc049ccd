/**
 * A table HDU: its columns, and the ways to read some of them, some of the rows.
 */
import { onAbort } from "../abort.js";
import { FitsError, hduLabel } from "../errors.js";
import type { Header } from "../header/header.js";
import type { ReadOptions } from "../read/options.js";
import { chain, done, type Plan } from "../read/plan.js";
import { type BatchSize, cutBatches, type RowRange, type RowSlice, resolveRows } from "../table/batches.js";
import type { Column } from "../table/column.js";
import type { Cone } from "../table/cone-text.js";
import type { Cell, ColumnData } from "../table/data.js";
import type { TableSummary } from "../table/describe.js";
import { tableLayout } from "../table/layout.js";
import { type ColumnSelector, findColumn, selectColumn, selectColumns, uniqueNames } from "../table/names.js";
import type { Predicate } from "../table/predicate.js";
import { readColumns, readColumnsInParts } from "../table/read.js";
import { concatRows, takeRows } from "../table/rearrange.js";
import { rowAt, rowsCount } from "../table/rows.js";
import type { Selected } from "../table/select.js";
import type { HduLayout } from "./hdu.js";
import type { RunPlan, ValueOptions } from "./image.js";

/** Rows of one column: `start..stop`, 0-based, half-open, negative from the end; all by default. */
export interface ColumnOptions extends ReadOptions, ValueOptions, RowSlice {}

/** Which part of a table. */
export interface TableSelection extends ValueOptions {
  /** Names, 0-based indices or globs, in the order wanted. Default: all columns that can be read. */
  columns?: readonly ColumnSelector[] | undefined;
  /** Which rows are looked at. Default: all. */
  rows?: RowSlice | undefined;
  /** A condition on rows: `"mag < 18 and class == 'STAR'"`; see the guide, Conditions. */
  where?: string | undefined;
  /** Only rows inside a circle on the sky. */
  cone?: Cone | undefined;
  /** At most so many rows, of those that pass. */
  limit?: number | undefined;
}

export interface SelectOptions extends ReadOptions, TableSelection {}

export interface BatchOptions extends SelectOptions, BatchSize {}

/** Rows of some columns. */
export interface Batch {
  /** Rows that the batch looked at, half-open. */
  readonly start: number;
  readonly stop: number;
  /** Rows that it holds: all of those, without `where` and `cone`. */
  readonly length: number;
  /** Number in the table of the batch's row i. */
  rowNumber(i: number): number;
  readonly columns: readonly ColumnData[];
  /** One of the columns, by name or by its index in the table. Throws NO_SUCH_COLUMN. */
  column(selector: ColumnSelector): ColumnData;
}

/**
 * A table: binary, ASCII or compressed, all alike. Rows and columns count from 0, ranges are half-open. Reading throws
 * NO_SUCH_COLUMN, BAD_ARGUMENT (a condition that is none), BAD_HEADER (a column that cannot be read), BAD_DATA (lying
 * descriptors, text that is no number, corrupt tiles; column and row are named), TRUNCATED, TOO_LARGE.
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
  /** Reads one column. */
  column(selector: ColumnSelector, options?: ColumnOptions): Promise<ColumnData>;
  /** Reads several columns together, each as one array; without `selectors` all that can be read. */
  readColumns(selectors?: readonly ColumnSelector[], options?: ColumnOptions): Promise<ColumnData[]>;
  /**
   * Reads the rows that pass `where` and `cone`, as one batch. The condition's columns are read first, and of the
   * others only these rows: nothing of the heap that is not needed.
   */
  select(options?: SelectOptions): Promise<Batch>;
  /**
   * Streams batches of rows, with one batch read ahead: memory for a few of them, whatever the size of the table.
   * With a condition nothing is read between the heap's parts that are wanted (`optimize: "bytes"` unless given).
   * Batches without rows that pass are left out. Leaving the loop stops the reading.
   */
  batches(options?: BatchOptions): AsyncIterableIterator<Batch>;
  /** Streams rows as objects, for people: columns without a name are `col3`, a second `flux` is `flux_2`. */
  rows(options?: BatchOptions): AsyncIterableIterator<Record<string, Cell>>;
  /** Columns in numbers: count, nulls, least and greatest value, mean. Streamed, as `batches` does. */
  describe(options?: BatchOptions): Promise<TableSummary>;
  /** The plan of a read, without `limit`: pure, reads nothing. Of conditions, over all rows at once. */
  plan(selection?: TableSelection): Promise<Plan<Batch>>;
}

/** The table HDU that `hdu` describes, read by `run`. */
export function tableHdu(hdu: HduLayout, run: RunPlan): TableHdu {
  const table = tableLayout(hdu);
  const label = hduLabel(hdu);

  const readAll = (columns: readonly Column[], options: ColumnOptions): Promise<ColumnData[]> =>
    readColumnsInParts(table, columns, resolveRows(options, table.rowCount), { raw: options.raw }, (plan) =>
      run(plan, options),
    );

  const resolve = async (selection: TableSelection): Promise<Resolved> => ({
    columns: selectColumns(table, selection.columns, selection.raw),
    rows: resolveRows(selection.rows ?? {}, table.rowCount),
    predicate: await predicateOf(selection),
    raw: selection.raw ?? false,
  });

  /** Conditions are loaded when one is used. */
  async function predicateOf({ where, cone }: TableSelection): Promise<Predicate | undefined> {
    const predicates: Predicate[] = [];
    if (cone) predicates.push((await import("../table/cone.js")).conePredicate(table, cone));
    if (where !== undefined) {
      predicates.push((await import("../table/predicate.js")).parsePredicate(where, table.columns));
    }
    return predicates.length > 0 ? (await import("../table/select.js")).allOf(predicates) : undefined;
  }

  async function planOf(
    { columns, predicate, raw }: Resolved,
    rows: RowRange,
    memory?: ArrayBuffer,
  ): Promise<Plan<Batch>> {
    if (!predicate) {
      return chain(readColumns(table, columns, rows, { raw, memory }), (data) =>
        done(batchOf(label, rows, { rows, columns: data })),
      );
    }
    const { readSelected } = await import("../table/select.js");
    return chain(readSelected(table, columns, rows, predicate, { raw, memory }), (found) =>
      done(batchOf(label, rows, found)),
    );
  }

  async function* stream(options: BatchOptions): AsyncGenerator<Batch, undefined> {
    // Options that make no sense are told as by any other read.
    await run(done(undefined), options);
    let left = limitOf(options);
    const resolved = await resolve(options);
    const { predicate, columns } = resolved;
    const rows = predicate ? resolved.rows : firstRows(resolved.rows, left);
    const stop = new AbortController();
    const { signal } = stop;
    const forget = onAbort(options.signal, () => stop.abort(options.signal?.reason));
    // What a read gives has left these bytes when it is done, so those under way take turns in using them.
    const memory: ArrayBuffer[] = [];
    let started = 0;
    const start = async (range: RowRange): Promise<Batch> => {
      const turn = started++ % readsInFlight;
      if (!table.compressed) {
        memory[turn] ??= new ArrayBuffer(Math.min(batchMemory, (range.stop - range.start) * table.rowBytes));
      }
      return run(await planOf(resolved, range, memory[turn]), { ...sparing(predicate), ...options, signal });
    };
    const ahead: Promise<Batch>[] = [];
    try {
      const looked = predicate ? [...new Set([...columns, ...predicate.columns])] : columns;
      const ranges = cutBatches(table, looked, rows, options);
      for (;;) {
        while (ahead.length < readsInFlight && left > 0) {
          const { value: range, done: isLast } = ranges.next();
          if (isLast || !range) break;
          const batch = start(range);
          // Its failure is told when its turn comes, or never if the caller leaves before.
          batch.catch(() => undefined);
          ahead.push(batch);
        }
        const current = await ahead.shift();
        if (!current || left <= 0) return;
        if (current.length === 0) continue;
        yield firstOf(label, current, left);
        left -= current.length;
      }
    } finally {
      forget();
      stop.abort();
    }
  }

  async function select(options: SelectOptions = {}): Promise<Batch> {
    const resolved = await resolve(options);
    const limit = limitOf(options);
    if (!resolved.predicate) return run(await planOf(resolved, firstRows(resolved.rows, limit)), options);
    const batches: Batch[] = [];
    for await (const batch of stream(options)) batches.push(batch);
    const { rows } = resolved;
    if (batches.length > 0) return joined(label, rows, batches);
    return run(
      await planOf({ ...resolved, predicate: undefined }, { start: rows.start, stop: rows.start }),
      options,
    );
  }

  async function* records(options: BatchOptions): AsyncGenerator<Record<string, Cell>, undefined> {
    const names = uniqueNames(selectColumns(table, options.columns, options.raw));
    for await (const batch of stream({ batchBytes: rowsBytes, ...options })) {
      for (let i = 0; i < batch.length; i++) {
        yield Object.fromEntries(names.map((name, c) => [name, batch.columns[c]!.get(i)]));
      }
    }
  }

  return {
    ...hdu,
    header: table.header,
    ...(table.compressed && { stored: hdu }),
    shape: [table.rowCount, table.rowBytes],
    kind: "table",
    rowCount: table.rowCount,
    columns: table.columns,
    warnings: table.warnings,
    column: async (selector, options = {}) => {
      const [data] = await readAll([selectColumn(table, selector)], options);
      return data!;
    },
    readColumns: async (selectors, options = {}) =>
      readAll(selectColumns(table, selectors, options.raw), options),
    select,
    batches: (options = {}) => stream(options),
    rows: (options = {}) => records(options),
    describe: async (options = {}) => {
      const { describe } = await import("../table/describe.js");
      return describe(stream(options), selectColumns(table, options.columns, options.raw));
    },
    plan: async (selection = {}) => {
      const resolved = await resolve(selection);
      return planOf(resolved, resolved.rows);
    },
  };
}

/** Rows as objects are slow and large: smaller batches show the first ones sooner. */
const rowsBytes = 1024 * 1024;

/** Batches that read more bytes of rows than this do it in several steps. */
const batchMemory = 32 * 1024 * 1024;

/** The batch that is asked for, and one ahead of it. */
const readsInFlight = 2;

/** Rows that pass are few: what lies between their parts of the heap is not read, unless the caller wants it so. */
function sparing(predicate: Predicate | undefined): ReadOptions {
  return predicate ? { optimize: "bytes" } : {};
}

interface Resolved {
  readonly columns: readonly Column[];
  readonly rows: RowRange;
  readonly predicate: Predicate | undefined;
  readonly raw: boolean;
}

function limitOf({ limit = Number.POSITIVE_INFINITY }: TableSelection): number {
  if (limit === Number.POSITIVE_INFINITY || (Number.isInteger(limit) && limit >= 0)) return limit;
  throw new FitsError("BAD_ARGUMENT", `limit is ${limit}, not a number of rows`);
}

function firstRows({ start, stop }: RowRange, limit: number): RowRange {
  return { start, stop: Math.min(stop, start + limit) };
}

function batchOf(label: string, { start, stop }: RowRange, { rows, columns }: Selected): Batch {
  return {
    start,
    stop,
    length: rowsCount(rows),
    rowNumber: (i) => rowAt(rows, i),
    columns,
    column: (selector) => {
      const own = columns.map(({ column }) => column);
      const found =
        typeof selector === "number"
          ? own.find(({ index }) => index === selector)
          : findColumn({ columns: own }, selector);
      if (found) return columns[own.indexOf(found)]!;
      throw new FitsError("NO_SUCH_COLUMN", `${label}: column '${selector}' was not among those read`);
    },
  };
}

/** The first `limit` rows of a batch. */
function firstOf(label: string, batch: Batch, limit: number): Batch {
  if (batch.length <= limit) return batch;
  const places = Float64Array.from({ length: limit }, (_, i) => i);
  const rows = { list: places.map((i) => batch.rowNumber(i)) };
  return batchOf(label, batch, { rows, columns: batch.columns.map((data) => takeRows(data, places)) });
}

function joined(label: string, range: RowRange, batches: readonly Batch[]): Batch {
  const first = batches[0]!;
  const list = new Float64Array(batches.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const batch of batches) for (let i = 0; i < batch.length; i++) list[at++] = batch.rowNumber(i);
  const columns = first.columns.map((_, c) => concatRows(batches.map((batch) => batch.columns[c]!)));
  return batchOf(label, range, { rows: { list }, columns });
}
