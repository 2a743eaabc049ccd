/**
 * What a plan would read, before anything is read.
 */
import type { ByteRange } from "../source/source.js";
import type { Plan, Step } from "./plan.js";
import type { Cost, expectedSeconds, price } from "./ranges.js";

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

/** What a plan is judged by: the price list, the size of the file, what is held already, and the arithmetic. */
export interface Circumstances {
  readonly cost: Cost;
  readonly size: number | undefined;
  missing(range: ByteRange): ByteRange[];
  readonly price: typeof price;
  readonly expectedSeconds: typeof expectedSeconds;
}

export async function explainPlan(plan: Plan<unknown>, given: Circumstances): Promise<Explanation> {
  const { cost, size = Infinity, missing, price, expectedSeconds } = given;
  const within = (ranges: readonly ByteRange[]): ByteRange[] =>
    ranges
      .map(({ offset, length }) => ({ offset, length: Math.min(length, size - offset) }))
      .filter(({ length }) => length > 0)
      .sort((a, b) => a.offset - b.offset);
  const step = await firstReading(plan);
  const ranges = within(step?.ranges ?? []);
  const toRead = ranges.flatMap(missing);
  const requests = price(toRead, cost);
  const bytes = bytesIn(requests);
  const usedBytes = bytesIn(ranges);
  const { latency, throughput, concurrency } = cost;
  return {
    label: step?.label ?? "nothing to read",
    ranges,
    requests,
    ahead: within(step?.ahead ?? []).flatMap(missing),
    bytes,
    usedBytes,
    heldBytes: usedBytes - bytesIn(toRead),
    seconds: expectedSeconds(requests.length, bytes, cost),
    latency,
    throughput,
    concurrency,
  };
}

/** The first step that reads anything: those before it only load code. */
async function firstReading(plan: Plan<unknown>): Promise<Step<unknown> | undefined> {
  let at = plan;
  while ("ranges" in at) {
    const step = at;
    if (step.ranges.some(({ length }) => length > 0)) return step;
    await Promise.all(step.ranges.map((_, i) => step.take(i, new Uint8Array(0))));
    at = step.next();
  }
  return undefined;
}

function bytesIn(ranges: readonly ByteRange[]): number {
  return ranges.reduce((bytes, { length }) => bytes + length, 0);
}
