/**
 * One column under construction: takes fields chunk by chunk, in any order, and ends as values.
 */
import { type Arrays, allocate, bytesOf, bytesPerElement, type DType } from "../array.js";
import { FitsError } from "../errors.js";
import { asciiFiller } from "./ascii.js";
import { Nulls } from "./bitmap.js";
import { type Column, title } from "./column.js";
import { type BoolData, boolData, type ColumnData, type Descriptors, numberData } from "./data.js";
import { copyFields, type Fields, type Filler, type FillOptions, gather, toNative } from "./gather.js";
import type { TableLayout } from "./layout.js";
import { complexOf, numbersOf } from "./number.js";
import { stringParts } from "./text.js";

/** A filler that takes fields too long for one range part by part, too. */
export interface PartFiller<T> extends Filler<T> {
  /** Takes part of the field of row `at`: the bytes of `fields` lie `from` bytes behind the field's start. */
  putPart(at: number, from: number, fields: Fields): void;
}

/** Fills a column of `rows` rows of a binary or ASCII table. Not for variable-length columns. Throws TOO_LARGE. */
export function columnFiller(
  column: Column,
  rows: number,
  options: FillOptions = {},
): PartFiller<ColumnData> {
  if (options.bytes) {
    return numberFiller("uint8", rows, column.width, (data) =>
      numberData(column, [rows, column.width], "uint8", data as Uint8Array<ArrayBuffer>),
    );
  }
  if (column.text) return wholeFields(column, asciiFiller(column, rows, options));
  const shape = [rows, ...column.shape];
  const elements = column.shape.reduce((n, axis) => n * axis, 1);
  if (column.code === "A")
    return wholeFields(column, stringFiller(column, shape, elements, options.raw ?? false));
  if (column.code === "X") return bitFiller(column, shape, elements);
  if (column.code === "L") return logicalFiller(column, shape, elements);
  const raw = options.raw ?? false;
  if (column.code === "C" || column.code === "M") {
    return numberFiller(column.stored, rows, 2 * elements, (data) =>
      complexOf(column, data as Float64Array<ArrayBuffer>, shape, raw),
    );
  }
  return numberFiller(column.stored, rows, elements, (data) => numbersOf(column, data, shape, raw));
}

/** Puts the parts of each field together for a filler that takes whole fields alone. */
function wholeFields<T>({ width }: Column, filler: Filler<T>): PartFiller<T> {
  const started = new Map<number, { bytes: Uint8Array; missing: number }>();
  return {
    ...filler,
    putPart: (at, from, { bytes: part, row }) => {
      let field = started.get(at);
      if (!field) {
        field = { bytes: allocate("uint8", width), missing: width };
        started.set(at, field);
      }
      const { bytes } = field;
      bytes.set(part, from);
      field.missing -= part.length;
      if (field.missing > 0) return;
      started.delete(at);
      filler.put(at, { bytes, base: 0, stride: width, count: 1, row });
    },
  };
}

/** Copies part of a field of which the first `width` bytes are wanted; a TDIMn may leave the others out. */
function copyPart(out: Uint8Array, width: number, at: number, from: number, { bytes }: Fields): void {
  if (from < width) out.set(bytes.subarray(0, width - from), at * width + from);
}

function numberFiller(
  dtype: DType,
  rows: number,
  elements: number,
  finish: (data: Arrays[DType]) => ColumnData,
): PartFiller<ColumnData> {
  const data = allocate(dtype, rows * elements);
  const size = bytesPerElement(dtype);
  let bigEndian = false;
  return {
    put: (at, fields) => {
      bigEndian = gather(data, size, elements, at * elements, fields);
    },
    putPart: (at, from, fields) => {
      copyPart(bytesOf(data), elements * size, at, from, fields);
      bigEndian = true;
    },
    finish: () => {
      if (bigEndian) toNative(data, dtype);
      return finish(data);
    },
  };
}

function stringFiller(
  column: Column,
  shape: readonly number[],
  elements: number,
  raw: boolean,
): Filler<ColumnData> {
  const parts = stringParts(raw);
  return {
    put: (at, fields) => parts.put(at * elements, elements, column.stringBytes, fields),
    finish: () => parts.finish(column, shape),
  };
}

