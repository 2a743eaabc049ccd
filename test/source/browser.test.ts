import { createSecureServer as createHttp2Server } from "node:http2";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, chromium, type Page } from "../browser/browsers.js";
import { certificateFor } from "../servers/certificate.js";
import { noise, type RangeServer, sparseFile, startRangeServer } from "../servers/range-server.js";
import { type S3Server, startS3Server } from "../servers/s3-server.js";

/** Tells how many connections a source knows of, before and after its first read. */
type ConnectionsOf = (input: string) => Promise<readonly [unknown, unknown]>;

const source = (path: string): string => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

const data = noise(100_000);
const keys = { accessKeyId: "AKID", secretAccessKey: "HUSH" };

/** What the page answers: an answer's bytes in hex, or an error's code and message. */
interface Answer {
  hex?: string;
  size?: number;
  code?: string;
  message?: string;
  statuses: number[];
}

/** An https: server that speaks HTTP/1.1, or HTTP/2, and lets pages know. */
async function secureServer(isFirst: boolean): Promise<{ url: string; close(): Promise<void> }> {
  const { key, cert, remove } = certificateFor("IP:127.0.0.1");
  remove();
  const headers = {
    ...{ "content-range": `bytes 0-9/${data.length}`, etag: '"1"', "timing-allow-origin": "*" },
    ...{ "access-control-allow-origin": "*", "access-control-expose-headers": "Content-Range, ETag" },
  };
  const server = isFirst
    ? createSecureServer({ key, cert }, (_, response) => {
        response.writeHead(206, headers).end(data.subarray(0, 10));
      })
    : createHttp2Server({ key, cert }, (_, response) => {
        response.writeHead(206, headers).end(data.subarray(0, 10));
      });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => void server.close(),
  };
}

