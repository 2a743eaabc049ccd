/**
 * HCOMPRESS_1: a Haar-like transform of the tile's 2x2 blocks, its coefficients written as quadtrees of bit planes.
 *
 * FITS Standard 4.0, section 10.4.4; R. White, M. Postman and M. Lattanzi 1992 (in Digitised Optical Sky Surveys, p. 167);
 * cfitsio's `fits_hdecompress` and `fits_hdecompress64`. The transform itself is in htransform.ts.
 *
 * A stream is: 2 magic bytes; rows, columns and scale (32 bits each); the sum of all pixels (64 bits); the number of
 * bit planes of the three kinds of coefficients (8 bits each); the planes of the four quadrants, highest first; a zero
 * nibble; from the next byte on, one sign bit for each coefficient that is not zero.
 */
import { allocate, bytesPerElement, elementCount } from "../array.js";
import { FitsError } from "../errors.js";
import { bitsAt, loadWords } from "./bits.js";
import { convertInto } from "./convert.js";
import { invertHTransform } from "./htransform.js";
import { HUFFMAN_CODES, HUFFMAN_LENGTHS } from "./huffman16.js";
import { checkTileBytes, type TileData, type TileParams, tileArray } from "./tile.js";

const HEADER_BYTES = 25;

/** More planes than any tile of 32-bit integers can have, and as many as a double holds exactly. */
const MAX_PLANES = 50;

/** Decodes an HCOMPRESS_1 tile of one or two axes longer than 1. See `TileDecoder`. */
export function decodeHcompress(bytes: Uint8Array, params: TileParams, into?: TileData): TileData {
  const pixels = elementCount(params.shape);
  const all = params.tilePixels ?? pixels;
  if (pixels === 0) return tileArray(params, into);
  const header = readHeader(bytes, all);
  if (pixels < all) {
    // All pixels depend on all coefficients: the transform has no part to be had alone.
    const whole = decodeHcompress(bytes, { ...params, shape: [all] });
    return convertInto(whole.subarray(0, pixels) as TileData, tileArray(params, into), params.dtype);
  }
  const { rows, columns, scale, planes } = header;
  const type = Math.max(...planes) < 32 ? "int32" : "float64";
  // The coefficients, and as many sums.
  checkTileBytes(2 * pixels * bytesPerElement(type), params);
  const coefficients = allocate(type, pixels);
  readCoefficients(bytes, coefficients, rows, columns, planes);
  const smooth = params.smooth === true;
  const out = tileArray(params, into);
  const narrow = params.dtype === "int32" ? (out as Int32Array) : undefined;
  const values = invertHTransform(
    { coefficients, rows, columns, scale, sum: header.sum, planes, smooth },
    narrow,
  );
  if (values === narrow) return out;
  // Beyond 32 bits, where lossy neighbors of nulls may end, cfitsio keeps the low ones, as a typed array's store does.
  const integers = values instanceof Int32Array ? values : (narrow ?? allocate("int32", pixels));
  if (integers !== values) integers.set(values);
  return integers === narrow ? out : convertInto(integers, out, params.dtype);
}

interface Header {
  readonly rows: number;
  readonly columns: number;
  readonly scale: number;
  readonly sum: number;
  readonly planes: readonly [number, number, number];
}

function readHeader(bytes: Uint8Array, pixels: number): Header {
  if (bytes.length < HEADER_BYTES) throw tooShort(bytes.length);
  if (bytes[0] !== 0xdd || bytes[1] !== 0x99)
    throw new FitsError("BAD_DATA", "the stream does not start with the bytes DD 99");
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const rows = view.getInt32(2);
  const columns = view.getInt32(6);
  if (rows < 1 || columns < 1 || rows * columns !== pixels) {
    throw new FitsError("BAD_DATA", `the stream is of ${rows} x ${columns} pixels, the tile has ${pixels}`);
  }
  const planes = [bytes[22]!, bytes[23]!, bytes[24]!] as const;
  if (Math.max(...planes) > MAX_PLANES)
    throw new FitsError("BAD_DATA", `${Math.max(...planes)} bit planes; ${MAX_PLANES} at most`);
  return { rows, columns, scale: Math.max(1, view.getInt32(10)), sum: Number(view.getBigInt64(14)), planes };
}

