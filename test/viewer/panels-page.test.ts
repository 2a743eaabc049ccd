/** The panels of the built page in Chromium: table, positions, histogram, spectrum, network; and what is asked first. */
import { readFileSync } from "node:fs";
import { type Har, ndarray } from "fitslice";
import { fitsBytes, imageHdu, tableHdu } from "fitslice/write";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FitsViewer } from "../../viewer/src/element/fits-viewer.js";
import { type Browser, chromium, type Page } from "../browser/browsers.js";
import type { RangeServer } from "../servers/range-server.js";
import { startPage } from "./page-server.js";

const it = test.skipIf(!chromium.executablePath);

const [width, height, planes, rowCount] = [60, 40, 12, 20_000];
const cards = (values: Readonly<Record<string, string | number>>) =>
  Object.entries(values).map(([keyword, value]) => ({ keyword, value }));
const sky = { CTYPE1: "RA---CAR", CTYPE2: "DEC--CAR", CRVAL1: 50, CRVAL2: 0, CRPIX1: 1, CRPIX2: 1 };

/** A cube whose values tell their place, with a WCS of 0.01 deg a pixel, and a table of positions and a wide column. */
async function file(): Promise<Uint8Array> {
  const cube = Float32Array.from({ length: planes * height * width }, (_, i) => i);
  const header = cards({
    ...sky,
    CDELT1: -0.01,
    CDELT2: 0.01,
    CTYPE3: "FREQ",
    CRVAL3: 1e9,
    CRPIX3: 1,
    CDELT3: 1e6,
    CUNIT3: "Hz",
    BUNIT: "Jy",
  });
  const columns = [
    { name: "RA", format: "1D", unit: "deg" },
    { name: "DEC", format: "1D", unit: "deg" },
    { name: "MAG", format: "1E", unit: "mag", display: "F8.3" },
    { name: "PAD", format: "500B" },
  ];
  const values = (of: (i: number) => number) => Float64Array.from({ length: rowCount }, (_, i) => of(i));
  const batch = {
    columns: [
      { values: values((i) => 50 - 0.01 * (i % width)) },
      { values: values((i) => 0.01 * (Math.floor(i / width) % height)) },
      { values: Float32Array.from({ length: rowCount }, (_, i) => i / 1000) },
      { values: new Uint8Array(rowCount * 500) },
    ],
  };
  return fitsBytes([
    imageHdu({ data: ndarray(cube, [planes, height, width]), header }),
    tableHdu({ columns, batches: [batch], name: "CAT" }),
  ]);
}

let browser: Browser;
let server: RangeServer;
let page: Page;
let bytes: Uint8Array;

beforeAll(async () => {
  if (!chromium.executablePath) return;
  bytes = await file();
  server = await startPage({ "/cube.fits": bytes });
  browser = await chromium.launch();
  page = await browser.newPage();
  await page.setViewport({ width: 1200, height: 800 });
  await page.goto(`${server.url}/#src=cube.fits&plane=3`);
  await page.waitForFunction(() => customElements.get("fits-viewer") !== undefined);
  await page.evaluate(() => document.querySelector("fits-viewer")!.idle);
  await page.evaluate(readFileSync("node_modules/axe-core/axe.min.js", "utf8"));
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens a panel; the others are asked by `inPanel`. */
async function openPanel(id: string): Promise<void> {
  await page.evaluate((id) => {
    (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.stage.panel = id;
  }, id);
  await page.waitForFunction(
    (id) =>
      document.querySelector("fits-viewer")!.shadowRoot!.querySelector(`fits-viewer-${id}`)?.shadowRoot
        ?.childElementCount,
    {},
    id,
  );
}

/** The texts of parts of the open panel, those of cells apart from each other. */
const text = (selector: string): Promise<string> =>
  page.evaluate((selector) => {
    const root = document
      .querySelector("fits-viewer")!
      .shadowRoot!.querySelector(".panel .body > *")?.shadowRoot;
    // Parts of SVG have no innerText.
    const textOf = ({ innerText, textContent }: { innerText?: string; textContent: string | null }): string =>
      (innerText ?? textContent ?? "").trim().replace(/\s+/g, " ");
    return [...(root?.querySelectorAll<HTMLElement>(selector) ?? [])].map(textOf).join("|");
  }, selector);

/** Waits until the text of parts of the open panel is like `wanted`. */
const waitFor = async (selector: string, wanted: string): Promise<void> => {
  await expect.poll(() => text(selector), { timeout: 10_000 }).toMatch(new RegExp(wanted));
};

const press = (selector: string, words: string): Promise<void> =>
  page.evaluate(
    (selector, words) => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!.querySelector(".panel .body > *")!
        .shadowRoot!;
      const found = [...root.querySelectorAll<HTMLElement>(selector)].find((part) =>
        part.textContent!.includes(words),
      );
      found!.click();
    },
    selector,
    words,
  );

const find = async (condition: string): Promise<void> => {
  await page.evaluate((condition) => {
    const root = document.querySelector("fits-viewer")!.shadowRoot!.querySelector(".panel .body > *")!
      .shadowRoot!;
    root.querySelector<HTMLInputElement>(".where input")!.value = condition;
  }, condition);
  await press(".where button", "Find");
};

const frames = (ms = 80): Promise<void> =>
  page.evaluate(
    (ms) => new Promise<void>((done) => setTimeout(() => requestAnimationFrame(() => done()), ms)),
    ms,
  );

/** What axe finds wrong. */
const violations = (): Promise<unknown[]> =>
  page.evaluate(async () => {
    const { violations } = await window.axe.run();
    return violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ target }) => target) }));
  });

