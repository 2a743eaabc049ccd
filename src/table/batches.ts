/**
 * How a table is cut into batches of rows, so that one of any size is read in bounded memory.
 */
import { FitsError } from "../errors.js";
import type { Column } from "./column.js";
import type { TableLayout } from "./layout.js";
import { type RowRange, rowSpans, takesMemory } from "./rows.js";

/** Rows as a user gives them: 0-based, half-open, negative ones from the end, as in numpy. */
export interface RowSlice {
  start?: number | undefined;
  stop?: number | undefined;
}

/** How large batches are: at most so many rows, and about so many bytes of the file. */
export interface BatchSize {
  batchRows?: number | undefined;
  /** Default 16 MiB. */
  batchBytes?: number | undefined;
}

const defaultBytes = 16 * 1024 * 1024;
/** Rows of few bytes still take memory for their results. */
const mostRows = 1_048_576;

/**
 * A slice of rows as numpy has it: what is out of bounds is cut, and no error. Throws BAD_SELECTION for anything but
 * `{ start, stop }` of integers.
 */
export function resolveRows(slice: RowSlice, rowCount: number): RowRange {
  const isSlice = typeof slice === "object" && slice !== null && !Array.isArray(slice);
  const unknown = isSlice ? Object.keys(slice).find((key) => key !== "start" && key !== "stop") : "";
  if (unknown !== undefined) {
    const what = unknown === "" ? "" : `, without '${unknown}'`;
    throw new FitsError("BAD_SELECTION", `rows are chosen by { start, stop }${what}`);
  }
  const { start, stop } = slice;
  const edge = (value: number | undefined, otherwise: number): number => {
    if (value === undefined || value === Number.POSITIVE_INFINITY)
      return value === undefined ? otherwise : rowCount;
    if (!Number.isInteger(value)) throw new FitsError("BAD_SELECTION", `row ${value} is not an integer`);
    return Math.min(rowCount, value < 0 ? Math.max(0, rowCount + value) : value);
  };
  const from = edge(start, 0);
  return { start: from, stop: Math.max(from, edge(stop, rowCount)) };
}

/**
 * Cuts rows into batches. Those of compressed tables begin where tiles do, so that no tile is decoded twice. Rows that
 * have no bytes and take no memory are one batch, unless `batchRows` says otherwise: a header may claim 2^53 of them.
 */
export function* cutBatches(
  table: TableLayout,
  columns: readonly Column[],
  rows: RowRange,
  size: BatchSize = {},
): Generator<RowRange> {
  const count = batchRows(table, columns, size);
  const tile = table.compressed?.tileRows ?? 1;
  const step = Math.max(1, Math.floor(count / tile)) * tile;
  const aligned = tile > 1 && count >= tile;
  for (let start = rows.start; start < rows.stop; ) {
    const end = aligned ? (Math.floor(start / step) + 1) * step : start + count;
    const stop = Math.min(rows.stop, end);
    yield { start, stop };
    start = stop;
  }
}

function batchRows(table: TableLayout, columns: readonly Column[], size: BatchSize): number {
  const none = !columns.some(takesMemory);
  const rows = positive("batchRows", size.batchRows) ?? (none ? Number.POSITIVE_INFINITY : mostRows);
  const bytes = positive("batchBytes", size.batchBytes) ?? defaultBytes;
  const spans = rowSpans(columns, table.rowBytes);
  const fixed = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  // How long the arrays of a row are is not known before its descriptors are read: the mean will do.
  const variable = columns.some(({ descriptor }) => descriptor)
    ? table.heap.length / Math.max(1, table.rowCount)
    : 0;
  if (none) return rows;
  return Math.max(1, Math.min(rows, Math.floor(bytes / Math.max(1, fixed + variable))));
}

function positive(name: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return value;
  throw new FitsError("BAD_ARGUMENT", `${name} is ${value}, not a positive integer`);
}
