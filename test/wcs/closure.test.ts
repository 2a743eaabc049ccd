import { describe, expect, test } from "vitest";
import { footprint, orientationAt, type Wcs, wcsOf } from "../../src/wcs/index.js";
import { headerOf } from "./headers.js";

const grid = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));

/** The farthest that pixels are moved by the way to the world and back. */
function closure(wcs: Wcs, pixels: readonly Float64Array[]): number {
  const before = pixels.map((axis) => axis.slice());
  const back = wcs.toPixel(wcs.toWorld(pixels));
  // What goes in is not changed.
  expect(pixels).toEqual(before);
  return Math.max(
    ...back.flatMap((axis, i) => [...axis].map((value, k) => Math.abs(value - pixels[i]![k]!))),
  );
}

describe("pixels come back", () => {
  // The test header of wcslib's twcs: spectral, time and Bonne axes, mixed by the matrix.
  test("of four axes in any order, to 1e-10 pixel", () => {
    const wcs = wcsOf(
      headerOf({
        NAXIS: 4,
        CRPIX1: 513,
        CRPIX2: 0,
        CRPIX3: 0,
        CRPIX4: 0,
        PC1_1: 1.1,
        PC1_4: 0.1,
        PC2_2: 1,
        PC2_4: 0.1,
        PC3_1: 0.1,
        PC3_3: 1,
        PC4_2: 0.1,
        PC4_4: 1,
        CDELT1: -9.635265432e-6,
        CDELT2: 1,
        CDELT3: 0.1,
        CDELT4: -1,
        CTYPE1: "WAVE-F2W",
        CTYPE2: "XLAT-BON",
        CTYPE3: "TIME-LOG",
        CTYPE4: "XLON-BON",
        CRVAL1: 0.214982042,
        CRVAL2: -30,
        CRVAL3: 1,
        CRVAL4: 150,
        CUNIT1: "m",
        CUNIT2: "deg",
        CUNIT3: "s",
        CUNIT4: "deg",
        PV2_1: 45,
        PV4_1: 0,
        PV4_2: 90,
        LONPOLE: 150,
        LATPOLE: 999,
        RESTFRQ: 1.42040575e9,
        RESTWAV: 0,
      }),
    );
    expect(wcs.axes.map(({ kind }) => kind)).toEqual(["spectral", "latitude", "time", "longitude"]);
    expect(wcs.celestial!.worldAxes).toEqual([3, 1]);
    expect(wcs.celestial!.pixelAxes).toEqual([1, 3]);
    const places = grid(1, 40, 21);
    const pixels = [512, 0, 0, 0].map((middle, axis) =>
      Float64Array.from(places, (value, i) => middle + value * [3, 0.5, 0.2, 1][axis]! - (i % (axis + 2))),
    );
    expect(closure(wcs, pixels)).toBeLessThan(1e-10);
  });

  test("of many points, block after block", () => {
    const wcs = wcsOf(
      headerOf({
        CTYPE1: "RA---TAN",
        CTYPE2: "DEC--TAN",
        CRVAL1: 10,
        CRVAL2: 20,
        CDELT1: -0.001,
        CDELT2: 0.001,
      }),
    );
    const x = Float64Array.from({ length: 10_001 }, (_, i) => (i * 7919) % 1000);
    const y = Float64Array.from({ length: 10_001 }, (_, i) => (i * 104_729) % 1000);
    expect(closure(wcs, [x, y])).toBeLessThan(1e-9);
    const { lon, lat } = wcs.celestial!.skyOf(x, y);
    const all = wcs.toWorld([x, y]);
    expect([lon, lat]).toEqual(all);
    for (const i of [0, 1, 2047, 2048, 10_000])
      expect(wcs.celestial!.toSky(x[i]!, y[i]!)).toEqual([lon[i], lat[i]]);
  });
});

