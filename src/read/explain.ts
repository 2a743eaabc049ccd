/**
 * What a plan would read, before anything is read.
 */
import type { ByteRange } from "../source/source.js";
import { isStep, type Plan } from "./plan.js";
import { type Cost, expectedSeconds, price } from "./ranges.js";

/** The first wave of a plan. What follows from it, if anything, depends on the bytes that come. */
export interface Explanation {
  /** What is read: `"section of HDU 1"`. */
  label: string;
  /** The ranges that the plan wants, by offset, and how many there are. */
  ranges: ByteRange[];
  /** The requests that would be sent for those that are not held already. */
  requests: ByteRange[];
  /** Guesses read in the same wave. */
  ahead: ByteRange[];
  /** Bytes that the requests move. */
  bytes: number;
  /** Bytes that the plan wants. */
  usedBytes: number;
  /** Bytes wanted that are held already. */
  heldBytes: number;
  /** Seconds that the wave is expected to take. */
  seconds: number;
  /** The price list: seconds before a first byte, bytes per second over one connection, requests in flight. */
  latency: number;
  throughput: number;
  concurrency: number;
}

export function explainStep(
  plan: Plan<unknown>,
  cost: Cost,
  size: number | undefined,
  missingOf: (range: ByteRange) => ByteRange[],
): Explanation {
  const limit = size ?? Number.POSITIVE_INFINITY;
  const clip = ({ offset, length }: ByteRange): ByteRange => ({
    offset,
    length: Math.min(length, limit - offset),
  });
  const within = (ranges: readonly ByteRange[]): ByteRange[] =>
    ranges
      .map(clip)
      .filter(({ length }) => length > 0)
      .sort((a, b) => a.offset - b.offset);
  const step = isStep(plan) ? plan : { label: "nothing to read", ranges: [], ahead: [] };
  const ranges = within(step.ranges);
  const missing = ranges.flatMap(missingOf);
  const requests = price(missing, cost);
  const sum = (list: readonly ByteRange[]): number => list.reduce((bytes, { length }) => bytes + length, 0);
  return {
    label: step.label,
    ranges,
    requests,
    ahead: within(step.ahead ?? []).flatMap(missingOf),
    bytes: sum(requests),
    usedBytes: sum(ranges),
    heldBytes: sum(ranges) - sum(missing),
    seconds: expectedSeconds(requests.length, sum(requests), cost),
    latency: cost.latency,
    throughput: cost.throughput,
    concurrency: cost.concurrency,
  };
}
