import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { elementCount } from "../../src/array.js";
import { type BandSize, bandPlaces } from "../../src/image/bands.js";

const places = (
  shape: number[],
  size: BandSize,
  grid?: Parameters<typeof bandPlaces>[3],
): [number[], number[]][] => [...bandPlaces(shape, 4, size, grid)].map((place) => [place.start, place.shape]);

describe("bands", () => {
  test("are rows", () => {
    expect(places([5, 3], { rows: 2 })).toEqual([
      [
        [0, 0],
        [2, 3],
      ],
      [
        [2, 0],
        [2, 3],
      ],
      [
        [4, 0],
        [1, 3],
      ],
    ]);
  });

  test("of rows do not cross planes", () => {
    expect(places([2, 3, 4], { rows: 2 }).map(([start, shape]) => [start[0], start[1], shape[1]])).toEqual([
      [0, 0, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 1],
    ]);
  });

  test("hold as many bytes as they may, and whole planes where these fit", () => {
    expect(places([7, 2, 2], { bytes: 50 }).map(([, shape]) => shape)).toEqual([
      [3, 2, 2],
      [3, 2, 2],
      [1, 2, 2],
    ]);
    expect(places([2, 3], { bytes: 8 })).toHaveLength(4);
    expect(places([2], { bytes: 1 })).toHaveLength(2);
    expect(places([4421, 4223], {}).map(([, shape]) => shape[0])).toEqual([993, 993, 993, 993, 449]);
  });

  test("end at the edges of tiles", () => {
    const grid = () => ({ length: 10, first: 3 });
    const heights = (size: BandSize): number[] => places([40, 1], size, grid).map(([, shape]) => shape[0]!);
    expect(heights({ rows: 25 })).toEqual([23, 17]);
    expect(heights({ rows: 4 })).toEqual([3, 10, 10, 10, 7]);
    expect(heights({ rows: 1 })).toEqual([3, 10, 10, 10, 7]);
  });

  test("follow one another through the whole result, whatever its shape", () => {
    const shape = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 });
    const size = fc.oneof(
      fc.record({ rows: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ bytes: fc.integer({ min: 1, max: 200 }) }),
    );
    fc.assert(
      fc.property(shape, size, (of, size) => {
        let next = 0;
        for (const [start, band] of places(of, size)) {
          const flat = start.reduce((n, i, axis) => n * of[axis]! + i, 0);
          expect(flat).toBe(next);
          next += elementCount(band);
        }
        expect(next).toBe(elementCount(of));
      }),
    );
  });

  test.each([{ rows: 0 }, { bytes: 0 }, { rows: 1.5 }, { bytes: Number.NaN }])(
    "of size %j are refused",
    (size) => {
      expect(() => places([2, 2], size)).toThrow(/positive integer/);
    },
  );
});
