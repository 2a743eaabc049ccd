/**
 * Values of a column: one typed array for all rows, or offsets and bytes for strings, or offsets and values for
 * variable-length arrays. Every kind reads like an array of cells; none makes an object per row until asked.
 */
import { type Arrays, allocate, type DType } from "../array.js";
import { FitsError } from "../errors.js";
import { isValid, type Nulls } from "./bitmap.js";
import { type Column, title } from "./column.js";

/** One cell as a JavaScript value: complex numbers are [re, im], vectors nested arrays, slowest axis outside. */
export type Cell = number | bigint | boolean | string | null | Cell[];

/** A cell of elements of type `E`: one element, or for vectors nested arrays of these, slowest axis outside. */
export type CellOf<E> = E | null | CellOf<E>[];

/** What all kinds share. `shape` is that of the rows and, after it, of one cell: [rows, ...cell], slowest axis first. */
interface Values<C extends Cell> extends Iterable<Cell> {
  readonly column: Column;
  /** That of the column, TUNITn; absent without one. */
  readonly unit?: string | undefined;
  /** Rows. */
  readonly length: number;
  readonly shape: readonly number[];
  /** One bit a value of `data` (a pair, if complex), Arrow's order, 0 where null; absent where nothing is null. */
  readonly validity?: Uint8Array<ArrayBuffer>;
  readonly nullCount: number;
  /** The cell of a row, 0-based. Throws FitsError BAD_SELECTION outside the rows. */
  get(row: number): C;
  /** As `get`, negative rows from the end, `undefined` outside: Array's `at`. */
  at(row: number): C | undefined;
}

/** Numbers of one type. */
interface NumberValues<D extends DType> extends Values<CellOf<Arrays[D][number]>> {
  readonly kind: "number";
  readonly dtype: D;
  readonly data: Arrays[D];
}

/**
 * Numbers in native byte order: rows x elements of a cell. Where a value is null the stored one stands (NaN if scaled).
 * `dtype` tells the type of `data`, to the compiler as well.
 */
export type NumberData<D extends DType = DType> = { [Q in D]: NumberValues<Q> }[D];

/** Complex numbers: rows x elements of a cell x (real, imaginary). `shape` does not count the pair as an axis. */
export interface ComplexData extends Values<CellOf<[real: number, imaginary: number]>> {
  readonly kind: "complex";
  readonly dtype: "complex64" | "complex128";
  readonly data: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
}

/** Logicals and bits, one byte each: 1 or 0. */
export interface BoolData extends Values<CellOf<boolean>> {
  readonly kind: "bool";
  readonly dtype: "bool";
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Strings as they stand in the file: string i is `bytes[offsets[i]..offsets[i + 1]]`, padding and all. */
export interface StoredText {
  readonly offsets: ArrayLike<number>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Strings as UTF-8: string i is `bytes[offsets[i]..offsets[i + 1]]`, trimmed as the Standard says. */
export interface StringData extends Values<CellOf<string>> {
  readonly kind: "string";
  readonly dtype: "string";
  readonly offsets: Int32Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /**
   * The same strings as they stand in the file. There with `raw`; else only where `bytes` have lost something: bytes
   * from 0x80 on that were no UTF-8, bytes behind a NUL.
   */
  readonly stored?: StoredText;
}

/** Where the arrays of a variable-length column lie: for each row elements, and bytes from the heap's start. */
export interface Descriptors {
  readonly counts: Float64Array<ArrayBuffer>;
  readonly offsets: Float64Array<ArrayBuffer>;
}

/** Variable-length arrays: that of row i is `values[offsets[i]..offsets[i + 1]]`. */
export interface ListData extends Values<Cell[] | null> {
  readonly kind: "list";
  readonly dtype: DType | "complex64" | "complex128" | "bool";
  readonly offsets: Int32Array<ArrayBuffer>;
  readonly values: NumberData | ComplexData | BoolData;
  /** The descriptors in the file. There with `bytes` alone: `values` are the bytes of the arrays then. */
  readonly stored?: Descriptors;
}

export type ColumnData = NumberData | ComplexData | BoolData | StringData | ListData;

/** Most values or bytes that 32-bit offsets can count. */
export const maxOffset: number = 2 ** 31 - 1;

/** How many elements one cell has. */
export function cellElements(shape: readonly number[]): number {
  let elements = 1;
  for (let axis = 1; axis < shape.length; axis++) elements *= shape[axis]!;
  return elements;
}

abstract class Cells<E extends Cell> {
  readonly column: Column;
  readonly shape: readonly number[];
  readonly nullCount: number;
  readonly validity?: Uint8Array<ArrayBuffer>;
  readonly #elements: number;

