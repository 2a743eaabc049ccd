/**
 * Rows with equal values put together: a row for each group, with how many there are, sums, means, extremes, medians.
 */
import { checkList, checkObject, checkTable } from "../argument.js";
import { FitsError } from "../errors.js";
import type { BatchOptions, TableHdu } from "../hdu/table.js";
import { type Column, title } from "../table/column.js";
import type { Cell } from "../table/data.js";
import { type ColumnSelector, selectColumn } from "../table/names.js";
import type { ColumnValues, WriteColumn } from "../write/column.js";
import type { TableOptions } from "../write/table.js";

export const aggregates = ["count", "sum", "mean", "std", "min", "max", "median"] as const;

/** What is told of each group: `count` of its rows or, with a column, of the values that are neither null nor NaN; the others of such values. */
export interface Aggregate {
  readonly of: (typeof aggregates)[number];
  /** A column of numbers. Only `count` does without. */
  readonly column?: ColumnSelector | undefined;
  /** Name in the result. Default `mean_flux`, `count`. */
  readonly name?: string | undefined;
}

const mostGroups = 2 ** 20;
/** Of medians, whose values are held. */
const mostValues = 2 ** 24;

interface Running {
  count: number;
  sum: number;
  /** What the sum has lost to rounding (Neumaier 1974). */
  lost: number;
  mean: number;
  squares: number;
  /** Of 64-bit integers with all their digits. */
  min: number | bigint;
  max: number | bigint;
  values: number[];
}

interface Group {
  readonly key: readonly Cell[];
  rows: number;
  readonly running: Running[];
}

/**
 * The groups of the rows that pass, as a table for `tableHdu` of `fitslice/write`: a column for each of `by`, then one for each
 * aggregate: float64, counts int64, extremes of float32, int64 and uint64 of their own type; `std` is divided by the count. Groups come in the order of their keys, nulls last. Only
 * the columns named are read; memory for the groups, and for the values of medians. Throws WRONG_TYPE for columns that are no scalars or
 * no numbers, TOO_LARGE for more than 2^20 groups or 2^24 values of medians.
 */
export async function groupedRows(
  table: TableHdu,
  by: readonly ColumnSelector[],
  wanted: readonly Aggregate[] = [{ of: "count" }],
  options: BatchOptions = {},
): Promise<TableOptions> {
  checkTable(table);
  checkList(by, "the columns to group by");
  checkList(wanted, "the aggregates", "object");
  checkObject(options);
  const find = (selector: ColumnSelector): Column => selectColumn({ ...table, label: table.name }, selector);
  const keys = by.map((selector) => scalar(find(selector)));
  const told = wanted.map((one) => ({ ...one, source: sourceOf(one, find) }));
  const sources = [...new Set(told.flatMap(({ source }) => source ?? []))];
  const hasMedian = sources.map((source) => told.some((one) => one.of === "median" && one.source === source));
  const read = [...new Set([...keys, ...sources])];
  const groups = new Map<string, Group>();
  let held = 0;
  for await (const batch of table.batches({ ...options, columns: read.map(({ index }) => index) })) {
    const dataOf = (column: Column) => batch.columns[read.indexOf(column)]!;
    const keyData = keys.map(dataOf);
    const sourceData = sources.map(dataOf);
    for (let i = 0; i < batch.length; i++) {
      const key = keyData.map((data) => keyCell(data.get(i)));
      const group = groupOf(groups, key, sources.length);
      group.rows++;
      for (let s = 0; s < sources.length; s++) {
        const cell = sourceData[s]!.get(i) ?? Number.NaN;
        const value = Number(cell);
        if (Number.isNaN(value)) continue;
        add(group.running[s]!, value, typeof cell === "bigint" ? cell : value);
        if (!hasMedian[s]) continue;
        if (++held > mostValues) throw tooLarge(`${mostValues} values of medians`);
        group.running[s]!.values.push(value);
      }
    }
  }
  const sorted = [...groups.values()].sort((a, b) => compareKeys(a.key, b.key));
  const columns = [
    ...keys.map((column, k) => keyColumn(column, sorted, k)),
    ...told.map(({ of, name, source }) => {
      const values = sorted.map(({ rows, running }) =>
        source === undefined ? rows : figure(of, running[sources.indexOf(source)]!),
      );
      return numberColumn(name ?? (source ? `${of}_${source.name}` : of), of, source, values);
    }),
  ];
  return {
    columns: columns.map(({ column }) => column),
    batches: [{ columns: columns.map(({ values, valid }) => ({ values, ...(valid && { valid }) })) }],
    ...(table.name !== "" && { name: table.name }),
  };
}

function tooLarge(what: string): FitsError {
  return new FitsError(
    "TOO_LARGE",
    `more than ${what}; choose fewer rows, or group a Parquet file of the table by DuckDB: SELECT ..., count(*) FROM 't.parquet' GROUP BY ALL`,
  );
}

function scalar(column: Column): Column {
  const { shape, descriptor, dtype } = column;
  if (shape.length === 0 && (!descriptor || dtype === "string") && !dtype.startsWith("complex"))
    return column;
  throw new FitsError(
    "WRONG_TYPE",
    `${title(column)} holds arrays or complex numbers; groups are of single values`,
  );
}

function sourceOf({ of, column }: Aggregate, find: (selector: ColumnSelector) => Column): Column | undefined {
  if (!aggregates.includes(of))
    throw new FitsError("BAD_ARGUMENT", `no aggregate '${of}'; there are ${aggregates.join(", ")}`);
  if (column === undefined) {
    if (of === "count") return undefined;
    throw new FitsError("BAD_ARGUMENT", `${of} is of a column: ${of}(flux)`);
  }
  const found = scalar(find(column));
  if (found.dtype !== "string") return found;
  throw new FitsError("WRONG_TYPE", `${title(found)} is text; ${of} is of numbers`);
}

