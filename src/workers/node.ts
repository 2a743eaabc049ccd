/**
 * What a tile worker runs in Node. platform/node-workers.ts starts it by its address; nothing imports it.
 */
import { parentPort } from "node:worker_threads";
import { serveTiles } from "../image/tiles/worker.js";

const port = parentPort!;
serveTiles({
  listen: (receive) => port.on("message", receive),
  post: (reply, transfer) => port.postMessage(reply, transfer),
});
