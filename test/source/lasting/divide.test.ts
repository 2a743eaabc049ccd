import fc from "fast-check";
import { expect, test } from "vitest";
import { divided, union } from "../../../src/source/lasting/divide.js";
import type { ByteRange } from "../../../src/source/source.js";

const ranges = fc.array(
  fc.record({ offset: fc.integer({ min: 0, max: 300 }), length: fc.integer({ min: 1, max: 60 }) }),
  { maxLength: 12 },
);
const sorted = (list: readonly ByteRange[]): ByteRange[] => [...list].sort((a, b) => a.offset - b.offset);
const bytesOf = (list: readonly ByteRange[]): Set<number> =>
  new Set(list.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i)));

test("a union has the bytes of all, each once, in order", () => {
  fc.assert(
    fc.property(ranges, (list) => {
      const all = union(list);
      expect(bytesOf(all)).toEqual(new Set([...bytesOf(list)]));
      for (let i = 1; i < all.length; i++)
        expect(all[i]!.offset).toBeGreaterThan(all[i - 1]!.offset + all[i - 1]!.length);
    }),
  );
});

test("ranges divide into what is kept and what is not: nothing is lost, nothing kept is asked for", () => {
  fc.assert(
    fc.property(ranges, ranges, (wanted, there) => {
      const extents = union(there);
      const { kept, rest } = divided(sorted(wanted), extents);
      const [held, want, asked, given] = [extents, wanted, rest, kept].map(bytesOf) as [
        Set<number>,
        Set<number>,
        Set<number>,
        Set<number>,
      ];
      for (const byte of want) expect(held.has(byte) ? given.has(byte) : asked.has(byte)).toBe(true);
      for (const byte of asked) expect(want.has(byte) && !held.has(byte)).toBe(true);
      for (const byte of given) expect(held.has(byte)).toBe(true);
      expect(kept).toEqual(sorted(kept));
    }),
  );
});

test("what is kept comes in stretches of at most 4 MiB, with short gaps and without long ones", () => {
  const mebibyte = 2 ** 20;
  const extents = [{ offset: 0, length: 20 * mebibyte }];
  expect(divided([{ offset: 5, length: 9 * mebibyte }], extents)).toEqual({
    kept: [0, 4, 8].map((at) => ({
      offset: 5 + at * mebibyte,
      length: Math.min(4, 9 - at) * mebibyte,
    })),
    rest: [],
  });
  const [near, far] = [131_072, 131_073];
  expect(
    divided(
      [0, 10 + near, 20 + near + far].map((offset) => ({ offset, length: 10 })),
      extents,
    ).kept,
  ).toEqual([
    { offset: 0, length: 20 + near },
    { offset: 20 + near + far, length: 10 },
  ]);
});