  constructor(column: Column, shape: readonly number[], nulls: Nulls | undefined) {
    this.column = column;
    this.shape = shape;
    this.nullCount = nulls?.count ?? 0;
    if (nulls?.bitmap) this.validity = nulls.bitmap;
    this.#elements = cellElements(shape);
  }

  get unit(): string | undefined {
    return this.column.unit;
  }

  get length(): number {
    return this.shape[0]!;
  }

  /** Element i of all rows, known not to be null. */
  protected abstract element(i: number): E;

  get(row: number): CellOf<E> {
    if (!Number.isInteger(row) || row < 0 || row >= this.length) {
      throw new FitsError("BAD_SELECTION", `${title(this.column)}: no row ${row} among ${this.length}`);
    }
    return this.#nested(row * this.#elements, 1);
  }

  at(row: number): CellOf<E> | undefined {
    const positive = row < 0 ? this.length + row : row;
    return positive >= 0 && positive < this.length ? this.get(Math.trunc(positive)) : undefined;
  }

  *[Symbol.iterator](): Iterator<CellOf<E>> {
    for (let row = 0; row < this.length; row++) yield this.get(row);
  }

  #nested(from: number, axis: number): CellOf<E> {
    if (axis === this.shape.length) {
      return this.validity && !isValid(this.validity, from) ? null : this.element(from);
    }
    const count = this.shape[axis]!;
    let stride = 1;
    for (let k = axis + 1; k < this.shape.length; k++) stride *= this.shape[k]!;
    const cells = new Array<CellOf<E>>(count);
    for (let i = 0; i < count; i++) cells[i] = this.#nested(from + i * stride, axis + 1);
    return cells;
  }
}

class NumberCells<D extends DType> extends Cells<Arrays[D][number]> implements NumberValues<D> {
  readonly kind = "number";
  readonly dtype: D;
  readonly data: Arrays[D];

  constructor(column: Column, shape: readonly number[], dtype: D, data: Arrays[D], nulls?: Nulls) {
    super(column, shape, nulls);
    this.dtype = dtype;
    this.data = data;
  }

  protected element(i: number): Arrays[D][number] {
    return this.data[i]!;
  }
}

class ComplexCells extends Cells<[real: number, imaginary: number]> implements ComplexData {
  readonly kind = "complex";
  readonly dtype: "complex64" | "complex128";
  readonly data: ComplexData["data"];

  constructor(column: Column, shape: readonly number[], data: ComplexData["data"]) {
    super(column, shape, undefined);
    this.dtype = data instanceof Float32Array ? "complex64" : "complex128";
    this.data = data;
  }

  protected element(i: number): [real: number, imaginary: number] {
    return [this.data[2 * i]!, this.data[2 * i + 1]!];
  }
}

class BoolCells extends Cells<boolean> implements BoolData {
  readonly kind = "bool";
  readonly dtype = "bool";
  readonly data: Uint8Array<ArrayBuffer>;

  constructor(column: Column, shape: readonly number[], data: Uint8Array<ArrayBuffer>, nulls?: Nulls) {
    super(column, shape, nulls);
    this.data = data;
  }

