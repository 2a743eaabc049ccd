/**
 * Tables as newline-delimited JSON: one object a row.
 */
import { checkObject, checkTable } from "../argument.js";
import type { BatchOptions, TableHdu } from "../hdu/table.js";
import { uniqueNames } from "../table/names.js";
import { exportedBatches, exportedColumns } from "./columns.js";
import { cellWriter, jsonCell, utf8Chunks } from "./value.js";

/**
 * A table as NDJSON in UTF-8: cells as in the columnar JSON, names made unique (`flux_2`, `col3`). Streams: memory for
 * some batches.
 */
export function toNdjson(table: TableHdu, options: BatchOptions = {}): AsyncGenerator<Uint8Array, undefined> {
  checkTable(table);
  checkObject(options);
  return utf8Chunks(lines(table, options));
}

const rowsInPiece = 512;

async function* lines(table: TableHdu, options: BatchOptions): AsyncGenerator<string, undefined> {
  const columns = exportedColumns(table, options);
  const names = uniqueNames(columns);
  const keys = names.map((name, c) => `${c > 0 ? "," : "{"}${JSON.stringify(name)}:`);
  for await (const batch of exportedBatches(table, columns, options)) {
    const writers = batch.columns.map((data) => cellWriter(data, jsonCell));
    for (let row = 0; row < batch.length; ) {
      let piece = "";
      for (const stop = Math.min(batch.length, row + rowsInPiece); row < stop; row++) {
        if (writers.length === 0) piece += "{";
        for (let c = 0; c < writers.length; c++) piece += keys[c]! + writers[c]!(row);
        piece += "}\n";
      }
      yield piece;
    }
  }
}
