/**
 * NumPy's files of arrays, and its names of types.
 */
import { checkOptional, checkValues } from "../argument.js";
import type { DType } from "../array.js";

/** Names of element types as numpy and Zarr write them, little-endian. */
export const typeStrings: Readonly<Record<DType, string>> = {
  int8: "|i1",
  uint8: "|u1",
  int16: "<i2",
  uint16: "<u2",
  int32: "<i4",
  uint32: "<u4",
  int64: "<i8",
  uint64: "<u8",
  float32: "<f4",
  float64: "<f8",
};

/** The header of a .npy file, format version 1.0: C order, little-endian. Throws BAD_ARGUMENT for a type that there is not. */
export function npyHeader(dtype: DType, shape: readonly number[]): Uint8Array {
  checkOptional({ dtype }, `one of ${Object.keys(typeStrings).join(", ")}`, (name) => name in typeStrings);
  checkValues(shape, "shape");
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${typeStrings[dtype]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = new Uint8Array(10 + length).fill(0x20);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 0xff, length >> 8]);
  header.set(new TextEncoder().encode(text), 10);
  header[header.length - 1] = 0x0a;
  return header;
}
