import { describe, expect, test } from "vitest";
import { type ObjectFacts, stretchesIn } from "../../src/cli/download/journal.js";
import { rangeBytesFor } from "../../src/cli/download/options.js";
import { secondsLeft } from "../../src/cli/progress.js";

const fresh: ObjectFacts = { href: "http://h/a.fits", size: 1000, tag: '"1"' };
const lines = (...all: unknown[]): string => `${all.map((line) => JSON.stringify(line)).join("\n")}\n`;

describe("a download is gone on with", () => {
  const old = lines(fresh, [400, 200], [0, 400]);

  test("where the stretches noted are in the part", () => {
    expect(stretchesIn(old, fresh, 600)).toEqual([[0, 600]]);
    expect(stretchesIn(lines(fresh, [0, 100]) + lines([500, 100]), fresh, 600)).toEqual([
      [0, 100],
      [500, 100],
    ]);
  });
  test("without the line that was torn when the program was killed", () => {
    expect(stretchesIn(old.slice(0, -3), fresh, 600)).toEqual([[400, 200]]);
    expect(stretchesIn(`${old}[60`, fresh, 600)).toEqual([[0, 600]]);
    expect(stretchesIn(`${old}[600,1\n${lines([600, 200])}`, fresh, 800)).toEqual([[0, 800]]);
  });
  test("not where the part is shorter than its journal says: that would leave a hole", () => {
    expect(stretchesIn(old, fresh, 599)).toBeUndefined();
    expect(stretchesIn(old, fresh, 0)).toBeUndefined();
  });
  test.each([[[900, 101]], [[-1, 10]], [[0, 0]], [[0.5, 10]], [["0", 10]], [[null]], [[0, 1e300]]])(
    "not where stretches lie outside the object, or make no sense: %j",
    (stretch) => expect(stretchesIn(lines(fresh, stretch), fresh, 2000)).toBeUndefined(),
  );
  test("not where nothing is there", () => {
    expect(stretchesIn(lines(fresh), fresh, 2000)).toBeUndefined();
  });
  test("not where nothing tells that the object is still the same", () => {
    const { tag: _, ...bare } = fresh;
    expect(stretchesIn(lines(bare, [0, 400]), bare, 600)).toBeUndefined();
  });
  test("not where it is another one, or the journal is none", () => {
    for (const other of [{ tag: '"2"' }, { size: 999 }, { href: "http://h/b.fits" }])
      expect(stretchesIn(lines({ ...fresh, ...other }, [0, 600]), fresh, 600)).toBeUndefined();
    for (const text of [
      "",
      "null",
      "[]",
      "{}",
      old.slice(5),
      `${JSON.stringify(fresh).slice(0, -3)}\n[0,600]\n`,
    ])
      expect(stretchesIn(text, fresh, 600)).toBeUndefined();
  });
});

test("ranges are of 1 MiB, and larger ones of large files, so that there are some thousands at most", () => {
  const MiB = 2 ** 20;
  expect([0, 1, 40 * MiB, 256 * MiB].map(rangeBytesFor)).toEqual([MiB, MiB, MiB, MiB]);
  expect([257 * MiB, 2 ** 30, 2 ** 31, 2 ** 35].map(rangeBytesFor)).toEqual([
    ...[2 * MiB, 4 * MiB, 8 * MiB, 8 * MiB],
  ]);
  for (let size = MiB; size < 2 ** 45; size *= 3) {
    expect(rangeBytesFor(size) % MiB).toBe(0);
    expect(size / rangeBytesFor(size)).toBeLessThanOrEqual(8192);
  }
});

test("the time left is told when some seconds of data tell it", () => {
  expect(secondsLeft(1000, 0, 10)).toBeUndefined();
  expect(secondsLeft(1000, 500, 2.9)).toBeUndefined();
  expect(secondsLeft(1000, 500, 5)).toBe(10);
});
