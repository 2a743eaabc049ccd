/**
 * What files share: connections, bytes in flight, memory; and that a closed file or session answers no read.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, test, vi } from "vitest";
import { createProfile, type Fits, open, openSession } from "../../src/index.js";
import { connections, flight } from "../../src/read/flight.js";
import type { Plan, Step } from "../../src/read/plan.js";
import { createReader, type Reader } from "../../src/read/run.js";
import type { ByteRange, ByteSource, GetRangeOptions } from "../../src/source/source.js";
import { image, virtualFile } from "../hdu/virtual.js";
import { startRangeServer } from "../servers/range-server.js";

interface Held extends ByteSource {
  readonly asked: ByteRange[];
  /** Requests that were aborted. */
  aborted: number;
  inFlight: number;
  most: number;
  /** Answers all requests under way, or those that begin at these offsets. */
  answer(...offsets: number[]): void;
}

/** A source of bytes 0, 1, 2 ... that answers when it is told to. */
function held(href = "test://host/a", size = 1e9): Held {
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

const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** Answers everything until `reads` have ended. */
async function serve<T>(sources: readonly Held[], reads: Promise<T>): Promise<T> {
  let done = false;
  const end = (): void => void (done = true);
  reads.then(end, end);
  while (!done) {
    await settled();
    for (const source of sources) source.answer();
  }
  return reads;
}

function plan(ranges: readonly ByteRange[], more: Partial<Step> = {}): Plan<number> {
  return function* () {
    let taken = 0;
    yield { label: "test", ranges, take: (_, bytes) => void (taken += bytes.length), ...more };
    return taken;
  };
}

const far = (n: number, from = 0): ByteRange[] =>
  Array.from({ length: n }, (_, i) => ({ offset: from + i * 10_000_000, length: 100 }));

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

describe("connections", () => {
  test("50 reads of 4 requests at a time stay within those of the session, and each within its own", async () => {
    const source = held();
    const session = openSession({ concurrency: 10 });
    const reader = createReader(source, { session, optimize: "bytes" });
    const reads = Array.from({ length: 50 }, (_, i) =>
      reader.run(plan(far(8, i * 1000)), { concurrency: 4 }),
    );
    await settled();
    expect(source.inFlight).toBe(10);
    expect(await serve([source], Promise.all(reads))).toEqual(reads.map(() => 800));
    expect(source.most).toBe(10);
    const alone = held();
    await serve(
      [alone],
      createReader(alone, { session, optimize: "bytes" }).run(plan(far(8)), { concurrency: 4 }),
    );
    expect(alone.most).toBe(4);
    expect(session.connections("test://host", 32)).toMatchObject({ inside: 0, waiting: 0 });
  });

  test("belong to an origin: files of one share them, files of another have theirs", async () => {
    const session = openSession({ concurrency: 3 });
    const sources = [held("test://a/1"), held("test://a/2"), held("test://b/1")];
    const reads = sources.map((source) =>
      createReader(source, { session, optimize: "bytes" }).run(plan(far(5))),
    );
    await settled();
    const [a, alsoA, b] = sources.map(({ inFlight }) => inFlight);
    expect([a! + alsoA!, b]).toEqual([3, 3]);
    await serve(sources, Promise.all(reads));
  });

  test("a file opened with workers of its own shares the connections of all others", async () => {
    const session = openSession({ concurrency: 3 });
    const sources = [held("test://a/1"), held("test://a/2")];
    const reads = sources.map((source, workers) =>
      createReader(source, { session, workers, optimize: "bytes" }).run(plan(far(5))),
    );
    await settled();
    expect(sources.reduce((sum, { inFlight }) => sum + inFlight, 0)).toBe(3);
    await serve(sources, Promise.all(reads));
  });

  test("whoever has used up a limit of its own keeps no other waiting", async () => {
    const session = openSession({ concurrency: 3 });
    const [slow, quick] = [held("test://a/1"), held("test://a/2")];
    const first = createReader(slow, { session, optimize: "bytes", concurrency: 1 }).run(plan(far(5)));
    const second = createReader(quick, { session, optimize: "bytes" }).run(plan(far(2)));
    await settled();
    expect([slow.inFlight, quick.inFlight]).toEqual([1, 2]);
    await serve([slow, quick], Promise.all([first, second]));
  });

  test("reads go before guesses; a guess that somebody waits for is a read", async () => {
    const { signal } = new AbortController();
    const gate = connections(1);
    const order: string[] = [];
    const limits: [] = [];
    const enter = (name: string, urgency: { isGuess: boolean }): Promise<void> =>
      gate.enter(urgency, limits, signal).then(() => void order.push(name));
    await enter("first", { isGuess: false });
    const wanted = { isGuess: true };
    const all = [
      enter("guess", { isGuess: true }),
      enter("wanted", wanted),
      enter("read", { isGuess: false }),
    ];
    wanted.isGuess = false;
    for (let i = 0; i < 4; i++) {
      gate.leave([]);
      await settled();
    }
    await Promise.all(all);
    expect(order).toEqual(["first", "read", "wanted", "guess"]);
    expect(gate).toMatchObject({ inside: 0, waiting: 0 });
  });

  test("a guess of a file with few connections holds none of them while it waits behind others' reads", async () => {
    const session = openSession({ concurrency: 2 });
    const [busy, walked] = [held("test://a/busy"), held("test://a/walked")];
    const reader = createReader(walked, { session, concurrency: 1 });
    const ahead = [{ offset: 500_000_000, length: 100 }];
    const walk = reader.run(plan(far(1), { ahead }));
    await settled();
    const others = createReader(busy, { session, optimize: "bytes" }).run(plan(far(20)));
    await settled();
    walked.answer();
    await walk;
    const next = reader.run(plan(far(1, 70_000_000)));
    for (let i = 0; i < 6; i++) {
      busy.answer();
      await settled();
    }
    // Of 20 reads of the other file at most 14 came before it.
    expect(walked.asked.some(({ offset }) => offset === 70_000_000)).toBe(true);
    await serve([busy, walked], Promise.all([others, next]));
  });

  test("a read of few requests has its turn among those of a read of many", async () => {
    const session = openSession({ concurrency: 2 });
    const [many, few] = [held("test://a/1"), held("test://a/2")];
    const first = createReader(many, { session, optimize: "bytes" }).run(plan(far(40)));
    await settled();
    const second = createReader(few, { session, optimize: "bytes" }).run(plan(far(3)));
    let ended = false;
    second.then(() => (ended = true));
    while (!ended) {
      await settled();
      many.answer();
      few.answer();
    }
    expect(many.asked.length).toBeLessThanOrEqual(10);
    await serve([many], first);
  });

  test("one that stops waiting leaves its place to the next", async () => {
    const gate = connections(1);
    const read = { isGuess: false };
    const stop = new AbortController();
    const { signal } = new AbortController();
    await gate.enter(read, [], signal);
    const left = gate.enter(read, [], stop.signal);
    const next = gate.enter(read, [], signal);
    stop.abort(new Error("enough"));
    await expect(left).rejects.toThrow("enough");
    gate.leave([]);
    await next;
    gate.leave([]);
    expect(gate).toMatchObject({ inside: 0, waiting: 0 });
    await expect(gate.enter(read, [], stop.signal)).rejects.toThrow("enough");
    expect(gate).toMatchObject({ inside: 0, waiting: 0 });
  });

  test("a source that does not listen to its signal keeps no connection of a read that was given up", async () => {
    const session = openSession({ concurrency: 1 });
    const deaf: ByteSource = { href: "test://a/deaf", size: 1000, getRange: () => new Promise(() => {}) };
    const stop = new AbortController();
    const read = createReader(deaf, { session }).run(plan(far(1)), { signal: stop.signal });
    await settled();
    stop.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    const other = held("test://a/other");
    expect(await serve([other], createReader(other, { session }).run(plan(far(1))))).toBe(100);
  });
});

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
    const take = (): void => {
      const until = performance.now() + 30;
      while (performance.now() < until);
    };
    let longest = 0;
    let last = performance.now();
    const tick = (): void => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      timer = setTimeout(tick);
    };
    let timer = setTimeout(tick);
    const session = openSession();
    const reads = [1, 2].map(() =>
      createReader(memory, { session, optimize: "bytes" }).run(plan(ranges, { take })),
    );
    await Promise.all(reads);
    clearTimeout(timer);
    longest = Math.max(longest, performance.now() - last);
    // 600 ms of work: in turns, not in one.
    expect(longest).toBeLessThan(250);
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

