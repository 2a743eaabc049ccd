/** The built page in Chromium: opened by links, driven by wheel, drag and keys. */

import { ndarray } from "fitslice";
import { fitsBytes, imageHdu } from "fitslice/write";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { pageScripts } from "../../scripts/viewer-page.mjs";
import type { FitsViewer } from "../../viewer/src/element/fits-viewer.js";
import { parseLink } from "../../viewer/src/link.js";
import type { FitsViewerElement, FitsViewerView } from "../../viewer/src/public.js";
import { type Browser, chromium, type Page } from "../browser/browsers.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { hostile, startPage, testFile } from "./page-server.js";

const it = test.skipIf(!chromium.executablePath);

declare global {
  interface Window {
    hacked?: number;
    violations: string[];
    told: { type: string; detail: unknown; at?: number }[];
    axe: {
      run(): Promise<{
        violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[];
      }>;
    };
  }
}

let browser: Browser;
let server: RangeServer;
let other: RangeServer;
let page: Page;

beforeAll(async () => {
  if (!chromium.executablePath) return;
  const bytes = await testFile();
  server = await startPage({ "/test.fits": bytes });
  other = await startRangeServer({ files: { "/test.fits": bytes } });
  browser = await chromium.launch();
  page = await browser.newPage();
  await page.setViewport({ width: 1000, height: 700 });
  await page.evaluateOnNewDocument(() => {
    window.violations = [];
    window.told = [];
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      window.violations.push(`${violatedDirective}: ${blockedURI}`),
    );
    for (const type of ["firstlight", "idle", "viewchange", "error"])
      addEventListener(
        type,
        (event) => window.told.push({ type, detail: (event as CustomEvent).detail, at: performance.now() }),
        true,
      );
  });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
  await other?.close();
});

/** Opens a link in a page of its own, and waits until nothing more is read. */
async function open(hash: string): Promise<void> {
  await page.goto("about:blank");
  await page.goto(`${server.url}/${hash}`);
  await page.waitForFunction(() => customElements.get("fits-viewer") !== undefined);
  await page.evaluate(() => document.querySelector("fits-viewer")!.idle);
}

const view = (): Promise<FitsViewerView> => page.evaluate(() => document.querySelector("fits-viewer")!.view);

/** The text of a part of the element. */
const text = (selector: string): Promise<string> =>
  page.evaluate((selector) => {
    const root = document.querySelector("fits-viewer")!.shadowRoot!;
    return [...root.querySelectorAll(selector)]
      .map((part) => part.textContent.replace(/\s+/g, " ").trim())
      .join("|");
  }, selector);

const frames = (ms = 60): Promise<void> =>
  page.evaluate(
    (ms) => new Promise<void>((done) => setTimeout(() => requestAnimationFrame(() => done()), ms)),
    ms,
  );

