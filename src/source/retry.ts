/**
 * When a failed request is sent again, and after how long.
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
