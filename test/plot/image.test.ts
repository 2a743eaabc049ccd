import { describe, expect, test } from "vitest";
import { parseHeader } from "../../src/header/header.js";
import { type ImagePlotOptions, imagePlot } from "../../src/plot/image.js";
import { plotPng } from "../../src/plot/png.js";
import { type SkyView, skyGrid } from "../../src/plot/sky-grid.js";
import { gridSteps, latLabel, lonLabel, roundLength } from "../../src/plot/sky-steps.js";
import { wcsOf } from "../../src/wcs/index.js";
import type { Celestial } from "../../src/wcs/wcs.js";

function sky(cards: Record<string, string | number>): Celestial {
  const text = Object.entries({ NAXIS: 2, NAXIS1: 100, NAXIS2: 80, ...cards }).map(
    ([keyword, value]) => `${keyword.padEnd(8)}= ${typeof value === "string" ? `'${value}'` : value}`,
  );
  const all = [...text, "END"].map((card) => card.padEnd(80)).join("");
  return wcsOf(parseHeader(new TextEncoder().encode(all.padEnd(2880)))).celestial!;
}

const tan = (angle: number, parity = 1): Celestial => {
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180) / 3600, Math.sin((angle * Math.PI) / 180) / 3600];
  return sky({
    ...{ CTYPE1: "RA---TAN", CTYPE2: "DEC--TAN", CRPIX1: 50.5, CRPIX2: 40.5, CRVAL1: 0.001, CRVAL2: 60 },
    ...{ CD1_1: -parity * cos, CD1_2: sin, CD2_1: parity * sin, CD2_2: cos },
  });
};

const png = new Uint8Array([137, 80, 78, 71]);
const picture = { png, width: 100, height: 80 };

/** A view without margins: a unit of the drawing is a pixel, y down. */
function viewOf(celestial: Celestial, width = 100, height = 80): SkyView {
  return {
    ...{ left: 0, top: 0, width, height, equatorial: true },
    toSky: (x, y) => celestial.toSky(x - 0.5, height - y - 0.5),
    toPlace(lon, lat) {
      const at = celestial.toPixel(lon, lat);
      return at && [at[0] + 0.5, height - at[1] - 0.5];
    },
  };
}

const allSky = sky({
  ...{ NAXIS1: 200, NAXIS2: 100, CTYPE1: "GLON-AIT", CTYPE2: "GLAT-AIT", CRPIX1: 100.5, CRPIX2: 50.5 },
  ...{ CRVAL1: 0, CRVAL2: 0, CDELT1: -1.7, CDELT2: 1.7 },
});

describe("the grid of the sky", () => {
  test.each([
    ["a field at 0 hours, turned", viewOf(tan(23))],
    ["a field as in a mirror", viewOf(tan(200, -1))],
    ["the whole sky", { ...viewOf(allSky, 200, 100), equatorial: false }],
    [
      "a pole",
      viewOf(
        sky({
          CTYPE1: "RA---ARC",
          CTYPE2: "DEC--ARC",
          CRPIX1: 50,
          CRPIX2: 40,
          CRVAL2: 90,
          CDELT1: -1,
          CDELT2: 1,
        }),
      ),
    ],
  ])("has its lines where the sky has their coordinates: %s", (_, view) => {
    const lines = skyGrid(view);
    for (const kind of ["lon", "lat"] as const) {
      const some = lines.filter((line) => line.kind === kind);
      expect(some.length).toBeGreaterThanOrEqual(3);
      expect(some.length).toBeLessThanOrEqual(13);
    }
    for (const { kind, value, points, crossings } of lines) {
      for (const point of points) {
        const found = point && view.toSky(...point);
        if (!found) continue;
        const [lon, lat] = found;
        const off = kind === "lat" ? lat - value : ((((lon - value) % 360) + 540) % 360) - 180;
        // Near a pole, or at the border of the map, longitudes have no meaning.
        if (Math.abs(lat) < 89.9 && Math.abs(Math.abs(off) - 360) > 1e-6)
          expect(Math.abs(off)).toBeLessThan(1e-6);
      }
      // Pieces of a line are short, or straight.
      for (let i = 1; i < points.length; i++) {
        const [from, to] = [points[i - 1], points[i]];
        if (from && to)
          expect(Math.hypot(to[0] - from[0], to[1] - from[1])).toBeLessThan(
            Math.max(view.width, view.height) / 4,
          );
      }
      for (const { side, at } of crossings) {
        const edge = { left: at[0], top: at[1], right: at[0] - view.width, bottom: at[1] - view.height }[
          side
        ];
        expect(Math.abs(edge)).toBeLessThan(1e-9);
      }
    }
  });

  test("is none where there is no sky", () => {
    expect(skyGrid({ ...viewOf(tan(0)), toSky: () => null })).toEqual([]);
  });
});

