/**
 * How long silence is borne.
 */
import { onAbort } from "../abort.js";

/** Ends a request when its caller aborts, or after `timeout` milliseconds without a sign of life. */
export interface Watch {
  /** Aborts with the caller, or at the end of patience (with the message "silence"): for the transport. */
  readonly signal: AbortSignal;
  /** Something came. Throws the signal's reason when that is too late. */
  alive(): void;
  /** What `work` gives, or a rejection as soon as the watch ends it: transports may be deaf to their signal. */
  over<T>(work: Promise<T>): Promise<T>;
  end(): void;
}

export function watch(caller: AbortSignal | undefined, timeout: number): Watch {
  const controller = new AbortController();
  const { signal } = controller;
  let heard = performance.now();
  let due = heard + timeout;
  const look = (): void => {
    const now = performance.now();
    // A clock that strikes late was asleep, or kept from its work: bytes may be waiting to be heard.
    if (now - due > timeout / 10) heard = now;
    due = heard + timeout;
    if (due <= now) controller.abort(new Error("silence"));
    else timer = setTimeout(look, due - now + 1);
  };
  let timer = setTimeout(look, timeout + 1);
  const forget = onAbort(caller, () => controller.abort(caller?.reason));
  return {
    signal,
    alive: () => {
      signal.throwIfAborted();
      heard = performance.now();
    },
    over: (work) =>
      new Promise((resolve, reject) => {
        onAbort(signal, () => reject(signal.reason));
        work.then(resolve, reject);
      }),
    end: () => {
      clearTimeout(timer);
      forget();
    },
  };
}
