/**
 * `npm run site:check`: opens every page of out/site in Chromium, on a screen of 375 pixels, light and dark, and names all that is
 * wrong: errors of the console, pages wider than the screen, pictures without words, headings out of order, what axe calls
 * serious, links and anchors that lead nowhere. It searches for a word, and opens the sample in the viewer.
 * `--screenshots FOLDER` saves a picture of each page, at 375 and 1280 pixels, light and dark.
 */
import { mkdirSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "puppeteer-core";
import { chromium } from "../browser/browsers.js";
import { brokenLinks } from "./links.js";
import { look, seriousFaults } from "./look.js";
import { serveFolder } from "./serve.js";

const { values } = parseArgs({ options: { screenshots: { type: "string" }, only: { type: "string" } } });
const folder = resolve("out/site");
const phone = { width: 375, height: 700 };
const desk = { width: 1280, height: 800 };
const schemes = ["light", "dark"] as const;

/** Pages of the site; the viewer's own is looked at by the viewer's tests. It and the demo's report are opened below. */
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".html") && !/^(view|demo)\b[^.]/.test(name))
  .filter((name) => values.only === undefined || name.startsWith(values.only))
  .sort();

/** Waits until the page is there; without transitions, whose colors in between are nobody's. */
async function settled(page: Page): Promise<void> {
  await page.waitForSelector("#app .VPNav", { timeout: 60_000 });
  await page.evaluate(() => {
    const style = document.createElement("style");
    style.textContent = "*, ::before, ::after { transition: none !important; }";
    document.head.append(style);
  });
}

/** The theme's way to be dark is a class. */
const choose = (page: Page, scheme: "light" | "dark"): Promise<void> =>
  page.evaluate(
    (isDark) => void document.documentElement.classList.toggle("dark", isDark),
    scheme === "dark",
  );

async function picture(page: Page, name: string): Promise<void> {
  if (values.screenshots === undefined) return;
  mkdirSync(values.screenshots, { recursive: true });
  await page.screenshot({ path: join(values.screenshots, `${name}.png`) });
}

async function found(page: Page, url: string, word: string): Promise<string[]> {
  await page.setViewport(desk);
  await page.goto(`${url}/`, { waitUntil: "load" });
  await page.waitForSelector(".DocSearch-Button", { timeout: 60_000 });
  await page.click(".DocSearch-Button");
  await page.waitForSelector("#localsearch-input", { timeout: 60_000 });
  await page.type("#localsearch-input", word);
  const result = await page.waitForSelector("#localsearch-list a", { timeout: 60_000 }).catch(() => null);
  await picture(page, "search");
  return result ? [] : [`the search does not find "${word}"`];
}

async function sampleOpens(page: Page, url: string): Promise<string[]> {
  await page.goto(`${url}/view/index.html#src=sample.fits&lim=99%25`, { waitUntil: "load" });
  const opened = await page.evaluate(async () => {
    await customElements.whenDefined("fits-viewer");
    const viewer = document.querySelector("fits-viewer")!;
    await viewer.idle;
    return String(viewer.src);
  });
  await picture(page, "view");
  return opened.includes("sample.fits") ? [] : ["the viewer does not open its sample"];
}

/** The demo's report, which has no theme of the site: what is wrong with it. */
async function reportReads(page: Page, url: string): Promise<string[]> {
  const found: string[] = [];
  for (const scheme of schemes) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.setViewport(phone);
    await page.goto(`${url}/demo/index.html`, { waitUntil: "load" });
    found.push(...(await look(page)).faults, ...(await seriousFaults(page)));
    await picture(page, `demo-${scheme}-375`);
  }
  return found.map((fault) => `demo: ${fault}`);
}

if (!chromium.executablePath) process.exit(0); // said so above
if (files.length === 0) {
  process.stderr.write("site: out/site has no pages: run npm run site\n");
  process.exit(1);
}
const server = await serveFolder(folder);
const browser = await chromium.launch();
const faults: string[] = [];
const links = new Map<string, readonly string[]>();
const anchors = new Map<string, ReadonlySet<string>>();
try {
  const page = await browser.newPage();
  let name = "";
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warn")
      faults.push(`${name}: console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`${name}: ${String(error)}`));
  for (name of files) {
    await page.setViewport(phone);
    await page.goto(`${server.url}/${name}`, { waitUntil: "load" });
    await settled(page);
    const seen = await look(page);
    links.set(name, seen.links);
    anchors.set(join(folder, name), new Set(seen.ids));
    faults.push(...seen.faults.map((fault) => `${name}: ${fault}`));
    for (const scheme of schemes) {
      await choose(page, scheme);
      // Colors are all that differs when it is dark.
      const serious = await seriousFaults(page, scheme === "light" ? undefined : ["color-contrast"]);
      faults.push(...serious.map((fault) => `${name}, ${scheme}: ${fault}`));
      if (values.screenshots === undefined) continue;
      const plain = `${relative(folder, join(folder, name)).replaceAll(/\W+/g, "-")}-${scheme}`;
      await picture(page, `${plain}-375`);
      await page.setViewport(desk);
      await picture(page, `${plain}-1280`);
      await page.setViewport(phone);
    }
    process.stderr.write(`${name}\n`);
  }
  if (values.only === undefined) faults.push(...brokenLinks(links, anchors, { folder, origin: server.url }));
  name = "search";
  faults.push(...(await found(page, server.url, "cutout")));
  name = "demo";
  faults.push(...(await reportReads(page, server.url)));
  name = "viewer";
  faults.push(...(await sampleOpens(page, server.url)));
} finally {
  await browser.close();
  await server.close();
}
for (const fault of new Set(faults)) process.stderr.write(`site: ${fault}\n`);
process.stdout.write(`${files.length} pages, ${new Set(faults).size} faults\n`);
process.exit(faults.length > 0 ? 1 : 0);
