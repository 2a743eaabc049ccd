/**
 * Encodes HCOMPRESS_1 tiles: the H-transform of a tile and its quadtrees of bit planes, bit for bit as cfitsio.
 *
 * Sums of 32-bit pixels outgrow 32 bits, so all is done in doubles, which hold them exactly.
 */
import { elementCount } from "../array.js";
import { FitsError } from "../errors.js";
import { BitWriter } from "./bit-writer.js";
import { HUFFMAN_CODES, HUFFMAN_LENGTHS } from "./huffman16.js";
import type { TileData } from "./tile.js";
import { type EncodeParams, integersOf } from "./tile.js";

/** Encodes a tile with at most two axes longer than 1; see `TileEncoder`. */
export function encodeHcompress(data: TileData, params: EncodeParams): Uint8Array {
  const values = integersOf(data, "HCOMPRESS_1");
  const [rows, columns] = planeOf(params.shape);
  const scale = params.scale ?? 0;
  if (!Number.isInteger(scale) || scale < 0) throw new FitsError("BAD_ARGUMENT", `HCOMPRESS scale ${scale}`);
  const coefficients = transform(Float64Array.from(values), rows, columns);
  if (scale > 1) digitize(coefficients, scale);
  const header = new DataView(new ArrayBuffer(25));
  header.setUint16(0, 0xdd99);
  header.setInt32(2, rows);
  header.setInt32(6, columns);
  header.setInt32(10, scale);
  header.setBigInt64(14, BigInt(coefficients[0]!));
  coefficients[0] = 0;
  const writer = new BitWriter(2 * values.length);
  const signs = takeSigns(coefficients);
  const planes = writeQuadrants(writer, coefficients, rows, columns);
  for (const [i, count] of planes.entries()) header.setUint8(22 + i, count);
  const body = writer.finish();
  const bytes = new Uint8Array(25 + body.length + signs.length);
  bytes.set(new Uint8Array(header.buffer));
  bytes.set(body, 25);
  bytes.set(signs, 25 + body.length);
  return bytes;
}

function planeOf(shape: readonly number[]): [rows: number, columns: number] {
  const long = shape.filter((length) => length !== 1);
  if (long.length > 2 || elementCount(shape) === 0) {
    throw new FitsError("BAD_ARGUMENT", `HCOMPRESS_1 compresses tiles of two axes, not ${shape.join(" x ")}`);
  }
  if (shape.length < 2) return [1, shape[0] ?? 1];
  return long.length === 2 ? [long[0]!, long[1]!] : [elementCount(shape.slice(0, -1)), shape.at(-1)!];
}

/** The coefficients of a tile, grouped as the stream has them, the sum of all pixels first. */
function transform(pixels: Float64Array, rows: number, columns: number): Float64Array {
  const coefficients = new Float64Array(rows * columns);
  const levels = Math.ceil(Math.log2(Math.max(rows, columns)));
  let sums = pixels;
  let height = rows;
  let width = columns;
  for (let k = 0, unit = 1; k < levels; k++, unit *= 2) {
    sums = reduce(sums, coefficients, { height, width, stride: columns, unit, half: k === 0 ? 1 : 0.5 });
    height = (height + 1) >> 1;
    width = (width + 1) >> 1;
  }
  coefficients[0] = sums[0]!;
  return coefficients;
}

interface Reduction {
  readonly height: number;
  readonly width: number;
  readonly stride: number;
  /** The precision kept of differences is twice this, of sums four times. */
  readonly unit: number;
  readonly half: number;
}

/** Sums of 2x2 blocks; their differences go to the coefficients. At an odd edge the last row or column counts twice. */
function reduce(from: Float64Array, coefficients: Float64Array, reduction: Reduction): Float64Array {
  const { height, width, stride, unit, half } = reduction;
  const halfHeight = (height + 1) >> 1;
  const halfWidth = (width + 1) >> 1;
  const sums = new Float64Array(halfHeight * halfWidth);
  const floorTo = (value: number, step: number): number => Math.floor(value / step) * step;
  for (let i = 0; i < halfHeight; i++) {
    const upper = 2 * i * width;
    const lower = 2 * i + 1 < height ? upper + width : upper;
    for (let j = 0; j < halfWidth; j++) {
      const right = 2 * j + 1 < width ? 1 : 0;
      const a = from[upper + 2 * j]!;
      const b = from[upper + 2 * j + right]!;
      const c = from[lower + 2 * j]!;
      const d = from[lower + 2 * j + right]!;
      const h = Math.floor((d + c + b + a) * half);
      const x = Math.floor((d + c - b - a) * half);
      const y = Math.floor((d - c + b - a) * half);
      sums[i * halfWidth + j] = floorTo(h + (h >= 0 ? 2 * unit : 2 * unit - 1), 4 * unit);
      const xRow = (halfHeight + i) * stride;
      if (lower !== upper) coefficients[xRow + j] = floorTo(x >= 0 ? x + unit : x, 2 * unit);
      if (right) coefficients[i * stride + halfWidth + j] = floorTo(y >= 0 ? y + unit : y, 2 * unit);
      if (right && lower !== upper) coefficients[xRow + halfWidth + j] = Math.floor((d - c - b + a) * half);
    }
  }
  return sums;
}

