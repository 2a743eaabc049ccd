/**
 * Tile workers of the prebuilt modules (scripts/bundle-browser.mjs), which may come from another origin than the page. Same
 * exports as browser-workers.ts, whose place this file takes there: bundlers would take its address for that of an asset.
 */
import type { TileWorker } from "./types.js";
import { tileWorker } from "./web-worker.js";

export { processors } from "./web-worker.js";

export function startTileWorker(): TileWorker {
  const file = new URL("../workers/browser.js", import.meta.url);
  return tileWorker(file.origin === globalThis.origin ? moduleWorker(file) : importingWorker(file));
}

const moduleWorker = (address: string | URL): Worker => new Worker(address, { type: "module" });

/** Browsers start no worker from another origin. A worker of the page's own origin may import one. */
function importingWorker({ href }: URL): Worker {
  const code = new Blob([`import ${JSON.stringify(href)};`], { type: "text/javascript" });
  const address = URL.createObjectURL(code);
  const worker = moduleWorker(address);
  // The address is of use until the worker has loaded: then the worker says so, or fails.
  for (const event of ["message", "error"])
    worker.addEventListener(event, () => URL.revokeObjectURL(address), { once: true });
  return worker;
}
