/** Places on the canvas, levels, pages in sight, and the order of reading: whatever the view. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  coarsestLevel,
  cornerOf,
  levelOf,
  pageCount,
  pageSide,
  pagesIn,
  placementOf,
  sightOf,
} from "../../../viewer/src/screen/geometry.js";
import { firstSpacing, rowPasses, rowsFrom, spread, tilePasses } from "../../../viewer/src/screen/passes.js";

const zooms = fc.double({ min: 1e-3, max: 64, noNaN: true });
const places = fc.double({ min: -5000, max: 50000, noNaN: true });
const view = fc.record({
  width: fc.integer({ min: 1, max: 4000 }),
  height: fc.integer({ min: 1, max: 3000 }),
  scale: zooms,
  center: fc.tuple(places, places),
});

test("a texel is no larger than a pixel of the device, and more than half as large", () => {
  fc.assert(
    fc.property(zooms, (scale) => {
      const level = levelOf(scale, 30);
      expect(2 ** level * scale).toBeLessThanOrEqual(Math.max(1, scale) * (1 + 1e-8));
      expect(2 ** (level + 1) * scale).toBeGreaterThan(1);
    }),
  );
  expect([1, 0.5, 0.25, 2].map((scale) => levelOf(scale, 30))).toEqual([0, 1, 2, 0]);
  expect([levelOf(1e-6, 3), coarsestLevel(256, 1), coarsestLevel(257, 1), coarsestLevel(1, 40_000)]).toEqual([
    3, 0, 1, 8,
  ]);
});

test("a place on the canvas is a place in the image, and back", () => {
  fc.assert(
    fc.property(zooms, fc.tuple(places, places), fc.tuple(places, places), (zoom, center, [x, y]) => {
      const { toCanvas, toImage } = placementOf({ center, zoom }, 800, 600);
      const back = toImage(...toCanvas(x, y));
      expect(Math.hypot(back[0] - x, back[1] - y)).toBeLessThan(1e-6);
    }),
  );
  const { toCanvas } = placementOf({ center: [10, 20], zoom: 4 }, 100, 50);
  expect([toCanvas(10, 20), toCanvas(11, 21)]).toEqual([
    [50, 25],
    [54, 21],
  ]);
});

test("what is in sight is what touches the canvas, neither more nor less", () => {
  fc.assert(
    fc.property(view, (view) => {
      const sight = sightOf(view, 30_000, 20_000);
      const near = (value: number): number => value / view.scale;
      const edges = [
        view.center[0] - near(view.width / 2) + 0.5,
        view.center[0] + near(view.width / 2) + 0.5,
        view.center[1] - near(view.height / 2) + 0.5,
        view.center[1] + near(view.height / 2) + 0.5,
      ] as const;
      // A millionth of a pixel does not count.
      if (!sight) {
        const isOutside =
          edges[1] < 1e-5 || edges[0] > 30_000 - 1e-5 || edges[3] < 1e-5 || edges[2] > 20_000 - 1e-5;
        expect(isOutside).toBe(true);
        return;
      }
      for (const [is, edge, lowest, highest] of [
        [sight.x0, Math.floor(edges[0]), 0, 30_000],
        [sight.x1, Math.ceil(edges[1]), 0, 30_000],
        [sight.y0, Math.floor(edges[2]), 0, 20_000],
        [sight.y1, Math.ceil(edges[3]), 0, 20_000],
      ] as const)
        expect(Math.abs(is - Math.min(highest, Math.max(lowest, edge)))).toBeLessThanOrEqual(1);
      const [left, bottom] = cornerOf(view, sight.x0, sight.y0);
      expect(sight.x0 === 0 || left < view.scale).toBe(true);
      expect(left).toBeLessThan(view.width + 1);
      expect(bottom).toBeLessThan(view.height + 1);
    }),
  );
});

test("every pixel in sight is in one page, and every page is in sight", () => {
  const length = fc.integer({ min: 1, max: 5000 });
  const rect = fc
    .tuple(length, length, length, length)
    .map(([x0, y0, w, h]) => ({ x0, y0, x1: x0 + w, y1: y0 + h }));
  fc.assert(
    fc.property(rect, fc.integer({ min: 0, max: 5 }), (rect, level) => {
      const pages = pagesIn(rect, level);
      const side = pageSide * 2 ** level;
      let area = 0;
      for (const { column, row } of pages) {
        const width = Math.min(rect.x1, (column + 1) * side) - Math.max(rect.x0, column * side);
        const height = Math.min(rect.y1, (row + 1) * side) - Math.max(rect.y0, row * side);
        expect(Math.min(width, height)).toBeGreaterThan(0);
        area += width * height;
      }
      expect(area).toBe((rect.x1 - rect.x0) * (rect.y1 - rect.y0));
      expect(new Set(pages.map(({ column, row }) => `${column},${row}`)).size).toBe(pages.length);
      expect(pageCount(rect, level)).toBe(pages.length);
    }),
  );
});

const range = fc
  .tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 3000 }))
  .map(([from, count]) => ({ x0: 2, x1: 5, y0: from, y1: from + count }));
const power = fc.integer({ min: 0, max: 7 }).map((exponent) => 2 ** exponent);

test("passes take each row once, and each is spread evenly among those before", () => {
  fc.assert(
    fc.property(range, power, power, (units, a, b) => {
      const [first, last] = [Math.max(a, b), Math.min(a, b)];
      const taken = new Set<number>();
      let spacing = first;
      for (const runs of rowPasses(units, first, last)) {
        for (const { row, from, to } of runs) {
          expect([from, to, row % spacing, taken.has(row)]).toEqual([2, 5, 0, false]);
          taken.add(row);
        }
        expect(taken.size).toBe(Math.ceil(units.y1 / spacing) - Math.ceil(units.y0 / spacing));
        spacing /= 2;
      }
    }),
    { numRuns: 30 },
  );
});

test("the rows of a narrower or shifted view are among the same rows of the image", () => {
  const rows = (units: { x0: number; x1: number; y0: number; y1: number }): number[] =>
    [...rowPasses(units, 16, 16)].flat().map(({ row }) => row);
  const wide = new Set(rows({ x0: 0, x1: 1, y0: 0, y1: 4000 }));
  for (const row of rows({ x0: 0, x1: 1, y0: 1234, y1: 2345 })) expect(wide.has(row)).toBe(true);
});

test("a first pass has 32 to 63 rows where there are so many, fewer where they are dear", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), (count) => {
      const rows = count / firstSpacing(count, 1, 1e9);
      expect(rows < 64 && (rows >= 32 || rows === count)).toBe(true);
    }),
  );
  expect(firstSpacing(40_000, 160_000, 12e6)).toBe(1024);
  expect(firstSpacing(40_000, 1e9, 12e6)).toBe(8192);
});

test("each beginning of a spread list is spread over the list", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), (count) => {
      const items = Array.from({ length: count }, (_, i) => i);
      const order = spread(items);
      expect([...order].sort((a, b) => a - b)).toEqual(items);
      for (const part of [8, 32].filter((part) => part < count / 2)) {
        const some = [...order.slice(0, part), count].sort((a, b) => a - b);
        const gaps = some.map((place, i) => place - (some[i - 1] ?? 0));
        expect(Math.max(...gaps)).toBeLessThanOrEqual((4 * count) / part + 1);
      }
    }),
  );
});

test("passes of tiles take each tile once; all rows from the middle each row once", () => {
  const units = fc
    .tuple(fc.nat(50), fc.nat(50), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
    .map(([x0, y0, w, h]) => ({ x0, y0, x1: x0 + w, y1: y0 + h }));
  fc.assert(
    fc.property(units, power, (units, first) => {
      const taken = [...tilePasses(units, first)]
        .flat()
        .map(({ row, from, to }) => `${row},${from},${to - from}`);
      expect(new Set(taken).size).toBe(taken.length);
      expect(taken.length).toBe((units.x1 - units.x0) * (units.y1 - units.y0));
      const rows = [...rowsFrom((units.y0 + units.y1 - 1) / 2, units)].map(({ row }) => row);
      expect(new Set(rows).size).toBe(units.y1 - units.y0);
    }),
    { numRuns: 30 },
  );
});
