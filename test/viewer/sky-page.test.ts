/** Sky and regions on the built page, in Chromium: readout, grid, go to, blink, drawing, statistics; looked at by axe. */
import { readFileSync } from "node:fs";
import { ndarray } from "fitslice";
import { fitsBytes, imageHdu } from "fitslice/write";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FitsViewer } from "../../viewer/src/element/fits-viewer.js";
import { type Browser, chromium, type Page } from "../browser/browsers.js";
import type { RangeServer } from "../servers/range-server.js";
import { startPage } from "./page-server.js";

const it = test.skipIf(!chromium.executablePath);
const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

interface Case {
  readonly name: string;
  readonly cards: Readonly<Record<string, string | number>>;
  readonly points: readonly {
    readonly pixel: readonly [number, number];
    readonly header: readonly [number, number];
  }[];
}
const cases = JSON.parse(readFileSync("test/fixtures/viewer/readout.json", "utf8")) as Case[];
const rotated = cases.find(({ name }) => name === "rotated CD")!;
const size = 400;

let browser: Browser;
let server: RangeServer;
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  if (!chromium.executablePath) return;
  const data = ndarray(
    Float32Array.from({ length: size * size }, (_, i) => i % 1000),
    [size, size],
  );
  const header = Object.entries(rotated.cards).map(([keyword, value]) => ({ keyword, value }));
  const bytes = await fitsBytes([
    imageHdu({ data, header, name: "A" }),
    imageHdu({ data, header: [...header, { keyword: "CRPIX1", value: 190.5 }].filter(distinct), name: "B" }),
  ]);
  server = await startPage({ "/sky.fits": bytes });
  browser = await chromium.launch();
  page = await browser.newPage();
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.setViewport({ width: 1100, height: 720 });
  await page.evaluateOnNewDocument(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective }) =>
      console.error(`CSP ${violatedDirective}`),
    );
  });
  page.on("console", (message) => {
    if (message.text().startsWith("CSP")) problems.push(message.text());
  });
}, 120_000);

/** The last card of a keyword counts. */
function distinct(card: { keyword: string }, i: number, all: readonly { keyword: string }[]): boolean {
  return all.findLastIndex(({ keyword }) => keyword === card.keyword) === i;
}

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function open(hash: string): Promise<void> {
  await page.goto("about:blank");
  await page.goto(`${server.url}/#src=sky.fits${hash}`);
  await page.waitForFunction(() => customElements.get("fits-viewer") !== undefined);
  await page.evaluate(() => document.querySelector("fits-viewer")!.idle);
}

/** Where a pixel of the image lies in the window. */
const placeOf = (x: number, y: number): Promise<[number, number]> =>
  page.evaluate(
    (x, y) => {
      const { stage } = (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!;
      const box = stage.canvas.getBoundingClientRect();
      const [left, top] = stage.placement.toCanvas(x, y);
      return [box.left + left, box.top + top] as [number, number];
    },
    x,
    y,
  );

/** The texts of parts of the element, or of the open panel, once there are some. */
async function texts(selector: string, within: "element" | "panel" = "element"): Promise<string[]> {
  const found = await page.waitForFunction(
    (selector, within) => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!;
      const place = within === "element" ? root : root.querySelector(".panel .body > *")?.shadowRoot;
      const parts = [...(place?.querySelectorAll(selector) ?? [])];
      return parts.length > 0 && parts.map((part) => (part.textContent ?? "").replace(/\s+/g, " ").trim());
    },
    { timeout: 10_000 },
    selector,
    within,
  );
  return (await found.jsonValue()) as string[];
}

async function pressIn(selector: string, text = ""): Promise<void> {
  await page.waitForFunction(
    (selector, text) => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!;
      const places = [root, root.querySelector(".panel .body > *")?.shadowRoot];
      const button = places
        .flatMap((place) => [...(place?.querySelectorAll<HTMLElement>(selector) ?? [])])
        .find((one) => text === "" || one.textContent!.trim() === text);
      button?.click();
      return button !== undefined;
    },
    { timeout: 10_000 },
    selector,
    text,
  );
}

const state = () =>
  page.evaluate(() => {
    const { regions, hdu, center } = (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!
      .model.state;
    return { regions: [...regions], hdu, center: [...center] };
  });

async function violations(): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () =>
    (await window.axe.run()).violations.map(({ id, nodes }) => `${id}: ${String(nodes[0]!.target)}`),
  );
}

