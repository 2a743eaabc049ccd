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
  /** To be called when all that wanted bytes of the request have taken them. Not of one that failed: it may be written to yet. */
  done?(): void;
}

/** Gives a request of a step its memory: one whose bytes are wanted by `inside`. */
export type BulkMemory = (request: ByteRange, inside: readonly Wanted[], keep: boolean) => RequestMemory;

/** As many as may be in flight at once, and few enough to be looked through. */
const mostSpare = 32;

/** The memory of one step. */
export function bulkMemory<T>({ passing }: Step<T>): BulkMemory {
  const spare: Uint8Array<ArrayBuffer>[] = [];

  function lend(length: number): Uint8Array<ArrayBuffer> {
    const i = spare.findIndex((memory) => memory.length >= length);
    return i < 0 ? new Uint8Array(length) : spare.splice(i, 1)[0]!;
  }

  return (request, inside, keep) => {
    const own = jointMemory(request, inside);
    if (own) return { keep: false, target: () => ({ into: own }) };
    if (keep || !passing) return { keep };
    let lent: Uint8Array<ArrayBuffer>;
    return {
      keep,
      target() {
        const into = (lent = lend(request.length));
        return { into, put: (chunk, at) => putWanted(chunk, request.offset + at, inside, request, into) };
      },
      done() {
        if (spare.length < mostSpare) spare.push(lent);
      },
    };
  };
}

/** Copies what is wanted of a chunk, which lies at `offset`, to the memory of its request. */
function putWanted(
  chunk: Uint8Array,
  offset: number,
  wanted: readonly ByteRange[],
  request: ByteRange,
  memory: Uint8Array,
): void {
  const end = offset + chunk.length;
  for (const range of wanted) {
    const from = Math.max(range.offset, offset);
    const to = Math.min(range.offset + range.length, end);
    if (from < to) memory.set(chunk.subarray(from - offset, to - offset), from - request.offset);
  }
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
