/**
 * Row numbers: those of a selection in the order of some columns, or some of them at random.
 */
import { checkList, checkObject, checkTable } from "../argument.js";
import { FitsError } from "../errors.js";
import type { BatchOptions, TableHdu } from "../hdu/table.js";
import { resolveRows } from "../table/batches.js";
import { type Column, title } from "../table/column.js";
import type { ColumnData } from "../table/data.js";
import { type ColumnSelector, selectColumn } from "../table/names.js";
import { concatRows } from "../table/rearrange.js";

/** A column to sort by. */
export interface SortKey {
  readonly column: ColumnSelector;
  /** Default false. */
  readonly descending?: boolean | undefined;
}

/** More row numbers than that are not held. */
const mostRows = 2 ** 24;

/**
 * The numbers of the rows that pass, in the order of the keys: numbers by value, text by its characters, false before true; nulls and
 * NaN come last either way, rows that are alike in the order of the file. To be given to `rowNumbers`. Only the columns of the keys and of the
 * condition are read; memory for these. `limit` counts after sorting. Throws WRONG_TYPE for a column of arrays or complex
 * numbers, TOO_LARGE for more than 2^24 rows.
 */
export async function sortedRowNumbers(
  table: TableHdu,
  keys: readonly SortKey[],
  options: BatchOptions = {},
): Promise<Float64Array<ArrayBuffer>> {
  checkTable(table);
  checkList(keys, "the keys", "object");
  checkObject(options);
  const { limit = Number.POSITIVE_INFINITY, raw: _, ...selection } = options;
  const columns = keys.map(({ column }) => sortable(selectColumn({ ...table, label: table.name }, column)));
  const rows: number[] = [];
  const parts: (readonly ColumnData[])[] = [];
  for await (const batch of table.batches({ ...selection, columns: columns.map(({ index }) => index) })) {
    if (rows.length + batch.length > mostRows)
      throw new FitsError(
        "TOO_LARGE",
        `more than ${mostRows} rows to sort; choose fewer by a condition, or sort a Parquet file of them by DuckDB`,
      );
    parts.push(batch.columns);
    for (let i = 0; i < batch.length; i++) rows.push(batch.rowNumber(i));
  }
  if (rows.length === 0) return new Float64Array(0);
  const compare = keys.map(({ descending = false }, k) =>
    comparison(concatRows(parts.map((part) => part[k]!)), descending),
  );
  const places = Uint32Array.from(rows, (_, i) => i).sort((a, b) => {
    for (const one of compare) {
      const order = one(a, b);
      if (order !== 0) return order;
    }
    return a - b;
  });
  return Float64Array.from(places.subarray(0, Math.min(limit, places.length)), (place) => rows[place]!);
}

function sortable(column: Column): Column {
  const { shape, descriptor, dtype } = column;
  if (shape.length === 0 && (!descriptor || dtype === "string") && !dtype.startsWith("complex"))
    return column;
  throw new FitsError("WRONG_TYPE", `${title(column)} holds arrays or complex numbers, which have no order`);
}

function comparison(data: ColumnData, descending: boolean): (a: number, b: number) => number {
  const sign = descending ? -1 : 1;
  const cells = data.kind === "number" && data.nullCount === 0 ? data.data : [...data];
  return (a, b) => {
    const [x, y] = [cells[a] as number | null, cells[b] as number | null];
    const [noX, noY] = [x === null || Number.isNaN(x), y === null || Number.isNaN(y)];
    if (noX || noY) return Number(noX) - Number(noY);
    return x! < y! ? -sign : x! > y! ? sign : 0;
  };
}

export interface SampleOptions extends BatchOptions {
  /** The same seed gives the same rows. Default 0. */
  readonly seed?: number | undefined;
}

/**
 * The numbers of `count` of the rows that pass, chosen at random, each with the same chance, in the order of the file; all where fewer
 * pass. To be given to `rowNumbers`. Without a condition nothing is read, with one its columns. Throws BAD_ARGUMENT, and TOO_LARGE
 * for more than 2^24 rows.
 */
export async function sampledRowNumbers(
  table: TableHdu,
  count: number,
  options: SampleOptions = {},
): Promise<Float64Array<ArrayBuffer>> {
  checkTable(table);
  checkObject(options);
  const { seed = 0, limit = Number.POSITIVE_INFINITY, ...selection } = options;
  if (!Number.isSafeInteger(count) || count < 0)
    throw new FitsError("BAD_ARGUMENT", `a sample of ${count} rows; it is a whole number from 0 on`);
  if (!Number.isSafeInteger(seed))
    throw new FitsError("BAD_ARGUMENT", `the seed is ${seed}, not a whole number`);
  if (count > mostRows)
    throw new FitsError("TOO_LARGE", `a sample has at most ${mostRows} rows, not ${count}`);
  const random = generator(seed);
  const isAny = selection.where === undefined && selection.cone === undefined;
  const chosen = isAny
    ? ofRange(table, selection, count, random)
    : await ofPassing(table, selection, count, random);
  return Float64Array.from(chosen).sort().subarray(0, Math.min(limit, count));
}

/** Floyd's choice of `count` out of a range (Bentley 1987): as many random numbers as rows. */
function ofRange(
  table: TableHdu,
  { rows = {} }: BatchOptions,
  count: number,
  random: () => number,
): Iterable<number> {
  const { start, stop } = resolveRows(rows, table.rowCount);
  const chosen = new Set<number>();
  for (let last = Math.max(start, stop - count); last < stop; last++) {
    const row = start + Math.floor(random() * (last + 1 - start));
    chosen.add(chosen.has(row) ? last : row);
  }
  return chosen;
}

/** A reservoir (Vitter's algorithm R): how many rows pass is not known before. */
async function ofPassing(
  table: TableHdu,
  selection: BatchOptions,
  count: number,
  random: () => number,
): Promise<number[]> {
  const chosen: number[] = [];
  let seen = 0;
  for await (const batch of table.batches({ ...selection, columns: [] })) {
    for (let i = 0; i < batch.length; i++, seen++) {
      if (chosen.length < count) chosen.push(batch.rowNumber(i));
      else {
        const place = Math.floor(random() * (seen + 1));
        if (place < count) chosen[place] = batch.rowNumber(i);
      }
    }
  }
  return chosen;
}

/** Numbers from 0 to 1 with 53 random bits: of two 32-bit steps of Mulberry32. */
function generator(seed: number): () => number {
  let state = (seed ^ Math.floor(seed / 2 ** 32)) | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}
