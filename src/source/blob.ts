/**
 * A Blob, or a File that a browser's user chose.
 */
import { FitsError } from "../errors.js";
import { type ByteSource, checkRange } from "./source.js";

/** The object that `blob` is; `href` shows a File's name. Throws SOURCE_CHANGED when the file behind it has changed. */
export function blobSource(blob: Blob): ByteSource {
  const name = "name" in blob && typeof blob.name === "string" ? blob.name : "";
  const href = name ? `file:${name}` : "blob:";
  return {
    href,
    size: blob.size,
    speed: { latency: 300e-6, throughput: 1e9 },
    async getRange({ offset, length }, { signal } = {}) {
      checkRange({ offset, length }, href);
      signal?.throwIfAborted();
      try {
        const buffer = await blob.slice(offset, offset + length).arrayBuffer();
        signal?.throwIfAborted();
        return new Uint8Array(buffer);
      } catch (cause) {
        signal?.throwIfAborted();
        throw new FitsError(
          "SOURCE_CHANGED",
          `${href} cannot be read any more: was it changed or removed? choose it again`,
          { cause },
        );
      }
    },
  };
}