function tooShort(length: number): FitsError {
  return new FitsError("BAD_DATA", `the stream of ${length} bytes ends before its coefficients do`);
}

/** A stream and the reader's place in it. */
interface Bits {
  readonly words: Int32Array;
  readonly length: number;
  at: number;
}

type Coefficients = Int32Array | Float64Array;

function readCoefficients(
  bytes: Uint8Array,
  coefficients: Coefficients,
  rows: number,
  columns: number,
  planes: readonly [number, number, number],
): void {
  const bits: Bits = { words: loadWords(bytes), length: bytes.length, at: HEADER_BYTES * 8 };
  const top = (rows + 1) >> 1;
  const left = (columns + 1) >> 1;
  const bottom = rows - top;
  const right = columns - left;
  const quadrant = { coefficients, stride: columns };
  readPlanes(bits, { ...quadrant, start: 0, rows: top, columns: left }, planes[0]);
  readPlanes(bits, { ...quadrant, start: left, rows: top, columns: right }, planes[1]);
  readPlanes(bits, { ...quadrant, start: top * columns, rows: bottom, columns: left }, planes[1]);
  readPlanes(bits, { ...quadrant, start: top * columns + left, rows: bottom, columns: right }, planes[2]);
  if (nibble(bits) !== 0) throw new FitsError("BAD_DATA", "no end mark after the bit planes");
  bits.at = (bits.at + 7) & ~7;
  readSigns(bits, coefficients);
}

function checkEnd(bits: Bits): void {
  if (bits.at > bits.length * 8) throw tooShort(bits.length);
}

function nibble(bits: Bits): number {
  const value = bitsAt(bits.words, bits.at) >>> 28;
  bits.at += 4;
  checkEnd(bits);
  return value;
}

