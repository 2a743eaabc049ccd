/**
 * Which bytes of a table's rows to read. Rows lie one after the other, so a column is a strided read: where the rest
 * of a row is small, whole rows are read in long ranges; of very wide rows only the parts that are wanted.
 */
import { FitsError } from "../errors.js";
import type { Plan, WantedRange } from "../read/plan.js";
import type { Column } from "./column.js";
import type { Fields } from "./gather.js";
import type { TableLayout } from "./layout.js";

/** Rows to read: a stretch `start..stop`, or the numbers of single rows in ascending order, none twice. */
export type Rows = { readonly start: number; readonly stop: number } | { readonly list: Float64Array };

export function rowsCount(rows: Rows): number {
  return "list" in rows ? rows.list.length : rows.stop - rows.start;
}

/** Number in the table of the i-th row. */
export function rowAt(rows: Rows, i: number): number {
  return "list" in rows ? rows.list[i]! : rows.start + i;
}

/** Part of every row that is read: bytes `from..to`, of which these columns (by place in the given list) are taken. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly columns: readonly number[];
}

/** A gap of a row that is worth a range of its own is larger than this: any smaller one costs less to read through. */
const wideGap = 4096;
/** Most bytes of one range: what is held at once for each request in flight. */
const chunkBytes = 4 * 1024 * 1024;
/** Most ranges of one step, so that plans of millions of narrow reads stay small. */
const stepRanges = 32768;
/** Reads of more than this are bulk data that the cache does not keep. */
const keepBytes = 4 * 1024 * 1024;

/**
 * The parts of a row that hold `columns`: one span of the whole row, unless its unneeded parts are so large that
 * skipping them is worth a request for every row.
 */
export function rowSpans(columns: readonly Column[], rowBytes: number): Span[] {
  const order = columns.map((_, i) => i).filter((i) => columns[i]!.width > 0);
  order.sort((a, b) => columns[a]!.offset - columns[b]!.offset);
  const spans: { from: number; to: number; columns: number[] }[] = [];
  for (const i of order) {
    const { offset, width } = columns[i]!;
    const last = spans.at(-1);
    if (last && offset - last.to <= wideGap) {
      last.to = Math.max(last.to, offset + width);
      last.columns.push(i);
    } else spans.push({ from: offset, to: offset + width, columns: [i] });
  }
  const only = spans[0];
  // Between one row's span and the next one's lies the rest of both rows.
  if (only && spans.length === 1 && rowBytes - (only.to - only.from) <= wideGap) {
    return [{ from: 0, to: rowBytes, columns: only.columns }];
  }
  return spans;
}

/** Whether these spans are whole rows. */
export function readsWholeRows(spans: readonly Span[], rowBytes: number): boolean {
  return spans.length === 1 && spans[0]!.from === 0 && spans[0]!.to === rowBytes;
}

/** Gets rows as they land: `fields` are rows of the span, `at` is the place of the first among those asked for. */
export type TakeRows = (span: Span, at: number, fields: Fields) => void | Promise<void>;

interface Chunk extends WantedRange {
  readonly span: Span;
  /** Places among the rows asked for. */
  readonly at: number;
  readonly count: number;
}

export interface ReadRowsOptions {
  /**
   * Where bytes may land, so that reads of many rows need not take new memory each time. Reads then come in steps of
   * no more than it holds; nothing else may use it until the plan is done.
   */
  readonly memory?: ArrayBuffer | undefined;
}

/** Reads the spans of the rows, hands them to `take` and goes on with `next`. */
export function readRows<T>(
  table: TableLayout,
  label: string,
  spans: readonly Span[],
  rows: Rows,
  take: TakeRows,
  next: () => Plan<T>,
  { memory }: ReadRowsOptions = {},
): Plan<T> {
  const chunks = lookAhead(chunkRows(table, spans, rows));
  const step = (): Plan<T> => {
    const some = nextChunks(chunks, memory);
    if (some.length === 0) return next();
    const bytes = some.reduce((sum, { length }) => sum + length, 0);
    return {
      label,
      ranges: some,
      keep: bytes <= keepBytes,
      take: (i, bytes) => takeChunk(table, some[i]!, rows, bytes, take),
      next: step,
    };
  };
  return step();
}

