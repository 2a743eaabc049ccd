import { describe, expect, test } from "vitest";
import { chooser } from "../../src/stamps/choose.js";
import { depth, parsePolygon } from "../../src/stamps/polygon.js";

/** A square of `side` degrees around a position, whose edges are nearly those of the coordinates. */
function square(lon: number, lat: number, side: number): string {
  const half = side / 2;
  const wide = half / Math.cos((lat * Math.PI) / 180);
  const corners = [
    [lon - wide, lat - half],
    [lon - wide, lat + half],
    [lon + wide, lat + half],
    [lon + wide, lat - half],
  ];
  return `POLYGON ICRS ${corners.map(([ra, dec]) => `${(ra! + 360) % 360} ${dec}`).join(" ")}`;
}

describe("how deep a position lies within a footprint", () => {
  test("is the distance to the nearest edge, across 0 as elsewhere", () => {
    const polygon = parsePolygon(square(0, 0, 0.2));
    expect(depth(polygon, 0, 0)).toBeCloseTo(0.1, 6);
    expect(depth(polygon, 359.95, 0)).toBeCloseTo(0.05, 6);
    expect(depth(polygon, 0.07, 0.02)).toBeCloseTo(0.03, 6);
    expect(depth(polygon, 0.15, 0)).toBeCloseTo(-0.05, 6);
    expect(depth(polygon, 0.1 + 0.03, 0.1 + 0.04)).toBeCloseTo(-0.05, 5);
  });

  test("counts as nothing where the footprint is on the other side of the sky", () => {
    expect(depth(parsePolygon(square(180, 0, 1)), 0, 0)).toBe(Number.NEGATIVE_INFINITY);
  });

  test("needs a region that is one", () => {
    expect(parsePolygon("polygon 1 2 3 4, 5 6")).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    for (const wrong of [
      "CIRCLE ICRS 1 2 3",
      "POLYGON ICRS 1 2 3 4",
      "POLYGON GALACTIC 1 2 3 4 5 6",
      "POLYGON 1 2 3 4 5 x",
      "",
    ])
      expect(() => parsePolygon(wrong)).toThrow("no footprint");
  });
});

describe("the image that is chosen", () => {
  const rows = [
    { access_url: "west", s_region: square(9.9, 50, 0.3) },
    { access_url: "here", s_region: square(10, 50, 0.3) },
    { access_url: "far", s_region: square(200, -50, 0.3) },
    { access_url: "wide", s_region: square(11, 50, 1.4) },
  ];
  const { matches } = chooser(rows);

  test("is the one in which the target lies deepest; others that it touches come behind", () => {
    expect(matches(10, 50, 0.001).map(({ footprint }) => footprint.access_url)).toEqual([
      "here",
      "west",
      "wide",
    ]);
    expect(matches(10.8, 50, 0.001).map(({ footprint }) => footprint.access_url)).toEqual(["wide"]);
  });

  test("need not hold the target itself, if the cutout reaches it", () => {
    const [match, ...none] = matches(200, -49.845, 0.01);
    expect(none).toEqual([]);
    expect(match!.footprint.access_url).toBe("far");
    expect(match!.depth).toBeCloseTo(-0.005, 3); // its edge is a great circle, no parallel
    expect(matches(200, -49.83, 0.01)).toEqual([]);
  });

  test("is none where there is no footprint", () => {
    expect(chooser([]).matches(0, 0, 1)).toEqual([]);
  });
});
