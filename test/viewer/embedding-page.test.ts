/** The element in pages of others: events, sources that change while they load, what a server must send, moves in the page. */
import { ndarray } from "fitslice";
import { fitsBytes, imageHdu } from "fitslice/write";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FitsViewerElement } from "../../viewer/src/public.js";
import { type Browser, chromium, type Page } from "../browser/browsers.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { type Driver, driverOf } from "./page-driver.js";
import { startPage, testFile } from "./page-server.js";

const it = test.skipIf(!chromium.executablePath);

declare global {
  interface Window {
    heard: { type: string; at: string; detail: unknown }[];
  }
}

let browser: Browser;
let server: RangeServer;
/** Of another origin: without any header for pages, without those that tell of ranges, with all. */
let closed: RangeServer;
let hidden: RangeServer;
let shared: RangeServer;
let page: Page;
let drive: Driver;

beforeAll(async () => {
  if (!chromium.executablePath) return;
  const bytes = await testFile();
  const files = { "/test.fits": bytes, "/other.fits": bytes };
  // Of a file that one answer holds the length vouches for the range.
  const large = await fitsBytes([imageHdu({ data: ndarray(new Float32Array(300 * 300), [300, 300]) })]);
  server = await startPage({
    ...files,
    "/text.fits": new TextEncoder().encode("<html>not here</html>".padEnd(3000)),
  });
  [closed, hidden, shared] = await Promise.all([
    startRangeServer({ files }),
    startRangeServer({ files: { "/test.fits": large }, headers: { "access-control-allow-origin": "*" } }),
    startRangeServer({ files, cors: true, latency: 300 }),
  ]);
  browser = await chromium.launch();
  page = await browser.newPage();
  await page.setViewport({ width: 900, height: 700 });
  await page.evaluateOnNewDocument(() => {
    window.heard = [];
    for (const type of ["firstlight", "idle", "viewchange", "error"])
      addEventListener(
        type,
        ({ target, detail }: Event & { detail?: unknown }) => {
          const said = detail instanceof Error ? detail.message : structuredClone(detail);
          const { src } = target as FitsViewerElement;
          window.heard.push({ type, at: String(src), detail: said });
        },
        true,
      );
  });
  drive = await driverOf(page);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  for (const each of [server, closed, hidden, shared]) await each?.close();
});

const heard = () => page.evaluate(() => window.heard);
/** Sets the source, and waits until nothing more is read. */
const show = (src: string) =>
  page.evaluate(async (src) => {
    const viewer = document.querySelector("fits-viewer")!;
    viewer.src = src;
    await viewer.idle;
  }, src);

