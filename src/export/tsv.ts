/**
 * Tables as tab-separated values, as IANA's text/tab-separated-values has them: no quotes.
 */
import { checkObject, checkTable } from "../argument.js";
import type { BatchOptions, TableHdu } from "../hdu/table.js";
import type { Cell } from "../table/data.js";
import { uniqueNames } from "../table/names.js";
import { exportedBatches, exportedColumns } from "./columns.js";
import { cellWriter, jsonCell, utf8Chunks } from "./value.js";

const rowsInPiece = 512;

/**
 * A table as TSV in UTF-8: a line of names, then a line for each row. Cells are those of `toCsv`; the format has no quotes, so that tabs,
 * line ends and backslashes of text are written `\t`, `\n`, `\r`, `\\`. Nulls are empty. Streams: memory for some batches.
 */
export function toTsv(table: TableHdu, options: BatchOptions = {}): AsyncGenerator<Uint8Array, undefined> {
  checkTable(table);
  checkObject(options);
  return utf8Chunks(lines(table, options));
}

async function* lines(table: TableHdu, options: BatchOptions): AsyncGenerator<string, undefined> {
  const columns = exportedColumns(table, options);
  yield `${uniqueNames(columns).map(escaped).join("\t")}\n`;
  for await (const batch of exportedBatches(table, columns, options)) {
    const writers = batch.columns.map((data) => cellWriter(data, cellText));
    for (let row = 0; row < batch.length; ) {
      let piece = "";
      for (const stop = Math.min(batch.length, row + rowsInPiece); row < stop; row++) {
        for (let c = 0; c < writers.length; c++) piece += (c > 0 ? "\t" : "") + writers[c]!(row);
        piece += "\n";
      }
      yield piece;
    }
  }
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "string") return escaped(cell);
  if (typeof cell === "object") return escaped(jsonCell(cell));
  return Object.is(cell, -0) ? "-0.0" : String(cell);
}

const escapes: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\" };

function escaped(text: string): string {
  return text.replace(/[\t\n\r\\]/g, (character) => escapes[character]!);
}
