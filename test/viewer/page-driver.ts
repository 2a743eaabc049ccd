/** Drives the built page of the viewer in Chromium: opens links, presses buttons, asks for what stands there. */
import type { FitsViewer } from "../../viewer/src/element/fits-viewer.js";
import { chromium, type Page } from "../browser/browsers.js";
import type { RangeServer } from "../servers/range-server.js";
import { type PageOptions, startPage } from "./page-server.js";

export interface Driver {
  /** Opens an address, and waits until nothing more is read. */
  open(address: string): Promise<void>;
  /** Waits so many milliseconds, and for the frame after them. */
  frames(ms?: number): Promise<void>;
  /** Opens a panel, and waits until something stands there. */
  openPanel(id: string): Promise<void>;
  /** Clicks the first of some buttons, of the element or of its panel, with this text; waits for one. */
  press(selector: string, text?: string): Promise<void>;
  /** The texts of parts of the element and of its panel, joined. */
  text(selector: string): Promise<string>;
  /** Puts the focus on a part of the element or of its panel. */
  focus(selector: string): Promise<void>;
  /** What has the focus: its label, text or name, and in which element. */
  focused(): Promise<string>;
}

declare global {
  interface Window {
    /** Parts of the element and of the panel that is open. */
    parts(selector: string): HTMLElement[];
    /** What has the focus, within shadow roots. */
    focusedPart(): Element | null;
    /** What a part is called. */
    nameOfPart(part: Element | null): string;
  }
}

export interface DrivenPage {
  readonly server: RangeServer;
  readonly page: Page;
  readonly drive: Driver;
  close(): Promise<void>;
}

/** The page in a browser of its own, with files beside it. */
export async function drivenPage(
  files: Parameters<typeof startPage>[0],
  options: PageOptions & { readonly width?: number; readonly height?: number } = {},
): Promise<DrivenPage> {
  const { width = 1280, height = 800, ...served } = options;
  const server = await startPage(files, served);
  const browser = await chromium.launch();
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  const close = async (): Promise<void> => {
    await browser.close();
    await server.close();
  };
  return { server, page, drive: await driverOf(page), close };
}

export async function driverOf(page: Page): Promise<Driver> {
  await page.evaluateOnNewDocument(() => {
    window.parts = (selector) => {
      const root = document.querySelector("fits-viewer")!.shadowRoot!;
      const panel = root.querySelector(".panel .body > *")?.shadowRoot;
      return [root, panel].flatMap((place) => [...(place?.querySelectorAll<HTMLElement>(selector) ?? [])]);
    };
    window.focusedPart = () => {
      let part = document.activeElement;
      while (part?.shadowRoot?.activeElement) part = part.shadowRoot.activeElement;
      return part;
    };
    window.nameOfPart = (part) => {
      const said =
        part?.getAttribute("aria-label") ?? part?.closest("label")?.textContent ?? part?.textContent;
      return `${part?.localName ?? "nothing"} ${said?.replace(/\s+/g, " ").trim().slice(0, 60) ?? ""}`.trim();
    };
  });
  const frames = (ms = 80): Promise<void> =>
    page.evaluate(
      (ms) => new Promise<void>((done) => setTimeout(() => requestAnimationFrame(() => done()), ms)),
      ms,
    );
  return {
    frames,
    async open(address) {
      await page.goto("about:blank");
      await page.goto(address);
      await page.waitForFunction(() => customElements.get("fits-viewer") !== undefined);
      await page.evaluate(() => document.querySelector("fits-viewer")!.idle);
    },
    async openPanel(id) {
      await page.evaluate((id) => {
        (document.querySelector("fits-viewer") as unknown as FitsViewer).desk!.stage.panel = id;
      }, id);
      await page.waitForFunction(
        (id) => window.parts(`fits-viewer-${id}`)[0]?.shadowRoot?.childElementCount,
        {},
        id,
      );
      await frames();
    },
    async press(selector, text = "") {
      await page.waitForFunction(
        (selector, text) => {
          const button = window
            .parts(selector)
            .find((part) => text === "" || part.textContent!.trim() === text);
          button?.click();
          return button !== undefined;
        },
        { timeout: 10_000 },
        selector,
        text,
      );
      await frames();
    },
    text: (selector) =>
      page.evaluate(
        (selector) =>
          window
            .parts(selector)
            .map((part) => part.textContent!.replace(/\s+/g, " ").trim())
            .join("|"),
        selector,
      ),
    focus: (selector) => page.evaluate((selector) => window.parts(selector)[0]!.focus(), selector),
    focused: () => page.evaluate(() => window.nameOfPart(window.focusedPart())),
  };
}
