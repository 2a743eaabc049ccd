/**
 * Profiles: every request as it happened, and the sum of all requests.
 */
import { checkObject } from "../argument.js";
import { FitsError } from "../errors.js";
import type { ByteRange, RequestRecord } from "../source/source.js";

/** One request. Times are seconds since the profile's first request. */
export interface RequestEvent {
  /** First byte asked for, bytes that came, bytes asked for. */
  offset: number;
  length: number;
  requested: number;
  /** The ranges, where the request asked for several at once. */
  parts?: readonly ByteRange[];
  start: number;
  firstByte: number;
  end: number;
  /** What the request was for: `"header of HDU 4"`. */
  label: string;
  url: string;
  /** HTTP status, 0 where there is none. */
  status: number;
  failure?: string;
  requestHeaders?: Record<string, string>;
  responseHeaders?: Record<string, string>;
}

/** The sum of a profile, as plain data. */
export interface ProfileSummary {
  /** Requests sent, those that failed and were sent again included. */
  requests: number;
  /** Dependent waves: how often a read had to wait for an answer before the read could ask on. */
  roundTrips: number;
  /** Bytes moved. */
  bytes: number;
  /** Bytes moved that a read asked for; the rest is gaps, read-ahead and repeats. */
  usedBytes: number;
  /** `bytes - usedBytes`. */
  wasteBytes: number;
  /** Seconds during which some read was under way. */
  seconds: number;
  bytesPerSecond: number;
  /** The requests, by time: the last ones, where there were more than the profile keeps. */
  events: RequestEvent[];
  /** Requests that `events` has left out. */
  eventsDropped: number;
}

/** Collects the requests of reads. Give the profile to `open`, or to one read, and call `summary` at any time. */
export interface Profile {
  summary(): ProfileSummary;
  /** Called by readers; not for users. @internal */
  readonly recorder: Recorder;
}

/** What a reader tells a profile. @internal */
export interface Recorder {
  request(record: RequestRecord, label: string): void;
  wave(): void;
  used(range: ByteRange): void;
  begin(): void;
  finish(): void;
}

export interface ProfileOptions {
  /** Called with every request when the request ends. Errors of the function are ignored. */
  onRequest?: ((event: RequestEvent) => void) | undefined;
  /** Most requests kept as events: a process that runs for months keeps the last ones. Default 10000. */
  maxEvents?: number | undefined;
}

const defaultMaxEvents = 10_000;
/** Most stretches of a file that are remembered. Beyond that they are added up: bytes used again count again. */
const mostIntervals = 1 << 16;

/** Calls a listener. An error of the listener, thrown or (where it is async) rejected, does not fail the read. */
export function tell<T>(listener: ((news: T) => unknown) | undefined, news: T): void {
  try {
    Promise.resolve(listener?.(news)).catch(() => {});
  } catch {}
}

/** A new, empty profile. */
export function createProfile(options: ProfileOptions = {}): Profile {
  checkObject(options);
  const maxEvents = options.maxEvents ?? defaultMaxEvents;
  if (!(maxEvents >= 0 && (maxEvents === Infinity || Number.isInteger(maxEvents))))
    throw new FitsError(
      "BAD_ARGUMENT",
      `maxEvents must be an integer of at least 0, not ${String(maxEvents)}`,
    );
  /** A ring once it is full: the oldest event is at `requests % maxEvents`. */
  const events: RequestEvent[] = [];
  let requests = 0;
  let bytes = 0;
  let usedBefore = 0;
  let used: [start: number, end: number][] = [];
  let most = 1 << 14;
  let roundTrips = 0;
  let origin: number | undefined;
  let active = 0;
  let activeSince = 0;
  let activeMs = 0;

  const recorder: Recorder = {
    request(record, label) {
      origin ??= record.start;
      const { offset, length, requested, parts, url, status, failure, requestHeaders, responseHeaders } =
        record;
      const seconds = (ms: number): number => Math.round((ms - origin!) * 1000) / 1e6;
      const event: RequestEvent = {
        offset,
        length,
        requested,
        ...(parts && { parts }),
        start: seconds(record.start),
        firstByte: seconds(record.firstByte),
        end: seconds(record.end),
        label,
        url,
        status,
        ...(failure !== undefined && { failure }),
        ...(requestHeaders && { requestHeaders }),
        ...(responseHeaders && { responseHeaders }),
      };
      if (maxEvents > 0) events[requests % maxEvents] = event;
      requests++;
      bytes += length;
      tell(options.onRequest, event);
    },
    wave() {
      roundTrips++;
    },
    used({ offset, length }) {
      const last = used.at(-1);
      if (last && last[1] === offset) last[1] += length;
      else used.push([offset, offset + length]);
      if (used.length <= most) return;
      used = union(used);
      if (used.length > mostIntervals) {
        usedBefore += lengthOf(used);
        used = [];
      }
      // Stretches that cannot be joined must not be sorted again with each range that comes.
      most = Math.max(1 << 14, 2 * used.length);
    },
    begin() {
      if (active++ === 0) activeSince = performance.now();
    },
    finish() {
      if (--active === 0) activeMs += performance.now() - activeSince;
    },
  };

  return {
    recorder,
    summary() {
      used = union(used);
      const usedBytes = Math.min(bytes, usedBefore + lengthOf(used));
      const ms = activeMs + (active > 0 ? performance.now() - activeSince : 0);
      return {
        requests,
        roundTrips,
        bytes,
        usedBytes,
        wasteBytes: bytes - usedBytes,
        seconds: Math.round(ms * 1000) / 1e6,
        bytesPerSecond: ms > 0 ? Math.round((bytes / ms) * 1000) : 0,
        events: [...events].sort((a, b) => a.start - b.start || a.offset - b.offset),
        eventsDropped: requests - events.length,
      };
    },
  };
}

function lengthOf(intervals: readonly [number, number][]): number {
  return intervals.reduce((sum, [start, end]) => sum + end - start, 0);
}

function union(intervals: readonly [number, number][]): [number, number][] {
  const merged: [number, number][] = [];
  for (const [start, end] of [...intervals].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}
