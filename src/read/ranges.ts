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
  /** Bytes per second over all connections, as measured; at least four times `throughput` are assumed. */
  readonly link?: number;
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
  const link = cost.latency + bytes / Math.max(parallelLinks * cost.throughput, cost.link ?? 0);
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

/** The time that so many requests take for `bytes` in all. */
type Seconds = (requests: number, bytes: number) => number;

/**
 * The requests to send for `ranges` (sorted by offset, none empty; they may touch or overlap), in order of offset.
 * Every range is covered; requests do not overlap. `seconds` is their price, where several of them are sent as one.
 */
export function price(
  ranges: readonly ByteRange[],
  cost: Cost,
  seconds: Seconds = (requests, bytes) => expectedSeconds(requests, bytes, cost),
): ByteRange[] {
  const { length: count } = ranges;
  /** The furthest that any range up to this one reaches, and the gap before this one. */
  const ends = new Float64Array(count);
  const gaps = new Float64Array(count);
  let end = ranges[0]?.offset ?? 0;
  let bytes = -end;
  for (const [i, { offset, length }] of ranges.entries()) {
    const gap = (gaps[i] = Math.max(0, offset - end));
    bytes -= gap;
    ends[i] = end = Math.max(end, offset + length);
  }
  bytes += end;
  const longest = cost.optimize === "requests" ? 4 * mostRequested : (cost.longest ?? longestRequest(cost));
  let best: ByteRange[] = [];
  let least = Infinity;
  // The first limit is the best one before long spans are cut. The cuts may add so many requests that reading all gaps, or none, costs less.
  for (const limit of limitsOf(gaps, bytes, cost, seconds)) {
    const total = gaps.reduce((sum, gap) => (gap <= limit ? sum + gap : sum), bytes);
    const part = Math.min(longest, Math.max(shortestPart, Math.ceil(total / partsWorth(total, cost))));
    const requests: ByteRange[] = [];
    for (let first = 0, i = 1; i <= count; i++) {
      if (gaps[i]! <= limit) continue;
      cut(ranges, ends, first, i - 1, part, requests);
      first = i;
    }
    const price = seconds(requests.length, lengthOf(requests));
    if (price >= least) continue;
    least = price;
    best = requests;
  }
  return best;
}

/**
 * The longest gaps to read through, to choose from: that of the cheapest of all ways to leave out the largest gaps, none
 * and all.
 */
function limitsOf(gaps: Float64Array, needed: number, cost: Cost, seconds: Seconds): number[] {
  if (cost.gap !== undefined) return [cost.gap];
  if (cost.optimize === "bytes") return [0];
  if (cost.optimize === "requests") return [Math.max(16 * cost.latency * cost.throughput, 1024 * 1024)];
  const sorted = gaps.toSorted();
  let bytes = needed;
  let best = Infinity;
  let limit = 0;
  for (const [i, gap] of sorted.entries()) {
    bytes += gap;
    // Gaps of the same length are read or skipped together.
    if (gap === sorted[i + 1]) continue;
    const requests = Math.max(gaps.length - i, partsWorth(bytes, cost));
    const price = seconds(requests, bytes);
    if (price > best) continue;
    best = price;
    limit = gap;
  }
  return [limit, 0, Infinity];
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
  const speed = { link: 0, ...initial };
  const latency = median();
  const throughput = median();
  let busySince = 0;
  let busyUntil = 0;
  let busyBytes = 0;
  return {
    speed,
    learn({ failure, start, firstByte, end, length }) {
      if (failure || !length) return;
      speed.latency = latency(Math.max((firstByte - start) / 1000, 1e-5)) ?? initial.latency;
      const seconds = (end - firstByte) / 1000;
      if (length < tellingLength || seconds <= 5e-4) return;
      // Transfers at the same time share the link: together they tell what it carries.
      if (firstByte > busyUntil) {
        busySince = firstByte;
        busyBytes = 0;
      }
      // One that began earlier may end later.
      busySince = Math.min(busySince, firstByte);
      busyUntil = end;
      busyBytes += length;
      speed.throughput = throughput(length / seconds) ?? initial.throughput;
      speed.link = Math.max(0.9 * speed.link, (1000 * busyBytes) / (end - busySince));
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