describe("an abort", () => {
  test("ends the read's guesses, and no other's", async () => {
    const source = held();
    const reader = createReader(source, { session: openSession() });
    const stop = new AbortController();
    const ahead = far(5, 300_000_000);
    const read = reader.run(plan(far(1), { ahead }), { signal: stop.signal });
    const other = reader.run(plan([{ offset: 5_000_000, length: 100 }], { ahead: far(1, 700_000_000) }));
    await settled();
    expect(source.inFlight).toBe(8);
    stop.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    expect([source.inFlight, source.aborted]).toEqual([2, 6]);
    expect(await serve([source], other)).toBe(100);
  });

  test("leaves a guess that another read waits for", async () => {
    const source = held();
    const reader = createReader(source, { session: openSession() });
    const stop = new AbortController();
    const guess = { offset: 300_000_000, length: 100 };
    const read = reader.run(plan(far(1), { ahead: [guess] }), { signal: stop.signal });
    const other = reader.run(plan([guess]));
    await settled();
    stop.abort(new Error("enough"));
    await expect(read).rejects.toThrow("enough");
    expect(source.inFlight).toBe(1);
    expect(await serve([source], other)).toBe(100);
    expect(source.asked).toHaveLength(2);
  });

  test("of a walk over 60 HDUs leaves nothing under way", async () => {
    const file = virtualFile([
      image(undefined, 16, [], 2880),
      ...Array.from({ length: 60 }, (_, i) => image(`S${i}`, 16, [2160, 4146], 5760)),
    ]);
    const source = held("test://a/1", file.size);
    const { getRange } = source;
    source.getRange = (range, options) => getRange(range, options).then(() => file.read(range));
    const fits = await serve([source], open(source, { session: openSession() }));
    const stop = new AbortController();
    const all = fits.hdus({ signal: stop.signal });
    for (let i = 0; i < 3; i++) {
      await settled();
      if (i < 2) source.answer();
    }
    expect(source.inFlight).toBeGreaterThan(1);
    stop.abort(new Error("enough"));
    await expect(all).rejects.toThrow("enough");
    expect(source.inFlight).toBe(0);
    const asked = source.asked.length;
    await settled();
    expect(source.asked).toHaveLength(asked);
  });
});

