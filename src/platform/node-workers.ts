/**
 * Tile workers in Node: worker threads that never keep the process alive when they have nothing to do. The calling
 * thread decodes too, since there is nobody whose page would stand still.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { TileWorker } from "./types.js";

export function startTileWorker(): TileWorker {
  const worker = new Worker(new URL("../workers/node.js", import.meta.url));
  worker.unref();
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
    onMessage: (listen) => worker.on("message", listen),
    onEnd: (listen) => {
      for (const event of ["error", "messageerror", "exit"]) worker.on(event, listen);
    },
    hold: (alive) => (alive ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}

export function processors(): number {
  return availableParallelism();
}

export function soon(call: () => void): void {
  setImmediate(call);
}
