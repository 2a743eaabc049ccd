/**
 * Frames against astropy's SkyCoord (test/fixtures/wcs/make_frames.py), and there and back.
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { convertFrame, convertPoint, isSameFrame } from "../../../src/wcs/frames/convert.js";
import type { Frame } from "../../../src/wcs/frames/frame.js";

type Row = [lon: number, lat: number, toLon: number, toLat: number];
const { frames, cases } = JSON.parse(readFileSync("test/fixtures/wcs/frames.json", "utf8")) as {
  frames: Frame[];
  cases: [number, number, ...Row[]][];
};

/** Degrees between two positions, exact for small ones. */
function separation(lon: number, lat: number, otherLon: number, otherLat: number): number {
  const r = Math.PI / 180;
  const dLat = Math.sin(((lat - otherLat) * r) / 2);
  const dLon = Math.sin(((lon - otherLon) * r) / 2);
  const h = dLat * dLat + Math.cos(lat * r) * Math.cos(otherLat * r) * dLon * dLon;
  return (2 * Math.asin(Math.min(1, Math.sqrt(h)))) / r;
}

const anyFrame = fc.constantFrom(...frames);
const anyPoint = fc.tuple(
  fc.double({ min: 0, max: 359.999, noNaN: true }),
  fc.double({ min: -90, max: 90, noNaN: true }),
);

describe("convertFrame", () => {
  test("agrees with astropy to 1e-9 degrees, for all pairs of frames and equinoxes 1850 to 2100", () => {
    expect(cases.length).toBe(frames.length ** 2);
    const wrong: string[] = [];
    for (const [from, to, ...rows] of cases) {
      const { lon, lat } = convertFrame(
        Float64Array.from(rows, ([x]) => x),
        Float64Array.from(rows, ([, y]) => y),
        frames[from]!,
        frames[to]!,
      );
      rows.forEach(([x, y, toLon, toLat], i) => {
        const off = separation(lon[i]!, lat[i]!, toLon, toLat);
        if (!(off < 1e-9))
          wrong.push(`${JSON.stringify(frames[from])} -> ${JSON.stringify(frames[to])} ${x},${y}: ${off}`);
      });
    }
    expect(wrong).toEqual([]);
  });

  test("comes back", () => {
    fc.assert(
      fc.property(anyFrame, anyFrame, anyPoint, (from, to, point) => {
        const back = convertPoint(convertPoint(point, from, to), to, from)!;
        // Murray's matrix is no rotation, and its transpose not quite the inverse.
        expect(separation(...point, ...back)).toBeLessThan(3e-7);
      }),
    );
  });

  test("gives longitudes from 0 to 360 and latitudes within 90", () => {
    fc.assert(
      fc.property(anyFrame, anyFrame, anyPoint, (from, to, point) => {
        const [lon, lat] = convertPoint(point, from, to)!;
        expect(lon).toBeGreaterThanOrEqual(0);
        expect(lon).toBeLessThan(360);
        expect(Math.abs(lat)).toBeLessThanOrEqual(90);
      }),
    );
  });

  test("leaves the arrays it was given alone, and NaN where there is none", () => {
    const lon = Float64Array.of(10, Number.NaN);
    const lat = Float64Array.of(20, 30);
    const result = convertFrame(lon, lat, { name: "icrs" }, { name: "galactic" });
    expect([...lon, ...lat]).toEqual([10, Number.NaN, 20, 30]);
    expect([result.lon[1], result.lat[1]]).toEqual([Number.NaN, Number.NaN]);
    expect(convertPoint(null, { name: "icrs" }, { name: "galactic" })).toBeNull();
  });

  test("refuses frames that are not known", () => {
    expect(() => convertPoint([1, 2], { name: "unknown" }, { name: "icrs" })).toThrow(
      /unknown celestial frame/,
    );
    expect(() => convertPoint([1, 2], { name: "icrs" }, { name: "unknown" })).toThrow(
      /unknown celestial frame/,
    );
  });

  test("knows the default equinoxes", () => {
    expect(isSameFrame({ name: "fk4" }, { name: "fk4", equinox: 1950 })).toBe(true);
    expect(isSameFrame({ name: "fk5" }, { name: "fk5", equinox: 2000 })).toBe(true);
    expect(isSameFrame({ name: "fk5" }, { name: "fk5", equinox: 1950 })).toBe(false);
    expect(isSameFrame({ name: "unknown" }, { name: "unknown" })).toBe(false);
  });
});
