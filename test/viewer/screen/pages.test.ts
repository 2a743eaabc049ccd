/** Pages: values that came, the texels drawn of them, the levels at which they are drawn. */
import { describe, expect, test } from "vitest";
import { type DType, type NdArray, ndarray } from "../../../src/array.js";
import { binned, render } from "../../../src/picture/index.js";
import { stretches } from "../../../src/picture/stretch.js";
import { deposit } from "../../../viewer/src/screen/deposit.js";
import { levelColors, levelEdges } from "../../../viewer/src/screen/look.js";
import { drawTexels, missing, type Page } from "../../../viewer/src/screen/page.js";
import { newPages, type Pages } from "../../../viewer/src/screen/pages.js";
import { readingAt } from "../../../viewer/src/screen/readings.js";
import type { Supplies } from "../../../viewer/src/screen/supply.js";
import { originOf, plainOrigin, valueSample } from "../../../viewer/src/screen/values.js";
import { asymmetric, counting, openImage } from "./images.js";

const { signal } = new AbortController();

/** Pages of all levels, of the whole image. */
async function pagesOf(array: NdArray, supplies: Supplies, origin = plainOrigin): Promise<Pages> {
  const pages = newPages(supplies, 1e9);
  const supply = supplies.of(0);
  const levels = Array.from({ length: supplies.coarsest + 1 }, (_, level) => level);
  const all = { x0: 0, y0: 0, x1: supply.width, y1: supply.height };
  await deposit(array, all, { pages, supply, levels, origin, sample: valueSample(), signal });
  return pages;
}

const drawn = (page: Page, origin = plainOrigin, reach = 0): Float32Array => {
  const texels = new Float32Array(page.width * page.height);
  drawTexels(page, texels, origin, reach);
  return texels;
};

test("texels are means of all pixels under them, at every level, NaN left out", async () => {
  const data = asymmetric(700, 530);
  data.fill(Number.NaN, 0, 9);
  data[2 * 700 + 300] = Number.NaN;
  const array = ndarray<"float32">(data, [530, 700]);
  const { supplies } = await openImage(array);
  const pages = await pagesOf(array, supplies);
  expect(supplies.coarsest).toBe(2);
  for (let level = 0; level <= 2; level++) {
    const right = binned(array, { bin: 2 ** level });
    for (const page of pages.all()) {
      if (page.level !== level) continue;
      const texels = drawn(page);
      let worst = 0;
      for (let y = 0; y < page.height; y++)
        for (let x = 0; x < page.width; x++) {
          const is = texels[y * page.width + x]!;
          const should = right.data[(page.row * 256 + y) * right.shape[1]! + page.column * 256 + x]!;
          if (Number.isNaN(is) && Number.isNaN(should)) continue;
          worst = Math.max(worst, Number.isNaN(is) ? Number.POSITIVE_INFINITY : Math.abs(is - should));
        }
      expect(worst).toBeLessThan(1e-6);
    }
  }
});

test.each([
  ["uint8", 0],
  ["int16", -3000],
  ["int32", 2_000_000_000],
  ["uint32", 4_000_000_000],
  ["float64", 1e12],
  ["int64", 9_007_199_254_740_993n],
  ["uint64", 18_000_000_000_000_000_000n],
] as const)("values of %s are read as they are, and drawn to the last unit", async (dtype: DType, from) => {
  const array = counting(dtype, [40, 60], from);
  const { supplies } = await openImage(array);
  const origin = originOf(array.data);
  const pages = await pagesOf(array, supplies, origin);
  const held = { pages, coarsest: 0, origin, reachOf: () => 0 };
  const [page] = [...pages.all()];
  const texels = drawn(page!, origin);
  for (const [x, y] of [
    [0, 0],
    [59, 0],
    [7, 39],
  ] as const) {
    const value = array.data[y * 60 + x]!;
    expect(readingAt(held, x, y)).toEqual({ value, exact: true });
    const shown =
      typeof value === "bigint" ? Number(value - BigInt(origin.reference)) : value - origin.reference;
    expect(texels[y * 60 + x]).toBe(shown);
  }
});

