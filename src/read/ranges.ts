/**
 * Pricing a step: which requests to send for the ranges wanted. Pure arithmetic.
 *
 * A request costs latency and a little work; a byte costs time on its connection. Gaps are read through where that
 * is cheaper than another request, and long spans are cut where parallel connections are faster than one.
 */
import type { ByteRange } from "../source/source.js";

/** What requests cost here. */
export interface Cost {
  /** Seconds before the first byte of an answer. */
  readonly latency: number;
  /** Bytes per second over one connection. */
  readonly throughput: number;
  /** Requests in flight at once. */
  readonly concurrency: number;
  readonly optimize: "time" | "bytes" | "requests";
  /** Fixed limit for gaps, in bytes, in place of pricing. */
  readonly gap?: number | undefined;
}

/** How many full connections a link is taken to carry: S3 and archives give each connection a fraction of it. */
const parallelLinks = 4;
/** A request never asks for more than this, so that buffers stay small and failures cost little. */
const mostRequested = 16 * 1024 * 1024;
/** Cutting below this gains nothing that anybody could measure. */
const shortestPart = 256 * 1024;

export function byOffset(a: ByteRange, b: ByteRange): number {
  return a.offset - b.offset;
}

/** Seconds of work that a request costs both ends whatever its length. */
function overhead(cost: Cost): number {
  return Math.min(0.6e-3, cost.latency / 4);
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
 * On a disk that is 1 MiB, and the decoding of one part overlaps the reading of the next.
 */
function longestRequest(cost: Cost): number {
  return Math.min(mostRequested, Math.max(1024 * 1024, 16 * cost.latency * cost.throughput));
}

/** How many connections a read of `bytes` is worth: the sum of transfer and overhead is least at the square root. */
function usefulParts(bytes: number, cost: Cost): number {
  if (cost.optimize === "requests") return 1;
  const best = Math.sqrt(bytes / cost.throughput / Math.max(overhead(cost), 1e-6));
  return Math.max(1, Math.min(cost.concurrency, Math.round(best), Math.floor(bytes / shortestPart)));
}

/**
 * The requests to send for `ranges` (sorted by offset, none empty; they may touch or overlap), in order of offset.
 * Every range is covered; requests do not overlap.
 */
export function price(ranges: readonly ByteRange[], cost: Cost): ByteRange[] {
  if (ranges.length === 0) return [];
  const touching = merge(ranges, 0);
  const merged = merge(touching, cost.gap ?? gapWorthReading(touching, cost));
  const total = merged.reduce((bytes, { length }) => bytes + length, 0);
  const part = Math.min(
    longestRequest(cost),
    Math.max(shortestPart, Math.ceil(total / usefulParts(total, cost))),
  );
  return merged.flatMap((span) => cut(span, cost.optimize === "requests" ? mostRequested * 4 : part));
}

/** A contiguous span and the places where it may be cut, each with the byte where the part before it may end. */
interface Span {
  offset: number;
  length: number;
  cuts: { end: number; start: number }[];
}

/** Ranges with gaps of at most `limit` bytes become one; it can be cut where they met. */
function merge(ranges: readonly (ByteRange & Partial<Span>)[], limit: number): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const { offset, length, cuts = [] } of ranges) {
    const last = spans.at(-1);
    if (last && offset - end <= limit) {
      if (offset >= end) last.cuts.push({ end, start: offset });
      for (const place of cuts) last.cuts.push(place);
      end = Math.max(end, offset + length);
      last.length = end - last.offset;
    } else {
      spans.push({ offset, length, cuts: [...cuts] });
      end = offset + length;
    }
  }
  return spans;
}

/** The largest gap that is cheaper to read than to skip: the cheapest of all ways to leave out the largest gaps. */
function gapWorthReading(spans: readonly Span[], cost: Cost): number {
  if (cost.optimize === "bytes" || spans.length === 1) return 0;
  const gaps = new Float64Array(spans.length - 1);
  let bytes = spans[0]!.length;
  for (let i = 1; i < spans.length; i++) {
    gaps[i - 1] = spans[i]!.offset - (spans[i - 1]!.offset + spans[i - 1]!.length);
    bytes += spans[i]!.length;
  }
  gaps.sort();
  if (cost.optimize === "requests") return Math.max(16 * cost.latency * cost.throughput, 1024 * 1024);
  let best = Number.POSITIVE_INFINITY;
  let limit = 0;
  for (let merged = 0; merged <= gaps.length; merged++) {
    if (merged > 0) bytes += gaps[merged - 1]!;
    const requests = Math.max(spans.length - merged, usefulParts(bytes, cost));
    const seconds = expectedSeconds(requests, bytes, cost);
    if (seconds <= best) {
      best = seconds;
      limit = merged === 0 ? 0 : gaps[merged - 1]!;
    }
  }
  return limit;
}

/** Cuts a span into parts of about `part` bytes: at a gap or a range's edge near by, else anywhere. */
function cut(span: Span, part: number): ByteRange[] {
  const end = span.offset + span.length;
  const count = Math.ceil(span.length / part);
  if (count <= 1) return [{ offset: span.offset, length: span.length }];
  const even = span.length / count;
  const parts: ByteRange[] = [];
  let start = span.offset;
  let next = 0;
  for (let i = 1; i < count; i++) {
    const target = span.offset + i * even;
    while (next + 1 < span.cuts.length && span.cuts[next + 1]!.start <= target + even / 4) next++;
    const near = span.cuts[next];
    const useNear = near && near.end > start && Math.abs(near.start - target) <= even / 2;
    const at = useNear ? near : { end: Math.round(target), start: Math.round(target) };
    if (at.end <= start) continue;
    parts.push({ offset: start, length: at.end - start });
    start = at.start;
  }
  parts.push({ offset: start, length: end - start });
  return parts;
}
