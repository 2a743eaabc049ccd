/**
 * Lists as VOTable (IVOA), in the serialization TABLEDATA: the first table.
 */
import { FitsError } from "../errors.js";
import type { List } from "./list-text.js";

/** Whether a text is a VOTable. */
export function isVotable(text: string): boolean {
  return /^\ufeff?\s*</.test(text) && /<(\w{1,64}:)?VOTABLE[\s>]/.test(text.slice(0, 65_536));
}

interface Table {
  readonly columns: string[];
  readonly units: Map<string, string>;
  readonly rows: (readonly string[])[];
  /** The line where each row begins. */
  readonly lines: number[];
}

/** The rows of a VOTable. Throws BAD_ARGUMENT for one without rows as text, and for what is no XML. */
export async function votableList(text: string): Promise<List> {
  const { columns, units, rows, lines } = await firstTable(text);
  const places = new Map([...columns.entries()].reverse().map(([i, name]) => [name, i]));
  return {
    columns,
    length: rows.length,
    value: (row, column) => rows[row]?.[places.get(column) ?? -1],
    unit: (column) => units.get(column),
    place: (row) => `line ${lines[row]}`,
  };
}

async function firstTable(text: string): Promise<Table> {
  const { SaxesParser } = await import("saxes");
  const parser = new SaxesParser();
  const table: Table = { columns: [], units: new Map(), rows: [], lines: [] };
  let where: "before" | "inside" | "behind" = "before";
  let encoding: string | undefined;
  let row: string[] = [];
  let cell: string | undefined;
  parser.on("opentag", ({ name, attributes }) => {
    const tag = name.replace(/^.*:/, "");
    if (where === "before" && tag === "FIELD") addField(table, attributes);
    else if (where === "before" && /^(BINARY2?|FITS)$/.test(tag)) encoding ??= tag;
    else if (where === "before" && tag === "TABLEDATA") where = "inside";
    else if (where === "inside" && tag === "TR") {
      row = [];
      table.lines.push(parser.line);
    } else if (where === "inside" && tag === "TD") cell = "";
  });
  parser.on("closetag", ({ name }) => {
    const tag = name.replace(/^.*:/, "");
    if (tag === "TABLEDATA") where = "behind";
    if (where !== "inside") return;
    if (tag === "TR") table.rows.push(row);
    else if (tag === "TD") row.push(cell!.trim());
    if (tag === "TD") cell = undefined;
  });
  const add = (piece: string): void => {
    if (cell !== undefined) cell += piece;
  };
  parser.on("text", add);
  parser.on("cdata", add);
  try {
    parser.write(text).close();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FitsError("BAD_ARGUMENT", `the VOTable cannot be read: ${why}`, { cause });
  }
  if (encoding !== undefined)
    throw new FitsError(
      "BAD_ARGUMENT",
      `the rows of the VOTable are ${encoding}, and only TABLEDATA is read; save the list as CSV or as FITS`,
    );
  if (where === "before" || table.columns.length === 0)
    throw new FitsError("BAD_ARGUMENT", "the VOTable has no table with rows (TABLEDATA)");
  return table;
}

function addField({ columns, units }: Table, attributes: Readonly<Record<string, string>>): void {
  const { name, ID, unit } = attributes;
  const column = name ?? ID ?? `col${columns.length + 1}`;
  if (unit) units.set(column, unit);
  columns.push(column);
}
