/**
 * A table of headers as text: CSV, JSON, NDJSON, and aligned columns. Values are as they stand in the headers, whatever
 * those of other files are.
 */
import { numberJson, printable } from "../output.js";
import type { Cell, Column, Row } from "./rows.js";

export type TextFormat = "csv" | "json" | "ndjson" | "text";

/** The pieces of a table of these columns; with `csvSafe` no spreadsheet runs text of CSV as a formula. */
export async function* textOf(
  format: TextFormat,
  columns: readonly Column[],
  rows: AsyncIterable<Row> | Iterable<Row>,
  csvSafe: boolean,
): AsyncGenerator<string, undefined> {
  if (format === "text") yield* aligned(columns, rows);
  else if (format === "csv") {
    const { csvQuoter } = await import("fitslice/export");
    const quote = csvQuoter({ escapeFormulas: csvSafe });
    yield csvLine(
      columns.map(({ name }) => name),
      quote,
    );
    for await (const row of rows) yield csvLine(row, quote);
  } else {
    const names = columns.map(({ name }) => JSON.stringify(name));
    const object = (row: Row): string => `{${row.map((cell, c) => `${names[c]}:${json(cell)}`).join(",")}}`;
    if (format === "json") yield "[";
    let count = 0;
    for await (const row of rows) {
      const before = format === "json" ? `${count > 0 ? "," : ""}\n` : "";
      yield `${before}${object(row)}${format === "json" ? "" : "\n"}`;
      count++;
    }
    if (format === "json") yield "\n]\n";
  }
}

/** Text is quoted as `toCsv` quotes text; no value is an empty field. */
function csvLine(row: Row, quote: (text: string) => string): string {
  const field = (cell: Cell): string => (typeof cell === "string" ? quote(cell) : String(cell ?? ""));
  return `${row.map(field).join(",")}\r\n`;
}

function json(cell: Cell): string {
  if (cell === undefined) return "null";
  return typeof cell === "number" || typeof cell === "bigint" ? numberJson(cell) : JSON.stringify(cell);
}

/** Longer cells are cut on a terminal. */
const widestCell = 32;

async function* aligned(
  columns: readonly Column[],
  rows: AsyncIterable<Row> | Iterable<Row>,
): AsyncGenerator<string, undefined> {
  // Where no file failed, there is nothing to say about it.
  const shown = columns.filter(({ name, kind }) => name !== "error" || kind !== "none");
  const isShort = process.stdout.isTTY;
  const widths = shown.map(({ width, kind, name }) => {
    const least = Math.max(width, kind === "none" ? 2 : 0);
    return isShort && name !== "file" ? Math.min(least, Math.max(widestCell, name.length)) : least;
  });
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((text, c) => (isRight(shown[c]!) ? text.padStart(widths[c]!) : text.padEnd(widths[c]!)))
      .join("  ")
      .trimEnd()}\n`;
  yield line(shown.map(({ name }) => printable(name)));
  for await (const row of rows) {
    const cells = columns.flatMap((column, c) => (shown.includes(column) ? [row[c]] : []));
    yield line(cells.map((cell, c) => cellText(cell, widths[c]!)));
  }
}

function isRight({ kind }: Column): boolean {
  return kind === "int" || kind === "float";
}

function cellText(cell: Cell, width: number): string {
  if (cell === undefined) return "--";
  if (typeof cell === "boolean") return cell ? "T" : "F";
  const text = printable(String(cell));
  return process.stdout.isTTY && text.length > width ? `${text.slice(0, width - 1)}…` : text;
}
