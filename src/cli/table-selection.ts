/**
 * Which columns and rows of a table the command line asks for.
 */
import { type Command, InvalidArgumentError } from "commander";
import type { Column, ColumnSelector, Cone, TableHdu, TableSelection } from "fitslice";
import type { Computation } from "fitslice/export";
import { badUsage } from "./failure.js";
import { wholeNumber } from "./options.js";
import { tellWarning } from "./output.js";

export interface RowOptions {
  columns?: string;
  rows?: { start?: number; stop?: number };
  where?: string;
  cone?: string;
  coneColumns?: string;
  limit?: number;
}

/** Adds --columns, --rows, --where, --cone. */
export function rowOptions(command: Command): void {
  command
    .option(
      "--columns <a,b,c>",
      "names, globs (mag_*) or positions from 0, in the order wanted (default: all)",
    )
    .option(
      "--rows <start:stop>",
      "rows looked at: from 0, end excluded, negative from the end (default: all)",
      rowSlice,
    )
    .option("--where <condition>", "only rows that pass: mag < 18 and class == 'STAR'")
    .option(
      "--cone <'RA DEC RADIUS'>",
      "only rows in a circle on the sky: 10.68 41.27 5', 0:42:44 41:16:9 30arcsec, 'gal 121.2 -21.6 0.1'",
    )
    .option("--cone-columns <lon,lat>", "the coordinate columns (default: recognized by UCD, name, unit)");
}

function rowSlice(text: string): { start?: number; stop?: number } {
  const match = /^\s*([+-]?\d+)?\s*:\s*([+-]?\d+)?\s*$/.exec(text);
  if (!match) throw new InvalidArgumentError("It must be like 0:1000, :50 or -10:.");
  return {
    ...(match[1] !== undefined && { start: Number(match[1]) }),
    ...(match[2] !== undefined && { stop: Number(match[2]) }),
  };
}

/** Adds --limit. */
export function limitOption(command: Command): void {
  command.option("--limit <n>", "at most so many rows, of those that pass", wholeNumber(0));
}

/** What the options ask for. Throws `Failure` and BAD_ARGUMENT for what cannot be read. */
export async function tableSelection(
  { columns: known }: TableHdu,
  options: RowOptions,
): Promise<TableSelection> {
  const { columns, rows, where, cone, coneColumns, limit } = options;
  if (coneColumns !== undefined && cone === undefined) throw badUsage("--cone-columns is for --cone");
  const pair = coneColumns === undefined ? undefined : selectorsIn(coneColumns, known);
  if (pair && pair.length !== 2) throw badUsage("--cone-columns are two: longitude,latitude");
  return {
    ...(columns !== undefined && { columns: selectorsIn(columns, known) }),
    ...(rows && { rows }),
    ...(where !== undefined && { where }),
    ...(cone !== undefined && {
      cone: { ...(await coneOf(cone)), ...(pair && { columns: [pair[0]!, pair[1]!] as const }) },
    }),
    ...(limit !== undefined && { limit }),
  };
}

async function coneOf(text: string): Promise<Cone> {
  const { parseCone } = await import("fitslice/wcs");
  const { ra, dec, radius, warnings } = parseCone(text);
  for (const warning of warnings) tellWarning(`--cone "${text}": ${warning}`);
  return { ra, dec, radius };
}

/**
 * Columns with computations among them: `ra,mag=-2.5*log10(flux)`. As the selectors of all, a computation as the position of a column
 * behind those known, and the computations. Commas in parentheses and in quotes are of an expression.
 */
export function computationsIn(
  text: string,
  known: readonly Column[],
): { columns: string; computations: Computation[] } {
  const computations: Computation[] = [];
  const items = [
    ...text.matchAll(
      /(?:"[^"]*"|'[^']*'|`[^`]*`|\((?:[^()'"`]|'[^']*'|"[^"]*"|\((?:[^()]|\([^()]*\))*\))*\)|[^,])+/g,
    ),
  ];
  const names = items.map(([item]) => {
    const match = /^\s*([A-Za-z_]\w*)\s*=(?!=)\s*(.+?)\s*$/s.exec(item);
    if (!match || known.some(({ name }) => name === item.trim())) return item;
    const [, name = "", expression = ""] = match;
    computations.push({ name, expression });
    return String(known.length + computations.length - 1);
  });
  return { columns: computations.length > 0 ? names.join(",") : text, computations };
}

/** Names between commas; one with a comma in it is quoted: `"a,b",c`. A number that is no name is a position. */
export function selectorsIn(text: string, known: readonly Column[]): ColumnSelector[] {
  const selectors: ColumnSelector[] = [];
  const item = /(?:\s*"([^"]*)"\s*|([^,]*))(,|$)/y;
  for (let more = true; more; ) {
    const match = item.exec(text);
    const plain = match?.[2] ?? "";
    // Names may begin with a blank.
    const name = match?.[1] ?? (known.some((column) => column.name === plain) ? plain : plain.trim());
    if (!match || !name)
      throw badUsage(`cannot read the columns "${text}"; write names between commas: ra,dec`);
    const position = /^\d+$/.test(name) && !known.some((column) => column.name === name);
    selectors.push(position && match[1] === undefined ? Number(name) : name);
    more = match[3] === ",";
  }
  return selectors;
}
