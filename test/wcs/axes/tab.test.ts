/**
 * `-TAB` axes against wcslib (test/fixtures/wcs/make_tab.py), and tables that do not fit.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { AxisTransform } from "../../../src/wcs/axes/axis.js";
import { type TabData, type TabKeywords, tabAxis, tabRequests } from "../../../src/wcs/axes/tab.js";

type Case = [
  axes: number,
  lengths: number[],
  coordinates: number[],
  indexes: (number[] | null)[],
  crvals: number[],
  points: number[][],
  world: (number | null)[][],
];
const cases = JSON.parse(readFileSync("test/fixtures/wcs/tab.json", "utf8")) as Case[];

function keywords(axis: number, more: Partial<TabKeywords> = {}): TabKeywords {
  const ps = new Map([[0, "WCSTAB"], [1, "COORD"]]); // biome-ignore format: pairs
  return { axis, ctype: "WAVE-TAB", crval: 0, pv: new Map([[3, axis + 1]]), ps, ...more };
}

function axisOf([axes, lengths, coordinates, indexes, crvals]: Case): AxisTransform {
  const [request] = tabRequests(crvals.map((crval, axis) => keywords(axis, { crval })));
  return tabAxis(request!, {
    coordinates: Float64Array.from(coordinates),
    shape: [...[...lengths].reverse(), axes],
    indexes: indexes.map((index) => (index ? Float64Array.from(index) : undefined)),
  });
}

/** Points of one row each as arrays of one axis each, and back. */
const columns = (rows: readonly (readonly number[])[]): Float64Array[] =>
  rows[0]!.map((_, m) => Float64Array.from(rows, (row) => row[m]!));

/** One axis: coordinates and index as given, at the values. */
function row(coordinates: number[], index: number[] | undefined, values: number[], back = false): number[] {
  const [request] = tabRequests([keywords(0)]);
  const axis = tabAxis(request!, {
    coordinates: Float64Array.from(coordinates),
    shape: [coordinates.length],
    indexes: [index && Float64Array.from(index)],
  });
  const array = Float64Array.from(values);
  if (back) axis.toIntermediate([array], values.length);
  else axis.toWorld([array], values.length);
  return [...array];
}

describe("tabAxis", () => {
  test("agrees with wcslib to 1e-8, for one to three axes, with and without indexes, beyond the edges too", () => {
    const wrong: string[] = [];
    let numbers = 0;
    cases.forEach((each, number) => {
      const [axes, lengths, coordinates, , , points, expected] = each;
      const values = columns(points);
      axisOf(each).toWorld(values, points.length);
      const span = Math.max(...coordinates.map(Math.abs));
      expected.forEach((world, i) => {
        const found = values.map((array) => array[i]!);
        const off = Math.max(...found.map((value, m) => Math.abs(value - (world[m] ?? Number.NaN)) / span));
        const none = world[0] === null && found.every(Number.isNaN);
        if (off < 1e-12) numbers++;
        else if (!none) wrong.push(`${number} ${axes}:${lengths} ${points[i]} ${found} for ${world}`);
      });
    });
    expect(wrong).toEqual([]);
    expect(numbers).toBeGreaterThan(100);
  });

  test("comes back", () => {
    for (const each of cases) {
      const [, lengths, coordinates, , , points] = each;
      const values = columns(points);
      const axis = axisOf(each);
      axis.toWorld(values, points.length);
      const world = values.map((array) => array.slice());
      axis.toIntermediate(values, points.length);
      points.forEach((point, i) => {
        if (Number.isNaN(world[0]![i])) {
          expect(values.every((array) => Number.isNaN(array[i]))).toBe(true);
          return;
        }
        // The array folds over itself beyond some edges, and is constant along axes of one place: world must agree.
        const again = values.map((array) => Float64Array.of(array[i]!));
        axis.toWorld(again, 1);
        const span = Math.max(...coordinates.map(Math.abs));
        again.forEach((array, m) => {
          expect(Math.abs(array[0]! - world[m]![i]!) / span).toBeLessThan(1e-8);
        });
        if (lengths.length === 1) expect(values[0]![i]).toBeCloseTo(point[0]!, 9);
      });
    }
  });

  test("reaches half a place beyond both ends, and no further", () => {
    expect(row([10, 20, 40], undefined, [0.4, 0.5, 1, 1.5, 3, 3.5, 3.6])).toEqual(
      [Number.NaN, 5, 10, 15, 40, 50, Number.NaN],
    ); // biome-ignore format: one row
    expect(row([40, 20, 10], [4, 2, 1], [0.5, 1, 3, 5])).toEqual([5, 10, 30, 50]);
    expect(row([10, 20, 40], undefined, [4, 5, 15, 50, 51], true)).toEqual([
      Number.NaN,
      0.5,
      1.5,
      3.5,
      Number.NaN,
    ]);
  });

  test("is constant along an axis of one place", () => {
    expect(row([10], undefined, [0.4, 0.5, 1, 1.5, 1.6])).toEqual([Number.NaN, 10, 10, 10, Number.NaN]);
    expect(row([10], [3], [2.4, 2.5, 3, 3.5, 3.6])).toEqual([Number.NaN, 10, 10, 10, Number.NaN]);
    expect(row([10], [3], [10, 11], true)).toEqual([3, Number.NaN]);
  });

  test("takes coordinates that rise and fall, and those that stand still", () => {
    expect(row([10, 20, 15, 40], undefined, [17.5, 30, 60], true)).toEqual([1.75, 3.6, Number.NaN]);
    expect(row([10, 20, 20, 40], undefined, [20], true)[0]).toBe(2);
    expect(row([10, 20, 30, 40], [1, 2, 2, 3], [1.5, 2, 2.5])).toEqual([15, 20, 35]);
    expect(row([7, 7, 7], undefined, [7, 8], true)).toEqual([1, Number.NaN]);
  });

  test("hands numbers that are none through", () => {
    expect(row([10, 20], undefined, [Number.NaN, Number.POSITIVE_INFINITY])).toEqual([
      Number.NaN,
      Number.NaN,
    ]);
    expect(row([10, Number.NaN, 30], undefined, [1, 1.5])).toEqual([10, Number.NaN]);
    expect(row([10, 20], undefined, [Number.NaN], true)).toEqual([Number.NaN]);
  });

  test.each<[string, Partial<TabData>, RegExp]>([
    [
      "a shape of other axes",
      { shape: [2, 3] },
      /coordinate array of -TAB for 1 axes cannot have the TDIM \(3,2\)/,
    ],
    ["a shape of another size", { shape: [7] }, /cannot have the TDIM/],
    ["no places", { shape: [0], coordinates: new Float64Array() }, /cannot have the TDIM/],
    ["an index of another length", { indexes: [Float64Array.of(1, 2)] }, /2 indexes for 6 coordinates/],
    ["an index that rises and falls", { indexes: [Float64Array.of(1, 2, 3, 2, 1, 0)] }, /neither only rise/],
    ["an index of no numbers", { indexes: [new Float64Array(6).fill(Number.NaN)] }, /neither only rise/],
  ])("refuses %s", (_, data, message) => {
    const [request] = tabRequests([keywords(0)]);
    const whole = { coordinates: new Float64Array(6), shape: [6], indexes: [undefined], ...data };
    expect(() => tabAxis(request!, whole)).toThrow(message);
  });
});

