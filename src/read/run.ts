/**
 * The only I/O loop: runs plans against a source. Each step is priced, sent in parallel, shared through the cache,
 * and handed to the plan as it lands.
 */
import { onAbort } from "../abort.js";
import type { ByteRange, ByteSource, RequestRecord } from "../source/source.js";
import type { RequestMemory } from "./bulk.js";
import { type Piece, type RangeCache, rangeCache } from "./cache.js";
import { networkSpeed, speedEstimate } from "./estimate.js";
import type { Explanation } from "./explain.js";
import { type Gate, gate } from "./gate.js";
import type { ReaderOptions, ReadOptions } from "./options.js";
import { isStep, type Plan, type Step, type WantedRange } from "./plan.js";
import type { Recorder } from "./profile.js";
import { type Cost, expectedSeconds, price, sortByOffset } from "./ranges.js";

/** Runs plans against one source, with one cache and one estimate of what requests cost. */
export interface Reader {
  readonly source: ByteSource;
  readonly options: ReaderOptions;
  run<T>(plan: Plan<T>, options?: ReadOptions): Promise<T>;
  /** What the plan's first wave would read, at what price, given what is held already. Reads nothing. */
  explain(plan: Plan<unknown>, options?: ReadOptions): Promise<Explanation>;
  /** Cancels what is under way and lets the source go. */
  close(): Promise<void>;
}

const networkCacheBytes = 32 * 1024 * 1024;
const networkConcurrency = 32;
/** Node reads files on four threads. */
const localConcurrency = 4;
/** Headers and descriptors that are looked at again; the operating system keeps the rest. */
const localCacheBytes = 1024 * 1024;

/** A reader of `source`. The options are defaults for every read; what is wrong with them is told by the first. */
export function createReader(source: ByteSource, options: ReaderOptions = {}): Reader {
  const local = source.speed !== undefined;
  const cache = rangeCache(options.cacheBytes ?? (local ? localCacheBytes : networkCacheBytes));
  const estimate = speedEstimate(source.speed ?? networkSpeed);
  const defaultConcurrency = local ? localConcurrency : networkConcurrency;
  const sharedGate = gate(options.concurrency ?? defaultConcurrency);
  let unchecked = isGiven(options);

  function costOf(own: ReadOptions): Cost {
    return {
      ...estimate.speed,
      concurrency: own.concurrency ?? options.concurrency ?? defaultConcurrency,
      optimize: own.optimize ?? options.optimize ?? "time",
      gap: own.gap ?? options.gap,
    };
  }

  function recordersOf(own: ReadOptions): Recorder[] {
    return [...new Set([options.profile, own.profile])].flatMap((profile) => profile?.recorder ?? []);
  }

  async function run<T>(plan: Plan<T>, own: ReadOptions = {}): Promise<T> {
    if (unchecked || isGiven(own)) {
      (await import("./check.js")).checkOptions({ ...options, ...own });
      unchecked = false;
    }
    if (!isStep(plan)) return plan.value;
    const recorders = recordersOf(own);
    const context: Context = {
      source,
      cache,
      gate: own.concurrency === undefined ? sharedGate : gate(own.concurrency),
      cost: () => costOf(own),
      recorders,
      // What a disk takes is known, and no measurement tells its latency from its throughput.
      learn: local ? () => {} : estimate.learn,
      signals: [options.signal, own.signal].flatMap((signal) => signal ?? []),
    };
    for (const recorder of recorders) recorder.begin();
    try {
      let at: Plan<T> = plan;
      while (isStep(at)) {
        await runStep(at, context);
        at = at.next();
      }
      return at.value;
    } finally {
      for (const recorder of recorders) recorder.finish();
    }
  }

  return {
    source,
    options,
    run,
    explain: async (plan, own = {}) =>
      (await import("./explain.js")).explainPlan(plan, own, {
        ...{ cost: costOf(own), source, cache, price, expectedSeconds },
      }),
    async close() {
      cache.clear();
      await source.close?.();
    },
  };
}

/** Runs one plan against a source, with a cache of its own. */
export function run<T>(plan: Plan<T>, source: ByteSource, options: ReaderOptions = {}): Promise<T> {
  return createReader(source, options).run(plan);
}

interface Context {
  source: ByteSource;
  cache: RangeCache;
  gate: Gate;
  cost: () => Cost;
  recorders: readonly Recorder[];
  learn: (request: RequestRecord) => void;
  signals: readonly AbortSignal[];
}

/** A range still to be delivered: how many pieces it waits for, and the memory where several are put together. */
interface Delivery extends ByteRange {
  index: number;
  range: WantedRange;
  /** The range's length, less what lies past the end of the object. */
  length: number;
  due: number;
  assembled?: Uint8Array<ArrayBuffer>;
  filled: number;
}

async function runStep<T>(step: Step<T>, context: Context): Promise<void> {
  const { signals } = context;
  const stop = new AbortController();
  const forget = signals.map((signal) => onAbort(signal, () => stop.abort(signal.reason)));
  try {
    stop.signal.throwIfAborted();
    const wrong = step.ranges.find((range) => !isRange(range));
    if (wrong) (await import("./check.js")).refuseRange(wrong, step.label);
    await Promise.all(await startStep(step, context, stop.signal));
    stop.signal.throwIfAborted();
  } catch (error) {
    stop.abort(error);
    throw error;
  } finally {
    for (const end of forget) end();
  }
}

