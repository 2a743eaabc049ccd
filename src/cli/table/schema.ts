/**
 * What the columns of a table are, by its header.
 */
import type { Column, TableHdu, TableSelection } from "fitslice";
import { alignColumns, counted, printable, tell, toJson, write } from "../output.js";

/** One column as `--schema --json` tells it. */
function facts(column: Column): object {
  const {
    name,
    index,
    format,
    dtype,
    unit,
    shape,
    descriptor,
    scale,
    zero,
    ucd,
    description,
    display,
    problem,
  } = column;
  return {
    name: name || `col${index + 1}`,
    index,
    format,
    dtype,
    shape: [...shape],
    variable: descriptor !== undefined,
    unit: unit ?? null,
    null: column.null ?? null,
    scale,
    zero,
    display,
    ucd: ucd ?? null,
    description: description ?? null,
    problem,
  };
}

/** Shows the columns; of a selection those that it names. */
export async function showSchema(
  table: TableHdu,
  selection: TableSelection,
  { json }: { json?: boolean },
): Promise<void> {
  const none = { columns: selection.columns, rows: { start: 0, stop: 0 } };
  const columns = selection.columns
    ? (await table.select(none)).columns.map(({ column }) => column)
    : table.columns;
  const { index: hdu, name, rowCount: rows } = table;
  if (json) return write(`${toJson({ hdu, name, rows, columns: columns.map(facts) })}\n`);
  const lines = columns.map((column) => {
    const { dtype, shape, descriptor, unit = "", ucd = "", description = "", problem } = column;
    const size = descriptor && dtype !== "string" ? "variable" : shape.join(" x ");
    const none = column.null === undefined ? "" : String(column.null);
    const label = column.name || `col${column.index + 1}`;
    return [label, dtype, column.format, size, unit, none, ucd, problem ?? description].map(printable);
  });
  await write(
    `${alignColumns([["column", "type", "format", "shape", "unit", "null", "UCD", "description"], ...lines]).join("\n")}\n`,
  );
  tell(counted(rows, "row"));
}
