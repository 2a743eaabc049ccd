/**
 * Compressed images made by the writer for these tests.
 */
import {
  type Arrays,
  allocate,
  type DType,
  elementCount,
  type NdArray,
  ndarray,
} from "../../../src/array.js";
import { arraySource } from "../../../src/write/array-source.js";
import { type CompressOptions, compressedHdu } from "../../../src/write/compress.js";
import { fitsBytes } from "../../../src/write/fits.js";

/** A smooth image with noise: stored values of any type that FITS stores. */
export function testImage(dtype: "uint8" | "int16" | "int32" | "float32", shape: readonly number[]): NdArray {
  const data = allocate(dtype, elementCount(shape));
  let state = 12345;
  for (let i = 0; i < data.length; i++) {
    state = (state * 16807) % 2147483647;
    const value = 50 + (i % 31) + (state % 13) + (dtype === "float32" ? (state % 97) / 97 : 0);
    data[i] = value as never;
  }
  return ndarray(data as Arrays[DType], shape);
}

/** A file with the image as its HDU 1. */
export function compressedFile(array: NdArray, options?: CompressOptions): Promise<Uint8Array<ArrayBuffer>> {
  return fitsBytes([compressedHdu(arraySource(array), options)]);
}
