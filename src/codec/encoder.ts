/**
 * The tile encoders by their ZCMPTYPE, the counterpart of codec.ts. Each encoder is loaded at its first use.
 */
import { FitsError } from "../errors.js";
import type { TileEncoder } from "./tile.js";

const encoders: Readonly<Record<string, () => Promise<TileEncoder>>> = {
  RICE_1: async () => (await import("./rice-encode.js")).encodeRice,
  GZIP_1: async () => (await import("./gzip-encode.js")).encodeGzip1,
  GZIP_2: async () => (await import("./gzip-encode.js")).encodeGzip2,
  PLIO_1: async () => (await import("./plio-encode.js")).encodePlio,
  HCOMPRESS_1: async () => (await import("./hcompress-encode.js")).encodeHcompress,
  NOCOMPRESS: async () => (await import("./gzip-encode.js")).encodeRaw,
};

/** The encoder of a ZCMPTYPE of the Standard. Rejects with FitsError BAD_ARGUMENT for any other name. */
export async function loadEncoder(name: string): Promise<TileEncoder> {
  if (!Object.hasOwn(encoders, name)) {
    throw new FitsError("BAD_ARGUMENT", `'${name}' is none of ${Object.keys(encoders).join(", ")}`);
  }
  return await encoders[name]!();
}
