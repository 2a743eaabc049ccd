/**
 * Headers in every dialect, with the answers of astropy (fixtures/wcs/make_dialects.py).
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type WcsOptions, wcsOf } from "../../src/wcs/index.js";
import { headerOfCards } from "./headers.js";

interface Case {
  readonly name: string;
  readonly cards: readonly string[];
  readonly select: WcsOptions;
  readonly points: readonly {
    readonly pixel: readonly number[];
    readonly world: readonly number[] | null;
    readonly back: readonly number[] | null;
  }[];
}

const cases = JSON.parse(readFileSync("test/fixtures/wcs/dialects.json", "utf8")) as Case[];

test("there are some dozens of headers", () => {
  expect(cases.length).toBeGreaterThan(60);
});

const arrays = (point: readonly number[]): Float64Array[] => point.map((value) => Float64Array.of(value));

describe("world coordinates and pixels are astropy's", () => {
  test.each(cases)("$name", ({ cards, select, points }) => {
    const wcs = wcsOf(headerOfCards(cards), select);
    expect(wcs.axes.length).toBe(points[0]!.pixel.length);
    for (const { pixel, world, back } of points) {
      const found = wcs.toWorld(arrays(pixel.map((value) => value - 1))).map((values) => values[0]!);
      if (!world) expect(found.some(Number.isNaN)).toBe(true);
      else {
        for (const [axis, value] of world.entries()) {
          const tolerance = wcs.axes[axis]!.unit === "deg" ? 1e-9 : 1e-10 * Math.max(1, Math.abs(value));
          expect([axis, Math.abs(found[axis]! - value) < tolerance, found, world]).toEqual([
            axis,
            true,
            found,
            world,
          ]);
        }
        const pixels = wcs.toPixel(arrays(world)).map((values) => values[0]! + 1);
        for (const [axis, value] of (back ?? []).entries())
          expect([pixels, Math.abs(pixels[axis]! - value) < 1e-6]).toEqual([pixels, true]);
      }
    }
  });
});
