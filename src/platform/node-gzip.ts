/**
 * gzip by node:zlib: synchronously, since a tile is too small to be worth a trip to another thread, or many at once on
 * Node's own threads.
 */
import { gunzip as gunzipLater, gunzipSync, gzipSync, type ZlibOptions } from "node:zlib";

/** The output of a gzip file; throws when it is corrupt, cut off or longer than `maxLength` bytes. */
export function gunzip(bytes: Uint8Array, maxLength: number): Uint8Array {
  return gunzipSync(bytes, roomFor(maxLength));
}

/** The same on another thread. */
export function gunzipAway(bytes: Uint8Array, maxLength: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) =>
    gunzipLater(bytes, roomFor(maxLength), (error, output) => (error ? reject(error) : resolve(output))),
  );
}

/** One chunk takes it all, with room to see that nothing follows. */
function roomFor(maxLength: number): ZlibOptions {
  return { chunkSize: maxLength + 64, maxOutputLength: Math.max(1, maxLength) };
}

/** `bytes` as one gzip member; fast rather than small, as cfitsio does for tiles. */
export function gzip(bytes: Uint8Array): Uint8Array {
  return gzipSync(bytes, { level: 1 });
}