/** Sends all that a step needs; answers with promises that settle as its ranges have been taken. */
async function startStep<T>(step: Step<T>, context: Context, signal: AbortSignal): Promise<Promise<void>[]> {
  const { cache, source, recorders } = context;
  const cost = context.cost();
  const deliveries: Delivery[] = [];
  const empty: number[] = [];
  for (let index = 0; index < step.ranges.length; index++) {
    const range = step.ranges[index]!;
    const { offset } = range;
    const length = clipped(range, source.size);
    if (length > 0) deliveries.push({ index, offset, range, length, due: 0, filled: 0 });
    else empty.push(index);
  }
  sortByOffset(deliveries);
  const [first] = deliveries;
  // A step has memory of its own if the plan offers some, or if more may move than the cache holds.
  const isBulk = first && (first.range.into ?? endOf(deliveries.at(-1)!) - first.offset > cache.budget);
  const bulk = isBulk
    ? (await import("./bulk.js")).bulkReading(step, source, cost, gate(cost.concurrency))
    : undefined;

  const guesses = step.ahead?.length && cost.optimize !== "bytes" && (await import("./ahead.js"));

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
  const requests = price(missing, bulk?.cost ?? cost);
  const bytes = requests.reduce((sum, { length }) => sum + length, 0);
  // What would push itself out of the cache does not go there.
  const keep = step.keep !== false && bytes <= cache.budget;
  for (const recorder of recorders) deliveries.forEach(recorder.used);
  // What is thrown at once becomes a rejection like what is thrown later.
  const work = empty.map(async (index) => step.take(index, new Uint8Array(0)));
  if (requests.length > 0) for (const recorder of recorders) recorder.wave();
  let passed = 0;
  for (const request of requests) {
    const end = endOf(request);
    while (passed < deliveries.length && endOf(deliveries[passed]!) <= request.offset) passed++;
    const inside: Delivery[] = [];
    for (let d = passed; d < deliveries.length && deliveries[d]!.offset < end; d++) {
      const delivery = deliveries[d]!;
      if (endOf(delivery) <= request.offset) continue;
      delivery.due++;
      inside.push(delivery);
    }
    const memory: RequestMemory = bulk?.memory(request, inside, keep) ?? { keep };
    const fetch = (s: AbortSignal): Promise<Uint8Array> =>
      fetchRange(request, step.label, context, s, memory.target);
    const piece = cache.add(request, memory.keep, fetch);
    work.push(settle(piece, inside, step, cache, signal).then(memory.done, memory.failed));
  }
  for (const [piece, list] of waiters) work.push(settle(piece, list, step, cache, signal));
  // Where nothing has to be waited for, what follows will be known at once.
  if (guesses && requests.length > 0)
    guesses.sendAhead(step, source, cache, (part, label, s) => fetchRange(part, label, context, s));
  return work;
}

/** Waits for one piece and gives its bytes to the ranges that lie in it. */
async function settle<T>(
  piece: Piece,
  deliveries: readonly Delivery[],
  step: Step<T>,
  cache: RangeCache,
  signal: AbortSignal,
): Promise<void> {
  const bytes = await cache.wait(piece, signal);
  const taking: (void | Promise<void>)[] = [];
  try {
    for (const delivery of deliveries) {
      const ready = fill(delivery, piece, bytes);
      const taken = ready && step.take(delivery.index, ready);
      if (taken) taking.push(taken);
    }
  } finally {
    await Promise.all(taking);
  }
}

/** Adds a piece to a delivery; answers with its bytes when it is complete. */
function fill(delivery: Delivery, piece: Piece, bytes: Uint8Array): Uint8Array | undefined {
  const { offset, range, length } = delivery;
  const start = offset - piece.offset;
  const whole = start >= 0 && start + length <= piece.length && delivery.due === 1;
  delivery.due--;
  const from = Math.max(start, 0);
  const count = Math.max(0, Math.min(start + length, bytes.byteLength) - from);
  const part = bytes.subarray(from).subarray(0, count);
  if (whole && !range.into) return part;
  delivery.assembled ??= range.into ?? new Uint8Array(length);
  const target = delivery.assembled;
  if (count > 0) {
    if (part.buffer !== target.buffer) target.set(part, from - start);
    delivery.filled = Math.max(delivery.filled, from - start + count);
  }
  return delivery.due === 0 ? target.subarray(0, delivery.filled) : undefined;
}

async function fetchRange(
  request: ByteRange,
  label: string,
  context: Context,
  signal: AbortSignal,
  target?: RequestMemory["target"],
): Promise<Uint8Array> {
  const { source, gate, recorders } = context;
  await gate.enter(request.length);
  try {
    signal.throwIfAborted();
    const start = performance.now();
    // A sequential source answers from what it has inflated already: nothing moved then.
    let recorded = source.sequential === true;
    const record = (event: RequestRecord): void => {
      recorded = true;
      context.learn(event);
      for (const recorder of recorders) recorder.request(event, label);
    };
    const options = { signal, record, headers: recorders.length > 0, ...(await target?.()) };
    const bytes = await source.getRange(request, options);
    if (recorded && bytes?.byteLength === clipped(request, source.size)) return bytes;
    const { checkAnswer, recordOf } = await import("./check.js");
    if (!recorded) record(recordOf(request, bytes, source, start));
    return checkAnswer(request, bytes, source);
  } finally {
    gate.leave(request.length);
  }
}

function endOf({ offset, length }: ByteRange): number {
  return offset + length;
}

function clipped({ offset, length }: ByteRange, size: number | undefined): number {
  return size === undefined ? length : Math.max(0, Math.min(length, size - offset));
}

/** Whether there are options that could make no sense; a profile is one if it has what is used of it. */
function isGiven(options: object): boolean {
  return Object.values(options).some((value) => !value?.recorder);
}

function isRange({ offset, length }: ByteRange): boolean {
  return offset >= 0 && length >= 0 && Number.isSafeInteger(offset + length) && offset % 1 === 0;
}
