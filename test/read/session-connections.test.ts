/**
 * Connections to an origin, which the files of a session share: how many requests are under way, and whose turn it is.
 */
import { describe, expect, test } from "vitest";
import { openSession } from "../../src/index.js";
import { connections } from "../../src/read/flight.js";
import { createReader } from "../../src/read/run.js";
import type { ByteSource } from "../../src/source/source.js";
import { far, held, plan, serve, settled } from "./held.js";

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

  test("that a source learns to be fewer are what reads are priced with from then on", async () => {
    let known: number | undefined;
    const source = Object.defineProperty({ ...held() }, "connections", { get: () => known });
    const reader = createReader(source, { session: openSession() });
    const long = plan([{ offset: 0, length: 64_000_000 }]);
    const many = await reader.explain(long);
    const few = await reader.explain(long, { concurrency: 2 });
    expect(few.requests.length).toBeLessThan(many.requests.length);
    known = 2;
    expect(await reader.explain(long)).toEqual(few);
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