/** A quarter of the coefficients, within the whole tile's array. */
interface Quadrant {
  readonly coefficients: Coefficients;
  readonly stride: number;
  readonly start: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The codes of one level of a quadtree that are not 0, rows last first and each from its right end: the order in which
 * the stream has them. `items` are column x 16 + code; those of row r are `starts[rows - 1 - r]` to the next start.
 */
interface TreeLevel {
  readonly items: Int32Array;
  readonly starts: Int32Array;
}

/** Reads the bit planes of one quadrant, each written directly or as a quadtree. */
function readPlanes(bits: Bits, quadrant: Quadrant, planes: number): void {
  const { rows, columns } = quadrant;
  const codeRows = (rows + 1) >> 1;
  const codeColumns = (columns + 1) >> 1;
  const empty = codeRows * codeColumns === 0;
  const make = (): TreeLevel => ({
    items: new Int32Array(Math.max(1, codeRows * codeColumns)),
    starts: new Int32Array(Math.max(1, codeRows) + 1),
  });
  let tree = make();
  let above = make();
  const levels = Math.ceil(Math.log2(Math.max(rows, columns)));
  for (let plane = planes - 1; plane >= 0; plane--) {
    const format = nibble(bits);
    if (format === 0) {
      insertNibbles(bits, quadrant, 2 ** plane);
    } else if (format === 15) {
      above.items[0] = 8; // stands for a level above the root with one code
      above.starts[1] = 1;
      readCodes(bits, above, tree, 1, 1);
      for (let level = 1; level < levels && !empty; level++) {
        const size = 2 ** (levels - level);
        [tree, above] = [above, tree];
        readCodes(bits, above, tree, Math.ceil(rows / size), Math.ceil(columns / size));
      }
      if (!empty) insertTree(quadrant, tree, 2 ** plane);
    } else {
      throw new FitsError("BAD_DATA", `format ${format} of bit plane ${plane}; 0 and 15 are defined`);
    }
  }
}

/** For each value of the next 6 bits: bits of the Huffman code there x 16 + the code's value. */
const HUFFMAN: Uint8Array = huffmanTable();

function huffmanTable(): Uint8Array {
  const table = new Uint8Array(64);
  for (const [value, code] of HUFFMAN_CODES.entries()) {
    const length = HUFFMAN_LENGTHS[value]!;
    const first = code << (6 - length);
    table.fill((length << 4) | value, first, first + (1 << (6 - length)));
  }
  return table;
}

/** Reads one level of a quadtree, `rows` x `columns` codes: one where the level above has the place's bit (8 4 / 2 1). */
function readCodes(bits: Bits, above: TreeLevel, tree: TreeLevel, rows: number, columns: number): void {
  const { words } = bits;
  const { items, starts } = tree;
  const end = bits.length * 8;
  const aboveRows = (rows + 1) >> 1;
  let at = bits.at;
  let count = 0;
  for (let row = rows - 1; row >= 0; row--) {
    const first = above.starts[aboveRows - 1 - (row >> 1)]!;
    const stop = above.starts[aboveRows - (row >> 1)]!;
    const shift = row & 1 ? 0 : 2;
    for (let k = first; k < stop; k++) {
      const item = above.items[k]!;
      const two = item >> shift;
      const column = (item >> 4) * 2;
      if (two & 1 && column + 1 < columns) {
        const entry = HUFFMAN[bitsAt(words, at) >>> 26]!;
        at += entry >> 4;
        items[count] = ((column + 1) << 4) | (entry & 15);
        if (entry & 15) count++;
      }
      if (two & 2) {
        const entry = HUFFMAN[bitsAt(words, at) >>> 26]!;
        at += entry >> 4;
        items[count] = (column << 4) | (entry & 15);
        if (entry & 15) count++;
      }
      // Past the end are a few words of zeros.
      if (at > end) throw tooShort(bits.length);
    }
    starts[rows - row] = count;
  }
  bits.at = at;
}

/** Adds `value` to the coefficients of each 2x2 block that a code of the tree's last level names. */
function insertTree(quadrant: Quadrant, tree: TreeLevel, value: number): void {
  const { coefficients, stride, start, rows, columns } = quadrant;
  const codeRows = (rows + 1) >> 1;
  for (let codeRow = 0; codeRow < codeRows; codeRow++) {
    const upper = start + 2 * codeRow * stride;
    const below = 2 * codeRow + 1 < rows ? stride : 0;
    const stop = tree.starts[codeRows - codeRow]!;
    for (let k = tree.starts[codeRows - 1 - codeRow]!; k < stop; k++) {
      const item = tree.items[k]!;
      const column = (item >> 4) * 2;
      insertCode(coefficients, upper + column, below, column + 1 < columns, item, value);
    }
  }
}

/** Reads a plane of 4-bit codes, one for each 2x2 block, and adds `value` where they say. */
function insertNibbles(bits: Bits, quadrant: Quadrant, value: number): void {
  const { coefficients, stride, start, rows, columns } = quadrant;
  const { words } = bits;
  let at = bits.at;
  bits.at += 4 * ((rows + 1) >> 1) * ((columns + 1) >> 1);
  checkEnd(bits);
  for (let row = 0; row < rows; row += 2) {
    const upper = start + row * stride;
    const below = row + 1 < rows ? stride : 0;
    for (let column = 0; column < columns; column += 2) {
      const code = bitsAt(words, at) >>> 28;
      insertCode(coefficients, upper + column, below, column + 1 < columns, code, value);
      at += 4;
    }
  }
}

/** Adds without branches: a code of noise would be guessed wrong half the time. */
function insertCode(
  coefficients: Coefficients,
  at: number,
  below: number,
  right: boolean,
  code: number,
  value: number,
): void {
  coefficients[at]! += ((code >> 3) & 1) * value;
  if (right) coefficients[at + 1]! += ((code >> 2) & 1) * value;
  if (below === 0) return;
  coefficients[at + below]! += ((code >> 1) & 1) * value;
  if (right) coefficients[at + below + 1]! += (code & 1) * value;
}

function readSigns(bits: Bits, coefficients: Coefficients): void {
  const { words, length } = bits;
  let at = bits.at;
  if (coefficients instanceof Int32Array) {
    // Without a branch: -0 is 0, and only coefficients other than 0 have a sign bit.
    for (let i = 0; i < coefficients.length; i++) {
      const value = coefficients[i]!;
      const sign = (words[at >>> 5]! << (at & 31)) >> 31;
      coefficients[i] = (value ^ sign) - sign;
      at += -value >>> 31;
    }
  } else {
    for (let i = 0; i < coefficients.length; i++) {
      const value = coefficients[i]!;
      if (value === 0) continue;
      if (words[at >>> 5]! << (at & 31) < 0) coefficients[i] = -value;
      at++;
    }
  }
  if (at > length * 8) throw tooShort(length);
}
