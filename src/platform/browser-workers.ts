/**
 * Tile workers in a browser.
 */
import type { TileWorker } from "./types.js";

export function startTileWorker(): TileWorker {
  // Bundlers look for exactly this expression, and make a file of the worker.
  const worker = new Worker(new URL("../workers/browser.js", import.meta.url), { type: "module" });
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
    onMessage: (listen) => {
      worker.onmessage = (event: MessageEvent) => listen(event.data);
    },
    onEnd: (listen) => {
      worker.onerror = (event) => {
        event.preventDefault();
        listen(new Error(event.message));
      };
      worker.onmessageerror = () => listen(new Error("a message of the worker cannot be read"));
    },
    terminate: () => worker.terminate(),
  };
}

export function processors(): number {
  return navigator.hardwareConcurrency ?? 1;
}