interface LookAhead<T> {
  peek(): T | undefined;
  next(): T | undefined;
}

function lookAhead<T>(items: Iterator<T>): LookAhead<T> {
  let waiting: T | undefined;
  const peek = (): T | undefined => (waiting ??= items.next().value as T | undefined);
  return {
    peek,
    next: () => {
      const item = peek();
      waiting = undefined;
      return item;
    },
  };
}

/** Chunks for one step: as many as its memory holds, or as a plan may. */
function nextChunks(chunks: LookAhead<Chunk>, memory: ArrayBuffer | undefined): Chunk[] {
  const some: Chunk[] = [];
  let used = 0;
  for (let chunk = chunks.peek(); chunk && some.length < stepRanges; chunk = chunks.peek()) {
    const fits = memory !== undefined && used + chunk.length <= memory.byteLength;
    if (memory && !fits && some.length > 0) break;
    some.push(fits ? { ...chunk, into: new Uint8Array(memory, used, chunk.length) } : chunk);
    used += chunk.length;
    chunks.next();
    if (memory && !fits) break;
  }
  return some;
}

function* chunkRows(
  { rowBytes, dataOffset }: TableLayout,
  spans: readonly Span[],
  rows: Rows,
): Generator<Chunk> {
  const total = spans.length > 0 ? rowsCount(rows) : 0;
  // Rows are read through where what lies between two spans is not worth another range.
  const through =
    spans.length === 1 ? Math.floor((wideGap + spans[0]!.to - spans[0]!.from) / Math.max(1, rowBytes)) : 0;
  const most = Math.max(1, Math.floor(chunkBytes / Math.max(1, rowBytes)));
  for (let at = 0; at < total; ) {
    const first = rowAt(rows, at);
    const count = "list" in rows ? runOf(rows.list, at, through, most) : runLength(total - at, through, most);
    const last = rowAt(rows, at + count - 1);
    for (const span of spans) {
      const offset = dataOffset + first * rowBytes + span.from;
      const length = (last - first) * rowBytes + span.to - span.from;
      yield { offset, length, span, at, count };
    }
    at += count;
  }
}

function runLength(left: number, through: number, most: number): number {
  return through === 0 ? 1 : Math.min(left, most);
}

function runOf(list: Float64Array, at: number, through: number, most: number): number {
  let count = 1;
  while (at + count < list.length) {
    const row = list[at + count]!;
    if (row - list[at + count - 1]! > through || row - list[at]! >= most) break;
    count++;
  }
  return count;
}

function takeChunk(
  table: TableLayout,
  chunk: Chunk,
  rows: Rows,
  bytes: Uint8Array,
  take: TakeRows,
): void | Promise<void> {
  const { span, at, count } = chunk;
  const first = rowAt(rows, at);
  const row = (i: number): number => rowAt(rows, at + i);
  const stride = table.rowBytes;
  if (bytes.length < chunk.length) {
    const whole = Math.floor(bytes.length / Math.max(1, stride));
    throw new FitsError(
      "TRUNCATED",
      `${table.label}: the file ends in row ${first + whole} of ${table.rowCount}`,
    );
  }
  if (row(count - 1) - first === count - 1) return take(span, at, { bytes, base: 0, stride, count, row });
  const width = span.to - span.from;
  const picked = new Uint8Array(count * width);
  for (let i = 0; i < count; i++) {
    const from = (row(i) - first) * stride;
    picked.set(bytes.subarray(from, from + width), i * width);
  }
  return take(span, at, { bytes: picked, base: 0, stride: width, count, row });
}

/** The fields of one column among the rows of its span. */
export function fieldsOf(column: Column, span: Span, fields: Fields): Fields {
  return { ...fields, base: fields.base + column.offset - span.from };
}
