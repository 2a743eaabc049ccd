/**
 * Values of a column as the bytes of a binary table: in its rows, and in its heap (FITS Standard 4.0, section 7.3.3).
 *
 * A column is first made big-endian as a whole, at memory speed, and then dealt out into the rows.
 */
import { bytesPerElement } from "../array.js";
import { FitsError } from "../errors.js";
import { isValid } from "../table/bitmap.js";
import { type AnyArray, toBigEndian } from "./bigendian.js";
import { checkText } from "./card.js";
import { shown } from "./check.js";
import {
  type BatchColumn,
  type ColumnPlan,
  isVariable,
  nullBytes,
  type VariableValues,
  valueBytes,
} from "./column.js";
import { checkOffsets, checkValid } from "./given.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** Largest number that the descriptors of P columns hold. */
const maxP = 2 ** 31 - 1;

/** How many rows a batch's column has. Throws BAD_ARGUMENT where the values are no whole number of cells. */
export function rowsIn(plan: ColumnPlan, { values, valid }: BatchColumn): number | undefined {
  if (isVariable(values)) {
    checkOffsets(values, partsOf(plan), plan.title);
    if (!plan.descriptor && plan.code !== "A")
      throw new FitsError(
        "BAD_ARGUMENT",
        `${plan.title} is not of variable length: its values take no offsets`,
      );
    checkValid(
      valid,
      plan.descriptor ? values.offsets[values.offsets.length - 1]! : values.offsets.length - 1,
      plan.title,
    );
    checkEmpty(plan, (i) => values.offsets[i + 1]! - values.offsets[i]!, values.offsets.length - 1);
    return cellsToRows(plan, values.offsets.length - 1);
  }
  if (plan.descriptor)
    throw new FitsError("BAD_ARGUMENT", `${plan.title} is of variable length: its values need offsets`);
  if (plan.code === "A" && !Array.isArray(values)) {
    throw new FitsError("BAD_ARGUMENT", `${plan.title}: give strings as a list, or as bytes with offsets`);
  }
  checkValid(valid, values.length / partsOf(plan), plan.title);
  checkEmpty(plan, (i) => textAt(plan, values as readonly unknown[], i).length, values.length);
  return cellsToRows(plan, values.length / partsOf(plan));
}

/** Throws BAD_ARGUMENT for text in fields of no bytes. */
function checkEmpty(plan: ColumnPlan, lengthOf: (i: number) => number, count: number): void {
  if (plan.code !== "A" || plan.descriptor || plan.stringBytes > 0) return;
  for (let i = 0; i < count; i++) checkLength(plan, lengthOf(i));
}

/** A string of a list, null as an empty one. Throws WRONG_TYPE for what is no text. */
function textAt(plan: ColumnPlan, values: readonly unknown[], i: number): string {
  const string = values[i] ?? "";
  if (typeof string === "string") return string;
  throw new FitsError("WRONG_TYPE", `${plan.title}: value ${i} is ${shown(string)}, not text`);
}

function cellsToRows(plan: ColumnPlan, cells: number): number | undefined {
  // Cells of no elements say nothing of the number of rows.
  if (plan.perCell === 0 && cells === 0) return undefined;
  if (cells < 0)
    throw new FitsError(
      "BAD_ARGUMENT",
      `${plan.title}: its offsets are empty; one more than cells are needed`,
    );
  const rows = cells / plan.perCell;
  if (Number.isInteger(rows)) return rows;
  throw new FitsError(
    "BAD_ARGUMENT",
    `${plan.title}: ${cells} values are no whole number of cells of ${plan.perCell}`,
  );
}

/** Elements of the typed array that one value takes: 2 of a complex. */
function partsOf(plan: ColumnPlan): 1 | 2 {
  return plan.code === "C" || plan.code === "M" ? 2 : 1;
}

/** Rows `start` to `stop` of a column, put into `rows`, whose first row is row `start`. `heapAt` is where in the heap
 * the first of these cells goes. @returns where the next one would */
export function encodeColumn(
  plan: ColumnPlan,
  batch: BatchColumn,
  start: number,
  stop: number,
  rows: { bytes: Bytes; rowBytes: number },
  heapAt: number,
): number {
  if (plan.width === 0) return heapAt;
  if (plan.descriptor) {
    const [cells, next] = descriptors(plan, batch.values as VariableValues, start, stop, heapAt);
    deal(cells, plan.width, rows, plan.offset);
    return next;
  }
  const from = start * plan.perCell;
  const to = stop * plan.perCell;
  let cells: Bytes;
  if (plan.code === "A") cells = text(plan, batch, from, to);
  else if (plan.code === "X") cells = bits(batch.values as Uint8Array, from, plan.perCell, stop - start);
  else cells = stored(plan, batch.values as AnyArray, batch.valid, from, to);
  if (cells.length > 0) deal(cells, cells.length / (stop - start), rows, plan.offset);
  return heapAt;
}

