/**
 * Which columns of a table are exported, and the batches of these.
 */
import { FitsError } from "../errors.js";
import type { Batch, BatchOptions, TableHdu } from "../hdu/table.js";
import { resolveRows } from "../table/batches.js";
import { type Column, title } from "../table/column.js";
import { selectColumns } from "../table/names.js";

/** A header may claim 2^53 rows without bytes, and CSV and NDJSON have a line for each row. */
const mostEmptyRows = 2 ** 24;

/** The columns that `options` ask for. Throws NO_SUCH_COLUMN, and TOO_LARGE for more than 2^24 rows without bytes. */
export function exportedColumns(table: TableHdu, options: BatchOptions): Column[] {
  const columns = selectColumns({ ...table, label: table.name }, options.columns, options.raw);
  if (columns.some(({ width }) => width > 0)) return columns;
  const { start, stop } = resolveRows(options.rows ?? {}, table.rowCount);
  const rows = Math.min(stop - start, options.limit ?? Number.POSITIVE_INFINITY);
  if (rows > mostEmptyRows) {
    const which = `HDU ${table.index}${table.name && ` "${table.name}"`}`;
    throw new FitsError(
      "TOO_LARGE",
      `${which}: ${rows} rows whose columns have no bytes; export at most ${mostEmptyRows} of them`,
    );
  }
  return columns;
}

/** The batches of these columns. Throws WRONG_TYPE where values are of another type than their column's. */
export async function* exportedBatches(
  table: TableHdu,
  columns: readonly Column[],
  options: BatchOptions,
): AsyncGenerator<Batch, undefined> {
  for await (const batch of table.batches(options)) {
    for (const [i, column] of columns.entries()) checkType(column, batch.columns[i]!.dtype);
    yield batch;
  }
}

function checkType(column: Column, dtype: string): void {
  if (dtype === column.dtype) return;
  throw new FitsError(
    "WRONG_TYPE",
    `${title(column)}: a batch holds ${dtype} values, the column is of ${column.dtype}`,
  );
}
