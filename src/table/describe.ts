/**
 * What a table's columns hold, in numbers: streamed, so that a table of any size can be described.
 */
import { isValid } from "./bitmap.js";
import type { Column } from "./column.js";
import type { ColumnData } from "./data.js";

/** One column in numbers. Of vectors and variable-length arrays all elements count. */
export interface ColumnSummary {
  readonly column: Column;
  /** Values that are neither null nor NaN. */
  readonly count: number;
  /** Nulls, and NaN, which is how floating-point columns write null (7.3.3). */
  readonly nulls: number;
  /** Least and greatest value: of numbers (64-bit ones exactly) and strings; null where there is none. */
  readonly min: number | bigint | string | null;
  readonly max: number | bigint | string | null;
  /** Of numbers their mean, of logicals and bits the part that is true; null for others, and without values. */
  readonly mean: number | null;
}

/** A table, or some rows of it, in numbers. */
export interface TableSummary {
  /** Rows that were looked at, and passed the conditions if there were any. */
  readonly rows: number;
  readonly columns: readonly ColumnSummary[];
}

interface Batch {
  readonly length: number;
  readonly columns: readonly ColumnData[];
}

/** Describes every column that the batches have; `columns` are these, for tables without rows. */
export async function describe(
  batches: AsyncIterable<Batch>,
  columns: readonly Column[],
): Promise<TableSummary> {
  const summaries = columns.map(() => new Running());
  let rows = 0;
  for await (const batch of batches) {
    rows += batch.length;
    for (const [c, data] of batch.columns.entries()) add(summaries[c]!, data);
  }
  return { rows, columns: summaries.map((running, c) => running.summary(columns[c]!)) };
}

class Running {
  count = 0;
  nulls = 0;
  min: number | bigint | string | null = null;
  max: number | bigint | string | null = null;
  #sum = 0;
  /** What the sum has lost to rounding (Neumaier), so that 10^9 values do not wear the mean out. */
  #lost = 0;
  /** Sum of 64-bit integers. */
  exact = 0n;
  hasMean = false;

  sum(value: number): void {
    const next = this.#sum + value;
    if (Number.isFinite(next)) {
      this.#lost +=
        Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - next + value : value - next + this.#sum;
    }
    this.#sum = next;
  }

  bound(low: number | bigint | string, high: number | bigint | string): void {
    if (this.min === null || low < this.min) this.min = low;
    if (this.max === null || high > this.max) this.max = high;
  }

  summary(column: Column): ColumnSummary {
    const { count, nulls, min, max } = this;
    const mean = this.hasMean && count > 0 ? this.#mean(count) : null;
    return { column, count, nulls, min, max, mean };
  }

  #mean(count: number): number {
    if (this.exact === 0n) return (this.#sum + this.#lost) / count;
    const whole = this.exact / BigInt(count);
    return Number(whole) + Number(this.exact - whole * BigInt(count)) / count;
  }
}

function add(running: Running, column: ColumnData): void {
  const data = column.kind === "list" ? column.values : column;
  if (data.kind === "number") {
    running.hasMean = true;
    if (data.dtype === "int64" || data.dtype === "uint64")
      addBigints(running, data.data as BigInt64Array, data.validity);
    else addNumbers(running, data.data as Float64Array, data.validity);
    return;
  }
  if (data.kind === "complex") {
    addComplex(running, data.data);
    return;
  }
  const elements = data.shape.reduce((n, axis) => n * axis, 1);
  running.nulls += data.nullCount;
  running.count += elements - data.nullCount;
  if (data.kind === "bool") {
    running.hasMean = true;
    let set = 0;
    for (let i = 0; i < elements; i++) set += data.data[i]!;
    running.sum(set);
  } else addStrings(running, data);
}

function addComplex(running: Running, parts: ArrayLike<number>): void {
  for (let i = 0; i < parts.length; i += 2) {
    if (Number.isNaN(parts[i]) || Number.isNaN(parts[i + 1])) running.nulls++;
    else running.count++;
  }
}

function addNumbers(running: Running, values: Float64Array, validity: Uint8Array | undefined): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if ((validity && !isValid(validity, i)) || Number.isNaN(value)) continue;
    count++;
    running.sum(value);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  running.count += count;
  running.nulls += values.length - count;
  if (count > 0) running.bound(low, high);
}

function addBigints(running: Running, values: BigInt64Array, validity: Uint8Array | undefined): void {
  for (let i = 0; i < values.length; i++) {
    if (validity && !isValid(validity, i)) {
      running.nulls++;
      continue;
    }
    const value = values[i]!;
    running.count++;
    running.exact += value;
    running.bound(value, value);
  }
}

function addStrings(running: Running, data: Extract<ColumnData, { kind: "string" }>): void {
  for (const cell of data) {
    for (const text of Array.isArray(cell) ? cell.flat(9) : [cell]) {
      if (typeof text === "string") running.bound(text, text);
    }
  }
}
