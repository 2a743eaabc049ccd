/**
 * Pixels as files, piece by piece: NumPy's .npy, raw bytes, JSON, text.
 */
import type { Arrays, DType, NdArray } from "fitslice";
import { npyHeader, shortestFloat32 } from "fitslice/export";
import { numberJson } from "./output.js";

export const streamedFormats = ["npy", "json", "raw", "txt"] as const;
/** The formats that are written as the pixels come. */
export type StreamedFormat = (typeof streamedFormats)[number];

/** Writes an array whose elements come in C order, in parts cut anywhere. */
export interface Encoder {
  readonly head: Uint8Array | string;
  /** The next elements. */
  readonly add: (data: Arrays[DType]) => Iterable<Uint8Array | string>;
  readonly tail: string;
}

/** An encoder for one array of this type and shape (slowest axis first). */
export function encoder(format: StreamedFormat, dtype: DType, shape: readonly number[]): Encoder {
  switch (format) {
    case "npy":
      return { head: npyHeader(dtype, shape), add: (data) => [rawBytes(data)], tail: "" };
    case "raw":
      return { head: "", add: (data) => [rawBytes(data)], tail: "" };
    case "json":
      return jsonEncoder(dtype, shape);
    case "txt":
      return { head: "", add: textRows(shape.at(-1) ?? 1), tail: "" };
  }
}

/** The whole array in pieces. */
export function* encoded(
  format: StreamedFormat,
  array: NdArray,
  dtype: DType,
): Generator<Uint8Array | string> {
  const { head, add, tail } = encoder(format, dtype, array.shape);
  yield head;
  yield* add(array.data);
  yield tail;
}

/** The elements as they lie in memory: little-endian on every machine that Node runs on. */
export function rawBytes(data: Arrays[DType]): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Values that become one piece of text. */
const pieceLength = 8192;

/** Numbers whose text is as short as their type allows. */
function short(values: Arrays[DType]): ArrayLike<number | bigint> & Iterable<number | bigint> {
  return values instanceof Float32Array ? Array.from(values, shortestFloat32) : values;
}

/** `{"dtype","shape","data"}`, the data nested as numpy's `tolist` has them. */
function jsonEncoder(dtype: DType, shape: readonly number[]): Encoder {
  const { head, add, tail } = nestedEncoder(shape);
  const first = `{"dtype":"${dtype}","shape":[${shape.join(",")}],"data":${head}`;
  return { head: first, add, tail: `${tail}}\n` };
}

/** The elements as JSON, nested as numpy's `tolist` has them. */
export function nestedJson({ data, shape }: NdArray): string {
  const { head, add, tail } = nestedEncoder(shape);
  return [head, ...add(data), tail].join("");
}

function nestedEncoder(shape: readonly number[]): Encoder {
  if (shape.includes(0)) return { head: emptyLists(shape), add: () => [], tail: "" };
  // How many elements a list of each level holds, outermost first.
  const sizes = shape.map((_, axis) => shape.slice(axis).reduce((n, length) => n * length, 1));
  const inner = sizes.at(-1) ?? 1;
  const depth = (i: number): number => (i % inner === 0 ? sizes.filter((size) => i % size === 0).length : 0);
  let i = 0;
  return {
    head: "",
    *add(data) {
      for (let start = 0; start < data.length; start += pieceLength) {
        let text = "";
        for (const value of short(data.subarray(start, start + pieceLength) as Arrays[DType])) {
          const comma = i > 0 ? "," : "";
          text += `${comma}${"[".repeat(depth(i))}${numberJson(value)}`;
          text += "]".repeat(depth(++i));
        }
        yield text;
      }
    },
    tail: "",
  };
}

function emptyLists([length = 0, ...inner]: readonly number[]): string {
  return length === 0 ? "[]" : `[${new Array(length).fill(emptyLists(inner)).join(",")}]`;
}

/** A line for each row along the last axis, `width` values separated by blanks. */
function textRows(width: number): Encoder["add"] {
  let column = 0;
  return function* (data) {
    for (let start = 0; start < data.length; start += pieceLength) {
      let text = "";
      for (const value of short(data.subarray(start, start + pieceLength) as Arrays[DType])) {
        const isLast = ++column === width;
        text += `${Object.is(value, -0) ? "-0.0" : value}${isLast ? "\n" : " "}`;
        if (isLast) column = 0;
      }
      yield text;
    }
  };
}
