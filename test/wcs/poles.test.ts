/**
 * Plain longitudes at places where several are right: at a pole of the sky, and on longitude 0, which is 360. All are those
 * of astropy 5.2 (wcslib 7.12), so that numbers can be compared as they stand.
 */
import { describe, expect, test } from "vitest";
import { wcsOf } from "../../src/wcs/index.js";
import { headerOf } from "./headers.js";

type Values = Parameters<typeof headerOf>[0];

function header(code: string, crval: readonly [number, number], crpix: readonly [number, number]): Values {
  return {
    CTYPE1: `RA---${code}`,
    CTYPE2: `DEC--${code}`,
    CRVAL1: crval[0],
    CRVAL2: crval[1],
    CRPIX1: crpix[0],
    CRPIX2: crpix[1],
  };
}

const skyOf = (values: Values, x: number, y: number): readonly [number, number] | null =>
  wcsOf(headerOf(values)).celestial!.toSky(x - 1, y - 1);

describe("at the reference point, which is a pole", () => {
  test.each([
    ["COD", [0, -90], { PV2_1: 45, PV2_2: 25, LONPOLE: 180, LATPOLE: -45 }, 180],
    ["COP", [0, -90], { PV2_1: 45, PV2_2: 25, LONPOLE: 180, LATPOLE: -45 }, 0],
    ["XPH", [90, 90], {}, 270],
    ["XPH", [-90, 90], { LATPOLE: 90 }, -270],
    ["XPH", [90, -90], {}, 270],
    ["TAN", [10, 90], {}, 190],
    ["TAN", [10, -90], {}, 190],
  ] as const)("%s about %j", (code, crval, more, longitude) => {
    const steps = { CDELT1: -0.1, CDELT2: 0.1 };
    const found = skyOf({ ...header(code, crval, [20, 30]), ...steps, ...more }, 20, 30);
    expect(found).toEqual([longitude, crval[1]]);
  });
});

test("TAN about a pole has longitude 0, not 360, on the meridian of 0", () => {
  const values = { ...header("TAN", [180, 90], [32.5, 41]), CDELT1: -1, CDELT2: 0.9755 };
  expect(skyOf(values, 32.5, 40.5)![0]).toBe(0);
});
