/** The built page in Chromium at the width of a phone. */
import { ndarray } from "fitslice";
import { fitsBytes, imageHdu } from "fitslice/write";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chromium } from "../browser/browsers.js";
import { sparseFile } from "../servers/content.js";
import { type DrivenPage, drivenPage } from "./page-driver.js";

const it = test.skipIf(!chromium.executablePath);

let driven: DrivenPage;

/** An image of 192 MB of zeros. */
function large() {
  const cards = ["SIMPLE  = T", "BITPIX  = -32", "NAXIS   = 2", "NAXIS1  = 8000", "NAXIS2  = 6000", "END"];
  const header = new TextEncoder().encode(
    cards
      .map((card) => card.padEnd(80))
      .join("")
      .padEnd(2880),
  );
  const size = 2880 * (1 + Math.ceil((4 * 8000 * 6000) / 2880));
  return sparseFile(size, [{ offset: 0, bytes: header }]);
}

/** Three HDUs, the last of which has a BITPIX that is none. */
async function broken(): Promise<Uint8Array> {
  const hdus = [1, 2, 3].map((value) => imageHdu({ data: ndarray(Float32Array.of(value, 2, 3, 4), [2, 2]) }));
  const bytes = await fitsBytes(hdus);
  bytes.set(new TextEncoder().encode("BITPIX  =                   99"), 4 * 2880 + 80);
  return bytes;
}

beforeAll(async () => {
  if (!chromium.executablePath) return;
  const files = { "/large.fits": large(), "/broken.fits": await broken() };
  driven = await drivenPage(files, { width: 375, height: 667 });
}, 120_000);

afterAll(() => driven?.close());

it("the price of a finer picture stays, and the picture keeps its size", async () => {
  const { page, drive, server } = driven;
  await drive.open(`${server.url}/#src=large.fits`);
  await expect.poll(() => drive.text(".status button")).toBe("Refine: 192 MB");
  const seen = await page.evaluate(async () => {
    const seen = new Set<string>();
    for (let frame = 0; frame < 60; frame++) {
      await new Promise((done) => requestAnimationFrame(done));
      const words = window.parts(".status button").map(({ textContent }) => textContent);
      seen.add(`${window.parts("canvas")[0]!.clientHeight} ${words}`);
    }
    return [...seen];
  });
  expect(seen).toEqual([expect.stringMatching(/^\d+ Refine: 192 MB$/)]);
});

it("the list of HDUs says which of them cannot be read", async () => {
  const { drive, server } = driven;
  await drive.open(`${server.url}/#src=broken.fits`);
  await drive.openPanel("hdus");
  await expect
    .poll(() => drive.text(".wrong"))
    .toMatch(/^HDU 2 cannot be read, nor any behind it: .*BITPIX = 99/);
  expect((await drive.text("li .name")).split("|").length).toBe(2);
});
