/**
 * Data types, typed arrays and the way from FITS's big-endian bytes to them.
 */
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

/** An n-dimensional array in C order: `data` flat, `shape` slowest axis first, `stride` in elements. */
export interface NdArray<D extends DType = DType> {
  data: Arrays[D];
  shape: number[];
  stride: number[];
}

const constructors: { [D in DType]: new (buffer: ArrayBuffer, offset: number, length: number) => Arrays[D] } =
  {
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
  };

const sizes: Record<DType, 1 | 2 | 4 | 8> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
};

/** Bytes of one element. */
export function bytesPerElement(dtype: DType): 1 | 2 | 4 | 8 {
  return sizes[dtype];
}

/** A typed array of `length` zeros. Throws FitsError TOO_LARGE when the machine cannot hold it. */
export function allocate<D extends DType>(dtype: D, length: number): Arrays[D] {
  const bytes = length * sizes[dtype];
  try {
    return new constructors[dtype](new ArrayBuffer(bytes), 0, length);
  } catch (cause) {
    throw new FitsError(
      "TOO_LARGE",
      `cannot allocate ${bytes} bytes for ${length} ${dtype} values; ask for a smaller part`,
      {
        cause,
      },
    );
  }
}

/** The bytes of `bytes` seen as `dtype`, without copying; `bytes.byteOffset` must be a multiple of the element size. */
export function viewAs<D extends DType>(bytes: Uint8Array<ArrayBuffer>, dtype: D): Arrays[D] {
  return new constructors[dtype](bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / sizes[dtype]));
}

/** The bytes behind a typed array, without copying. */
export function bytesOf(array: Arrays[DType]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** An NdArray over `data`, with the strides of C order. */
export function ndarray<D extends DType>(data: Arrays[D], shape: readonly number[]): NdArray<D> {
  return { data, shape: [...shape], stride: cStrides(shape) };
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
  return shape.reduce((n, length) => n * length, 1);
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

/** Node's swaps are vector code, several times as fast as the loops below, which browsers get. */
interface NativeSwap {
  swap16(): unknown;
  swap32(): unknown;
  swap64(): unknown;
}
const nodeBuffer = (globalThis as { Buffer?: { from(b: ArrayBuffer, o: number, n: number): NativeSwap } })
  .Buffer;

/**
 * Turns big-endian elements of `size` bytes into the host's order, in place. Swaps bytes as integers, so that the
 * payload of a NaN survives. `bytes` must be the caller's own: never bytes that a source lent.
 */
export function bigEndianToNative(bytes: Uint8Array<ArrayBuffer>, size: 1 | 2 | 4 | 8): void {
  if (size === 1 || !littleEndianHost) return;
  const length = bytes.byteLength - (bytes.byteLength % size);
  if (nodeBuffer && length > 256) {
    const native = nodeBuffer.from(bytes.buffer, bytes.byteOffset, length);
    if (size === 2) native.swap16();
    else if (size === 4) native.swap32();
    else native.swap64();
    return;
  }
  if (bytes.byteOffset % size !== 0) swapUnaligned(bytes, length, size);
  else if (size === 2) swap16(bytes, length);
  else if (size === 4) swap32(new Uint32Array(bytes.buffer, bytes.byteOffset, length / 4));
  else swap64(new Uint32Array(bytes.buffer, bytes.byteOffset, length / 4));
}

function swap16(bytes: Uint8Array, length: number): void {
  if (bytes.byteOffset % 4 !== 0 || length % 4 !== 0) {
    const words = new Uint16Array(bytes.buffer, bytes.byteOffset, length / 2);
    for (let i = 0; i < words.length; i++) {
      const w = words[i]!;
      words[i] = (w << 8) | (w >>> 8);
    }
    return;
  }
  // Two at a time.
  const pairs = new Uint32Array(bytes.buffer, bytes.byteOffset, length / 4);
  for (let i = 0; i < pairs.length; i++) {
    const w = pairs[i]!;
    pairs[i] = ((w & 0xff00ff) << 8) | ((w >>> 8) & 0xff00ff);
  }
}

function swap32(words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) words[i] = reversed(words[i]!);
}

function swap64(words: Uint32Array): void {
  for (let i = 0; i + 1 < words.length; i += 2) {
    const high = words[i]!;
    words[i] = reversed(words[i + 1]!);
    words[i + 1] = reversed(high);
  }
}

function reversed(word: number): number {
  const w = ((word & 0xff00ff) << 8) | ((word >>> 8) & 0xff00ff);
  return (w << 16) | (w >>> 16);
}

function swapUnaligned(bytes: Uint8Array, length: number, size: number): void {
  for (let start = 0; start < length; start += size) bytes.subarray(start, start + size).reverse();
}
