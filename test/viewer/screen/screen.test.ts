/** The screen in browsers: what is on the canvas, and what was read for it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ndarray } from "../../../src/array.js";
import type { ImageHdu } from "../../../src/index.js";
import { binned } from "../../../src/picture/index.js";
import { fitsBytes, imageHdu } from "../../../src/write/index.js";
import type { OverviewLevel, Screen } from "../../../viewer/src/screen/screen.types.js";
import { type Browser, browsers, type Page } from "../../browser/browsers.js";
import { type RangeServer, startRangeServer } from "../../servers/range-server.js";
import { asymmetric, counting, fileOf, withHoles } from "./images.js";
import { type ScreenPage, type ScreenSite, startScreenSite } from "./site.js";

declare const page: ScreenPage;
/** What a test left in the page between two calls. */
declare const late: {
  image: ImageHdu;
  eighth: OverviewLevel;
  fourth: OverviewLevel;
  screen: Screen;
  lit: number;
};

const [canvasWidth, canvasHeight] = [300, 200];

describe.each(browsers)("in $name (skipped where there is none)", ({ name, executablePath, launch }) => {
  let browser: Browser;
  let site: ScreenSite;
  let server: RangeServer;
  let tab: Page;
  let hasWebGl = false;
  let files: Record<string, Uint8Array>;

  beforeAll(async () => {
    if (!executablePath) return;
    const small = await fitsBytes([imageHdu({ data: ndarray<"float32">(withHoles(401, 303), [303, 401]) })]);
    const large = ndarray<"float32">(asymmetric(600, 2000), [2000, 600]);
    files = {
      "/small.fits": small,
      "/large.fits": await fileOf(large),
      "/square.fits": await fileOf(large, [100, 128]),
      "/cube.fits": await fileOf(counting("int64", [3, 20, 30], 9_007_199_254_740_993n)),
      "/large.ovr.fits": await fitsBytes(
        [8, 16, 4].map((bin) =>
          imageHdu({ data: ndarray(binned(large, { bin }).data, binned(large, { bin }).shape) }),
        ),
      ),
      "/row.fits": await fileOf(counting("int16", [500])),
      "/short.fits": (await fileOf(large)).subarray(0, 2_880_000),
    };
    server = await startRangeServer({ files, cors: true });
    site = await startScreenSite(canvasWidth, canvasHeight);
    browser = await launch();
    tab = await browser.newPage();
    await tab.goto(site.url);
    await tab.waitForFunction(() => "page" in globalThis);
    hasWebGl = await tab.evaluate(() => document.createElement("canvas").getContext("webgl2") !== null);
    const lack = `${name} gives no WebGL2 here (apt-get install xvfb libgl1-mesa-dri libegl1)`;
    if (!hasWebGl && process.env["FITSLICE_REQUIRE_ORACLES"] === "1") throw new Error(lack);
    if (!hasWebGl) console.warn(`SKIPPED: ${lack}, so the screen is not drawn in it`);
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

  it("reads every 32nd row, no byte more, then those between to every 8th, and no more than the budget", async () => {
    const url = `${server.url}/large.fits`;
    const got = await tab.evaluate(async (url) => {
      const fits = await page.fitslice.open(url, { blockSize: 2880 });
      const image = await fits.image();
      const screen = page.createScreen(page.newCanvas(), { viewBytes: 1e6 });
      const news: unknown[] = [];
      screen.on("firstlight", () => news.push("firstlight"));
      screen.on("expensive", (price) => news.push(price));
      screen.show(fits, image, []);
      screen.setViewport({ center: [299.5, 999.5], zoom: screen.fitZoom() });
      await screen.idle;
      const coverage = screen.coverage();
      while (news.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      const expected = Number((await image.section([800, 300])).data[0]);
      return { coverage, zoom: screen.fitZoom(), news, reading: screen.valueAt(300, 800), expected };
    }, url);
    const rows = server.requests.slice(1, 251).map(({ offset, length }) => [(offset! - 2880) / 2400, length]);
    const places = rows.map(([row]) => row!);
    expect(new Set(rows.map(([, length]) => length))).toEqual(new Set([2400]));
    // The first pass is over before the next one begins.
    const isFirst = (row: number): boolean => row % 32 === 0;
    expect(places.slice(0, 63).every(isFirst)).toBe(true);
    expect(places.filter(isFirst).length).toBe(63);
    expect([...places].sort((a, b) => a - b)).toEqual(Array.from({ length: 250 }, (_, i) => 8 * i));
    // All of it is 4.8 MB: the row that the test itself read is held already.
    expect(server.requests.length).toBeLessThanOrEqual(252);
    expect(got).toMatchObject({ zoom: 0.1, coverage: { exact: 0, sampled: 1, missing: 0 } });
    expect(got.reading).toMatchObject({ exact: false });
    expect(Math.abs(Number(got.reading!.value) - got.expected)).toBeLessThan(1);
    const [first, price] = got.news as [string, { bytes: number; requests: number }];
    expect(first).toBe("firstlight");
    // All of the image, save rows that are held already and worth a request of their own.
    expect([price.bytes <= 4_800_000, price.bytes >= 4_200_000, price.requests > 0]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it("reads the rest when it is asked to, and then knows the mean of all pixels", async () => {
    const got = await tab.evaluate(async (url) => {
      const fits = await page.fitslice.open(url);
      const image = await fits.image();
      const screen = page.createScreen(page.newCanvas(), { viewBytes: 1e6 });
      screen.show(fits, image, []);
      screen.setViewport({ center: [299.5, 999.5], zoom: 0.1 });
      await screen.idle;
      const before = screen.coverage();
      screen.refine();
      await screen.idle;
      const { data } = page.picture.binned(await image.section(), { bin: 8 });
      return {
        before,
        after: screen.coverage(),
        reading: screen.valueAt(300, 800),
        right: data[100 * 75 + 37],
      };
    }, `${server.url}/large.fits`);
    expect(got).toMatchObject({ before: { exact: 0 }, after: { exact: 1 } });
    expect(Math.abs(Number(got.reading!.value) - got.right!)).toBeLessThan(1e-5);
  });

  it("cancels what is out of sight, and reads what is in sight now", async () => {
    const got = await tab.evaluate(async (url) => {
      const profile = page.fitslice.createProfile();
      const fits = await page.fitslice.open(url, { blockSize: 2880, cacheBytes: 0, profile, concurrency: 2 });
      const screen = page.createScreen(page.newCanvas(), { viewBytes: 440e3 });
      screen.show(fits, await fits.image(), []);
      screen.setViewport({ center: [299.5, 300], zoom: 1 });
      screen.drawNow();
      const before = screen.reading;
      screen.setViewport({ center: [299.5, 1700], zoom: 1 });
      screen.drawNow();
      await screen.idle;
      return { before, bytes: profile.summary().bytes, coverage: screen.coverage(), reading: screen.reading };
    }, `${server.url}/large.fits`);
    expect(got).toMatchObject({ coverage: { exact: 1 }, reading: 0 });
    expect(got.before).toBeGreaterThan(0);
    // The rows of the second view, and no more of the first than was on its way.
    expect(got.bytes).toBeLessThan(2 * 201 * 2400);
    const late = server.requests.slice(-50).map(({ offset }) => Math.floor((offset! - 2880) / 2400));
    expect(late.every((row) => row >= 1600 && row <= 1800)).toBe(true);
  });

  it.each([
    { walk: "along one level, without a cache", zooms: [0.5], cacheBytes: 0, most: 0 },
    // What comes in the moment in which it is canceled may come again.
    { walk: "through all levels", zooms: [0.15, 0.5, 1, 4], cacheBytes: 32e6, most: 0.01 },
  ])(
    "reads no byte twice in a walk of 200 views $walk",
    { timeout: 90_000 },
    async ({ zooms, cacheBytes, most }) => {
      const got = await tab.evaluate(
        async (url, zooms, cacheBytes) => {
          const came: [from: number, to: number][] = [];
          const profile = page.fitslice.createProfile({
            onRequest: ({ offset, length, requested, failure }) => {
              if (failure === undefined && length === requested) came.push([offset, offset + length]);
            },
          });
          const fits = await page.fitslice.open(url, { blockSize: 2880, cacheBytes, profile });
          const screen = page.createScreen(page.newCanvas(), { viewBytes: 300e3 });
          screen.show(fits, await fits.image(), []);
          let state = 7;
          const random = (end: number): number => (state = (state * 16807) % 2147483647) % end;
          for (let i = 0; i < 200; i++) {
            screen.setViewport({ center: [random(600), random(2000)], zoom: zooms[random(zooms.length)]! });
            screen.drawNow();
            if (i % 10 === 0) await screen.idle;
          }
          await screen.idle;
          return { coverage: screen.coverage(), reading: screen.reading, came };
        },
        `${server.url}/large.fits`,
        zooms,
        cacheBytes,
      );
      expect(got).toMatchObject({ coverage: { missing: 0 }, reading: 0 });
      // What was cancelled did not come; of the others no two may share a byte.
      const whole = got.came.sort(([a], [b]) => a - b);
      expect(whole.length).toBeGreaterThan(100);
      let repeated = 0;
      for (const [i, [from]] of whole.entries()) if (i > 0 && from < whole[i - 1]![1]) repeated++;
      expect(repeated / whole.length).toBeLessThanOrEqual(most);
    },
  );

  it("takes coarse levels from an overview, and nothing of the image", async () => {
    const got = await tab.evaluate(
      async (url, overviewUrl) => {
        const fits = await page.fitslice.open(url, { blockSize: 2880 });
        const over = await page.fitslice.open(overviewUrl);
        const image = await fits.image();
        const levels = [];
        for (const [hdu, factor] of [8, 16].entries())
          levels.push({ factor, image: await over.image(hdu), fits: over });
        const screen = page.createScreen(page.newCanvas(), { viewBytes: 1e6 });
        screen.show(fits, image, [], { overview: { levels } });
        screen.setViewport({ center: [299.5, 999.5], zoom: 0.1 });
        await screen.idle;
        const eighth = [screen.coverage().exact, screen.valueAt(300, 800)];
        screen.setViewport({ center: [299.5, 999.5], zoom: 0.03 });
        await screen.idle;
        return { eighth, rest: screen.coverage().exact };
      },
      `${server.url}/large.fits`,
      `${server.url}/large.ovr.fits`,
    );
    const { data } = binned(ndarray<"float32">(asymmetric(600, 2000), [2000, 600]), { bin: 8 });
    const [exact, reading] = got.eighth as [number, { value: number; exact: boolean }];
    expect([exact, got.rest, reading.exact]).toEqual([1, 1, false]);
    expect(Math.abs(reading.value - data[100 * 75 + 37]!)).toBeLessThan(1e-6);
    expect(server.requests.filter(({ path }) => path === "/large.fits").length).toBe(1);
  });

  it("goes over to an overview that is found late, level by level, and cancels the rows that it makes needless", async () => {
    const slow = await startRangeServer({ files, cors: true, latency: 1000 });
    await tab.evaluate(
      async (url, overviewUrl) => {
        const fits = await page.fitslice.open(url, { blockSize: 2880 });
        const over = await page.fitslice.open(overviewUrl);
        const image = await fits.image();
        const eighth = { factor: 8, image: await over.image(0), fits: over };
        const fourth = { factor: 4, image: await over.image(2), fits: over };
        const screen = page.createScreen(page.newCanvas(), { viewBytes: 1e6 });
        Object.assign(globalThis, { late: { image, eighth, fourth, screen, lit: 0 } });
        screen.on("firstlight", () => late.lit++);
        screen.show(fits, image, []);
        screen.setViewport({ center: [299.5, 999.5], zoom: 0.25 });
      },
      `${slow.url}/large.fits`,
      `${server.url}/large.ovr.fits`,
    );
    // Hundreds of rows are to come, some are on their way.
    await expect.poll(() => slow.requests.length).toBeGreaterThan(1);
    const got = await tab.evaluate(async () => {
      const { image, eighth, fourth, screen } = late;
      screen.setOverview({ levels: [eighth], finest: 4 });
      await screen.idle;
      const coarse = screen.coverage();
      screen.setOverview({ levels: [fourth, eighth] });
      await screen.idle;
      const fine = screen.coverage();
      screen.setViewport({ center: [299.5, 999.5], zoom: 1 });
      await screen.idle;
      const { data } = await image.section("900:1100, 150:450");
      return { coarse, fine, lit: late.lit, own: screen.valueAt(160, 910), right: data[10 * 300 + 10] };
    });
    const canceled = slow.requests.filter(({ sent, length }) => sent < length!).length;
    await slow.close();
    expect(got).toMatchObject({ coarse: { exact: 1 }, fine: { exact: 1 }, lit: 1 });
    expect(got.own).toMatchObject({ value: got.right, exact: true });
    expect(canceled).toBeGreaterThan(0);
  });

  it("shows square tiles that came, at 1:1 each pixel", async () => {
    const got = await tab.evaluate(async (url) => {
      const fits = await page.fitslice.open(url);
      const image = await fits.image();
      const screen = page.createScreen(page.newCanvas(), { viewBytes: 1e6 });
      screen.show(fits, image, []);
      screen.setViewport({ center: [299.5, 999.5], zoom: 0.1 });
      await screen.idle;
      const wide = screen.coverage();
      screen.setViewport({ center: [299.5, 999.5], zoom: 1 });
      await screen.idle;
      const { data } = await image.section("900:1100, 150:450");
      let wrong = 0;
      for (let y = 0; y < 200; y++)
        for (let x = 0; x < 300; x++) {
          const reading = screen.valueAt(150 + x, 900 + y);
          if (reading?.value !== data[y * 300 + x] || !reading?.exact) wrong++;
        }
      return { wide, near: screen.coverage(), wrong };
    }, `${server.url}/square.fits`);
    expect(got).toMatchObject({ wide: { missing: 0 }, near: { exact: 1 }, wrong: 0 });
    expect(got.wide.exact).toBeLessThan(0.9);
  });

  it("shows a plane of a cube, a row, and nothing of an image without pixels", async () => {
    const got = await tab.evaluate(
      async (cubeUrl, rowUrl) => {
        const screen = page.createScreen(page.newCanvas());
        const cube = await page.fitslice.open(cubeUrl);
        const image = await cube.image();
        const values: string[] = [];
        for (const plane of [0, 2]) {
          screen.show(cube, image, [plane]);
          screen.setViewport({ center: [14.5, 9.5], zoom: 4 });
          await screen.idle;
          values.push(
            String(screen.valueAt(29, 19)?.value),
            String((await image.section([plane, 19, 29])).data[0]),
          );
        }
        const line = await page.fitslice.open(rowUrl);
        screen.show(line, await line.image(), []);
        screen.setViewport({ center: [250, 0], zoom: screen.fitZoom() });
        await screen.idle;
        const row = [
          screen.valueAt(499, 0),
          screen.valueAt(0, 1),
          screen.fitZoom(),
          screen.sample(500).length,
        ];
        screen.show(line, { ...(await line.image()), shape: [0, 10] } as never, []);
        await screen.idle;
        return { values, row, nothing: [screen.valueAt(0, 0), screen.reading, screen.coverage().missing] };
      },
      `${server.url}/cube.fits`,
      `${server.url}/row.fits`,
    );
    expect([got.values[0], got.values[2]]).toEqual([got.values[1], got.values[3]]);
    expect(BigInt(got.values[0]!)).toBeGreaterThan(9_007_199_254_740_993n);
    expect(got.row).toEqual([{ value: (499 * 7919) % 251, exact: true }, undefined, 0.6, 500]);
    expect(got.nothing).toEqual([undefined, 0, 0]);
  });

  it("tells what cannot be read beside what can, in one line", async () => {
    const got = await tab.evaluate(async (url) => {
      const fits = await page.fitslice.open(url);
      const screen = page.createScreen(page.newCanvas(), { viewBytes: 1e6 });
      const errors: string[] = [];
      screen.on("error", (error) => errors.push(error.message));
      screen.show(fits, await fits.image(), []);
      screen.setViewport({ center: [299.5, 1100], zoom: 0.3 });
      await screen.idle;
      return { errors, low: screen.valueAt(10, 900) !== undefined };
    }, `${server.url}/short.fits`);
    expect(got.low).toBe(true);
    expect(got.errors).toEqual([expect.stringMatching(/^[^\n]*ends at byte 2880000[^\n]*$/)]);
  });

  it("draws again after the context was lost, and in another size", async () => {
    const got = await tab.evaluate(async (url) => {
      const fits = await page.fitslice.open(url);
      const canvas = page.newCanvas();
      const screen = page.createScreen(canvas);
      screen.show(fits, await fits.image(), []);
      screen.setViewport({ center: [200, 150], zoom: 1 });
      await screen.idle;
      const sum = (pixels: Uint8Array): number => pixels.reduce((a, b) => a + b, 0);
      const before = sum(page.pixels(screen));
      const lost = canvas.getContext("webgl2")!.getExtension("WEBGL_lose_context")!;
      const event = (name: string): Promise<void> =>
        new Promise((resolve) => canvas.addEventListener(name, () => setTimeout(resolve), { once: true }));
      const isLost = event("webglcontextlost");
      lost.loseContext();
      await isLost;
      screen.drawNow();
      const isRestored = event("webglcontextrestored");
      lost.restoreContext();
      await isRestored;
      const after = sum(page.pixels(screen));
      canvas.style.width = "100px";
      while (canvas.width !== 100) await new Promise((resolve) => setTimeout(resolve, 5));
      await screen.idle;
      const narrow = page.pixels(screen).length;
      screen.close();
      return { before, after, narrow };
    }, `${server.url}/small.fits`);
    expect(got.after).toBe(got.before);
    expect([got.before > 0, got.narrow]).toEqual([true, 4 * 100 * 200]);
  });
});
