/** The built page without a pointer: the way of Tab, each key of the list, where the focus goes, what is said, calm motion. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FitsViewer } from "../../viewer/src/element/fits-viewer.js";
import { keyBindings } from "../../viewer/src/element/keys.js";
import { chromium, type Page } from "../browser/browsers.js";
import type { RangeServer } from "../servers/range-server.js";
import { type Driver, drivenPage } from "./page-driver.js";
import { testFile } from "./page-server.js";

const it = test.skipIf(!chromium.executablePath);

declare global {
  interface Window {
    visited: Set<Element>;
    clicked: number[];
    copied: string;
    said: string[];
  }
}

let server: RangeServer;
let page: Page;
let drive: Driver;
let close: (() => Promise<void>) | undefined;

beforeAll(async () => {
  if (!chromium.executablePath) return;
  ({ server, page, drive, close } = await drivenPage({ "/test.fits": await testFile() }));
}, 120_000);

afterAll(() => close?.());

const view = () => page.evaluate(() => document.querySelector("fits-viewer")!.view);
const keys = async (...names: string[]): Promise<void> => {
  for (const name of names) await page.keyboard.press(name as "a");
  await drive.frames();
};
const place = () =>
  page.evaluate(() => {
    const { place } = (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.stage;
    return place && [place.x, place.y];
  });

/** What Tab comes to, in order, from the start of the page until it begins again; and what has a focus that nobody sees. */
async function walk(isBack = false): Promise<{ names: string[]; unseen: string[] }> {
  const names: string[] = [];
  const unseen: string[] = [];
  await page.evaluate(() => {
    (window.focusedPart() as HTMLElement | null)?.blur();
    window.visited = new Set();
  });
  for (let i = 0; i < 150; i++) {
    if (isBack) await page.keyboard.down("Shift");
    await page.keyboard.press("Tab");
    if (isBack) await page.keyboard.up("Shift");
    const at = await page.evaluate(() => {
      const part = window.focusedPart();
      const { visited } = window;
      if (!part || part === document.body || visited.has(part)) return undefined;
      visited.add(part);
      const { outlineStyle, outlineWidth } = getComputedStyle(part);
      const box = part.getBoundingClientRect();
      const isInSight =
        box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      // A field for files is laid over what shows its focus.
      const around = part.matches("[type=file]") ? getComputedStyle(part.closest("label")!) : undefined;
      const hasRing = [outlineStyle, around?.outlineStyle].some((style) => style && style !== "none");
      return { name: window.nameOfPart(part), isSeen: isInSight && hasRing && outlineWidth !== "0px" };
    });
    if (!at) break;
    names.push(at.name);
    if (!at.isSeen) unseen.push(at.name);
  }
  return { names, unseen };
}

/** All that the keyboard has to come to. */
const wanted = () =>
  page.evaluate(() => {
    const found: string[] = [];
    const look = (root: Document | ShadowRoot): void => {
      for (const part of root.querySelectorAll<HTMLElement>("*")) {
        if (part.shadowRoot) look(part.shadowRoot);
        const isControl = part.matches("a[href], button, input, select, textarea, [tabindex]");
        const isOn = part.tabIndex >= 0 && !part.matches(":disabled") && part.checkVisibility();
        if (isControl && isOn) found.push(window.nameOfPart(part));
      }
    };
    look(document);
    return found.sort();
  });

const panels = ["hdus", "header", "sky", "regions", "table", "histogram", "spectrum", "network"];

describe("Tab (skipped where there is no Chromium)", () => {
  it("comes to all of the page without a file", async () => {
    await drive.open(`${server.url}/`);
    const { names, unseen } = await walk();
    expect(names.toSorted()).toEqual(await wanted());
    expect([names.length, unseen]).toEqual([4, []]);
  });

  it.each([undefined, ...panels])(
    "comes to all controls, and away from them, back too, with this panel: %s",
    async (panel) => {
      await drive.open(`${server.url}/#src=test.fits&hdu=CUBE&region=circle(5,5,2)&vmin=1`);
      if (panel) await drive.openPanel(panel);
      if (panel === "regions") await drive.press("li .name");
      if (panel === "table") await drive.press("button", "Columns");
      await drive.frames(400);
      const forth = await walk();
      expect(forth.names.toSorted()).toEqual(await wanted());
      expect(forth.unseen).toEqual([]);
      const back = await walk(true);
      expect(back.names.toReversed()).toEqual(forth.names);
    },
    60_000,
  );
});

