/**
 * dist/browser in Chromium and in Firefox: pages that nobody built, of the same origin and of another one, under a policy that
 * allows neither eval nor WebAssembly, and with an import map.
 */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleFile, examplePixel } from "../fixtures/example.js";
import { compressedFile, testImage } from "../image/tiles/make.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { type Browser, browsers } from "./browsers.js";

const built = join(process.cwd(), "dist/browser");
/** Decoded, the image is large enough for workers to be started. */
const side = 2100;
const image = testImage("int32", [side, side]);

/** What a page finds out by its script. */
interface Found {
  readonly pixels: readonly number[];
  readonly wrong: number;
  readonly replies: number;
  readonly sky: readonly number[];
  readonly csv: string;
}

/** The script of a page that imports the library as `names` says. */
const script = (names: { fitslice: string; wcs: string; export: string }, data: string): string => `
let replies = 0;
globalThis.Worker = class extends Worker {
  constructor(...args) {
    super(...args);
    this.addEventListener("message", ({ data }) => "id" in data && replies++);
  }
};
const { open } = await import("${names.fitslice}");
const { readWcs } = await import("${names.wcs}");
const { toCsv } = await import("${names.export}");
try {
  const fits = await open("${data}/hst.fits");
  const pixels = Array.from((await (await fits.image("SCI")).section("7:8, 5:9")).data);
  const sky = (await readWcs(fits, "SCI")).celestial.toSky(199.5, 149.5);
  let csv = "";
  const decoder = new TextDecoder();
  for await (const chunk of toCsv(await fits.table("CATALOG"), { rows: { stop: 1 } })) csv += decoder.decode(chunk);
  const tiled = await open("${data}/tiled.fits.fz", { workers: 2, cacheBytes: 0 });
  const right = new Int32Array(await (await fetch("${data}/tiled.raw")).arrayBuffer());
  let wrong = 0;
  for (let reads = 0; reads < 5 && (reads === 0 || replies === 0); reads++) {
    const { data } = await (await tiled.image(1)).section();
    wrong = data.length === right.length ? 0 : 1;
    for (let i = 0; i < data.length; i++) if (data[i] !== right[i]) wrong++;
  }
  globalThis.found = { pixels, wrong, replies, sky, csv };
} catch (error) {
  globalThis.found = { failed: String(error?.stack ?? error) };
}
`;

const names = (base: string) => ({
  fitslice: `${base}/fitslice.js`,
  wcs: `${base}/wcs.js`,
  export: `${base}/export.js`,
});
const bare = { fitslice: "fitslice", wcs: "fitslice/wcs", export: "fitslice/export" };

/** Serves dist/browser below /fitslice/ to pages of all origins, and `files` beside it. */
async function startPages(files: Map<string, { body: string; policy?: string }>): Promise<Server> {
  const server = createServer(({ url = "" }, response) => {
    const path = normalize(url);
    const file = files.get(path);
    response.setHeader("access-control-allow-origin", "*");
    if (file) {
      if (file.policy) response.setHeader("content-security-policy", file.policy);
      response.setHeader("content-type", path.endsWith(".js") ? "text/javascript" : "text/html");
      return response.end(file.body);
    }
    const module = join(built, path.replace(/^\/fitslice\//, ""));
    if (!path.startsWith("/fitslice/") || !existsSync(module)) return response.writeHead(404).end();
    return response.setHeader("content-type", "text/javascript").end(readFileSync(module));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe.each(browsers)("in $name (skipped where there is none)", ({ executablePath, launch }) => {
  let browser: Browser;
  let data: RangeServer;
  let site: Server;
  let library: Server;
  const pages = new Map<string, { body: string; policy?: string }>();

  beforeAll(async () => {
    if (!executablePath) return;
    const files = {
      "/hst.fits": await exampleFile(),
      "/tiled.fits.fz": await compressedFile(image, { algorithm: "rice" }),
      "/tiled.raw": new Uint8Array(image.data.buffer as ArrayBuffer),
    };
    data = await startRangeServer({ files, cors: true });
    [site, library] = [await startPages(pages), await startPages(new Map())];
    const add = (name: string, code: string, { head = "", policy = "" } = {}): void => {
      const body = `<!doctype html><title>${name}</title>${head}<script type="module" src="/${name}.js"></script>`;
      pages.set(`/${name}`, { body, ...(policy && { policy }) }).set(`/${name}.js`, { body: code });
    };
    const map = Object.entries(bare).map(([name, from]) => [from, names("/fitslice")[name as "wcs"]]);
    add("same", script(names("/fitslice"), data.url));
    add("other", script(names(`${addressOf(library)}/fitslice`), data.url));
    add("strict", script(names("/fitslice"), data.url), {
      policy: `default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self' ${data.url}`,
    });
    add("map", script(bare, data.url), {
      head: `<script type="importmap">${JSON.stringify({ imports: Object.fromEntries(map) })}</script>`,
    });
    browser = await launch();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    for (const server of [site, library]) server?.closeAllConnections();
    for (const server of [site, library]) server?.close();
    await data?.close();
  });

  const it = test.skipIf(!executablePath);

  it.each([
    ["a page of the same origin", "same"],
    ["a page of another origin", "other"],
    ["a page whose policy forbids eval and WebAssembly", "strict"],
    ["a page with an import map", "map"],
  ])(
    "reads images, by workers, and tables in %s",
    async (_, name) => {
      const page = await browser.newPage();
      await page.goto(`${addressOf(site)}/${name}`);
      await page.waitForFunction(() => "found" in globalThis, { timeout: 60_000 });
      const found = await page.evaluate(() => (globalThis as unknown as { found: Found }).found);
      await page.close();
      expect(found).toMatchObject({ pixels: [5, 6, 7, 8].map((x) => examplePixel(7, x)), wrong: 0 });
      expect(found.replies).toBeGreaterThan(0);
      expect(found.sky[0]).toBeCloseTo(150.421375, 9);
      expect(found.csv).toMatch(/^id,ra,dec,mag,flag,class\r?\n9007199254740993,150,/);
    },
    90_000,
  );
});
