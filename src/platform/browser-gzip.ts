/**
 * gzip in a browser, which deflates, but inflates only by streams: a tile decoder cannot wait for one. See node-gzip.ts.
 */
import type { Gunzip } from "./types.js";

export const gunzip: Gunzip | undefined = undefined;

/** `bytes` as one gzip member. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
