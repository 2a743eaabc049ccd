/** The built page as axe sees it: every panel with something in it, what is asked and what goes wrong; light, dark, wide, narrow. */
import { readFileSync } from "node:fs";
import { ndarray } from "fitslice";
import { fitsBytes, imageHdu, tableHdu } from "fitslice/write";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FitsViewer } from "../../viewer/src/element/fits-viewer.js";
import { chromium, type Page } from "../browser/browsers.js";
import type { RangeServer } from "../servers/range-server.js";
import { type Driver, drivenPage } from "./page-driver.js";

const it = test.skipIf(!chromium.executablePath);
const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const cards = (values: Readonly<Record<string, string | number>>) =>
  Object.entries(values).map(([keyword, value]) => ({ keyword, value }));

/** A cube on the sky, another image, a line of pixels, a table of positions. */
async function file(): Promise<Uint8Array> {
  const sky = { CTYPE1: "RA---TAN", CTYPE2: "DEC--TAN", CRVAL1: 50, CRVAL2: 10, CDELT1: -0.01, CDELT2: 0.01 };
  const header = cards({
    ...sky,
    CRPIX1: 20,
    CRPIX2: 20,
    CTYPE3: "FREQ",
    CRVAL3: 1e9,
    CDELT3: 1e6,
    BUNIT: "Jy",
  });
  const values = Float32Array.from({ length: 5 * 40 * 60 }, (_, i) => (i % 977) - 50);
  const degrees = (from: number) => Float64Array.from({ length: 300 }, (_, i) => from + (i % 20) * 0.01);
  return fitsBytes([
    imageHdu({ data: ndarray(values, [5, 40, 60]), header, name: "CUBE" }),
    imageHdu({ data: ndarray(values.slice(0, 2400), [40, 60]), header: cards(sky), name: "FLAT" }),
    imageHdu({ data: ndarray(values.slice(0, 300), [300]), name: "LINE" }),
    tableHdu({
      columns: [
        { name: "RA", format: "1D", unit: "deg" },
        { name: "DEC", format: "1D", unit: "deg" },
        { name: "NAME", format: "8A" },
      ],
      batches: [
        {
          columns: [
            { values: degrees(49.9) },
            { values: degrees(9.9) },
            { values: Array.from({ length: 300 }, (_, i) => `s${i}`) },
          ],
        },
      ],
      name: "TABLE",
    }),
  ]);
}

let server: RangeServer;
let page: Page;
let drive: Driver;
let close: (() => Promise<void>) | undefined;

beforeAll(async () => {
  if (!chromium.executablePath) return;
  ({ server, page, drive, close } = await drivenPage({ "/test.fits": await file() }));
}, 120_000);

afterAll(() => close?.());

describe("axe finds nothing (skipped where there is no Chromium)", () => {
  const looks = ["dark", "light"].flatMap((scheme) => [
    { scheme, width: 1280, height: 800 },
    { scheme, width: 375, height: 700 },
  ]);
  it.each(looks)(
    "in the $scheme, $width wide",
    async ({ scheme, width, height }) => {
      await page.setViewport({ width, height });
      const found: unknown[] = [];
      const open = async (hash: string): Promise<void> => {
        await drive.open(`${server.url}/${hash}`);
        await page.evaluate(axe);
        await page.evaluate((scheme) => {
          document.documentElement.style.colorScheme = scheme;
        }, scheme);
      };
      const examine = async (what: string): Promise<void> => {
        await drive.frames();
        const wrong = await page.evaluate(async () => {
          const { violations } = await window.axe.run();
          const { scrollWidth } = document.documentElement;
          const list = violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ target }) => target) }));
          return scrollWidth > innerWidth ? [...list, { id: `${scrollWidth} wide`, nodes: [] }] : list;
        });
        for (const { id, nodes } of wrong) found.push({ what, id, nodes });
      };
      await open("");
      await examine("no file");
      await open("#src=nothing.fits");
      await page.waitForFunction(() => window.parts(".error").length > 0);
      await examine("an error");
      const regions =
        "&region=circle(20,20,6)&region=fk5;box(50,10,60%22,60%22,0)&region=polygon(1,1,9,1,9,9)";
      await open(`#src=test.fits&hdu=CUBE&grid=1&compass=1&vmin=1${regions}`);
      await examine("a cube");
      await drive.press("[title='Keys (?)']");
      await examine("the keys");
      await drive.press("dialog button");
      await page.evaluate(() => {
        const { stage } = (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!;
        void stage.ask("May this be read?", "Read");
        stage.setCrosshair(20, 20);
      });
      await examine("a question");
      await drive.press(".question button", "Cancel");
      for (const panel of ["hdus", "sky", "network"]) {
        await drive.openPanel(panel);
        await examine(panel);
      }
      await drive.openPanel("header");
      await examine("header");
      await page.evaluate(() => {
        const field = window.parts("fits-viewer-header")[0]!.shadowRoot!.querySelector("input")!;
        field.value = "cdelt";
        field.dispatchEvent(new Event("input"));
      });
      await examine("cards that were found");
      await drive.openPanel("regions");
      await examine("regions");
      await drive.press("li .name");
      await expect.poll(() => drive.text("dl dt")).toContain("Median");
      await examine("a region that is measured");
      await drive.openPanel("histogram");
      await expect.poll(() => drive.text(".controls")).toContain("values in sight");
      await examine("histogram");
      await drive.openPanel("spectrum");
      await expect.poll(() => drive.text("p.number")).toContain("Plane 1");
      await examine("spectrum");
      await drive.openPanel("table");
      await expect.poll(() => drive.text("tbody td")).toContain("s0");
      await examine("table");
      for (const part of ["Columns", "Plot", "On the picture"]) {
        await drive.press("button", part);
        await drive.frames(200);
        await examine(part);
      }
      await drive.press("button", "Show on the picture");
      await expect.poll(() => drive.text("section [role=status]")).toContain("Positions of");
      await examine("positions");
      await open("#src=test.fits&hdu=LINE");
      await expect.poll(() => drive.text("p.number")).toContain("Pixel 1");
      await examine("a line");
      await open("#src=test.fits&hdu=TABLE");
      await expect.poll(() => drive.text("tbody td")).toContain("s0");
      await examine("a table alone");
      expect(found).toEqual([]);
    },
    120_000,
  );
});
