/**
 * A table with further columns, whose values expressions give: to be selected, streamed and written as every other one.
 */
import { checkList, checkTable } from "../argument.js";
import { FitsError, hduLabel } from "../errors.js";
import type {
  Batch,
  BatchOptions,
  ColumnOptions,
  SelectOptions,
  TableHdu,
  TableSelection,
} from "../hdu/table.js";
import { map, type Plan } from "../read/plan.js";
import type { Column } from "../table/column.js";
import type { Cell, ColumnData } from "../table/data.js";
import { describe } from "../table/describe.js";
import { findColumn, selectColumns, uniqueNames } from "../table/names.js";
import { type ComputedColumn, computedColumn, withColumns } from "./computed-column.js";

/** A column to compute: its name, and an expression in the language of conditions: `-2.5 * log10(flux)`. */
export interface Computation {
  readonly name: string;
  readonly expression: string;
}

/**
 * The table with a column for each computation behind its own. Select them by name. A computed column is float64, int64 (of 64-bit
 * integers alone), logical or text; it has no unit, and is null where a value that it needs is null. Only the columns that it names
 * are read. Conditions (`where`) see the file's columns. Throws BAD_ARGUMENT, saying where in an expression; reading with `raw`
 * throws BAD_ARGUMENT, since expressions are of values.
 */
export function computedTable(table: TableHdu, computations: readonly Computation[]): TableHdu {
  checkTable(table);
  checkList(computations, "the computations", "object");
  const first = table.columns.length;
  const computed = computations.map(({ name, expression }, i) =>
    computedColumn(name, expression, table.columns, first + i),
  );
  const columns = [...table.columns, ...computed.map(({ column }) => column)];
  const label = hduLabel(table);
  const byColumn = new Map<Column, ComputedColumn>(computed.map((one) => [one.column, one]));

  /** What is asked for, and what is read of the file for it. */
  const request = (selection: TableSelection): { chosen: Column[]; read: Column[] } => {
    const chosen = selectColumns({ label, columns }, selection.columns);
    const isComputing = chosen.some((column) => byColumn.has(column));
    if (selection.raw && isComputing)
      throw new FitsError(
        "BAD_ARGUMENT",
        "computed columns are of values, not of stored ones; leave out raw",
      );
    const needed = chosen.flatMap((column) => byColumn.get(column)?.needs ?? [column]);
    return { chosen, read: [...new Set(needed)] };
  };
  const indices = (read: readonly Column[]): number[] => read.map(({ index }) => index);
  const completed = (batch: Batch, chosen: readonly Column[], read: readonly Column[]): Batch => {
    const dataOf = (column: Column): ColumnData => batch.columns[read.indexOf(column)]!;
    return withData(
      batch,
      chosen.map((column) => {
        const own = byColumn.get(column);
        return own ? own.values(own.needs.map(dataOf), batch.length) : dataOf(column);
      }),
      label,
    );
  };

  const plan = (selection: TableSelection = {}): Plan<Batch> => {
    const { chosen, read } = request(selection);
    return map(table.plan({ ...selection, columns: indices(read) }), (batch) =>
      completed(batch, chosen, read),
    );
  };

  async function* batches(options: BatchOptions = {}): AsyncGenerator<Batch, undefined> {
    const { chosen, read } = request(options);
    if (options.bytes) return yield* batchesOfBytes(options, chosen);
    for await (const batch of table.batches({ ...options, columns: indices(read) }))
      yield completed(batch, chosen, read);
  }

  /** The fields of the file as they stand there, computed ones beside; values are read for the rows that pass. */
  async function* batchesOfBytes(
    options: BatchOptions,
    chosen: readonly Column[],
  ): AsyncGenerator<Batch, undefined> {
    if (table.type === "TABLE")
      throw new FitsError(
        "UNSUPPORTED",
        `${label} is an ASCII table, whose copies have no computed columns; write another format`,
      );
    const own = chosen.filter((column) => !byColumn.has(column));
    const needs = [...new Set(chosen.flatMap((column) => byColumn.get(column)?.needs ?? []))];
    for await (const batch of table.batches({ ...options, columns: indices(own) })) {
      const rowNumbers = Float64Array.from({ length: batch.length }, (_, i) => batch.rowNumber(i));
      const { signal } = options;
      const values = await table.select({ columns: indices(needs), rowNumbers, ...(signal && { signal }) });
      yield withData(
        batch,
        chosen.map((column) => {
          const computing = byColumn.get(column);
          if (!computing) return batch.columns[own.indexOf(column)]!;
          const data = computing.needs.map((need) => values.columns[needs.indexOf(need)]!);
          return computing.bytes(data, batch.length);
        }),
        label,
      );
    }
  }

  const select = async (options: SelectOptions = {}): Promise<Batch> => {
    const { chosen, read } = request(options);
    if (!options.bytes)
      return completed(await table.select({ ...options, columns: indices(read) }), chosen, read);
    for await (const batch of batchesOfBytes({ ...options, batchRows: Number.MAX_SAFE_INTEGER }, chosen))
      return batch;
    const none = { ...options, bytes: false, rowNumbers: undefined, rows: { start: 0, stop: 0 } };
    return completed(await table.select({ ...none, columns: indices(read) }), chosen, read);
  };

  async function* rows(options: BatchOptions = {}): AsyncGenerator<Record<string, Cell>, undefined> {
    for await (const batch of batches(options)) {
      const names = uniqueNames(batch.columns.map(({ column }) => column));
      for (let i = 0; i < batch.length; i++)
        yield Object.fromEntries(names.map((name, c) => [name, batch.columns[c]!.get(i)]));
    }
  }

  return {
    ...table,
    columns,
    header: withColumns(table.header, columns.slice(first)),
    plan,
    select,
    batches,
    rows,
    column: async (selector, options: ColumnOptions = {}) =>
      (await select({ ...options, columns: [selector] })).columns[0]!,
    describe: async (options: BatchOptions = {}) => describe(batches(options), request(options).chosen),
  };
}

function withData(batch: Batch, columns: readonly ColumnData[], label: string): Batch {
  const own = columns.map(({ column }) => column);
  return {
    ...batch,
    columns,
    column: (which) => {
      const found = typeof which === "string" ? findColumn({ columns: own }, which) : which;
      const at = own.findIndex(({ index }) => index === found?.index);
      if (at >= 0) return columns[at]!;
      const name = typeof which === "string" ? which : which?.name;
      throw new FitsError("NO_SUCH_COLUMN", `${label}: column '${name}' was not among those read`);
    },
  };
}