const moved = (): Promise<number> =>
  page.evaluate(() => document.querySelector("fits-viewer")!.profile.bytes);

describe("the table panel (skipped where there is no Chromium)", () => {
  it("reads the rows in sight alone, those at the end, too", async () => {
    await openPanel("table");
    await waitFor("tbody tr:nth-child(2)", "^1 50 0 0\\.000 \\[0, 0, 0, 0, \u2026 500\\]");
    const before = await moved();
    expect(before).toBeLessThan(bytes.length / 2);
    await page.evaluate(() => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!.querySelector(".panel .body > *")!
        .shadowRoot!;
      root.querySelector(".rows")!.scrollTop = 1e9;
    });
    await waitFor("tbody tr:not(.space):last-of-type, tbody tr:nth-last-child(2)", "20000 .* 19\\.999 ");
    expect((await moved()) - before).toBeLessThan(600_000);
    expect((await text("tbody tr")).split("|").length).toBeLessThan(60);
  });

  it("says in a line what is wrong with a condition, and finds the rows that pass", async () => {
    await find("MAGG < 3");
    await waitFor("[role=alert]", "no column 'MAGG'");
    await find("MAG >= 19.999");
    await waitFor("[role=status]", "^1 row passes; the table has 20000 rows$");
    await find("MAG >= 19.99 and RA < 49.9");
    await waitFor("[role=status]", "^9 rows pass; the table has 20000 rows$");
    await waitFor("tbody tr:nth-child(2)", "^19992 49\\.");
    expect(await text("[role=alert]")).toBe("");
  });

  it("draws positions on the picture, and goes to that of a row", async () => {
    await press("button", "On the picture");
    await press("button", "Show on the picture");
    await waitFor("section [role=status]", "^Positions of 9 rows that pass, among 20000$");
    await frames(300);
    const rings = await page.evaluate(
      () =>
        document
          .querySelector("fits-viewer")!
          .shadowRoot!.querySelector("path.points:not(.halo)")!
          .getAttribute("d")!
          .split("M").length - 1,
    );
    expect(rings).toBe(9);
    await press("tbody th button", "19993");
    await page.waitForFunction(
      () => (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.stage.hasCrosshair,
    );
    const place = await page.evaluate(
      () => (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.stage.place!,
    );
    const row = 19_992;
    expect([place.x, place.y]).toEqual([
      expect.closeTo(row % width, 6),
      expect.closeTo(Math.floor(row / width) % height, 6),
    ]);
    expect(await violations()).toEqual([]);
    await press("button", "Remove");
    await frames();
    const left = await page.evaluate(
      () => document.querySelector("fits-viewer")!.shadowRoot!.querySelectorAll("path.points").length,
    );
    expect(left).toBe(0);
  });

  it("plots two columns", async () => {
    await press("button", "Plot");
    await waitFor("section [role=status]", "^9 rows that pass, among 20000$");
    const label = await page.evaluate(() => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!.querySelector(".panel .body > *")!
        .shadowRoot!;
      const canvas = root.querySelector<HTMLCanvasElement>("canvas.dots")!;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      const drawn = data.filter((value, i) => i % 4 === 3 && value > 0).length;
      return [root.querySelector(".chart svg")!.getAttribute("aria-label"), drawn > 20];
    });
    expect(label).toEqual(["DEC (deg) over RA (deg): 9 points", true]);
    expect(await violations()).toEqual([]);
    await press("button", "Columns");
    await waitFor(".columns li", "RA deg 1?D|DEC");
    expect(await violations()).toEqual([]);
    await press("button", "Plot");
    await find("");
    await waitFor("section [role=status]", "^20000 rows$");
  });
});

