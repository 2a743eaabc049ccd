/**
 * Rows of columns put together otherwise: chosen rows of one, or the rows of several after each other.
 */
import { type Arrays, allocate, type DType } from "../array.js";
import { FitsError } from "../errors.js";
import { isValid, Nulls } from "./bitmap.js";
import {
  boolData,
  type ColumnData,
  cellElements,
  complexData,
  type Descriptors,
  type ListData,
  listData,
  maxOffset,
  numberData,
  type StoredText,
  type StringData,
  stringData,
} from "./data.js";

/** Elements to copy, one after the other: from where, how many. */
interface Segment {
  readonly from: ColumnData;
  readonly start: number;
  readonly count: number;
}

/** The rows with these 0-based numbers, in this order. */
export function takeRows(data: ColumnData, rows: ArrayLike<number>): ColumnData {
  const segments: Segment[] = [];
  for (let i = 0; i < rows.length; ) {
    const start = rows[i]!;
    let count = 1;
    while (i + count < rows.length && rows[i + count] === start + count) count++;
    segments.push({ from: data, start, count });
    i += count;
  }
  return join(data, segments, rows.length);
}

/** All rows of `parts`, in order; they are of one column. There must be at least one. */
export function concatRows(parts: readonly ColumnData[]): ColumnData {
  const first = parts[0]!;
  if (parts.length === 1) return first;
  const segments = parts.map((from) => ({ from, start: 0, count: from.length }));
  return join(
    first,
    segments,
    segments.reduce((n, { count }) => n + count, 0),
  );
}

function join(like: ColumnData, segments: readonly Segment[], rows: number): ColumnData {
  const shape = [rows, ...like.shape.slice(1)];
  const elements = cellElements(shape);
  const { column } = like;
  const nulls = joinNulls(segments, elements, rows);
  if (like.kind === "string") {
    const { offsets, source } = joinOffsets(segments, elements, rows);
    const bytes = allocate("uint8", offsets[offsets.length - 1]!);
    for (const { from, start, end, to } of source)
      bytes.set((from as StringData).bytes.subarray(start, end), to);
    return stringData(column, shape, offsets, bytes, nulls, joinStored(segments, elements, rows));
  }
  if (like.kind === "list") {
    const { offsets, source } = joinOffsets(segments, 1, rows);
    const inner = source.map(({ from, start, end }) => ({
      from: (from as ListData).values,
      start,
      count: end - start,
    }));
    const values = join(like.values, inner, offsets[rows]!) as ListData["values"];
    return listData(column, offsets, values, joinDescriptors(segments, rows));
  }
  const perRow = elements * (like.kind === "complex" ? 2 : 1);
  const dtype = arrayType(like);
  const data = allocate(dtype, rows * perRow);
  let to = 0;
  for (const { from, start, count } of segments) {
    const source = (from as { data: Arrays[DType] }).data.subarray(start * perRow, (start + count) * perRow);
    (data as { set(source: ArrayLike<number | bigint>, to: number): void }).set(source, to);
    to += source.length;
  }
  if (like.kind === "number") return numberData(column, shape, dtype, data, nulls);
  if (like.kind === "complex") return complexData(column, shape, data as Float64Array<ArrayBuffer>);
  return boolData(column, shape, data as Uint8Array<ArrayBuffer>, nulls);
}

/** The strings as they stand in the file, where any of the segments keeps them so; of the others, the trimmed ones. */
function joinStored(segments: readonly Segment[], elements: number, rows: number): StoredText | undefined {
  const texts = segments.map(({ from }) => (from as StringData).stored ?? (from as StringData));
  if (!segments.some(({ from }) => (from as StringData).stored)) return undefined;
  const offsets = allocate("float64", rows * elements + 1);
  let at = 0;
  for (const [s, { start, count }] of segments.entries()) {
    const own = texts[s]!.offsets;
    for (let i = start * elements; i < (start + count) * elements; i++, at++)
      offsets[at + 1] = offsets[at]! + own[i + 1]! - own[i]!;
  }
  const bytes = allocate("uint8", offsets[at]!);
  let to = 0;
  for (const [s, { start, count }] of segments.entries()) {
    const text = texts[s]!;
    const piece = text.bytes.subarray(
      text.offsets[start * elements],
      text.offsets[(start + count) * elements],
    );
    bytes.set(piece, to);
    to += piece.length;
  }
  return { offsets, bytes };
}

/** The descriptors of lists of bytes. */
function joinDescriptors(segments: readonly Segment[], rows: number): Descriptors | undefined {
  const descriptors = { counts: allocate("float64", rows), offsets: allocate("float64", rows) };
  let at = 0;
  for (const { from, start, count } of segments) {
    const { stored } = from as ListData;
    if (!stored) return undefined;
    descriptors.counts.set(stored.counts.subarray(start, start + count), at);
    descriptors.offsets.set(stored.offsets.subarray(start, start + count), at);
    at += count;
  }
  return descriptors;
}

function arrayType(like: ColumnData): DType {
  if (like.kind === "number") return like.dtype;
  if (like.kind === "complex") return like.dtype === "complex64" ? "float32" : "float64";
  return "uint8";
}

interface OffsetSegment {
  from: ColumnData;
  start: number;
  end: number;
  to: number;
}

function joinOffsets(
  segments: readonly Segment[],
  elements: number,
  rows: number,
): { offsets: Int32Array<ArrayBuffer>; source: OffsetSegment[] } {
  const offsets = allocate("int32", rows * elements + 1);
  const source: OffsetSegment[] = [];
  let at = 0;
  let total = 0;
  for (const { from, start, count } of segments) {
    const own = (from as StringData | ListData).offsets;
    const first = start * elements;
    const last = first + count * elements;
    const base = own[first]!;
    if (total + own[last]! - base > maxOffset) {
      throw new FitsError(
        "TOO_LARGE",
        `more than ${maxOffset} values in one column; read fewer rows at a time`,
      );
    }
    for (let i = first + 1; i <= last; i++) offsets[++at] = total + own[i]! - base;
    source.push({ from, start: base, end: own[last]!, to: total });
    total += own[last]! - base;
  }
  return { offsets, source };
}

function joinNulls(segments: readonly Segment[], elements: number, rows: number): Nulls | undefined {
  if (!segments.some(({ from }) => from.nullCount > 0)) return undefined;
  const nulls = new Nulls(rows * elements);
  let at = 0;
  for (const { from, start, count } of segments) {
    const { validity } = from;
    for (let i = start * elements; validity && i < (start + count) * elements; i++) {
      if (!isValid(validity, i)) nulls.add(at + i - start * elements);
    }
    at += count * elements;
  }
  return nulls;
}
