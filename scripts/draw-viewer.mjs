/**
 * Draws the pictures of docs/viewer.md, or those that are named: the built page in Chromium, with its sample and the file that
 * `npm run demo` leaves on the disk. CHROMIUM names the browser; /usr/bin/chromium otherwise.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = join(root, "dist/viewer/page");
const mosaic = join(root, "demo/out/hubble-like.fits");
const types = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript" };
const most = 200_000; // bytes of a picture: pages are read on phones, too

const circle = "&region=circle(206,164,60)&region=box(300,240,70,50)";
const pictures = {
  "viewer-regions": {
    hash: `#src=sample.fits&hdu=1&c=205,163&z=2.2&lim=99%25&cmap=viridis&grid=1&compass=1${circle}`,
    panel: "regions",
    click: "li .name",
  },
  "viewer-network": {
    hash: "#src=hst.fits&hdu=1&c=2110,2210&z=1&s=sqrt&vmin=0.015&vmax=0.4&cmap=inferno",
    panel: "network",
  },
  "viewer-table": {
    hash: "#src=sample.fits&hdu=1&lim=99%25&cmap=gray",
    panel: "table",
    click: ".where + .controls button:nth-of-type(2)",
  },
  "viewer-phone": { hash: "#src=sample.fits&lim=99%25&cmap=inferno", panel: "histogram", isPhone: true },
};

/** Answers with files of the page, and with ranges of the mosaic. */
function answer({ url, headers }, response) {
  const path = normalize(new URL(url, "http://localhost").pathname);
  const file = path === "/hst.fits" ? mosaic : join(page, path === "/" ? "index.html" : path);
  if (!existsSync(file)) return response.writeHead(404).end();
  response.setHeader("content-type", types[extname(file)] ?? "application/fits");
  const { size } = statSync(file);
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
  if (first === undefined) return response.end(readFileSync(file));
  const bytes = Buffer.alloc(Math.min(size - 1, Number(last)) - Number(first) + 1);
  const opened = openSync(file);
  readSync(opened, bytes, 0, bytes.length, Number(first));
  closeSync(opened);
  const range = `bytes ${first}-${Number(first) + bytes.length - 1}/${size}`;
  return response.writeHead(206, { "content-range": range, etag: '"1"' }).end(bytes);
}

const server = createServer(answer);
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    `--host-resolver-rules=MAP archive.example 127.0.0.1:${server.address().port}`,
  ],
});
try {
  const named = process.argv.slice(2);
  const wanted = Object.entries(pictures).filter(([name]) => named.length === 0 || named.includes(name));
  for (const [name, { hash, panel, click, isPhone = false }] of wanted) {
    const tab = await browser.newPage();
    await tab.setViewport(
      isPhone ? { width: 375, height: 760, isMobile: true, hasTouch: true } : { width: 960, height: 540 },
    );
    await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: isPhone ? "light" : "dark" }]);
    await tab.goto(`http://archive.example/${hash}`);
    await tab.waitForFunction(() => customElements.get("fits-viewer"));
    await tab.evaluate(() => document.querySelector("fits-viewer").idle);
    // By the mouse: after a key the panel would show that it has the focus.
    await tab.click(`fits-viewer >>> [data-panel="${panel}"]`);
    const part = (selector) =>
      document
        .querySelector("fits-viewer")
        .shadowRoot.querySelector(".panel .body > *")
        ?.shadowRoot?.querySelector(selector);
    if (click) {
      await tab.waitForFunction(part, {}, click);
      await tab.evaluate(`(${part})(${JSON.stringify(click)}).click()`);
    }
    await tab.evaluate(() => document.querySelector("fits-viewer").idle);
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const png = await tab.screenshot({ type: "png", optimizeForSpeed: false });
    if (png.length > most) throw new Error(`${name} has ${png.length} bytes, more than ${most}`);
    writeFileSync(join(root, `docs/pictures/${name}.png`), png);
    process.stdout.write(`docs/pictures/${name}.png: ${png.length} bytes\n`);
    await tab.close();
  }
} finally {
  await browser.close();
  server.close();
  server.closeAllConnections();
}