describe("labels", () => {
  test.each([
    [lonLabel(150.421375, 15 / 3600 / 10, true), "10h01m41.1s"],
    [lonLabel(-15, 15, true), "23h"],
    [lonLabel(359.9999999, 15 / 3600, true), "0h00m00s"],
    [lonLabel(359.9999999, 10, false), "0°"],
    [latLabel(-0.5, 1 / 60), "-0°30′"],
    [latLabel(2.4223833, 1 / 3600), "+2°25′21″"],
    [latLabel(59.99999999, 1 / 60), "+60°00′"],
    [latLabel(0, 1), "0°"],
  ])("have as many parts as the step needs: %s", (label, expected) => {
    expect(label).toBe(expected);
  });

  test("stand at round steps", () => {
    expect(gridSteps(360, 180, false)).toEqual({ lon: 90, lat: 30 });
    expect(gridSteps(0.1, 0.05, true).lat).toBeCloseTo(30 / 3600, 12);
    expect(roundLength(0.004)).toEqual({ degrees: 10 / 3600, label: "10″" });
    expect(roundLength(0.4).label).toBe("20′");
    expect(roundLength(7).label).toBe("5°");
  });
});

/** The linear part of the picture's place: where a step to the right, and a step up, leads. */
function stepsOf(options: ImagePlotOptions): number[] {
  const [a, b, c, d] = /transform="matrix\(([^)]*)\)"/
    .exec(imagePlot(picture, options))![1]!
    .split(",")
    .map(Number);
  return [a!, b!, 0 - c!, 0 - d!];
}

describe("north up", () => {
  test.each([
    [0, 1],
    [37, 1],
    [-120, 1],
    [90, -1],
  ])(
    "turns a picture by its own angle, and mirrors it where east is on the right: %d, %d",
    (angle, parity) => {
      const celestial = tan(angle, parity);
      const [rx, ry, ux, uy] = stepsOf({ celestial, northUp: true, size: 100 }) as [
        number,
        number,
        number,
        number,
      ];
      const to = (lon: number, lat: number): [number, number] => {
        const [x, y] = celestial.toPixel(lon, lat)!;
        return [rx * (x - 49.5) + ux * (y - 39.5), ry * (x - 49.5) + uy * (y - 39.5)];
      };
      const [lon, lat] = celestial.toSky(49.5, 39.5)!;
      const north = to(lon, lat + 10 / 3600);
      const east = to(lon + 10 / 3600 / Math.cos((lat * Math.PI) / 180), lat);
      for (const [got, expected] of [
        [north, [0, -10]],
        [east, [-10, 0]],
      ]) {
        expect(got![0]).toBeCloseTo(expected![0]!, 2);
        expect(got![1]).toBeCloseTo(expected![1]!, 2);
      }
    },
  );
});

