/**
 * A source that answers when it is told to, and plans to read it by: for tests of what is under way at the same time.
 */
import type { Plan, Step } from "../../src/read/plan.js";
import type { ByteRange, ByteSource, GetRangeOptions } from "../../src/source/source.js";

export interface Held extends ByteSource {
  readonly asked: ByteRange[];
  /** Requests that were aborted. */
  aborted: number;
  inFlight: number;
  most: number;
  /** Answers all requests under way, or those that begin at these offsets. */
  answer(...offsets: number[]): void;
}

/** A source of bytes 0, 1, 2 ... that answers when it is told to. */
export function held(href = "test://host/a", size = 1e9): Held {
  const waiting = new Map<() => void, number>();
  const source: Held = {
    href,
    size,
    asked: [],
    aborted: 0,
    inFlight: 0,
    most: 0,
    answer(...offsets) {
      for (const [resolve, offset] of waiting)
        if (offsets.length === 0 || offsets.includes(offset)) resolve();
    },
    getRange({ offset, length }: ByteRange, { signal }: GetRangeOptions = {}) {
      source.asked.push({ offset, length });
      source.most = Math.max(source.most, ++source.inFlight);
      return new Promise((resolve, reject) => {
        const end = (): void => {
          source.inFlight--;
          waiting.delete(give);
        };
        const give = (): void => {
          end();
          resolve(Uint8Array.from({ length }, (_, i) => (offset + i) % 256));
        };
        waiting.set(give, offset);
        signal?.addEventListener("abort", () => {
          if (!waiting.has(give)) return;
          end();
          source.aborted++;
          reject(signal.reason);
        });
      });
    },
  };
  return source;
}

export const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** Answers everything until `reads` have ended. */
export async function serve<T>(sources: readonly Held[], reads: Promise<T>): Promise<T> {
  let done = false;
  const end = (): void => void (done = true);
  reads.then(end, end);
  while (!done) {
    await settled();
    for (const source of sources) source.answer();
  }
  return reads;
}

export function plan(ranges: readonly ByteRange[], more: Partial<Step> = {}): Plan<number> {
  return function* () {
    let taken = 0;
    yield { label: "test", ranges, take: (_, bytes) => void (taken += bytes.length), ...more };
    return taken;
  };
}

export const far = (n: number, from = 0): ByteRange[] =>
  Array.from({ length: n }, (_, i) => ({ offset: from + i * 10_000_000, length: 100 }));
