/**
 * Spectral and logarithmic axes against wcslib (test/fixtures/wcs/make_axes.py).
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AxisTransform } from "../../../src/wcs/axes/axis.js";
import { logAxis } from "../../../src/wcs/axes/linear.js";
import { spectralAxis, spectralUnit } from "../../../src/wcs/axes/spectral-axis.js";

type Case = [
  ctype: string,
  crval: number,
  restfrq: number,
  pv: [number, number][],
  offsets: number[],
  world: (number | null)[],
  back: (number | null)[],
];
const cases = JSON.parse(readFileSync("test/fixtures/wcs/axes.json", "utf8")) as Case[];

const world = (axis: AxisTransform, values: readonly number[]): number[] => {
  const array = Float64Array.from(values);
  axis.toWorld([array], array.length);
  return [...array];
};
const intermediate = (axis: AxisTransform, values: readonly number[]): number[] => {
  const array = Float64Array.from(values);
  axis.toIntermediate([array], array.length);
  return [...array];
};
const axisOf = ([ctype, crval, restfrq, pv]: Case): AxisTransform =>
  ctype.startsWith("XYZ")
    ? logAxis(0, crval)
    : spectralAxis({ axis: 0, ctype, crval, restfrq, pv: new Map(pv) });

describe("spectralAxis", () => {
  test("agrees with wcslib to 1e-9, for all quantities and all algorithms", () => {
    expect(new Set(cases.map(([ctype]) => ctype)).size).toBeGreaterThan(70);
    const wrong: string[] = [];
    for (const each of cases) {
      const [ctype, crval, , , offsets, expected, back] = each;
      const found = world(axisOf(each), offsets);
      const span = Math.max(Math.abs(crval), ...offsets.map(Math.abs));
      offsets.forEach((offset, i) => {
        const off = Math.abs(found[i]! - (expected[i] ?? Number.NaN)) / span;
        if (!(off < 1e-9)) wrong.push(`${ctype} ${crval} ${offset}: ${found[i]} for ${expected[i]} ${off}`);
      });
      const returned = intermediate(axisOf(each), found);
      const size = Math.max(...offsets.map(Math.abs));
      offsets.forEach((_, i) => {
        const off = Math.abs(returned[i]! - (back[i] ?? Number.NaN)) / size;
        if (!(off < 1e-9)) wrong.push(`${ctype} back ${off}`);
      });
    }
    expect(wrong).toEqual([]);
  });

  test("comes back, for any quantity and algorithm", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...cases.filter(([ctype]) => !ctype.includes("GR"))),
        fc.double({ min: -1, max: 1, noNaN: true }),
        (each, part) => {
          const size = Math.max(...each[4].map(Math.abs));
          const axis = axisOf(each);
          const [back] = intermediate(axis, world(axis, [part * size]));
          expect(Math.abs(back! - part * size)).toBeLessThan(1e-9 * Math.max(size, Math.abs(each[1])));
        },
      ),
    );
  });

  test("takes RESTWAV in place of RESTFRQ, and reads lower case and other numbers of dashes", () => {
    const restfrq = 1.42040575e9;
    const given = { axis: 2, crval: 1e6 };
    const byFrequency = spectralAxis({ ...given, ctype: "VOPT-F2W", restfrq });
    const byWavelength = spectralAxis({ ...given, ctype: "vopt--f2w ", restwav: 299792458 / restfrq });
    expect(byFrequency.axes).toEqual([2]);
    expect(world(byWavelength, [5e5])[0]).toBeCloseTo(world(byFrequency, [5e5])[0]!, 6);
  });

  test("knows air from vacuum", () => {
    const axis = spectralAxis({ axis: 0, ctype: "AWAV-W2A", crval: 5e-7 });
    expect(world(axis, [0])[0]).toBeCloseTo(5e-7, 20);
    // 0.1 nm in air are more in vacuum by the group index.
    const vacuum = spectralAxis({ axis: 0, ctype: "WAVE-A2W", crval: 5.0014e-7 });
    expect(world(vacuum, [1e-10])[0]! - world(vacuum, [0])[0]!).toBeCloseTo(1e-10, 15);
  });

  test("gives NaN where no light is", () => {
    // A wavelength below zero; a velocity beyond that of light; a wavelength that the grating cannot diffract.
    const wave = spectralAxis({ axis: 0, ctype: "FREQ-W2F", crval: 1e9 });
    expect(world(wave, [3e9])[0]).toBeNaN();
    const velocity = spectralAxis({ axis: 0, ctype: "WAVE-V2W", crval: 0.21, restwav: 0.21 });
    expect(world(velocity, [0.3])[0]).toBeNaN();
    const pv = new Map([[0, 1e6], [1, 1]]); // biome-ignore format: pairs
    const grism = spectralAxis({ axis: 0, ctype: "WAVE-GRI", crval: 5e-7, pv });
    expect(intermediate(grism, [1.1e-6])[0]).toBeNaN();
    expect(world(wave, [Number.NaN])[0]).toBeNaN();
  });

  test.each([
    ["VOPT-F2W", 1e5, {}, /CTYPE1 = 'VOPT-F2W' needs a rest frequency/],
    ["WAVE-V2W", 0.2, {}, /needs a rest frequency/],
    ["FREQ-F2W", 1e9, {}, /FREQ goes with -X2F/],
    ["FREQ-XYZ", 1e9, {}, /algorithm that does not fit/],
    ["FREQ-W2F", 0, {}, /cannot have the value CRVAL = 0/],
    ["VELO-F2V", 4e8, { restfrq: 1e9 }, /cannot have the value/],
    ["WAVE-GRI", 5e-7, {}, /grism that passes no light/],
    ["LAMB-F2W", 5e-7, {}, /no spectral type/],
    ["__proto__", 5e-7, {}, /no spectral type/],
  ])("refuses %s of %d in one line", (ctype, crval, rest, message) => {
    expect(() => spectralAxis({ axis: 0, ctype, crval, ...rest })).toThrow(message);
  });
});

test("units of spectral quantities are SI", () => {
  const names = "FREQ AFRQ ENER WAVN VRAD WAVE VOPT ZOPT AWAV VELO BETA XXXX".split(" ");
  expect(names.map(spectralUnit)).toEqual([
    "Hz",
    "rad/s",
    "J",
    "/m",
    "m/s",
    "m",
    "m/s",
    "",
    "m",
    "m/s",
    "",
    undefined,
  ]);
});

test("logarithmic axes have no values of the other sign, and none at all about zero", () => {
  expect(world(logAxis(0, -5), [0, 5])).toEqual([-5, -5 * Math.exp(-1)]);
  expect(intermediate(logAxis(0, 10), [10, -1, 0])).toEqual([0, Number.NaN, Number.NaN]);
  expect(world(logAxis(0, 0), [0, 1])).toEqual([Number.NaN, Number.NaN]);
});
