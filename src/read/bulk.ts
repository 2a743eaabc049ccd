/**
 * Memory for the requests of a step that reads much. Bytes are read straight to where a plan wants them, where they can
 * be; those that are taken and forgotten come in memory that serves again for what comes next: the first touch of new
 * memory costs as much as reading from a disk, or decoding. Loaded when the first such step comes.
 */
import { allocate } from "../array.js";
import type { ByteRange, ByteSource, GetRangeOptions } from "../source/source.js";
import type { Gate } from "./gate.js";
import type { Step, WantedRange } from "./plan.js";
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
  target?(): Promise<Pick<GetRangeOptions, "into">>;
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

  return {
    cost: bulkCost(step, speed, cost),
    memory(request, inside, keep) {
      const own = jointMemory(request, inside);
      if (own) return { keep: false, target: async () => ({ into: own }) };
      if (keep || !step.passing) return { keep };
      const { length } = request;
      let entered = false;
      let into: Uint8Array<ArrayBuffer>;
      return {
        keep,
        async target() {
          await lent.enter(length);
          entered = true;
          into = whole.lend(length);
          return { into };
        },
        done() {
          lent.leave(length);
          whole.takeBack(into);
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
