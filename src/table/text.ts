/**
 * Fields of characters to strings: ended by a NUL, trailing blanks dropped, kept as UTF-8 bytes and offsets.
 */
import { allocate } from "../array.js";
import type { Nulls } from "./bitmap.js";
import { type Column, title } from "./column.js";
import { cellElements, offsetsOf, type StringData, stringData } from "./data.js";
import type { Fields } from "./gather.js";

interface Piece {
  readonly at: number;
  readonly lengths: Int32Array;
  readonly bytes: Uint8Array;
}

/** Collects the strings of a column, chunk by chunk in any order. */
export interface StringParts {
  /** The strings of `fields`, `perField` of `width` bytes in each; the first is string `at` of the column. */
  put(at: number, perField: number, width: number, fields: Fields): void;
  finish(column: Column, shape: readonly number[], nulls?: Nulls): StringData;
}

const strict = new TextDecoder("utf-8", { fatal: true });
const latin1 = new TextDecoder("latin1");
const encoder = new TextEncoder();

export function stringParts(): StringParts {
  const pieces: Piece[] = [];
  return {
    put: (at, perField, width, fields) => {
      pieces.push(piece(at, perField, width, fields));
    },
    finish: (column, shape, nulls) => {
      pieces.sort((a, b) => a.at - b.at);
      const lengths = allocate("int32", shape[0]! * cellElements(shape));
      for (const { at, lengths: own } of pieces) lengths.set(own, at);
      const offsets = offsetsOf(lengths, title(column));
      const bytes = allocate("uint8", offsets[lengths.length]!);
      for (const { at, bytes: own } of pieces) bytes.set(own, offsets[at]);
      return stringData(column, shape, offsets, bytes, nulls);
    },
  };
}

function piece(at: number, perField: number, width: number, fields: Fields): Piece {
  const { bytes, base, stride, count } = fields;
  const text = trimmer(count * perField, count * perField * width);
  for (let row = 0, field = base; row < count; row++, field += stride) {
    for (let s = 0, from = field; s < perField; s++, from += width) text.add(bytes, from, from + width);
  }
  return { at, ...text.finish() };
}

/** Strings of variable length: string i is `bytes[offsets[i]..offsets[i + 1]]`, before trimming. */
export function variableStrings(column: Column, offsets: Int32Array, bytes: Uint8Array): StringData {
  const rows = offsets.length - 1;
  const text = trimmer(rows, bytes.length);
  for (let i = 0; i < rows; i++) text.add(bytes, offsets[i]!, offsets[i + 1]!);
  const { lengths, bytes: trimmed } = text.finish();
  return stringData(column, [rows], offsetsOf(lengths, title(column)), trimmed);
}

interface Trimmed {
  lengths: Int32Array;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Puts `count` strings of at most `room` bytes in all after each other, each ended by a NUL and without trailing blanks. */
function trimmer(
  count: number,
  room: number,
): { add(bytes: Uint8Array, from: number, to: number): void; finish(): Trimmed } {
  const lengths = new Int32Array(count);
  const out = allocate("uint8", room);
  let to = 0;
  let i = 0;
  let all = 0;
  return {
    add: (bytes, from, stop) => {
      const start = to;
      let end = stop;
      while (end > from && (bytes[end - 1] === 32 || bytes[end - 1] === 0)) end--;
      for (let p = from; p < end; p++) {
        const byte = bytes[p]!;
        if (byte === 0) {
          while (to > start && out[to - 1] === 32) to--;
          break;
        }
        all |= byte;
        out[to++] = byte;
      }
      lengths[i++] = to - start;
    },
    finish: () => {
      // A copy, so that the untrimmed room is let go.
      const bytes = out.slice(0, to);
      return all > 127 ? toUtf8(lengths, bytes) : { lengths, bytes };
    },
  };
}

/**
 * Strings with bytes beyond ASCII, which the Standard forbids and files have: UTF-8 where they are that, else Latin-1.
 */
function toUtf8(lengths: Int32Array, bytes: Uint8Array): Trimmed {
  const encoded: Uint8Array[] = [];
  let total = 0;
  for (let i = 0, from = 0; i < lengths.length; i++) {
    const own = bytes.subarray(from, from + lengths[i]!);
    from += own.length;
    const text = own.every((byte) => byte < 128) ? own : recode(own);
    encoded.push(text);
    lengths[i] = text.length;
    total += text.length;
  }
  const out = new Uint8Array(total);
  let to = 0;
  for (const text of encoded) {
    out.set(text, to);
    to += text.length;
  }
  return { lengths, bytes: out };
}

function recode(bytes: Uint8Array): Uint8Array {
  try {
    strict.decode(bytes);
    return bytes;
  } catch {
    return encoder.encode(latin1.decode(bytes));
  }
}
