/**
 * Pricing a step: which requests to send for the ranges wanted. Pure arithmetic.
 *
 * A request costs latency and a little work; a byte costs time on its connection. Gaps are read through where
 * reading on is cheaper than another request, and long spans are cut where parallel connections are faster than one.
 */
import type { ByteRange, RequestRecord } from "../source/source.js";

/** What is known of a connection. */
export interface Speed {
  /** Seconds before the first byte of an answer. */
  readonly latency: number;
  /** Bytes per second over one connection. */
  readonly throughput: number;
}

/** What the requests of a read cost. */
export interface Cost extends Speed {
  /** Requests in flight at once. */
  readonly concurrency: number;
  readonly optimize: "time" | "bytes" | "requests";
  /** Most bytes of a request, in place of what latency and throughput suggest. */
  readonly longest?: number;
  /** Fixed limit for gaps, in bytes, in place of pricing. */
  readonly gap?: number | undefined;
}

/** How many full connections a link is taken to carry: S3 and archives give each connection a fraction of it. */
const parallelLinks = 4;
/** A request never asks for more than this, so that buffers stay small and failures cost little. */
const mostRequested = 16 * 1024 * 1024;
/** Shorter parts gain nothing that anybody could measure. */
const shortestPart = 256 * 1024;

/**
 * Most bytes of a request to a disk, which reads faster than anything decodes: few of them are ahead of the decoder.
 */
const localRequest = 512 * 1024;
const longestLocal = 8 * 1024 * 1024;

/**
 * The price of requests to a disk for these ranges. Requests are short, so that little memory is in use, but no shorter
 * than two of the longest ranges: a range that lies in several requests has to be put together.
 */
export function localCost(ranges: readonly ByteRange[], cost: Cost): Cost {
  const range = ranges.reduce((most, { length }) => Math.max(most, length), 0);
  return { ...cost, longest: Math.min(longestLocal, Math.max(localRequest, 2 * range)) };
}

/** Sorts ranges in place, unless they are in order, as most are: ten thousand take long to be sorted. */
export function sortByOffset(ranges: ByteRange[]): void {
  if (ranges.some(({ offset }, i) => i > 0 && offset < ranges[i - 1]!.offset))
    ranges.sort((a, b) => a.offset - b.offset);
}

/** So few ranges in one step are asked for one by one: nothing is loaded for them. */
export const fewRanges = 8;

/** Bytes in all of some ranges. */
export function lengthOf(ranges: readonly ByteRange[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}

/** Seconds of work that a request costs both ends whatever its length. */
function overhead(cost: Cost): number {
  return Math.min(0.3e-3, cost.latency / 4);
}

/** The time a wave of `requests` for `bytes` in all takes, by this price list. */
export function expectedSeconds(requests: number, bytes: number, cost: Cost): number {
  if (requests === 0) return 0;
  const lanes = Math.min(requests, cost.concurrency);
  const waves = Math.ceil(requests / cost.concurrency);
  const own = waves * cost.latency + bytes / (lanes * cost.throughput);
  const link = cost.latency + bytes / (parallelLinks * cost.throughput);
  return Math.max(own, link) + requests * overhead(cost);
}

/**
 * The longest request: sixteen times what a connection carries during one latency, so that latency is little of it.
 * On a disk that would be too little: 8 MiB are few calls, and the decoding of one part still overlaps the reading of
 * the next.
 */
function longestRequest(cost: Cost): number {
  return Math.min(mostRequested, Math.max(8 * 1024 * 1024, 16 * cost.latency * cost.throughput));
}

/** How many connections a read of `bytes` is worth: the sum of transfer and overhead is least at the square root. */
export function partsWorth(bytes: number, cost: Cost): number {
  if (cost.optimize === "requests") return 1;
  const best = Math.sqrt(bytes / cost.throughput / Math.max(overhead(cost), 1e-6));
  return Math.max(1, Math.min(cost.concurrency, Math.round(best), Math.floor(bytes / shortestPart)));
}

/**
 * The requests to send for `ranges` (sorted by offset, none empty; they may touch or overlap), in order of offset.
 * Every range is covered; requests do not overlap.
 */
export function price(ranges: readonly ByteRange[], cost: Cost): ByteRange[] {
  const { length: count } = ranges;
  if (count === 0) return [];
  /** The furthest that any range up to this one reaches, and how far the next one begins behind that. */
  const ends = new Float64Array(count);
  const gaps = new Float64Array(count);
  let end = 0;
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const { offset, length } = ranges[i]!;
    if (i > 0) gaps[i - 1] = offset - end;
    bytes += Math.max(0, offset + length - Math.max(offset, end));
    ends[i] = end = Math.max(end, offset + length);
  }
  const limit = cost.gap ?? gapWorthReading(gaps.subarray(0, -1), bytes, cost);
  gaps[count - 1] = Infinity;
  const total = gaps.reduce((sum, gap) => (gap > 0 && gap <= limit ? sum + gap : sum), bytes);
  const useful = Math.max(shortestPart, Math.ceil(total / partsWorth(total, cost)));
  const part =
    cost.optimize === "requests" ? mostRequested * 4 : Math.min(cost.longest ?? longestRequest(cost), useful);
  const requests: ByteRange[] = [];
  for (let first = 0, i = 0; i < count; i++) {
    if (gaps[i]! <= limit) continue;
    cut(ranges, ends, first, i, part, requests);
    first = i + 1;
  }
  return requests;
}

