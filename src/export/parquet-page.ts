/**
 * Column chunks of Parquet straight from columnar values: one page each, plain encoding, no object for any value.
 *
 * hyparquet-writer takes a value at a time, which is a tenth of the speed; it still writes the file around these
 * chunks, and those columns that have no short way (vectors of more than one axis, nulls in vectors).
 */
import type { ColumnChunk, SchemaElement, Statistics } from "hyparquet";
import { allocate, bytesOf } from "../array.js";
import { isValid } from "../table/bitmap.js";
import {
  type ColumnData,
  cellElements,
  type ListData,
  type NumberData,
  type StringData,
} from "../table/data.js";

/** What a page holds: levels of lists and nulls, and the values that are there. */
interface Page {
  /** Entries, nulls and empty lists included. */
  readonly entries: number;
  readonly levels: readonly Uint8Array[];
  readonly values: Uint8Array;
  readonly statistics?: Statistics;
}

export interface ChunkTarget {
  readonly offset: number;
  appendBytes(bytes: Uint8Array): void;
}

/** How a chunk stands in the schema. */
export interface ChunkPlace {
  /** Names from the column down to its values. */
  readonly path: readonly string[];
  readonly element: SchemaElement;
  /** Compresses pages; absent for none. */
  readonly compress?: ((bytes: Uint8Array) => Uint8Array) | undefined;
}

/** Whether `writeChunk` can write a column; `optional` where its schema lets values be null. */
export function hasShortWay(data: ColumnData, optional: boolean): boolean {
  if (data.kind === "complex") return data.shape.length === 1;
  if (data.kind === "list") return data.values.kind !== "complex" && !optional;
  return data.shape.length === 1 || (data.kind === "number" && data.shape.length === 2 && !optional);
}

/** Writes the values of a column as one chunk. */
export function writeChunk(target: ChunkTarget, data: ColumnData, place: ChunkPlace): ColumnChunk {
  return writePage(target, pageOf(data, place.element.repetition_type === "OPTIONAL"), place);
}

/** Writes a chunk without values, of a column of any type. */
export function writeEmptyChunk(target: ChunkTarget, place: ChunkPlace): ColumnChunk {
  const none = levelBits(0, new Uint8Array(0));
  const levels =
    place.path.length > 1 ? [none, none] : place.element.repetition_type === "OPTIONAL" ? [none] : [];
  return writePage(target, { entries: 0, levels, values: new Uint8Array(0) }, place);
}

function writePage(target: ChunkTarget, page: Page, place: ChunkPlace): ColumnChunk {
  const body = join([...page.levels, page.values]);
  const shorter = place.compress?.(body);
  const compressed = shorter && shorter.length < body.length ? shorter : undefined;
  const written = compressed ?? body;
  const start = target.offset;
  const header = pageHeader(page.entries, body.length, written.length);
  target.appendBytes(header);
  target.appendBytes(written);
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: place.element.type!,
      encodings: ["PLAIN", "RLE"],
      path_in_schema: [...place.path],
      codec: compressed ? "SNAPPY" : "UNCOMPRESSED",
      num_values: BigInt(page.entries),
      total_uncompressed_size: BigInt(header.length + body.length),
      total_compressed_size: BigInt(header.length + written.length),
      data_page_offset: BigInt(start),
      ...(page.statistics && { statistics: page.statistics }),
    },
  };
}

function pageOf(data: ColumnData, optional: boolean): Page {
  if (data.kind === "list") return listPage(data);
  if (data.kind === "string") return scalarPage(data, optional, stringValues);
  if (data.kind === "bool") {
    return scalarPage(data, optional, (_, kept) => packBits(kept.length, (i) => data.data[kept.at(i)] === 1));
  }
  const width = data.kind === "complex" ? 2 : cellElements(data.shape);
  if (data.kind === "complex" || data.shape.length === 2) {
    const values = data.kind === "complex" ? bytesOf(data.data) : numberBytes(data);
    return { ...equalLists(data.length, width), values };
  }
  const page = scalarPage(data, optional, (_, kept) => numberBytes(data, kept));
  return { ...page, statistics: numberStatistics(data) };
}

/** The rows whose values are written: all, or those that are not null. */
interface Kept {
  readonly length: number;
  at(i: number): number;
  readonly all: boolean;
}

function scalarPage<D extends ColumnData>(
  data: D,
  optional: boolean,
  values: (data: D, kept: Kept) => Uint8Array,
): Page {
  const { length, validity } = data;
  const kept = keptRows(length, validity);
  // Bits of a validity bitmap are definition levels as they are.
  const levels = optional
    ? [levelBits(length, validity ?? new Uint8Array(Math.ceil(length / 8)).fill(0xff))]
    : [];
  return { entries: length, levels, values: values(data, kept) };
}

function keptRows(length: number, validity: Uint8Array | undefined): Kept {
  if (!validity) return { length, at: (i) => i, all: true };
  const rows: number[] = [];
  for (let i = 0; i < length; i++) if (isValid(validity, i)) rows.push(i);
  return { length: rows.length, at: (i) => rows[i]!, all: false };
}

