/**
 * Reads a source in order, with the next requests under way while a decoder uses the present bytes.
 */
import type { ByteSource, RequestRecord } from "../source.js";

/** Bytes that will be wanted: from `from` to `to`, as far as that is known. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

export interface ReadAheadOptions {
  signal: AbortSignal;
  record?: ((request: RequestRecord) => void) | undefined;
}

/** Bytes from the place asked for on, and whether the source ends behind them. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly last: boolean;
}

export interface ReadAhead {
  /**
   * Some bytes from `offset` on; none at the end of the source. `extents`, in rising order, are the parts that will be
   * asked for next; `least` bytes are read outside of them, and no request reads less.
   */
  next(offset: number, extents: readonly Extent[], least: number, options: ReadAheadOptions): Promise<Chunk>;
  /** Forgets the requests under way. */
  clear(): void;
}

interface Request {
  readonly offset: number;
  readonly length: number;
  readonly bytes: Promise<Uint8Array>;
}

const LARGEST = 1 << 20;
const SMALLEST = 1 << 18;
/** Requests under way at most: these bound the memory, too. */
const MOST = 6;

/** How much of an extent one request reads. */
function partOf(length: number): number {
  return Math.min(length, LARGEST, Math.max(SMALLEST, Math.ceil(length / MOST)));
}

/** @param head the first bytes of the source, known already */
export function readAhead(source: ByteSource, head: Uint8Array): ReadAhead {
  let queue: Request[] = [];
  let end = Number.POSITIVE_INFINITY;

  function send(offset: number, length: number, { signal, record }: ReadAheadOptions): Request {
    const bytes = source.getRange({ offset, length }, { signal, ...(record && { record }) });
    bytes.catch(() => {}); // reported when the bytes are needed
    return { offset, length, bytes };
  }

  function sizeNow(): number {
    return Math.min(end, source.size ?? Number.POSITIVE_INFINITY);
  }

  /** Sends the request for the bytes at `offset`, unless it is under way. */
  function reach(offset: number, extents: readonly Extent[], least: number, options: ReadAheadOptions): void {
    const ahead = queue[0]?.offset ?? Number.POSITIVE_INFINITY;
    if (ahead <= offset) return;
    const extent = extents.find(({ from, to }) => from <= offset && offset < to);
    const length = extent ? Math.max(least, partOf(extent.to - offset)) : least;
    queue.unshift(send(offset, Math.min(length, ahead - offset, sizeNow() - offset), options));
  }

  /** Sends the requests for the rest of the extents, as many as may be under way. */
  function fill(extents: readonly Extent[], least: number, options: ReadAheadOptions): void {
    const behind = queue.at(-1)!;
    let at = behind.offset + behind.length;
    for (const { from, to } of extents) {
      const stop = Math.min(to, sizeNow());
      at = Math.max(at, from);
      const part = partOf(stop - at);
      for (; stop - at >= least && queue.length < MOST; at += part) {
        queue.push(send(at, Math.min(part, stop - at), options));
      }
    }
  }

  return {
    async next(offset, extents, least, options) {
      if (offset < head.length) return { bytes: head.subarray(offset), last: head.length >= sizeNow() };
      if (offset >= sizeNow()) return { bytes: new Uint8Array(0), last: true };
      queue = queue.filter((request) => request.offset + request.length > offset);
      reach(offset, extents, least, options);
      fill(extents, least, options);
      const request = queue.shift()!;
      try {
        const bytes = await request.bytes;
        if (bytes.length < request.length) end = Math.min(end, request.offset + bytes.length);
        return {
          bytes: bytes.subarray(offset - request.offset),
          last: request.offset + bytes.length >= sizeNow(),
        };
      } catch (error) {
        queue = [];
        throw error;
      }
    },
    clear() {
      queue = [];
    },
  };
}
