/**
 * Pacing of a server's bytes: so many a second on each connection, and in all.
 */

/** One line of limited width. Time is that of `performance.now()`. */
export interface Line {
  /** Takes the line for `bytes` more; answers when the last of them would be through. */
  send(bytes: number): number;
}

/** A line of `throughput` bytes a second. What a late timer lost is caught up with, to `slack` milliseconds. */
export function line(throughput: number, slack = 20): Line {
  let free = 0;
  return {
    send: (bytes) => {
      free = Math.max(free, performance.now() - slack) + (bytes / throughput) * 1000;
      return free;
    },
  };
}

export const unlimited: Line = { send: () => 0 };

/** Resolves at `time`, or at once when that is less than half a millisecond away. */
export function until(time: number): Promise<void> | undefined {
  const wait = time - performance.now();
  return wait < 0.5 ? undefined : new Promise((resolve) => setTimeout(resolve, wait));
}
