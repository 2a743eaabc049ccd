/**
 * Tile workers in a browser.
 */
import type { TileWorker } from "./types.js";
import { tileWorker } from "./web-worker.js";

export { processors } from "./web-worker.js";

export function startTileWorker(): TileWorker {
  // Bundlers look for exactly this expression, and make a file of the worker.
  return tileWorker(new Worker(new URL("../workers/browser.js", import.meta.url), { type: "module" }));
}
