/**
 * What the decoders and encoders of tiles have in common: their parameters, their types, the memory they may take.
 */
import { type Arrays, allocate, bytesPerElement, type DType, elementCount } from "../array.js";
import { FitsError } from "../errors.js";

/** The elements of one tile in C order. */
export type TileData = Arrays[DType];

/** How one tile is to be decoded (FITS Standard 4.0, section 10.1 and 10.4). Plain data, fit for postMessage. */
export interface TileParams {
  /**
   * Element type of the result: what the cell holds after decompression. `uint8 int16 int32 int64` by ZBITPIX for
   * integers; `int32` for quantized floats, which the caller then hands to `dequantize`; `float32 float64` for floats
   * that were not quantized (GZIP and NOCOMPRESS only).
   */
  readonly dtype: DType;
  /**
   * Elements of the result along each axis, slowest axis first: those of this tile (an edge tile's own, not ZTILEn). With
   * `tilePixels`, `[n]` asks for the first `n` elements of the tile only.
   */
  readonly shape: readonly number[];
  /** Elements of the whole tile, where they may be more than `shape` asks for. Default: as many as `shape` has. */
  readonly tilePixels?: number;
  /** RICE: ZVAL of BYTEPIX, bytes of one original integer. Default 4. */
  readonly bytePix?: number;
  /** RICE: ZVAL of BLOCKSIZE, pixels that share one code. Default 32. */
  readonly blockSize?: number;
  /** HCOMPRESS: ZVAL of SMOOTH is not 0. Default false. */
  readonly smooth?: boolean;
  /** Bytes that a decoder may allocate for one tile; `into` does not count. Default 1 GiB. */
  readonly maxTileBytes?: number | undefined;
}

/**
 * Decodes one tile, or its first elements. `bytes` are borrowed and not written to. The result is `into` (of `dtype`, as
 * long as `shape` says) or a fresh array. Integers that the stream holds in another width than `dtype` are converted;
 * values beyond the range of `dtype` are clamped, as cfitsio does.
 *
 * RICE, PLIO, NOCOMPRESS and GZIP_1 stop at the last element asked for, and take memory for these elements alone. GZIP_2
 * stops at the lowest byte of that element, which lies in the last of the shuffled planes, and takes memory for the
 * elements asked for alone. HCOMPRESS decodes the whole tile. Data behind the place where a decoder stops, and a checksum
 * there, are not looked at.
 *
 * Throws FitsError: BAD_DATA for a stream that is corrupt or contradicts `params`, saying what is wrong in the stream
 * (the caller names HDU, tile and algorithm); TOO_LARGE for a tile that takes more than `maxTileBytes`; UNSUPPORTED for
 * parameters that have no meaning in this algorithm.
 */
export type TileDecoder = (bytes: Uint8Array, params: TileParams, into?: TileData) => TileData;

const defaultMaxTileBytes = 2 ** 30;

/** Throws TOO_LARGE where decoding one tile would allocate more bytes than `maxTileBytes`. */
export function checkTileBytes(
  bytes: number,
  { maxTileBytes = defaultMaxTileBytes }: Pick<TileParams, "maxTileBytes">,
): void {
  if (bytes <= maxTileBytes) return;
  throw new FitsError(
    "TOO_LARGE",
    `decoding takes ${bytes} bytes of memory, more than maxTileBytes (${maxTileBytes}); ask for a smaller part, or raise maxTileBytes`,
  );
}

/** The array that a tile is decoded into: `into`, checked for its length, or a fresh array of at most `maxTileBytes`. */
export function tileArray(params: TileParams, into: TileData | undefined): TileData {
  const pixels = elementCount(params.shape);
  if (into && into.length !== pixels) {
    throw new FitsError("BAD_ARGUMENT", `room for ${into.length} elements given, the tile has ${pixels}`);
  }
  if (into) return into;
  checkTileBytes(pixels * bytesPerElement(params.dtype), params);
  return allocate(params.dtype, pixels);
}

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
 * browsers gzip answers with a promise. Throws FitsError BAD_ARGUMENT for elements that the algorithm cannot hold.
 */
export type TileEncoder = (data: TileData, params: EncodeParams) => Uint8Array | Promise<Uint8Array>;

/** The elements as integers of up to 32 bits. Throws FitsError BAD_ARGUMENT for any other type. */
export function integersOf(data: TileData, algorithm: string): Uint8Array | Int16Array | Int32Array {
  if (data instanceof Uint8Array || data instanceof Int16Array || data instanceof Int32Array) return data;
  const type = data.constructor.name.replace("Array", "");
  throw new FitsError("BAD_ARGUMENT", `${algorithm} compresses 8-, 16- and 32-bit integers, not ${type}`);
}
