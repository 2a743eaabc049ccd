/** The element under a policy that allows no WebAssembly and no worker: the same pixels, decoded by JavaScript. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type ImageHdu, ndarray, open } from "fitslice";
import { fitsBytes, imageHdu } from "fitslice/write";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FitsViewer } from "../../viewer/src/element/fits-viewer.js";
import { chromium, type Page } from "../browser/browsers.js";
import type { RangeServer } from "../servers/range-server.js";
import { type Driver, drivenPage } from "./page-driver.js";
import { fileOf } from "./screen/images.js";

const it = test.skipIf(!chromium.executablePath);

declare global {
  interface Window {
    violated: string[];
  }
}

/** A file whose decoding is worth workers, where there are some. */
const large = [1400, 1300] as const;
const tiled = (name: string): Uint8Array => readFileSync(`test/fixtures/tiled/${name}.fits`);

let files: Readonly<Record<string, Uint8Array>>;
let server: RangeServer;
let page: Page;
let drive: Driver;
let close: (() => Promise<void>) | undefined;

beforeAll(async () => {
  if (!chromium.executablePath) return;
  const values = Int32Array.from({ length: large[0] * large[1] }, (_, i) => (i * 2654435761) % 5003);
  const plain = await fitsBytes([imageHdu({ data: ndarray(values.slice(0, 90 * 70), [90, 70]) })]);
  files = {
    "/plain.fits": plain,
    "/gz.fits.gz": gzipSync(plain),
    "/rice.fits": tiled("004-astropy-rice_1-i4"),
    "/gzip.fits": tiled("016-astropy-gzip_1-f4"),
    "/gzip2.fits": tiled("007-astropy-gzip_2-f4"),
    "/hcompress.fits": tiled("019-astropy-hcompress_1-i4"),
    "/plio.fits": tiled("014-fpack-plio_1-i2"),
    "/large.fits": await fileOf(ndarray(values, large), [1, large[1]]),
  };
  const policy = "default-src 'self'; script-src 'self'; worker-src 'none'";
  ({ server, page, drive, close } = await drivenPage(files, { policy, width: 1600, height: 1500 }));
  await page.evaluateOnNewDocument(() => {
    window.violated = [];
    addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
      window.violated.push(`${effectiveDirective} ${blockedURI.replace(/^.*\//, "")}`),
    );
  });
}, 120_000);

afterAll(() => close?.());

/** The values of the first plane of the first image, by the library in Node. */
async function expected(bytes: Uint8Array): Promise<{ shape: readonly number[]; values: number[] }> {
  await using fits = await open(bytes);
  const image: ImageHdu = await fits.image();
  const { data } = await image.section(image.shape.slice(0, -2).map(() => 0));
  return { shape: image.shape.slice(-2), values: Array.from(data as ArrayLike<number>, Number) };
}

describe("under default-src 'self'; script-src 'self'; worker-src 'none' (skipped where there is no Chromium)", () => {
  it.each([
    "plain.fits",
    "gz.fits.gz",
    "rice.fits",
    "gzip.fits",
    "gzip2.fits",
    "hcompress.fits",
    "plio.fits",
    "large.fits",
  ])(
    "%s is shown, each pixel with its value",
    async (name) => {
      const { shape, values: all } = await expected(files[`/${name}`]!);
      // Of many pixels some from all rows and columns.
      const step = all.length > 1e5 ? 101 : 1;
      const values = all.filter((_, i) => i % step === 0);
      await drive.open(`${server.url}/one.html`);
      const shown = await page.evaluate(
        async (name, [height, width], step) => {
          const viewer = document.querySelector("fits-viewer")!;
          viewer.style.height = "1480px";
          const errors: string[] = [];
          viewer.addEventListener("error", ({ detail }) => errors.push(detail.message));
          viewer.zoom = 1;
          viewer.src = name;
          await viewer.idle;
          const { screen } = (viewer as unknown as FitsViewer).desk!.stage;
          const readings = Array.from({ length: Math.ceil((width! * height!) / step) }, (_, i) =>
            screen.valueAt((i * step) % width!, Math.floor((i * step) / width!)),
          );
          return {
            errors,
            values: readings.map((reading) => Number(reading?.value)),
            coverage: screen.coverage().exact,
            violated: window.violated,
          };
        },
        name,
        shape.length > 1 ? [...shape] : [1, ...shape],
        step,
      );
      expect(shown.errors).toEqual([]);
      expect(shown.coverage).toBeCloseTo(1, 6);
      expect(shown.values.length).toBe(values.length);
      expect(shown.values.every((value, i) => Object.is(value, values[i]))).toBe(true);
      // The policy was in force; nothing but WebAssembly and workers was tried.
      expect(
        shown.violated.filter((what) => !/^script-src(-elem)? wasm-eval$|^worker-src /.test(what)),
      ).toEqual([]);
      if (/rice|plio|large/.test(name)) expect(shown.violated).toContain("script-src wasm-eval");
    },
    60_000,
  );

  it("panels, pictures to save and tables need no more", async () => {
    await drive.open(`${server.url}/one.html`);
    await page.evaluate(async () => {
      const viewer = document.querySelector("fits-viewer")!;
      viewer.view = { regions: ["circle(20,20,9)"] };
      viewer.src = "plain.fits";
      await viewer.idle;
    });
    for (const panel of ["hdus", "header", "sky", "regions", "table", "histogram", "spectrum", "network"])
      await drive.openPanel(panel);
    await drive.openPanel("regions");
    await drive.press("li .name");
    await page.evaluate(() => {
      const select = window.parts("[aria-label='Format of the cutout']")[0] as HTMLSelectElement;
      select.value = "png";
      select.dispatchEvent(new Event("change"));
    });
    await drive.press("button", "Save");
    await page.waitForFunction(() =>
      window.parts("[role=status]").some((part) => /^Saved .*\.png/.test(part.textContent!)),
    );
    expect(await page.evaluate(() => window.violated)).toEqual([]);
  });
});
