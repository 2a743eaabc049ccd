/**
 * Memory for the requests of a step that reads much. Bytes are read straight to where a plan wants them, where they can
 * be; those that are taken and forgotten come in memory that serves again for what comes next: the first touch of new
 * memory costs as much as reading from a disk, or decoding. Loaded when the first such step comes.
 */
import type { ByteRange, GetRangeOptions } from "../source/source.js";
import type { Step, WantedRange } from "./plan.js";

/** A range that is to be delivered: its length is no more than the object has. */
export interface Wanted extends ByteRange {
  readonly range: WantedRange;
}

/** The memory of one request. */
export interface RequestMemory {
  /** Whether the bytes are for the cache. */
  readonly keep: boolean;
  /** Where they are to go, to be asked when the request is sent. */
  target?(): Pick<GetRangeOptions, "into" | "put">;
  /** What came for one that wants bytes of the request, where that is not in what the source answered. */
  part?(wanted: Wanted): Uint8Array<ArrayBuffer> | undefined;
  /** To be called when all that wanted bytes of the request have taken them. Not of one that failed: it may be written to yet. */
  done?(): void;
}

/** Gives a request of a step its memory: one whose bytes are wanted by `inside`. */
export type BulkMemory = (request: ByteRange, inside: readonly Wanted[], keep: boolean) => RequestMemory;

/** As many as may be in flight at once, and few enough to be looked through. */
const mostSpare = 32;

/** The memory of one step. */
export function bulkMemory<T>({ passing }: Step<T>): BulkMemory {
  const whole = lender();
  const packed = lender();

  return (request, inside, keep) => {
    const own = jointMemory(request, inside);
    if (own) return { keep: false, target: () => ({ into: own }) };
    if (keep || !passing) return { keep };
    let into: Uint8Array<ArrayBuffer>;
    let parts: Parts | undefined;
    return {
      keep,
      target() {
        // Never touched by a source that puts: then it costs nothing.
        into = whole.lend(request.length);
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
        whole.takeBack(into);
        if (parts) packed.takeBack(parts.memory);
      },
    };
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
