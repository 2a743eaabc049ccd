/**
 * The only I/O loop: runs plans against a source. Each step is priced, sent in parallel, shared through the cache,
 * and handed to the plan as it lands. The runner alone owns memory, order and abort.
 */
import { onAbort, unlessAborted } from "../abort.js";
import { checkArgument } from "../argument.js";
import { type ByteRange, type ByteSource, checkRange, type Division } from "../source/source.js";
import type { Batcher } from "./batches.js";
import { type Piece, type RangeCache, rangeCache } from "./cache.js";
import { clipped, type Delivery, deliveriesOf, endOf, fill, jointMemory } from "./delivery.js";
import type { Explanation } from "./explain.js";
import type { Limit } from "./flight.js";
import { checkOptions, type Progress, type ReaderOptions, type ReadOptions } from "./options.js";
import { courseOf, type Plan, type Step } from "./plan.js";
import { tell } from "./profile.js";
import {
  type Cost,
  fewRanges,
  lengthOf,
  localCost,
  networkSpeed,
  price,
  sortByOffset,
  speedEstimate,
} from "./ranges.js";
import { fetchRange, newPassage, type Requests } from "./request.js";
import { type Budget, budget, closed, defaultSession, type Session, withOwnWorkers } from "./session.js";
import { enqueue, isNext, isTurnOver, type Taker, tookFor, turnEnd } from "./turn.js";

/** Runs plans against one source, with one cache and one estimate of what requests cost. */
export interface Reader {
  readonly source: ByteSource;
  readonly options: ReaderOptions;
  readonly session: Session;
  /** The budget of this file's kept bytes, read or decoded. */
  readonly memory: Budget;
  run<T>(plan: Plan<T>, options?: ReadOptions): Promise<T>;
  /** What the plan's first wave would read, and in what time, given the bytes held already. Reads nothing. */
  explain(plan: Plan<unknown>, options?: ReadOptions): Promise<Explanation>;
  /** Cancels all reads under way and lets the source go. Final: every later read is refused (CLOSED). */
  close(): Promise<void>;
  /** Forgets the held bytes, and leaves the source open: for another reader of the same bytes. @internal */
  release(): void;
}

const fileCacheBytes = 32 * 1024 * 1024;
/**
 * Of a file on disk headers and descriptors are kept, which are looked at again; the operating system caches the rest.
 */
const localCacheBytes = 1024 * 1024;
const networkConcurrency = 32;
/** Node reads files on four threads. */
const localConcurrency = 4;

/**
 * A reader of `source`. The options are defaults for every read. Throws BAD_ARGUMENT for options that make no sense,
 * CLOSED where the session is closed.
 */
export function createReader(source: ByteSource, options: ReaderOptions = {}): Reader {
  checkOptions(options);
  checkArgument("getRange" in Object(source), "a source", "one that resolveSource gives", source);
  const isLocal = source.speed !== undefined;
  const whole = options.session ?? defaultSession();
  const session = options.workers === undefined ? whole : withOwnWorkers(whole, options.workers);
  const memory = budget(options.cacheBytes ?? fileCacheBytes, session.memory);
  const cache = rangeCache(isLocal ? budget(localCacheBytes, memory) : memory);
  const estimate = speedEstimate(source.speed ?? networkSpeed);
  const usual = source.connections ?? (isLocal ? localConcurrency : networkConcurrency);
  const origin = session.connections(originOf(source.href), usual);
  const limits = limitsOf(options);
  /**
   * Every read refers to this object. The session holds it weakly, and so can close the file while a read is under way.
   */
  const life = { stop: new AbortController(), close: (): Promise<void> => (closes ??= closeAll()) };
  let closes: Promise<void> | undefined;

  const costOf = (own: ReadOptions): Cost => ({
    ...estimate.speed,
    // What a source knows of connections it may learn from its answers.
    concurrency: Math.min(
      origin.places,
      source.connections ?? Infinity,
      own.concurrency ?? Infinity,
      options.concurrency ?? Infinity,
    ),
    optimize: own.optimize ?? options.optimize ?? "time",
    gap: own.gap ?? options.gap,
  });

  async function run<T>(plan: Plan<T>, own: ReadOptions = {}): Promise<T> {
    checkOptions(own);
    const stop = new AbortController();
    const signals = [life.stop.signal, options.signal, own.signal];
    const forget = signals.map((signal) => onAbort(signal, () => stop.abort(signal?.reason)));
    const profiles = new Set([options.profile, own.profile]);
    const context: Context = {
      source,
      cache,
      isLocal,
      flight: session.flight,
      origin,
      limits: [...limits, ...limitsOf(own)],
      cost: () => costOf(own),
      // The speed of a disk is given: measurements do not tell its latency from its throughput.
      learn: isLocal ? () => {} : estimate.learn,
      recorders: [...profiles].flatMap((profile) => profile?.recorder ?? []),
      signal: stop.signal,
      reading: { inFlight: 0 },
      turn: Promise.resolve(),
      due: 0,
      guesses: [],
      progress: { bytes: 0, total: 0 },
      onProgress: own.onProgress ?? options.onProgress,
    };
    for (const recorder of context.recorders) recorder.begin();
    try {
      stop.signal.throwIfAborted();
      const course = courseOf(plan);
      for (let round = course.next(); ; round = course.next()) {
        if (round.done) return round.value;
        await runStep(round.value, context);
      }
    } catch (error) {
      stop.abort(error);
      for (const guess of context.guesses) cache.abandon(guess);
      throw error;
    } finally {
      for (const end of forget) end();
      for (const recorder of context.recorders) recorder.finish();
    }
  }

  function release(): void {
    leave();
    const reason = closed(source.href);
    life.stop.abort(reason);
    cache.clear(reason);
    // Decoded tiles are kept beside the bytes.
    memory.close();
  }

  async function closeAll(): Promise<void> {
    release();
    try {
      if (session !== whole) await session.close();
    } finally {
      await source.close?.();
    }
  }

  const reader: Reader = {
    source,
    options,
    session,
    memory,
    run,
    async explain(plan, own = {}) {
      checkOptions(own);
      life.stop.signal.throwIfAborted();
      return (await import("./explain.js")).explainPlan(plan, { cost: costOf(own), source, cache });
    },
    close: life.close,
    release,
  };
  const leave = session.join(life);
  return reader;
}

