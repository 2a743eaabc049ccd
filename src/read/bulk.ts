/**
 * Memory for the requests of a step that reads much. Bytes are read straight to where a plan wants them, where they can
 * be; those that are taken and forgotten come in memory that serves again for what comes next: the first touch of new
 * memory costs as much as reading from a disk, or decoding. Loaded when the first such step comes.
 */
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
  target?(): Promise<Pick<GetRangeOptions, "into" | "put">>;
  /** What came for one that wants bytes of the request, where that is not in what the source answered. */
  part?(wanted: Wanted): Uint8Array<ArrayBuffer> | undefined;
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
const localRequest = 1024 * 1024;

/**
 * How a step is read of a source whose requests cost as much as `cost` says.
 *
 * @param lent lets so much memory be in use at once: whatever was read and is not taken yet counts
 */
export function bulkReading<T>(
  { passing, ranges }: Step<T>,
  { speed }: Pick<ByteSource, "speed">,
  cost: Cost,
  lent: Gate,
): Bulk {
  const whole = lender();
  const packed = lender();
  const inShort = speed && passing && !ranges[0]?.into;

  return {
    cost: inShort ? { ...cost, longest: localRequest } : cost,
    memory(request, inside, keep) {
      const own = jointMemory(request, inside);
      if (own) return { keep: false, target: async () => ({ into: own }) };
      if (keep || !passing) return { keep };
      let into: Uint8Array<ArrayBuffer> | undefined;
      let parts: Parts | undefined;
      const { length } = request;
      return {
        keep,
        async target() {
          await lent.enter(length);
          // Never touched by a source that puts: then it costs nothing.
          into = whole.lend(length);
          return {
            into,
            put(chunk, at) {
              parts ??= partsOf(request, inside, packed.lend);
              parts.put(chunk, request.offset + at);
            },
          };
        },
        part: (wanted) => parts?.of(wanted),
        done() {
          lent.leave(length);
          whole.takeBack(into!);
          if (parts) packed.takeBack(parts.memory);
        },
        failed(error) {
          if (into) lent.leave(length);
          throw error;
        },
      };
    },
  };
}

interface Lender {
  /** Memory of at least `length` bytes. */
  lend(length: number): Uint8Array<ArrayBuffer>;
  takeBack(memory: Uint8Array<ArrayBuffer>): void;
}

function lender(): Lender {
  const spare: Uint8Array<ArrayBuffer>[] = [];
  return {
    lend(length) {
      const i = spare.findIndex((memory) => memory.length >= length);
      return i < 0 ? new Uint8Array(length) : spare.splice(i, 1)[0]!;
    },
    takeBack(memory) {
      if (spare.length < mostSpare) spare.push(memory);
    },
  };
}

/** What is wanted of a request, side by side: a few numbers in each page of the file need a page or two of memory. */
interface Parts {
  readonly memory: Uint8Array<ArrayBuffer>;
  /** Takes what is wanted of a chunk, which lies at `offset` in the file. */
  put(chunk: Uint8Array, offset: number): void;
  of(wanted: Wanted): Uint8Array<ArrayBuffer> | undefined;
}

function partsOf(request: ByteRange, inside: readonly Wanted[], lend: Lender["lend"]): Parts {
  const places = new Map<Wanted, number>();
  let total = 0;
  for (const wanted of inside) {
    places.set(wanted, total);
    const { from, to } = overlap(wanted, request);
    total += to - from;
  }
  const memory = lend(total);
  return {
    memory,
    put(chunk, offset) {
      const here = { offset, length: chunk.length };
      for (const [wanted, place] of places) {
        const { from, to } = overlap(wanted, here);
        if (from >= to) continue;
        const start = Math.max(wanted.offset, request.offset);
        memory.set(chunk.subarray(from - offset, to - offset), place + from - start);
      }
    },
    of(wanted) {
      const place = places.get(wanted)!;
      const { from, to } = overlap(wanted, request);
      return memory.subarray(place, place + to - from);
    },
  };
}

function overlap(a: ByteRange, b: ByteRange): { from: number; to: number } {
  return { from: Math.max(a.offset, b.offset), to: Math.min(a.offset + a.length, b.offset + b.length) };
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
