/**
 * When a failed request is sent again, and how long silence is borne.
 */
import { onAbort } from "../abort.js";

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

/** Ends a request when its caller aborts, or after `timeout` milliseconds without a sign of life. */
export interface Watch {
  /** Aborts with the caller, or at the end of patience: for the transport. */
  readonly signal: AbortSignal;
  /** True once silence has lasted too long. */
  readonly silent: boolean;
  /** A byte came. */
  alive(): void;
  /** What `work` gives, or a rejection as soon as the watch ends it: transports may be deaf to their signal. */
  over<T>(work: Promise<T>): Promise<T>;
  end(): void;
}

export function watch(caller: AbortSignal | undefined, timeout: number): Watch {
  const controller = new AbortController();
  const { signal } = controller;
  let heard = performance.now();
  let silent = false;
  let due = heard + timeout;
  const look = (): void => {
    const now = performance.now();
    // A clock that strikes late was asleep, or kept from its work: bytes may be waiting to be heard.
    if (now - due > timeout / 10) heard = now;
    due = heard + timeout;
    silent = due <= now;
    if (silent) controller.abort(new Error("silence"));
    else timer = setTimeout(look, due - now + 1);
  };
  let timer = setTimeout(look, timeout + 1);
  const forget = onAbort(caller, () => controller.abort(caller?.reason));
  return {
    signal,
    get silent() {
      return silent;
    },
    alive: () => {
      heard = performance.now();
    },
    over: (work) =>
      new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        if (signal.aborted) reject(signal.reason);
        work.then(resolve, reject);
      }),
    end: () => {
      clearTimeout(timer);
      forget();
    },
  };
}