function limitsOf({ concurrency }: ReadOptions): Limit[] {
  return concurrency === undefined ? [] : [{ places: concurrency, inside: 0 }];
}

/** Runs one plan against a source, with a cache of its own. */
export async function run<T>(plan: Plan<T>, source: ByteSource, options: ReaderOptions = {}): Promise<T> {
  return createReader(source, options).run(plan);
}

/** What requests to one server have in common: scheme and host. */
function originOf(href: string): string {
  return /^[a-z][a-z0-9+.-]*:(\/\/[^/?#]*)?/i.exec(href)?.[0].toLowerCase() ?? "";
}

/** A read under way. */
interface Context extends Requests, Taker {
  readonly cache: RangeCache;
  readonly isLocal: boolean;
  readonly cost: () => Cost;
  readonly signal: AbortSignal;
  /** Guesses that were read ahead. */
  readonly guesses: Piece[];
  /** Asks for many ranges in one request, once a step has had enough of them. */
  batcher?: Batcher;
  readonly progress: Progress;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

async function runStep(step: Step, context: Context): Promise<void> {
  for (const range of step.ranges) checkRange(range, step.label);
  const { source, signal } = context;
  if (source.manyRanges && !context.batcher && step.ranges.length > fewRanges) {
    // Two modules, loaded side by side: the read waits for them.
    const many = source.manyRanges();
    context.batcher = (await import("./batches.js")).batcher(await many);
  }
  const divide = source.kept && (await source.kept(step.ranges, signal));
  const work = Promise.all(startStep(step, context, divide));
  // A `take` that never settles, in a worker that hangs perhaps, does not keep the caller from leaving.
  await unlessAborted(work, [signal]);
  signal.throwIfAborted();
}

/** Sends all that a step needs; answers with promises that settle as its ranges have been taken. */
function startStep(step: Step, context: Context, divide?: Division): Promise<void>[] {
  const { cache, source, recorders, progress } = context;
  const cost = context.cost();
  const { deliveries, empty } = deliveriesOf(step, source.size);

  const missing: ByteRange[] = [];
  const waiters = new Map<Piece, Delivery[]>();
  for (const delivery of deliveries) {
    for (const piece of cache.find(delivery, missing).pieces) {
      delivery.due++;
      const list = waiters.get(piece);
      if (list) list.push(delivery);
      else waiters.set(piece, [delivery]);
    }
  }

  sortByOffset(missing);
  const kept = divide?.(missing) ?? [];
  const { batcher } = context;
  const priced = price(missing, context.isLocal && !step.into ? localCost(step.ranges, cost) : cost);
  const batches = batcher?.price(missing, priced, cost) ?? priced.map((request) => [request]);
  // What is kept waits for nothing.
  const requests = [...kept.map((request) => [request]), ...batches];
  const parts = requests.flat();
  const bytes = lengthOf(parts);
  sortByOffset(parts);
  // A step larger than the cache would push its own bytes out again.
  const keep = step.keep !== false && !step.into && bytes <= cache.limit;
  for (const recorder of recorders) deliveries.forEach(recorder.used);
  if (priced.length > 0 || divide?.asked) for (const recorder of recorders) recorder.wave();
  progress.total += bytes;
  // An async function, so that what `take` throws at once becomes a rejection as well.
  const work = empty.map(async (index) => step.take(index, new Uint8Array(0), context.signal));
  let passed = 0;
  /** The ranges that lie in a part of a request. */
  const insideOf = (part: ByteRange): Delivery[] => {
    while (passed < deliveries.length && endOf(deliveries[passed]!) <= part.offset) passed++;
    const inside: Delivery[] = [];
    for (let d = passed; d < deliveries.length && deliveries[d]!.offset < endOf(part); d++) {
      const delivery = deliveries[d]!;
      if (endOf(delivery) <= part.offset) continue;
      delivery.due++;
      inside.push(delivery);
    }
    return inside;
  };
  const insides = new Map(parts.map((part) => [part, insideOf(part)]));
  for (const parts of requests) {
    const inside = parts.map((part) => insides.get(part)!);
    const passage = newPassage(lengthOf(parts), context, { isGuess: false });
    const [only] = parts as [ByteRange];
    const into = step.into && (() => jointMemory(only, inside[0]!, step));
    const pieces = cache.add(parts, keep, (signal) =>
      parts.length > 1
        ? batcher!.fetch(parts, step.label, context, signal, passage, keep, () => cache.forget(pieces[0]))
        : fetchRange(only, step.label, context, signal, passage, into),
    );
    // An aborted read gives back its room among the bytes in flight at once, even while a decoder holds the bytes.
    const forget = onAbort(context.signal, passage.done);
    const settled = settle(pieces, inside, step, context).finally(() => {
      forget();
      passage.done();
    });
    work.push(settled);
  }
  for (const [piece, list] of waiters) {
    // Another read, or a guess, has asked for the piece, which counts for this read from now on.
    if (!piece.bytes) progress.total += piece.length;
    work.push(settle([piece], [list], step, context));
  }
  // A step that waits for no request is over at once, and the next step needs no guesses.
  if (priced.length > 0 && cost.optimize !== "bytes") sendAhead(step, context);
  return work;
}

/**
 * Reads guesses for the cache alone: nobody waits, and a failure shows when (and if) the bytes are needed. Nothing is
 * guessed on a disk, where a round trip takes no time, and never more than the cache can keep.
 */
function sendAhead({ ahead = [], label }: Step, context: Context): void {
  const { cache, source, isLocal, guesses } = context;
  if (isLocal) return;
  let room = cache.limit;
  for (const range of ahead) {
    const inFile = { offset: range.offset, length: clipped(range, source.size) };
    for (const part of cache.find(inFile).missing) {
      // Somewhat more than the cache counts for a piece.
      room -= part.length + 2048;
      if (room < 0) return;
      const urgency = { isGuess: true };
      const alone = { ...context, reading: { inFlight: 0 }, turn: Promise.resolve() };
      const passage = newPassage(part.length, alone, urgency);
      const fetch = (signal: AbortSignal): Promise<Uint8Array[]> =>
        fetchRange(part, `${label} (read ahead)`, context, signal, passage).finally(passage.done);
      guesses.push(...cache.add([part], true, fetch, urgency));
    }
  }
}

/** Waits for the pieces of one request, and gives their bytes to the ranges that lie in them: `inside`, piece by piece. */
async function settle(
  pieces: readonly [Piece, ...Piece[]],
  inside: readonly (readonly Delivery[])[],
  step: Step,
  context: Context,
): Promise<void> {
  const { cache, signal } = context;
  const [{ bytes: held }] = pieces;
  await cache.wait(pieces[0], signal);
  if (!held)
    report(
      context,
      lengthOf(pieces),
      pieces.reduce((sum, { bytes }) => sum + bytes!.length, 0),
    );
  const taking: (void | Promise<void>)[] = [];
  try {
    for (const [i, piece] of pieces.entries())
      for (const delivery of inside[i]!) {
        if (isTurnOver()) {
          const leave = enqueue(context);
          try {
            do {
              await turnEnd();
              signal.throwIfAborted();
            } while (isTurnOver() || !isNext(context));
          } finally {
            leave();
          }
        }
        const began = performance.now();
        const ready = fill(delivery, piece, piece.bytes!, step);
        const taken = ready && step.take(delivery.index, ready, signal);
        tookFor(context, began);
        if (taken) {
          taking.push(taken);
          // A `take` that fails in the meantime is told below.
          taken.catch(() => {});
        }
      }
  } finally {
    await Promise.all(taking);
  }
}

/** Tells the caller how far the read is: a request for `asked` bytes has ended, and brought `came`. */
function report({ onProgress, progress, signal }: Context, asked: number, came: number): void {
  progress.bytes += came;
  progress.total -= asked - came;
  if (signal.aborted) return;
  tell(onProgress, { ...progress });
}