/** Levels of 0 and 1, bit-packed in one run, behind their length. */
function levelBits(count: number, bits: Uint8Array): Uint8Array {
  const groups = Math.ceil(count / 8);
  const run = varint(groups * 2 + 1);
  const out = new Uint8Array(4 + run.length + groups);
  new DataView(out.buffer).setUint32(0, run.length + groups, true);
  out.set(run, 4);
  out.set(bits.subarray(0, groups), 4 + run.length);
  return out;
}

function packBits(count: number, isSet: (i: number) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (let i = 0; i < count; i++) if (isSet(i)) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}

/** Levels of `count` lists of `width` values each: every value is there, the first of each list begins it. */
function equalLists(count: number, width: number): Pick<Page, "entries" | "levels"> {
  if (width === 0)
    return { entries: count, levels: [levelBits(count, zeros(count)), levelBits(count, zeros(count))] };
  const entries = count * width;
  const present = new Uint8Array(Math.ceil(entries / 8)).fill(0xff);
  return {
    entries,
    levels: [
      levelBits(
        entries,
        packBits(entries, (i) => i % width !== 0),
      ),
      levelBits(entries, present),
    ],
  };
}

function zeros(count: number): Uint8Array {
  return new Uint8Array(Math.ceil(count / 8));
}

function listPage({ offsets, values, length }: ListData): Page {
  let empty = 0;
  for (let i = 0; i < length; i++) if (offsets[i] === offsets[i + 1]) empty++;
  const entries = offsets[length]! - offsets[0]! + empty;
  const repeated = zeros(entries);
  const present = zeros(entries);
  for (let i = 0, e = 0; i < length; i++) {
    const count = offsets[i + 1]! - offsets[i]!;
    for (let k = 0; k < count; k++, e++) {
      if (k > 0) repeated[e >> 3]! |= 1 << (e & 7);
      present[e >> 3]! |= 1 << (e & 7);
    }
    if (count === 0) e++;
  }
  const levels = [levelBits(entries, repeated), levelBits(entries, present)];
  if (values.kind === "number") return { entries, levels, values: numberBytes(values) };
  return { entries, levels, values: packBits(values.length, (i) => values.data[i] === 1) };
}

/** Numbers as Parquet stores them: 8- and 16-bit integers as 32-bit ones, little-endian as all hosts that run this. */
function numberBytes(data: NumberData, kept?: Kept): Uint8Array {
  const { dtype, data: values } = data;
  const isNarrow = dtype === "int8" || dtype === "uint8" || dtype === "int16" || dtype === "uint16";
  if (!kept || kept.all) return isNarrow ? bytesOf(Int32Array.from(values as Int16Array)) : bytesOf(values);
  const out = allocate(isNarrow ? "int32" : dtype, kept.length);
  for (let i = 0; i < kept.length; i++) out[i] = values[kept.at(i)]!;
  return bytesOf(out);
}

function stringValues({ offsets, bytes }: StringData, kept: Kept): Uint8Array {
  let total = 4 * kept.length;
  for (let i = 0; i < kept.length; i++) total += offsets[kept.at(i) + 1]! - offsets[kept.at(i)]!;
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  let to = 0;
  for (let i = 0; i < kept.length; i++) {
    const from = offsets[kept.at(i)]!;
    const end = offsets[kept.at(i) + 1]!;
    view.setUint32(to, end - from, true);
    to += 4;
    for (let p = from; p < end; p++) out[to++] = bytes[p]!;
  }
  return out;
}

/** Least and greatest value, NaN left aside; of 64-bit integers none, for comparing them takes longer than all else. */
function numberStatistics({ dtype, data, validity, nullCount }: NumberData): Statistics {
  const count = { null_count: BigInt(nullCount) };
  if (dtype === "int64" || dtype === "uint64") return count;
  const values = data as Float64Array;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (validity && !isValid(validity, i)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min > max || dtype === "uint32") return count;
  // Signed zeros compare equal: the bounds must hold both (parquet.thrift, Statistics).
  return { ...count, min_value: min === 0 ? -0 : min, max_value: max === 0 ? 0 : max };
}

/** PageHeader of a data page, version 1, in Thrift's compact protocol (parquet.thrift). */
function pageHeader(entries: number, uncompressed: number, compressed: number): Uint8Array {
  const plain = 0;
  const rle = 3;
  const dataPage = 0;
  return Uint8Array.from([
    ...[0x15, ...zigzag(dataPage), 0x15, ...zigzag(uncompressed), 0x15, ...zigzag(compressed)],
    ...[0x2c, 0x15, ...zigzag(entries), 0x15, ...zigzag(plain), 0x15, ...zigzag(rle), 0x15, ...zigzag(rle)],
    ...[0, 0],
  ]);
}

function zigzag(value: number): number[] {
  return varint(value * 2);
}

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  out.push(rest);
  return out;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Uint8Array(parts.reduce((n, { length }) => n + length, 0));
  let to = 0;
  for (const part of parts) {
    out.set(part, to);
    to += part.length;
  }
  return out;
}
