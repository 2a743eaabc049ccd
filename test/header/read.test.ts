import { describe, expect, test } from "vitest";
import { FitsError } from "../../src/errors.js";
import type { Plan, Step } from "../../src/read/plan.js";
import { readHeader } from "./read-header.js";

/** Runs a plan over a file and notes the ranges that it read. */
function run<T>(plan: Plan<T>, file: Uint8Array): { value: T; ranges: [offset: number, length: number][] } {
  const ranges: [number, number][] = [];
  const course = plan();
  for (let round = course.next(); ; round = course.next()) {
    if (round.done) return { value: round.value, ranges };
    const step = round.value;
    for (const [i, { offset, length }] of step.ranges.entries()) {
      ranges.push([offset, length]);
      void step.take(i, file.subarray(offset, offset + length));
    }
  }
}

function fileOf(cards: number, before = 0, after = 0): Uint8Array {
  const text = "KEYWORD =                    1".padEnd(80).repeat(cards) + "END".padEnd(80);
  const header = text.padEnd(Math.ceil(text.length / 2880) * 2880);
  return new TextEncoder().encode("\0".repeat(before) + header + "\0".repeat(after));
}

const failure = (plan: Plan<unknown>, file: Uint8Array): FitsError => {
  try {
    run(plan, file);
  } catch (error) {
    if (error instanceof FitsError) return error;
    throw error;
  }
  throw new Error("no error was thrown");
};

test("one read is enough for a short header", () => {
  const { value, ranges } = run(readHeader(2880), fileOf(30, 2880));
  expect(value.length).toBe(30);
  expect(ranges).toEqual([[2880, 28800]]);
});

test("reads double until END, each byte once", () => {
  const { value, ranges } = run(readHeader(0, { blockSize: 2880 }), fileOf(300));
  expect(value.length).toBe(300);
  expect(value.byteLength).toBe(25920);
  expect(ranges).toEqual([
    [0, 2880],
    [2880, 2880],
    [5760, 5760],
    [11520, 11520],
    [23040, 23040],
  ]);
});

test("nothing is asked for past the file's end", () => {
  const file = fileOf(300);
  const { ranges } = run(readHeader(0, { blockSize: 2880, file: { size: file.length } }), file);
  expect(ranges.at(-1)).toEqual([23040, 2880]);
});

test("reads that cut cards find END as well", () => {
  for (const blockSize of [1, 79, 80, 81, 1000, 2881]) {
    expect(run(readHeader(160, { blockSize }), fileOf(100, 160)).value.length).toBe(100);
  }
});

test("a header cut off by the end of the file is TRUNCATED, and says where", () => {
  const file = fileOf(300).subarray(0, 8000);
  expect(failure(readHeader(0, { file: { size: 8000 } }), file)).toMatchObject({
    code: "TRUNCATED",
    message: "header at byte 0: the file ends after 8000 bytes of it, before an END card",
  });
  expect(failure(readHeader(0), file).code).toBe("TRUNCATED");
});

test("data are not searched for END to the end of the file", () => {
  const file = new Uint8Array(10_000_000).fill(200);
  file.set(fileOf(30).subarray(0, 30 * 80));
  const plan = readHeader(0, { file: { size: file.length } });
  expect(failure(plan, file)).toMatchObject({ code: "BAD_HEADER" });
  expect(failure(readHeader(2880, { file: { size: file.length } }), file).message).toBe(
    "header at byte 2880: no END card before something else than a header begins",
  );
});

describe("a file of text cards without END", () => {
  test("is given up after 64 MiB", () => {
    const course = readHeader(0, { blockSize: 2 ** 26 + 1000 })();
    const step = course.next().value as Step;
    expect(step.ranges[0]!.length).toBe(2 ** 26);
    void step.take(0, new Uint8Array(2 ** 26).fill(65));
    expect(() => course.next()).toThrow("header at byte 0: no END card in its first 67108864 bytes");
  });
});