describe("a picture with marks", () => {
  test("has FITS pixels along its sides: those of the image that a section is of", () => {
    const texts = [
      ...imagePlot(picture, { origin: [200, 1000], step: [2, 2] }).matchAll(/>(\d+)<\/text>/g),
    ].map(([, n]) => Number(n));
    expect(texts).toContain(300);
    expect(texts).toContain(1040);
    expect(texts.every((n) => (n >= 200 && n <= 401) || (n >= 1000 && n <= 1161))).toBe(true);
  });

  test("of a whole sky up to its edges has labels along its sides", () => {
    const whole = { NAXIS1: 360, NAXIS2: 180, CRPIX1: 180.5, CRPIX2: 90.5, CDELT1: -1, CDELT2: 1 };
    const celestial = sky({ CTYPE1: "RA---CAR", CTYPE2: "DEC--CAR", CRVAL1: 180, CRVAL2: 0, ...whole });
    const svg = imagePlot({ png, width: 360, height: 180 }, { celestial, axes: "sky" });
    const at = (pattern: RegExp): string[] => [...svg.matchAll(pattern)].map(([, label]) => label!);
    expect(at(/text-anchor="end">([^<]*)</g)).toEqual(["+60°", "+30°", "0°", "-30°", "-60°"]);
    expect(at(/text-anchor="middle">(\d+h)</g)).toEqual(["0h", "20h", "16h", "12h", "8h", "4h", "0h"]);
  });

  test("around a pole has labels of both kinds of lines", () => {
    const pole = { CRVAL1: 30, CRVAL2: -90, CDELT1: -0.03, CDELT2: 0.03, CRPIX1: 50.5, CRPIX2: 40.5 };
    const celestial = sky({ CTYPE1: "RA---TAN", CTYPE2: "DEC--TAN", ...pole });
    const labels = imagePlot(picture, { celestial, axes: "sky" }).match(/>[^<>]+(?=<\/text>)/g)!;
    for (const kind of [/^>\d+h/, /^>-8\d°/])
      expect(new Set(labels.filter((label) => kind.test(label))).size).toBeGreaterThan(1);
  });

  test("that is thin has pixels that are not square, unless there are marks of the sky", () => {
    const matrixOf = (width: number, height: number, options: ImagePlotOptions = {}): number[] =>
      /matrix\(([^)]*)\)/
        .exec(imagePlot({ ...picture, width, height }, { axes: "none", ...options }))![1]!
        .split(",")
        .slice(0, 4)
        .map(Number);
    expect(matrixOf(1000, 2)).toEqual([1, 0, 0, 48]);
    expect(matrixOf(3, 960)).toEqual([32, 0, 0, 1]);
    expect(matrixOf(960, 96)).toEqual([1, 0, 0, 1]);
    expect(matrixOf(100, 2, { size: 200 })).toEqual([2, 0, 0, 12.5]);
    expect(matrixOf(1000, 2, { celestial: tan(0), scaleBar: true })).toEqual([1, 0, 0, 1]);
  });

  test("places its first pixel in the lower left corner", () => {
    const svg = imagePlot(picture, { axes: "none", size: 100 });
    expect(/matrix\(([^)]*)\)/.exec(svg)![1]).toBe("1,0,0,1,8,14");
    expect(stepsOf({ size: 100 })).toEqual([1, 0, 0, -1]);
  });

  test("draws a compass, a scale bar, a color bar and a grid", () => {
    const palette = Uint8Array.from({ length: 768 }, (_, i) => i / 3);
    const svg = imagePlot(picture, {
      ...{ celestial: tan(23), axes: "sky", grid: true, compass: true, scaleBar: true, title: "hst.fits" },
      colorbar: { vmin: 0, vmax: 0.1, levelOf: (value) => value / 0.1, palette, label: "ELECTRONS/S" },
    });
    for (const text of ["N", "E", "30″", "0.06", "ELECTRONS/S", "hst.fits", "+60°00′00″"])
      expect(svg).toContain(`>${text}</text>`);
  });

  test.each([
    ["at a small scale", tan(0), false],
    ["turned", tan(40), false],
    ["with a color bar", tan(90), true],
    ["whole sky", allSky, true],
  ])("has room for all labels of the sky: %s", (_, celestial, hasBar) => {
    const palette = new Uint8Array(768);
    const svg = imagePlot(
      { png, width: 100, height: 80 },
      {
        ...{ celestial, axes: "sky", step: [0.001, 0.001], origin: [49.5, 39.5], size: 300 },
        ...(hasBar && { colorbar: { vmin: 0, vmax: 1, levelOf: (value) => value, palette } }),
      },
    );
    const [, width, height] = /<svg [^>]*width="([\d.]+)" height="([\d.]+)"/.exec(svg)!.map(Number);
    const texts = [...svg.matchAll(/<text x="(-?[\d.]+)" y="(-?[\d.]+)" text-anchor="(\w+)"[^>]*>([^<]+)</g)];
    expect(texts.length).toBeGreaterThan(5);
    for (const [, x, y, anchor, label] of texts) {
      const long = label!.length * 12 * 0.6;
      const left = Number(x) - (anchor === "end" ? long : anchor === "middle" ? long / 2 : 0);
      if (Number(x) === 0) continue; // those that run upward
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left + long).toBeLessThanOrEqual(width!);
      expect(Number(y)).toBeLessThan(height!);
    }
  });

  test("names the coordinates along its sides", () => {
    expect(imagePlot(picture, { celestial: tan(0), axes: "sky" })).toContain(">RA (ICRS)</text>");
    expect(imagePlot(picture, { celestial: allSky, axes: "sky" })).toContain(">galactic longitude</text>");
  });

  test("that is narrow has its scale bar and its compass apart", () => {
    const svg = imagePlot(
      { png, width: 20, height: 300 },
      { celestial: tan(0), compass: true, scaleBar: true, axes: "none" },
    );
    const placeOf = (label: RegExp): number => Number(/y="([\d.]+)"/.exec(label.exec(svg)![0])![1]);
    expect(placeOf(/<text [^>]*>N</)).toBeLessThan(100);
    expect(placeOf(/<text [^>]*>\d+″</)).toBeGreaterThan(400);
  });

  test("says what it needs", () => {
    expect(() => imagePlot(picture, { grid: true })).toThrow("grid needs world coordinates");
    expect(() => imagePlot(picture, { axes: "sky" })).toThrow('axes: "sky" needs world coordinates');
  });
});

describe("PNG of a plot", () => {
  test("has the size that was asked for, in Node by resvg", async () => {
    const bytes = await plotPng(
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><text x="1" y="20">x</text></svg>',
      { zoom: 3 },
    );
    const view = new DataView(bytes.buffer);
    expect([view.getUint32(16), view.getUint32(20)]).toEqual([120, 90]);
  });

  test("of text that is no SVG is refused", async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><text></svg>';
    await expect(plotPng(svg)).rejects.toMatchObject({
      code: "BAD_ARGUMENT",
      message: expect.stringContaining("no SVG"),
    });
  });

  test("has an end", async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40000" height="30000"></svg>';
    await expect(plotPng(svg)).rejects.toMatchObject({ code: "TOO_LARGE" });
    await expect(plotPng(svg, { zoom: 0 })).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
  });
});
