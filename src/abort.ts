/**
 * Listening to AbortSignals that many reads and requests share.
 */

const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `stop` when `signal` aborts, at once when it has; answers with what ends the listening. A signal gets one
 * listener however many ask: Node warns of a leak at the eleventh. (`AbortSignal.any` adds none, but in Node a signal
 * remembers all that were ever made of it, a kilobyte for each.)
 */
export function onAbort(signal: AbortSignal | undefined, stop: () => void): () => void {
  if (!signal || signal.aborted) {
    if (signal) stop();
    return () => {};
  }
  let stops = waiting.get(signal);
  if (!stops) {
    const all = new Set<() => void>();
    const stopAll = (): void => {
      for (const each of [...all]) each();
    };
    signal.addEventListener("abort", stopAll, { once: true });
    waiting.set(signal, (stops = all));
  }
  const mine = stops;
  mine.add(stop);
  return () => void mine.delete(stop);
}

/** What `work` gives, or a rejection as soon as one of the signals aborts: a promise may be deaf to them. */
export function unlessAborted<T>(
  work: Promise<T>,
  signals: readonly (AbortSignal | undefined)[],
): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = signals.map((signal) => onAbort(signal, () => reject(signal!.reason)));
    work.then(resolve, reject).finally(() => {
      for (const end of forget) end();
    });
  });
}
