import { expect, test } from "vitest";
import { chainOf } from "../../report/trips.js";

test("requests at the same time are one trip", () => {
  expect(
    chainOf([
      { start: 0, end: 50 },
      { start: 1, end: 60 },
      { start: 2, end: 70 },
    ]),
  ).toBe(1);
});

test("a request that came after another one's answer is one trip more", () => {
  expect(
    chainOf([
      { start: 0, end: 50 },
      { start: 50, end: 100 },
      { start: 60, end: 100 },
      { start: 101, end: 150 },
    ]),
  ).toBe(3);
});

test("a request that never ended has nothing after it", () => {
  expect(chainOf([{ start: 0 }, { start: 500, end: 600 }])).toBe(1);
});

test("no request is no trip", () => {
  expect(chainOf([])).toBe(0);
});
