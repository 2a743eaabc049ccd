/**
 * What a tile worker runs in a browser. platform/browser-workers.ts starts it by its address; nothing imports it.
 */
import { serveTiles } from "../image/tiles/worker.js";

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
};
serveTiles({
  listen: (receive) => {
    scope.onmessage = (event) => receive(event.data);
  },
  post: (reply, transfer) => scope.postMessage(reply, transfer),
});
