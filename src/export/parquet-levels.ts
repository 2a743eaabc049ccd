/**
 * Repetition and definition levels of Parquet: where lists begin, and which values are there.
 *
 * A repetition level says in which list the entry goes on (0 begins a row), a definition level how far down there is
 * something: less than the number of lists for an empty list, the greatest one for a value.
 */
import { isValid } from "../table/bitmap.js";
import type { ColumnData } from "../table/data.js";

/** The levels of a page as they stand before its values. */
export interface Levels {
  /** Entries, nulls and empty lists included. */
  readonly entries: number;
  readonly bytes: readonly Uint8Array[];
}

/** The levels of a column whose values lie in lists, or in none; `optional` where its schema lets values be null. */
export function levelsOf(data: ColumnData, optional: boolean): Levels {
  if (data.kind === "list") return listLevels(data, optional);
  const axes = [...data.shape.slice(1), ...(data.kind === "complex" ? [2] : [])];
  if (axes.length === 0) return scalarLevels(data.length, data.validity, optional);
  return fixedLevels(data.length, axes, data.validity, optional);
}

function scalarLevels(length: number, validity: Uint8Array | undefined, optional: boolean): Levels {
  if (!optional) return { entries: length, bytes: [] };
  // Bits of a validity bitmap are definition levels as they are.
  const bytes = validity ? packedRun(length, 1, validity) : sameRun(length, 1);
  return { entries: length, bytes: [withLength(bytes)] };
}

/** Cells of one shape: the levels of one are those of all. */
function fixedLevels(
  rows: number,
  axes: readonly number[],
  validity: Uint8Array | undefined,
  optional: boolean,
): Levels {
  const none = axes.indexOf(0);
  const filled = none < 0 ? axes : axes.slice(0, none);
  const perRow = filled.reduce((n, axis) => n * axis, 1);
  const strides = stridesOf(filled);
  const cell = Uint8Array.from({ length: perRow }, (_, i) => (i === 0 ? 0 : repetition(i, strides)));
  const entries = rows * perRow;
  const greatest = axes.length + (optional ? 1 : 0);
  const repeated = pack(entries, widthOf(axes.length), (i) => cell[i % perRow]!);
  const defined =
    none < 0 && validity
      ? pack(entries, widthOf(greatest), (i) => (isValid(validity, i) ? greatest : greatest - 1))
      : sameRun(entries, none < 0 ? greatest : none);
  return { entries, bytes: [withLength(repeated), withLength(defined)] };
}

/** Cells of varying length, cut by the other axes of TDIMn where there are any. */
function listLevels(data: Extract<ColumnData, { kind: "list" }>, optional: boolean): Levels {
  const { offsets, values, length } = data;
  const parts = values.kind === "complex" ? 2 : 1;
  const inner = [...(data.column.cellShape?.slice(1) ?? []), ...(parts === 2 ? [2] : [])];
  const greatest = inner.length + 1 + (optional ? 1 : 0);
  const strides = stridesOf([1, ...inner]);
  let entries = 0;
  for (let row = 0; row < length; row++) entries += Math.max(1, parts * (offsets[row + 1]! - offsets[row]!));
  const repeated = new Uint8Array(entries);
  const defined = new Uint8Array(entries).fill(greatest);
  const { validity } = values;
  for (let row = 0, entry = 0; row < length; row++) {
    const from = parts * offsets[row]!;
    const count = parts * offsets[row + 1]! - from;
    if (count === 0) defined[entry++] = 0;
    for (let i = 0; i < count; i++, entry++) {
      if (i > 0) repeated[entry] = repetition(i, strides);
      if (validity && !isValid(validity, from + i)) defined[entry]!--;
    }
  }
  return {
    entries,
    bytes: [
      withLength(pack(entries, widthOf(inner.length + 1), (i) => repeated[i]!)),
      withLength(pack(entries, widthOf(greatest), (i) => defined[i]!)),
    ],
  };
}

/** Values that an element of each list holds, outermost list first. */
function stridesOf(axes: readonly number[]): number[] {
  return axes.map((_, k) => axes.slice(k + 1).reduce((n, axis) => n * axis, 1));
}

/** The list that goes on with value i of a cell: the outermost one of which an element begins there. */
function repetition(i: number, strides: readonly number[]): number {
  let k = 0;
  while (i % strides[k]! !== 0) k++;
  return k + 1;
}

/** Bits that a level of up to `greatest` takes. */
function widthOf(greatest: number): number {
  return 32 - Math.clz32(greatest);
}

/** Levels or indices behind the four bytes of their length, as a page of version 1 has levels. */
function withLength(run: Uint8Array): Uint8Array {
  const out = new Uint8Array(4 + run.length);
  new DataView(out.buffer).setUint32(0, run.length, true);
  out.set(run, 4);
  return out;
}

/** `count` times one number below 256: a run of its own. */
function sameRun(count: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(count * 2), value]);
}

/** Numbers of `width` bits, at most 24, bit-packed in one run. */
export function pack(count: number, width: number, at: (i: number) => number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8) * width);
  let held = 0;
  let kept = 0;
  let to = 0;
  for (let i = 0; i < count; i++) {
    held |= at(i) << kept;
    for (kept += width; kept >= 8; kept -= 8) {
      bits[to++] = held & 0xff;
      held >>>= 8;
    }
  }
  if (kept > 0) bits[to] = held;
  return packedRun(count, width, bits);
}

function packedRun(count: number, width: number, bits: Uint8Array): Uint8Array {
  const groups = Math.ceil(count / 8);
  const head = varint(groups * 2 + 1);
  const out = new Uint8Array(head.length + groups * width);
  out.set(head);
  out.set(bits.subarray(0, groups * width), head.length);
  return out;
}

/** A number as ULEB128, seven bits a byte. */
export function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  out.push(rest);
  return out;
}
