/**
 * The pages that browsers open in these tests: the built package, bundled as for a web site, with files beside it.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { parseRange } from "../servers/range-server.js";

/** What the script of a page offers to the tests. */
export interface PageLibrary {
  readonly open: typeof import("../../src/index.js").open;
  readonly createProfile: typeof import("../../src/index.js").createProfile;
  readonly lastingCache: typeof import("../../src/index.js").lastingCache;
  /** SHA-256 of the bytes of an array, in hexadecimal; every NaN counts as the same one. */
  digest(data: ArrayLike<unknown> & ArrayBufferView): Promise<string>;
  readonly picture: typeof import("../../src/picture/index.js");
  readonly plot: typeof import("../../src/plot/index.js");
  /** Workers started, and messages that came from them, since the page was opened. */
  readonly workers: { started: number; messages: number };
}

const script = `
import { createProfile, lastingCache, open } from "./dist/index.js";
import * as picture from "./dist/picture/index.js";
import * as plot from "./dist/plot/index.js";
const workers = { started: 0, messages: 0 };
globalThis.Worker = class extends Worker {
  constructor(...args) {
    super(...args);
    workers.started++;
    this.addEventListener("message", () => workers.messages++);
  }
};
async function digest(data) {
  if (data instanceof Float32Array || data instanceof Float64Array)
    data = data.map((value) => (Number.isNaN(value) ? Number.NaN : value));
  const sum = await crypto.subtle.digest("SHA-256", data);
  return Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
globalThis.held = {};
globalThis.fitslice = { open, createProfile, lastingCache, digest, workers, picture, plot };
`;

/** The built package as the guide tells users of esbuild to bundle it: an entry, chunks, a file of the workers. */
async function bundle(): Promise<Map<string, Uint8Array>> {
  const outdir = join(process.cwd(), "out/browser");
  const { outputFiles } = await build({
    entryPoints: { "workers/browser": "./dist/workers/browser.js" },
    stdin: { contents: script, resolveDir: process.cwd() },
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    outdir,
    write: false,
    tsconfigRaw: {},
    logLevel: "warning",
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(outdir.length), contents]));
}

export interface Site {
  /** Origin, without a slash at its end. */
  readonly url: string;
  close(): void;
}

/**
 * Serves a page at every path that is not in `files`; `/strict` forbids workers and WebAssembly. Files are served by
 * ranges.
 */
export async function startSite(files: ReadonlyMap<string, Uint8Array>): Promise<Site> {
  const chunks = await bundle();
  const html = '<!doctype html><title>fitslice</title><script type="module" src="/stdin.js"></script>';
  const server = createServer(({ url = "", headers }, response) => {
    if (url === "/strict") {
      const policy = "default-src 'none'; script-src 'self'; worker-src 'none'; connect-src 'self'";
      response.setHeader("content-security-policy", policy);
    }
    const file = files.get(url);
    if (!file) {
      const chunk = chunks.get(url);
      return response.setHeader("content-type", chunk ? "text/javascript" : "text/html").end(chunk ?? html);
    }
    response.setHeader("etag", '"1"').setHeader("content-type", "application/fits");
    const range = parseRange(headers.range, file.length);
    if (range === "outside") {
      return response.writeHead(416, { "content-range": `bytes */${file.length}` }).end();
    }
    const { offset, length } = range ?? { offset: 0, length: file.length };
    if (range) response.setHeader("content-range", `bytes ${offset}-${offset + length - 1}/${file.length}`);
    return response.writeHead(range ? 206 : 200).end(file.subarray(offset, offset + length));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