/** Values `from` to `to`, big-endian, nulls put in. */
function stored(
  plan: ColumnPlan,
  values: AnyArray,
  valid: Uint8Array | undefined,
  from: number,
  to: number,
): Bytes {
  const parts = partsOf(plan);
  const bytes = toBigEndian(values, plan.dtype!, from * parts, to * parts);
  if (plan.code === "L") for (let i = 0; i < bytes.length; i++) bytes[i] = bytes[i] === 0 ? 70 : 84;
  const size = valueBytes(plan);
  if (plan.column.null !== undefined) checkValues(plan, bytes, (i) => !valid || isValid(valid, from + i));
  if (!valid) return bytes;
  let none: Bytes | undefined;
  for (let i = from; i < to; i++) {
    if (isValid(valid, i)) continue;
    none ??= nullBytes(plan);
    bytes.set(none, (i - from) * size);
  }
  return bytes;
}

/** Throws BAD_ARGUMENT where a value that is there equals TNULLn. */
function checkValues(plan: ColumnPlan, bytes: Bytes, isThere: (i: number) => boolean): void {
  const none = new Uint8Array(nullBytes(plan)).buffer;
  const fail = (i: number): void => {
    if (!isThere(i)) return;
    throw new FitsError(
      "BAD_ARGUMENT",
      `${plan.title}: a value is stored as ${plan.column.null}, which its null value stands for; give another null`,
    );
  };
  const { buffer } = bytes;
  if (none.byteLength === 8) {
    const [high, low] = new Uint32Array(none);
    const words = new Uint32Array(buffer);
    for (let i = 0; 2 * i < words.length; i++) if (words[2 * i] === high && words[2 * i + 1] === low) fail(i);
    return;
  }
  const types = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array } as const;
  const type = types[none.byteLength as 1 | 2 | 4];
  const value = new type(none)[0];
  const values = new type(buffer);
  for (let i = 0; i < values.length; i++) if (values[i] === value) fail(i);
}

/** `cells` times `perCell` bits, packed with the first one highest; each cell starts a byte. */
function bits(values: Uint8Array, from: number, perCell: number, cells: number): Bytes {
  const width = Math.ceil(perCell / 8);
  const bytes = new Uint8Array(width * cells);
  for (let cell = 0, i = from; cell < cells; cell++) {
    for (let bit = 0; bit < perCell; bit++, i++) {
      if (values[i]) bytes[cell * width + (bit >> 3)]! |= 0x80 >> (bit & 7);
    }
  }
  return bytes;
}

const encoder = new TextEncoder();

/** Strings `from` to `to` in `stringBytes` each, the rest of each NUL. */
function text(plan: ColumnPlan, { values, valid }: BatchColumn, from: number, to: number): Bytes {
  const width = plan.stringBytes;
  const bytes = new Uint8Array((to - from) * width);
  for (let i = from; i < to; i++) {
    if (valid && !isValid(valid, i)) continue;
    if (isVariable(values)) {
      const string = (values.values as Uint8Array).subarray(values.offsets[i]!, values.offsets[i + 1]!);
      checkLength(plan, string.length);
      bytes.set(string, (i - from) * width);
      continue;
    }
    const string = textAt(plan, values as readonly unknown[], i);
    checkLength(plan, string.length);
    checkText(string, `${plan.title}: ${JSON.stringify(string.slice(0, 40))}`);
    encoder.encodeInto(string, bytes.subarray((i - from) * width, (i - from + 1) * width));
  }
  return bytes;
}

function checkLength(plan: ColumnPlan, length: number): void {
  if (length <= plan.stringBytes) return;
  throw new FitsError(
    "BAD_ARGUMENT",
    `${plan.title}: a string of ${length} bytes is longer than its ${plan.stringBytes}`,
  );
}