describe.skipIf(!chromium.executablePath)("sources in Chromium (skipped where there is none)", () => {
  let browser: Browser;
  let page: Page;
  let plain: RangeServer;
  let other: RangeServer;
  let hidden: RangeServer;
  let s3: S3Server;
  let home: RangeServer;
  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `import { resolveSource } from "./resolve.js";
globalThis.read = async (input, options, range) => {
  const statuses = [];
  try {
    const source = await resolveSource(input === "file" ? new File([new Uint8Array(range.file)], "a.fits") : input, options);
    const bytes = await source.getRange(range, { record: (r) => statuses.push(r.status) });
    return { hex: Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join(""), size: source.size, statuses };
  } catch (error) {
    return { code: error.code ?? error.name, message: error.message, statuses };
  }
};
globalThis.connectionsOf = async (input) => {
  const source = await resolveSource(input);
  const before = source.connections;
  await source.getRange({ offset: 0, length: 10 });
  return [before ?? null, source.connections ?? null];
};`,
        resolveDir: source("source"),
      },
      bundle: true,
      format: "iife",
      platform: "browser",
      logLevel: "error",
      alias: {
        "#platform": source("platform/browser.ts"),
        "#gzip": source("platform/browser-gzip.ts"),
        "#http": source("platform/browser-http.ts"),
      },
      write: false,
    });
    const html = `<!doctype html><meta charset="utf-8"><script>${outputFiles[0]!.text.replaceAll("</", "<\\/")}</script>`;
    home = await startRangeServer({
      files: { "/": new TextEncoder().encode(html), "/a.fits": data },
      headers: { "content-type": "text/html" },
    });
    const files = { "/a.fits": data, "/large": sparseFile(2e9, []) };
    other = await startRangeServer({ files, cors: true });
    plain = await startRangeServer({
      files: { ...files, "/moved": { redirect: `${other.url}/a.fits` }, "/near": { redirect: "/a.fits" } },
      cors: true,
    });
    hidden = await startRangeServer({ files, cors: [] });
    s3 = await startS3Server({
      region: "eu-south-7",
      accounts: [keys],
      buckets: { closed: { objects: { "ä b+c.fits": data } } },
      cors: true,
    });
    browser = await chromium.launch();
    page = await browser.newPage();
    await page.goto(home.url);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await Promise.all([plain, other, hidden, s3, home].map((server) => server?.close()));
  });

  const read = (
    input: string,
    options: object = {},
    range: object = { offset: 10, length: 20 },
  ): Promise<Answer> =>
    page.evaluate(
      (i, o, r) => (globalThis as unknown as { read(...args: unknown[]): Promise<Answer> }).read(i, o, r),
      input,
      options,
      range,
    );
  const right = { hex: Buffer.from(data.subarray(10, 30)).toString("hex"), size: 100_000 };

  it("reads a range of another origin without asking it for leave first", async () => {
    expect(await read(`${plain.url}/a.fits`)).toEqual({ ...right, statuses: [206] });
    expect(plain.requests.splice(0).map(({ method }) => method)).toEqual(["GET"]);
  });

  it("follows redirects, but never with the user's headers", async () => {
    expect(await read(`${plain.url}/moved`)).toMatchObject(right);
    expect(await read(`${plain.url}/near`)).toMatchObject(right);
    other.requests.length = 0;
    expect(await read(`${plain.url}/moved`, { headers: { "X-Api-Key": "HUSH" } })).toMatchObject(right);
    expect(JSON.stringify(other.requests)).not.toContain("HUSH");
  });

  it("reads where Content-Range is hidden, and to the very end", async () => {
    expect(await read(`${hidden.url}/a.fits`)).toMatchObject({ hex: right.hex });
    const end = await read(`${hidden.url}/a.fits`, {}, { offset: 99_990, length: 20 });
    expect(end).toEqual({
      hex: Buffer.from(data.subarray(99_990)).toString("hex"),
      size: 100_000,
      statuses: [206, 200, 206],
    });
  });

  it("signs S3 requests, and finds the region", async () => {
    const answer = await read("s3://closed/ä b+c.fits", { s3: { endpoint: s3.url, credentials: keys } });
    expect(answer).toEqual({ ...right, statuses: [400, 206] });
  });

  it("reads addresses relative to the page", async () => {
    for (const address of ["a.fits", "./a.fits", "/a.fits", `//127.0.0.1:${home.port}/a.fits`])
      expect(await read(address)).toMatchObject(right);
    expect(await read("none.fits")).toMatchObject({ code: "NOT_FOUND" });
    expect(await read("a.fits", { schemes: ["https"] })).toMatchObject({ code: "BAD_SOURCE" });
  });

  it("reads addresses relative to the base of the page, where it has one", async () => {
    plain.requests.length = 0;
    await page.evaluate((href) => {
      const base = Object.assign(document.createElement("base"), { href });
      document.head.append(base);
    }, `${plain.url}/dir/`);
    expect(await read("../a.fits")).toMatchObject(right);
    await page.evaluate(() => document.querySelector("base")?.remove());
    expect(plain.requests.splice(0).map(({ path }) => path)).toEqual(["/a.fits"]);
  });

  describe("counts connections", () => {
    const ask = (url: string): Promise<readonly [unknown, unknown]> =>
      page.evaluate(
        (input) => (globalThis as unknown as { connectionsOf: ConnectionsOf }).connectionsOf(input),
        url,
      );

    it("as six where nothing is encrypted: that is HTTP/1.1", async () => {
      expect(await ask(`${home.url}/a.fits`)).toEqual([6, 6]);
    });

    it.each<[protocol: string, allowHTTP1: boolean, after: number | null]>([
      ["HTTP/1.1", true, 6],
      ["HTTP/2", false, null],
    ])("as the protocol allows, once a page may know it: %s", async (_, isFirst, after) => {
      const secure = await secureServer(isFirst);
      expect(await ask(`${secure.url}/a.fits`)).toEqual([null, after]);
      await secure.close();
    });
  });

  it("mends faults", async () => {
    for (const fault of ["500", "reset", "less", "stall", "range"] as const) {
      plain.nextFaults.push(fault);
      expect(await read(`${plain.url}/a.fits`, { timeout: 500 })).toMatchObject(right);
    }
  });

  it("answers with typed errors", async () => {
    expect(await read(`${plain.url}/none`)).toMatchObject({ code: "NOT_FOUND" });
    expect(await read("file:///some/path.fits")).toMatchObject({
      code: "BAD_SOURCE",
      message:
        'cannot open "file:///some/path.fits": a browser has no paths; give a URL, or a File from an <input>',
    });
    expect(await read(`${home.url.replace("127.0.0.1", "localhost")}/`, { retries: 0 })).toMatchObject({
      code: "NETWORK",
      message: expect.stringContaining("CORS"),
    });
  });

  it("reads a File and a blob: URL", async () => {
    expect(await read("file", {}, { offset: 1, length: 2, file: [1, 2, 3, 4] })).toMatchObject({
      hex: "0203",
      size: 4,
    });
  });
});
