/**
 * Encoders of tiles by their ZCMPTYPE, each loaded when it is first wanted: the counterpart of codec.ts.
 */
import { FitsError } from "../errors.js";
import type { TileData } from "./codec.js";

/** How a tile is to be compressed. */
export interface EncodeParams {
  /** Elements along each axis of the tile, slowest first. */
  readonly shape: readonly number[];
  /** RICE: pixels that share one code. Default 32. */
  readonly blockSize?: number;
  /** HCOMPRESS: coefficients are rounded to multiples of it; 0 and 1 (the default) lose nothing. */
  readonly scale?: number;
}

/**
 * Compresses the elements of one tile, in native order, to the bytes of its cell. RICE, HCOMPRESS and PLIO take
 * `uint8`, `int16` and `int32` (for RICE the width of the array is BYTEPIX), GZIP and NOCOMPRESS any type. In
 * browsers gzip answers in a promise. Throws FitsError BAD_ARGUMENT for elements that the algorithm cannot hold.
 */
export type TileEncoder = (data: TileData, params: EncodeParams) => Uint8Array | Promise<Uint8Array>;

const encoders: Readonly<Record<string, () => Promise<TileEncoder>>> = {
  RICE_1: async () => (await import("./rice-encode.js")).encodeRice,
  GZIP_1: async () => (await import("./gzip-encode.js")).loadGzip1Encoder(),
  GZIP_2: async () => (await import("./gzip-encode.js")).loadGzip2Encoder(),
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

/** The elements as integers of up to 32 bits. Throws FitsError BAD_ARGUMENT for any other type. */
export function integersOf(data: TileData, algorithm: string): Uint8Array | Int16Array | Int32Array {
  if (data instanceof Uint8Array || data instanceof Int16Array || data instanceof Int32Array) return data;
  const type = data.constructor.name.replace("Array", "");
  throw new FitsError("BAD_ARGUMENT", `${algorithm} compresses 8-, 16- and 32-bit integers, not ${type}`);
}
