/**
 * One request: waits for its turn, is sent, and its answer is checked.
 */
import { unlessAborted } from "../abort.js";
import { FitsError } from "../errors.js";
import type { ByteRange, ByteSource, RequestRecord } from "../source/source.js";
import type { Connections, Flight, Limit, Reading, Urgency } from "./flight.js";
import type { Recorder } from "./profile.js";

/** What the requests of one read have in common. */
export interface Requests {
  readonly source: ByteSource;
  readonly flight: Flight;
  readonly origin: Connections;
  readonly limits: readonly Limit[];
  readonly learn: (request: RequestRecord) => void;
  readonly recorders: readonly Recorder[];
  readonly reading: Reading;
  /** Settles when the previous request was let in: the requests of a read are let in in order. */
  turn: Promise<void>;
}

/**
 * The way of a request: the request waits for room among the bytes in flight, then for a connection. Its bytes count
 * until they have been taken, and its connection until the answer has come.
 */
export interface Passage {
  /** Requests of one read are let in in their order. */
  enter(signal: AbortSignal): Promise<void>;
  /** The bytes have been taken, or will not be. */
  done(): void;
  /** The request is over. */
  over(): void;
}

export function newPassage(
  bytes: number,
  requests: Pick<Requests, "flight" | "reading" | "origin" | "limits" | "turn">,
  urgency: Urgency,
): Passage {
  const { flight, reading, origin, limits } = requests;
  let land: (() => void) | undefined;
  let isConnected = false;
  let isOver = false;
  let isDone = false;
  return {
    async enter(signal) {
      const entered = requests.turn.then(async () => {
        land = await flight.enter(bytes, reading, urgency, signal);
      });
      requests.turn = entered.catch(() => {});
      await entered;
      await origin.enter(urgency, limits, signal);
      isConnected = true;
    },
    done() {
      isDone = true;
      // While the request is under way its bytes may still come: for another read, perhaps.
      if (isOver) land?.();
    },
    over() {
      isOver = true;
      if (isConnected) origin.leave(limits);
      if (isDone) land?.();
    },
  };
}

/** Sends one request when its turn has come, and checks the answer. Answers with the bytes of the one range. */
export async function fetchRange(
  request: ByteRange,
  label: string,
  requests: Requests,
  signal: AbortSignal,
  passage: Passage,
  intoOf?: () => Uint8Array<ArrayBuffer> | undefined,
): Promise<[Uint8Array]> {
  const { source, recorders, learn } = requests;
  try {
    await passage.enter(signal);
    signal.throwIfAborted();
    const start = performance.now();
    // A sequential source may answer from bytes that it has inflated already: nothing has moved then.
    let recorded = source.sequential === true;
    const record = (event: RequestRecord): void => {
      recorded = true;
      learn(event);
      for (const recorder of recorders) recorder.request(event, label);
    };
    const into = intoOf?.();
    const headers = recorders.length > 0;
    const answer = source.getRange(request, { signal, record, headers, ...(into && { into }) });
    // A user's own source may answer without a promise, and not heed the signal.
    const bytes = await unlessAborted(Promise.resolve(answer), [signal]);
    if (!recorded && !source.kept) record(recordOf(request, bytes, source, start));
    return [checkedAnswer(request, bytes, source)];
  } finally {
    passage.over();
  }
}

/** The record of a request, for a source that keeps none. */
function recordOf(
  { offset, length: requested }: ByteRange,
  bytes: Uint8Array,
  { href }: ByteSource,
  start: number,
): RequestRecord {
  const end = performance.now();
  const length = bytes?.byteLength ?? 0;
  return { offset, requested, length, start, firstByte: end, end, url: href, status: 0 };
}

/** The bytes of an answer, unless there are too many or too few. Throws BAD_RANGE, SHORT_READ. */
function checkedAnswer(
  { offset, length }: ByteRange,
  bytes: Uint8Array,
  { href, size }: ByteSource,
): Uint8Array {
  if (!(bytes instanceof Uint8Array) || bytes.byteLength > length) {
    const what = bytes instanceof Uint8Array ? `${bytes.byteLength} bytes` : "no Uint8Array";
    throw new FitsError(
      "BAD_RANGE",
      `${href}: getRange gave ${what} for ${length} bytes at byte ${offset}; it must honor ranges`,
    );
  }
  const expected = Math.min(length, (size ?? 0) - offset);
  if (bytes.byteLength >= expected) return bytes;
  throw new FitsError(
    "SHORT_READ",
    `${href}: got ${bytes.byteLength} of ${expected} bytes at byte ${offset}; try again`,
  );
}