describe("the element (skipped where there is no Chromium)", () => {
  beforeEach(() => drive.open(`${server.url}/one.html`));

  it("tells the first light, changes of the view and when nothing more is read, once each", async () => {
    await show("test.fits");
    await drive.frames(150);
    const events = await heard();
    expect(events.map(({ type }) => type).toSorted()).toEqual(["firstlight", "idle", "viewchange"]);
    const detail = (type: string) => events.find((event) => event.type === type)!.detail;
    expect(detail("firstlight")).toEqual({ seconds: expect.any(Number) });
    expect(detail("idle")).toEqual({ exact: 1, sampled: 0, missing: 0 });
    expect(detail("viewchange")).toMatchObject({ hdu: 0, center: [29.5, 19.5], zoom: 0 });
    const { requests, bytes, roundTrips } = await page.evaluate(
      () => document.querySelector("fits-viewer")!.profile,
    );
    expect([requests, roundTrips, bytes]).toEqual([1, 1, (await testFile()).length]);
  });

  it("shows the last of several sources that are set while others load, and tells of that one alone", async () => {
    await page.evaluate(async (other) => {
      const viewer = document.querySelector("fits-viewer")!;
      viewer.src = `${other}/test.fits`;
      await new Promise((done) => setTimeout(done, 120));
      viewer.src = "nothing.fits";
      viewer.src = `${other}/other.fits`;
      await new Promise((done) => setTimeout(done, 30));
      viewer.src = "other.fits";
      await viewer.idle;
    }, shared.url);
    await drive.frames(500);
    const events = await heard();
    expect(events.filter(({ type }) => type === "firstlight")).toEqual([
      { type: "firstlight", at: "other.fits", detail: expect.anything() },
    ]);
    expect(events.filter(({ type }) => type === "error")).toEqual([]);
    expect(await drive.text(".error")).toBe("");
  });

  it("can be taken away while it loads, and shows the file where it is put then", async () => {
    const [before, hdu] = await page.evaluate(async (other) => {
      const viewer = document.querySelector("fits-viewer")!;
      viewer.src = `${other}/test.fits`;
      viewer.hdu = "CUBE";
      await new Promise((done) => setTimeout(done, 100));
      viewer.remove();
      await new Promise((done) => setTimeout(done, 500));
      const before = window.heard.length;
      const section = document.createElement("section");
      document.body.append(section);
      section.append(viewer);
      await viewer.idle;
      return [before, viewer.hdu];
    }, shared.url);
    expect([before, hdu]).toEqual([0, 1]);
  });

  it("takes what is set while the file loads", async () => {
    const view = await page.evaluate(async (other) => {
      const viewer = document.querySelector("fits-viewer")!;
      viewer.colormap = "magma";
      viewer.src = `${other}/test.fits`;
      await new Promise((done) => setTimeout(done, 100));
      viewer.stretch = "log";
      viewer.setAttribute("center", "7,8");
      const loading = structuredClone(viewer.view);
      await viewer.idle;
      return [loading, structuredClone(viewer.view)];
    }, shared.url);
    const wanted = { colormap: "magma", stretch: "log", center: [7, 8] };
    expect(view).toEqual([expect.objectContaining(wanted), expect.objectContaining(wanted)]);
  });

  it("shows each file as its attributes say; properties are for one file", async () => {
    const views = await page.evaluate(async (other) => {
      const viewer = document.querySelector("fits-viewer")!;
      viewer.setAttribute("colormap", "viridis");
      viewer.setAttribute("hdu", "CUBE");
      viewer.stretch = "log";
      viewer.src = "test.fits";
      await viewer.idle;
      const { hdu, colormap, stretch } = viewer.view;
      viewer.hdu = 0;
      await viewer.idle;
      const selected = viewer.hdu;
      viewer.src = `${other}/test.fits`;
      await viewer.idle;
      const second = structuredClone(viewer.view);
      viewer.link = `#src=other.fits&hdu=0`;
      await viewer.idle;
      const linked = structuredClone(viewer.view);
      return { first: { hdu, colormap, stretch }, selected, second, linked };
    }, shared.url);
    expect(views).toMatchObject({
      first: { hdu: 1, colormap: "viridis", stretch: "log" },
      selected: 0,
      second: { hdu: 1, colormap: "viridis", stretch: "asinh" },
      linked: { hdu: 0, colormap: "gray", stretch: "asinh" },
    });
  });

  it("shows a file of a server that lets pages in and hides all of its headers", async () => {
    await show(`${hidden.url}/test.fits`);
    expect((await heard()).map(({ type }) => type).toSorted()).toEqual(["firstlight", "idle", "viewchange"]);
    expect(await drive.text(".status")).toContain("Exact");
  });

  it("without a source is empty again, and settles", async () => {
    await show("test.fits");
    const state = await page.evaluate(async () => {
      const viewer = document.querySelector("fits-viewer")!;
      viewer.src = undefined;
      await viewer.idle;
      return [viewer.view.hdu, viewer.link];
    });
    expect(state).toEqual([undefined, expect.not.stringContaining("src")]);
  });
});

describe("an error (skipped where there is no Chromium)", () => {
  beforeEach(() => drive.open(`${server.url}/one.html`));

  const allow = "Access-Control-Allow-Origin";
  const cases: readonly [string, () => string, readonly RegExp[]][] = [
    ["a file that is not there", () => "nothing.fits", [/nothing\.fits/, /no such|not found|404/i]],
    ["what is no FITS file", () => "text.fits", [/a web page, not FITS/, /is the address right/]],
    [
      "a server that lets no page in",
      () => `${closed.url}/test.fits`,
      [new RegExp(allow), /Access-Control-Expose-Headers: Content-Range, ETag/],
    ],
    [
      "a server that is not there",
      () => "http://127.0.0.1:9/test.fits",
      [/127\.0\.0\.1:9/, new RegExp(allow)],
    ],
    ["an address that is none", () => "http://[/test.fits", [/address|URL/i]],
  ];
  it.each(cases)(
    "of %s is told once, in one line, and as an event that does not bubble",
    async (_, source, wanted) => {
      await show(source());
      await page.waitForFunction(() => window.heard.some(({ type }) => type === "error"), {
        timeout: 25_000,
      });
      const errors = (await heard()).filter(({ type }) => type === "error");
      expect(errors).toHaveLength(1);
      expect(String(errors[0]!.detail)).not.toContain("\n");
      for (const words of wanted) expect(await drive.text(".error")).toMatch(words);
      // What is shown says all that the event does.
      expect(await drive.text(".error")).toContain(String(errors[0]!.detail).replace(/\s+/g, " "));
      // Another file is shown all the same.
      await show("test.fits");
      expect(await drive.text(".error")).toBe("");
      expect(await drive.text(".status")).toContain("Exact");
    },
    40_000,
  );
});
