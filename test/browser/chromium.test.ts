import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleFile, examplePixel } from "../fixtures/example.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { type S3Server, startS3Server } from "../servers/s3-server.js";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
  (path) => existsSync(path),
);
if (!executablePath)
  console.warn(
    "SKIPPED: no Chromium here, so the library is not run in a browser (apt-get install chromium)",
  );

/** What the page's script offers to the tests. */
interface Fitslice {
  open: typeof import("../../src/index.js").open;
  createProfile: typeof import("../../src/index.js").createProfile;
}
declare const fitslice: Fitslice;

/** The built package as a browser gets it: an entry, and chunks for what is loaded on demand. */
async function bundle(): Promise<Record<string, Uint8Array>> {
  const { outputFiles } = await build({
    stdin: {
      contents: 'import * as fitslice from "./dist/index.js"; globalThis.fitslice = fitslice;',
      resolveDir: process.cwd(),
    },
    entryNames: "fitslice",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    outdir: "out/browser",
    write: false,
    tsconfigRaw: {},
  });
  return Object.fromEntries(
    outputFiles.map(({ path, contents }) => [`/${path.split("/").at(-1)}`, contents]),
  );
}

describe.skipIf(!executablePath)("in Chromium (skipped where there is none)", () => {
  let browser: Browser;
  let pages: Server;
  let archive: RangeServer;
  let s3: S3Server;
  let page: Page;

  beforeAll(async () => {
    const bytes = await exampleFile();
    const chunks = await bundle();
    const html = '<!doctype html><title>fitslice</title><script type="module" src="/fitslice.js"></script>';
    pages = createServer(({ url = "" }, response) => {
      const chunk = chunks[url];
      response.setHeader("content-type", chunk ? "text/javascript" : "text/html").end(chunk ?? html);
    });
    await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
    archive = await startRangeServer({
      files: { "/hst.fits": bytes, "/hst.fits.gz": gzipSync(bytes) },
      cors: true,
    });
    s3 = await startS3Server({
      buckets: { archive: { objects: { "hst.fits": bytes } } },
      accounts: [{ accessKeyId: "key", secretAccessKey: "secret" }],
      cors: true,
    });
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => "fitslice" in globalThis);
  });

  afterAll(async () => {
    await browser?.close();
    pages?.close();
    await Promise.all([archive?.close(), s3?.close()]);
  });

  test("a section over HTTP from another origin: right pixels, two round trips", async () => {
    const got = await page.evaluate(async (url) => {
      const profile = fitslice.createProfile();
      const fits = await fitslice.open(url, { profile, blockSize: 11520 });
      const image = await fits.image("SCI");
      const { data, shape } = await image.section("100:150, 200:260");
      const { roundTrips, bytes } = profile.summary();
      await fits.close();
      return { shape, first: data[0], last: data[data.length - 1], roundTrips, bytes };
    }, `${archive.url}/hst.fits`);
    expect(got).toMatchObject({
      shape: [50, 60],
      first: examplePixel(100, 200),
      last: examplePixel(149, 259),
      roundTrips: 2,
    });
    expect(got.bytes).toBeLessThan(11520 + 50 * 1600);
  });

  test("a signed S3 read", async () => {
    const names = await page.evaluate(async (endpoint) => {
      const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
      const fits = await fitslice.open("s3://archive/hst.fits", { s3: { endpoint, credentials } });
      return (await fits.hdus()).map((hdu) => hdu.name);
    }, s3.url);
    expect(names).toEqual(["PRIMARY", "SCI", "WHT", "CATALOG"]);
  });

  test("a table, a file that is compressed as a whole, a File of the user's", async () => {
    const got = await page.evaluate(async (url) => {
      const fits = await fitslice.open(`${url}.gz`);
      const mag = await (await fits.table("CATALOG")).column("mag");
      const bytes = await (await fetch(url)).arrayBuffer();
      const file = await fitslice.open(new File([bytes], "hst.fits"));
      const { data } = await (await file.image("SCI")).section("7:8, 5:9");
      return { mags: mag.length, pixels: [...data].map(Number), size: file.size === bytes.byteLength };
    }, `${archive.url}/hst.fits`);
    expect(got).toEqual({ mags: 200, pixels: [5, 6, 7, 8].map((x) => examplePixel(7, x)), size: true });
  });

  test("errors say what to do, and an abort stops the reading", async () => {
    const got = await page.evaluate(async (url) => {
      const missing = await fitslice.open(`${url}-not-there`).catch((error) => error.code);
      const aborted = await fitslice
        .open(url, { signal: AbortSignal.abort(new Error("enough")) })
        .catch((error) => error.message);
      return { missing, aborted };
    }, `${archive.url}/hst.fits`);
    expect(got).toEqual({ missing: "NOT_FOUND", aborted: "enough" });
  });
});
