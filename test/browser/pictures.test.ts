/**
 * Pictures and plots drawn in Chromium and in Firefox, pixel by pixel.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ndarray } from "../../src/array.js";
import { toImageData } from "../../src/picture/index.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { type Browser, browsers, type Page } from "./browsers.js";
import { type PageLibrary, type Site, startSite } from "./site.js";

declare const fitslice: PageLibrary;

/** 3 rows of 4 pixels, the first row lowest. */
const values = [0, 1, 2, 3, 4, 5, Number.NaN, 7, 8, 9, 10, 11];
const array = ndarray(Float32Array.from(values), [3, 4]);
const look = { limits: "minmax", colormap: "viridis", nan: "transparent" } as const;

describe.each(browsers)("in $name (skipped where there is none)", ({ executablePath, launch }) => {
  let browser: Browser;
  let site: Site;
  let page: Page;

  beforeAll(async () => {
    if (!executablePath) return;
    site = await startSite(new Map([["/image.fits", await fitsBytes([imageHdu({ data: array })])]]));
    browser = await launch();
    page = await browser.newPage();
    await page.goto(`${site.url}/`);
    await page.waitForFunction(() => "fitslice" in globalThis);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  const it = test.skipIf(!executablePath);

  it("a canvas shows what toImageData makes of a file: the last row on top, NaN transparent", async () => {
    const here = await toImageData(array, look);
    const there = await page.evaluate(async (look) => {
      const fits = await fitslice.open("image.fits");
      const pixels = await fitslice.picture.toImageData(await fits.image(0), look);
      await fits.close();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [pixels.width, pixels.height];
      const context = canvas.getContext("2d")!;
      context.putImageData(pixels as ImageData, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      return {
        isPlatforms: pixels instanceof ImageData,
        size: [canvas.width, canvas.height],
        data: [...data],
      };
    }, look);
    expect(there).toEqual({ isPlatforms: true, size: [4, 3], data: [...here.data] });
    const rgba = (x: number, row: number): number[] =>
      there.data.slice(4 * (4 * row + x), 4 * (4 * row + x) + 4);
    // The ends of viridis.
    expect([rgba(0, 2), rgba(3, 0), rgba(2, 1)]).toEqual([
      [68, 1, 84, 255],
      [253, 231, 36, 255],
      [0, 0, 0, 0],
    ]);
  });

  /** Colors of a PNG made in the page, at places of it, and its size; and how many of its pixels are dark above `below`. */
  async function drawn(
    zoom: number,
    places: readonly (readonly [x: number, y: number])[],
    below: number,
  ): Promise<{ size: number[]; colors: number[][]; dark: number }> {
    return page.evaluate(
      async (values, look, zoom, places, below) => {
        const numbers = Float32Array.from(values, (value) => value ?? Number.NaN);
        const image = { data: numbers, shape: [3, 4], dtype: "float32" } as const;
        const picture = fitslice.picture.render(image as never, look);
        const svg = fitslice.plot.imagePlot(
          { png: await fitslice.picture.encodePng(picture), width: 4, height: 3 },
          { axes: "none", size: 400, title: "M 51 <&>", colorbar: picture },
        );
        const png = await fitslice.plot.plotPng(svg, { zoom });
        const bitmap = await createImageBitmap(new Blob([png], { type: "image/png" }));
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
        const context = canvas.getContext("2d")!;
        context.drawImage(bitmap, 0, 0);
        const colors = places.map(([x, y]) => [...context.getImageData(x! * zoom, y! * zoom, 1, 1).data]);
        const top = context.getImageData(0, 0, canvas.width, below * zoom).data;
        let dark = 0;
        for (let i = 0; i < top.length; i += 4) if (top[i]! < 100) dark++;
        return { size: [canvas.width, canvas.height], colors, dark };
      },
      values.map((value) => (Number.isNaN(value) ? null : value)),
      { ...look, nan: "red" },
      zoom,
      places.map(([x, y]) => [x, y]),
      below,
    );
  }

  it.each([1, 2])(
    "plotPng draws a picture where imagePlot says, sharp, with its title: zoom %d",
    async (zoom) => {
      const here = await toImageData(array, { ...look, nan: "red" });
      // The picture is 400 x 300 from 8, 34 on; each pixel 100 x 100: places just within the corners of all pixels.
      const pixels = Array.from({ length: 12 }, (_, i) => [i % 4, Math.floor(i / 4)] as const);
      const corners = [
        [3, 3],
        [96, 3],
        [3, 96],
        [96, 96],
      ] as const;
      const places = pixels.flatMap(([x, y]) =>
        corners.map(([dx, dy]) => [8 + 100 * x + dx, 34 + 100 * y + dy] as const),
      );
      const { size, colors, dark } = await drawn(zoom, [...places, [3, 200]], 30);
      expect(size[1]).toBe(zoom * (34 + 300 + 10));
      const expected = pixels.flatMap((_, i) => corners.map(() => [...here.data.subarray(4 * i, 4 * i + 4)]));
      expect(colors).toEqual([...expected, [255, 255, 255, 255]]);
      expect(dark).toBeGreaterThan(40 * zoom * zoom);
    },
  );

  it("a drawing that is no SVG is refused", async () => {
    const told = await page.evaluate(() =>
      fitslice.plot.plotPng("no drawing").catch((error) => `${error.code}: ${error.message}`),
    );
    expect(told).toBe("BAD_ARGUMENT: no plot, or no zoom, to make a PNG of");
    const broken = await page.evaluate(() =>
      fitslice.plot
        .plotPng('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><text></svg>')
        .catch((error) => `${error.code}: ${error.message}`),
    );
    expect(broken).toMatch(/^BAD_ARGUMENT: the plot is no SVG that can be drawn: ./);
  });

  it("a canvas that the browser does not have is too large", async () => {
    const told = await page.evaluate(() =>
      fitslice.plot
        .plotPng('<svg xmlns="http://www.w3.org/2000/svg" width="900000" height="10"></svg>')
        .catch((error) => error.code),
    );
    expect(told).toBe("TOO_LARGE");
  });
});
