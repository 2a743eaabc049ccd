import fc from "fast-check";
import { expect, test } from "vitest";
import { chunkCounts } from "../../src/zarr/chunks.js";
import { chunkRange, type PlainArray, referenceChunks } from "../../src/zarr/reference-chunks.js";

const array = (shape: readonly number[], spare = 0, itemBytes = 4): PlainArray => ({
  ...{ label: "HDU 1", shape, itemBytes, offset: 2880, spare },
});
const chunks = (shape: readonly number[], mostBytes: number, spare = 0): number[] =>
  referenceChunks(array(shape, spare), { mostBytes });

test("an image that fits into a chunk is one", () => {
  expect(chunks([300, 400], 1e6)).toEqual([300, 400]);
  expect(chunks([3, 40, 50], 1e6)).toEqual([3, 40, 50]);
  expect(chunks([], 1e6)).toEqual([]);
});

test("a chunk is as many rows as divide the image and fit", () => {
  expect(chunks([4000, 1000], 1e6)).toEqual([250, 1000]);
  expect(chunks([1917, 2400, 2400], 8e6)).toEqual([1, 800, 2400]);
  expect(chunks([100, 500, 500], 8e6)).toEqual([5, 500, 500]);
});

test("a row that is too long is cut", () => {
  expect(chunks([2, 1_000_000], 1e6)).toEqual([1, 250_000]);
});

test("the last chunk reads on behind the array only where the file goes on", () => {
  // 1009 is a prime number: 8 chunks of 127 rows have 7 rows more.
  expect(chunks([1009, 1000], 512_000, 7 * 4000)).toEqual([127, 1000]);
  expect(chunks([1009, 1000], 512_000, 7 * 4000 - 1)).toEqual([101, 1000]);
  expect(chunks([1009, 1000], 512_000)).toEqual([1, 1000]);
});

test("chunks end where the next file begins, along an axis that goes on there", () => {
  const limits = { mostBytes: 1e6, along: { axis: 0, length: 100 } };
  expect(referenceChunks(array([300, 400]), limits)).toEqual([100, 400]);
  expect(referenceChunks(array([300, 400]), { mostBytes: 1e6, along: { axis: 1, length: 200 } })).toEqual([
    1, 200,
  ]);
  expect(referenceChunks(array([300, 400]), { mostBytes: 1e6, along: { axis: 1, length: 400 } })).toEqual([
    300, 400,
  ]);
});

test("more chunks than a reader can list are refused", () => {
  expect(() => chunks([2 ** 22, 1000], 4000)).toThrow(
    /HDU 1: 4194304 chunks .* too many .* make chunks larger/,
  );
});

test("every element is in one chunk, at its place; no chunk reads behind the spare bytes", () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
  const cases = fc.record({
    shape: shapes,
    spare: fc.integer({ min: 0, max: 40 }),
    mostBytes: fc.integer({ min: 1, max: 200 }),
  });
  fc.assert(
    fc.property(cases, ({ shape, spare, mostBytes }) => {
      const whole = array(shape, spare);
      const chunk = referenceChunks(whole, { mostBytes });
      const size = shape.reduce((n, length) => n * length, 1);
      const counts = chunkCounts(shape, chunk);
      const seen = new Set<number>();
      const visit = (index: number[]): void => {
        if (index.length < shape.length) {
          for (let i = 0; i < counts[index.length]!; i++) visit([...index, i]);
          return;
        }
        const { offset, length } = chunkRange(whole, chunk, index);
        expect(offset + length).toBeLessThanOrEqual(whole.offset + size * 4 + spare);
        for (let k = 0; k < length / 4; k++) {
          // The place of element k of the chunk in the array, where it is in the array at all.
          const at: number[] = [];
          for (let axis = shape.length - 1, rest = k; axis >= 0; axis--) {
            at[axis] = index[axis]! * chunk[axis]! + (rest % chunk[axis]!);
            rest = Math.floor(rest / chunk[axis]!);
          }
          if (at.some((place, axis) => place >= shape[axis]!)) continue;
          const element = at.reduce((n, place, axis) => n * shape[axis]! + place, 0);
          expect(offset + k * 4).toBe(whole.offset + element * 4);
          seen.add(element);
        }
      };
      visit([]);
      expect(seen.size).toBe(size);
    }),
  );
});
