/** Judges requests of a viewer: bytes that it held, or had asked for, when it asked for them. Pure. */
import type { SeenRequest } from "./viewer-watch.js";

/** A request for bytes that had come before. */
export interface Repeat {
  readonly request: SeenRequest;
  /** The bytes that were held. */
  readonly bytes: number;
  /** Bytes that moved between the two. */
  readonly traffic: number;
  readonly before: SeenRequest;
}

interface Arrival {
  readonly from: number;
  readonly to: number;
  /** Bytes of the opening that had moved when these had come. */
  readonly moved: number;
  readonly request: SeenRequest;
}

/**
 * Requests that came whole, more than half of them for bytes that had come whole in the same opening of the file, or were on their way, no more than
 * `heldBytes` of traffic before. What is held amid a longer read is read again where that costs less than a request more.
 */
export function repeatsOf(requests: readonly SeenRequest[], heldBytes: (path: string) => number): Repeat[] {
  const openings = new Map<string, Arrival[]>();
  const moved = new Map<string, number>();
  const repeats: Repeat[] = [];
  const inOrder = requests.filter(({ isWhole }) => isWhole).sort((a, b) => a.end - b.end);
  for (const request of inOrder) {
    const key = `${request.opening} ${request.path}`;
    const arrivals = openings.get(key) ?? [];
    openings.set(key, arrivals);
    const before = moved.get(key) ?? 0;
    let repeated: Repeat | undefined;
    for (const { offset, length } of request.ranges)
      for (const arrival of arrivals) {
        const bytes = Math.min(arrival.to, offset + length) - Math.max(arrival.from, offset);
        const traffic = before - arrival.moved;
        if (bytes <= 0 || traffic > heldBytes(request.path)) continue;
        repeated = { request, bytes: bytes + (repeated?.bytes ?? 0), traffic, before: arrival.request };
      }
    const size = request.ranges.reduce((sum, { length }) => sum + length, 0);
    if (repeated && repeated.bytes > size / 2) repeats.push(repeated);
    moved.set(key, before + size);
    for (const { offset, length } of request.ranges)
      arrivals.push({ from: offset, to: offset + length, moved: before + size, request });
  }
  return repeats;
}
