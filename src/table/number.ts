/**
 * Stored numbers to values: TNULLn, TSCALn and TZEROn, and the unsigned types that a TZEROn stands for.
 */
import { type Arrays, allocate, type DType } from "../array.js";
import { Nulls } from "./bitmap.js";
import type { Column } from "./column.js";
import { type ComplexData, complexData, type NumberData, numberData } from "./data.js";

const ranges: Partial<Record<DType, readonly [bigint, bigint]>> = {
  uint8: [0n, 255n],
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** Where the stored integers equal TNULLn. */
export function findNulls(column: Column, data: Arrays[DType]): Nulls | undefined {
  const range = ranges[column.stored];
  const { null: value } = column;
  if (typeof value !== "bigint" || !range || value < range[0] || value > range[1]) return undefined;
  const nulls = new Nulls(data.length);
  if (column.stored === "int64") {
    // As pairs of words: a BigInt for each value would take longer than all else.
    const words = new Int32Array(data.buffer, data.byteOffset, data.length * 2);
    const [first, second] = new Int32Array(new BigInt64Array([value]).buffer);
    for (let i = 0; i < data.length; i++)
      if (words[2 * i] === first && words[2 * i + 1] === second) nulls.add(i);
  } else {
    const number = Number(value);
    for (let i = 0; i < data.length; i++) if (data[i] === number) nulls.add(i);
  }
  return nulls.bitmap ? nulls : undefined;
}

/**
 * The values of a numeric column from the stored ones, which are the caller's own and may be changed. With `raw` the
 * stored values themselves.
 */
export function numbersOf(
  column: Column,
  data: Arrays[DType],
  shape: readonly number[],
  raw: boolean,
): NumberData {
  const nulls = findNulls(column, data);
  if (raw) return numberData(column, shape, column.stored, data, nulls);
  if (column.scale !== undefined && column.zero !== undefined) {
    const scaled = scale(data, column.scale, column.zero);
    if (nulls) blank(scaled, nulls);
    return numberData(column, shape, "float64", scaled, nulls);
  }
  if (column.dtype === column.stored) return numberData(column, shape, column.stored, data, nulls);
  const dtype = column.dtype as DType;
  return numberData(column, shape, dtype, flipSign(data, dtype), nulls);
}

/** Complex values: a real TZEROn moves the real part only, for it is added to the complex number. */
export function complexOf(
  column: Column,
  data: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>,
  shape: readonly number[],
  raw: boolean,
): ComplexData {
  const { scale: factor, zero } = column;
  if (raw || factor === undefined || zero === undefined) return complexData(column, shape, data);
  const scaled = scale(data, factor, 0);
  for (let i = 0; i < scaled.length; i += 2) scaled[i]! += zero;
  return complexData(column, shape, scaled);
}

function scale(data: Arrays[DType], factor: number, zero: number): Float64Array<ArrayBuffer> {
  const out = allocate("float64", data.length);
  if (data instanceof BigInt64Array)
    for (let i = 0; i < out.length; i++) out[i] = Number(data[i]!) * factor + zero;
  else for (let i = 0; i < out.length; i++) out[i] = (data[i] as number) * factor + zero;
  return out;
}

function blank(values: Float64Array, nulls: Nulls): void {
  const { bitmap } = nulls;
  for (let i = 0; bitmap && i < values.length; i++)
    if ((bitmap[i >> 3]! & (1 << (i & 7))) === 0) values[i] = Number.NaN;
}

/** Adds 2^(bits - 1) without leaving the integers: it flips the highest bit. In place. */
function flipSign(data: Arrays[DType], dtype: DType): Arrays[DType] {
  const { buffer, byteOffset, length } = data;
  if (dtype === "int8" || dtype === "uint16") {
    const out =
      dtype === "int8"
        ? new Int8Array(buffer, byteOffset, length)
        : new Uint16Array(buffer, byteOffset, length);
    const bit = dtype === "int8" ? 0x80 : 0x8000;
    for (let i = 0; i < length; i++) out[i]! ^= bit;
    return out;
  }
  const wide = dtype === "uint64";
  const words = new Uint32Array(buffer, byteOffset, wide ? 2 * length : length);
  const high = wide && new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;
  for (let i = high; i < words.length; i += wide ? 2 : 1) words[i]! ^= 0x80000000;
  return wide ? new BigUint64Array(buffer, byteOffset, length) : words;
}
