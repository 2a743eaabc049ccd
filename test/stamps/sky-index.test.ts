import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { distance, skyIndex } from "../../src/stamps/sky-index.js";

const lonOf = fc.double({ min: -10, max: 370, noNaN: true });
const latOf = fc.oneof(
  fc.double({ min: -90, max: 90, noNaN: true }),
  fc.constantFrom(-90, 90, 89.99, -89.99, 0),
);
const circle = fc.record({
  lon: lonOf,
  lat: latOf,
  radius: fc.oneof(fc.double({ min: 0, max: 2, noNaN: true }), fc.double({ min: 0, max: 60, noNaN: true })),
});

describe("an index of circles on the sky", () => {
  test("finds what looking at every circle finds, around poles and across 0 as well", () => {
    fc.assert(
      fc.property(fc.array(circle, { maxLength: 40 }), circle, (circles, around) => {
        const index = skyIndex({
          lon: circles.map(({ lon }) => lon),
          lat: circles.map(({ lat }) => lat),
          radius: circles.map(({ radius }) => radius),
        });
        const expected = circles.flatMap(({ lon, lat, radius }, i) =>
          distance(around.lon, around.lat, lon, lat) <= radius + around.radius + 1e-9 ? [i] : [],
        );
        expect(index.near(around.lon, around.lat, around.radius)).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test("of no circle finds none", () => {
    expect(skyIndex({ lon: [], lat: [], radius: [] }).near(0, 0, 180)).toEqual([]);
  });
});

test("distances are exact for arcseconds as for half the sky", () => {
  expect(distance(10, 20, 10, 20 + 1 / 3600)).toBeCloseTo(1 / 3600, 14);
  expect(distance(359.5, 0, 0.5, 0)).toBeCloseTo(1, 12);
  expect(distance(0, 90, 123, -90)).toBeCloseTo(180, 6);
});
