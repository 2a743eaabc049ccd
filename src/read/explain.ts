/**
 * What a plan would read, before anything is read.
 */
import type { ByteRange, ByteSource } from "../source/source.js";
import { bulkCost } from "./bulk.js";
import type { RangeCache } from "./cache.js";
import { checkOptions } from "./check.js";
import type { Plan, Step } from "./old-plan.js";
import type { ReadOptions } from "./options.js";
import type { Cost, expectedSeconds, price } from "./ranges.js";

/**
 * The first wave of a plan that reads anything: what is held already, such as descriptors that came with the headers, is
 * looked at. What follows from the wave, if anything, depends on the bytes that come.
 */
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
  /**
   * Whether the file is compressed as a whole: offsets and bytes are those of what it decompresses to, of which less moves,
   * or more: what lies before is decompressed first, from the last known checkpoint on.
   */
  decompressed: boolean;
  /** The price list: seconds before a first byte, bytes per second over one connection, requests in flight. */
  latency: number;
  throughput: number;
  concurrency: number;
}

/** What a plan is judged by: the price list, the file, what is held already, and the arithmetic. */
export interface Circumstances {
  readonly cost: Cost;
  readonly source: ByteSource;
  readonly cache: RangeCache;
  readonly price: typeof price;
  readonly expectedSeconds: typeof expectedSeconds;
}

/** Throws BAD_ARGUMENT for options that make no sense. */
export async function explainPlan(
  plan: Plan<unknown>,
  options: ReadOptions,
  given: Circumstances,
): Promise<Explanation> {
  checkOptions(options);
  const { source, cache, price, expectedSeconds } = given;
  const { size = Infinity, speed, sequential } = source;
  const missing = (range: ByteRange): ByteRange[] => cache.find(range).missing;
  const within = (ranges: readonly ByteRange[]): ByteRange[] =>
    ranges
      .map(({ offset, length }) => ({ offset, length: Math.min(length, size - offset) }))
      .filter(({ length }) => length > 0)
      .sort((a, b) => a.offset - b.offset);
  const step = await firstReading(plan, cache);
  const ranges = within(step?.ranges ?? []);
  const toRead = ranges.flatMap(missing);
  const [first, last] = [ranges[0], ranges.at(-1)];
  // As `startStep` has it.
  const isBulk = step && first && last && last.offset + last.length - first.offset > cache.budget;
  const cost = isBulk ? bulkCost(step, speed, given.cost) : given.cost;
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
    decompressed: sequential === true,
    latency,
    throughput,
    concurrency,
  };
}

/** Steps that are held are gone through up to this many bytes: descriptors, not pixels. */
const mostHeld = 1024 * 1024;

/** The first step that reads anything: those before it load code, or look at what came with the headers. */
async function firstReading(plan: Plan<unknown>, cache: RangeCache): Promise<Step<unknown> | undefined> {
  let at = plan;
  let last: Step<unknown> | undefined;
  while ("ranges" in at) {
    const step = at;
    const held = step.ranges.map((range) => heldBytes(range, cache));
    if (!held.every((bytes) => bytes !== undefined) || bytesIn(step.ranges) > mostHeld) return step;
    await Promise.all(held.map((bytes, i) => step.take(i, bytes)));
    if (bytesIn(step.ranges) > 0) last = step;
    at = step.next();
  }
  return last;
}

/** The bytes of a range that lies in one piece of the cache. */
function heldBytes(range: ByteRange, cache: RangeCache): Uint8Array | undefined {
  if (range.length === 0) return new Uint8Array(0);
  const { pieces, missing } = cache.find(range);
  const [piece] = pieces;
  if (missing.length > 0 || pieces.length !== 1 || !piece?.bytes) return undefined;
  const start = range.offset - piece.offset;
  return piece.bytes.subarray(start, start + range.length);
}

function bytesIn(ranges: readonly ByteRange[]): number {
  return ranges.reduce((bytes, { length }) => bytes + length, 0);
}
