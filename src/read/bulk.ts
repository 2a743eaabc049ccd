/**
 * Memory for the requests of a step that reads much. Bytes are read straight to where a plan wants them, where they can
 * be; those that are taken and forgotten come in memory that serves again for what comes next: the first touch of new
 * memory costs as much as reading from a disk, or decoding. Loaded when the first such step comes.
 */
import { allocate } from "../array.js";
import type { ByteRange, ByteSource, GetRangeOptions } from "../source/source.js";
import type { Gate } from "./gate.js";
import type { Step, WantedRange } from "./old-plan.js";
import type { Cost } from "./ranges.js";

/** A range that is to be delivered: its length is no more than the object has. */
export interface Wanted extends ByteRange {
  readonly range: WantedRange;
}

/** The memory of one request. */
export interface RequestMemory {
  /** Whether the bytes are for the cache. */
  readonly keep: boolean;
  /** Where they are to go, to be asked when the request is about to be sent: waits for memory that is in use. */
  target?(): Promise<Pick<GetRangeOptions, "into" | "put">>;
  /** What came for one that wants bytes of the request, where that is not in what the source `answered`. */
  part?(wanted: Wanted, answered: Uint8Array): Uint8Array<ArrayBuffer> | undefined;
  /** To be called when all that wanted bytes of the request have taken them. */
  done?(): void;
  /** To be called where that has failed, with the error, which it throws: the memory may be written to yet. */
  failed?(error: unknown): never;
}

/** How a step is read that reads much. */
export interface Bulk {
  /** The price of its requests. */
  readonly cost: Cost;
  /** Gives a request its memory: one whose bytes are wanted by `inside`. */
  memory(request: ByteRange, inside: readonly Wanted[], keep: boolean): RequestMemory;
}

/** As many as may be in flight at once, and few enough to be looked through. */
const mostSpare = 32;
/** A disk reads faster than anything decodes: short requests, of which few are ahead of what takes them, need little memory. */
const localRequest = 512 * 1024;
const longestLocal = 8 * 1024 * 1024;

/**
 * How a step is read of a source whose requests cost as much as `cost` says.
 *
 * @param lent lets so much memory be in use at once: whatever was read and is not taken yet counts
 */
export function bulkReading<T>(
  step: Step<T>,
  { speed }: Pick<ByteSource, "speed">,
  cost: Cost,
  lent: Gate,
): Bulk {
  const whole = lender();
  const packed = lender();

  return {
    cost: bulkCost(step, speed, cost),
    memory(request, inside, keep) {
      const own = jointMemory(request, inside);
      if (own) return { keep: false, target: async () => ({ into: own }) };
      if (keep || !step.passing) return { keep };
      const { length } = request;
      let entered = false;
      let into: Uint8Array<ArrayBuffer>;
      let parts: Parts | undefined;
      return {
        keep,
        async target() {
          await lent.enter(length);
          entered = true;
          // Never touched by a source that puts: then it costs nothing.
          into = whole.lend(length);
          return {
            into,
            put(chunk, at) {
              parts ??= partsOf(request, inside, packed.lend);
              parts.put(chunk, at);
            },
          };
        },
        part: (wanted, answered) =>
          parts && answered.buffer === into.buffer && parts.came >= answered.length
            ? parts.of(wanted)
            : undefined,
        done() {
          lent.leave(length);
          whole.takeBack(into);
          if (parts) packed.takeBack(parts.memory);
        },
        failed(error) {
          if (entered) lent.leave(length);
          throw error;
        },
      };
    },
  };
}

/** The price of requests of a step that reads much. */
export function bulkCost<T>({ passing, ranges }: Step<T>, speed: ByteSource["speed"], cost: Cost): Cost {
  if (!speed || !passing || ranges[0]?.into) return cost;
  const range = ranges.reduce((most, { length }) => Math.max(most, length), 0);
  // What lies in several requests has to be put together: of long ranges that is more than a few.
  return { ...cost, longest: Math.min(longestLocal, Math.max(localRequest, 2 * range)) };
}

