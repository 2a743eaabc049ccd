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
  const slots = new Int16Array(2 * mostEntries).fill(-1);
  /** Where each entry begins and ends in `bytes`. */
  const starts: number[] = [];
  const ends: number[] = [];
  const numbers = new Uint16Array(count);
  // Values of four bytes are compared as one.
  const words = at(count) === 4 * count ? new Int32Array(bytes.buffer, bytes.byteOffset, count) : undefined;
  let end = 0;
  for (let i = 0; i < count; i++) {
    const start = end;
    end = at(i + 1);
    let slot = (words ? hashWord(seed, words[i]!) : hash(bytes, start, end)) & (slots.length - 1);
    let entry = slots[slot]!;
    while (
      entry >= 0 &&
      (words
        ? words[starts[entry]! >> 2] !== words[i]
        : !isSame(bytes, starts[entry]!, ends[entry]!, start, end))
    ) {
      slot = (slot + 1) & (slots.length - 1);
      entry = slots[slot]!;
    }
    if (entry < 0) {
      if (starts.length === mostEntries) return undefined;
      entry = starts.length;
      slots[slot] = entry;
      starts.push(start);
      ends.push(end);
    }
    numbers[i] = entry;
    if (i === sample && starts.length > sample / 2) return undefined;
  }
  const width = Math.max(1, 32 - Math.clz32(starts.length - 1));
  const size = starts.reduce((n, start, entry) => n + ends[entry]! - start, 0);
  if (size + (count * width) / 8 > 0.8 * bytes.length) return undefined;
  const entries = new Uint8Array(size);
  let to = 0;
  for (const [entry, start] of starts.entries()) {
    entries.set(bytes.subarray(start, ends[entry]), to);
    to += ends[entry]! - start;
  }
  const run = pack(count, width, (i) => numbers[i]!);
  const indices = new Uint8Array(1 + run.length);
  indices[0] = width;
  indices.set(run, 1);
  return { entries: starts.length, bytes: entries, indices };
}

const seed = 0x811c9dc5;
const prime = 0x01000193;

/** FNV-1a by words of four bytes, the high bits mixed into the low ones after each. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let h = seed;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    h = hashWord(h, word);
  }
  for (; i < end; i++) h = Math.imul(h ^ bytes[i]!, prime);
  return h ^ (h >>> 15);
}

function hashWord(h: number, word: number): number {
  const product = Math.imul(h ^ word, prime);
  return product ^ (product >>> 15);
}

function isSame(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (aEnd - a !== bEnd - b) return false;
  for (let i = a, k = b; i < aEnd; i++, k++) if (bytes[i] !== bytes[k]) return false;
  return true;
}
