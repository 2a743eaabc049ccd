/** Chromium as a reader: a page whose worker reads HDF5 by h5wasm. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import type { Browser } from "puppeteer-core";
import { chromium } from "../test/browser/browsers.js";
import type { Job, Outcome, Worker } from "./job.js";

/** How to start it; undefined where it is not installed. */
export async function startChromium(): Promise<(() => Promise<Worker>) | undefined> {
  if (!chromium.executablePath) return undefined;
  const { outputFiles } = await build({
    entryPoints: ["report/read-h5wasm.ts"],
    bundle: true,
    format: "iife",
    platform: "browser",
    tsconfigRaw: {},
    external: ["node:*", "fs", "path", "module", "worker_threads", "url", "crypto", "ws"],
    logLevel: "error",
    write: false,
  });
  const script = outputFiles[0]!.text;
  return async () => {
    const server = await served(script);
    const browser = await chromium.launch();
    return { perform: (job) => inPage(browser, server, job), close: () => closed(browser, server) };
  };
}

/** A page that starts the worker `w.js`, over HTTP: pages of files may not start workers, nor hash. */
function served(script: string): Promise<Server> {
  const server = createServer(({ url }, response) => {
    const isScript = url === "/w.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : "<!doctype html><title>h5wasm</title>");
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

async function inPage(browser: Browser, server: Server, job: Job): Promise<Outcome> {
  const page = await browser.newPage();
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return (await page.evaluate(
      (asked) =>
        new Promise<unknown>((resolve) => {
          const worker = new Worker("/w.js");
          worker.onerror = ({ message }) => resolve({ error: message });
          worker.onmessage = ({ data }) => resolve(data);
          worker.postMessage(asked);
        }),
      job,
    )) as Outcome;
  } finally {
    await page.close();
  }
}

async function closed(browser: Browser, server: Server): Promise<void> {
  await browser.close();
  server.close();
}