/** The largest gap that is cheaper to read than to skip: the cheapest of all ways to leave out the largest gaps. */
function gapWorthReading(all: Float64Array, needed: number, cost: Cost): number {
  const gaps = all.filter((gap) => gap > 0).sort();
  if (cost.optimize === "bytes" || gaps.length === 0) return 0;
  if (cost.optimize === "requests") return Math.max(16 * cost.latency * cost.throughput, 1024 * 1024);
  let bytes = needed;
  let best = Infinity;
  let limit = 0;
  for (let merged = 0; merged <= gaps.length; merged++) {
    const gap = merged > 0 ? gaps[merged - 1]! : 0;
    bytes += gap;
    // Gaps of the same length are read or skipped together.
    if (gap === gaps[merged]) continue;
    const requests = Math.max(gaps.length + 1 - merged, partsWorth(bytes, cost));
    const seconds = expectedSeconds(requests, bytes, cost);
    if (seconds > best) continue;
    best = seconds;
    limit = gap;
  }
  return limit;
}

/**
 * Cuts the span of some ranges into `requests` of about `part` bytes: at a gap or a range's edge near by, else
 * anywhere.
 */
function cut(
  ranges: readonly ByteRange[],
  ends: Float64Array,
  first: number,
  last: number,
  part: number,
  requests: ByteRange[],
): void {
  const { offset } = ranges[first]!;
  const end = ends[last]!;
  const count = Math.ceil((end - offset) / part);
  const even = (end - offset) / count;
  let start = offset;
  const gapBefore = (i: number): number => ranges[i]!.offset - ends[i - 1]!;
  /** The range near the place to cut that lies furthest behind the one before it, the last of several. */
  let near = first;
  let next = first + 1;
  for (let i = 1; i < count; i++) {
    const target = offset + i * even;
    for (; next <= last && ranges[next]!.offset <= target + even / 4; next++)
      if (gapBefore(next) >= (ranges[near]!.offset < target - even / 2 ? 0 : gapBefore(near))) near = next;
    const edge = ranges[near]!.offset;
    const useEdge = near > first && ends[near - 1]! > start && Math.abs(edge - target) <= even / 2;
    const to = useEdge ? ends[near - 1]! : Math.round(target);
    if (to <= start) continue;
    requests.push({ offset: start, length: to - start });
    start = useEdge ? edge : to;
  }
  requests.push({ offset: start, length: end - start });
}

/** Before anything is known: a request over the internet to a data center. */
export const networkSpeed: Speed = { latency: 0.05, throughput: 50e6 };

export interface SpeedEstimate {
  readonly speed: Speed;
  learn(request: RequestRecord): void;
}

/** Shorter answers do not tell throughput from noise. */
const tellingLength = 128 * 1024;
const remembered = 9;

/** What requests to a source cost: starts at `initial` and follows the median of the last requests. */
export function speedEstimate(initial: Speed): SpeedEstimate {
  const speed = { ...initial };
  const latency = median();
  const throughput = median();
  return {
    speed,
    learn({ failure, start, firstByte, end, length }) {
      if (failure || !length) return;
      speed.latency = latency(Math.max((firstByte - start) / 1000, 1e-5)) ?? initial.latency;
      const seconds = (end - firstByte) / 1000;
      if (length >= tellingLength && seconds > 5e-4)
        speed.throughput = throughput(length / seconds) ?? initial.throughput;
    },
  };
}

/** The middle one of the last; with fewer than three, no measurement is trusted yet. */
function median(): (value: number) => number | undefined {
  let last: number[] = [];
  return (value) => {
    last = [...last, value].slice(-remembered);
    return last.length < 3 ? undefined : last.toSorted((a, b) => a - b)[last.length >> 1];
  };
}