/** Where a pixel of the image lies in the window. */
async function placeOf(x: number, y: number): Promise<[number, number]> {
  return page.evaluate(
    (x, y) => {
      const { stage } = (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!;
      const box = stage.canvas.getBoundingClientRect();
      const [left, top] = stage.placement.toCanvas(x, y);
      return [box.left + left, box.top + top] as [number, number];
    },
    x,
    y,
  );
}

/** Clicks a button of the element. */
const press = (selector: string): Promise<void> =>
  page.evaluate(
    (selector) =>
      document.querySelector("fits-viewer")!.shadowRoot!.querySelector<HTMLButtonElement>(selector)!.click(),
    selector,
  );

/** The hash, once the page has written it. */
async function hash(): Promise<string> {
  await frames(500);
  return page.evaluate(() => location.hash);
}

describe("the page (skipped where there is no Chromium)", () => {
  beforeEach(() => open("#src=test.fits"), 30_000);

  it("shows a file, and tells of it", async () => {
    const types = await page.evaluate(() => window.told.map(({ type }) => type));
    expect(types).toEqual(expect.arrayContaining(["firstlight", "idle", "viewchange"]));
    expect(types).not.toContain("error");
    expect(await view()).toMatchObject({ hdu: 0, center: [29.5, 19.5], zoom: 0, stretch: "asinh" });
    expect(await text(".status")).toContain("Exact");
    const { requests, bytes } = await page.evaluate(() => document.querySelector("fits-viewer")!.profile);
    expect([requests, bytes]).toEqual([1, (await testFile()).length]);
    const loaded = await page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .filter(({ startTime }) => startTime < window.told.find(({ type }) => type === "firstlight")!.at!)
        .map(({ name }) => new URL(name).pathname.slice(1))
        .filter((name) => name.endsWith(".js")),
    );
    // What check-bundle counts as loaded is what was loaded until the picture was there.
    const first = (await pageScripts()).filter(({ isFirst }) => isFirst).map(({ name }) => name);
    expect(loaded.length).toBeGreaterThan(5);
    expect(loaded.filter((name) => !first.includes(name))).toEqual([]);
    expect(await page.evaluate(() => document.title)).toBe("test.fits - fitslice");
  });

  it("says the value and the FITS pixel under the pointer, with the unit", async () => {
    await page.mouse.move(...(await placeOf(7, 31)));
    await frames();
    expect(await text(".readout")).toMatch(/Pixel\s*8\.0, 32\.0\s*Value\s*31007\.5 Jy/);
    await page.mouse.move(...(await placeOf(59, 0)));
    await frames();
    expect(await text(".readout")).toMatch(/60\.0, 1\.0\s*Value\s*59\.5 Jy/);
    await page.mouse.move(...(await placeOf(-0.9, 0)));
    await frames();
    expect(await text(".readout")).toBe("Point at the picture");
  });

  it("zooms at the pointer by the wheel, moves by dragging, and its address restores that exactly", async () => {
    // Pointers are at whole pixels of the screen: a place in the image that lies there.
    const [left, top] = (await placeOf(7, 31)).map(Math.round) as [number, number];
    const [originLeft, originTop] = await placeOf(0, 0);
    const [nextLeft] = await placeOf(1, 0);
    const scale = nextLeft - originLeft;
    const under = [(left - originLeft) / scale, (originTop - top) / scale] as const;
    await page.mouse.move(left, top);
    await page.mouse.wheel({ deltaY: -240 });
    await frames(400);
    const zoomed = await view();
    expect(zoomed.zoom).toBeGreaterThan(16);
    const [sameLeft, sameTop] = await placeOf(...under);
    expect(Math.hypot(sameLeft - left, sameTop - top)).toBeLessThan(0.01);
    await page.mouse.down();
    await page.mouse.move(left + 50, top + 20, { steps: 4 });
    await frames(150);
    await page.mouse.up();
    const [afterLeft, afterTop] = await placeOf(...under);
    expect([afterLeft - left, afterTop - top].map(Math.round)).toEqual([50, 20]);
    const written = await hash();
    expect(parseLink(written).src).toBe("test.fits");
    const before = await view();
    await open(written);
    expect(await view()).toEqual(before);
    // What a link does not say is as at first.
    await page.evaluate(() => {
      location.hash = "#src=test.fits&cmap=viridis";
    });
    await frames();
    expect(await view()).toMatchObject({ hdu: 0, zoom: 0, colormap: "viridis" });
  });

  it("takes keys on the picture", async () => {
    await page.mouse.click(...(await placeOf(20, 10)));
    const pressed = async (...keys: string[]): Promise<FitsViewerView> => {
      for (const key of keys) await page.keyboard.press(key as "a");
      await frames();
      return view();
    };
    await pressed("ArrowRight", "ArrowUp", "ArrowUp");
    expect(await text(".readout")).toMatch(/22\.0, 13\.0\s*Value\s*12021\.5 Jy/);
    expect(await pressed("1")).toMatchObject({ zoom: 1 });
    expect(await pressed("+", "+", "-")).toMatchObject({ zoom: 2 });
    expect(await pressed("i", "g")).toMatchObject({ invert: true, grid: true });
    expect(await pressed("0")).toMatchObject({ zoom: 0, center: [29.5, 19.5] });
    await frames(800);
    expect(await text("[role=status].unseen")).toMatch(/^pixel 22, 13; 12021\.5 Jy/);
    await pressed("?");
    expect(await text("dialog[open] h2")).toBe("Keys on the picture");
    await pressed("Escape", "Escape");
    expect(await text("dialog[open]")).toBe("");
  });

  it("zooms between two fingers, and moves with one", async () => {
    const [left, top] = (await placeOf(30, 20)).map(Math.round) as [number, number];
    const scale = async (): Promise<number> => (await placeOf(1, 0))[0] - (await placeOf(0, 0))[0];
    const before = await scale();
    const one = await page.touchscreen.touchStart(left - 40, top);
    const other = await page.touchscreen.touchStart(left + 40, top);
    for (const step of [20, 40]) {
      await one.move(left - 40 - step, top);
      await other.move(left + 40 + step, top);
    }
    await other.end();
    await one.end();
    await frames();
    const [afterLeft, afterTop] = await placeOf(30, 20);
    expect((await scale()) / before).toBeCloseTo(160 / 80, 1);
    expect([afterLeft - left, afterTop - top].every((far) => Math.abs(far) < 2)).toBe(true);
    const only = await page.touchscreen.touchStart(left, top);
    await only.move(left + 30, top);
    await frames(150);
    await only.end();
    expect(Math.round((await placeOf(30, 20))[0] - afterLeft)).toBe(30);
  });

  it("tells drags with a tool, and leaves the picture where it is", async () => {
    await page.evaluate(() => {
      const { stage } = (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!;
      stage.tool = "box";
      stage.on("drag", ({ phase, from, to, shift }) =>
        window.told.push({ type: "drag", detail: [phase, from.x, from.y, to.x, to.y, shift] }),
      );
      stage.on("click", ({ x, y }) => window.told.push({ type: "click", detail: [x, y] }));
    });
    const before = await view();
    await page.mouse.move(...(await placeOf(10, 10)));
    await page.mouse.down();
    await page.mouse.move(...(await placeOf(20, 30)), { steps: 3 });
    await page.mouse.up();
    await frames();
    const told = await page.evaluate(() => window.told.filter(({ type }) => /drag|click/.test(type)));
    const phases = told.map(({ detail }) => (detail as unknown[])[0]);
    expect([phases[0], phases[1], phases.at(-1)]).toEqual(["start", "move", "end"]);
    const end = (told.at(-1)!.detail as unknown[]).slice(1, 5).map((value) => Math.round(value as number));
    expect(end).toEqual([10, 10, 20, 30]);
    // What was drawn is a region.
    expect(await view()).toEqual({ ...before, regions: ["image;box(16,21,11,21,0)"] });
    await page.keyboard.press("Escape");
    const tool = page.evaluate(
      () => (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.stage.tool,
    );
    expect(await tool).toBe("pan");
  });

  it("goes to a pixel, and says in one line where there is none", async () => {
    const goTo = async (place: string): Promise<void> => {
      await page.evaluate((place) => {
        const root = document.querySelector("fits-viewer")!.shadowRoot!;
        const input = root.querySelector<HTMLInputElement>(".goto input")!;
        input.value = place;
        input.form!.requestSubmit();
      }, place);
      await frames();
    };
    await goTo("pixel 11, 5");
    expect((await view()).center).toEqual([10, 4]);
    expect(await text(".readout")).toContain("4010.5 Jy");
    await goTo("pixel 100, 5");
    expect(await text(".error")).toBe("pixel 100, 5 lies outside the image of 60 x 40 pixels");
    await press(".error button");
    await frames();
    expect(await text(".error")).toBe("");
  });

  it("takes limits by hand, and gives them back to the rule", async () => {
    const change = (value: string): Promise<void> =>
      page.evaluate((value) => {
        const root = document.querySelector("fits-viewer")!.shadowRoot!;
        const input = root.querySelector<HTMLInputElement>(".scale input")!;
        input.value = value;
        input.dispatchEvent(new Event("change"));
      }, value);
    await change("-12.5");
    expect((await view()).vmin).toBe(-12.5);
    await change("many");
    expect((await view()).vmin).toBe(-12.5);
    await change("");
    expect((await view()).vmin).toBeUndefined();
  });

  it("steps through a cube, and names its planes", async () => {
    await open("#src=test.fits&hdu=CUBE");
    expect(await text(".plane")).toMatch(/FREQ\s*1 GHz · 1\/3/);
    await page.evaluate(() =>
      document.querySelector("fits-viewer")!.shadowRoot!.querySelector<HTMLElement>(".stage canvas")!.focus(),
    );
    await page.keyboard.press("[");
    await frames();
    expect(await text(".plane")).toMatch(/1.002 GHz · 3\/3/);
    expect((await view()).plane).toEqual([2]);
    expect(parseLink(await hash()).state).toMatchObject({ hdu: 1, plane: [2] });
    await press(".plane button");
    await page.waitForFunction(() => document.querySelector("fits-viewer")!.plane![0] === 1);
    await press(".plane button");
    await frames();
    const { plane } = await view();
    await frames(500);
    expect((await view()).plane).toEqual(plane);
  });

  it("makes no markup of what a file says, and breaks none of its rules", async () => {
    await press('[data-panel="header"]');
    await page.waitForFunction(
      () =>
        document.querySelector("fits-viewer")!.shadowRoot!.querySelector("fits-viewer-header")?.shadowRoot,
    );
    await frames();
    const panel = await page.evaluate(() => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!;
      const table = root.querySelector("fits-viewer-header")!.shadowRoot!;
      return {
        text: table.querySelector("table")!.textContent,
        images: table.querySelectorAll("img").length,
      };
    });
    expect(panel.text).toContain(hostile);
    expect(panel.text).toContain("ESO DET WIN1 NAME");
    expect(panel.text).toContain("of a HIERARCH card");
    expect(panel.images).toBe(0);
    await press('[data-panel="hdus"]');
    await frames(200);
    expect(await page.evaluate(() => window.hacked)).toBeUndefined();
    expect(await page.evaluate(() => window.violations)).toEqual([]);
  });
});

describe("what goes wrong (skipped where there is no Chromium)", () => {
  it("is told beside the picture, and as an event", async () => {
    await open("#src=nothing.fits");
    await frames();
    expect(await text(".error")).toMatch(/nothing\.fits.*(no such|not found|404)/i);
    const told = await page.evaluate(() => window.told.filter(({ type }) => type === "error").length);
    expect(told).toBe(1);
    await open("#src=test.fits&z=far");
    await frames();
    expect(await text(".error")).toContain('zoom of a view is a number from 0 (fit) to 256, not "far"');
  });

  it("in a link is told, and the rest of the view is restored", async () => {
    const wrong = "s=blue&vmin=9&vmax=1&region=circle(&region=circle(5,5,2)";
    await open(`#src=test.fits&hdu=9&cmap=viridis&grid=1&${wrong}`);
    await page.waitForFunction(
      () => document.querySelector("fits-viewer")!.shadowRoot!.querySelectorAll(".error p").length === 3,
    );
    const told = await text(".error p");
    expect(told).toMatch(/no stretch "blue".*9 is above 1/);
    expect(told).toMatch(/no HDU 9; there are/);
    expect(told).toMatch(/region "circle\(": circle of 0 numbers is not drawn/);
    expect(await view()).toMatchObject({
      hdu: 0,
      colormap: "viridis",
      grid: true,
      stretch: "asinh",
      vmin: undefined,
      regions: ["circle(", "circle(5,5,2)"],
    });
    // The same of a link that is followed while the file is open.
    await press(".error button");
    await page.evaluate(() => {
      location.hash = "#src=test.fits&hdu=0&c=1e6,0&cmap=magma&lim=most";
    });
    await frames();
    expect(await text(".error p")).toMatch(
      /limits "most".*1000001, 1 is not in the image|1000001, 1 is not in the image.*limits "most"/,
    );
    expect(await view()).toMatchObject({ hdu: 0, colormap: "magma", center: [29.5, 19.5] });
  });

  it("names the headers that a server of another site must send", async () => {
    await open(`#src=${other.url}/test.fits`);
    await frames();
    expect(await text(".error")).toContain("Access-Control-Allow-Origin");
    expect(await text(".error")).toContain("Access-Control-Expose-Headers: Content-Range, ETag");
  }, 60_000);
});

describe("the first picture of a large image (skipped where there is no Chromium)", () => {
  it("is planned for the size that the canvas has: nothing larger than a row is canceled", async () => {
    const large = ndarray(new Float32Array(2600 * 2500), [2600, 2500]);
    const files = { "/large.fits": await fitsBytes([imageHdu({ data: large })]) };
    // Of this server nobody asks for many ranges at once.
    const store = await startPage(files, { headers: { server: "AmazonS3" } });
    try {
      await page.goto("about:blank");
      await page.goto(`${store.url}/#src=large.fits`);
      await page.waitForFunction(() => customElements.get("fits-viewer") !== undefined);
      const events = await page.evaluate(async () => {
        const viewer = document.querySelector("fits-viewer")!;
        await viewer.idle;
        return viewer.profile.events.map(({ requested, length, failure }) => ({
          lack: requested - length,
          failure,
        }));
      });
      expect(events.length).toBeGreaterThan(10);
      // The first request takes a block, of which the file may have less. A busy browser may give the canvas its size in two steps: rows
      // of the first one are canceled then. Planned at 1:1, for a canvas without a size, requests would be of hundreds of rows.
      const rowBytes = 2500 * 4;
      const isOdd = ({ lack, failure }: (typeof events)[number]): boolean =>
        failure === undefined ? lack !== 0 : lack > rowBytes;
      expect(events.slice(1).filter(isOdd)).toEqual([]);
    } finally {
      await store.close();
    }
  }, 60_000);
});

describe("the element (skipped where there is no Chromium)", () => {
  it("is there twice on a page, each with its attributes; what cannot be is told", async () => {
    await page.goto("about:blank");
    await page.goto(`${server.url}/two.html`);
    await page.waitForFunction(() => customElements.get("fits-viewer") !== undefined);
    const views = await page.evaluate(async () => {
      const both = [...document.querySelectorAll("fits-viewer")];
      await Promise.all(both.map(({ idle }) => idle));
      return both.map(({ view, link, hdu, stretch }) => ({ view, link, hdu, stretch }));
    });
    expect(views[0]!.view).toMatchObject({
      hdu: 0,
      center: [10, 20],
      zoom: 4,
      stretch: "linear",
      invert: true,
    });
    expect(views[1]!.view).toMatchObject({ hdu: 1, plane: [2], zoom: 0, stretch: "asinh" });
    expect([views[0]!.stretch, views[1]!.hdu]).toEqual(["linear", 1]);
    expect(views[0]!.link).toBe("#src=test.fits&hdu=0&c=10,20&z=4&s=linear&inv=1");
    const errors = await page.evaluate(() =>
      window.told.filter(({ type }) => type === "error").map(({ detail }) => (detail as Error).message),
    );
    expect(errors).toEqual(['the attribute zoom is a number, not "wrong"']);
  });

  it("can be taken away, put elsewhere, and shows the same; properties change the view", async () => {
    const after = await page.evaluate(async () => {
      const viewer = document.querySelector("#a") as FitsViewerElement;
      viewer.remove();
      await new Promise((done) => setTimeout(done, 50));
      const gone = viewer.shadowRoot!.querySelector("canvas");
      document.body.prepend(viewer);
      await viewer.idle;
      const { zoom, center, invert } = viewer.view;
      viewer.colormap = "viridis";
      viewer.view = { zoom: 8, invert: undefined };
      return {
        isOther: gone !== viewer.shadowRoot!.querySelector("canvas"),
        before: { zoom, center, invert },
        view: structuredClone(viewer.view),
      };
    });
    expect(after.before).toEqual({ zoom: 4, center: [10, 20], invert: true });
    expect(after.view).toMatchObject({ zoom: 8, center: [10, 20], colormap: "viridis", invert: false });
  });
});
