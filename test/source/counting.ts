/**
 * A source in memory that behaves like a remote one, and counts what is asked of it.
 */
import type { ByteRange, ByteSource } from "../../src/source/source.js";

export interface CountingSource extends ByteSource {
  /** Every range asked for, in order. */
  readonly asked: ByteRange[];
  /** Bytes answered. */
  moved(): number;
  /** Throws this at the next request. */
  failNext?: unknown;
}

export interface CountingOptions {
  tag?: string;
  /** Milliseconds before an answer. Default: the next turn of the event loop. */
  latency?: number;
  /** Never tell the size. */
  sizeless?: boolean;
}

export function countingSource(bytes: Uint8Array, options: CountingOptions = {}): CountingSource {
  const asked: ByteRange[] = [];
  let size: number | undefined;
  const source: CountingSource = {
    href: "https://example.org/file",
    asked,
    get size() {
      return size;
    },
    get tag() {
      return size === undefined ? undefined : options.tag;
    },
    moved: () =>
      asked.reduce((sum, { offset, length }) => sum + bytes.subarray(offset, offset + length).length, 0),
    async getRange({ offset, length }, { signal, record } = {}) {
      signal?.throwIfAborted();
      asked.push({ offset, length });
      const { failNext } = source;
      source.failNext = undefined;
      const start = performance.now();
      await new Promise((resolve) => setTimeout(resolve, options.latency ?? 0));
      signal?.throwIfAborted();
      if (failNext) throw failNext;
      if (!options.sizeless) size = bytes.length;
      const answer = bytes.subarray(offset, offset + length);
      const end = performance.now();
      record?.({
        ...{ offset, length: answer.length, requested: length, start, firstByte: end, end },
        ...{ url: source.href, status: 206 },
      });
      return answer;
    },
  };
  return source;
}
