/**
 * Tables beside the header: lookup tables of distortions, arrays of -TAB axes.
 */
import { describe, expect, test } from "vitest";
import { createProfile, type Fits, ndarray, open, parseHeader } from "../../src/index.js";
import { readWcs, wcsOf } from "../../src/wcs/index.js";
import { fitsBytes, imageHdu, tableHdu } from "../../src/write/index.js";
import { headerOf } from "./headers.js";

const lookup = (axis: 1 | 2) => [
  { keyword: `CPDIS${axis}`, value: "LOOKUP" },
  { keyword: `DP${axis}`, value: `EXTVER: ${axis}.0` },
  { keyword: `DP${axis}`, value: "NAXES: 2.0" },
  { keyword: `DP${axis}`, value: "AXIS.1: 1.0" },
  { keyword: `DP${axis}`, value: "AXIS.2: 2.0" },
];
const tan = [
  { keyword: "CTYPE1", value: "RA---TAN" },
  { keyword: "CTYPE2", value: "DEC--TAN" },
  { keyword: "CRVAL1", value: 10 },
  { keyword: "CRVAL2", value: 0 },
  { keyword: "CRPIX1", value: 1 },
  { keyword: "CRPIX2", value: 1 },
  { keyword: "CDELT1", value: 0.001 },
  { keyword: "CDELT2", value: 0.001 },
];
const grid = (value: number, extver: number) =>
  imageHdu({
    name: "WCSDVARR",
    data: ndarray(new Float32Array(4).fill(value), [2, 2]),
    header: [
      { keyword: "EXTVER", value: extver },
      { keyword: "CRPIX1", value: 1 },
      { keyword: "CRPIX2", value: 1 },
      { keyword: "CRVAL1", value: 1 },
      { keyword: "CRVAL2", value: 1 },
      { keyword: "CDELT1", value: 100 },
      { keyword: "CDELT2", value: 100 },
    ],
  });

async function distorted(withTables = true): Promise<Fits> {
  const pixels = ndarray(new Float32Array(100_000), [100, 1000]);
  return open(
    await fitsBytes([
      imageHdu({ data: pixels, header: [...tan, ...lookup(1), ...lookup(2)] }),
      ...(withTables ? [grid(2, 1), grid(-3, 2)] : []),
    ]),
  );
}

describe("lookup tables", () => {
  test("that only AXISCORR asks for may be absent, which is told", () => {
    const header = headerOf({ CTYPE1: "RA---TAN", CTYPE2: "DEC--TAN", AXISCORR: 1 });
    const { celestial, warnings } = wcsOf(header);
    expect(celestial!.distortions).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/D2IMARR,1 .* left out/)]);
  });

  test("are read and applied", async () => {
    const fits = await distorted();
    const { celestial, warnings } = await readWcs(fits, 0);
    expect(warnings).toEqual([]);
    expect(celestial!.distortions).toEqual(["CPDIS"]);
    // Two pixels further in x, three less in y.
    const [lon, lat] = celestial!.toSky(10, 20)!;
    const [plainLon, plainLat] = wcsOf((await fits.hdu(0)).header, { tables: {} }).celestial!.toSky(12, 17)!;
    expect(lon).toBeCloseTo(plainLon, 10);
    expect(lat).toBeCloseTo(plainLat, 10);
    const [x, y] = celestial!.toPixel(lon, lat)!;
    expect(x).toBeCloseTo(10, 8);
    expect(y).toBeCloseTo(20, 8);
    await fits.close();
  });

  test("come in one wave, and no pixels of the image with them", async () => {
    const profile = createProfile();
    const fits = await distorted();
    await fits.layouts();
    await readWcs(fits, 0, { profile });
    const { roundTrips, usedBytes } = profile.summary();
    expect(roundTrips).toBeLessThanOrEqual(1);
    // The image has 400,000.
    expect(usedBytes).toBeLessThan(1000);
    await fits.close();
  });

  test("that are not in the file are left out, with a warning", async () => {
    const fits = await distorted(false);
    const { celestial, warnings } = await readWcs(fits, 0);
    expect(celestial!.distortions).toEqual([]);
    expect(warnings.join()).toMatch(/WCSDVARR,1 .*WCSDVARR,2/);
    await fits.close();
  });
});

describe("-TAB axes", () => {
  const tabbed = async (extname: string): Promise<Fits> =>
    open(
      await fitsBytes([
        imageHdu({
          data: ndarray(new Float32Array(4), [4]),
          header: [
            { keyword: "CTYPE1", value: "WAVE-TAB" },
            { keyword: "CUNIT1", value: "m" },
            { keyword: "CRPIX1", value: 1 },
            { keyword: "CRVAL1", value: 1 },
            { keyword: "CDELT1", value: 1 },
            { keyword: "PS1_0", value: extname },
            { keyword: "PS1_1", value: "wavelength" },
          ],
        }),
        tableHdu({
          name: "WCS-TABLE",
          columns: [{ name: "wavelength", format: "4D", dim: "(1,4)" }],
          batches: [{ columns: [{ values: Float64Array.of(1e-7, 2e-7, 4e-7, 8e-7) }] }],
        }),
      ]),
    );

  test("take their coordinates from the table", async () => {
    const fits = await tabbed("WCS-TABLE");
    const wcs = await readWcs(fits, 0);
    const [wave] = wcs.toWorld([Float64Array.of(0, 0.5, 2, 3)]);
    expect([...wave!].map((value) => value * 1e7)).toEqual(
      [1, 1.5, 4, 8].map((value) => expect.closeTo(value, 9)),
    );
    const [back] = wcs.toPixel([wave!]);
    expect([...back!]).toEqual([0, 0.5, 2, 3].map((value) => expect.closeTo(value, 9)));
    await fits.close();
  });

  test("have no coordinates where the table is not there", async () => {
    const fits = await tabbed("ELSEWHERE");
    const wcs = await readWcs(fits, 0);
    expect(wcs.warnings.join()).toContain("ELSEWHERE");
    expect(wcs.toWorld([Float64Array.of(1)])).toEqual([Float64Array.of(Number.NaN)]);
    await fits.close();
  });
});

test("errors say of which HDU they are", async () => {
  const bytes = await fitsBytes([
    imageHdu({
      data: ndarray(new Uint8Array(1), [1, 1]),
      header: [...tan.slice(0, -1), { keyword: "CDELT2", value: 0 }],
    }),
  ]);
  const fits = await open(bytes);
  await expect(readWcs(fits, 0)).rejects.toThrow("WCS of HDU 0 (PRIMARY): CDELT2 is 0");
  await fits.close();
  expect(() => wcsOf(parseHeader(bytes))).toThrow(/CDELT2 is 0/);
});
