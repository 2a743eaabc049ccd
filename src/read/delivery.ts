/**
 * Bytes that came, brought to the ranges that want them: as they are, put together, or read straight into their place.
 */
import type { ByteRange } from "../source/source.js";
import type { Piece } from "./cache.js";
import type { Step } from "./plan.js";
import { sortByOffset } from "./ranges.js";

/** A range still to be delivered: how many pieces it waits for, and the memory where several are put together. */
export interface Delivery extends ByteRange {
  readonly index: number;
  /** The range's length, less what lies past the end of the object. */
  readonly length: number;
  due: number;
  /** The plan's own memory for the range, once it was asked for. */
  into?: Uint8Array<ArrayBuffer> | undefined;
  assembled?: Uint8Array<ArrayBuffer>;
  /** Bytes up to the first that did not come. */
  end: number;
}

/** The ranges of a step, by offset, cut at the end of an object of `size` bytes; and the ranges of which nothing is left. */
export function deliveriesOf(
  step: Step,
  size: number | undefined,
): { deliveries: Delivery[]; empty: number[] } {
  const deliveries: Delivery[] = [];
  const empty: number[] = [];
  for (const [index, range] of step.ranges.entries()) {
    const { offset } = range;
    const length = clipped(range, size);
    if (length > 0) deliveries.push({ index, offset, length, due: 0, end: length });
    else empty.push(index);
  }
  sortByOffset(deliveries);
  return { deliveries, empty };
}

/** Adds a piece to a delivery; answers with its bytes when it is complete. */
export function fill(
  delivery: Delivery,
  piece: Piece,
  bytes: Uint8Array,
  step: Step,
): Uint8Array | undefined {
  const { offset, length } = delivery;
  const start = offset - piece.offset;
  const isWhole = start >= 0 && start + length <= piece.length && delivery.due === 1;
  delivery.due--;
  const from = Math.max(start, 0);
  const wanted = Math.min(start + length, piece.length) - from;
  const part = bytes.subarray(from, from + wanted);
  if (isWhole) return part;
  delivery.assembled ??= intoOf(delivery, step) ?? new Uint8Array(length);
  const target = delivery.assembled;
  if (part.buffer !== target.buffer) target.set(part, from - start);
  // A range ends at the first missing byte. Later bytes are dropped: zeros would lie in the gap before them.
  if (part.length < wanted) delivery.end = Math.min(delivery.end, from - start + part.length);
  return delivery.due === 0 ? target.subarray(0, delivery.end) : undefined;
}

function intoOf(delivery: Delivery, step: Step): Uint8Array<ArrayBuffer> | undefined {
  return (delivery.into ??= step.into?.(delivery.index));
}

/**
 * The plan's own memory for all bytes of a request; undefined unless its ranges lie side by side in that memory as they do
 * in the file, and the request holds nothing else.
 */
export function jointMemory(
  request: ByteRange,
  inside: readonly Delivery[],
  step: Step,
): Uint8Array<ArrayBuffer> | undefined {
  const [first] = inside;
  if (!first || first.offset > request.offset) return undefined;
  const memory = intoOf(first, step);
  if (!memory) return undefined;
  const { buffer } = memory;
  const shift = memory.byteOffset - first.offset;
  let end = first.offset;
  for (const delivery of inside) {
    const into = intoOf(delivery, step);
    if (into?.buffer !== buffer || into.byteOffset - delivery.offset !== shift || delivery.offset !== end)
      return undefined;
    end += delivery.length;
  }
  if (end < endOf(request)) return undefined;
  return new Uint8Array(buffer, request.offset + shift, request.length);
}

export function endOf({ offset, length }: ByteRange): number {
  return offset + length;
}

/** Bytes of a range that lie within an object of `size` bytes. */
export function clipped({ offset, length }: ByteRange, size: number | undefined): number {
  return size === undefined ? length : Math.max(0, Math.min(length, size - offset));
}