function bitFiller(column: Column, shape: readonly number[], elements: number): PartFiller<ColumnData> {
  const data = allocate("uint8", shape[0]! * elements);
  return {
    put: (at, { bytes, base, stride, count }) => {
      for (let row = 0, field = base; row < count; row++, field += stride) {
        expandBits(data, (at + row) * elements, elements, bytes, field);
      }
    },
    putPart: (at, from, { bytes }) => {
      const count = Math.min(8 * bytes.length, elements - 8 * from);
      expandBits(data, at * elements + 8 * from, count, bytes, 0);
    },
    finish: () => boolData(column, shape, data),
  };
}

/** Bits of X, highest first, to bytes of 0 and 1. */
export function expandBits(
  out: Uint8Array,
  to: number,
  count: number,
  bytes: Uint8Array,
  from: number,
): void {
  for (let bit = 0; bit < count; bit++) out[to + bit] = (bytes[from + (bit >> 3)]! >> (7 - (bit & 7))) & 1;
}

function logicalFiller(column: Column, shape: readonly number[], elements: number): PartFiller<ColumnData> {
  const data = allocate("uint8", shape[0]! * elements);
  return {
    put: (at, fields) => copyFields(data, elements, at * elements, fields),
    putPart: (at, from, fields) => copyPart(data, elements, at, from, fields),
    finish: () => logicalsOf(column, data, shape),
  };
}

const letterT = 84;
const letterF = 70;

/**
 * Logicals from their letters, in place: T is true, a zero byte null, all else false (as cfitsio has it). Bytes of 1
 * with no letter anywhere are astropy's of before 5.3, whose variable-length logicals were 1 and 0.
 */
export function logicalsOf(
  column: Column,
  data: Uint8Array<ArrayBuffer>,
  shape: readonly number[],
): BoolData {
  const nulls = new Nulls(data.length);
  if (column.descriptor && data.includes(1) && !data.includes(letterT) && !data.includes(letterF)) {
    return boolData(column, shape, data);
  }
  for (let i = 0; i < data.length; i++) {
    if (data[i] === 0) nulls.add(i);
    data[i] = data[i] === letterT ? 1 : 0;
  }
  return boolData(column, shape, data, nulls.bitmap ? nulls : undefined);
}

/** Fills the descriptors of a variable-length column: zeros where the field is empty (`0PJ`). Throws TOO_LARGE. */
export function descriptorFiller(column: Column, rows: number): PartFiller<Descriptors> {
  const counts = allocate("float64", rows);
  const offsets = allocate("float64", rows);
  const put = column.descriptor === "Q" ? putQ : putP;
  return wholeFields(column, {
    put: (at, fields) => {
      if (column.repeat > 0) put(counts, offsets, at, fields);
    },
    finish: () => ({ counts, offsets }),
  });
}

type PutDescriptors = (counts: Float64Array, offsets: Float64Array, at: number, fields: Fields) => void;

const putP: PutDescriptors = (counts, offsets, at, { bytes, base, stride, count }) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let row = 0, p = base; row < count; row++, p += stride) {
    counts[at + row] = view.getInt32(p);
    // The Standard has signed offsets; heaps between 2 and 4 GB are written with unsigned ones all the same.
    offsets[at + row] = view.getUint32(p + 4);
  }
};

const putQ: PutDescriptors = (counts, offsets, at, { bytes, base, stride, count }) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let row = 0, p = base; row < count; row++, p += stride) {
    counts[at + row] = view.getInt32(p) * 2 ** 32 + view.getUint32(p + 4);
    offsets[at + row] = view.getInt32(p + 8) * 2 ** 32 + view.getUint32(p + 12);
  }
};

/** Does work on a column; what goes wrong is told with the names of the table and the column. */
export function inColumn<T>(table: Pick<TableLayout, "label">, column: Column, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof FitsError) || cause.message.startsWith(table.label)) throw cause;
    const name = title(column);
    const what = cause.message.startsWith(name) ? cause.message : `${name}: ${cause.message}`;
    throw new FitsError(cause.code, `${table.label}: ${what}`, { cause });
  }
}
