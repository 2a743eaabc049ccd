/**
 * Compressed images in Chromium: decoded by Workers, by WebAssembly, and where a page allows neither.
 */
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tileTable } from "../../src/image/tile-table.js";
import { layoutsOf } from "../image/tiled/files.js";
import { compressedFile, testImage } from "../image/tiled/make.js";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => existsSync(path),
);
if (!executablePath)
  console.warn("SKIPPED: no Chromium here, so no tiles are decoded in a browser (apt-get install chromium)");

const src = fileURLToPath(new URL("../../src", import.meta.url));

declare const fitslice: Pick<typeof import("../../src/index.js"), "open">;
declare const started: { workers: number };

/** The library as a bundler makes it for a page, with a file of its own for the workers. */
async function bundle(): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { open } from "./index.js"; globalThis.fitslice = { open };
        globalThis.started = { workers: 0 };
        globalThis.Worker = class extends Worker { constructor(...args) { super(...args); started.workers++; } };`,
      resolveDir: src,
      loader: "ts",
    },
    entryPoints: [`${src}/platform/browser-tile-worker.ts`],
    entryNames: "[name]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    outdir: "out/browser-workers",
    write: false,
    tsconfigRaw: {},
    alias: {
      "#platform": `${src}/platform/browser.ts`,
      "#gzip": `${src}/platform/browser-gzip.ts`,
      "#http": `${src}/platform/browser-http.ts`,
    },
  });
  return new Map(outputFiles.map(({ path, contents }) => [`/${path.split("/").at(-1)}`, contents]));
}

describe.skipIf(!executablePath)("compressed images in Chromium (skipped where there is none)", () => {
  let browser: Browser;
  let server: Server;
  let page: Page;
  const files = new Map<string, Uint8Array>();

  beforeAll(async () => {
    const sizes = { rice: 2100, gzip: 1500, gzip2: 1500, hcompress: 1100 };
    for (const [name, size] of Object.entries(sizes)) {
      const algorithm = name as keyof typeof sizes;
      files.set(`/${name}`, await compressedFile(testImage("float32", [size, size]), { algorithm }));
    }
    files.set("/plio", await compressedFile(testImage("int16", [3000, 3000]), { algorithm: "plio" }));
    for (const name of ["rice", "gzip2"]) {
      const damaged = files.get(`/${name}`)!.slice();
      const { heapOffset } = tileTable(layoutsOf(damaged)[1]!);
      damaged.fill(0xff, heapOffset + 20, heapOffset + 300);
      files.set(`/${name}-damaged`, damaged);
    }
    for (const [path, chunk] of await bundle()) files.set(path, chunk);
    server = createServer(({ url = "" }, response) => {
      const type = url.endsWith(".js") ? "text/javascript" : files.has(url) ? "image/fits" : "text/html";
      // No WebAssembly is compiled under this policy.
      if (url === "/strict") response.setHeader("content-security-policy", "script-src 'self'");
      const html = '<!doctype html><title>tiles</title><script type="module" src="/stdin.js"></script>';
      response.setHeader("content-type", type).end(files.get(url) ?? html);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: [...args, "--disable-component-update", "--disable-sync"],
    });
    page = await browser.newPage();
    await goto("/");
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function goto(path: string): Promise<void> {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    await page.waitForFunction(() => "fitslice" in globalThis);
  }

  /** What a read of the whole image gives: a digest of the pixels or an error, and how many workers it started. */
  function read(name: string, workers: number): Promise<{ pixels: string; started: number }> {
    return page.evaluate(
      async ({ name, workers }) => {
        const before = started.workers;
        const bytes = new Uint8Array(await (await fetch(name)).arrayBuffer());
        const fits = await fitslice.open(bytes, { workers });
        const pixels = await (await fits.image(1)).section().then(
          async ({ data }) => {
            const digest = await crypto.subtle.digest("SHA-256", data.buffer);
            return `${data.length} ${new Uint8Array(digest).join(" ")}`;
          },
          (error) => `${error.code}: ${error.message}`,
        );
        await fits.close();
        return { pixels, started: started.workers - before };
      },
      { name, workers },
    );
  }

  test.each(["rice", "gzip", "gzip2", "hcompress", "plio"])(
    "are decoded by Workers to the pixels that the page itself makes of them (%s)",
    async (name) => {
      const [here, there] = [await read(name, 0), await read(name, 2)];
      expect(here.pixels).toMatch(/^\d{7} /);
      expect(there.pixels).toBe(here.pixels);
      expect([here.started, there.started]).toEqual([0, 2]);
    },
  );

  test.each(["rice-damaged", "gzip2-damaged"])(
    "that are damaged are told of by Workers (%s)",
    async (name) => {
      const [here, there] = [await read(name, 0), await read(name, 2)];
      expect(here.pixels).toMatch(/^BAD_DATA: HDU 1 \(COMPRESSED_IMAGE\), tile \d+ \(/);
      expect(there).toEqual({ pixels: here.pixels, started: 2 });
    },
  );

  test("are decoded without WebAssembly where the page's policy forbids it", async () => {
    const names = ["rice", "gzip", "gzip2", "plio"];
    const usual = [];
    for (const name of names) usual.push(await read(name, 0));
    await goto("/strict");
    const forbidden = await page.evaluate(() =>
      WebAssembly.instantiate(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)).then(() => "", String),
    );
    expect(forbidden).toMatch(/Content Security Policy/);
    for (const [i, name] of names.entries()) expect(await read(name, 0)).toEqual(usual[i]);
  });
});
