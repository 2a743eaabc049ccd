/** The screen in browsers: what is on the canvas, and what was read for it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ndarray } from "../../../src/array.js";
import { fitsBytes, imageHdu } from "../../../src/write/index.js";
import { type Browser, browsers, type Page } from "../../browser/browsers.js";
import { type RangeServer, startRangeServer } from "../../servers/range-server.js";
import { type ScreenPage, type ScreenSite, startScreenSite } from "./site.js";

declare const page: ScreenPage;

const [canvasWidth, canvasHeight] = [300, 200];

/** No two rows and columns are alike, and each quarter has a brightness of its own. */
function asymmetric(width: number, height: number): Float32Array<ArrayBuffer> {
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data[y * width + x] = x / width + (2 * y) / height + ((x * 7919 + y * 104729) % 997) / 997;
  data[5 * width + 7] = Number.NaN;
  data[6 * width + 7] = Number.POSITIVE_INFINITY;
  return data;
}

describe.each(browsers)("in $name (skipped where there is none)", ({ name, executablePath, launch }) => {
  let browser: Browser;
  let site: ScreenSite;
  let server: RangeServer;
  let tab: Page;
  let hasWebGl = false;

  beforeAll(async () => {
    if (!executablePath) return;
    const small = await fitsBytes([imageHdu({ data: ndarray<"float32">(asymmetric(401, 303), [303, 401]) })]);
    server = await startRangeServer({ files: { "/small.fits": small }, cors: true });
    site = await startScreenSite(canvasWidth, canvasHeight);
    browser = await launch();
    tab = await browser.newPage();
    await tab.goto(site.url);
    await tab.waitForFunction(() => "page" in globalThis);
    hasWebGl = await tab.evaluate(() => document.createElement("canvas").getContext("webgl2") !== null);
    if (!hasWebGl) console.warn(`SKIPPED: ${name} gives no WebGL2 here, so the screen is not drawn in it`);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    site?.close();
    await server?.close();
  });
  beforeEach(({ skip }) => {
    skip(!hasWebGl);
    server.requests.length = 0;
  });

  const it = test.skipIf(!executablePath);

  it.each([
    { zoom: 1, stretch: "asinh" },
    { zoom: 2, stretch: "log" },
    { zoom: 8, stretch: "sqrt" },
    { zoom: 3, stretch: "histogram" },
    { zoom: 1, stretch: "linear" },
  ] as const)("draws each pixel in its place and color, $zoom times, $stretch", async ({ zoom, stretch }) => {
    const worst = await tab.evaluate(
      async (url, zoom, stretch) => {
        const { fitslice, picture } = page;
        const canvas = page.newCanvas();
        const fits = await fitslice.open(url);
        const image = await fits.image();
        const screen = page.createScreen(canvas, { nan: [255, 0, 0, 255] });
        const errors: string[] = [];
        screen.on("error", (error) => errors.push(error.message));
        const look = {
          stretch,
          limits: "minmax",
          vmin: 0.2,
          vmax: 3.1,
          colormap: "viridis",
          invert: false,
        } as const;
        screen.setLook(look);
        screen.show(fits, image, []);
        // An edge of a pixel in the middle of the canvas, so that pixels lie on whole ones; the lower left part is in sight.
        screen.setViewport({ center: [150 / zoom - 0.5 - 3, 100 / zoom - 0.5 - 2], zoom });
        await screen.idle;
        const drawn = page.pixels(screen);
        const { data, shape } = await image.section();
        const right = picture.render({ data, shape, stride: [shape[1]!, 1] } as never, {
          stretch,
          vmin: 0.2,
          vmax: 3.1,
          colormap: "viridis",
          nan: "red",
        });
        const levels = new Map<number, number>();
        for (let level = 0; level < 256; level++) {
          const [r, g, b] = right.palette.subarray(3 * level, 3 * level + 3);
          levels.set((r! << 16) | (g! << 8) | b!, level);
        }
        let worst = 0;
        let wrong = 0;
        for (let py = 0; py < canvas.height; py++)
          for (let px = 0; px < canvas.width; px++) {
            const x = Math.floor(px / zoom) - 3;
            const y = Math.floor(py / zoom) - 2;
            const at = 4 * (py * canvas.width + px);
            const inside = x >= 0 && y >= 0;
            if (!inside) {
              if (drawn[at + 3] !== 0) wrong++;
              continue;
            }
            const from = 3 * ((right.height - 1 - y) * right.width + x);
            const color = (array: ArrayLike<number>, i: number): number =>
              (array[i]! << 16) | (array[i + 1]! << 8) | array[i + 2]!;
            const [is, should] = [color(drawn, at), color(right.rgb, from)];
            if (is === should) continue;
            const [a, b] = [levels.get(is), levels.get(should)];
            if (a === undefined || b === undefined) wrong++;
            else worst = Math.max(worst, Math.abs(a - b));
          }
        return { worst, wrong, errors, size: [canvas.width, canvas.height], coverage: screen.coverage() };
      },
      `${server.url}/small.fits`,
      zoom,
      stretch,
    );
    expect(worst).toMatchObject({ wrong: 0, errors: [], size: [300, 200], coverage: { exact: 1 } });
    expect(worst.worst).toBeLessThanOrEqual(1);
  });
});
