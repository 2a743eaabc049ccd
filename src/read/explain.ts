/**
 * What a plan would read, before anything is read.
 */
import type { ByteRange } from "../source/source.js";
import { isStep, type Plan } from "./plan.js";
import { byOffset, bytesIn, type Cost, expectedSeconds, price } from "./ranges.js";

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
  const within = (ranges: readonly ByteRange[]): ByteRange[] =>
    ranges
      .map(({ offset, length }) => ({ offset, length: Math.min(length, (size ?? Infinity) - offset) }))
      .filter(({ length }) => length > 0)
      .sort(byOffset);
  const {
    label,
    ranges: wanted,
    ahead = [],
  } = isStep(plan) ? plan : { label: "nothing to read", ranges: [] };
  const ranges = within(wanted);
  const missing = ranges.flatMap(missingOf);
  const requests = price(missing, cost);
  const bytes = bytesIn(requests);
  const usedBytes = bytesIn(ranges);
  const { latency, throughput, concurrency } = cost;
  return {
    label,
    ranges,
    requests,
    ahead: within(ahead).flatMap(missingOf),
    bytes,
    usedBytes,
    heldBytes: usedBytes - bytesIn(missing),
    seconds: expectedSeconds(requests.length, bytes, cost),
    latency,
    throughput,
    concurrency,
  };
}
