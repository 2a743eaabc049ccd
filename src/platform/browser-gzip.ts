/**
 * gzip in a browser: inflating by the library itself, whose codecs cannot wait for a stream; deflating by the browser.
 */
export { gunzip } from "../codec/gunzip.js";

/** `bytes` as one gzip member. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
