/**
 * PLIO_1: IRAF's line lists, runs of equal small integers, for masks.
 *
 * FITS Standard 4.0, section 10.4.3; cfitsio's `pl_l2pi`. A list is of big-endian 16-bit words: a header that gives its
 * length, then instructions of 4 bits with 12 bits of data that move a cursor along the tile and a current value.
 */
import { FitsError } from "../errors.js";
import { convertInto } from "./convert.js";
import { type TileData, type TileParams, tileArray } from "./tile.js";

/** The instructions, by their 4 bits; `data` is the other 12. */
const ZEROS = 0; // `data` zeros
const SET = 1; // value = data + 4096 x the next word
const ADD = 2;
const SUBTRACT = 3;
const RUN = 4; // `data` pixels of the value
const ZEROS_ONE = 5; // `data` - 1 zeros and one pixel of the value
const ADD_ONE = 6; // ADD, then one pixel
const SUBTRACT_ONE = 7;

/** Decodes a PLIO_1 tile. See `TileDecoder`. */
export function decodePlio(bytes: Uint8Array, params: TileParams, into?: TileData): TileData {
  const out = tileArray(params, into);
  const all = params.tilePixels ?? out.length;
  if (out instanceof Int16Array || out instanceof Int32Array) {
    runList(bytes, out, all);
    return out;
  }
  const values = tileArray({ ...params, dtype: "int32" }, undefined) as Int32Array;
  runList(bytes, values, all);
  return convertInto(values, out, params.dtype);
}

/** The words of the instructions, [first, stop), by the header: the old form has 3 words, the new form gives its length. */
function instructions(bytes: Uint8Array, view: DataView): [first: number, stop: number] {
  const words = bytes.length >> 1;
  if (words < 3) throw new FitsError("BAD_DATA", `a line list of ${words} words has no header`);
  const old = view.getInt16(4);
  if (old > 0) return checked(3, old, words);
  if (words < 5) throw new FitsError("BAD_DATA", `a line list of ${words} words has no header`);
  return checked(view.getInt16(2), view.getInt16(8) * 32768 + view.getInt16(6), words);
}

function checked(first: number, stop: number, words: number): [number, number] {
  if (first < 3 || stop < 0 || stop > words) {
    throw new FitsError(
      "BAD_DATA",
      `a line list of ${words} words whose header says words ${first} to ${stop}`,
    );
  }
  return [first, stop];
}

/** Follows the list of a tile of `all` pixels until `out`, its first pixels, is full. */
function runList(bytes: Uint8Array, out: Int16Array | Int32Array, all: number): void {
  const pixels = out.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [first, stop] = instructions(bytes, view);
  // Pixels after the end of the list are zeros.
  out.fill(0);
  const top = out instanceof Int16Array ? 32767 : 2147483647;
  let value = 1;
  let at = 0;
  for (let word = first; word < stop && at < pixels; word++) {
    const high = bytes[2 * word]!;
    const data = ((high & 15) << 8) | bytes[2 * word + 1]!;
    const opcode = high >> 4;
    if (opcode === ADD_ONE || opcode === SUBTRACT_ONE) {
      // Without a branch: noise goes up and down at random, which no processor predicts.
      const sign = -(opcode & 1);
      value = (value + (data ^ sign) - sign) | 0;
      out[at++] = value > top ? top : value < -top ? -top - 1 : value;
      continue;
    }
    switch (opcode) {
      case ZEROS_ONE:
        at += data - 1;
        if (at < 0 || at >= all) throw tooLong(all);
        if (at < pixels) out[at] = value > top ? top : value < -top ? -top - 1 : value;
        at++;
        break;
      case RUN: {
        if (at + data > all) throw tooLong(all);
        const end = Math.min(at + data, pixels);
        const stored = Math.max(-top - 1, Math.min(value, top));
        if (data > 64) out.fill(stored, at, end);
        else for (let i = at; i < end; i++) out[i] = stored;
        at = end;
        break;
      }
      case ZEROS:
        at += data;
        break;
      case SET:
        if (++word === stop) throw new FitsError("BAD_DATA", "the line list ends within an instruction");
        value = (view.getInt16(2 * word) * 4096 + data) | 0;
        break;
      case ADD:
        value = (value + data) | 0;
        break;
      case SUBTRACT:
        value = (value - data) | 0;
        break;
      default:
        throw new FitsError("BAD_DATA", `word ${word} of the line list is no instruction`);
    }
  }
  if (at > all) throw tooLong(all);
}

function tooLong(pixels: number): FitsError {
  return new FitsError("BAD_DATA", `the line list goes on after the last of ${pixels} pixels`);
}
