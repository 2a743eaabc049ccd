/**
 * Axes in other orders and directions than usual: pixels are in the order of FITS axes, positions longitude first. The numbers are
 * astropy's.
 */
import { expect, test } from "vitest";
import { wcsOf } from "../../src/wcs/index.js";
import { headerOf } from "./headers.js";

const image = { NAXIS: 2, NAXIS1: 200, NAXIS2: 100, CRPIX1: 100, CRPIX2: 50, RADESYS: "ICRS" };
/** FITS pixels, counted from 1: along axis 1, along axis 2. */
const pixels = [
  [1, 1],
  [150, 20],
  [200, 100],
] as const;

const cases = {
  "DEC on axis 1 and RA on axis 2": {
    header: {
      ...image,
      ...{ CTYPE1: "DEC--TAN", CTYPE2: "RA---TAN", CRVAL1: 10, CRVAL2: 50 },
      ...{ CD1_1: 1e-3, CD1_2: 2e-4, CD2_1: 3e-4, CD2_2: -1e-3 },
    },
    sky: [
      [50.019591173123, 9.891199563971377],
      [50.045700376105145, 10.043996861404311],
      [49.979684591370095, 10.109999242444516],
    ],
  },
  "a reference point at the pole (sky cells of mosaics)": {
    header: {
      ...image,
      ...{ CTYPE1: "RA---TAN", CTYPE2: "DEC--TAN", CRVAL1: 0, CRVAL2: 90 },
      ...{ CD1_1: -1e-3, CD1_2: 0, CD2_1: 0, CD2_2: 1e-3 },
    },
    sky: [
      [243.66691427422023, 89.88953747348533],
      [120.96375653207352, 89.94169050118191],
      [63.43494882292201, 89.88819674302994],
    ],
  },
  "SIP in a field that lies on its side, RA along axis 2": {
    header: {
      ...image,
      ...{ CTYPE1: "RA---TAN-SIP", CTYPE2: "DEC--TAN-SIP", CRVAL1: 266.561, CRVAL2: -28.7225 },
      ...{ CD1_1: 1e-7, CD1_2: 1.7e-5, CD2_1: 1.7e-5, CD2_2: -1e-7 },
      ...{ A_ORDER: 2, B_ORDER: 2, A_2_0: 1e-6, A_1_1: 2e-6, B_0_2: -3e-6, B_1_1: 1e-6 },
    },
    sky: [
      [266.5600387771951, -28.72417776481513],
      [266.56042406864395, -28.721647006860184],
      [266.5619806011621, -28.720804656214167],
    ],
  },
} as const;

test.each(Object.entries(cases))("%s", (_, { header, sky }) => {
  const celestial = wcsOf(headerOf(header)).celestial!;
  expect(celestial.pixelAxes).toEqual([0, 1]);
  for (const [i, [x, y]] of pixels.entries()) {
    const found = celestial.toSky(x - 1, y - 1)!;
    const back = celestial.toPixel(...found)!;
    for (const k of [0, 1] as const) {
      expect(Math.abs(found[k] - sky[i]![k])).toBeLessThan(1e-9);
      expect(Math.abs(back[k] - ([x, y][k]! - 1))).toBeLessThan(1e-6);
    }
  }
});

test("an alternate WCS P has a reference point of its own beside a primary one with DEC first", () => {
  const side = cases["SIP in a field that lies on its side, RA along axis 2"].header;
  const own = Object.entries(side).map(([keyword, value]) =>
    /^(CTYPE|CRVAL|CRPIX|CD)\d/.test(keyword) ? [`${keyword}P`, value] : [keyword, value],
  );
  const both = headerOf({ ...cases["DEC on axis 1 and RA on axis 2"].header, ...Object.fromEntries(own) });
  const celestial = wcsOf(both, { alternate: "P" }).celestial!;
  expect(celestial.reference).toEqual([266.561, -28.7225]);
  expect(wcsOf(both).celestial!.reference).toEqual([50, 10]);
});