describe("memory", () => {
  const bytes = 1_000_000;
  async function read(reader: Reader, source: Held, n: number): Promise<void> {
    await serve([source], reader.run(plan([{ offset: n * 50_000_000, length: bytes }])));
  }
  const holds = async (reader: Reader, n: number): Promise<boolean> =>
    (await reader.explain(plan([{ offset: n * 50_000_000, length: bytes }]))).heldBytes === bytes;

  test("is shared by the files of a session: what was used longest ago goes first, whosoever it is", async () => {
    const session = openSession({ cacheBytes: 3.5 * bytes });
    const sources = [held("test://a/1"), held("test://b/1")] as const;
    const [a, b] = [createReader(sources[0], { session }), createReader(sources[1], { session })] as const;
    await read(a, sources[0], 0);
    await read(b, sources[1], 0);
    await read(a, sources[0], 1);
    await read(a, sources[0], 0); // used again
    await read(b, sources[1], 1); // no room for b's first any more
    expect(await Promise.all([holds(a, 0), holds(b, 0), holds(a, 1), holds(b, 1)])).toEqual([
      true,
      false,
      true,
      true,
    ]);
    await a.close();
    // The room of a closed file is free.
    await read(b, sources[1], 2);
    await read(b, sources[1], 3);
    expect(await Promise.all([holds(b, 1), holds(b, 2), holds(b, 3)])).toEqual([true, true, true]);
  });

  test.each([
    ["of the file", { cacheBytes: 0 }],
    ["of the session", { session: openSession({ cacheBytes: 0 }) }],
  ])("cacheBytes: 0 %s keeps nothing", async (_, options) => {
    const source = held();
    const reader = createReader(source, options);
    await read(reader, source, 0);
    const once = source.asked.length;
    await read(reader, source, 0);
    expect(source.asked).toHaveLength(2 * once);
    expect(await holds(reader, 0)).toBe(false);
  });
});

