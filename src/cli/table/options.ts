/**
 * Options of `table` that make other rows of a table's: sorted, sampled, put into groups, counted; and what the columns are.
 */
import { type Command, InvalidArgumentError } from "commander";
import type { TableHdu, TableSelection } from "fitslice";
import { type Aggregate, aggregates, type SortKey } from "fitslice/export";
import { badUsage } from "../failure.js";
import { wholeNumber } from "../options.js";
import { printable } from "../output.js";
import { selectorsIn } from "../table-selection.js";

export interface ArrangeOptions {
  sort?: string;
  sample?: number;
  seed?: number;
  groupBy?: string;
  aggregate?: string;
  count?: boolean;
  schema?: boolean;
}

export function arrangeOptions(command: Command): void {
  command
    .option("--sort <a,-b>", "rows in the order of columns, - for descending; nulls last")
    .option("--sample <n>", "n of the rows that pass, at random; --seed gives others", wholeNumber(0))
    .option("--seed <n>", "the same seed chooses the same rows (default 0)", seed)
    .option("--group-by <a,b>", "a row for each group of equal values, see --aggregate")
    .option(
      "--aggregate <list>",
      `of each group: n=count(),mean(mag); ${aggregates.join(", ")} (default: count)`,
    )
    .option("--count", "how many rows pass, and nothing else")
    .option("--schema", "columns: name, type, unit, shape, null, UCD, description; reads the header only");
}

function seed(text: string): number {
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError("It must be a whole number.");
  return value;
}

/** Throws `Failure` (wrong usage) for options that make no sense together. */
export function checkArrangement(
  options: ArrangeOptions & { tail?: unknown; head?: unknown; describe?: boolean; raw?: boolean },
): void {
  const { sort, sample, seed, groupBy, aggregate, count, schema, tail, describe } = options;
  const together = (...names: (string | false | undefined)[]): void => {
    const given = names.filter((name): name is string => typeof name === "string");
    if (given.length > 1) throw badUsage(`${given.join(" and ")} do not go together; leave one out`);
  };
  if (seed !== undefined && sample === undefined) throw badUsage("--seed is for --sample");
  if (aggregate !== undefined && groupBy === undefined) throw badUsage("--aggregate is for --group-by");
  together(
    count && "--count",
    schema && "--schema",
    describe && "--describe",
    groupBy !== undefined && "--group-by",
  );
  const isOther = (count ?? schema ?? false) === true;
  together(isOther && (count ? "--count" : "--schema"), sort !== undefined && "--sort");
  together(isOther && (count ? "--count" : "--schema"), sample !== undefined && "--sample");
  together(groupBy !== undefined && "--group-by", sample !== undefined && "--sample");
  together(
    tail !== undefined && "--tail",
    sort !== undefined ? "--sort" : sample !== undefined && "--sample",
  );
  if (groupBy !== undefined && options.raw) throw badUsage("--group-by is of values; leave out --raw");
}

/** `-mag,id`: a column that is called so itself is meant before a direction. */
export function sortKeys(text: string, { columns }: TableHdu): SortKey[] {
  return selectorsIn(text, columns).map((selector) => {
    const isName = typeof selector === "number" || columns.some(({ name }) => name === selector);
    if (isName || !/^[+-]/.test(selector)) return { column: selector };
    const [column] = selectorsIn(selector.slice(1), columns);
    return { column: column!, descending: selector.startsWith("-") };
  });
}

/** `n=count(), mean(mag)`. */
export function aggregatesIn(text: string): Aggregate[] {
  return text.split(/,(?![^()]*\))/).map((item) => {
    const match = /^\s*(?:([A-Za-z_]\w*)\s*=)?\s*(\w+)\s*(?:\(\s*(.*?)\s*\))?\s*$/s.exec(item);
    const of = aggregates.find((name) => name === match?.[2]?.toLowerCase());
    if (!match || !of)
      throw badUsage(
        `--aggregate: cannot read "${printable(item.trim())}"; write ${aggregates.map((a) => (a === "count" ? "count()" : `${a}(COLUMN)`)).join(", ")}`,
      );
    const [, name, , column = ""] = match;
    const plain = column.replace(/^"(.*)"$/, "$1");
    return {
      of,
      ...(name !== undefined && { name }),
      ...(plain !== "" && plain !== "*" && { column: plain }),
    };
  });
}

/** The selection with the numbers of its rows in their new order, where one is asked for. */
export async function arranged(
  table: TableHdu,
  selection: TableSelection,
  { sort, sample, seed = 0 }: ArrangeOptions,
  signal: AbortSignal,
): Promise<TableSelection> {
  if (sort === undefined && sample === undefined) return selection;
  const { sampledRowNumbers, sortedRowNumbers } = await import("fitslice/export");
  const { columns, raw, rows, where, cone, limit } = selection;
  const looked = { ...(rows && { rows }), ...(where && { where }), ...(cone && { cone }), signal };
  let rowNumbers =
    sample === undefined ? undefined : await sampledRowNumbers(table, sample, { ...looked, seed });
  if (sort !== undefined)
    rowNumbers = await sortedRowNumbers(
      table,
      sortKeys(sort, table),
      rowNumbers ? { rowNumbers, signal } : looked,
    );
  return {
    ...(columns && { columns }),
    ...(raw && { raw }),
    rowNumbers: limit === undefined ? rowNumbers : rowNumbers!.subarray(0, limit),
  };
}
