/**
 * From rows of bytes to columns: fields that lie a row apart, gathered into one array in native byte order.
 */
import { type Arrays, bigEndianToNative, bytesOf, bytesPerElement, type DType } from "../array.js";

/** Some rows as bytes: field `f` of the i-th of them starts at `base + i * stride`. */
export interface Fields {
  readonly bytes: Uint8Array;
  readonly base: number;
  readonly stride: number;
  readonly count: number;
  /** Number in the table of the i-th, for messages. */
  readonly row: (i: number) => number;
}

/** A column under construction: takes its fields chunk by chunk, in any order. */
export interface Filler<T> {
  /** Takes fields of the column; the first of them is that of row `at` of the result. */
  put(at: number, fields: Fields): void;
  finish(): T;
}

export interface FillOptions {
  /** Stored values instead of those after TSCALn and TZEROn. Default false. */
  readonly raw?: boolean | undefined;
  /** Fields as the bytes of the file, arrays of variable length as bytes with their descriptors. Default false. */
  readonly bytes?: boolean | undefined;
}

export interface ReadColumnsOptions extends FillOptions {
  /** Whether later steps depend on the values, as they do on the columns of a condition. Default false. */
  readonly more?: boolean | undefined;
}

/** Below this many bytes a field, composing each element beats copying fields and swapping the whole afterwards. */
const copyFrom = 128;

const lowWord = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1;

/**
 * Gathers fields of `elements` big-endian numbers each into `data`, from its element `at`. Answers whether what was
 * written is still big-endian, for the caller to swap at the end: wide fields are copied as they are. The answer
 * depends on the type and `elements` alone.
 */
export function gather(
  data: Arrays[DType],
  size: 1 | 2 | 4 | 8,
  elements: number,
  at: number,
  fields: Fields,
): boolean {
  if (elements * size >= copyFrom || size === 1) {
    copyFields(bytesOf(data), elements * size, at * size, fields);
    return size !== 1;
  }
  const view = new DataView(fields.bytes.buffer, fields.bytes.byteOffset, fields.bytes.byteLength);
  if (size === 2) gather16(new Int16Array(data.buffer, data.byteOffset), view, elements, at, fields);
  else if (size === 4) gather32(new Int32Array(data.buffer, data.byteOffset), view, elements, at, fields);
  else gather64(new Int32Array(data.buffer, data.byteOffset), view, elements, at, fields);
  return false;
}

function gather16(out: Int16Array, view: DataView, elements: number, at: number, fields: Fields): void {
  let field = fields.base;
  let to = at;
  for (let row = 0; row < fields.count; row++, field += fields.stride) {
    for (let e = 0, p = field; e < elements; e++, p += 2) out[to++] = view.getInt16(p);
  }
}

// Floats move as integers, so that the payload of a NaN survives.
function gather32(out: Int32Array, view: DataView, elements: number, at: number, fields: Fields): void {
  let field = fields.base;
  let to = at;
  for (let row = 0; row < fields.count; row++, field += fields.stride) {
    for (let e = 0, p = field; e < elements; e++, p += 4) out[to++] = view.getInt32(p);
  }
}

// Two 32-bit words are four times as fast as one BigInt.
function gather64(out: Int32Array, view: DataView, elements: number, at: number, fields: Fields): void {
  let field = fields.base;
  let to = 2 * at;
  const high = 1 - lowWord;
  for (let row = 0; row < fields.count; row++, field += fields.stride) {
    for (let e = 0, p = field; e < elements; e++, p += 8, to += 2) {
      out[to + high] = view.getInt32(p);
      out[to + lowWord] = view.getInt32(p + 4);
    }
  }
}

/** Copies fields of `width` bytes each, one after the other. */
export function copyFields(out: Uint8Array, width: number, at: number, fields: Fields): void {
  const { bytes, base, stride, count } = fields;
  if (stride === width) {
    out.set(bytes.subarray(base, base + count * width), at);
    return;
  }
  if (width === 1) {
    for (let row = 0, p = base; row < count; row++, p += stride) out[at + row] = bytes[p]!;
    return;
  }
  for (let row = 0, p = base, to = at; row < count; row++, p += stride, to += width) {
    if (width >= 32) out.set(bytes.subarray(p, p + width), to);
    else for (let k = 0; k < width; k++) out[to + k] = bytes[p + k]!;
  }
}

/** Swaps what `gather` left big-endian. */
export function toNative(data: Arrays[DType], dtype: DType): void {
  bigEndianToNative(bytesOf(data), bytesPerElement(dtype));
}