test.each([1e307, 1e44, -1e44, 1e-60, 5e-310])(
  "values about %s are drawn at their levels, and their means read as they are",
  async (size) => {
    const data = Float64Array.from({ length: 40 * 60 }, (_, i) => size * (1 + i / 300));
    data[7] = 1.7e308;
    data[8] = Number.NaN;
    const array = ndarray<"float64">(data, [40, 60]);
    const { supplies } = await openImage(array);
    const origin = originOf(data);
    const pages = newPages(supplies, 1e9);
    const rect = { x0: 0, y0: 0, x1: 60, y1: 40 };
    const sample = valueSample();
    await deposit(array, rect, { pages, supply: supplies.of(0), levels: [0, 1], origin, sample, signal });
    const texels = drawn(pages.get({ level: 0, column: 0, row: 0 })!, origin);
    const [vmin, vmax] = [Math.min(size, 9 * size), Math.max(size, 9 * size)];
    const look = {
      stretch: "linear",
      limits: "minmax",
      vmin,
      vmax,
      colormap: "gray",
      invert: false,
    } as const;
    const edges = levelEdges(look, { vmin, vmax }, sample, origin);
    const right = render(array, { stretch: "linear", vmin, vmax });
    for (let i = 0; i < data.length; i++) {
      const level = edges.findLastIndex((edge) => texels[i]! >= edge);
      const shown = right.rgb[3 * ((39 - Math.floor(i / 60)) * 60 + (i % 60))]!;
      if (i !== 8) expect(Math.abs(level - shown)).toBeLessThanOrEqual(1);
    }
    expect(texels[8]).toBeNaN();
    const coarse = pages.get({ level: 1, column: 0, row: 0 })!;
    const mean = [0, 1, 60, 61].reduce((sum, next) => sum + data[60 * 20 + 20 + next]! / 4, 0);
    const kept = (coarse.mean![10 * 30 + 10]! + origin.reference) / origin.unit;
    expect(Math.abs(kept / mean - 1)).toBeLessThan(1e-6);
  },
);

test("a value that stands for none does not change the unit of the others", () => {
  const data = Float64Array.from({ length: 1000 }, (_, i) => (i % 20 === 0 ? -1.797e308 : 1 + i));
  expect(originOf(data).unit).toBe(1);
  expect(originOf(new Float64Array(50))).toEqual({ unit: 1, reference: 0 });
});

test("a row that was not read is drawn as the nearest one that was, within reach, and is not exact", async () => {
  const array = ndarray<"float32">(asymmetric(300, 200), [200, 300]);
  const { supplies, image } = await openImage(array);
  const pages = newPages(supplies, 1e9);
  const supply = supplies.of(0);
  for (const y of [10, 30]) {
    const rect = { x0: 0, y0: y, x1: 256, y1: y + 1 };
    const row = await image.section(supply.selection(rect));
    await deposit(row, rect, {
      pages,
      supply,
      levels: [0],
      origin: plainOrigin,
      sample: valueSample(),
      signal,
    });
  }
  const page = pages.get({ level: 0, column: 0, row: 0 })!;
  const texels = drawn(page, plainOrigin, 12);
  const rowAt = (y: number): number[] => [...texels.subarray(y * 256, (y + 1) * 256)];
  const right = (y: number): number[] => [...(array.data as Float32Array).subarray(y * 300, y * 300 + 256)];
  expect([rowAt(10), rowAt(0), rowAt(19), rowAt(21), rowAt(42)]).toEqual([10, 10, 10, 30, 30].map(right));
  expect(new Set(rowAt(43))).toEqual(new Set([Math.fround(missing)]));
  const held = { pages, coarsest: 1, origin: plainOrigin, reachOf: () => 12 };
  expect(readingAt(held, 5, 10)).toEqual({ value: right(10)[5], exact: true });
  expect(readingAt(held, 5, 12)).toEqual({ value: right(10)[5], exact: false });
  expect([readingAt(held, 5, 43), readingAt(held, 260, 10)]).toEqual([undefined, undefined]);
});

