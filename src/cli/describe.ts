/**
 * Figures of the columns of a table, gathered batch by batch.
 */
import type { Batch, Column, ColumnData } from "fitslice";

/** What `--describe` says of a column. NaN counts as null, as the Standard has it (7.3.3). */
export interface ColumnFigures {
  readonly name: string;
  readonly format: string;
  readonly unit: string | null;
  /** Values that are not null: of vectors and variable-length arrays all their elements. */
  readonly count: number;
  readonly nulls: number;
  /** Of numbers; of strings in the order of their characters; null where there is none. */
  readonly min: number | bigint | string | null;
  readonly max: number | bigint | string | null;
  /** Of numbers and of logicals, whose true is 1. */
  readonly mean: number | null;
}

/** Takes batches as they come. */
export interface Description {
  add(batch: Batch): void;
  readonly rows: number;
  figures(): ColumnFigures[];
}

export function describeColumns(): Description {
  let tallies: Tally[] = [];
  let rows = 0;
  return {
    add(batch) {
      if (tallies.length === 0) tallies = batch.columns.map(({ column }) => newTally(column));
      for (const [i, data] of batch.columns.entries()) addData(tallies[i]!, data);
      rows += batch.length;
    },
    get rows() {
      return rows;
    },
    figures: () => tallies.map(figuresOf),
  };
}

interface Tally {
  readonly column: Column;
  count: number;
  nulls: number;
  min: number | bigint | string | null;
  max: number | bigint | string | null;
  /** Sum of the numbers, and what its additions lost (Neumaier 1974). */
  sum: number;
  lost: number;
  /** Sum of 64-bit integers. */
  exact: bigint;
}

function newTally(column: Column): Tally {
  return { column, count: 0, nulls: 0, min: null, max: null, sum: 0, lost: 0, exact: 0n };
}

function addData(tally: Tally, data: ColumnData): void {
  if (data.kind === "list") addData(tally, data.values);
  else if (data.kind === "complex") addComplex(tally, data.data);
  else if (data.kind === "string") addStrings(tally, data);
  else addNumbers(tally, data.data, data.validity);
}

function addComplex(tally: Tally, parts: ArrayLike<number>): void {
  for (let i = 0; i < parts.length; i += 2) {
    if (Number.isNaN(parts[i]) || Number.isNaN(parts[i + 1])) tally.nulls++;
    else tally.count++;
  }
}

function addNumbers(
  tally: Tally,
  values: ArrayLike<number> | ArrayLike<bigint>,
  validity: Uint8Array | undefined,
): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if ((validity && ((validity[i >> 3]! >> (i & 7)) & 1) === 0) || Number.isNaN(value)) {
      tally.nulls++;
      continue;
    }
    tally.count++;
    if (tally.min === null || value < (tally.min as number)) tally.min = value;
    if (tally.max === null || value > (tally.max as number)) tally.max = value;
    if (typeof value === "bigint") tally.exact += value;
    else addTo(tally, value);
  }
}

function addTo(tally: Tally, value: number): void {
  const sum = tally.sum + value;
  const lost = Math.abs(tally.sum) >= Math.abs(value) ? tally.sum - sum + value : value - sum + tally.sum;
  // Infinite sums lose nothing that could be counted.
  if (Number.isFinite(lost)) tally.lost += lost;
  tally.sum = sum;
}

function addStrings(tally: Tally, data: Iterable<unknown>): void {
  const add = (cell: unknown): void => {
    if (Array.isArray(cell)) {
      for (const item of cell) add(item);
      return;
    }
    if (typeof cell !== "string") {
      tally.nulls++;
      return;
    }
    tally.count++;
    if (tally.min === null || cell < tally.min) tally.min = cell;
    if (tally.max === null || cell > tally.max) tally.max = cell;
  };
  for (const cell of data) add(cell);
}

function figuresOf({ column, count, nulls, min, max, sum, lost, exact }: Tally): ColumnFigures {
  const { name, format, unit = null, dtype } = column;
  const numeric = count > 0 && dtype !== "string" && !dtype.startsWith("complex");
  const mean = numeric ? (typeof min === "bigint" ? quotient(exact, count) : (sum + lost) / count) : null;
  const isBool = dtype === "bool";
  return { name, format, unit, count, nulls, min: isBool ? null : min, max: isBool ? null : max, mean };
}

/** Exact to the last digits of a double, however large the sum. */
function quotient(sum: bigint, count: number): number {
  const whole = sum / BigInt(count);
  return Number(whole) + Number(sum - whole * BigInt(count)) / count;
}
