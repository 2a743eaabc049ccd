/**
 * Lists as text: CSV with any of the usual delimiters, ECSV, and columns with blanks between them.
 */
import { checkList, checkMembers } from "../argument.js";
import { FitsError } from "../errors.js";

/** Rows and columns. */
export interface List {
  readonly columns: readonly string[];
  readonly length: number;
  /** The value in a row, counted from 0: text, a number, a list; empty or null where there is none. */
  value(row: number, column: string): unknown;
  /** The unit of a column's numbers, where the list tells it: FITS tables and ECSV do. */
  unit?(column: string): string | undefined;
  /** Where a row, counted from 0, stands in what was read: `line 7`. Default: `row 6`, counted from 1. */
  place?(row: number): string;
}

/** Throws BAD_ARGUMENT for what is no list. */
export function checkTargetList(list: List): void {
  checkMembers(list, ["columns", "value"], "a list", "what parseList gives");
  checkList(list.columns, "the columns", "string");
}

/** A list of lines. Tells now and then how many rows it has read. Throws BAD_ARGUMENT for text that is no list. */
export async function textList(text: string, onRows: (count: number) => void = () => {}): Promise<List> {
  if (text.slice(0, 4096).includes("\0"))
    throw new FitsError("BAD_ARGUMENT", "the list is neither text nor Parquet nor FITS");
  const lines = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  const comments: string[] = [];
  let [start, end] = [0, 0];
  for (; start < lines.length; start = end + 1) {
    end = lines.indexOf("\n", start);
    if (end < 0) end = lines.length;
    const line = lines.slice(start, end);
    if (line.trim() === "") continue;
    if (!/^\s*#/.test(line)) break;
    comments.push(line);
  }
  if (start >= lines.length) throw new FitsError("BAD_ARGUMENT", "the list is empty");
  const delimiter = delimiterOf(lines.slice(start, end));
  // Lines keep their numbers, which errors tell.
  const before = lines.slice(0, start).split("\n").length - 1;
  const rest = "\n".repeat(before) + lines.slice(start);
  const { parse } = await import("csv-parse/sync");
  const { cells, length, ends } = fieldsOf(
    parse,
    delimiter === " " ? squeezed(rest) : rest,
    delimiter,
    onRows,
  );
  const units = ecsvUnits(comments);
  const row = cells.map((column) => column[0]!);
  const header = headerBefore(comments, row);
  const columns = (header ?? row).map((name) => name.trim());
  const skipped = header ? 0 : 1;
  const places = new Map([...columns.entries()].reverse().map(([i, name]) => [name, i]));
  return {
    columns,
    length: length - skipped,
    value: (row, column) => cells[places.get(column) ?? -1]?.[row + skipped],
    unit: (column) => units.get(column),
    place: (row) => `line ${ends[row + skipped]}`,
  };
}

/** The units that the header of an ECSV file gives, by column: `# - {name: ra, unit: rad, datatype: float64}`. */
function ecsvUnits(comments: readonly string[]): Map<string, string> {
  const units = new Map<string, string>();
  const text = comments.map((line) => line.trim().replace(/^#\s?/, "")).join(" ");
  if (!/^%ECSV\b/.test(text)) return units;
  for (const [, column = ""] of text.matchAll(/- *\{([^{}]*)\}/g)) {
    const [name, unit] = ["name", "unit"].map((key) => {
      const found = new RegExp(`(?:^|, *)${key}: *(?:"([^"]*)"|'([^']*)'|([^,]*))`).exec(column);
      return (found?.[1] ?? found?.[2] ?? found?.[3])?.trim();
    });
    if (name && unit) units.set(name, unit);
  }
  return units;
}

/** What stands between the names: the one of these that is there most often, else blanks. */
function delimiterOf(line: string): string {
  const unquoted = line.replace(/"[^"]*"/g, "");
  const counts = [",", ";", "\t", "|"].map((mark) => [mark, unquoted.split(mark).length - 1] as const);
  const [mark, count] = counts.reduce((a, b) => (b[1] > a[1] ? b : a));
  if (count > 0) return mark;
  return /\S\s+\S/.test(unquoted.trim()) ? " " : ",";
}

/** Columns with blanks between them, with one blank each. */
function squeezed(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim().replace(/("(?:[^"]|"")*")|[ \t]+/g, (all, quoted) => (quoted ? all : " ")))
    .join("\n");
}

/** Rows from one word of progress to the next. */
const toldRows = 1000;
/** Most texts of which one copy is held, where they come again: names of files do. */
const mostShared = 65_536;

/** The fields, column by column, and the line where each row ends. That takes less memory than an array for each row. Of the columns that the first row has. */
function fieldsOf(
  parse: typeof import("csv-parse/sync").parse,
  text: string,
  delimiter: string,
  onRows: (count: number) => void,
): { cells: (string | undefined)[][]; length: number; ends: number[] } {
  let cells: (string | undefined)[][] | undefined;
  let length = 0;
  const ends: number[] = [];
  const known = new Map<string, string>();
  const shared = (field: string): string => {
    const before = known.get(field);
    if (before === undefined && known.size < mostShared) known.set(field, field);
    return before ?? field;
  };
  try {
    parse(text, {
      delimiter,
      comment: "#",
      comment_no_infix: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: delimiter !== " ",
      on_record(fields: readonly string[], { lines }) {
        ends.push(lines);
        cells ??= fields.map(() => []);
        for (const [i, column] of cells.entries()) {
          const field = fields[i];
          column.push(field === undefined ? undefined : shared(field));
        }
        if (++length % toldRows === 0) onRows(length);
        return null;
      },
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FitsError("BAD_ARGUMENT", `the list cannot be read: ${why}`, { cause });
  }
  return { cells: cells ?? [], length, ends };
}

/** The names in a comment before the rows (`# ra dec`), where the first line that is no comment is a row of numbers. */
function headerBefore(comments: readonly string[], row: readonly string[]): string[] | undefined {
  if (!row.some((field) => field.trim() !== "" && Number.isFinite(Number(field)))) return undefined;
  for (const comment of [...comments].reverse()) {
    const text = comment.trim().replace(/^#+\s*/, "");
    const [names = []] = text === "" ? [] : [text.split(/[,;|\t]|\s+/).filter((name) => name !== "")];
    if (names.length === row.length) return names;
  }
  return undefined;
}
