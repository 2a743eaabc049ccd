/**
 * What a plan would read, before anything is read.
 */
import type { ByteRange, ByteSource } from "../source/source.js";
import { priceBatches } from "./batches.js";
import type { RangeCache } from "./cache.js";
import { courseOf, type Plan, type Step } from "./plan.js";
import { type Cost, expectedSeconds, fewRanges, lengthOf, localCost, price } from "./ranges.js";

/**
 * The first wave of requests of a plan. Steps whose bytes are held already, such as descriptors that came with the
 * headers, are run through. Later waves, if there are any, depend on the bytes that come.
 */
export interface Explanation {
  /** What is read: `"section of HDU 1"`. */
  label: string;
  /** The ranges that the plan wants, by offset. */
  ranges: ByteRange[];
  /**
   * The requests that would be sent for the ranges that are not held already. A request for many ranges at once has them as
   * `parts`: its offset is that of the first one, its length the sum of theirs.
   */
  requests: PlannedRequest[];
  /** Guesses read in the same wave. */
  ahead: ByteRange[];
  /** Whether more is read after this wave: arrays or tiles whose place its bytes tell, rows that pass a condition. */
  more: boolean;
  /** Bytes that the requests move, with what each of many ranges in one request moves beside its own. */
  bytes: number;
  /** Bytes that the plan wants. */
  usedBytes: number;
  /** Bytes wanted that are held already. */
  heldBytes: number;
  /** Seconds that the wave is expected to take. */
  seconds: number;
  /**
   * Whether the file is compressed as a whole. Offsets and bytes are then those of the decompressed contents.
   * Compressed bytes move: fewer, or more where the contents before them, from the last known checkpoint on, are
   * decompressed first.
   */
  decompressed: boolean;
  /** The price list: seconds before a first byte, bytes per second over one connection, requests in flight. */
  latency: number;
  throughput: number;
  concurrency: number;
}

/** A request of an explanation. */
export interface PlannedRequest extends ByteRange {
  parts?: ByteRange[];
}

/** What a plan is judged by: the price list, the file, and the bytes held already. */
export interface Circumstances {
  readonly cost: Cost;
  readonly source: ByteSource;
  readonly cache: RangeCache;
}

/**
 * Starts the plan, and looks at the first ranges that the plan asks for. Nothing is read, and no result is allocated.
 */
export async function explainPlan(plan: Plan<unknown>, given: Circumstances): Promise<Explanation> {
  const { source, cache } = given;
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
  // What a cache on disk holds is taken out.
  const divide = await source.kept?.(toRead, new AbortController().signal);
  divide?.(toRead);
  const singles = price(toRead, speed && !step?.into ? localCost(ranges, given.cost) : given.cost);
  const many = ranges.length > fewRanges ? await source.manyRanges?.() : undefined;
  const batches = many && priceBatches(toRead, singles, given.cost, many);
  const requests: PlannedRequest[] = batches?.map(requestOf) ?? singles;
  const parts = requests.reduce((sum, request) => sum + (request.parts?.length ?? 0), 0);
  const bytes = lengthOf(requests) + parts * (many?.overhead ?? 0);
  const usedBytes = lengthOf(ranges);
  const { latency, throughput, concurrency } = given.cost;
  return {
    label: step?.label ?? "nothing to read",
    ranges,
    requests,
    more: step?.locates === true || step?.more === true,
    ahead: speed || requests.length === 0 ? [] : within(step?.ahead ?? []).flatMap(missing),
    bytes,
    usedBytes,
    heldBytes: usedBytes - lengthOf(toRead),
    seconds: expectedSeconds(requests.length, bytes, given.cost),
    decompressed: sequential === true,
    latency,
    throughput,
    concurrency,
  };
}

/** The first step whose bytes are wanted for themselves, or are not held. */
async function firstReading(plan: Plan<unknown>, cache: RangeCache): Promise<Step | undefined> {
  const course = courseOf(plan);
  let last: Step | undefined;
  for (let round = course.next(); !round.done; round = course.next()) {
    const step = round.value;
    last = step;
    if (!step.locates) return step;
    const held = step.ranges.map((range) => heldBytes(range, cache));
    for (const [i, bytes] of held.entries()) {
      if (!bytes) return step;
      await step.take(i, bytes);
    }
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

function requestOf(parts: ByteRange[]): PlannedRequest {
  const [first] = parts as [ByteRange];
  return parts.length === 1 ? first : { offset: first.offset, length: lengthOf(parts), parts };
}
