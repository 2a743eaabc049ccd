/**
 * Tables as columnar JSON: order and duplicate names of columns are kept.
 */
import { checkObject, checkTable } from "../argument.js";
import type { Batch, BatchOptions, TableHdu } from "../hdu/table.js";
import type { Column } from "../table/column.js";
import { uniqueNames } from "../table/names.js";
import { exportedBatches, exportedColumns } from "./columns.js";
import { cellWriter, jsonCell, utf8Chunks } from "./value.js";

/** Tables whose rows take less than this are read once and held; of larger ones the columns are read one by one. */
const heldBytes = 64 * 1024 * 1024;

/**
 * A table as `{"rows","columns":[{"name","format","unit","values":[...]}]}` in UTF-8. Nulls are null, NaN and infinities
 * the strings "NaN", "Infinity", "-Infinity", complex numbers [re, im], vectors and variable-length cells arrays, 64-bit
 * integers exact; columns without a name are `col3`, units that the file does not give null. A large table is read once for every column, so
 * that it takes memory for a few batches only.
 */
export function toJson(table: TableHdu, options: BatchOptions = {}): AsyncGenerator<Uint8Array, undefined> {
  checkTable(table);
  checkObject(options);
  return utf8Chunks(pieces(table, options));
}

async function* pieces(table: TableHdu, options: BatchOptions): AsyncGenerator<string, undefined> {
  const columns = exportedColumns(table, options);
  const batches: Batch[] = [];
  const isSmall = table.shape[0]! * table.shape[1]! + table.dataSize <= heldBytes;
  if (isSmall) for await (const batch of exportedBatches(table, columns, options)) batches.push(batch);
  const rows = isSmall ? total(batches) : await countRows(table, options);
  yield `{"rows":${rows},"columns":[`;
  const names = columnNames(columns);
  for (const [c, column] of columns.entries()) {
    yield `${c > 0 ? "," : ""}${opening(column, names[c]!)}`;
    const source = isSmall
      ? batches
      : exportedBatches(table, [column], { ...options, columns: [column.index] });
    let first = true;
    for await (const batch of source) {
      const write = cellWriter(batch.columns[isSmall ? c : 0]!, jsonCell);
      for (let row = 0; row < batch.length; ) {
        let piece = "";
        for (const stop = Math.min(batch.length, row + 4096); row < stop; row++) {
          piece += first ? write(row) : `,${write(row)}`;
          first = false;
        }
        yield piece;
      }
    }
    yield "]}";
  }
  yield "]}\n";
}

/** Names as the file has them, duplicates too; `col3` for a column without one, as in every other format. */
function columnNames(columns: readonly Column[]): string[] {
  const unique = uniqueNames(columns);
  return columns.map(({ name }, c) => name || unique[c]!);
}

function opening({ format, unit }: Column, name: string): string {
  const label = { name, format, unit: unit ?? null };
  return `${JSON.stringify(label).slice(0, -1)},"values":[`;
}

function total(batches: readonly Batch[]): number {
  return batches.reduce((n, { length }) => n + length, 0);
}

/** Rows that pass, of a table that is not held: from its conditions' columns alone. */
async function countRows(table: TableHdu, options: BatchOptions): Promise<number> {
  let rows = 0;
  for await (const batch of table.batches({ ...options, columns: [] })) rows += batch.length;
  return rows;
}
