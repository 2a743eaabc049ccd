/**
 * What is in flight: requests to an origin, and bytes. Of the requests that wait, reads are let in before guesses.
 */
import { onAbort } from "../abort.js";

/** How urgent a request is. A guess that somebody waits for becomes a read. */
export interface Urgency {
  isGuess: boolean;
}

/** Most requests in flight of one file, or of one read, within those to the origin. */
export interface Limit {
  readonly places: number;
  inside: number;
}

/** Requests in flight to one origin. */
export interface Connections {
  /** Most requests in flight. */
  readonly places: number;
  /** Requests in flight. */
  readonly inside: number;
  /** Requests that wait. */
  readonly waiting: number;
  /**
   * Waits for a place that all `limits` allow. Reads, each of which has an array of limits of its own, take turns,
   * however many requests each has; guesses wait behind all of them. A request takes its place in all limits at once:
   * none holds a file's place while it waits for the origin's. Rejects with the reason of `signal`.
   */
  enter(urgency: Urgency, limits: readonly Limit[], signal: AbortSignal): Promise<unknown>;
  leave(limits: readonly Limit[]): void;
}

interface Waiting {
  readonly urgency: Urgency;
  readonly enter: () => void;
}

interface WaitingRequest extends Waiting {
  readonly limits: readonly Limit[];
}

export function connections(places: number): Connections {
  let inside = 0;
  /** By read, the read whose turn is next first. */
  const reads = new Map<readonly Limit[], Set<WaitingRequest>>();
  const guesses = new Set<WaitingRequest>();

  function admit(): void {
    for (const guess of guesses)
      if (!guess.urgency.isGuess) {
        guesses.delete(guess);
        add(guess);
      }
    // A read that has had its turn goes to the end of the map, and has another one in the same loop.
    for (const [limits, queue] of reads) {
      if (inside >= places) return;
      if (isFull(limits)) continue;
      const [first] = queue;
      reads.delete(limits);
      if (!first) continue;
      letIn(first, queue);
      if (queue.size > 0) reads.set(limits, queue);
    }
    for (const guess of guesses) {
      if (inside >= places) return;
      if (!isFull(guess.limits)) letIn(guess, guesses);
    }
  }

  function letIn(request: WaitingRequest, queue: Set<WaitingRequest>): void {
    queue.delete(request);
    inside++;
    for (const limit of request.limits) limit.inside++;
    request.enter();
  }

  function add(request: WaitingRequest): void {
    const { limits, urgency } = request;
    if (urgency.isGuess) guesses.add(request);
    else if (!reads.get(limits)?.add(request)) reads.set(limits, new Set([request]));
  }

  function remove(request: WaitingRequest): boolean {
    const queue = reads.get(request.limits);
    const isThere = guesses.delete(request) || queue?.delete(request) === true;
    if (queue?.size === 0) reads.delete(request.limits);
    return isThere;
  }

  return {
    places,
    get inside() {
      return inside;
    },
    get waiting() {
      return [...reads.values()].reduce((sum, { size }) => sum + size, guesses.size);
    },
    enter: (urgency, limits, signal) =>
      inTurn({ add, delete: remove }, signal, (enter) => ({ enter, urgency, limits }), admit),
    leave(limits) {
      inside--;
      for (const limit of limits) limit.inside--;
      admit();
    },
  };
}

function isFull(limits: readonly Limit[]): boolean {
  return limits.some(({ inside, places }) => inside >= places);
}

/** Reads in the order in which they came, then guesses. */
function* byUrgency<W extends Waiting>(queue: ReadonlySet<W>): Generator<W, void> {
  for (const guesses of [false, true])
    for (const waiting of queue) if (waiting.urgency.isGuess === guesses) yield waiting;
}

/** Bytes that were asked for and are not taken yet. */
export interface Flight {
  /** Bytes in flight. */
  readonly inside: number;
  /** Requests that wait. */
  readonly waiting: number;
  /**
   * Waits until a read may ask for `bytes` more; guesses wait behind all others. Answers with a function that lets the
   * bytes go. Rejects with the reason of `signal`.
   */
  enter(bytes: number, by: Reading, urgency: Urgency, signal: AbortSignal): Promise<() => void>;
}

/** A read, and how many of its bytes are in flight. */
export interface Reading {
  inFlight: number;
}

/**
 * A read with no more bytes in flight than this takes from the reserve, and so never waits for the decoding of a large
 * read.
 */
const smallBytes = 1024 * 1024;
const reserveBytes = 16 * 1024 * 1024;

interface WaitingBytes extends Waiting {
  readonly bytes: number;
  readonly by: Reading;
  /** Whether its bytes count in the reserve, once it is let in. */
  isReserve: boolean;
}

export function flight(limit: number): Flight {
  let common = 0;
  /** Bytes of the reserve, counted apart so that many small reads do not keep a large one waiting. */
  let reserved = 0;
  const queue = new Set<WaitingBytes>();

  function admit(): void {
    let blocked = false;
    for (const waiting of byUrgency(queue)) {
      const { bytes, by, urgency } = waiting;
      const fits = !blocked && (common === 0 || common + bytes <= limit);
      const isSmall = !urgency.isGuess && by.inFlight + bytes <= smallBytes;
      waiting.isReserve = !fits && isSmall && reserved + bytes <= reserveBytes;
      if (!fits && !waiting.isReserve) {
        blocked = true;
        if (urgency.isGuess) return;
        continue;
      }
      queue.delete(waiting);
      if (waiting.isReserve) reserved += bytes;
      else common += bytes;
      by.inFlight += bytes;
      waiting.enter();
    }
  }

  return {
    get inside() {
      return common + reserved;
    },
    get waiting() {
      return queue.size;
    },
    async enter(bytes, by, urgency, signal) {
      const mine: Omit<WaitingBytes, "enter"> = { bytes, by, urgency, isReserve: false };
      let isInside = true;
      const waiting = await inTurn(queue, signal, (enter) => ({ ...mine, enter }), admit);
      return () => {
        if (!isInside) return;
        isInside = false;
        if (waiting.isReserve) reserved -= bytes;
        else common -= bytes;
        by.inFlight -= bytes;
        admit();
      };
    },
  };
}

/**
 * Waits in a queue until `admit` lets the entry in; leaves the queue when `signal` aborts. Answers with the entry.
 */
function inTurn<W extends Waiting>(
  queue: { add(waiting: W): unknown; delete(waiting: W): boolean },
  signal: AbortSignal,
  waitingBy: (enter: () => void) => W,
  admit: () => void,
): Promise<W> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const waiting = waitingBy(() => {
      forget();
      resolve(waiting);
    });
    const forget = onAbort(signal, () => {
      if (queue.delete(waiting)) admit();
      reject(signal.reason);
    });
    queue.add(waiting);
    admit();
  });
}
