/**
 * Bytes in flight, which the files of a session share: who waits for room, and for how long others have the thread.
 */
import { describe, expect, test } from "vitest";
import { openSession } from "../../src/index.js";
import { flight } from "../../src/read/flight.js";
import type { Plan } from "../../src/read/plan.js";
import { createReader } from "../../src/read/run.js";
import type { ByteSource } from "../../src/source/source.js";
import { held, plan, serve, settled } from "./held.js";

describe("bytes in flight", () => {
  test("are those of the session, whatever the number of files", async () => {
    const session = openSession({ bytesInFlight: 1_000_000, concurrency: 100 });
    const sources = Array.from({ length: 10 }, (_, i) => held(`test://${i}/a`));
    const ranges = Array.from({ length: 6 }, (_, i) => ({ offset: i * 90_000_000, length: 400_000 }));
    let most = 0;
    const reads = sources.map((source) =>
      createReader(source, { session, optimize: "bytes", cacheBytes: 0 }).run(
        plan(ranges, { take: () => void (most = Math.max(most, session.flight.inside)) }),
      ),
    );
    await settled();
    // Two large ones; of each of the others no more than is small comes from the reserve.
    const asked = sources.flatMap(({ asked }) => asked).reduce((sum, { length }) => sum + length, 0);
    expect(asked).toBe(session.flight.inside);
    expect(asked).toBeLessThanOrEqual(1_000_000 + 16 * 1024 * 1024);
    await serve(sources, Promise.all(reads));
    expect(most).toBeLessThanOrEqual(1_000_000 + 16 * 1024 * 1024);
    expect(session.flight).toMatchObject({ inside: 0, waiting: 0 });
  });

  test("a small read waits for no large one; a large one gets its turn among many small ones", async () => {
    const { signal } = new AbortController();
    const read = { isGuess: false };
    const mine = flight(10_000_000);
    const first = await mine.enter(10_000_000, { inFlight: 0 }, read, signal);
    let large: (() => void) | undefined;
    mine.enter(9_000_000, { inFlight: 0 }, read, signal).then((leave) => {
      large = leave;
    });
    const small = (): Promise<() => void> => mine.enter(1_000_000, { inFlight: 0 }, read, signal);
    // There is always a small one in flight, and another waiting.
    let under = await Promise.all([small(), small()]);
    first();
    for (let i = 0; i < 20 && !large; i++) {
      const next = await small();
      under[0]!();
      under = [under[1]!, next];
      await settled();
    }
    expect(large).toBeDefined();
    large?.();
    for (const leave of under) leave();
    expect(mine).toMatchObject({ inside: 0, waiting: 0 });
  });

  test("a guess overtakes no read, however small", async () => {
    const { signal } = new AbortController();
    const mine = flight(1_000_000);
    const order: string[] = [];
    const leave = await mine.enter(900_000, { inFlight: 0 }, { isGuess: false }, signal);
    const waits = (["read", "guess"] as const).map((name) =>
      mine
        .enter(name === "read" ? 2_000_000 : 10, { inFlight: 0 }, { isGuess: name === "guess" }, signal)
        .then((leave) => {
          order.push(name);
          leave();
        }),
    );
    await settled();
    expect(order).toEqual([]);
    leave();
    await Promise.all(waits);
    expect(order).toEqual(["read", "guess"]);
  });

  test("100 bytes do not wait for a read that decodes slowly", async () => {
    const session = openSession({ bytesInFlight: 1_000_000 });
    const source = held("test://a/1");
    const reader = createReader(source, { session, optimize: "bytes", cacheBytes: 0 });
    let decode: (() => void) | undefined;
    const take = (): Promise<void> => new Promise((resolve) => (decode = resolve));
    const ranges = [0, 1, 2, 3].map((i) => ({ offset: i * 90_000_000, length: 1_000_000 }));
    const order: string[] = [];
    const slow = reader.run(plan(ranges, { take })).then(() => order.push("slow"));
    await settled();
    source.answer();
    await settled();
    expect(decode).toBeDefined();
    await serve(
      [source],
      reader.run(plan([{ offset: 7, length: 100 }])).then(() => order.push("small")),
    );
    expect(order).toEqual(["small"]);
    let ended = false;
    slow.then(() => (ended = true));
    while (!ended) {
      decode?.();
      source.answer();
      await settled();
    }
    expect(order).toEqual(["small", "slow"]);
    expect(session.flight).toMatchObject({ inside: 0, waiting: 0 });
  });

  test("a slow decoder in the calling thread lets others have their turn", async () => {
    const session = openSession();
    const bytes = new Uint8Array(1_000_000);
    const memory: ByteSource = {
      href: "memory:",
      size: bytes.length,
      speed: { latency: 0, throughput: 1e9 },
      getRange: async ({ offset, length }) => bytes.subarray(offset, offset + length),
    };
    const reader = createReader(memory, { session });
    const ranges = Array.from({ length: 100 }, (_, i) => ({ offset: i * 10_000, length: 10_000 }));
    let taken = 0;
    let takenWhenSmallCame = -1;
    const busy = (): void => {
      const until = performance.now() + 5;
      while (performance.now() < until);
      // Whoever comes while this decodes has to wait until it lets others have their turn.
      if (++taken === 1)
        setImmediate(() =>
          reader.run(plan([{ offset: 5, length: 100 }])).then(() => (takenWhenSmallCame = taken)),
        );
    };
    await reader.run(plan(ranges, { take: busy }));
    expect(taken).toBe(100);
    expect(takenWhenSmallCame).toBeGreaterThan(0);
    expect(takenWhenSmallCame).toBeLessThan(100);
  });

  test("however many pieces have come, and however many reads want them, no turn is long", async () => {
    const bytes = new Uint8Array(1_000_000);
    // A source that answers at once, after some work of its own.
    const memory: ByteSource = {
      href: "test://memory/",
      size: bytes.length,
      getRange: async ({ offset, length }) => bytes.subarray(offset, offset + length),
    };
    const ranges = Array.from({ length: 10 }, (_, i) => ({ offset: i * 10_000, length: 5000 }));
    let inTurn = 0;
    let most = 0;
    const take = (): void => {
      const until = performance.now() + 30;
      while (performance.now() < until);
      most = Math.max(most, ++inTurn);
    };
    const tick = (): void => {
      inTurn = 0;
      timer = setTimeout(tick);
    };
    let timer = setTimeout(tick);
    const session = openSession();
    const reads = [1, 2].map(() =>
      createReader(memory, { session, optimize: "bytes" }).run(plan(ranges, { take })),
    );
    await Promise.all(reads);
    clearTimeout(timer);
    // A turn is over with the first of the 20 pieces.
    expect(most).toBe(1);
  });

  test("a small read waits for one piece of large reads, however many decode in the calling thread", async () => {
    const bytes = new Uint8Array(1_000_000);
    const memory: ByteSource = {
      href: "test://memory/",
      size: bytes.length,
      getRange: async ({ offset, length }) => bytes.subarray(offset, offset + length),
    };
    const session = openSession();
    const ranges = Array.from({ length: 10 }, (_, i) => ({ offset: i * 10_000, length: 5000 }));
    let taken = 0;
    const waits: number[] = [];
    const small = async (): Promise<void> => {
      const before = taken;
      await createReader(memory, { session }).run(plan([{ offset: 5, length: 100 }]));
      waits.push(taken - before);
    };
    const take = (): void => {
      const until = performance.now() + 25;
      while (performance.now() < until);
      // After some pieces, so that all large reads have waited for some time.
      if (++taken % 6 === 0) setImmediate(small);
    };
    const large = [1, 2, 3, 4].map(() =>
      createReader(memory, { session, optimize: "bytes" }).run(plan(ranges, { take })),
    );
    await Promise.all(large);
    expect(taken).toBe(40);
    expect(waits.length).toBeGreaterThan(4);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(2);
  });

  test("a source that takes its time in this thread lets others have their turn", async () => {
    const slow: ByteSource = {
      href: "test://slow/",
      size: 1_000_000,
      getRange: async ({ length }) => {
        const until = performance.now() + 5;
        while (performance.now() < until);
        return new Uint8Array(length);
      },
    };
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 20);
    const course: Plan<void> = function* () {
      for (let i = 0; i < 100; i++) yield* plan([{ offset: i * 10_000, length: 10 }])();
    };
    const reading = createReader(slow, { cacheBytes: 0 }).run(course, { signal: stop.signal });
    await expect(reading).rejects.toThrow("enough");
  });

  test("a decoder that fails while others have their turn rejects its read alone", async () => {
    const memory: ByteSource = {
      href: "memory:",
      size: 1000,
      speed: { latency: 0, throughput: 1e9 },
      getRange: async ({ length }) => new Uint8Array(length),
    };
    const ranges = [0, 1, 2].map((i) => ({ offset: i * 10, length: 10 }));
    const take = (i: number): Promise<void> => {
      const until = performance.now() + 30;
      while (performance.now() < until);
      return i === 0 ? Promise.reject(new Error("damaged")) : Promise.resolve();
    };
    await expect(createReader(memory).run(plan(ranges, { take }))).rejects.toThrow("damaged");
  });
});
