/**
 * Which bytes of a table's rows to read. Rows lie one after the other, so a column is a strided read: where the rest
 * of a row is small, whole rows are read in long ranges; of very wide rows only the parts that are wanted.
 */
import { FitsError } from "../errors.js";
import type { Course } from "../read/plan.js";
import type { ByteRange } from "../source/source.js";
import type { Column } from "./column.js";
import type { Fields } from "./gather.js";
import type { TableLayout } from "./layout.js";

/** Rows `start..stop`: 0-based, half-open. */
export interface RowRange {
  readonly start: number;
  readonly stop: number;
}

/** Rows to read: a range, or the numbers of single rows in ascending order, none twice. */
export type Rows = RowRange | { readonly list: Float64Array };

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
const chunkBytes = 1024 * 1024;
/** Most ranges of one step, so that a plan stays small whatever number of rows a header claims. */
const stepRanges = 65_536;
/** Reads of more than this are bulk data that the cache does not keep. */
const keepBytes = 4 * 1024 * 1024;

/**
 * The parts of a row that hold `columns`: one span of the whole row, unless its unneeded parts are so large that
 * skipping them is worth a request for every row. No span is longer than a range may be, but that of one huge field.
 */
export function rowSpans(columns: readonly Column[], rowBytes: number): Span[] {
  const order = columns.map((_, i) => i).filter((i) => columns[i]!.width > 0);
  order.sort((a, b) => columns[a]!.offset - columns[b]!.offset);
  const spans: { from: number; to: number; columns: number[] }[] = [];
  for (const i of order) {
    const { offset, width } = columns[i]!;
    const last = spans.at(-1);
    const to = Math.max(last?.to ?? 0, offset + width);
    if (last && offset - last.to <= wideGap && (to - last.from <= chunkBytes || to === last.to)) {
      last.to = to;
      last.columns.push(i);
    } else spans.push({ from: offset, to: offset + width, columns: [i] });
  }
  const only = spans[0];
  // Between one row's span and the next one's lies the rest of both rows.
  if (only && spans.length === 1 && rowBytes <= chunkBytes && rowBytes - (only.to - only.from) <= wideGap) {
    return [{ from: 0, to: rowBytes, columns: only.columns }];
  }
  return spans;
}

/** Whether the span of a row is read in one range. */
export function isUncut({ from, to }: Span): boolean {
  return to - from <= chunkBytes;
}

/** Takes rows as they land. */
export interface RowTaker {
  /** `fields` are rows of the span; `at` is the place of the first among the rows asked for. */
  rows(span: Span, at: number, fields: Fields): void;
  /** Part of a row's span that is too long for one range: its bytes lie `from` bytes behind the span's start. */
  part(span: Span, at: number, from: number, fields: Fields): void;
}

interface Chunk extends ByteRange {
  readonly span: Span;
  /** Places among the rows asked for. */
  readonly at: number;
  readonly count: number;
  /** Set where the chunk is part of one row's span: bytes from the span's start. */
  readonly from?: number;
}

export interface ReadRowsOptions {
  /** Whether the bytes of the spans are descriptors alone. Default false. */
  readonly locates?: boolean | undefined;
  /** Whether later steps depend on the bytes of the spans. Default false. */
  readonly more?: boolean | undefined;
  /** Where the file ends, where that is known to be before the data do. */
  readonly fileEnd?: number | undefined;
}

/** Reads the spans of the rows and hands them to `taker`. Throws TRUNCATED, before anything is read where that is known. */
export function* readRows(
  table: TableLayout,
  label: string,
  spans: readonly Span[],
  rows: Rows,
  taker: RowTaker,
  { locates = false, more = false, fileEnd = Number.POSITIVE_INFINITY }: ReadRowsOptions = {},
): Course<void> {
  const count = rowsCount(rows);
  const lastSpan = spans.at(-1);
  if (lastSpan && count > 0) {
    const end = table.dataOffset + rowAt(rows, count - 1) * table.rowBytes + lastSpan.to;
    if (end > fileEnd) throw endsInRows(table, fileEnd);
  }
  const chunks = chunkRows(table, spans, rows);
  let failure: unknown;
  for (;;) {
    const some = nextChunks(chunks);
    if (some.length === 0) return;
    const bytes = some.reduce((sum, { length }) => sum + length, 0);
    yield {
      label,
      ranges: some,
      keep: bytes <= keepBytes,
      locates,
      more: more || some.length === stepRanges,
      take: (i, bytes) => {
        // Of a short file most ranges may have no bytes: one error is enough for all of them.
        if (failure !== undefined) throw failure;
        try {
          takeChunk(table, some[i]!, rows, bytes, taker);
        } catch (error) {
          failure = error;
          throw error;
        }
      },
    };
  }
}

