/**
 * Statistics of Parquet column chunks: least and greatest value, and how many are null (parquet.thrift, Statistics).
 */
import type { Statistics } from "hyparquet";
import { isValid } from "../table/bitmap.js";
import type { BoolData, NumberData, StringData } from "../table/data.js";
import type { Leaf } from "./parquet-values.js";

/** Of numbers, strings (byte by byte, as Parquet orders them) and booleans; NaN is left aside. */
export function statisticsOf(leaf: Leaf, nulls: number): Statistics {
  const bounds = boundsOf(leaf);
  const count = { null_count: BigInt(nulls) };
  return bounds ? { ...count, min_value: bounds[0], max_value: bounds[1] } : count;
}

type Bound = NonNullable<Statistics["min_value"]>;

function boundsOf(leaf: Leaf): [Bound, Bound] | undefined {
  if (leaf.kind === "string") return stringBounds(leaf);
  if (leaf.kind === "bool") return boolBounds(leaf);
  // Pairs of a complex number have no order.
  if (leaf.kind === "complex") return undefined;
  return leaf.dtype === "int64" || leaf.dtype === "uint64" ? wideBounds(leaf) : numberBounds(leaf);
}

function numberBounds({ dtype, data, validity }: NumberData): [Bound, Bound] | undefined {
  const values = data as Float64Array;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (validity && !isValid(validity, i)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min > max) return undefined;
  // Signed zeros compare equal: the bounds must hold both (parquet.thrift, Statistics).
  const isFloat = dtype.startsWith("float");
  return [isFloat && min === 0 ? -0 : min, max === 0 ? 0 : max];
}

/** 64-bit integers as pairs of words: a BigInt for each value would take longer than all else. */
function wideBounds({ dtype, data, validity }: NumberData): [Bound, Bound] | undefined {
  const low = new Uint32Array(data.buffer, data.byteOffset, 2 * data.length);
  const high = dtype === "int64" ? new Int32Array(data.buffer, data.byteOffset, low.length) : low;
  const isLess = (a: number, b: number): boolean =>
    high[2 * a + 1]! < high[2 * b + 1]! || (high[2 * a + 1] === high[2 * b + 1] && low[2 * a]! < low[2 * b]!);
  let min = -1;
  let max = -1;
  for (let i = 0; i < data.length; i++) {
    if (validity && !isValid(validity, i)) continue;
    if (min < 0 || isLess(i, min)) min = i;
    if (max < 0 || isLess(max, i)) max = i;
  }
  return min < 0 ? undefined : [data[min]!, data[max]!];
}

function stringBounds({ offsets, bytes, validity }: StringData): [Bound, Bound] | undefined {
  let min = -1;
  let max = -1;
  const isLess = (a: number, b: number): boolean => {
    const [i, iEnd, k, kEnd] = [offsets[a]!, offsets[a + 1]!, offsets[b]!, offsets[b + 1]!];
    for (let n = 0; i + n < iEnd && k + n < kEnd; n++)
      if (bytes[i + n] !== bytes[k + n]) return bytes[i + n]! < bytes[k + n]!;
    return iEnd - i < kEnd - k;
  };
  for (let i = 0; i + 1 < offsets.length; i++) {
    if (validity && !isValid(validity, i)) continue;
    if (min < 0 || isLess(i, min)) min = i;
    if (max < 0 || isLess(max, i)) max = i;
  }
  const text = (i: number): Uint8Array => bytes.slice(offsets[i], offsets[i + 1]);
  return min < 0 ? undefined : [text(min), text(max)];
}

function boolBounds({ data, validity }: BoolData): [Bound, Bound] | undefined {
  const seen = [false, false];
  for (let i = 0; i < data.length && !(seen[0] && seen[1]); i++)
    if (!validity || isValid(validity, i)) seen[data[i]!] = true;
  return seen[0] || seen[1] ? [!seen[0], seen[1]!] : undefined;
}
