/**
 * Small images made for these tests, and readers so naive that they are easily seen to be right.
 */
import type { DType, NdArray } from "../../src/array.js";
import type { HduLayout } from "../../src/hdu/hdu.js";
import { layoutOf } from "../../src/hdu/layout.js";
import { type Header, parseHeader } from "../../src/header/header.js";
import type { Plan, Step } from "../../src/read/plan.js";
import type { ByteRange } from "../../src/source/source.js";

export type Cards = Record<string, string | number | bigint | boolean>;

export function madeHeader(cards: Cards): Header {
  const text = Object.entries(cards).map(([keyword, value]) => {
    const written =
      typeof value === "string"
        ? `'${value.padEnd(8)}'`
        : (value === true ? "T" : String(value)).padStart(20);
    return `${keyword.padEnd(8)}= ${written}`.padEnd(80);
  });
  text.push("END".padEnd(80));
  const joined = text.join("");
  return parseHeader(new TextEncoder().encode(joined.padEnd(Math.ceil(joined.length / 2880) * 2880)));
}

/** A primary image of this shape (slowest axis first). */
export function madeLayout(bitpix: number, shape: readonly number[], cards: Cards = {}): HduLayout {
  const axes = Object.fromEntries(shape.toReversed().map((n, i) => [`NAXIS${i + 1}`, n]));
  const header = madeHeader({ SIMPLE: true, BITPIX: bitpix, NAXIS: shape.length, ...axes, ...cards });
  return layoutOf(header, { index: 0, headerOffset: 0 }).hdu;
}

/** The same HDU elsewhere in a file. */
export function at(layout: HduLayout, dataOffset: number, name = layout.name): HduLayout {
  return { ...layout, dataOffset, name };
}

/** Runs a plan over bytes in memory, and checks that each range is taken once. Bytes are lent at odd addresses. */
export async function runOn<T>(plan: Plan<T>, file: Uint8Array, useInto = true): Promise<T> {
  const course = plan();
  let round = course.next();
  for (; !round.done; round = course.next()) {
    const step = round.value;
    for (const [i, range] of step.ranges.entries()) {
      const end = Math.min(file.length, range.offset + range.length);
      const bytes = file.subarray(Math.min(range.offset, end), end);
      const into = useInto ? step.into?.(i) : undefined;
      if (into) {
        if (into.length !== range.length) throw new Error("memory of another length than its range");
        into.set(bytes);
        await step.take(i, into.subarray(0, bytes.length));
      } else {
        const lent = new Uint8Array(bytes.length + 1).subarray(1);
        lent.set(bytes);
        const before = lent.slice();
        await step.take(i, lent);
        if (!lent.every((byte, k) => byte === before[k])) throw new Error("borrowed bytes were written to");
      }
    }
  }
  return round.value;
}

/** A plan's first step; undefined for a plan that reads nothing. */
export function firstStep(plan: Plan<unknown>): Step | undefined {
  const round = plan().next();
  return round.done ? undefined : round.value;
}

/** The ranges of a plan's first step. */
export function rangesOf(plan: Plan<unknown>): ByteRange[] {
  return (firstStep(plan)?.ranges ?? []).map(({ offset, length }) => ({ offset, length }));
}

/** What a plan throws when it is made or run. */
export async function failure(make: () => unknown): Promise<unknown> {
  try {
    await make();
  } catch (error) {
    return error;
  }
  return undefined;
}

export type NaiveAxis = { readonly index: number } | { readonly slice: readonly [Bound, Bound, Bound] };
type Bound = number | null;

/** Indices of an axis that Python's slice takes, found by trying. */
export function naiveIndices(length: number, [start, stop, step]: readonly [Bound, Bound, Bound]): number[] {
  const by = step ?? 1;
  const from = (bound: number): number => (bound < 0 ? bound + length : bound);
  const taken: number[] = [];
  const first = start === null ? (by > 0 ? 0 : length - 1) : from(start);
  const last = stop === null ? (by > 0 ? length : -1) : Math.max(from(stop), -1);
  let i = by > 0 ? Math.max(first, 0) : Math.min(first, length - 1);
  while (by > 0 ? i < Math.min(last, length) : i > last && i >= 0) {
    taken.push(i);
    i += by;
  }
  return taken;
}

/** The flat element numbers of a selection, in C order. */
export function naiveElements(shape: readonly number[], selection: readonly NaiveAxis[]): number[] {
  let elements = [0];
  for (const [axis, length] of shape.entries()) {
    const chosen = selection[axis]!;
    const indices = "index" in chosen ? [chosen.index] : naiveIndices(length, chosen.slice);
    elements = elements.flatMap((element) => indices.map((i) => element * length + i));
  }
  return elements;
}

/** One big-endian value, as number or bigint. */
export function naiveValue(file: Uint8Array, offset: number, dtype: DType): number | bigint {
  const view = new DataView(file.buffer, file.byteOffset + offset);
  switch (dtype) {
    case "uint8":
      return view.getUint8(0);
    case "int16":
      return view.getInt16(0);
    case "int32":
      return view.getInt32(0);
    case "int64":
      return view.getBigInt64(0);
    case "float32":
      return view.getFloat32(0);
    case "float64":
      return view.getFloat64(0);
    default:
      throw new Error(`FITS stores no ${dtype}`);
  }
}

/** All values of an array, to compare: NaN equals NaN in `toEqual`. */
export function valuesOf(array: NdArray): (number | bigint)[] {
  return Array.from<number | bigint>(array.data as unknown as ArrayLike<number | bigint>);
}
