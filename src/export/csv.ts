/**
 * Tables as CSV (RFC 4180).
 */
import { checkObject, checkTable } from "../argument.js";
import { FitsError } from "../errors.js";
import type { BatchOptions, TableHdu } from "../hdu/table.js";
import type { Cell } from "../table/data.js";
import { uniqueNames } from "../table/names.js";
import { exportedBatches, exportedColumns } from "./columns.js";
import { cellWriter, jsonCell, utf8Chunks } from "./value.js";

export interface CsvOptions extends BatchOptions {
  /** Between fields: one character that is no quote, no line end and no part of a number or word. Default a comma. */
  delimiter?: string;
  /**
   * For spreadsheets, which run text as a formula that begins with `=`, `+`, `-` or `@`, also behind tabs and line
   * ends: such text gets an apostrophe in front, and all text is quoted. Numbers stay as they are. Default false: text
   * as the file has it.
   */
  escapeFormulas?: boolean | undefined;
}

/**
 * A table as CSV in UTF-8: a line of names, then a line for each row. Nulls are empty (`""` where they are the only field), NaN and infinities as words,
 * logicals true and false, vectors, arrays and complex numbers as JSON in one field. Streams: memory for some batches.
 */
export function toCsv(table: TableHdu, options: CsvOptions = {}): AsyncGenerator<Uint8Array, undefined> {
  checkTable(table);
  checkObject(options);
  return utf8Chunks(lines(table, options));
}

const rowsInPiece = 512;

async function* lines(table: TableHdu, options: CsvOptions): AsyncGenerator<string, undefined> {
  const delimiter = options.delimiter ?? ",";
  if (typeof delimiter !== "string" || !/^[^"\r\n\w.+\p{Cs}-]$/u.test(delimiter)) {
    const given = typeof delimiter === "string" ? JSON.stringify(delimiter) : String(delimiter);
    throw new FitsError(
      "BAD_ARGUMENT",
      `delimiter is ${given}, not one character that is no quote, no line end and no part of a number or word`,
    );
  }
  const quote = csvQuoter({ ...options, delimiter });
  const columns = exportedColumns(table, options);
  const names = uniqueNames(columns);
  // A line without anything is no row to most readers.
  const empty = columns.length === 1 ? '""' : "";
  yield `${names.map(quote).join(delimiter)}\r\n`;
  const text = (cell: Cell): string => {
    if (cell === null) return empty;
    if (typeof cell === "string") return quote(cell) || empty;
    if (typeof cell === "object") return quote(jsonCell(cell));
    return Object.is(cell, -0) ? "-0.0" : String(cell);
  };
  for await (const batch of exportedBatches(table, columns, options)) {
    const writers = batch.columns.map((data) => cellWriter(data, text));
    for (let row = 0; row < batch.length; ) {
      let piece = "";
      for (const stop = Math.min(batch.length, row + rowsInPiece); row < stop; row++) {
        for (let c = 0; c < writers.length; c++) piece += (c > 0 ? delimiter : "") + writers[c]!(row);
        piece += "\r\n";
      }
      yield piece;
    }
  }
}

/** How text becomes a field of CSV (RFC 4180), as `toCsv` writes text: in quotes where that is needed, or `escapeFormulas` asks. */
export function csvQuoter(
  options: Pick<CsvOptions, "delimiter" | "escapeFormulas"> = {},
): (text: string) => string {
  checkObject(options);
  const { delimiter = ",", escapeFormulas = false } = options;
  if (escapeFormulas) return quoteHarmless;
  return (text) => {
    if (!/["\r\n]/.test(text) && !text.includes(delimiter) && text.trim() === text) return text;
    return `"${text.replaceAll('"', '""')}"`;
  };
}

/** Text that spreadsheets show and do not run. */
function quoteHarmless(text: string): string {
  const shown = /^[\s\p{Cc}]*[=+\-@\uff0b\uff0d\uff1d\uff20]|^[\t\r\n]/u.test(text) ? `'${text}` : text;
  return `"${shown.replaceAll('"', '""')}"`;
}
