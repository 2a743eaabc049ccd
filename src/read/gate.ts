/**
 * Lets so many requests, and so many bytes, be in flight at once; the others wait their turn.
 */

/** Answers of all requests in flight together fill no more memory than this (one request alone may). */
const bytesInFlight = 64 * 1024 * 1024;

export interface Gate {
  /** Waits for a place for a request of `bytes`. Whoever has no use for it any more leaves when it comes. */
  enter(bytes: number): Promise<void>;
  leave(bytes: number): void;
}

export function gate(places: number): Gate {
  let inside = 0;
  let insideBytes = 0;
  const queue = new Set<{ readonly bytes: number; enter(): void }>();

  const fits = (bytes: number): boolean =>
    inside === 0 || (inside < places && insideBytes + bytes <= bytesInFlight);

  function admit(): void {
    for (const waiting of queue) {
      if (!fits(waiting.bytes)) return;
      queue.delete(waiting);
      inside++;
      insideBytes += waiting.bytes;
      waiting.enter();
    }
  }

  return {
    enter: (bytes) =>
      new Promise((enter) => {
        queue.add({ bytes, enter });
        admit();
      }),
    leave(bytes) {
      inside--;
      insideBytes -= bytes;
      admit();
    },
  };
}
