/**
 * Tables as ECSV 1.0 (Astropy Proposal for Enhancement 6): CSV behind a header in YAML that has types, units, descriptions.
 */
import { checkObject, checkTable } from "../argument.js";
import type { BatchOptions, TableHdu } from "../hdu/table.js";
import type { Column } from "../table/column.js";
import type { Cell } from "../table/data.js";
import { uniqueNames } from "../table/names.js";
import { exportedBatches, exportedColumns } from "./columns.js";
import { csvQuoter } from "./csv.js";
import { cellWriter, utf8Chunks } from "./value.js";

const rowsInPiece = 512;

/**
 * A table as ECSV in UTF-8, which astropy's `Table.read(path, format="ascii.ecsv")` reads with types, units, descriptions, UCDs (in
 * `meta`) and nulls. Vectors and arrays of variable length are cells of JSON, as ECSV has them; complex numbers, which it lacks, are
 * arrays with a last axis of two. Nulls and empty text are `""`. Streams: memory for some batches.
 */
export function toEcsv(table: TableHdu, options: BatchOptions = {}): AsyncGenerator<Uint8Array, undefined> {
  checkTable(table);
  checkObject(options);
  return utf8Chunks(lines(table, options));
}

async function* lines(table: TableHdu, options: BatchOptions): AsyncGenerator<string, undefined> {
  const columns = exportedColumns(table, options);
  const names = uniqueNames(columns);
  const quote = csvQuoter({ delimiter: " " });
  // Readers may split at any blank.
  const text = (value: string): string =>
    /^$|\s/.test(value) ? `"${value.replaceAll('"', '""')}"` : quote(value);
  yield [
    "# %ECSV 1.0",
    "# ---",
    "# datatype:",
    ...columns.map((column, c) => `# - ${fieldOf(column, names[c]!)}`),
    ...(table.name === "" ? [] : ["# meta: !!omap", `# - {EXTNAME: ${JSON.stringify(table.name)}}`]),
    "# schema: astropy-2.0",
    `${names.map(text).join(" ")}\n`,
  ].join("\n");
  for await (const batch of exportedBatches(table, columns, options)) {
    const writers = batch.columns.map((data) => cellWriter(data, (cell) => cellText(cell, text)));
    for (let row = 0; row < batch.length; ) {
      let piece = "";
      for (const stop = Math.min(batch.length, row + rowsInPiece); row < stop; row++) {
        for (let c = 0; c < writers.length; c++) piece += (c > 0 ? " " : "") + writers[c]!(row);
        piece += "\n";
      }
      yield piece;
    }
  }
}

/** Type of the column, and of the elements where cells are arrays; ECSV has no complex numbers: pairs. */
function typeOf({ dtype, shape, descriptor, cellShape }: Column): { datatype: string; subtype?: string } {
  const isText = dtype === "string";
  const isComplex = dtype === "complex64" || dtype === "complex128";
  if (shape.length === 0 && !isComplex && (!descriptor || isText)) return { datatype: dtype };
  if (isText || cellShape || (isComplex && descriptor)) return { datatype: "string", subtype: "json" };
  const element = isComplex ? (dtype === "complex64" ? "float32" : "float64") : dtype;
  const sizes = descriptor ? [null] : [...shape, ...(isComplex ? [2] : [])];
  return { datatype: "string", subtype: `${element}${JSON.stringify(sizes)}` };
}

/** A column in YAML's flow style; JSON is YAML, too. */
function fieldOf(column: Column, name: string): string {
  const { unit, description, ucd } = column;
  const field = {
    name,
    ...(unit && { unit }),
    ...typeOf(column),
    ...(description && { description }),
    ...(ucd && { meta: { ucd } }),
  };
  const pairs = Object.entries(field).map(([key, value]) => `${key}: ${yaml(value)}`);
  return `{${pairs.join(", ")}}`;
}

/** Text of JSON with only ASCII in it: YAML forbids some characters that JSON has as they are. */
function yaml(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function cellText(cell: Cell, text: (value: string) => string): string {
  if (cell === null) return '""';
  if (typeof cell === "string") return text(cell);
  if (typeof cell === "number") return numberText(cell);
  if (typeof cell === "boolean") return cell ? "True" : "False";
  return typeof cell === "object" ? text(arrayText(cell)) : String(cell);
}

/** As Python's `float` reads numbers. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0.0" : String(value);
}

/** An array as the JSON that Python's reader takes: with NaN and Infinity. */
function arrayText(cell: Cell): string {
  if (cell === null) return "null";
  if (typeof cell === "number") return Object.is(cell, -0) ? "-0.0" : String(cell);
  if (typeof cell === "string") return JSON.stringify(cell);
  return typeof cell === "object" ? `[${cell.map(arrayText).join(",")}]` : String(cell);
}