describe("other panels (skipped where there is no Chromium)", () => {
  it("the histogram moves the limits by drag and by keys, and a rule takes them back", async () => {
    await openPanel("histogram");
    await waitFor(".controls", "values in sight");
    const places = await page.evaluate(() => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!.querySelector(".panel .body > *")!
        .shadowRoot!;
      return [...root.querySelectorAll(".limit line")].map((line) => {
        const box = line.getBoundingClientRect();
        return [box.left, box.top + box.height / 2] as const;
      });
    });
    const [[lowX, y], [highX]] = places as [readonly [number, number], readonly [number, number]];
    await page.mouse.move(lowX, y);
    await page.mouse.down();
    await page.mouse.move((lowX + highX) / 2, y, { steps: 4 });
    await page.mouse.up();
    await frames(300);
    const limits = () =>
      page.evaluate(
        () => (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.stage.screen.limits,
      );
    const view = () => page.evaluate(() => document.querySelector("fits-viewer")!.view);
    const dragged = await limits();
    // Plane 3 holds 7200 to 9599.
    expect(dragged.vmin).toBeGreaterThan(8100);
    expect(dragged.vmin).toBeLessThan(8700);
    expect((await view()).vmin).toBe(dragged.vmin);
    await page.evaluate(() => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!.querySelector(".panel .body > *")!
        .shadowRoot!;
      root.querySelectorAll<SVGElement>(".limit")[1]!.focus();
    });
    await page.keyboard.press("ArrowLeft");
    await frames(300);
    expect((await limits()).vmax).toBeLessThan(dragged.vmax);
    await press("button", "minmax");
    await frames(300);
    expect(await limits()).toEqual({ vmin: 7200, vmax: 9599 });
    expect(await view()).toMatchObject({ limits: "minmax", vmin: undefined, vmax: undefined });
  });

  it("the spectrum is that of the crosshair's pixel; a click on it shows a plane", async () => {
    await openPanel("spectrum");
    await page.evaluate(() =>
      (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.stage.setCrosshair(7, 31),
    );
    await waitFor(".controls", "Pixel 8, 32");
    const value = 3 * width * height + 31 * width + 7;
    await waitFor("p.number", `^Plane 4: 1\\.003 GHz, value ${value} Jy$`);
    await waitFor("svg .label", "^FREQ \\(GHz\\)\\|Jy$");
    await page.evaluate(() => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!.querySelector(".panel .body > *")!
        .shadowRoot!;
      const chart = root.querySelector(".chart svg")!;
      const box = chart.querySelector(".frame rect")!.getBoundingClientRect();
      chart.dispatchEvent(
        new MouseEvent("click", { clientX: box.right - 2, clientY: box.top + 9, bubbles: true }),
      );
    });
    await waitFor("p.number", `^Plane 12: 1\\.011 GHz, value ${11 * width * height + 31 * width + 7} Jy$`);
    expect(await page.evaluate(() => document.querySelector("fits-viewer")!.view.plane)).toEqual([11]);
  });

  it("what moves more than 64 MB is asked first, and not read where the answer is no", async () => {
    await page.evaluate(() => {
      const { fits } = (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.model;
      const { explain } = fits!;
      fits!.explain = async (...given) => ({ ...(await explain(...given)), bytes: 65e6 });
    });
    const before = await moved();
    const click = (x: number) =>
      page.evaluate((x) => {
        const { stage } = (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!;
        stage.setCrosshair(x, 3);
        stage.emit("click", stage.place!);
      }, x);
    await click(20);
    await waitFor(".ask", "^This spectrum moves: 65\\.0 MB in \\d+ requests? Read Leave$");
    expect(await violations()).toEqual([]);
    await press(".ask button", "Leave");
    await frames(300);
    expect(await text(".ask")).toBe("");
    expect(await text(".controls")).not.toContain("Pixel 21, 4");
    expect(await moved()).toBe(before);
    await click(21);
    await waitFor(".ask", "This spectrum moves");
    await press(".ask button", "Read");
    await waitFor(".controls", "Pixel 22, 4");
  });

  it("the network panel tells what moved, and saves it as HAR", async () => {
    await openPanel("network");
    const {
      requests,
      roundTrips,
      bytes: sum,
    } = await page.evaluate(() => document.querySelector("fits-viewer")!.profile);
    const numbers = await text("dl.numbers div");
    expect(numbers).toContain(`Requests ${requests}|Round trips ${roundTrips}`);
    expect(numbers).toContain(`Moved ${(sum / 1e6).toFixed(1)} MB`);
    expect((await text("tbody tr")).split("|").length).toBe(requests);
    const har = await page.evaluate(async () => {
      let blob: Blob | undefined;
      const { createObjectURL } = URL;
      URL.createObjectURL = (given: Blob) => {
        blob = given;
        return createObjectURL(given);
      };
      const root = document.querySelector("fits-viewer")!.shadowRoot!.querySelector(".panel .body > *")!
        .shadowRoot!;
      root.querySelector<HTMLButtonElement>(".controls button")!.click();
      URL.createObjectURL = createObjectURL;
      return JSON.parse(await blob!.text()) as Har;
    });
    expect(har.log.entries.length).toBe(requests);
    expect(JSON.stringify(har.log.entries[0])).toContain(`${server.url}/cube.fits`);
  });
});
