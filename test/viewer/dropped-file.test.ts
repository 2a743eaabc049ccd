/** A file of two gigabytes that is dropped on the page, in Chromium: the page reads what it shows, and no more. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Browser, chromium, type Page } from "../browser/browsers.js";
import type { RangeServer } from "../servers/range-server.js";
import { startPage } from "./page-server.js";

const it = test.skipIf(!chromium.executablePath);

let browser: Browser;
let server: RangeServer;
let page: Page;

beforeAll(async () => {
  if (!chromium.executablePath) return;
  server = await startPage({});
  browser = await chromium.launch();
  page = await browser.newPage();
  await page.goto(`${server.url}/`);
  await page.waitForFunction(() => customElements.get("fits-viewer") !== undefined);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

it("reads a hundredth of a dropped file of two gigabytes", { timeout: 60_000 }, async () => {
  const got = await page.evaluate(async () => {
    const side = 23_000;
    const cards = [
      "SIMPLE  =                    T",
      "BITPIX  =                  -32",
      "NAXIS   =                    2",
    ];
    for (const axis of [1, 2]) cards.push(`NAXIS${axis}  = ${String(side).padStart(20)}`);
    const header = [...cards, "END"].map((card) => card.padEnd(80)).join("");
    const row = new DataView(new ArrayBuffer(side * 4));
    for (let x = 0; x < side; x++) row.setFloat32(x * 4, x);
    // Parts of a Blob that are alike are held once.
    const rows = new Blob(Array<Blob>(100).fill(new Blob([row])));
    const parts = [header.padEnd(2880), ...Array<Blob>(side / 100).fill(rows), new Uint8Array(1760)];
    const file = new File(parts, "two.fits");
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(file);
    const viewer = document.querySelector("fits-viewer")!;
    const idle = new Promise((resolve) => viewer.addEventListener("idle", resolve, { once: true }));
    viewer.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, composed: true }));
    await idle;
    const { screen } = (
      viewer as unknown as { desk: { stage: { screen: { valueAt(x: number, y: number): unknown } } } }
    ).desk.stage;
    return {
      size: file.size,
      bytes: viewer.profile.bytes,
      title: document.title,
      value: screen.valueAt(0, 0),
    };
  });
  expect(got.size).toBe(2_116_004_640);
  expect(got.title).toBe("two.fits - fitslice");
  expect(got.bytes).toBeGreaterThan(1e6);
  expect(got.bytes).toBeLessThan(25e6);
  // The mean of the first columns: a texel is 32 pixels or more wide.
  expect(got.value).toMatchObject({ exact: false });
});
