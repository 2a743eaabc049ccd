/**
 * Lets so many requests, and so many bytes, be in flight at once; the others wait their turn.
 */

/** Answers of all requests in flight together fill no more memory than this (one request alone may). */
const bytesInFlight = 64 * 1024 * 1024;

export interface Gate {
  /** Waits for a place for a request of `bytes`; rejects with the signal's reason when it aborts first. */
  enter(bytes: number, signal: AbortSignal): Promise<void>;
  leave(bytes: number): void;
}

export function gate(places: number): Gate {
  let inside = 0;
  let insideBytes = 0;
  const queue: { bytes: number; admit: () => void }[] = [];
  const fits = (bytes: number): boolean =>
    inside === 0 || (inside < places && insideBytes + bytes <= bytesInFlight);

  function take(bytes: number): void {
    inside++;
    insideBytes += bytes;
  }

  return {
    enter(bytes, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (queue.length === 0 && fits(bytes)) {
        take(bytes);
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const leaveQueue = (): void => {
          queue.splice(queue.indexOf(waiting), 1);
          reject(signal.reason);
        };
        const waiting = {
          bytes,
          admit: () => {
            signal.removeEventListener("abort", leaveQueue);
            take(bytes);
            resolve();
          },
        };
        signal.addEventListener("abort", leaveQueue, { once: true });
        queue.push(waiting);
      });
    },
    leave(bytes) {
      inside--;
      insideBytes -= bytes;
      while (queue[0] && fits(queue[0].bytes)) queue.shift()!.admit();
    },
  };
}
