/**
 * How long to wait: for an answer, for a function of the user's, and before a failed request is sent again.
 */
import { onAbort, unlessAborted } from "../abort.js";

const firstPause = 100;
const longestPause = 10_000;
const longestRetryAfter = 60_000;

/** Statuses that a later try may not meet again. */
export function isTransient(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** Milliseconds before retry number `n` (from 0): exponential with full jitter, not before what the server asks. */
export function pauseBefore(n: number, retryAfter: number | undefined): number {
  return (retryAfter ?? 0) + Math.random() * Math.min(longestPause, firstPause * 2 ** n);
}

/** Milliseconds that a Retry-After header asks for (seconds or a date; RFC 9110, 10.2.3), at most a minute. */
export function parseRetryAfter(header: string | undefined): number | undefined {
  if (!header) return undefined;
  const wait = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longestRetryAfter);
}

/** Waits, or rejects with the signal's reason. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      forget();
      resolve();
    }, milliseconds);
    const forget = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal?.reason);
    });
  });
}

/** What `work` gives, or a rejection with what `late` makes after so many milliseconds. */
export async function within<T>(work: Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  const early = new AbortController();
  const waiting = pause(milliseconds, early.signal).then(() => Promise.reject(late()));
  waiting.catch(() => {}); // the winner of the race is told
  try {
    return await Promise.race([work, waiting]);
  } finally {
    early.abort();
  }
}

/** The end of a watch's patience: nothing came, or too little. */
export class OutOfPatience extends Error {
  readonly bytesPerSecond: number;

  constructor(bytesPerSecond: number) {
    super(bytesPerSecond === 0 ? "silence" : "too slow");
    this.bytesPerSecond = bytesPerSecond;
  }
}

export interface WatchOptions {
  /** Whose aborts end the request, too. */
  readonly signals: readonly (AbortSignal | undefined)[];
  /** Milliseconds of silence that are borne, and over which the least rate is looked at. */
  readonly timeout: number;
  /** Fewer bytes per second, once an answer has begun, are no better than silence. */
  readonly least: number;
}

/** Ends a request when its caller aborts, after silence, or when its bytes come too slowly. */
export interface Watch {
  /** Aborts with a caller's reason, or at the end of patience with `OutOfPatience`: for the transport. */
  readonly signal: AbortSignal;
  /** So many bytes came: of the head of an answer 0. Throws the signal's reason when that is too late. */
  alive(bytes: number): void;
  /** What `work` gives, or a rejection as soon as the watch ends it: transports may be deaf to their signal. */
  over<T>(work: Promise<T>): Promise<T>;
  end(): void;
}

export function watch({ signals, timeout, least }: WatchOptions): Watch {
  const controller = new AbortController();
  const { signal } = controller;
  let heard = performance.now();
  let due = heard + timeout;
  /** The time since when bytes are counted: the rate is looked at whenever it is `timeout` ago. */
  let counted: number | undefined;
  let bytes = 0;
  const look = (): void => {
    const now = performance.now();
    // A clock that strikes late was asleep, or kept from its work: bytes may be waiting to be heard.
    const late = now - due > timeout / 10;
    if (late) heard = now;
    let rate = heard + timeout <= now ? 0 : Infinity;
    if (counted !== undefined && (late || counted + timeout <= now)) {
      if (!late) rate = Math.min(rate, (bytes / (now - counted)) * 1000);
      counted = now;
      bytes = 0;
    }
    // Silence is too little, whatever the least.
    if (rate === 0 || rate < least) {
      controller.abort(new OutOfPatience(rate));
      return;
    }
    due = Math.min(heard, counted ?? heard) + timeout;
    timer = setTimeout(look, due - now + 1);
  };
  let timer = setTimeout(look, timeout + 1);
  const forget = signals.map((caller) => onAbort(caller, () => controller.abort(caller!.reason)));
  return {
    signal,
    alive(more) {
      signal.throwIfAborted();
      heard = performance.now();
      counted ??= heard;
      bytes += more;
    },
    over: (work) => unlessAborted(work, [signal]),
    end() {
      clearTimeout(timer);
      for (const each of forget) each();
    },
  };
}