describe("points without a counterpart", () => {
  const { celestial } = wcsOf(
    headerOf({ CTYPE1: "RA---TAN", CTYPE2: "DEC--TAN", CRVAL1: 10, CRVAL2: 20, CDELT1: -0.1, CDELT2: 0.1 }),
  );

  test("are null alone, NaN among many", () => {
    expect(celestial!.toPixel(190, -20)).toBeNull();
    expect(celestial!.toSky(Number.NaN, 3)).toBeNull();
    expect(celestial!.toSky(3, Number.POSITIVE_INFINITY)).toBeNull();
    const { x, y } = celestial!.pixelsOf(Float64Array.of(10, 190, Number.NaN), Float64Array.of(20, -20, 20));
    expect([...x].map(Number.isNaN)).toEqual([false, true, true]);
    expect([...y].map(Number.isNaN)).toEqual([false, true, true]);
  });

  test("where one of two coordinates is NaN both are", () => {
    const { lon, lat } = celestial!.skyOf(Float64Array.of(Number.NaN, 1), Float64Array.of(1, Number.NaN));
    expect([...lon, ...lat]).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  });

  test("do not touch other axes", () => {
    const cube = wcsOf(
      headerOf({
        CTYPE1: "RA---SIN",
        CTYPE2: "DEC--SIN",
        CTYPE3: "FREQ",
        CDELT1: 1,
        CDELT2: 1,
        CRVAL3: 1e9,
        CDELT3: 1e6,
      }),
    );
    const [lon, lat, frequency] = cube.toWorld([
      Float64Array.of(1000),
      Float64Array.of(0),
      Float64Array.of(0),
    ]);
    expect([lon![0], lat![0], frequency![0]]).toEqual([Number.NaN, Number.NaN, 1.001e9]);
  });

  test("arrays of other lengths or numbers are refused", () => {
    expect(() => celestial!.skyOf(Float64Array.of(1), Float64Array.of(1, 2))).toThrow(
      /2 arrays of one length/,
    );
    expect(() => wcsOf(headerOf({ NAXIS: 3 })).toWorld([Float64Array.of(1)])).toThrow(/3 arrays/);
  });
});

describe("where an image lies", () => {
  const { celestial } = wcsOf(
    headerOf({
      CTYPE1: "RA---TAN",
      CTYPE2: "DEC--TAN",
      CRVAL1: 10,
      CRVAL2: 0,
      CRPIX1: 50.5,
      CRPIX2: 25.5,
      CD1_1: -0.01,
      CD1_2: 0,
      CD2_1: 0,
      CD2_2: 0.01,
    }),
  );

  test("the corners are the outer ones of the corner pixels, in astropy's order", () => {
    const corners = footprint(celestial!, [50, 100]);
    const sides = corners.map((corner) => corner!.map((value) => Math.round(value * 1e3) / 1e3));
    expect(sides).toEqual([
      [10.5, -0.25],
      [10.5, 0.25],
      [9.5, 0.25],
      [9.5, -0.25],
    ]);
    expect(() => footprint(celestial!, [50])).toThrow(/shape \[50\]/);
  });

  test("north is up and east to the left of an image as the sky is seen", () => {
    const at = orientationAt(celestial!, 49.5, 24.5)!;
    expect(at.north).toBeCloseTo(0, 6);
    expect(at.east).toBeCloseTo(90, 6);
    expect(at.asSeen).toBe(true);
    expect(at.scale[0]).toBeCloseTo(0.01, 9);
    const turned = wcsOf(
      headerOf({
        CTYPE1: "RA---TAN",
        CTYPE2: "DEC--TAN",
        CRVAL2: 40,
        CD1_1: 0.01,
        CD1_2: 0,
        CD2_1: 0,
        CD2_2: -0.02,
      }),
    );
    const around = orientationAt(turned.celestial!, -1, -1)!;
    expect(around.north).toBeCloseTo(180, 6);
    expect(around.east).toBeCloseTo(270, 6);
    expect(around.asSeen).toBe(true);
    expect(turned.celestial!.scale).toEqual([0.01, 0.02]);
  });
});
