import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FitsError } from "../../src/errors.js";
import { rotationOf } from "../../src/wcs/sphere.js";

type Row = readonly [a: number, b: number, c: number, d: number];
interface Case {
  readonly crval: readonly [number, number];
  readonly phi0: number;
  readonly theta0: number;
  readonly lonpole: number | null;
  readonly latpole: number | null;
  readonly resolved?: readonly [number, number];
  readonly native?: readonly Row[];
  readonly sky?: readonly Row[];
  readonly error?: true;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(resolve("test", "fixtures", "wcs", "rotations.json"), "utf8"),
);

function options(c: Case): Parameters<typeof rotationOf>[0] {
  return {
    lon0: c.crval[0],
    lat0: c.crval[1],
    phi0: c.phi0,
    theta0: c.theta0,
    lonpole: c.lonpole ?? undefined,
    latpole: c.latpole ?? undefined,
  };
}

function distance(lonA: number, latA: number, lonB: number, latB: number): number {
  const turn = Math.abs(lonA - lonB) % 360;
  const across = Math.min(turn, 360 - turn) * Math.cos((latB * Math.PI) / 180);
  return Math.max(across, Math.abs(latA - latB));
}

const works = cases.filter((c) => c.error === undefined);
const name = (c: Case): string => `${c.crval} ${c.phi0} ${c.theta0} ${c.lonpole} ${c.latpole}`;

describe("rotation", () => {
  it("resolves LONPOLE and LATPOLE as wcslib does", () => {
    for (const c of works) {
      const rotation = rotationOf(options(c));
      expect(rotation.lonpole, name(c)).toBeCloseTo(c.resolved![0], 10);
      expect(rotation.latpole, name(c)).toBeCloseTo(c.resolved![1], 8);
    }
  });

  it("has no pole where wcslib has none, and says so in one line", () => {
    const none = cases.filter((c) => c.error);
    expect(none.length).toBeGreaterThan(10);
    for (const c of none) {
      expect(() => rotationOf(options(c)), name(c)).toThrow(FitsError);
      expect(() => rotationOf(options(c)), name(c)).toThrow(/^no celestial pole for CRVAL .*[^\n]$/);
    }
  });

  it("turns both ways as wcslib does, longitudes in the range of the pole's sign", () => {
    for (const c of works) {
      const rotation = rotationOf(options(c));
      for (const [way, rows] of [
        ["toCelestial", c.native!],
        ["toNative", c.sky!],
      ] as const) {
        const a = Float64Array.from(rows, (row) => row[0]);
        const b = Float64Array.from(rows, (row) => row[1]);
        rotation[way](a, b, a.length);
        for (const [i, row] of rows.entries()) {
          expect(distance(a[i]!, b[i]!, row[2], row[3]), `${way} ${name(c)} ${row}`).toBeLessThan(1e-11);
          if (way === "toCelestial" && c.crval[1] !== 90) {
            expect(Math.abs(a[i]! - row[2]), `${way} ${name(c)} ${row}`).toBeLessThan(1);
          }
        }
      }
    }
  });

  it("gives the reference point exactly", () => {
    for (const [lon0, lat0] of [
      [0, 0],
      [10, 20],
      [290.5, -30],
      [-70, 45.25],
      [359.9, 89.9999],
    ] as const) {
      const lon = Float64Array.of(0);
      const lat = Float64Array.of(90);
      rotationOf({ lon0, lat0, phi0: 0, theta0: 90 }).toCelestial(lon, lat, 1);
      expect([lon[0], lat[0]]).toEqual([lon0, lat0]);
    }
  });

  it("comes back to 1e-12 degrees on a grid, at the poles and close to them", () => {
    for (const pole of [
      { lon0: 0, lat0: 90 },
      { lon0: 0, lat0: 90 - 1e-6 },
      { lon0: 40, lat0: 12.5 },
      { lon0: 110, lat0: -90 },
    ]) {
      const rotation = rotationOf({ ...pole, phi0: 0, theta0: 90, lonpole: 77 });
      const lats = [-90, -89.999999, -60, -0.5, 0, 1e-9, 30, 89.5, 89.999999999, 90];
      for (const lat of lats) {
        const lon = Float64Array.from({ length: 73 }, (_, i) => 5 * i);
        const parallel = new Float64Array(73).fill(lat);
        rotation.toNative(lon, parallel, 73);
        rotation.toCelestial(lon, parallel, 73);
        for (let i = 0; i < 73; i++) {
          expect(distance(lon[i]!, parallel[i]!, 5 * i, lat)).toBeLessThan(1e-12);
        }
      }
    }
  });

  it("reads 999 as a LONPOLE and LATPOLE that are not there", () => {
    const without = rotationOf({ lon0: 10, lat0: 20, phi0: 0, theta0: 0 });
    const nines = rotationOf({ lon0: 10, lat0: 20, phi0: 0, theta0: 0, lonpole: 999, latpole: 999 });
    expect([nines.lonpole, nines.latpole]).toEqual([without.lonpole, without.latpole]);
  });

  it("never has one coordinate alone, and refuses values that are no numbers", () => {
    const rotation = rotationOf({ lon0: 10, lat0: 90, phi0: 0, theta0: 90 });
    for (const way of ["toCelestial", "toNative"] as const) {
      const lon = Float64Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY);
      const lat = Float64Array.of(1, Number.NaN, 0);
      rotation[way](lon, lat, 3);
      expect([...lon, ...lat]).toEqual(new Array(6).fill(Number.NaN));
    }
    expect(() => rotationOf({ lon0: Number.NaN, lat0: 0, phi0: 0, theta0: 90 })).toThrow(
      /not a finite number/,
    );
    expect(() => rotationOf({ lon0: 0, lat0: 91, phi0: 0, theta0: 90 })).toThrow(/beyond a pole/);
  });

  it("comes back wherever a pole can be found", () => {
    const angle = (most: number): fc.Arbitrary<number> => fc.double({ min: -most, max: most, noNaN: true });
    fc.assert(
      fc.property(
        fc.record({
          lon0: angle(360),
          lat0: angle(90),
          phi0: angle(180),
          theta0: angle(90),
          lonpole: angle(180),
        }),
        angle(180),
        angle(90),
        (given, phi, theta) => {
          let rotation: ReturnType<typeof rotationOf>;
          try {
            rotation = rotationOf(given);
          } catch (error) {
            expect(error).toBeInstanceOf(FitsError);
            return;
          }
          const a = Float64Array.of(phi);
          const b = Float64Array.of(theta);
          rotation.toCelestial(a, b, 1);
          expect(Math.abs(b[0]!)).toBeLessThanOrEqual(90);
          expect(Math.abs(a[0]!)).toBeLessThanOrEqual(360);
          rotation.toNative(a, b, 1);
          expect(Math.abs(a[0]!)).toBeLessThanOrEqual(180);
          expect(distance(a[0]!, b[0]!, phi, theta)).toBeLessThan(1e-12);
        },
      ),
    );
  });
});