describe("the focus (skipped where there is no Chromium)", () => {
  beforeEach(() => drive.open(`${server.url}/#src=test.fits&hdu=CUBE`));

  it("goes into a panel that its button opened, and back to the button at Esc", async () => {
    await drive.focus("[data-panel=header]");
    await keys("Enter");
    await page.waitForFunction(() => window.parts("fits-viewer-header input").length >= 0);
    expect(await drive.focused()).toMatch(/^div Header/);
    await drive.frames(200);
    await keys("Tab", "Tab");
    expect(await drive.focused()).toBe("input Search the header");
    await page.keyboard.type("naxis");
    await keys("Escape");
    // The first Esc takes away what was searched.
    expect(
      await page.evaluate(() =>
        window.parts("input[type=search]").map((part) => (part as HTMLInputElement).value),
      ),
    ).toEqual([""]);
    expect(await drive.focused()).toBe("input Search the header");
    await keys("Escape");
    expect(await drive.focused()).toBe("button Header");
    expect(await drive.text(".panel")).toBe("");
  });

  it("goes to the picture where a button is gone that had it", async () => {
    const canvas = /^canvas Picture of test\.fits/;
    await page.evaluate(() => {
      document.querySelector("fits-viewer")!.setAttribute("zoom", "wrong");
    });
    await drive.frames();
    await drive.focus(".error button");
    await keys("Enter");
    expect(await drive.focused()).toMatch(canvas);
    await page.evaluate(() => {
      document.querySelector("fits-viewer")!.vmin = 3;
    });
    await drive.frames();
    await drive.focus(".scale button");
    await keys("Enter");
    expect((await view()).vmin).toBeUndefined();
    expect(await drive.focused()).toMatch(canvas);
    await keys("ArrowRight");
    expect(await place()).toBeDefined();
  });

  it("stays where it is when a panel opens by itself", async () => {
    await drive.focus(".hdu-group select");
    await page.evaluate(() => {
      document.querySelector("fits-viewer")!.hdu = "TABLE";
    });
    await page.waitForFunction(() => window.parts("fits-viewer-table").length > 0);
    await drive.frames(200);
    expect(await drive.focused()).toBe("select HDU");
  });

  it("is in the list of keys while that is open, and comes back", async () => {
    for (const from of ["[data-panel=sky]", ".stage canvas"]) {
      await drive.focus(from);
      const before = await drive.focused();
      await keys("?");
      expect(await drive.text("dialog[open] h2")).toBe("Keys on the picture");
      expect(await page.evaluate(() => window.focusedPart()!.closest("dialog") !== null)).toBe(true);
      await keys("Escape");
      expect([await drive.text("dialog[open]"), await drive.focused()]).toEqual(["", before]);
    }
    // In a field a question mark is a letter.
    await drive.focus(".goto input");
    await page.keyboard.type("M31?");
    expect(await drive.text("dialog[open]")).toBe("");
    expect(await page.evaluate(() => (window.focusedPart() as HTMLInputElement).value)).toBe("M31?");
  });

  it("finds the list of keys where there is no picture", async () => {
    await drive.open(`${server.url}/#src=test.fits&hdu=TABLE`);
    await drive.focus(".hdu-group select");
    await keys("Tab");
    await keys("?");
    expect(await drive.text("dialog[open] h2")).toBe("Keys on the picture");
    await keys("?");
    expect(await drive.text("dialog[open]")).toBe("");
  });
});

/** What each key does, as the list of keys says: what to press before, and how that is seen. */
const effects: Readonly<Record<string, () => Promise<void>>> = {
  async ArrowLeft() {
    expect(await place()).toEqual([5, 4]);
  },
  async ArrowRight() {
    expect(await place()).toEqual([7, 4]);
  },
  async ArrowUp() {
    expect(await place()).toEqual([6, 5]);
  },
  async ArrowDown() {
    expect(await place()).toEqual([6, 3]);
  },
  async "+"() {
    expect((await view()).zoom).toBe(8);
  },
  async "="() {
    expect((await view()).zoom).toBe(8);
  },
  async "-"() {
    expect((await view()).zoom).toBe(2);
  },
  async _() {
    expect((await view()).zoom).toBe(2);
  },
  async "0"() {
    expect(await view()).toMatchObject({ zoom: 0, center: [5.5, 4.5] });
  },
  async "1"() {
    expect((await view()).zoom).toBe(1);
  },
  async "["() {
    expect((await view()).plane).toEqual([0]);
  },
  async "]"() {
    expect((await view()).plane).toEqual([2]);
  },
  async i() {
    expect((await view()).invert).toBe(true);
  },
  async g() {
    expect((await view()).grid).toBe(true);
  },
  async Enter() {
    expect(await page.evaluate(() => window.clicked)).toEqual([6, 4]);
  },
  async c() {
    expect(await page.evaluate(() => window.copied)).toMatch(/^pixel 7, 5; 174; /);
    expect(await drive.text("[role=status].unseen")).toMatch(/^Copied: pixel 7, 5/);
  },
  async b() {
    await page.waitForFunction(() => document.querySelector("fits-viewer")!.hdu === 0);
  },
  async Delete() {
    await page.waitForFunction(() => document.querySelector("fits-viewer")!.regions!.length === 1);
  },
  async Backspace() {
    await page.waitForFunction(() => document.querySelector("fits-viewer")!.regions!.length === 1);
  },
  async "?"() {
    expect(await drive.text("dialog[open] h2")).toBe("Keys on the picture");
  },
  async Escape() {
    expect(await place()).toBeUndefined();
    expect(await drive.text(".panel h2")).toBe("Regions");
    await keys("Escape");
    expect(await drive.text(".panel h2")).toBe("");
  },
};

