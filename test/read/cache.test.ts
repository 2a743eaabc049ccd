import { expect, test } from "vitest";
import { rangeCache } from "../../src/read/cache.js";
import { budget } from "../../src/read/session.js";

const fetching = (length: number) => async (): Promise<Uint8Array[]> => [new Uint8Array(length)];

test("pieces of a few bytes count with what it takes to hold them", async () => {
  const cache = rangeCache(budget(100 * 1024));
  for (let i = 0; i < 1000; i++)
    await cache.wait(
      cache.add([{ offset: i * 100, length: 4 }], true, fetching(4))[0],
      new AbortController().signal,
    );
  const { pieces } = cache.find({ offset: 0, length: 100_000 });
  expect(pieces.length).toBeGreaterThan(50);
  expect(pieces.length).toBeLessThanOrEqual(100);
  expect(pieces.at(-1)!.offset).toBe(99_900); // the last ones
});

test("a piece larger than the budget is handed on, and not kept", async () => {
  const cache = rangeCache(budget(10_000));
  const bytes = await cache.wait(
    cache.add([{ offset: 0, length: 20_000 }], true, fetching(20_000))[0],
    new AbortController().signal,
  );
  expect(bytes.length).toBe(20_000);
  expect(cache.find({ offset: 0, length: 10 }).pieces).toEqual([]);
});

test("a piece that fits only without what it takes to hold it pushes out no other", async () => {
  const cache = rangeCache(budget(10_000));
  const { signal } = new AbortController();
  await cache.wait(cache.add([{ offset: 0, length: 100 }], true, fetching(100))[0], signal);
  await cache.wait(cache.add([{ offset: 1000, length: 9500 }], true, fetching(9500))[0], signal);
  const { pieces, missing } = cache.find({ offset: 0, length: 2000 });
  expect(pieces.map(({ offset, length }) => [offset, length])).toEqual([[0, 100]]);
  expect(missing).toEqual([{ offset: 100, length: 1900 }]);
});

test("the pieces of one request come, are kept and go together", async () => {
  const cache = rangeCache(budget(10_000));
  const { signal } = new AbortController();
  const two = [
    { offset: 0, length: 10 },
    { offset: 100, length: 20 },
  ];
  const pieces = cache.add(two, true, async () => two.map(({ length }) => new Uint8Array(length)));
  expect(cache.find({ offset: 100, length: 5 }).pieces).toEqual([pieces[1]]);
  expect((await cache.wait(pieces[1]!, signal)).length).toBe(20);
  expect(pieces[0].bytes?.length).toBe(10);
  await cache.wait(cache.add([{ offset: 1000, length: 7000 }], true, fetching(7000))[0], signal);
  expect(cache.find({ offset: 0, length: 200 }).pieces).toEqual([]);
});

test("a request for several pieces is cancelled when the last of their callers leaves", async () => {
  const cache = rangeCache(budget(10_000));
  let aborted = 0;
  const pieces = cache.add(
    [
      { offset: 0, length: 10 },
      { offset: 100, length: 20 },
    ],
    true,
    (signal) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          aborted++;
          reject(signal.reason);
        }),
      ),
  );
  const [one, other] = [new AbortController(), new AbortController()];
  const waits = [cache.wait(pieces[0], one.signal), cache.wait(pieces[1]!, other.signal)];
  one.abort(new Error("one"));
  await expect(waits[0]).rejects.toThrow("one");
  expect(aborted).toBe(0);
  other.abort(new Error("other"));
  await expect(waits[1]).rejects.toThrow("other");
  expect(aborted).toBe(1);
  expect(cache.find({ offset: 0, length: 200 }).pieces).toEqual([]);
});