/** NaN is how floating-point columns write null (7.3.3). */
function keyCell(cell: Cell): Cell {
  return Number.isNaN(cell) ? null : cell;
}

function groupOf(groups: Map<string, Group>, key: readonly Cell[], sources: number): Group {
  const text = key.map((cell) => `${typeof cell}${String(cell).length}:${cell}`).join(",");
  const known = groups.get(text);
  if (known) return known;
  if (groups.size >= mostGroups) throw tooLarge(`${mostGroups} groups`);
  const none = { count: 0, sum: 0, lost: 0, mean: 0, squares: 0, min: Infinity, max: -Infinity };
  const group = { key, rows: 0, running: Array.from({ length: sources }, () => ({ ...none, values: [] })) };
  groups.set(text, group);
  return group;
}

/** Squares of deviations are carried along with the mean (Welford 1962), so that a large mean takes no digits from them. */
function add(running: Running, value: number, exact: number | bigint): void {
  running.count++;
  const next = running.sum + value;
  if (Number.isFinite(next))
    running.lost +=
      Math.abs(running.sum) >= Math.abs(value) ? running.sum - next + value : value - next + running.sum;
  running.sum = next;
  const delta = value - running.mean;
  running.mean += delta / running.count;
  running.squares += delta * (value - running.mean);
  if (exact < running.min) running.min = exact;
  if (exact > running.max) running.max = exact;
}

function figure(
  of: Aggregate["of"],
  { count, sum, lost, squares, min, max, values }: Running,
): number | bigint | null {
  if (of === "count") return count;
  if (count === 0) return null;
  if (of === "std") return Math.sqrt(squares / count);
  if (of !== "median") return { sum: sum + lost, mean: (sum + lost) / count, min, max }[of];
  const sorted = Float64Array.from(values).sort();
  const middle = count >>> 1;
  return count % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function compareKeys(a: readonly Cell[], b: readonly Cell[]): number {
  for (const [i, x] of a.entries()) {
    const y = b[i]!;
    if (x === null || y === null) {
      if (x !== y) return x === null ? 1 : -1;
    } else if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

interface Filled {
  readonly column: WriteColumn;
  readonly values: ColumnValues;
  readonly valid?: Uint8Array;
}

function validOf(values: readonly unknown[]): Uint8Array | undefined {
  if (!values.includes(null)) return undefined;
  const valid = new Uint8Array(Math.ceil(values.length / 8));
  for (const [i, value] of values.entries()) if (value !== null) valid[i >> 3]! |= 1 << (i & 7);
  return valid;
}

function keyColumn(column: Column, groups: readonly Group[], k: number): Filled {
  const cells = groups.map(({ key }) => key[k]!);
  const { name, unit, ucd, description, dtype } = column;
  const labels = {
    name: name || `col${column.index + 1}`,
    ...(unit && { unit }),
    ...(ucd && { ucd }),
    ...(description && { description }),
  };
  const valid = validOf(cells);
  const rest = valid ? { valid } : {};
  if (dtype === "string") {
    const texts = cells.map((cell) => (cell === null ? null : String(cell)));
    const width = texts.reduce(
      (most, text) => Math.max(most, new TextEncoder().encode(text ?? "").length),
      1,
    );
    return { column: { ...labels, format: `${width}A` }, values: texts };
  }
  if (dtype === "bool")
    return { column: { ...labels, format: "L" }, values: Uint8Array.from(cells, Number), ...rest };
  if (dtype === "float64")
    return { column: { ...labels, format: "D" }, values: Float64Array.from(cells, Number), ...rest };
  if (dtype === "float32")
    return { column: { ...labels, format: "E" }, values: Float32Array.from(cells, Number), ...rest };
  return integerColumn(
    labels,
    cells.map((cell) => (cell === null ? null : BigInt(cell as number | bigint))),
    dtype,
  );
}

function integerColumn(
  labels: Omit<WriteColumn, "format">,
  cells: readonly (bigint | null)[],
  dtype: string,
): Filled {
  const isUnsigned = dtype === "uint64";
  const valid = validOf(cells);
  const integers = cells.map((cell) => cell ?? 0n);
  // TNULLn is a stored value, of which uint64 has 2^63 less, and no cell may equal it.
  const stored = new Set(cells.map((cell) => (cell === null ? null : isUnsigned ? cell - 2n ** 63n : cell)));
  let none = -(2n ** 63n);
  while (stored.has(none)) none++;
  return {
    column: { ...labels, format: "K", ...(isUnsigned && { dtype }), ...(valid && { null: none }) },
    values: isUnsigned ? BigUint64Array.from(integers) : BigInt64Array.from(integers),
    ...(valid && { valid }),
  };
}

function numberColumn(
  name: string,
  of: Aggregate["of"],
  source: Column | undefined,
  values: readonly (number | bigint | null)[],
): Filled {
  if (of === "count")
    return { column: { name, format: "K" }, values: BigInt64Array.from(values, (value) => BigInt(value!)) };
  const unit = source?.unit;
  const isExtreme = of === "min" || of === "max";
  if (isExtreme && /^u?int64$/.test(source?.dtype ?? ""))
    return integerColumn(
      { name, ...(unit && { unit }) },
      values as readonly (bigint | null)[],
      source!.dtype,
    );
  const isSingle = source?.dtype === "float32" && isExtreme;
  const numbers = values.map((value) => Number(value ?? Number.NaN));
  if (isSingle)
    return { column: { name, format: "E", ...(unit && { unit }) }, values: Float32Array.from(numbers) };
  return {
    column: { name, format: "D", ...(unit && { unit }) },
    values: Float64Array.from(numbers),
  };
}
