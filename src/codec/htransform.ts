/**
 * The inverse H-transform of HCOMPRESS_1, in 32-bit integers where they suffice and in doubles where not.
 *
 * Level by level, from one mean of the whole tile to its pixels: a 2x2 block is made from its sum and the differences
 * in rows, columns and across. cfitsio moves the coefficients in place before each level; here a level is read where
 * its coefficients lie in the stream's order, and the sums of one level are written densely for the next.
 *
 * cfitsio takes 64-bit integers for BITPIX 32 and floats. No tile's sums reach 2^53, so doubles are as exact.
 */
import { allocate } from "../array.js";
import { FitsError } from "../errors.js";

type Numbers = Int32Array | Float64Array;

/** What an HCOMPRESS stream says: coefficients `rows` x `columns`, the sum apart from them. */
export interface HTransform {
  readonly coefficients: Numbers;
  readonly rows: number;
  readonly columns: number;
  readonly scale: number;
  readonly sum: number;
  readonly planes: readonly [number, number, number];
  readonly smooth: boolean;
}

/**
 * The pixels of a transform; its coefficients are used up. The result is `into` where given and 32-bit integers
 * suffice, else a fresh array.
 */
export function invertHTransform(transform: HTransform, into: Int32Array | undefined): Numbers {
  const { rows, columns, scale, sum, planes, smooth } = transform;
  // Sums of four coefficients must stay within 31 bits.
  const largest = Math.max(Math.abs(sum), 2 ** Math.max(...planes)) * scale;
  const wide = largest > 2 ** 28;
  if (largest > 2 ** 51) throw new FitsError("BAD_DATA", "coefficients beyond those of 32-bit pixels");
  const coefficients = scaled(transform.coefficients, scale, wide);
  const levels = Math.ceil(Math.log2(Math.max(rows, columns)));
  const make = (length: number): Numbers => allocate(wide ? "float64" : "int32", length);
  const round = 2 ** (levels + 1);
  let sums = make(1);
  const total = sum * scale;
  // The encoder kept the sum to this precision only.
  sums[0] =
    levels === 0 ? total : Math.floor((total + (total >= 0 ? round / 2 : round / 2 - 1)) / round) * round;
  for (let k = levels - 1; k >= 0; k--) {
    const size = 2 ** k;
    const level = {
      rows: Math.ceil(rows / size),
      columns: Math.ceil(columns / size),
      stride: columns,
      bit: size,
    };
    if (smooth && scale > 1) smoothLevel(sums, coefficients, level, scale >> 1);
    const out = k === 0 && !wide && into ? into : make(level.rows * level.columns);
    if (wide) expandWide(sums, coefficients, out, level, k === 0);
    else expand(sums as Int32Array, coefficients as Int32Array, out as Int32Array, level, k === 0);
    sums = out;
  }
  if (levels === 0 && into) {
    into[0] = sums[0]!;
    return into;
  }
  return sums;
}

function scaled(coefficients: Numbers, scale: number, wide: boolean): Numbers {
  if (scale === 1) return coefficients;
  const products = wide ? new Float64Array(coefficients) : coefficients;
  for (let i = 0; i < products.length; i++) products[i]! *= scale;
  return products;
}

/** One level: its size, the stride of the coefficients, and the lowest bit of their precision here (2^level). */
interface Level {
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
  readonly bit: number;
}

/**
 * Makes a level of `rows` x `columns` from the sums of the level above. At an odd edge the differences that would lie
 * beyond it are 0. The rounding undoes the encoder's: bits that the sum and the differences share are stored once.
 */
function expand(
  sums: Int32Array,
  coefficients: Int32Array,
  out: Int32Array,
  level: Level,
  last: boolean,
): void {
  const { rows, columns, stride, bit } = level;
  const halfRows = (rows + 1) >> 1;
  const halfColumns = (columns + 1) >> 1;
  const bit1 = bit << 1;
  const mask0 = -bit;
  const mask1 = -bit1;
  const up1 = bit;
  const down1 = bit - 1;
  const up0 = bit >> 1;
  const down0 = last ? 0 : up0 - 1;
  const shift = last ? 2 : 1;
  for (let i = 0; i < halfRows; i++) {
    const sumRow = i * halfColumns;
    const yRow = i * stride + halfColumns;
    const xRow = (halfRows + i) * stride;
    const cRow = xRow + halfColumns;
    const upper = 2 * i * columns;
    const lower = upper + columns;
    const isLower = 2 * i + 1 < rows;
    for (let j = 0; j < halfColumns; j++) {
      const isRight = 2 * j + 1 < columns;
      let h = sums[sumRow + j]!;
      let x = isLower ? coefficients[xRow + j]! : 0;
      let y = isRight ? coefficients[yRow + j]! : 0;
      let c = isLower && isRight ? coefficients[cRow + j]! : 0;
      x = (x + (x >= 0 ? up1 : down1)) & mask1;
      y = (y + (y >= 0 ? up1 : down1)) & mask1;
      c = (c + (c >= 0 ? up0 : down0)) & mask0;
      const low0 = c & bit;
      x = (x >= 0 ? x - low0 : x + low0) | 0;
      y = (y >= 0 ? y - low0 : y + low0) | 0;
      const low1 = (c ^ x ^ y) & bit1;
      h = (h >= 0 ? h + low0 - low1 : low0 === 0 ? h + low1 : h + low0 - low1) | 0;
      const at = upper + 2 * j;
      out[at] = (h - x - y + c) >> shift;
      if (isRight) out[at + 1] = (h - x + y - c) >> shift;
      if (isLower) {
        const below = lower + 2 * j;
        out[below] = (h + x - y - c) >> shift;
        if (isRight) out[below + 1] = (h + x + y + c) >> shift;
      }
    }
  }
}

