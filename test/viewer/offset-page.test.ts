/** The built page in Chromium with values that differ late, as Julian dates do: what is written tells them apart. */
import { ndarray } from "fitslice";
import { fitsBytes, imageHdu } from "fitslice/write";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FitsViewer } from "../../viewer/src/element/fits-viewer.js";
import { chromium } from "../browser/browsers.js";
import { type DrivenPage, drivenPage } from "./page-driver.js";

const it = test.skipIf(!chromium.executablePath);

const [width, height] = [60, 40];
let driven: DrivenPage;

beforeAll(async () => {
  if (!chromium.executablePath) return;
  const dates = Float64Array.from({ length: width * height }, (_, i) => 2459000.5 + i / 8192);
  driven = await drivenPage({
    "/dates.fits": await fitsBytes([imageHdu({ data: ndarray(dates, [height, width]) })]),
  });
}, 120_000);

afterAll(() => driven?.close());

const limits = () =>
  driven.page.evaluate(
    () => (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.stage.screen.limits,
  );

const fields = (selector: string) =>
  driven.page.evaluate(
    (selector) => window.parts(selector).map((part) => Number((part as HTMLInputElement).value)),
    selector,
  );

it("readout and fields of limits tell them apart", async () => {
  const { page, drive, server } = driven;
  await drive.open(`${server.url}/#src=dates.fits&lim=minmax`);
  const { vmin, vmax } = await limits();
  expect([vmin, vmax]).toEqual([2459000.5, 2459000.5 + (width * height - 1) / 8192]);
  const [low, high] = await fields(".scale input");
  expect(Math.abs(low! - vmin)).toBeLessThan(1e-4);
  expect(Math.abs(high! - vmax)).toBeLessThan(1e-4);
  await page.evaluate(() => {
    (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.stage.goTo(10, 2);
  });
  await drive.focus("canvas");
  await page.keyboard.press("ArrowRight");
  await drive.frames(300);
  const readout = await drive.text(".readout .number");
  const value = 2459000.5 + (2 * width + 11) / 8192;
  expect(readout).toContain("12.0, 3.0");
  expect(Math.abs(Number(readout.split("|")[1]) - value)).toBeLessThan(1e-4);
});

it("a key moves a limit of the histogram by a step of the range", async () => {
  const { page, drive, server } = driven;
  await drive.open(`${server.url}/#src=dates.fits&lim=minmax`);
  await drive.openPanel("histogram");
  await expect.poll(() => drive.text(".controls")).toContain("2400 values in sight");
  const before = await limits();
  await drive.focus(".limit");
  await page.keyboard.press("ArrowRight");
  await drive.frames(400);
  const after = await limits();
  expect(after.vmax).toBe(before.vmax);
  expect(after.vmin - before.vmin).toBeGreaterThan(0.001);
  expect(after.vmin - before.vmin).toBeLessThan(0.002);
  const [low] = await fields(".fields input");
  expect(Math.abs(low! - after.vmin)).toBeLessThan(1e-4);
});

it("the mean of a region has digits behind the deviation", async () => {
  const { drive, server } = driven;
  await drive.open(`${server.url}/#src=dates.fits&region=box(21,11,11,11)`);
  await drive.openPanel("regions");
  await drive.press("li .name");
  await expect.poll(() => drive.text("dt"), { timeout: 10_000 }).toContain("Mean");
  const names = (await drive.text("dt")).split("|");
  const values = (await drive.text("dd")).split("|");
  const numberOf = (name: string) => Number(values[names.indexOf(name)]);
  expect(numberOf("Pixels")).toBe(121);
  const middle = 2459000.5 + (10 * width + 20) / 8192;
  expect(Math.abs(numberOf("Mean") - middle)).toBeLessThan(1e-4);
  expect(Math.abs(numberOf("Median") - middle)).toBeLessThan(1e-4);
});
