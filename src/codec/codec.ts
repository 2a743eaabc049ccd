/**
 * The tile decoders by their ZCMPTYPE. Each decoder is loaded when a file first needs it.
 *
 * A decoder is a pure function from the compressed bytes of one cell to the elements of the tile in native order. Its
 * parameters are plain data, so the same call works on the calling thread and, by postMessage, in a worker.
 */
import { FitsError } from "../errors.js";
import type { TileDecoder } from "./tile.js";

const decoders: Readonly<Record<string, () => Promise<TileDecoder>>> = {
  RICE_1: async () => (await import("./rice.js")).decodeRice,
  RICE_ONE: async () => (await import("./rice.js")).decodeRice,
  GZIP_1: async () => (await import("./gzip.js")).decodeGzip1,
  GZIP_2: async () => (await import("./gzip.js")).decodeGzip2,
  PLIO_1: async () => (await import("./plio.js")).decodePlio,
  HCOMPRESS_1: async () => (await import("./hcompress.js")).decodeHcompress,
  NOCOMPRESS: async () => (await import("./raw.js")).decodeRaw,
};

/** Whether `loadCodec` knows this ZCMPTYPE. */
export function isCodec(name: string): boolean {
  return Object.hasOwn(decoders, name);
}

/**
 * The decoder of a ZCMPTYPE: RICE_1 (also RICE_ONE, as fpack writes it), GZIP_1, GZIP_2, PLIO_1, HCOMPRESS_1,
 * NOCOMPRESS. The fallback columns have theirs: GZIP_COMPRESSED_DATA is GZIP_1, UNCOMPRESSED_DATA is NOCOMPRESS, both
 * with the `dtype` of ZBITPIX. Rejects with FitsError UNSUPPORTED for any other name.
 */
export async function loadCodec(name: string): Promise<TileDecoder> {
  if (!isCodec(name)) {
    throw new FitsError(
      "UNSUPPORTED",
      `ZCMPTYPE '${name.slice(0, 40).replace(/[^ -~]/g, "?")}' is no compression algorithm of the FITS Standard`,
    );
  }
  return await decoders[name]!();
}