describe("sky and regions on the page (skipped where there is no Chromium)", () => {
  it("says the coordinates of the crosshair as astropy does, draws grid, compass and scale bar", async () => {
    await open("&grid=1&compass=1");
    const { pixel, header } = rotated.points[2]!;
    await page.evaluate(
      ([x, y]) =>
        (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.stage.setCrosshair(x!, y!),
      pixel,
    );
    const readout = await page.waitForFunction(() => {
      const text = document.querySelector("fits-viewer")!.shadowRoot!.querySelector(".readout")!.textContent!;
      return text.includes("Degrees") && text.replace(/\s+/g, " ");
    });
    const said = /FK5 J2000 ?00h\S+ \+41d\S+?s ?Degrees ?([\d.]+) ([+-][\d.]+)/.exec(
      (await readout.jsonValue()) as string,
    )!;
    expect(Math.abs(Number(said[1]) - header[0])).toBeLessThan(1e-9);
    expect(Math.abs(Number(said[2]) - header[1])).toBeLessThan(1e-9);
    // The scale bar comes last.
    await page.waitForFunction(() => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!;
      return [...root.querySelectorAll(".stage > svg text")].some(({ textContent }) =>
        /^\d+[\u2032\u2033]$/.test(textContent!),
      );
    });
    const labels = await texts(".stage > svg text");
    expect(labels).toEqual(expect.arrayContaining(["N", "E"]));
    expect(labels.filter((label) => /^0h(49|50)m/.test(label)).length).toBeGreaterThan(1);
    await page.evaluate(() =>
      (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.stage.canvas.focus(),
    );
    await page.keyboard.press("g");
    await page.waitForFunction(() => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!;
      return root.querySelectorAll(".stage > svg text").length === 3;
    });
  }, 30_000);

  it("goes to a position, and says in one line that another is outside", async () => {
    await open("&z=8");
    const goTo = async (text: string): Promise<void> => {
      await page.evaluate((text) => {
        const root = document.querySelector("fits-viewer")!.shadowRoot!;
        const field = root.querySelector<HTMLInputElement>("input[name=place]")!;
        field.value = text;
        field.form!.requestSubmit();
      }, text);
    };
    await goTo("M31");
    expect((await texts(".question p"))[0]).toMatch(/Is it the name of an object/);
    // Another text takes the question away.
    await goTo("00h50m00s +41d18m00s");
    await page.waitForFunction(
      () => !document.querySelector("fits-viewer")!.shadowRoot!.querySelector(".question"),
    );
    await page.waitForFunction(() => {
      const { center } = (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.model.state;
      return Math.hypot(center[0] - 179.5, center[1] - 210.25) < 1e-4;
    });
    await goTo("01:50:00 +41:18:00");
    expect((await texts(".error p"))[0]).toMatch(/lies outside the image/);
  }, 30_000);

  it("blinks with the same sky", async () => {
    await open("&z=4&c=200,210");
    await page.evaluate(() =>
      (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.stage.canvas.focus(),
    );
    await page.keyboard.press("b");
    await page.waitForFunction(
      () => (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.model.state.hdu === 1,
    );
    // CRPIX1 is 10 pixels further on.
    expect((await state()).center[0]).toBeCloseTo(210, 3);
  }, 30_000);

  it("draws green as ds9 does: brighter than the green of CSS", async () => {
    await open(`&region=${encodeURIComponent("circle(200,200,30) # color=green")}&region=circle(90,90,30)`);
    const strokes = await page.waitForFunction(() => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!;
      const found = [...root.querySelectorAll(".stage > svg path")].map((path) =>
        path.getAttribute("stroke"),
      );
      return found.includes("#36d399") && found;
    });
    expect(await strokes.jsonValue()).toContain("limegreen");
    expect(await strokes.jsonValue()).not.toContain("green");
  }, 30_000);

  it("draws a box, measures, moves and removes the box", async () => {
    await open("");
    await pressIn('[data-panel="regions"]');
    await pressIn("button", "Box");
    const drag = async (from: [number, number], to: [number, number]): Promise<void> => {
      await page.mouse.move(...from);
      await page.mouse.down();
      await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
      await page.mouse.move(...to);
      await page.mouse.up();
    };
    await drag(await placeOf(100, 100), await placeOf(119, 109));
    expect((await state()).regions).toEqual(["image;box(110.5,105.5,20,10,0)"]);
    const numbers = await texts("dl dd", "panel");
    // Rows 100 to 109, columns 100 to 119, of values that are the index modulo 1000.
    const values = Array.from(
      { length: 200 },
      (_, i) => ((100 + Math.floor(i / 20)) * size + 100 + (i % 20)) % 1000,
    );
    const sum = values.reduce((total, value) => total + value, 0);
    expect(numbers.slice(0, 3)).toEqual(["200", String(sum), String(sum / 200)]);
    expect((await texts("code", "panel"))[0]).toContain(
      "--hdu 0 --fits-section '[101:120,101:110]' -o sky-0-x101-120-y101-110.fits",
    );
    // By its edge.
    await drag(await placeOf(110, 109.5), await placeOf(115, 119.5));
    expect((await state()).regions).toEqual(["image;box(115.5,115.5,20,10,0)"]);
    expect(await violations()).toEqual([]);
    await page.keyboard.press("Delete");
    await page.waitForFunction(
      () =>
        (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.model.state.regions.length ===
        0,
    );
  }, 30_000);

  it("reads ds9's text, moves by keys, and says of the panel of the sky nothing to axe", async () => {
    await open("");
    await pressIn('[data-panel="regions"]');
    await texts("textarea", "panel");
    await page.evaluate(() => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!.querySelector(".panel .body > *")!
        .shadowRoot!;
      root.querySelector("textarea")!.value =
        "image;circle(50,60,7)\nfk5;polygon(1,2,3,4) # text={<img src=x>}";
    });
    await pressIn("button", "Add");
    expect((await texts("li .what", "panel"))[0]).toBe("circle at 50, 60, 7 px");
    expect((await texts("section [role=status]", "panel")).at(-1)).toBe(
      "1 added; 1 kept as text: the shape polygon is not drawn",
    );
    await pressIn("li .name");
    await page.evaluate(() => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!.querySelector(".panel .body > *")!
        .shadowRoot!;
      root.querySelector<HTMLElement>("li .name")!.focus();
    });
    for (const key of ["ArrowRight", "ArrowUp", "+"] as const) await page.keyboard.press(key);
    expect((await state()).regions[0]).toBe("image;circle(51,61,8)");
    await pressIn('[data-panel="sky"]');
    await texts("option", "panel");
    expect(await violations()).toEqual([]);
    expect(problems).toEqual([]);
  }, 30_000);
});
