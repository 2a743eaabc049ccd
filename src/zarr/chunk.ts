/**
 * A chunk of an array: which part of the array it is, and its bytes, padded where it reaches over the edge.
 */
import { allocate } from "../array.js";
import { map, type Plan } from "../read/plan.js";
import type { Part, StoreArray } from "./arrays.js";
import { chunkCounts } from "./chunks.js";
import { type ArrayDescription, bytesOfType, type ZarrType } from "./metadata.js";

/** The part of an array that a chunk covers; undefined where there is no such chunk. */
export function chunkPart(
  { shape, chunkShape }: ArrayDescription,
  indices: readonly number[],
): Part | undefined {
  const counts = chunkCounts(shape, chunkShape);
  if (indices.length !== shape.length || indices.some((i, axis) => i >= counts[axis]!)) return undefined;
  const start = indices.map((i, axis) => i * chunkShape[axis]!);
  return { start, count: start.map((from, axis) => Math.min(chunkShape[axis]!, shape[axis]! - from)) };
}

/** Bytes of every chunk of an array. */
export function chunkBytes({ chunkShape, type }: ArrayDescription): number {
  return chunkShape.reduce((n, length) => n * length, bytesOfType(type));
}

/** The plan of a chunk: all of its bytes, those over the edge NaN of floats, and 0 of others. */
export function chunkPlan(array: StoreArray, part: Part): Plan<Uint8Array<ArrayBuffer>> {
  const { chunkShape, type } = array.description;
  const plan = array.plan(part);
  if (part.count.every((count, axis) => count === chunkShape[axis])) return plan;
  return map(plan, (bytes) => padded(bytes, part.count, chunkShape, type));
}

/** `bytes` of an array of shape `count` in the corner of one of shape `full`. */
function padded(
  bytes: Uint8Array<ArrayBuffer>,
  count: readonly number[],
  full: readonly number[],
  type: ZarrType,
): Uint8Array<ArrayBuffer> {
  const size = bytesOfType(type);
  const whole = filled(
    full.reduce((n, length) => n * length, size),
    type,
  );
  const row = count.at(-1)! * size;
  const copy = (axis: number, from: number, to: number, span: number, fullSpan: number): void => {
    if (axis === count.length - 1) {
      whole.set(bytes.subarray(from, from + row), to);
      return;
    }
    const step = span / count[axis]!;
    const fullStep = fullSpan / full[axis]!;
    for (let i = 0; i < count[axis]!; i++) copy(axis + 1, from + i * step, to + i * fullStep, step, fullStep);
  };
  copy(0, 0, 0, bytes.length, whole.length);
  return whole;
}

/** Bytes of elements that hold no value. */
function filled(length: number, type: ZarrType): Uint8Array<ArrayBuffer> {
  const bytes = allocate("uint8", length);
  const { buffer } = bytes;
  if (type === "float32" || type === "complex64") new Float32Array(buffer).fill(Number.NaN);
  if (type === "float64" || type === "complex128") new Float64Array(buffer).fill(Number.NaN);
  return bytes;
}
