/**
 * Variable-length arrays: descriptors in the rows, the arrays in the heap behind them (FITS Standard 4.0, 7.3.5).
 */
import { type Arrays, allocate, bytesPerElement, type DType } from "../array.js";
import { FitsError } from "../errors.js";
import { done, type Plan, type Step } from "../read/plan.js";
import { type Column, fieldBytes, title } from "./column.js";
import { boolData, type ColumnData, type ListData, listData, offsetsOf } from "./data.js";
import { type Descriptors, expandBits, logicalsOf } from "./fill.js";
import { type FillOptions, toNative } from "./gather.js";
import type { TableLayout } from "./layout.js";
import { complexOf, numbersOf } from "./number.js";
import { type Rows, rowAt } from "./rows.js";
import { variableStrings } from "./text.js";

/** Arrays nearer than this are read in one range: a request of its own would move more than the gap. */
const nearBytes = 512;
/** Most bytes of one range, unless one array alone is longer. */
const chunkBytes = 4 * 1024 * 1024;
const keepBytes = 4 * 1024 * 1024;
/** Descriptors may share heap bytes, but not multiply a small file into gigabytes. */
const sharedBytes = 256 * 1024 * 1024;
const sharedTimes = 16;
/** Most bytes of one result: views of more are not to be had everywhere. */
const mostBytes = 2 ** 32 - 1;

/** What a reader of the heap needs to know. */
export type Heap = Pick<TableLayout, "label" | "heap">;

/**
 * Reads the arrays that `descriptors` point to, those of `rows` in order. Arrays may lie anywhere in the heap, and
 * overlap. Throws BAD_DATA for a descriptor that points outside, naming column and row.
 */
export function readHeap(
  table: Heap,
  column: Column,
  descriptors: Descriptors,
  rows: Rows,
  options: FillOptions = {},
): Plan<ColumnData> {
  const sizes = checkDescriptors(table, column, descriptors, rows);
  const cells = cellStore(table, column, descriptors.counts);
  const chunks = chunkCells(descriptors.offsets, sizes, table.heap.offset);
  const finish = (): Plan<ColumnData> => done(cells.finish(options.raw ?? false));
  if (chunks.length === 0) return finish();
  const step: Step<ColumnData> = {
    label: `arrays of ${title(column)} of ${table.label}`,
    ranges: chunks,
    keep: chunks.reduce((sum, { length }) => sum + length, 0) <= keepBytes,
    take: (c, bytes) => {
      const chunk = chunks[c]!;
      if (bytes.length < chunk.length) {
        throw new FitsError("TRUNCATED", `${table.label}: the file ends in the heap, in ${title(column)}`);
      }
      for (const cell of chunk.cells) {
        const from = table.heap.offset + descriptors.offsets[cell]! - chunk.offset;
        cells.put(cell, bytes, from);
      }
    },
    next: finish,
  };
  return step;
}

/** Bytes of every array. */
function checkDescriptors(
  table: Heap,
  column: Column,
  { counts, offsets }: Descriptors,
  rows: Rows,
): Float64Array {
  const sizes = allocate("float64", counts.length);
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (count === 0) continue;
    const size = fieldBytes(column.code, count);
    const offset = offsets[i]!;
    if (!(count > 0 && offset >= 0 && offset + size <= table.heap.length)) {
      const where = `${table.label}: ${title(column)}, row ${rowAt(rows, i)}`;
      const what = `its descriptor points to ${count} elements at byte ${offset} of a heap of ${table.heap.length}`;
      throw new FitsError("BAD_DATA", `${where}: ${what}`);
    }
    sizes[i] = size;
    total += size;
  }
  if (total > sharedBytes && total > sharedTimes * table.heap.length) {
    const what = `its descriptors claim ${total} bytes of a heap of ${table.heap.length}; read fewer rows`;
    throw new FitsError("TOO_LARGE", `${table.label}: ${title(column)}: ${what}`);
  }
  return sizes;
}

interface Chunk {
  readonly offset: number;
  length: number;
  readonly cells: number[];
}

/** Ranges of the file that hold the arrays, in file order, near ones merged. */
function chunkCells(offsets: Float64Array, sizes: Float64Array, base: number): Chunk[] {
  const order: number[] = [];
  let sorted = true;
  let before = -1;
  for (let i = 0; i < sizes.length; i++) {
    if (sizes[i] === 0) continue;
    order.push(i);
    if (offsets[i]! < before) sorted = false;
    before = offsets[i]!;
  }
  if (!sorted) order.sort((a, b) => offsets[a]! - offsets[b]!);
  const chunks: Chunk[] = [];
  let last: Chunk | undefined;
  for (const cell of order) {
    const start = base + offsets[cell]!;
    const end = start + sizes[cell]!;
    const fits = last && start - (last.offset + last.length) <= nearBytes;
    if (last && fits && (end - last.offset <= chunkBytes || end <= last.offset + last.length)) {
      last.length = Math.max(last.length, end - last.offset);
      last.cells.push(cell);
    } else chunks.push((last = { offset: start, length: end - start, cells: [cell] }));
  }
  return chunks;
}

/** Arrays of a variable-length column under construction. */
export interface CellStore {
  /** The array of this cell starts at `from` of `bytes`. */
  put(cell: number, bytes: Uint8Array, from: number): void;
  finish(raw: boolean): ColumnData;
}

/** Room for `counts[i]` elements in cell i. */
export function cellStore(table: Heap, column: Column, counts: Float64Array): CellStore {
  const offsets = offsetsOf(counts, `${table.label}: ${title(column)}`);
  const total = offsets[counts.length]!;
  const parts = column.code === "C" || column.code === "M" ? 2 : 1;
  const size = parts * bytesPerElement(column.stored);
  if (total * size > mostBytes) {
    const what = `its arrays take ${total * size} bytes, ${mostBytes} are the most; read fewer rows`;
    throw new FitsError("TOO_LARGE", `${table.label}: ${title(column)}: ${what}`);
  }
  const data = allocate(column.stored, parts * total);
  const stored = new Uint8Array(data.buffer);
  return {
    put: (cell, bytes, from) => {
      const count = counts[cell]!;
      if (count === 0) return;
      if (column.code === "X") expandBits(stored, offsets[cell]!, count, bytes, from);
      else stored.set(bytes.subarray(from, from + count * size), offsets[cell]! * size);
    },
    finish: (raw) => {
      if (column.code === "A") return variableStrings(column, offsets, stored, raw);
      toNative(data, column.stored);
      return listData(column, offsets, valuesOf(column, data, total, raw));
    },
  };
}

function valuesOf(column: Column, data: Arrays[DType], total: number, raw: boolean): ListData["values"] {
  const bytes = data as Uint8Array<ArrayBuffer>;
  if (column.code === "L") return logicalsOf(column, bytes, [total]);
  if (column.code === "X") return boolData(column, [total], bytes);
  if (column.code === "C" || column.code === "M")
    return complexOf(column, data as Float64Array<ArrayBuffer>, [total], raw);
  return numbersOf(column, data, [total], raw);
}
