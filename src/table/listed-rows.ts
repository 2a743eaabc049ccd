/**
 * Rows by their numbers, in any order: each is read once, in the order of the file, and put into the order wanted.
 */
import { FitsError } from "../errors.js";
import { map, type Plan } from "../read/plan.js";
import type { LoadedTable } from "./compressed.js";
import { readColumns } from "./read.js";
import { takeRows } from "./rearrange.js";
import type { Request, Selected } from "./select.js";

/** Row numbers as a list of its own. Throws BAD_ARGUMENT for what is no list, BAD_SELECTION for a number that is no row. */
export function rowList(numbers: ArrayLike<number>, rowCount: number): Float64Array<ArrayBuffer> {
  if (typeof numbers !== "object" || !Number.isSafeInteger(Object(numbers).length))
    throw new FitsError("BAD_ARGUMENT", "rowNumbers must be a list of row numbers");
  const list = Float64Array.from(numbers);
  for (const row of list) {
    if (!Number.isInteger(row) || row < 0 || row >= rowCount)
      throw new FitsError(
        "BAD_SELECTION",
        `rowNumbers has ${row}, and the table's ${rowCount} rows count from 0`,
      );
  }
  return list;
}

/** The plan of a request for the rows of a list. */
export function selectListed(
  table: LoadedTable,
  { columns, raw, bytes }: Pick<Request, "columns" | "raw" | "bytes">,
  list: Float64Array<ArrayBuffer>,
): Plan<Selected> {
  const inFile = list.slice().sort();
  let count = 0;
  for (const row of inFile) if (count === 0 || row !== inFile[count - 1]) inFile[count++] = row;
  const read = inFile.subarray(0, count);
  const rows = count === 0 ? { start: 0, stop: 0 } : { list: read };
  const isInOrder = count === list.length && list.every((row, i) => row === read[i]);
  return map(readColumns(table, columns, rows, { raw, bytes }), (data) => {
    if (isInOrder) return { rows, columns: data };
    const places = list.map((row) => placeOf(read, row));
    return { rows: { list }, columns: data.map((values) => takeRows(values, places)) };
  });
}

/** Where a row stands in a list in order that has it. */
function placeOf(sorted: Float64Array, row: number): number {
  let low = 0;
  for (let high = sorted.length - 1; low < high; ) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
