/**
 * A worker of the web, as a pool of workers has it.
 */
import type { TileWorker } from "./types.js";

export function tileWorker(worker: Worker): TileWorker {
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
