/**
 * gzip in Node: node:zlib, called synchronously, since a tile is too small to be worth a trip to another thread. The
 * import `#gzip` is this file in Node and browser-gzip.ts in browsers. Workers load it: it must not import anything that
 * starts workers.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import type { Gunzip } from "./types.js";

// One chunk takes the whole output, with room to see that nothing follows.
export const gunzip: Gunzip | undefined = (bytes, maxLength) =>
  gunzipSync(bytes, { chunkSize: maxLength + 64, maxOutputLength: Math.max(1, maxLength) });

/** `bytes` as one gzip member; fast rather than small, as cfitsio does for tiles. */
export function gzip(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { level: 1 });
}