describe("on the picture (skipped where there is no Chromium)", () => {
  beforeAll(async () => {
    if (chromium.executablePath) await drive.open(`${server.url}/#src=test.fits&hdu=CUBE`);
  }, 60_000);

  it.each(keyBindings.flatMap((binding) => binding.keys))(
    "%s does what the list of keys says",
    async (key) => {
      const regions = "&region=circle(3,3,2)&region=circle(8,8,1)";
      await page.evaluate(async (hash) => {
        const viewer = document.querySelector("fits-viewer")!;
        (window.parts("dialog")[0] as HTMLDialogElement).close();
        const { stage } = (viewer as unknown as FitsViewer).desk!;
        stage.panel = undefined;
        viewer.link = hash;
        await viewer.idle;
      }, `#src=test.fits&hdu=CUBE&plane=1&c=5,4&z=4${regions}`);
      if (/Delete|Backspace|Escape/.test(key)) await drive.openPanel("regions");
      if (/Delete|Backspace/.test(key)) await drive.press("li .name");
      await page.evaluate(() => {
        const { stage } = (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!;
        stage.on("click", ({ x, y }) => (window.clicked = [x, y]));
        Object.defineProperty(navigator, "clipboard", {
          configurable: true,
          value: { writeText: async (text: string) => (window.copied = text) },
        });
        stage.setCrosshair(6, 4);
      });
      await drive.focus(".stage canvas");
      await drive.frames();
      expect(Object.keys(effects)).toContain(key);
      await keys(key);
      await effects[key]!();
    },
  );

  it("Shift and an arrow move the picture", async () => {
    await drive.open(`${server.url}/#src=test.fits&c=30,20&z=60`);
    await drive.focus(".stage canvas");
    await page.keyboard.down("Shift");
    await keys("ArrowRight");
    await page.keyboard.up("Shift");
    const { center } = await view();
    expect(center![0]).toBeGreaterThan(31);
    expect(center![1]).toBe(20);
  });

  it("keys with Ctrl, Alt or Meta are left to the browser", async () => {
    await drive.open(`${server.url}/#src=test.fits`);
    await drive.focus(".stage canvas");
    const prevented = await page.evaluate(() =>
      ["ctrlKey", "altKey", "metaKey"].map((modifier) => {
        const event = new KeyboardEvent("keydown", {
          key: "i",
          [modifier]: true,
          bubbles: true,
          cancelable: true,
        });
        return !window.focusedPart()!.dispatchEvent(event);
      }),
    );
    expect([prevented, (await view()).invert]).toEqual([[false, false, false], false]);
  });
});

describe("screen readers (skipped where there is no Chromium)", () => {
  it("hear where the crosshair came to rest, not each pixel on the way", async () => {
    await drive.open(`${server.url}/#src=test.fits&z=8`);
    await drive.focus(".stage canvas");
    await page.evaluate(() => {
      const region = window.parts("[role=status].unseen")[0]!;
      const said = (window.said = [] as string[]);
      new MutationObserver(() => said.push(region.textContent!)).observe(region, {
        subtree: true,
        childList: true,
        characterData: true,
      });
    });
    for (let i = 0; i < 12; i++) await page.keyboard.press("ArrowRight");
    const [x] = (await place())!;
    await drive.frames(900);
    const said = await page.evaluate(() => window.said);
    expect(said).toEqual([expect.stringMatching(`^pixel ${x! + 1}, \\d+; `)]);
    const role = await page.evaluate(() => {
      const canvas = window.parts(".stage canvas")[0]!;
      return [canvas.getAttribute("role"), canvas.getAttribute("aria-label"), canvas.tabIndex];
    });
    expect(role).toEqual([
      "application",
      "Picture of test.fits, HDU 0, 60 by 40 pixels; press ? for the keys",
      0,
    ]);
  });
});

describe("where less motion is preferred (skipped where there is no Chromium)", () => {
  it.each([true, false])("nothing glides or runs: %s", async (isCalm) => {
    await page.emulateMediaFeatures([
      { name: "prefers-reduced-motion", value: isCalm ? "reduce" : "no-preference" },
    ]);
    await drive.open(`${server.url}/#src=test.fits&z=8`);
    const steps = await page.evaluate(async () => {
      const viewer = document.querySelector("fits-viewer")!;
      const canvas = window.parts(".stage canvas")[0]!;
      const box = canvas.getBoundingClientRect();
      const at = {
        clientX: box.left + box.width / 2,
        clientY: box.top + 99,
        bubbles: true,
        cancelable: true,
      };
      canvas.dispatchEvent(new WheelEvent("wheel", { ...at, deltaY: -120 }));
      const atOnce = viewer.zoom!;
      await new Promise((done) => setTimeout(done, 400));
      // A bar as it runs while a file opens.
      const bar = document.createElement("div");
      bar.className = "bar";
      window.parts(".stage")[0]!.append(bar);
      const { animationName } = getComputedStyle(bar, "::after");
      bar.remove();
      return { grown: atOnce > 8, same: viewer.zoom === atOnce, animationName };
    });
    expect(steps).toEqual({ grown: isCalm, same: isCalm, animationName: isCalm ? "none" : "run" });
    await page.emulateMediaFeatures([]);
  });
});