function digitize(coefficients: Float64Array, scale: number): void {
  const round = Math.floor((scale + 1) / 2) - 1;
  for (let i = 0; i < coefficients.length; i++) {
    const value = coefficients[i]!;
    coefficients[i] = Math.trunc((value > 0 ? value + round : value - round) / scale);
  }
}

/** Makes every coefficient positive; the signs of those that are not 0, a bit each. */
function takeSigns(coefficients: Float64Array): Uint8Array {
  const writer = new BitWriter(coefficients.length >> 3);
  for (let i = 0; i < coefficients.length; i++) {
    const value = coefficients[i]!;
    if (value === 0) continue;
    writer.put(value < 0 ? 1 : 0, 1);
    coefficients[i] = Math.abs(value);
  }
  return writer.finish();
}

/** A quarter of the coefficients, within the whole tile's array. */
interface Quadrant {
  readonly coefficients: Float64Array;
  readonly stride: number;
  readonly start: number;
  readonly rows: number;
  readonly columns: number;
}

/** Writes the four quadrants and the end mark; the numbers of bit planes of the three kinds of them. */
function writeQuadrants(
  writer: BitWriter,
  coefficients: Float64Array,
  rows: number,
  columns: number,
): number[] {
  const top = (rows + 1) >> 1;
  const left = (columns + 1) >> 1;
  const quadrant = { coefficients, stride: columns };
  const quadrants: Quadrant[] = [
    { ...quadrant, start: 0, rows: top, columns: left },
    { ...quadrant, start: left, rows: top, columns: columns - left },
    { ...quadrant, start: top * columns, rows: rows - top, columns: left },
    { ...quadrant, start: top * columns + left, rows: rows - top, columns: columns - left },
  ];
  const most = quadrants.map(largest);
  const planes = [most[0]!, Math.max(most[1]!, most[2]!), most[3]!].map(bitLength);
  for (const [i, q] of quadrants.entries()) {
    for (let plane = planes[i === 0 ? 0 : i === 3 ? 2 : 1]! - 1; plane >= 0; plane--)
      writePlane(writer, q, plane);
  }
  writer.put(0, 4);
  return planes;
}

function largest({ coefficients, stride, start, rows, columns }: Quadrant): number {
  let most = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      most = Math.max(most, coefficients[start + row * stride + column]!);
    }
  }
  return most;
}

function bitLength(value: number): number {
  let bits = 0;
  for (let rest = value; rest >= 1; rest /= 2) bits++;
  return bits;
}

/** Writes a bit plane as a quadtree where that is shorter, else as it is. */
function writePlane(writer: BitWriter, quadrant: Quadrant, plane: number): void {
  const blocks = planeCodes(quadrant, plane);
  const codes: number[] = [];
  const most = Math.floor((blocks.length + 1) / 2) * 8;
  let bits = 0;
  let level = blocks;
  let height = (quadrant.rows + 1) >> 1;
  let width = (quadrant.columns + 1) >> 1;
  const levels = Math.max(1, Math.ceil(Math.log2(Math.max(quadrant.rows, quadrant.columns))));
  for (let k = 0; k < levels; k++) {
    if (k > 0) {
      level = reduceCodes(level, height, width);
      height = (height + 1) >> 1;
      width = (width + 1) >> 1;
    }
    for (const code of level) {
      if (code === 0) continue;
      codes.push(code);
      bits += HUFFMAN_LENGTHS[code]!;
    }
    if (blocks.length > 0 && bits >= most) {
      writer.put(0, 4);
      for (const code of blocks) writer.put(code, 4);
      return;
    }
  }
  writer.put(15, 4);
  if (codes.length === 0) codes.push(0);
  for (let i = codes.length - 1; i >= 0; i--)
    writer.put(HUFFMAN_CODES[codes[i]!]!, HUFFMAN_LENGTHS[codes[i]!]!);
}

/** For each 2x2 block the bits of one plane: 8 4 over 2 1. */
function planeCodes({ coefficients, stride, start, rows, columns }: Quadrant, plane: number): Uint8Array {
  const unit = 2 ** -plane;
  const width = (columns + 1) >> 1;
  const codes = new Uint8Array(((rows + 1) >> 1) * width);
  for (let row = 0; row < rows; row++) {
    const shift = row & 1 ? 0 : 2;
    for (let column = 0; column < columns; column++) {
      const bit = (coefficients[start + row * stride + column]! * unit) & 1;
      codes[(row >> 1) * width + (column >> 1)]! |= bit << (shift + 1 - (column & 1));
    }
  }
  return codes;
}

/** The level above: for each 2x2 block of codes which of them are not 0. */
function reduceCodes(codes: Uint8Array, height: number, width: number): Uint8Array {
  const halfWidth = (width + 1) >> 1;
  const reduced = new Uint8Array(((height + 1) >> 1) * halfWidth);
  for (let row = 0, at = 0; row < height; row++) {
    const shift = row & 1 ? 0 : 2;
    for (let column = 0; column < width; column++, at++) {
      if (codes[at] === 0) continue;
      reduced[(row >> 1) * halfWidth + (column >> 1)]! |= 1 << (shift + 1 - (column & 1));
    }
  }
  return reduced;
}
