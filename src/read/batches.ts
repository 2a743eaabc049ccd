/**
 * Batches: many ranges in one request, where the source can be asked so and that is cheaper than single requests with the
 * gaps between them. Priced here; sent as one request, whose parts are pieces of the cache like any others.
 */
import { onAbort } from "../abort.js";
import type { ByteRange, ManyRanges, RequestRecord } from "../source/source.js";
import type { Piece, RangeCache } from "./cache.js";
import { endOf } from "./delivery.js";
import type { Urgency } from "./flight.js";
import { type Cost, expectedSeconds, lengthOf, partsWorth, price } from "./ranges.js";
import { fetchRange, newPassage, type Passage, type Requests } from "./request.js";

/** What a source says of its batches. */
export type Terms = Omit<ManyRanges, "getRanges">;

/** Seconds of work that a part costs both ends, beside its bytes. */
const partWork = 10e-6;

/**
 * The batches to send for `missing` (in order of offset, none empty), as ranges in order that do not overlap; undefined
 * where `requests`, the single requests for them, cost less. A server that was never asked may refuse, which costs a
 * round trip; the first question is sent alone, which costs another one.
 */
export function priceBatches(
  missing: readonly ByteRange[],
  requests: readonly ByteRange[],
  cost: Cost,
  terms: Terms,
): ByteRange[][] | undefined {
  const { odds, overhead, most } = terms;
  if (odds === 0 || requests.length === 0) return undefined;
  const secondsOf = (batches: number, parts: number, bytes: number): number =>
    expectedSeconds(batches, bytes + parts * overhead, cost) + parts * partWork;
  const gap = cost.gap ?? (cost.optimize === "bytes" ? overhead : undefined);
  const parts = price(missing, { ...cost, optimize: "time", gap }, (parts, bytes) =>
    secondsOf(Math.max(Math.min(parts, partsWorth(bytes, cost)), Math.ceil(parts / most)), parts, bytes),
  );
  const batches = divided(parts, cost, terms);
  if (parts.length === batches.length) return undefined;
  const seconds = secondsOf(batches.length, parts.length, lengthOf(parts));
  const gain = expectedSeconds(requests.length, lengthOf(requests), cost) - seconds;
  if (odds === 1) return gain > 0 ? batches : undefined;
  const trial = batches.length > 1 ? cost.latency : 0;
  return odds * (gain - trial) > (1 - odds) * cost.latency ? batches : undefined;
}

/** Parts in batches of about as many bytes, for as many connections as they are worth, within what the server takes. */
function divided(parts: readonly ByteRange[], cost: Cost, { most, longestHeader }: Terms): ByteRange[][] {
  const total = lengthOf(parts);
  const count = Math.max(partsWorth(total, cost), Math.ceil(parts.length / most));
  const batches: ByteRange[][] = [];
  let bytes = 0;
  let header = 0;
  for (const part of parts) {
    const { offset, length } = part;
    const text = `${offset}-${offset + length},`.length;
    const last = batches.at(-1);
    if (
      last &&
      last.length < most &&
      header + text <= longestHeader &&
      (bytes + length / 2) * count <= total * batches.length
    ) {
      last.push(part);
      header += text;
    } else {
      batches.push([part]);
      header = text;
    }
    bytes += length;
  }
  return batches;
}

/** What a read needs for its batches. */
export interface Batching extends Requests {
  readonly cost: () => Cost;
  readonly cache: RangeCache;
}

/** Asks one source for many ranges in one request. */
export interface Batcher {
  /** What to send in place of `requests`, as `priceBatches` says; undefined for the requests as they are. */
  price(missing: readonly ByteRange[], requests: readonly ByteRange[], cost: Cost): ByteRange[][] | undefined;
  /**
   * The bytes of each part of a batch. What comes by single requests is a piece of the cache for each request, kept as `keep` says;
   * `forget` is called before, so that the cache does not find the parts twice.
   */
  fetch(
    parts: readonly ByteRange[],
    label: string,
    context: Batching,
    signal: AbortSignal,
    passage: Passage,
    keep: boolean,
    forget: () => void,
  ): Promise<readonly Uint8Array[]>;
}