describe("tabRequests", () => {
  test("groups axes by their array, and orders them by their place", () => {
    const ps = new Map([[0, " T "], [1, "C"], [2, "I"]]); // biome-ignore format: pairs
    const pv = new Map([[1, 2], [2, 3], [3, 1]]); // biome-ignore format: pairs
    const requests = tabRequests([
      keywords(0, { pv: new Map([[3, 2]]) }),
      keywords(1, { ps, pv, crval: 5 }),
      keywords(2, { pv: new Map() }),
    ]);
    const { extname, extver, extlevel, coordinates } = requests[1]!;
    expect({ extname, extver, extlevel, coordinates }).toEqual(
      { extname: "T", extver: 2, extlevel: 3, coordinates: "C" },
    ); // biome-ignore format: one row
    expect(requests[1]!.axes).toEqual([{ axis: 1, ctype: "WAVE-TAB", crval: 5, index: "I" }]);
    expect(requests[0]!.axes.map(({ axis }) => axis)).toEqual([2, 0]);
  });

  test("refuses axes without a table, and two in one place", () => {
    expect(() => tabRequests([keywords(3, { ps: new Map() })])).toThrow(/PS4_0 must hold the EXTNAME/);
    const same = { pv: new Map([[3, 1]]) };
    expect(() => tabRequests([keywords(0, same), keywords(1, same)])).toThrow(/PV2_3 = 1: the 2 axes/);
    expect(() => tabRequests([keywords(0, { pv: new Map([[3, 1.5]]) })])).toThrow(/PV1_3 = 1.5/);
  });
});

test("a large table of two axes is searched by its slabs, whichever way the axes run", () => {
  const [rows, columns] = [300, 400];
  const coordinates = new Float64Array(2 * rows * columns);
  const at = (i: number, j: number): [number, number] => [
    1e9 - 1e5 * i + 3e3 * Math.sin(j),
    0.01 * j * j + j + 0.001 * i,
  ];
  for (let j = 0; j < columns; j++)
    for (let i = 0; i < rows; i++) coordinates.set(at(i, j), 2 * (i + rows * j));
  const [request] = tabRequests([keywords(0), keywords(1)]);
  const axis = tabAxis(request!, { coordinates, shape: [columns, rows, 2], indexes: [undefined, undefined] });
  const points = Array.from({ length: 200 }, (_, n) => [1 + ((n * 37.7) % 299), 1 + ((n * 53.3) % 399)]);
  const values = [0, 1].map((m) => Float64Array.from(points, (point) => point[m]!));
  axis.toWorld(values, points.length);
  axis.toIntermediate(values, points.length);
  points.forEach((point, n) => {
    expect([values[0]![n], values[1]![n]]).toEqual(point.map((value) => expect.closeTo(value, 7)));
  });
});