test("a tile that was not read is drawn as the median of the nearest one that was", async () => {
  const array = ndarray<"float32">(asymmetric(300, 200), [200, 300]);
  const { supplies, image } = await openImage(array, [50, 60]);
  const pages = newPages(supplies, 1e9);
  const supply = supplies.of(0);
  const rect = { x0: 60, y0: 50, x1: 120, y1: 100 };
  const tile = await image.section(supply.selection(rect));
  await deposit(tile, rect, {
    pages,
    supply,
    levels: [0],
    origin: plainOrigin,
    sample: valueSample(),
    signal,
  });
  const texels = drawn(pages.get({ level: 0, column: 0, row: 0 })!, plainOrigin, 1);
  expect(texels[75 * 256 + 100]).toBe(array.data[75 * 300 + 100]);
  const beside = texels[75 * 256 + 130]!;
  expect(Math.abs(beside - [...(tile.data as Float32Array)].sort()[1500]!)).toBeLessThan(0.05);
  expect([texels[20 * 256 + 10], texels[149 * 256 + 179]]).toEqual([beside, beside]);
  expect(texels[75 * 256 + 190]).toBe(Math.fround(missing));
});

test("what was in sight longest ago makes room", async () => {
  const array = ndarray<"float32">(asymmetric(1024, 256), [256, 1024]);
  const { supplies } = await openImage(array);
  const pages = newPages(supplies, 3 * 270_000);
  const supply = supplies.of(0);
  for (const column of [2, 0, 1, 3]) {
    const rect = { x0: 256 * column, y0: 0, x1: 256 * (column + 1), y1: 256 };
    const data = new Float32Array(256 * 256);
    const part = ndarray<"float32">(data, [256, 256]);
    await deposit(part, rect, {
      pages,
      supply,
      levels: [0],
      origin: plainOrigin,
      sample: valueSample(),
      signal,
    });
    pages.trim((page) => page.column === column);
  }
  expect([...pages.all()].map(({ column }) => column).sort()).toEqual([0, 1, 3]);
  expect(pages.bytes).toBeLessThanOrEqual(3 * 270_000);
});

describe("the levels at which values are drawn", () => {
  const data = asymmetric(120, 90);
  const sample = valueSample();
  sample.add(data, 0, data.length);
  const look = { limits: "minmax", vmin: undefined, vmax: undefined, colormap: "magma" } as const;

  test.each(stretches)("%s: those of fitslice/picture", (stretch) => {
    for (const [vmin, vmax] of [
      [0.3, 2.7],
      [-5, 1e6],
      [1, 1],
    ] as const) {
      const edges = levelEdges({ ...look, stretch, invert: false }, { vmin, vmax }, sample, plainOrigin);
      const colors = levelColors({ ...look, stretch, invert: true });
      const right = render(ndarray<"float32">(data, [90, 120]), { stretch, vmin, vmax, colormap: "magma_r" });
      let wrong = 0;
      for (let y = 0; y < 90; y++)
        for (let x = 0; x < 120; x++) {
          const value = data[y * 120 + x]!;
          let level = 0;
          for (let step = 128; step > 0; step >>= 1) if (value >= edges[level + step]!) level += step;
          const at = 3 * ((89 - y) * 120 + x);
          const color = right.rgb.subarray(at, at + 3);
          if (color.some((part, i) => part !== colors[4 * level + i])) wrong++;
        }
      expect(wrong).toBe(0);
    }
  });
});

test("an image of one value is darkest on a GPU that takes subnormal numbers for 0", () => {
  const look = {
    stretch: "asinh",
    limits: "zscale",
    vmin: 7.25,
    vmax: 7.25,
    colormap: "gray",
    invert: false,
  } as const;
  const edges = levelEdges(look, { vmin: 7.25, vmax: 7.25 }, valueSample(), {
    ...plainOrigin,
    reference: 7.25,
  });
  expect(edges[0]).toBe(Number.NEGATIVE_INFINITY);
  // The value is 0 from its reference.
  expect(edges.subarray(1).every((edge) => edge === 2 ** -126)).toBe(true);
});

test("a sample of values is spread over all of them, with the extremes of all", () => {
  const sample = valueSample();
  const row = new Float64Array(100_000);
  for (let y = 0; y < 20; y++) {
    for (let x = 0; x < row.length; x++) row[x] = y * row.length + x;
    sample.add(row, 0, row.length);
  }
  const values = sample.values();
  sample.add(Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY, -1), 0, 3);
  expect(values.length).toBeGreaterThan(1 << 17);
  expect(values.every((value, i) => i === 0 || value - values[i - 1]! === values[1]! - values[0]!)).toBe(
    true,
  );
  expect([sample.seen, sample.extremes]).toEqual([2_000_001, { vmin: -1, vmax: 1_999_999 }]);
});