describe("closed", () => {
  const file = virtualFile([image(undefined, 16, [100, 100], 2880), image("SCI", 16, [2000, 500], 2880)]);
  const bytes = file.read({ offset: 0, length: file.size }) as Uint8Array<ArrayBuffer>;
  const folder = mkdtempSync(join(tmpdir(), "fitslice-closed-"));
  const path = join(folder, "a.fits");
  writeFileSync(path, bytes);
  const served = startRangeServer({ files: { "/a.fits": bytes } });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await (await served).close();
  });

  const kinds: [string, () => Promise<Parameters<typeof open>[0]>][] = [
    ["bytes in memory", async () => bytes],
    ["a Blob", async () => new Blob([bytes])],
    ["a file", async () => path],
    ["an object", async () => ({ getRange: async (range: ByteRange) => file.read(range) })],
    ["HTTP", async () => `${(await served).url}/a.fits`],
  ];

  async function refusesAll(fits: Fits, sci: Awaited<ReturnType<Fits["image"]>>): Promise<void> {
    const closed = { code: "CLOSED" };
    await expect(sci.section("0:2, 0:2")).rejects.toMatchObject(closed);
    await expect(sci.section()).rejects.toMatchObject(closed);
    await expect(sci.stats()).rejects.toMatchObject(closed);
    await expect(sci.bands().next()).rejects.toMatchObject(closed);
    await expect(sci.sections([[0]])).rejects.toMatchObject(closed);
    await expect(fits.hdu(0)).rejects.toMatchObject(closed);
    await expect(fits.hdu(7)).rejects.toMatchObject(closed);
    await expect(fits.image()).rejects.toMatchObject(closed);
    await expect(fits.hdus()).rejects.toMatchObject(closed);
    await expect(fits.layouts()).rejects.toMatchObject(closed);
    await expect(fits.iterate().next()).rejects.toMatchObject(closed);
    await expect(fits.run(sci.plan())).rejects.toMatchObject(closed);
    await expect(fits.explain(sci.plan())).rejects.toMatchObject(closed);
    await expect(fits.index()).rejects.toMatchObject(closed);
  }

  test.each(kinds)("a file of %s answers every read with CLOSED, and closes twice", async (_, input) => {
    const fits = await open(await input());
    const sci = await fits.image("SCI");
    await sci.section("0:2, 0:2");
    await fits.close();
    await fits.close();
    await refusesAll(fits, sci);
    expect(fits.known.length).toBe(2);
  });

  test.each(kinds)("a session closes its files of %s, and closes twice", async (_, input) => {
    const session = openSession();
    const fits = await open(await input(), { session });
    const sci = await fits.image("SCI");
    const under = sci.section();
    under.catch(() => {});
    await Promise.all([session.close(), session.close()]);
    await session.close();
    await expect(under).rejects.toMatchObject({ code: "CLOSED" });
    await refusesAll(fits, sci);
    await expect(open(await input(), { session })).rejects.toMatchObject({ code: "CLOSED" });
    expect(session.flight).toMatchObject({ inside: 0, waiting: 0 });
  });

  test("reads under way end with CLOSED at once, also those that wait or decode", async () => {
    const source = held();
    const session = openSession({ concurrency: 1 });
    const reader = createReader(source, { session });
    const reads = [
      reader.run(plan(far(1), { take: () => new Promise(() => {}) })),
      reader.run(plan(far(1, 100_000_000))),
      reader.run(plan(far(1, 200_000_000))),
    ];
    await settled();
    source.answer();
    await settled();
    const results = Promise.allSettled(reads);
    await reader.close();
    for (const result of await results) expect(result).toMatchObject({ reason: { code: "CLOSED" } });
    await settled();
    expect(source.inFlight).toBe(0);
    expect(session.flight).toMatchObject({ inside: 0, waiting: 0 });
    expect(session.connections("test://host", 1)).toMatchObject({ inside: 0, waiting: 0 });
  });

  test("files and sessions are disposed of by `await using`", async () => {
    const session = openSession();
    const fits = await open(bytes, { session });
    const sci = await fits.image("SCI");
    await fits[Symbol.asyncDispose]();
    await refusesAll(fits, sci);
    await session[Symbol.asyncDispose]();
    await expect(open(bytes, { session })).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("an image whose file nobody holds any more is closed with its session", async () => {
    const session = openSession();
    const sci = await (await open(bytes, { session })).image("SCI");
    for (let i = 0; i < 3; i++) {
      await settled();
      collectGarbage();
    }
    await session.close();
    await expect(sci.section("0:2, 0:2")).rejects.toMatchObject({ code: "CLOSED" });
  });

  test("a file that cannot be closed keeps no other open, and its error is told", async () => {
    const session = openSession();
    const bad: ByteSource = {
      href: "test:bad",
      getRange: async (range) => file.read(range),
      close: () => Promise.reject(new Error("stuck")),
    };
    const first = await open(bad, { session });
    const second = await open(bytes, { session });
    const sci = await second.image("SCI");
    await expect(session.close()).rejects.toThrow("stuck");
    await refusesAll(second, sci);
    await expect(first.hdus()).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("listeners", () => {
  const file = virtualFile([image(undefined, 16, [100, 100], 2880)]);
  const bytes = file.read({ offset: 0, length: file.size });
  const fails = (): never => {
    throw new Error("the listener's own");
  };

  test("that throw fail nothing, and the profile goes on", async () => {
    const profile = createProfile({ onRequest: fails });
    const fits = await open(bytes, { profile, onProgress: fails });
    const { data } = await (await fits.image()).section();
    expect(data).toHaveLength(10_000);
    expect(profile.summary().requests).toBe(1);
  });

  test("that are async and fail later fail nothing either", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const later = async (): Promise<never> => fails();
    const profile = createProfile({ onRequest: later });
    const fits = await open(bytes, { profile, onProgress: later });
    await (await fits.image()).section();
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test("of progress hear of bytes that grow to their total, and nothing once the read was given up", async () => {
    const seen: { bytes: number; total: number }[] = [];
    const source = held("test://a/1", 10_000_050);
    const reader = createReader(source, { session: openSession(), optimize: "bytes" });
    const onProgress = (progress: { bytes: number; total: number }): void => void seen.push(progress);
    await serve([source], reader.run(plan([...far(1), ...far(2, 5)]), { onProgress }));
    expect(seen.at(-1)!.bytes).toBe(seen.at(-1)!.total);
    expect(seen.map(({ bytes }) => bytes)).toEqual([...seen.map(({ bytes }) => bytes)].sort((a, b) => a - b));
    const before = seen.length;
    const stop = new AbortController();
    const ranges = [{ offset: 3_000_000, length: 100 }];
    const given = reader.run(plan(ranges), { onProgress, signal: stop.signal });
    const shared = reader.run(plan(ranges));
    await settled();
    stop.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    await serve([source], shared);
    expect(seen).toHaveLength(before);
  });
});