/** Chunks for one step. */
function nextChunks(chunks: Iterator<Chunk>): Chunk[] {
  const some: Chunk[] = [];
  while (some.length < stepRanges) {
    const { value, done } = chunks.next();
    if (done) break;
    some.push(value);
  }
  return some;
}

function* chunkRows(
  { rowBytes, dataOffset }: TableLayout,
  spans: readonly Span[],
  rows: Rows,
): Generator<Chunk, undefined> {
  // Rows without bytes are never looped over: there may be 2^53 of them.
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
      if (length <= chunkBytes || count > 1) yield { offset, length, span, at, count };
      else yield* partsOf({ offset, length, span, at, count });
    }
    at += count;
  }
}

/** A span of one row, cut into ranges. */
function* partsOf({ offset, length, span, at }: Chunk): Generator<Chunk, undefined> {
  for (let from = 0; from < length; from += chunkBytes) {
    yield { offset: offset + from, length: Math.min(chunkBytes, length - from), span, at, count: 1, from };
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

function takeChunk(table: TableLayout, chunk: Chunk, rows: Rows, bytes: Uint8Array, taker: RowTaker): void {
  const { span, at, count, from } = chunk;
  const first = rowAt(rows, at);
  const row = (i: number): number => rowAt(rows, at + i);
  const stride = table.rowBytes;
  if (bytes.length < chunk.length) throw endsInRows(table, chunk.offset + bytes.length);
  if (from !== undefined) taker.part(span, at, from, { bytes, base: 0, stride, count, row });
  else if (row(count - 1) - first === count - 1) taker.rows(span, at, { bytes, base: 0, stride, count, row });
  else {
    const width = span.to - span.from;
    const picked = new Uint8Array(count * width);
    for (let i = 0; i < count; i++) {
      const start = (row(i) - first) * stride;
      picked.set(bytes.subarray(start, start + width), i * width);
    }
    taker.rows(span, at, { bytes: picked, base: 0, stride: width, count, row });
  }
}

function endsInRows({ label, dataOffset, rowBytes, rowCount }: TableLayout, fileEnd: number): FitsError {
  const row = Math.max(0, Math.floor((fileEnd - dataOffset) / Math.max(1, rowBytes)));
  return new FitsError("TRUNCATED", `${label}: the file ends in row ${row} of ${rowCount}`);
}

/** The fields of one column among the rows of its span. */
export function fieldsOf(column: Column, span: Span, fields: Fields): Fields {
  return { ...fields, base: fields.base + column.offset - span.from };
}

/** Most rows without bytes that memory is taken for: a header may claim 2^53 of them, and no file would be too short. */
const mostEmptyRows = 2 ** 24;

/**
 * Refuses (TOO_LARGE) rows whose columns have no bytes in the file but take memory for every row: empty strings and
 * empty arrays.
 */
export function checkEmptyRows(table: TableLayout, columns: readonly Column[], count: number): void {
  if (count <= mostEmptyRows || !columns.some((column) => column.width === 0 && takesMemory(column))) return;
  // The rows of a plain table are no more than its bytes; a tile of a compressed one may claim any number.
  if (!table.compressed && columns.some(({ width }) => width > 0)) return;
  throw new FitsError(
    "TOO_LARGE",
    `${table.label}: ${count} rows of columns without bytes; read at most ${mostEmptyRows} at a time`,
  );
}

/** Whether a row of this column takes memory even where its field has no bytes. */
export function takesMemory({ code, descriptor, width }: Column): boolean {
  return width > 0 || code === "A" || descriptor !== undefined;
}