  protected element(i: number): boolean {
    return this.data[i] === 1;
  }
}

/** A byte order mark is a character of the text, not of the encoding: a field has none. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

class StringCells extends Cells<string> implements StringData {
  readonly kind = "string";
  readonly dtype = "string";
  readonly offsets: Int32Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly stored?: StoredText;

  constructor(
    column: Column,
    shape: readonly number[],
    offsets: Offsets,
    bytes: Uint8Array<ArrayBuffer>,
    nulls?: Nulls,
    stored?: StoredText,
  ) {
    super(column, shape, nulls);
    this.offsets = offsets;
    this.bytes = bytes;
    if (stored) this.stored = stored;
  }

  protected element(i: number): string {
    const from = this.offsets[i]!;
    const to = this.offsets[i + 1]!;
    // TextDecoder costs a microsecond a call: a short string of ASCII is made faster by hand.
    if (to - from > 24) return utf8.decode(this.bytes.subarray(from, to));
    let text = "";
    for (let k = from; k < to; k++) {
      const code = this.bytes[k]!;
      if (code > 127) return utf8.decode(this.bytes.subarray(from, to));
      text += String.fromCharCode(code);
    }
    return text;
  }
}

type Offsets = Int32Array<ArrayBuffer>;

class ListCells extends Cells<Cell[]> implements ListData {
  readonly kind = "list";
  readonly dtype: ListData["dtype"];
  readonly offsets: Offsets;
  readonly values: ListData["values"];
  readonly stored?: Descriptors;

  constructor(column: Column, offsets: Offsets, values: ListData["values"], stored?: Descriptors) {
    super(column, [offsets.length - 1], undefined);
    this.dtype = values.dtype;
    this.offsets = offsets;
    this.values = values;
    if (stored) this.stored = stored;
  }

  protected element(i: number): Cell[] {
    const from = this.offsets[i]!;
    const cells = Array.from({ length: this.offsets[i + 1]! - from }, (_, k) => this.values.get(from + k));
    return nested(cells, this.column.cellShape ?? []);
  }
}

/**
 * The elements of a variable-length cell in the shape of TDIMn, slowest axis first and as long as it takes; as they are
 * where they do not fill the other axes.
 */
function nested(elements: Cell[], shape: readonly number[]): Cell[] {
  let cells = elements;
  const inner = shape.slice(1);
  if (elements.length % inner.reduce((n, axis) => n * axis, 1) !== 0) return elements;
  for (const axis of inner.reverse()) {
    cells = Array.from({ length: cells.length / axis }, (_, i) => cells.slice(i * axis, (i + 1) * axis));
  }
  return cells;
}

/** Numbers of `shape` [rows, ...cell]. */
export function numberData<D extends DType>(
  column: Column,
  shape: readonly number[],
  dtype: D,
  data: Arrays[D],
  nulls?: Nulls,
): NumberData<D> {
  return new NumberCells(column, shape, dtype, data, nulls);
}

/** Complex numbers of `shape` [rows, ...cell]; `data` holds pairs. */
export function complexData(
  column: Column,
  shape: readonly number[],
  data: ComplexData["data"],
): ComplexData {
  return new ComplexCells(column, shape, data);
}

/** Booleans of `shape` [rows, ...cell]; `data` holds 0 and 1. */
export function boolData(
  column: Column,
  shape: readonly number[],
  data: Uint8Array<ArrayBuffer>,
  nulls?: Nulls,
): BoolData {
  return new BoolCells(column, shape, data, nulls);
}

/** Strings of `shape` [rows, ...cell]; one offset more than strings. */
export function stringData(
  column: Column,
  shape: readonly number[],
  offsets: Offsets,
  bytes: Uint8Array<ArrayBuffer>,
  nulls?: Nulls,
  stored?: StoredText,
): StringData {
  return new StringCells(column, shape, offsets, bytes, nulls, stored);
}

/** Arrays of variable length; one offset more than rows. */
export function listData(
  column: Column,
  offsets: Offsets,
  values: ListData["values"],
  stored?: Descriptors,
): ListData {
  return new ListCells(column, offsets, values, stored);
}

/** Offsets of consecutive pieces of these lengths. Throws TOO_LARGE beyond 2^31 - 1. */
export function offsetsOf(lengths: ArrayLike<number>, what: string): Offsets {
  const offsets = allocate("int32", lengths.length + 1);
  let total = 0;
  for (let i = 0; i < lengths.length; i++) {
    total += lengths[i]!;
    if (total > maxOffset)
      throw new FitsError("TOO_LARGE", `${what} holds more than ${maxOffset} values; read fewer rows`);
    offsets[i + 1] = total;
  }
  return offsets;
}