export function batcher(many: ManyRanges): Batcher {
  const singlesOf = new WeakMap<readonly ByteRange[], Singles>();
  return {
    price(missing, requests, cost) {
      const batches = priceBatches(missing, requests, cost, many);
      const singles: Singles = { requests, underWay: new Map() };
      for (const batch of batches ?? []) singlesOf.set(batch, singles);
      return batches;
    },
    fetch: (parts, label, context, signal, passage, keep, forget) =>
      fetchBatch(parts, label, context, many, passage, signal, keep, forget, singlesOf.get(parts)!),
  };
}

/**
 * The single requests in place of all batches of a step: a server that refuses one batch refuses all, and each priced alone would be
 * many more requests.
 */
interface Singles {
  readonly requests: readonly ByteRange[];
  /** Those that a batch waits for. */
  readonly underWay: Map<ByteRange, Piece>;
}

/** The bytes of each part: by one request, and by single ones for what the server did not send so. */
async function fetchBatch(
  parts: readonly ByteRange[],
  label: string,
  context: Batching,
  many: ManyRanges,
  passage: Passage,
  signal: AbortSignal,
  keep: boolean,
  forget: () => void,
  instead: Singles,
): Promise<readonly Uint8Array[]> {
  const { recorders, learn, cache } = context;
  const record = (event: RequestRecord): void => {
    learn(event);
    for (const recorder of recorders) recorder.request(event, label);
  };
  let got: (Uint8Array | undefined)[];
  try {
    await passage.enter(signal);
    signal.throwIfAborted();
    got = await many.getRanges(parts, { signal, record, headers: recorders.length > 0 });
  } finally {
    passage.over();
  }
  const lacking = parts.filter((_, i) => !got[i]);
  if (lacking.length === 0) return got as Uint8Array[];
  // Single requests count for themselves: together with the batch they might be more than may be in flight.
  passage.done();
  // Each single request is a piece of the cache: a read that is aborted loses only the requests that have not come.
  forget();
  for (const [i, part] of parts.entries()) {
    const bytes = got[i];
    if (bytes) cache.add([part], keep, async () => [bytes]);
  }
  const singles = await fetchSingly(lacking, label, context, signal, keep, instead);
  return got.map((bytes) => bytes ?? singles.shift()!);
}

/** The bytes of each part, by single requests. */
async function fetchSingly(
  parts: readonly ByteRange[],
  label: string,
  context: Batching,
  signal: AbortSignal,
  keep: boolean,
  { requests, underWay }: Singles,
): Promise<Uint8Array[]> {
  const whole = parts.map(({ length }) => new Uint8Array(length));
  const ends = parts.map(({ length }) => length);
  const urgency: Urgency = { isGuess: false };
  const stop = new AbortController();
  const forget = onAbort(signal, () => stop.abort(signal.reason));
  const send = (request: ByteRange): Piece => {
    const passage = newPassage(request.length, context, urgency);
    // A batch that comes later must not wait for a cancelled request.
    const leave = (): unknown => underWay.get(request) === piece && underWay.delete(request);
    const [piece] = context.cache.add([request], keep, (signal) => {
      onAbort(signal, leave);
      return fetchRange(request, label, context, signal, passage).finally(() => {
        passage.done();
        leave();
      });
    });
    underWay.set(request, piece);
    return piece;
  };
  const fetchOne = async (request: ByteRange): Promise<void> => {
    const inside = parts.flatMap((part, i) => (overlap(part, request) > 0 ? [i] : []));
    const bytes = await context.cache.wait(underWay.get(request) ?? send(request), stop.signal);
    for (const i of inside) {
      const { offset } = parts[i]!;
      const start = Math.max(offset, request.offset);
      const end = start + overlap(parts[i]!, request);
      const part = bytes.subarray(start - request.offset, end - request.offset);
      whole[i]!.set(part, start - offset);
      // A range ends at the first byte that did not come: the object ends there.
      if (part.length < end - start) ends[i] = Math.min(ends[i]!, start - offset + part.length);
    }
  };
  try {
    const [{ offset }] = parts as [ByteRange];
    const span = { offset, length: endOf(parts.at(-1)!) - offset };
    await Promise.all(requests.filter((request) => overlap(request, span) > 0).map(fetchOne));
  } catch (error) {
    // The other requests are for nobody.
    stop.abort(error);
    throw error;
  } finally {
    forget();
  }
  return whole.map((bytes, i) => bytes.subarray(0, ends[i]));
}

/** Bytes that two ranges share; none where negative. */
function overlap(a: ByteRange, b: ByteRange): number {
  return Math.min(endOf(a), endOf(b)) - Math.max(a.offset, b.offset);
}
