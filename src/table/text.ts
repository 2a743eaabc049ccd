/**
 * Fields of characters to strings: ended by a NUL, trailing blanks dropped, kept as UTF-8 bytes and offsets.
 */
import { allocate } from "../array.js";
import { latin1 } from "../header/scan.js";
import type { Nulls } from "./bitmap.js";
import { type Column, title } from "./column.js";
import { cellElements, offsetsOf, type StoredText, type StringData, stringData } from "./data.js";
import type { Fields } from "./gather.js";

interface Piece extends Trimmed {
  /** Number in the column of the first string, and bytes of one field of text. */
  readonly at: number;
  readonly width: number;
  /** The fields as they stand in the file, where asked for or where trimming has lost something. */
  readonly stored?: Uint8Array;
}

/** Collects the strings of a column, chunk by chunk in any order. */
export interface StringParts {
  /** The strings of `fields`, `perField` of `width` bytes in each; the first is string `at` of the column. */
  put(at: number, perField: number, width: number, fields: Fields): void;
  finish(column: Column, shape: readonly number[], nulls?: Nulls): StringData;
}

const strict = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/** With `raw` the bytes of the file are kept beside the strings: see `StringData.stored`. */
export function stringParts(raw: boolean): StringParts {
  const pieces: Piece[] = [];
  return {
    put: (at, perField, width, fields) => {
      pieces.push(piece(at, perField, width, fields, raw));
    },
    finish: (column, shape, nulls) => {
      pieces.sort((a, b) => a.at - b.at);
      const lengths = allocate("int32", shape[0]! * cellElements(shape));
      for (const { at, lengths: own } of pieces) lengths.set(own, at);
      const offsets = offsetsOf(lengths, title(column));
      const bytes = allocate("uint8", offsets[lengths.length]!);
      for (const { at, bytes: own } of pieces) bytes.set(own, offsets[at]);
      return stringData(column, shape, offsets, bytes, nulls, storedText(pieces, lengths.length));
    },
  };
}

function piece(at: number, perField: number, width: number, fields: Fields, raw: boolean): Piece {
  const { bytes, base, stride, count } = fields;
  const text = trimmer(count * perField, count * perField * width);
  for (let row = 0, field = base; row < count; row++, field += stride) {
    for (let s = 0, from = field; s < perField; s++, from += width) text.add(bytes, from, from + width);
  }
  const trimmed = text.finish();
  if (!raw && !trimmed.lossy) return { at, width, ...trimmed };
  const stored = new Uint8Array(count * perField * width);
  for (let row = 0, from = base; row < count; row++, from += stride) {
    stored.set(bytes.subarray(from, from + perField * width), row * perField * width);
  }
  return { at, width, ...trimmed, stored };
}

/** What stands in the file for `count` strings, if any piece keeps it; of pieces that lost nothing, text and NULs. */
function storedText(pieces: readonly Piece[], count: number): StoredText | undefined {
  const width = pieces[0]?.width ?? 0;
  if (!pieces.some(({ stored }) => stored)) return undefined;
  const bytes = allocate("uint8", count * width);
  for (const { at, lengths, bytes: text, stored } of pieces) {
    if (stored) bytes.set(stored, at * width);
    else {
      let from = 0;
      for (const [i, length] of lengths.entries()) {
        bytes.set(text.subarray(from, from + length), (at + i) * width);
        from += length;
      }
    }
  }
  return { offsets: Float64Array.from({ length: count + 1 }, (_, i) => i * width), bytes };
}

/**
 * Strings of variable length: string i is `bytes[offsets[i]..offsets[i + 1]]`, before trimming. With `raw` they stay
 * at hand as they are.
 */
export function variableStrings(
  column: Column,
  offsets: Int32Array,
  bytes: Uint8Array<ArrayBuffer>,
  raw: boolean,
): StringData {
  const rows = offsets.length - 1;
  const text = trimmer(rows, bytes.length);
  for (let i = 0; i < rows; i++) text.add(bytes, offsets[i]!, offsets[i + 1]!);
  const { lengths, bytes: trimmed, lossy } = text.finish();
  const stored = raw || lossy ? { offsets, bytes } : undefined;
  return stringData(column, [rows], offsetsOf(lengths, title(column)), trimmed, undefined, stored);
}

interface Trimmed {
  readonly lengths: Int32Array;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the strings do not tell which bytes stood in the file, padding apart. */
  readonly lossy: boolean;
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
  let cut = false;
  return {
    add: (bytes, from, stop) => {
      const start = to;
      let end = stop;
      while (end > from && (bytes[end - 1] === 32 || bytes[end - 1] === 0)) end--;
      for (let p = from; p < end; p++) {
        const byte = bytes[p]!;
        if (byte === 0) {
          while (to > start && out[to - 1] === 32) to--;
          cut = true;
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
      if (all <= 127) return { lengths, bytes, lossy: cut };
      const utf8 = toUtf8(lengths, bytes);
      return { ...utf8, lossy: cut || utf8.lossy };
    },
  };
}

/**
 * Strings with bytes beyond ASCII, which the Standard forbids and files have: UTF-8 where they are that, else Latin-1.
 */
function toUtf8(lengths: Int32Array, bytes: Uint8Array): Trimmed {
  const encoded: Uint8Array[] = [];
  let total = 0;
  let lossy = false;
  for (let i = 0, from = 0; i < lengths.length; i++) {
    const own = bytes.subarray(from, from + lengths[i]!);
    from += own.length;
    const text = own.every((byte) => byte < 128) ? own : recode(own);
    if (text !== own) lossy = true;
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
  return { lengths, bytes: out, lossy };
}

/** Latin-1 as UTF-8; a string that is UTF-8 already stays as it is. */
function recode(bytes: Uint8Array): Uint8Array {
  try {
    strict.decode(bytes);
    return bytes;
  } catch {
    return encoder.encode(latin1(bytes));
  }
}
