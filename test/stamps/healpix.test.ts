import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { healpix29 } from "../../src/stamps/healpix.js";

const truth = JSON.parse(readFileSync("test/fixtures/stamps/healpix.json", "utf8")) as [
  number,
  number,
  string,
][];

test("pixels of order 29 are those of astropy_healpix, near the poles and at the edges of faces, too", () => {
  expect(truth.length).toBeGreaterThan(300);
  const wrong = truth.filter(([lon, lat, pixel]) => healpix29(lon, lat) !== BigInt(pixel));
  // A pixel is 0.4 milliarcseconds wide: a position within a rounding of its edge may be its neighbor's.
  expect(wrong).toEqual([]);
});

test("longitudes beyond a turn are the same place, and poles are in a face", () => {
  expect(healpix29(-75, 12)).toBe(healpix29(285, 12));
  expect(healpix29(725, 12)).toBe(healpix29(5, 12));
  expect(healpix29(10, 90)).toBe(2n ** 58n - 1n);
  expect(healpix29(10, -90)).toBe(8n * 2n ** 58n);
});
