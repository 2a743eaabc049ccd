/**
 * What `fitslice serve` says as Zarr, read by zarrita in pages of another origin.
 */
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FetchStore, get, open, root } from "zarrita";
import { bytesOf } from "../../src/array.js";
import { open as openFits } from "../../src/open.js";
import { start, workFolder } from "../cli/run.js";
import { exampleFile } from "../fixtures/example.js";
import { compressedFile, testImage } from "../image/tiles/make.js";
import { type Browser, browsers, type Page } from "./browsers.js";

declare const zarr: {
  FetchStore: typeof FetchStore;
  get: typeof get;
  open: typeof open;
  root: typeof root;
};

const folder = workFolder("zarr-page");
let files: Record<string, Uint8Array<ArrayBuffer>>;
let server: ChildProcess;
let served: string;
let site: Server;

beforeAll(async () => {
  files = {
    "hst.fits": await exampleFile(),
    "rice.fits": await compressedFile(testImage("int16", [70, 90]), { algorithm: "rice" }),
    "quantized.fits": await compressedFile(testImage("float32", [70, 90]), { algorithm: "rice" }),
    "cube.fits": await compressedFile(testImage("int32", [5, 20, 30]), {
      algorithm: "gzip",
      tile: [1, 8, 8],
    }),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  server = start(["serve", folder, "--port", "0"]);
  const [line] = await once(server.stdout!, "data");
  served = `${String(line).trim()}zarr`;
  const { outputFiles } = await build({
    stdin: {
      contents: 'import * as zarr from "zarrita"; globalThis.zarr = zarr;',
      resolveDir: process.cwd(),
    },
    bundle: true,
    format: "esm",
    write: false,
    tsconfigRaw: {},
  });
  site = createServer(({ url }, response) => {
    if (url === "/zarrita.js")
      return response.setHeader("content-type", "text/javascript").end(outputFiles[0]!.contents);
    response.setHeader("content-type", "text/html");
    return response.end(
      '<!doctype html><title>zarr</title><script type="module" src="/zarrita.js"></script>',
    );
  });
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
}, 60_000);

afterAll(() => {
  server?.kill("SIGKILL");
  site?.close();
  site?.closeAllConnections();
  rmSync(folder, { recursive: true });
});

describe.each(browsers)("in $name (skipped where there is none)", ({ executablePath, launch }) => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    if (!executablePath) return;
    browser = await launch();
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => "zarr" in globalThis);
  }, 120_000);

  afterAll(() => browser?.close());

  const it = test.skipIf(!executablePath);

  /** SHA-256 of the elements of an array, as the page has them, in hexadecimal. */
  const digestInPage = (address: string, format: 2 | 3): Promise<string> =>
    page.evaluate(
      async (address, format) => {
        const open = format === 2 ? zarr.open.v2 : zarr.open.v3;
        const array = await open(zarr.root(new zarr.FetchStore(address)), { kind: "array" });
        const { data } = await zarr.get(array);
        const digest = await crypto.subtle.digest("SHA-256", data as Uint8Array<ArrayBuffer>);
        return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
      },
      address,
      format,
    );

  it.each([
    ["hst.fits", "SCI", 1],
    ["hst.fits", "WHT", 2],
    ["rice.fits", "COMPRESSED_IMAGE", 1],
    ["quantized.fits", "COMPRESSED_IMAGE", 1],
    ["cube.fits", "COMPRESSED_IMAGE", 1],
  ])("a page of another origin reads %s, %s as the library does", async (name, group, hdu) => {
    const fits = await openFits(files[name]!);
    const { data } = await (await fits.image(hdu)).section();
    const expected = createHash("sha256").update(bytesOf(data)).digest("hex");
    for (const format of [2, 3] as const)
      expect(await digestInPage(`${served}/${name}/${group}/data`, format), `version ${format}`).toBe(
        expected,
      );
    await fits.close();
  });

  it("a page of another origin asks for ranges, for the size, and is told what is not there", async () => {
    const got = await page.evaluate(async (address) => {
      const chunk = "/SCI/data/c/0/0";
      const whole = await new zarr.FetchStore(address).get(chunk);
      const parts = [];
      for (const useSuffixRequest of [false, true]) {
        const store = new zarr.FetchStore(address, { useSuffixRequest });
        parts.push(await store.getRange(chunk, { offset: 4, length: 8 }));
        parts.push(await store.getRange(chunk, { suffixLength: 8 }));
      }
      const [first, second] = await Promise.all([fetch(address + chunk), fetch(address + chunk)]);
      const etag = first.headers.get("etag");
      const again = await fetch(address + chunk, { headers: { "if-none-match": etag! }, cache: "no-store" });
      return {
        length: whole!.length,
        slices: [[...whole!.slice(4, 12)], [...whole!.slice(-8)]],
        parts: parts.map((part) => [...part!]),
        etags: [etag, second.headers.get("etag")],
        again: again.status,
        absent: await new zarr.FetchStore(address).get("/SCI/nothing/zarr.json"),
        gone: await new zarr.FetchStore(address).get("/SCI/data/c/999/0").catch(String),
      };
    }, `${served}/hst.fits`);
    expect(got.length).toBe(6 * 400 * 4);
    expect(got.parts).toEqual([...got.slices, ...got.slices]);
    expect(got.slices[0]).not.toEqual(got.slices[1]);
    expect(got.etags).toEqual([expect.stringMatching(/^"[0-9a-f]{32}"$/), got.etags[0]]);
    expect(got.again).toBe(304);
    expect(got.absent).toBeUndefined();
    // Readers take a chunk that is absent for zeros.
    expect(got.gone).toMatch(/410/);
  });
});
