/**
 * Converts integers of one width to another; values beyond the range are clamped, as cfitsio does.
 */
import type { DType } from "../array.js";
import type { TileData } from "./tile.js";

const limits: { readonly [D in DType]?: readonly [low: number, high: number] } = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
};

/** Copies the numbers of `from` into `to`, a `dtype` array of the same length; returns `to`. */
export function convertInto(from: ArrayLike<number | bigint>, to: TileData, dtype: DType): TileData {
  if (to instanceof BigInt64Array || to instanceof BigUint64Array) {
    for (let i = 0; i < to.length; i++) to[i] = BigInt(from[i]!);
    return to;
  }
  const [low, high] = limits[dtype] ?? [-Infinity, Infinity];
  if (from instanceof Int32Array && to instanceof Int16Array) {
    narrow(from, to);
    return to;
  }
  for (let i = 0; i < to.length; i++) {
    const value = Number(from[i]!);
    to[i] = Math.max(low, Math.min(value, high));
  }
  return to;
}

/** The common case, in a function of its own so that its loop sees one type of array only. */
function narrow(from: Int32Array, to: Int16Array): void {
  for (let i = 0; i < to.length; i++) {
    const value = from[i]!;
    to[i] = value === (value << 16) >> 16 ? value : value < 0 ? -32768 : 32767;
  }
}
