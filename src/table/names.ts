/**
 * Which columns a user means: by name, by number, by glob.
 */
import { FitsError, listed, printable } from "../errors.js";
import type { Column } from "./column.js";
import type { TableLayout } from "./layout.js";
import { storedColumn } from "./stored.js";

/** A column by name (case matters only where names differ by it), by 0-based index, or several by a glob (`mag_*`). */
export type ColumnSelector = string | number;

/**
 * Columns in the order asked for, with `raw` as they are stored. Without selectors all that can be read so, in file
 * order. Throws NO_SUCH_COLUMN.
 */
export function selectColumns(
  table: Pick<TableLayout, "label" | "columns">,
  selectors?: readonly ColumnSelector[],
  raw = false,
): Column[] {
  const chosen = chooseColumns(table, selectors, raw);
  return raw ? chosen.map(storedColumn) : chosen;
}

function chooseColumns(
  table: Pick<TableLayout, "label" | "columns">,
  selectors: readonly ColumnSelector[] | undefined,
  raw: boolean,
): Column[] {
  const readable = table.columns.filter(({ problem, rawOnly }) => !problem && (raw || !rawOnly));
  if (!selectors) return readable;
  return selectors.flatMap((selector) => {
    const exact = findColumn(table, selector);
    if (exact) return [exact];
    const isGlob = typeof selector === "string" && /[*?[]/.test(selector);
    const matches = isGlob ? globbed(readable, selector) : [];
    if (matches.length > 0) return matches;
    throw noSuchColumn(table, selector);
  });
}

/** One column, with `raw` as it is stored. Throws NO_SUCH_COLUMN. */
export function selectColumn(
  table: Pick<TableLayout, "label" | "columns">,
  selector: ColumnSelector,
  raw = false,
): Column {
  const column = findColumn(table, selector);
  if (!column) throw noSuchColumn(table, selector);
  return raw ? storedColumn(column) : column;
}

/** The first column of exactly this name, else the first whose name differs in case only; or that of this index. */
export function findColumn(
  { columns }: Pick<TableLayout, "columns">,
  selector: ColumnSelector,
): Column | undefined {
  if (typeof selector === "number") return columns[selector];
  const exact = columns.find(({ name }) => name === selector);
  if (exact || selector === "") return exact;
  const lower = selector.toLowerCase();
  return columns.find(({ name }) => name.toLowerCase() === lower);
}

function globbed(columns: readonly Column[], glob: string): Column[] {
  const matches = globMatcher(glob);
  return columns.filter(({ name }) => matches(name));
}

/** Matches `*`, `?` without regard to case. Not by RegExp, whose time a hostile name could make explode. */
export function globMatcher(glob: string, any = "*", one = "?"): (text: string) => boolean {
  const pattern = [...glob.toLowerCase()];
  return (text) => {
    const chars = [...text.toLowerCase()];
    let p = 0;
    let star = -1;
    let retry = 0;
    for (let i = 0; i < chars.length; ) {
      if (p < pattern.length && pattern[p] === any) {
        star = p++;
        retry = i;
      } else if (p < pattern.length && (pattern[p] === one || pattern[p] === chars[i])) {
        p++;
        i++;
      } else if (star >= 0) {
        p = star + 1;
        i = ++retry;
      } else return false;
    }
    while (pattern[p] === any) p++;
    return p === pattern.length;
  };
}

/** As many columns as a FITS table may have, and as are read. */
const mostColumns = 999;

function noSuchColumn(
  { label, columns }: Pick<TableLayout, "label" | "columns">,
  selector: ColumnSelector,
): FitsError {
  const names = listed(columns.map(({ name }) => name || "(unnamed)")) || "none";
  const beyond = Number(selector) >= mostColumns ? `: more than ${mostColumns} columns are not read` : "";
  const what =
    typeof selector === "number"
      ? `no column of index ${selector}${beyond}`
      : `no column '${printable(selector)}'`;
  return new FitsError("NO_SUCH_COLUMN", `${label || "the table"} has ${what}; it has ${names}`);
}

/** A name for each column that no other one has: `col3` for the nameless, `flux_2` for the second `flux`. */
export function uniqueNames(columns: readonly Column[]): string[] {
  const taken = new Set(columns.map(({ name }) => name));
  const used = new Set<string>();
  return columns.map(({ name, index }) => {
    const base = name || `col${index + 1}`;
    let unique = base;
    for (let n = 2; used.has(unique) || (unique !== name && taken.has(unique)); n++) unique = `${base}_${n}`;
    used.add(unique);
    return unique;
  });
}
