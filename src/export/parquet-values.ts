/**
 * The values of a Parquet page: plain, or as numbers of a dictionary.
 */
import { allocate, bytesOf } from "../array.js";
import { isValid } from "../table/bitmap.js";
import type { BoolData, ColumnData, ComplexData, NumberData, StringData } from "../table/data.js";
import { pack } from "./parquet-levels.js";

/** Elements of a column: those of its lists, or the cells themselves. */
export type Leaf = NumberData | ComplexData | BoolData | StringData;

/** The values of a column without its lists. */
export function leafOf(data: ColumnData): Leaf {
  return data.kind === "list" ? data.values : data;
}

/** Values in a row, each with its bytes as Parquet has them. */
export interface Plain {
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Where value i begins in `bytes`; there is one more than values. Absent for bits. */
  readonly at?: (i: number) => number;
}

/** The values that are there, in plain encoding. */
export function plainOf(leaf: Leaf): Plain {
  if (leaf.kind === "complex") {
    const { data } = leaf;
    return { count: data.length, bytes: bytesOf(data), at: (i) => i * data.BYTES_PER_ELEMENT };
  }
  const total = leaf.shape.reduce((n, axis) => n * axis, 1);
  const kept = keptOf(total, leaf.validity);
  if (leaf.kind === "number") return plainNumbers(leaf, kept);
  if (leaf.kind === "string") return plainStrings(leaf, kept);
  const { data } = leaf;
  const run = new Uint8Array(Math.ceil(kept.length / 8));
  for (let i = 0; i < kept.length; i++) if (data[kept.at(i)] === 1) run[i >> 3]! |= 1 << (i & 7);
  return { count: kept.length, bytes: run };
}

/** The places of the values that are there. */
interface Kept {
  readonly length: number;
  at(i: number): number;
  readonly all: boolean;
}

function keptOf(length: number, validity: Uint8Array | undefined): Kept {
  if (!validity) return { length, at: (i) => i, all: true };
  const places = allocate("uint32", length);
  let count = 0;
  for (let i = 0; i < length; i++) if (isValid(validity, i)) places[count++] = i;
  return { length: count, at: (i) => places[i]!, all: false };
}

/** 8- and 16-bit integers are stored as 32-bit ones; little-endian, as all hosts that run this. */
function plainNumbers({ dtype, data: values }: NumberData, kept: Kept): Plain {
  const isNarrow = dtype === "int8" || dtype === "uint8" || dtype === "int16" || dtype === "uint16";
  const count = kept.length;
  const at = (i: number): number => i * (isNarrow ? 4 : values.BYTES_PER_ELEMENT);
  if (kept.all && !isNarrow) return { count, bytes: bytesOf(values), at };
  const out = allocate(isNarrow ? "int32" : dtype, count);
  for (let i = 0; i < count; i++) out[i] = values[kept.at(i)]!;
  return { count, bytes: bytesOf(out), at };
}

/** Each string behind the four bytes of its length. */
function plainStrings({ offsets, bytes }: StringData, kept: Kept): Plain {
  const count = kept.length;
  const starts = allocate("float64", count + 1);
  for (let i = 0; i < count; i++)
    starts[i + 1] = starts[i]! + 4 + offsets[kept.at(i) + 1]! - offsets[kept.at(i)]!;
  const out = new Uint8Array(starts[count]!);
  const view = new DataView(out.buffer);
  for (let i = 0; i < count; i++) {
    const from = offsets[kept.at(i)]!;
    const end = offsets[kept.at(i) + 1]!;
    let to = starts[i]!;
    view.setUint32(to, end - from, true);
    to += 4;
    for (let p = from; p < end; p++) out[to++] = bytes[p]!;
  }
  return { count, bytes: out, at: (i) => starts[i]! };
}

/** Values as numbers of the entries of a dictionary. */
export interface Dictionary {
  readonly entries: number;
  /** The entries, in plain encoding. */
  readonly bytes: Uint8Array;
  /** The bits of a number, and the numbers bit-packed behind it. */
  readonly indices: Uint8Array;
}

const mostEntries = 1 << 15;
/** After so many values it shows whether they come again. */
const sample = 4096;

/** A dictionary, where it makes the values at least a fifth shorter. */
export function dictionaryOf({ count, bytes, at }: Plain): Dictionary | undefined {
  if (!at || count < 16) return undefined;
  const slots = new Int32Array(2 * mostEntries).fill(-1);
  const firsts: number[] = [];
  const numbers = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    const start = at(i);
    const end = at(i + 1);
    let slot = hash(bytes, start, end) & (slots.length - 1);
    let entry = slots[slot]!;
    while (entry >= 0 && !isSame(bytes, at(firsts[entry]!), start, end - start, at(firsts[entry]! + 1))) {
      slot = (slot + 1) & (slots.length - 1);
      entry = slots[slot]!;
    }
    if (entry < 0) {
      if (firsts.length === mostEntries) return undefined;
      entry = firsts.length;
      slots[slot] = entry;
      firsts.push(i);
    }
    numbers[i] = entry;
    if (i === sample && firsts.length > sample / 2) return undefined;
  }
  const width = Math.max(1, 32 - Math.clz32(firsts.length - 1));
  const size = firsts.reduce((n, i) => n + at(i + 1) - at(i), 0);
  if (size + (count * width) / 8 > 0.8 * bytes.length) return undefined;
  const entries = new Uint8Array(size);
  let to = 0;
  for (const i of firsts) {
    entries.set(bytes.subarray(at(i), at(i + 1)), to);
    to += at(i + 1) - at(i);
  }
  const run = pack(count, width, (i) => numbers[i]!);
  const indices = new Uint8Array(1 + run.length);
  indices[0] = width;
  indices.set(run, 1);
  return { entries: firsts.length, bytes: entries, indices };
}

/** FNV-1a, its high bits mixed into the low ones. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5;
  for (let i = start; i < end; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
  return h ^ (h >>> 15);
}

function isSame(bytes: Uint8Array, a: number, b: number, length: number, end: number): boolean {
  if (end - a !== length) return false;
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
  return true;
}
