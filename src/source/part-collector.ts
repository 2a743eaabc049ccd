/**
 * The parts of one answer, brought to the ranges that were asked for. A server may send parts in any order, join
 * neighbors, and clip at the end of the object (RFC 9110, 15.3.7.2); a range counts when it lies within one part.
 */
import { Malformed, type PartTaker } from "./byteranges.js";
import { type Answer, agreed, type ContentRange } from "./http-response.js";
import type { ByteRange } from "./source.js";

/** What has come. */
export interface Collected extends PartTaker {
  /** Complete ranges, by their number. */
  readonly got: readonly (readonly [i: number, bytes: Uint8Array])[];
  /** The size of the object, as the parts tell it. */
  readonly size: number | undefined;
}

/** Bytes of gaps that a server may add where it joins ranges, beside as many again as were asked for. */
const mostGaps = 64 * 1024;

/** A range that lies within the part that comes. */
interface Target {
  readonly i: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Collects `ranges`, which are in order of offset and do not overlap. Throws `Malformed` for an answer that goes beyond
 * what was asked, `WrongAnswer` for one of another version of the object.
 */
export function collectParts(answer: Answer, ranges: readonly ByteRange[]): Collected {
  const got: [number, Uint8Array][] = [];
  let room = 2 * ranges.reduce((sum, { length }) => sum + length, 0) + mostGaps;
  let isFirst = true;
  let size: number | undefined;
  let targets: Target[] = [];
  let at = 0;

  return {
    got,
    get size() {
      return size;
    },
    begin(told) {
      room -= told.end - told.start;
      if (room < 0) throw new Malformed("more than was asked for");
      if (isFirst) agreed(answer, (size = told.size));
      else if (told.size !== size) throw new Malformed("parts of objects of different sizes");
      isFirst = false;
      at = told.start;
      targets = within(ranges, told);
      return targets.length > 0;
    },
    take(chunk) {
      for (const { offset, bytes } of targets) {
        const start = Math.max(at, offset);
        const end = Math.min(at + chunk.length, offset + bytes.length);
        if (start < end) bytes.set(chunk.subarray(start - at, end - at), start - offset);
      }
      at += chunk.length;
    },
    end() {
      for (const { i, bytes } of targets) got.push([i, bytes]);
      targets = [];
    },
  };
}

/** The ranges that lie within a part, or reach beyond it where the object ends; and memory for them. */
function within(ranges: readonly ByteRange[], { start, end, size }: ContentRange): Target[] {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.offset < start) low = middle + 1;
    else high = middle;
  }
  const targets: Target[] = [];
  for (let i = low; i < ranges.length && ranges[i]!.offset < end; i++) {
    const { offset, length } = ranges[i]!;
    const reach = Math.min(offset + length, size ?? Infinity);
    if (reach <= end) targets.push({ i, offset, bytes: new Uint8Array(reach - offset) });
  }
  return targets;
}
