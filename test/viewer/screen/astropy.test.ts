/** What the screen draws at 1:1 and larger, held against the pixels that astropy reads and the levels that it gives them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Browser, chromium, type Page } from "../../browser/browsers.js";
import { hasAstropy } from "../../cutout/oracles.js";
import { type RangeServer, startRangeServer } from "../../servers/range-server.js";
import { type ScreenPage, type ScreenSite, startScreenSite } from "./site.js";

declare const page: ScreenPage;

interface Found {
  readonly name: string;
  readonly plane: readonly number[];
  readonly shape: readonly [height: number, width: number];
  readonly vmin: number;
  readonly vmax: number;
}

const names = "int16 uint16 uint8 int32 int64 float32 float64 huge tiny scaled rows tiles cube".split(" ");
const stretches = ["linear", "sqrt", "log", "asinh"] as const;
const isReady = hasAstropy && chromium.executablePath !== undefined;

describe.skipIf(!isReady)("a picture, held against astropy (skipped without it, or without Chromium)", () => {
  const folder = mkdtempSync(join(tmpdir(), "fitslice-screen-"));
  let browser: Browser;
  let site: ScreenSite;
  let server: RangeServer;
  let tab: Page;
  let found: Found[] = [];

  beforeAll(async () => {
    const said = execFileSync("/usr/bin/python3", ["test/viewer/screen/levels.py", folder], {
      encoding: "utf8",
    });
    found = JSON.parse(said) as Found[];
    const files = Object.fromEntries(
      readdirSync(folder).map((name) => [`/${name}`, readFileSync(join(folder, name))]),
    );
    server = await startRangeServer({ files, cors: true });
    site = await startScreenSite(150, 110);
    browser = await chromium.launch();
    tab = await browser.newPage();
    await tab.goto(site.url);
    await tab.waitForFunction(() => "page" in globalThis);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    site?.close();
    await server?.close();
    rmSync(folder, { recursive: true });
  });

  test.each(names)(
    "%s: each pixel at its place and level, 1 to 8 times",
    { timeout: 60_000 },
    async (name) => {
      const { plane, shape, vmin, vmax } = found.find((one) => one.name === name)!;
      const worst = await tab.evaluate(
        async (url, name, plane, [height, width], limits, stretches) => {
          const { fitslice, picture } = page;
          const canvas = page.newCanvas();
          const fits = await fitslice.open(`${url}/${name}.fits`);
          const screen = page.createScreen(canvas, { nan: [255, 0, 0, 255] });
          const errors: string[] = [];
          screen.on("error", (error) => errors.push(error.message));
          screen.show(fits, await fits.image(), plane);
          const colors = picture.colormapColors("viridis");
          const levelOf = new Map<number, number>([[0xff0000, -1]]);
          for (let level = 0; level < 256; level++)
            levelOf.set(
              (colors[3 * level]! << 16) | (colors[3 * level + 1]! << 8) | colors[3 * level + 2]!,
              level,
            );
          let [worst, outside, compared] = [0, 0, 0];
          for (let zoom = 1; zoom <= 8; zoom++) {
            const stretch = stretches[zoom % stretches.length]!;
            const file = await fetch(`${url}/${name}.${stretch}.levels`);
            const levels = new Int16Array(await file.arrayBuffer());
            screen.setLook({ stretch, limits: "minmax", ...limits, colormap: "viridis", invert: false });
            // The lower left corner is in sight, or an upper right part; canvases of even and odd size.
            canvas.style.width = `${150 - (zoom >> 2)}px`;
            const [left, bottom] =
              zoom % 2 ? [-3, -2] : [width! - Math.floor(100 / zoom), height! - Math.floor(90 / zoom)];
            const size = [150 - (zoom >> 2), 110];
            while (canvas.width !== size[0]) await new Promise((resolve) => setTimeout(resolve, 1));
            screen.setViewport({
              center: [left + size[0]! / 2 / zoom - 0.5, bottom + 55 / zoom - 0.5],
              zoom,
            });
            screen.drawNow();
            await screen.idle;
            const drawn = page.pixels(screen);
            if (canvas.width !== size[0] || canvas.height !== 110)
              errors.push(`${canvas.width} x ${canvas.height}`);
            for (let py = 0; py < canvas.height; py++)
              for (let px = 0; px < canvas.width; px++) {
                const x = left + Math.floor(px / zoom);
                const y = bottom + Math.floor(py / zoom);
                const at = 4 * (py * canvas.width + px);
                if (x < 0 || y < 0 || x >= width! || y >= height!) {
                  if (drawn[at + 3] !== 0) outside++;
                  continue;
                }
                const is = levelOf.get((drawn[at]! << 16) | (drawn[at + 1]! << 8) | drawn[at + 2]!) ?? -300;
                const right = levels[y * width! + x]!;
                compared++;
                // No value is no level.
                worst = Math.max(worst, is < 0 !== right < 0 ? 300 : Math.abs(is - right));
              }
          }
          screen.close();
          return { worst, outside, compared, errors };
        },
        server.url,
        name,
        plane,
        shape,
        { vmin, vmax },
        stretches,
      );
      expect(worst).toMatchObject({ outside: 0, errors: [] });
      expect(worst.compared).toBeGreaterThan(50_000);
      expect(worst.worst).toBeLessThanOrEqual(1);
    },
  );
});
