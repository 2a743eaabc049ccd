/**
 * Data types, typed arrays and the way from FITS's big-endian bytes to them.
 */
import { checkArgument } from "./argument.js";
import { FitsError } from "./errors.js";

/** Element types, named as in Zarr and numpy. */
export type DType =
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float32"
  | "float64";

/** The typed array that holds each element type. */
export interface Arrays {
  int8: Int8Array<ArrayBuffer>;
  uint8: Uint8Array<ArrayBuffer>;
  int16: Int16Array<ArrayBuffer>;
  uint16: Uint16Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  uint32: Uint32Array<ArrayBuffer>;
  int64: BigInt64Array<ArrayBuffer>;
  uint64: BigUint64Array<ArrayBuffer>;
  float32: Float32Array<ArrayBuffer>;
  float64: Float64Array<ArrayBuffer>;
}

/** An n-dimensional array that need not tell its `dtype`, such as a chunk of zarrita: functions find the type in `data`. */
export interface ArrayView<D extends DType = DType> {
  data: Arrays[D];
  shape: number[];
  stride: number[];
}

/**
 * An n-dimensional array in C order: `data` flat, `shape` slowest axis first, `stride` in elements. `dtype` tells the type
 * of `data`, to the compiler as well.
 */
export type NdArray<D extends DType = DType> = { [Q in D]: ArrayView<Q> & { dtype: Q } }[D];

const constructors = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

/** Bytes of one element. */
export function bytesPerElement(dtype: DType): 1 | 2 | 4 | 8 {
  return constructors[dtype].BYTES_PER_ELEMENT as 1 | 2 | 4 | 8;
}

function construct<D extends DType>(
  dtype: D,
  buffer: ArrayBuffer,
  offset: number,
  length: number,
): Arrays[D] {
  return new constructors[dtype](buffer, offset, length) as Arrays[D];
}

/** A typed array of `length` zeros. Throws FitsError TOO_LARGE when the machine cannot hold it. */
export function allocate<D extends DType>(dtype: D, length: number): Arrays[D] {
  const bytes = length * bytesPerElement(dtype);
  try {
    return construct(dtype, new ArrayBuffer(bytes), 0, length);
  } catch (cause) {
    throw new FitsError("TOO_LARGE", `cannot allocate ${bytes} bytes; ask for a smaller part`, { cause });
  }
}

/** The bytes of `bytes` seen as `dtype`, without copying; `bytes.byteOffset` must be a multiple of the element size. */
export function viewAs<D extends DType>(bytes: Uint8Array<ArrayBuffer>, dtype: D): Arrays[D] {
  const length = Math.floor(bytes.byteLength / bytesPerElement(dtype));
  return construct(dtype, bytes.buffer, bytes.byteOffset, length);
}

/** The bytes behind `count` elements of a typed array, without copying: all of its bytes may be too many for one view. */
export function bytesOf(
  array: Arrays[DType],
  start = 0,
  count: number = array.length - start,
): Uint8Array<ArrayBuffer> {
  const size = array.BYTES_PER_ELEMENT;
  return new Uint8Array(array.buffer, array.byteOffset + start * size, count * size);
}

/**
 * An NdArray over `data`, with the strides of C order. Throws BAD_ARGUMENT where `data` does not fill `shape`, WRONG_TYPE
 * where it is no typed array.
 */
export function ndarray<D extends DType>(data: Arrays[D], shape: readonly number[]): NdArray<D> {
  const dtype = dtypeOf(data, "an array's data");
  const isShape = Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  checkArgument(isShape, "a shape", "an array of lengths", shape);
  if (data.length !== elementCount(shape)) {
    throw new FitsError(
      "BAD_ARGUMENT",
      `${data.length} elements do not fill the shape [${shape.join(", ")}]`,
    );
  }
  return { dtype, data, shape: [...shape], stride: cStrides(shape) } as NdArray<D>;
}

/** The element type of a typed array. Throws WRONG_TYPE for anything else. */
export function dtypeOf(array: ArrayLike<number | bigint>, what: string): DType {
  // A Buffer is a Uint8Array by another name, hence not the constructor's own name.
  const name = Object.prototype.toString.call(array).slice(8, -1);
  if (name === "Uint8ClampedArray") return "uint8";
  for (const dtype of Object.keys(constructors) as DType[])
    if (constructors[dtype].name === name) return dtype;
  throw new FitsError("WRONG_TYPE", `${what} is not a typed array that FITS can hold`);
}

/** Strides, in elements, of an array in C order. */
export function cStrides(shape: readonly number[]): number[] {
  const stride = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    stride[axis] = step;
    step *= shape[axis]!;
  }
  return stride;
}

/** How many elements an array of this shape has (1 for no axes at all). */
export function elementCount(shape: readonly number[]): number {
  // A hostile header may have so many pixels that their number is Infinity, which times 0 is NaN.
  return shape.includes(0) ? 0 : shape.reduce((n, length) => n * length, 1);
}

/** Whether this machine keeps the lowest byte first, as nearly all do. */
export const littleEndianHost: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * The elements of `array` as unsigned integers over the same memory, to move them without changing a bit: floats
 * moved as numbers may lose the payload of a NaN. Elements of 8 bytes become two words each.
 */
export function wordsOf(array: Arrays[DType]): Uint8Array | Uint16Array | Uint32Array {
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: size } = array;
  if (size === 1) return new Uint8Array(buffer, byteOffset, byteLength);
  if (size === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

/** Which of the two words of a 8-byte element holds its sign. */
export const highWord: 0 | 1 = littleEndianHost ? 1 : 0;

/** What Node's Buffer does better than a loop: its swaps are vector code. */
interface NativeBytes {
  swap16(): unknown;
  swap32(): unknown;
  swap64(): unknown;
  toString(as: "latin1"): string;
}

/** Bytes as Node's Buffer, over the same memory; undefined elsewhere. */
export function nativeBytes(bytes: Uint8Array): NativeBytes | undefined {
  const { buffer, byteOffset, byteLength } = bytes;
  return nodeBuffer?.from(buffer, byteOffset, byteLength);
}
const nodeBuffer = (
  globalThis as { Buffer?: { from(b: ArrayBufferLike, at: number, length: number): NativeBytes } }
).Buffer;

/**
 * Turns big-endian elements of `size` bytes into the host's order, in place. Swaps bytes as integers, so that the
 * payload of a NaN survives. `bytes` must be the caller's own: never bytes that a source lent.
 */
export function bigEndianToNative(bytes: Uint8Array<ArrayBuffer>, size: 1 | 2 | 4 | 8): void {
  if (size === 1 || !littleEndianHost) return;
  const whole = bytes.subarray(0, bytes.length - (bytes.length % size));
  const native = whole.length > 256 ? nativeBytes(whole) : undefined;
  if (!native) swap(whole, size);
  else if (size === 2) native.swap16();
  else if (size === 4) native.swap32();
  else native.swap64();
}

function swap({ buffer, byteOffset, length }: Uint8Array, size: 2 | 4 | 8): void {
  const view = new DataView(buffer, byteOffset, length);
  for (let at = 0; at < length; at += size) {
    if (size === 2) view.setUint16(at, view.getUint16(at), true);
    else {
      const high = view.getUint32(at);
      if (size === 8) view.setUint32(at, view.getUint32(at + 4), true);
      view.setUint32(at + size - 4, high, true);
    }
  }
}
