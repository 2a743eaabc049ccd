/**
 * Bytes that are in memory already.
 */
import { type ByteSource, checkRange } from "./source.js";

/** The object that `bytes` are. Answers with views of them: they must not change while it is in use. */
export function memorySource(bytes: Uint8Array, href = "memory:"): ByteSource {
  return {
    href,
    size: bytes.length,
    speed: { latency: 0, throughput: 10e9 },
    async getRange({ offset, length }, { signal } = {}) {
      checkRange({ offset, length }, href);
      signal?.throwIfAborted();
      return bytes.subarray(offset, offset + length);
    },
  };
}
