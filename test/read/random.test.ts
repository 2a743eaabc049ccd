/**
 * The runner under random plans, sources, failures, aborts and closes: the right bytes or the right error, and nothing left
 * in flight.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { FitsError } from "../../src/errors.js";
import { openSession } from "../../src/index.js";
import { type Course, type Plan, type Step, together } from "../../src/read/plan.js";
import { createReader } from "../../src/read/run.js";
import type { ByteRange, ByteSource } from "../../src/source/source.js";

const size = 50_000;
const byteAt = (i: number): number => (i * 7 + (i >> 8) * 13) % 256;

class SourceError extends Error {}
class TakeError extends Error {}
class Given extends Error {}

interface Nature {
  readonly knowsSize: boolean;
  readonly isLocal: boolean;
  readonly fillsInto: boolean;
  readonly hearsAborts: boolean;
  /** Of each request in turn: how late the answer comes (0: at once), and whether the request fails. */
  readonly answers: readonly { late: number; fails: boolean }[];
}

function sourceOf({
  knowsSize,
  isLocal,
  fillsInto,
  hearsAborts,
  answers,
}: Nature): ByteSource & { most: number } {
  let requests = 0;
  let inFlight = 0;
  const source = {
    href: "test://host/random",
    most: 0,
    ...(knowsSize && { size }),
    ...(isLocal && { speed: { latency: 1e-4, throughput: 1e9 } }),
    getRange: (async ({ offset, length }, { signal, into } = {}) => {
      const { late, fails } = answers[requests++ % answers.length]!;
      source.most = Math.max(source.most, ++inFlight);
      let isOver = false;
      const end = (): void => {
        if (!isOver) inFlight--;
        isOver = true;
      };
      if (hearsAborts) signal?.addEventListener("abort", end);
      try {
        for (let i = 0; i < late; i++) {
          await new Promise((resolve) => setImmediate(resolve));
          if (hearsAborts) signal?.throwIfAborted();
        }
        if (fails) throw new SourceError("the source fails");
        const came = Math.max(0, Math.min(length, size - offset));
        const memory = fillsInto && into ? into : new Uint8Array(length);
        for (let i = 0; i < came; i++) memory[i] = byteAt(offset + i);
        return memory.subarray(0, came);
      } finally {
        end();
      }
    }) as ByteSource["getRange"],
  };
  return source;
}

interface Made {
  readonly steps: readonly {
    readonly ranges: readonly ByteRange[];
    readonly ahead: readonly ByteRange[];
    readonly keep: boolean;
    readonly into: boolean;
    readonly late: boolean;
    readonly fails: boolean;
  }[];
}

/** Follows the steps; each moves its ranges by the first byte that the last one brought. Checks every byte. */
function planOf({ steps }: Made): Plan<number> {
  return function* (): Course<number> {
    let shift = 0;
    let taken = 0;
    for (const { ranges, ahead, keep, into, late, fails } of steps) {
      const moved = ranges.map(({ offset, length }) => ({ offset: offset + shift, length }));
      const seen = new Set<number>();
      const memory = new Map<number, Uint8Array<ArrayBuffer>>();
      const step: Step = {
        label: "random",
        ranges: moved,
        ahead,
        keep,
        ...(into && {
          into: (i) => {
            if (memory.has(i)) throw new Error("memory was asked for twice");
            memory.set(i, new Uint8Array(moved[i]!.length));
            return memory.get(i);
          },
        }),
        take(i, bytes) {
          const { offset, length } = moved[i]!;
          const expected = Math.max(0, Math.min(length, size - offset));
          if (seen.has(i)) throw new Error("a range was taken twice");
          seen.add(i);
          if (bytes.length !== expected) throw new Error(`${bytes.length} bytes for ${expected}`);
          for (let k = 0; k < expected; k++)
            if (bytes[k] !== byteAt(offset + k)) throw new Error(`a wrong byte at ${offset + k}`);
          if (i === 0) shift = bytes[0] ?? 0;
          taken += bytes.length;
          if (fails) throw new TakeError("the plan fails");
          return late ? new Promise((resolve) => setImmediate(resolve)) : undefined;
        },
      };
      yield step;
      if (seen.size !== moved.length) throw new Error("the plan went on before all was taken");
    }
    return taken;
  };
}

const range = fc.record({
  offset: fc.integer({ min: 0, max: size + 2000 }),
  length: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 20_000 })),
});
const rarely = fc.integer({ min: 0, max: 25 }).map((n) => n === 0);
const step = fc.record({
  ranges: fc.array(range, { maxLength: 8 }),
  ahead: fc.array(range, { maxLength: 3 }),
  keep: fc.boolean(),
  into: fc.boolean(),
  late: fc.boolean(),
  fails: rarely,
});
const made = fc.record({ steps: fc.array(step, { maxLength: 4 }) });
const read = fc.record({
  plans: fc.array(made, { minLength: 1, maxLength: 3 }),
  concurrency: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  optimize: fc.constantFrom("time", "bytes", "requests"),
  /** Turns of the event loop after which the read is aborted. */
  abort: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
});
const nature = fc.record({
  knowsSize: fc.boolean(),
  isLocal: fc.boolean(),
  fillsInto: fc.boolean(),
  hearsAborts: fc.boolean(),
  answers: fc.array(fc.record({ late: fc.integer({ min: 0, max: 5 }), fails: rarely }), {
    minLength: 1,
    maxLength: 20,
  }),
});

const turns = async (n: number): Promise<void> => {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve));
};

test("random reads of random sources get the right bytes or the right error, and leave nothing in flight", async () => {
  const outcomes = new Map<string, number>();
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  await fc.assert(
    fc.asyncProperty(
      nature,
      fc.array(read, { minLength: 1, maxLength: 5 }),
      fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
      fc.constantFrom(0, 5000, 1_000_000),
      fc.constantFrom(3000, 100_000),
      async (nature, reads, close, cacheBytes, bytesInFlight) => {
        const source = sourceOf(nature);
        const session = openSession({ concurrency: 3, bytesInFlight });
        const reader = createReader(source, { session, cacheBytes });
        const closing = close === undefined ? undefined : turns(close).then(() => reader.close());
        const results = await Promise.all(
          reads.map(async ({ plans, concurrency, optimize, abort }) => {
            const stop = new AbortController();
            if (abort !== undefined) void turns(abort).then(() => stop.abort(new Given("enough")));
            try {
              await reader.run(together(plans.map(planOf)), { concurrency, optimize, signal: stop.signal });
              return "bytes";
            } catch (error) {
              if (error instanceof Given && abort !== undefined) return "aborted";
              if (error instanceof FitsError && error.code === "CLOSED" && closing) return "closed";
              if (error instanceof TakeError || error instanceof SourceError) return error.constructor.name;
              throw error;
            }
          }),
        );
        for (const result of results) outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
        await closing;
        // Guesses of reads that have ended may still be under way.
        await turns(8);
        if (nature.hearsAborts) expect(source.most).toBeLessThanOrEqual(3);
        for (let i = 0; i < 500 && session.flight.inside + session.flight.waiting > 0; i++) await turns(1);
        expect(session.flight).toMatchObject({ inside: 0, waiting: 0 });
        expect(session.connections("test://host", 3)).toMatchObject({ inside: 0, waiting: 0 });
        await session.close();
      },
    ),
    { numRuns: Number(process.env["RANDOM_RUNS"] ?? 400) },
  );
  await turns(5);
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
  expect([...outcomes.keys()].sort()).toEqual(["SourceError", "TakeError", "aborted", "bytes", "closed"]);
}, 120_000);
