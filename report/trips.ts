/** Dependent round trips, as the server saw them. */

interface Served {
  /** Milliseconds. */
  readonly start: number;
  readonly end?: number;
}

/** Two milliseconds: the server notes the end of an answer a little after the client has it. */
const slack = 2;

/**
 * Length of the longest chain of requests each of which came after the last one's answer: what latency is paid for. Requests
 * that only waited for a connection count, too, because they pay as well.
 */
export function chainOf(served: readonly Served[]): number {
  const ended: { at: number; depth: number }[] = [];
  let longest = 0;
  for (const { start, end } of [...served].sort((a, b) => a.start - b.start)) {
    let depth = 1;
    for (const before of ended) {
      if (before.at - slack <= start && before.depth >= depth) depth = before.depth + 1;
    }
    ended.push({ at: end ?? Number.POSITIVE_INFINITY, depth });
    longest = Math.max(longest, depth);
  }
  return longest;
}
