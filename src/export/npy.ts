/**
 * Arrays as NumPy's .npy files, format version 1.0.
 */
import { checkArgument, checkMembers } from "../argument.js";
import type { Arrays, DType, NdArray } from "../array.js";

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

/** The header of a .npy file of an array of this shape, slowest axis first: C order, little-endian. Throws BAD_ARGUMENT. */
export function npyHeader(dtype: DType, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  checkArgument(dtype in typeStrings, "dtype", `one of ${Object.keys(typeStrings).join(", ")}`, dtype);
  checkArgument(Array.isArray(shape), "shape", "an array of lengths", shape);
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${typeStrings[dtype]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = new Uint8Array(10 + length).fill(0x20);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 0xff, length >> 8]);
  header.set(new TextEncoder().encode(text), 10);
  header[header.length - 1] = 0x0a;
  return header;
}

/** An array as a whole .npy file. (All machines that JavaScript runs on today are little-endian.) */
export function npyBytes(array: NdArray): Uint8Array<ArrayBuffer> {
  checkMembers(array, ["data", "dtype", "shape"], "the array", "one that a section gives");
  const { data, dtype, shape } = array;
  const header = npyHeader(dtype, shape);
  const elements: Arrays[DType] = data;
  const bytes = new Uint8Array(header.length + elements.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength), header.length);
  return bytes;
}
