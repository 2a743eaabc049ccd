/**
 * Decoders of compressed tiles by their ZCMPTYPE, each loaded when a file first needs it.
 *
 * A tile's decoder is a pure function from the compressed bytes of one cell to the tile's elements in native order:
 * its parameters are plain data, so the same call works here and, by postMessage, in a worker.
 */
import { type Arrays, allocate, type DType, elementCount } from "../array.js";
import { FitsError } from "../errors.js";

/** What the header says of one tile (FITS Standard 4.0, section 10.1 and 10.4). */
export interface TileParams {
  /**
   * Element type of the result: what the cell holds after decompression. `uint8 int16 int32 int64` by ZBITPIX for
   * integers; `int32` for quantized floats, which the caller then hands to `dequantize`; `float32 float64` for floats
   * that were not quantized (GZIP and NOCOMPRESS only).
   */
  readonly dtype: DType;
  /** Elements along each axis of this tile, slowest axis first; an edge tile's own, not ZTILEn. */
  readonly shape: readonly number[];
  /** RICE: ZVAL of BYTEPIX, bytes of one original integer. Default 4. */
  readonly bytePix?: number;
  /** RICE: ZVAL of BLOCKSIZE, pixels that share one code. Default 32. */
  readonly blockSize?: number;
  /** HCOMPRESS: ZVAL of SMOOTH is not 0. Default false. */
  readonly smooth?: boolean;
}

/** The elements of one tile in C order. */
export type TileData = Arrays[DType];

/**
 * Decodes one tile. `bytes` are borrowed and not written to. The result is `into` (of `dtype`, exactly the tile's
 * elements) or a fresh array. Integers that the stream holds in another width than `dtype` are converted, those beyond
 * its range clamped, as cfitsio does.
 *
 * Throws FitsError: BAD_DATA for a stream that is corrupt or contradicts `params`, saying what is wrong in the stream
 * (the caller names HDU, tile and algorithm); UNSUPPORTED for parameters that have no meaning in this algorithm.
 */
export type TileDecoder = (bytes: Uint8Array, params: TileParams, into?: TileData) => TileData;

const decoders: Readonly<Record<string, () => Promise<TileDecoder>>> = {
  RICE_1: async () => (await import("./rice.js")).decodeRice,
  RICE_ONE: async () => (await import("./rice.js")).decodeRice,
  GZIP_1: async () => (await import("./gzip.js")).loadGzip1(),
  GZIP_2: async () => (await import("./gzip.js")).loadGzip2(),
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
      `ZCMPTYPE '${name.replace(/[^ -~]/g, "?")}' is no compression algorithm of the FITS Standard`,
    );
  }
  return await decoders[name]!();
}

/** Where a tile is to be decoded: `into`, checked, or a fresh array. */
export function tileArray(params: TileParams, into: TileData | undefined): TileData {
  const pixels = elementCount(params.shape);
  if (into && into.length !== pixels) {
    throw new FitsError("BAD_ARGUMENT", `room for ${into.length} elements given, the tile has ${pixels}`);
  }
  return into ?? allocate(params.dtype, pixels);
}