interface Lender {
  /** Memory of `length` bytes. */
  lend(length: number): Uint8Array<ArrayBuffer>;
  takeBack(memory: Uint8Array<ArrayBuffer>): void;
}

function lender(): Lender {
  const spare: Uint8Array<ArrayBuffer>[] = [];
  return {
    lend(length) {
      const i = spare.findIndex(({ buffer }) => buffer.byteLength >= length);
      return i < 0 ? allocate("uint8", length) : new Uint8Array(spare.splice(i, 1)[0]!.buffer, 0, length);
    },
    takeBack(memory) {
      if (spare.length < mostSpare) spare.push(memory);
    },
  };
}

/** What is wanted of a request, side by side: a few numbers in each page of the file need a page or two of memory. */
interface Parts {
  readonly memory: Uint8Array<ArrayBuffer>;
  /** How many bytes of the request have come, from its start on. */
  readonly came: number;
  /** Takes what is wanted of a chunk that is `at` bytes from the start. */
  put(chunk: Uint8Array, at: number): void;
  of(wanted: Wanted): Uint8Array<ArrayBuffer>;
}

/** Bytes that somebody wants: from one place of the request to another, and where they are kept. */
interface Stretch {
  readonly from: number;
  to: number;
  readonly place: number;
}

function partsOf(request: ByteRange, inside: readonly Wanted[], lend: Lender["lend"]): Parts {
  const { stretches, places, total } = stretchesOf(request, inside);
  const memory = lend(total);
  let came = 0;
  return {
    memory,
    get came() {
      return came;
    },
    put(chunk, at) {
      const end = at + chunk.length;
      for (let i = firstBehind(stretches, at); i < stretches.length && stretches[i]!.from < end; i++) {
        const { from, to, place } = stretches[i]!;
        const start = Math.max(from, at);
        memory.set(chunk.subarray(start - at, Math.min(to, end) - at), place + start - from);
      }
      if (at <= came) came = Math.max(came, end);
    },
    of(wanted) {
      const { from, to } = within(request, wanted);
      const place = places.get(wanted)!;
      return memory.subarray(place, place + to - from);
    },
  };
}

/** What is wanted by any of those `inside`, which are in order but may overlap, and where each finds it. */
function stretchesOf(
  request: ByteRange,
  inside: readonly Wanted[],
): { stretches: Stretch[]; places: Map<Wanted, number>; total: number } {
  const stretches: Stretch[] = [];
  const places = new Map<Wanted, number>();
  let total = 0;
  for (const wanted of inside) {
    const { from, to } = within(request, wanted);
    let last = stretches.at(-1);
    if (last && from <= last.to) {
      total += Math.max(0, to - last.to);
      last.to = Math.max(last.to, to);
    } else {
      stretches.push((last = { from, to, place: total }));
      total += to - from;
    }
    places.set(wanted, last.place + from - last.from);
  }
  return { stretches, places, total };
}

/** The part of a request that is wanted, in bytes from its start. */
function within(request: ByteRange, { offset, length }: ByteRange): { from: number; to: number } {
  const from = offset - request.offset;
  return { from: Math.max(from, 0), to: Math.min(from + length, request.length) };
}

/** The first of some stretches that ends behind a place. */
function firstBehind(stretches: readonly Stretch[], at: number): number {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stretches[middle]!.to <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The memory of the ranges in a request themselves, where they lie there as in the file, and want all of it. */
function jointMemory(request: ByteRange, inside: readonly Wanted[]): Uint8Array<ArrayBuffer> | undefined {
  const [first] = inside;
  const into = first?.range.into;
  if (!into || first.offset > request.offset) return undefined;
  const { buffer } = into;
  const shift = into.byteOffset - first.offset;
  let end = first.offset;
  for (const { offset, length, range } of inside) {
    const { into } = range;
    if (into?.buffer !== buffer || into.byteOffset - offset !== shift || offset !== end) return undefined;
    end += length;
  }
  if (end < request.offset + request.length) return undefined;
  return new Uint8Array(buffer, request.offset + shift, request.length);
}
