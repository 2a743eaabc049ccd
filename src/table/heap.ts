/**
 * Variable-length arrays: descriptors in the rows, the arrays in the heap behind them (FITS Standard 4.0, 7.3.5).
 */
import { type Arrays, allocate, bytesPerElement, type DType } from "../array.js";
import { FitsError } from "../errors.js";
import type { Plan } from "../read/plan.js";
import { type Column, title } from "./column.js";
import {
  boolData,
  type ColumnData,
  type Descriptors,
  type ListData,
  listData,
  numberData,
  offsetsOf,
} from "./data.js";
import { expandBits, inColumn, logicalsOf } from "./fill.js";
import { fieldBytes } from "./format.js";
import { type FillOptions, toNative } from "./gather.js";
import { type TableLayout, warnBehindHeap } from "./layout.js";
import { complexOf, numbersOf } from "./number.js";
import { type Rows, rowAt } from "./rows.js";
import { variableStrings } from "./text.js";

/** Arrays nearer than this are read in one range: a request of its own would move more than the gap. */
const nearBytes = 512;
/** Most bytes of one range. */
const chunkBytes = 4 * 1024 * 1024;
const keepBytes = 4 * 1024 * 1024;
/** Descriptors may share heap bytes, but not multiply a small file into gigabytes. */
const sharedBytes = 256 * 1024 * 1024;
const sharedTimes = 16;
/** Most bytes of one result: not every engine makes a view of more. */
const mostBytes = 2 ** 32 - 1;

/** What a reader of the heap needs to know. */
export interface Heap extends Pick<TableLayout, "label" | "heap" | "declaredHeap" | "warnings"> {
  /** Where the file ends, where that is known to be before the data do. */
  readonly fileEnd?: number | undefined;
}

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
  return function* () {
    const { offsets } = descriptors;
    const sizes = checkDescriptors(table, column, descriptors, rows);
    const base = table.heap.offset;
    const chunks = chunkCells(offsets, sizes, base);
    let store: CellStore | undefined;
    const cells = (): CellStore => {
      store ??= options.bytes
        ? byteStore(table, column, descriptors, sizes)
        : cellStore(table, column, descriptors.counts);
      return store;
    };
    if (chunks.length > 0) {
      yield {
        label: `arrays of ${title(column)} of ${table.label}`,
        ranges: chunks,
        keep: chunks.reduce((sum, { length }) => sum + length, 0) <= keepBytes,
        take: (c, bytes) => {
          const chunk = chunks[c]!;
          const short = bytes.length < chunk.length;
          for (const cell of chunk.cells) {
            // Bytes of the chunk at which the array begins and ends: those of a long array lie in several chunks.
            const start = base + offsets[cell]! - chunk.offset;
            const end = Math.min(start + sizes[cell]!, chunk.length);
            if (short && end > bytes.length) throw endsInHeap(table, column, rowAt(rows, cell));
            const from = Math.max(0, start);
            inColumn(table, column, () => cells().put(cell, from - start, bytes.subarray(from, end)));
          }
        },
      };
    }
    return inColumn(table, column, () => cells().finish(options.raw ?? false));
  };
}

function endsInHeap({ label }: Heap, column: Column, row: number): FitsError {
  return new FitsError("TRUNCATED", `${label}: ${title(column)}, row ${row}: the file ends in the heap`);
}

/** Bytes of every array. */
function checkDescriptors(
  table: Heap,
  column: Column,
  { counts, offsets }: Descriptors,
  rows: Rows,
): Float64Array {
  const { heap, fileEnd = Number.POSITIVE_INFINITY } = table;
  const sizes = allocate("float64", counts.length);
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (count === 0) continue;
    const size = fieldBytes(column.code, count);
    const offset = offsets[i]!;
    if (!(count > 0 && offset >= 0 && offset + size <= heap.length)) {
      const where = `${table.label}: ${title(column)}, row ${rowAt(rows, i)}`;
      const what = `its descriptor points to ${count} elements at byte ${offset} of a heap of ${heap.length}`;
      throw new FitsError("BAD_DATA", `${where}: ${what}`);
    }
    if (heap.offset + offset + size > fileEnd) throw endsInHeap(table, column, rowAt(rows, i));
    warnBehindHeap(table, offset + size);
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

/** Ranges of the file that hold the arrays, in file order, near ones merged, long ones cut. */
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
  return chunks.flatMap((chunk) => (chunk.length > chunkBytes ? cut(chunk, offsets, sizes, base) : chunk));
}

/** A chunk as several of at most `chunkBytes`, each with the arrays that have bytes in it. */
function cut(
  { offset, length, cells }: Chunk,
  offsets: Float64Array,
  sizes: Float64Array,
  base: number,
): Chunk[] {
  const parts: Chunk[] = [];
  for (let from = 0; from < length; from += chunkBytes) {
    parts.push({ offset: offset + from, length: Math.min(chunkBytes, length - from), cells: [] });
  }
  for (const cell of cells) {
    const start = base + offsets[cell]! - offset;
    const last = Math.floor((start + sizes[cell]! - 1) / chunkBytes);
    for (let part = Math.floor(start / chunkBytes); part <= last; part++) parts[part]!.cells.push(cell);
  }
  return parts;
}

/** Arrays of a variable-length column under construction. */
export interface CellStore {
  /** Takes `bytes` of the array of this cell, which lie `from` bytes behind its start. */
  put(cell: number, from: number, bytes: Uint8Array): void;
  finish(raw: boolean): ColumnData;
}

/** Room for `counts[i]` elements in cell i. Throws TOO_LARGE. */
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
    put: (cell, from, bytes) => {
      const room = counts[cell]!;
      const first = offsets[cell]!;
      if (column.code === "X") {
        const count = Math.min(8 * bytes.length, room - 8 * from);
        expandBits(stored, first + 8 * from, count, bytes, 0);
      } else if (from < room * size) stored.set(bytes.subarray(0, room * size - from), first * size + from);
    },
    finish: (raw) => {
      if (column.code === "A") return variableStrings(column, offsets, stored, raw);
      toNative(data, column.stored);
      return listData(column, offsets, valuesOf(column, data, total, raw));
    },
  };
}

/** Room for the bytes of every array, `sizes[i]` in cell i. Throws TOO_LARGE. */
export function byteStore(
  table: Heap,
  column: Column,
  descriptors: Descriptors,
  sizes: Float64Array,
): CellStore {
  const offsets = offsetsOf(sizes, `${table.label}: ${title(column)}`);
  const data = allocate("uint8", offsets[sizes.length]!);
  return {
    put: (cell, from, bytes) => data.set(bytes, offsets[cell]! + from),
    finish: () => listData(column, offsets, numberData(column, [data.length], "uint8", data), descriptors),
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