/** Length and place of each cell in the heap, as P or Q descriptors. */
function descriptors(
  plan: ColumnPlan,
  { offsets }: VariableValues,
  start: number,
  stop: number,
  heapAt: number,
): [Bytes, number] {
  const wide = plan.descriptor === "Q";
  const view = new DataView(new ArrayBuffer((stop - start) * plan.width));
  let at = heapAt;
  for (let row = start, i = 0; row < stop; row++, i += plan.width) {
    const count = offsets[row + 1]! - offsets[row]!;
    const place = count === 0 ? 0 : at;
    at += heapLength(plan, count);
    if (wide) {
      view.setBigUint64(i, BigInt(count));
      view.setBigUint64(i + 8, BigInt(place));
    } else {
      if (at > maxP)
        throw new FitsError(
          "TOO_LARGE",
          `${plan.title}: the heap outgrows P descriptors; use the format 1Q${plan.code}`,
        );
      view.setUint32(i, count);
      view.setUint32(i + 4, place);
    }
  }
  return [new Uint8Array(view.buffer), at];
}

/** Bytes that `count` elements take in the heap. */
function heapLength(plan: ColumnPlan, count: number): number {
  return plan.code === "X" ? Math.ceil(count / 8) : count * valueBytes(plan);
}

/** What a batch's cells come to in the heap: their bytes, and the elements of the longest. */
export function heapFacts(plan: ColumnPlan, { values }: BatchColumn): { bytes: number; longest: number } {
  const { offsets } = values as VariableValues;
  let bytes = 0;
  let longest = 0;
  for (let row = 0; row + 1 < offsets.length; row++) {
    const count = offsets[row + 1]! - offsets[row]!;
    bytes += heapLength(plan, count);
    if (count > longest) longest = count;
  }
  return { bytes, longest };
}

/** About how many bytes go into one chunk of heap. */
const chunkBytes = 1 << 20;

/** A batch's cells of one column, as they go into the heap. */
export function* heapChunks(plan: ColumnPlan, { values, valid }: BatchColumn): Generator<Bytes, void, void> {
  const { offsets, values: elements } = values as VariableValues;
  const rows = offsets.length - 1;
  if (rows < 1) return;
  if (plan.code === "X") {
    for (let row = 0; row < rows; row++)
      yield bits(elements as Uint8Array, offsets[row]!, offsets[row + 1]! - offsets[row]!, 1);
    return;
  }
  const step = Math.max(1, Math.floor(chunkBytes / bytesPerElement(plan.dtype!) / partsOf(plan)));
  for (let from = offsets[0]!; from < offsets[rows]!; from += step) {
    yield stored(plan, elements, valid, from, Math.min(offsets[rows]!, from + step));
  }
}

/** Puts cells of `width` bytes into their rows: the common widths by loops of their own, which is what makes it fast. */
export function deal(
  cells: Bytes,
  width: number,
  { bytes, rowBytes }: { bytes: Bytes; rowBytes: number },
  offset: number,
): void {
  if (width === rowBytes) bytes.set(cells);
  else if (width === 1)
    for (let i = 0, to = offset; i < cells.length; i++, to += rowBytes) bytes[to] = cells[i]!;
  else if (width === 2) dealHalfWords(cells, bytes, offset, rowBytes);
  else if (width === 4 || width === 8) dealWords(cells, width, bytes, offset, rowBytes);
  else if (width < 32) {
    for (let i = 0, to = offset; i < cells.length; to += rowBytes) {
      for (let k = 0; k < width; k++) bytes[to + k] = cells[i++]!;
    }
  } else {
    for (let at = 0, to = offset; at < cells.length; at += width, to += rowBytes) {
      bytes.set(cells.subarray(at, at + width), to);
    }
  }
}

const littleEndianHost = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

// The bytes of a cell already are in their order: read and written as the host reads integers, they stay so.

function dealHalfWords(cells: Bytes, bytes: Bytes, offset: number, rowBytes: number): void {
  const from = new Uint16Array(cells.buffer, cells.byteOffset, cells.length / 2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0, to = offset; i < from.length; i++, to += rowBytes)
    view.setUint16(to, from[i]!, littleEndianHost);
}

function dealWords(cells: Bytes, width: 4 | 8, bytes: Bytes, offset: number, rowBytes: number): void {
  const from = new Uint32Array(cells.buffer, cells.byteOffset, cells.length / 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (width === 4) {
    for (let i = 0, to = offset; i < from.length; i++, to += rowBytes)
      view.setUint32(to, from[i]!, littleEndianHost);
    return;
  }
  for (let i = 0, to = offset; i < from.length; i += 2, to += rowBytes) {
    view.setUint32(to, from[i]!, littleEndianHost);
    view.setUint32(to + 4, from[i + 1]!, littleEndianHost);
  }
}