/** `expand` for numbers of more than 32 bits, where masks and shifts are divisions by powers of 2. */
function expandWide(sums: Numbers, coefficients: Numbers, out: Numbers, level: Level, last: boolean): void {
  const { rows, columns, stride, bit } = level;
  const halfRows = (rows + 1) >> 1;
  const halfColumns = (columns + 1) >> 1;
  const bit1 = bit * 2;
  const up0 = Math.floor(bit / 2);
  const down0 = last ? 0 : up0 - 1;
  const scale = last ? 0.25 : 0.5;
  for (let i = 0; i < halfRows; i++) {
    const xRow = (halfRows + i) * stride;
    const upper = 2 * i * columns;
    const isLower = 2 * i + 1 < rows;
    for (let j = 0; j < halfColumns; j++) {
      const isRight = 2 * j + 1 < columns;
      let h = sums[i * halfColumns + j]!;
      let x = isLower ? coefficients[xRow + j]! : 0;
      let y = isRight ? coefficients[i * stride + halfColumns + j]! : 0;
      let c = isLower && isRight ? coefficients[xRow + halfColumns + j]! : 0;
      x = Math.floor((x + (x >= 0 ? bit : bit - 1)) / bit1) * bit1;
      y = Math.floor((y + (y >= 0 ? bit : bit - 1)) / bit1) * bit1;
      c = Math.floor((c + (c >= 0 ? up0 : down0)) / bit) * bit;
      const low0 = isOdd(c / bit) ? bit : 0;
      x = x >= 0 ? x - low0 : x + low0;
      y = y >= 0 ? y - low0 : y + low0;
      const odd = Number(isOdd(c / bit1)) + Number(isOdd(x / bit1)) + Number(isOdd(y / bit1));
      const low1 = odd & 1 ? bit1 : 0;
      h = h >= 0 || low0 !== 0 ? h + low0 - low1 : h + low1;
      const at = upper + 2 * j;
      out[at] = Math.floor((h - x - y + c) * scale);
      if (isRight) out[at + 1] = Math.floor((h - x + y - c) * scale);
      if (isLower) {
        out[at + columns] = Math.floor((h + x - y - c) * scale);
        if (isRight) out[at + columns + 1] = Math.floor((h + x + y + c) * scale);
      }
    }
  }
}

/** Whether the lowest bit of the floor of a number is set. */
function isOdd(value: number): boolean {
  const floor = Math.floor(value);
  return floor !== 2 * Math.floor(floor / 2);
}

/**
 * Moves the differences of a level toward the slopes between neighboring sums, by at most `limit`, half of what
 * digitizing with the scale may have changed them, and never past what keeps the slopes monotonic. Edges stay.
 */
function smoothLevel(sums: Numbers, coefficients: Numbers, level: Level, limit: number): void {
  const { rows, columns, stride } = level;
  const width = (columns + 1) >> 1;
  const halfRows = (rows + 1) >> 1;
  const inner = (length: number): number => Math.max(1, Math.ceil(length / 2) - 1);
  const clamp = (value: number, low: number, high: number): number => Math.max(Math.min(value, high), low);
  const slope = (at: number, below: number, above: number, coefficient: number): number => {
    const before = sums[below]!;
    const here = sums[at]!;
    const after = sums[above]!;
    const high = Math.max(Math.min(after - here, here - before), 0) * 4;
    const low = Math.min(Math.max(after - here, here - before), 0) * 4;
    if (low >= high) return 0;
    const difference = clamp(after - before, low, high) - coefficient * 8;
    return clamp(Math.trunc(difference / 8), -limit, limit);
  };
  for (let i = 1; i < inner(rows); i++) {
    for (let j = 0; j < width; j++) {
      const at = i * width + j;
      const x = (halfRows + i) * stride + j;
      coefficients[x]! += slope(at, at - width, at + width, coefficients[x]!);
    }
  }
  for (let i = 0; i < halfRows; i++) {
    for (let j = 1; j < inner(columns); j++) {
      const at = i * width + j;
      const y = i * stride + width + j;
      coefficients[y]! += slope(at, at - 1, at + 1, coefficients[y]!);
    }
  }
  for (let i = 1; i < inner(rows); i++) {
    for (let j = 1; j < inner(columns); j++) {
      const at = i * width + j;
      const h = sums[at]!;
      const upLeft = sums[at - width - 1]!;
      const upRight = sums[at - width + 1]!;
      const downLeft = sums[at + width - 1]!;
      const downRight = sums[at + width + 1]!;
      const xAt = (halfRows + i) * stride + j;
      const x = coefficients[xAt]! * 2;
      const y = coefficients[i * stride + width + j]! * 2;
      const high =
        16 *
        Math.min(
          Math.max(downRight - h, 0) - x - y,
          Math.max(h - downLeft, 0) + x - y,
          Math.max(h - upRight, 0) - x + y,
          Math.max(upLeft - h, 0) + x + y,
        );
      const low =
        16 *
        Math.max(
          Math.min(downRight - h, 0) - x - y,
          Math.min(h - downLeft, 0) + x - y,
          Math.min(h - upRight, 0) - x + y,
          Math.min(upLeft - h, 0) + x + y,
        );
      if (low >= high) continue;
      const c = xAt + width;
      const difference = clamp(downRight + upLeft - upRight - downLeft, low, high) - coefficients[c]! * 64;
      coefficients[c]! += clamp(Math.trunc(difference / 64), -limit, limit);
    }
  }
}
