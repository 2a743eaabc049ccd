/**
 * gzip in a browser: inflated by the library itself, since a tile decoder cannot wait for a stream; deflated by the
 * browser. See node-gzip.ts.
 */
export { gunzip } from "../codec/gunzip.js";

/** `bytes` as one gzip member. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
