/**
 * Compresses one tile to a row of the table of a compressed image.
 */
import { type Arrays, bytesOf, type DType } from "../array.js";
import { loadEncoder } from "../codec/encoder.js";
import type { TileData, TileEncoder } from "../codec/tile.js";
import { FitsError } from "../errors.js";
import type { Dither } from "../image/tiles/quantize.js";
import { hcompressScale, quantize } from "./quantizer.js";

export type Algorithm = "RICE_1" | "GZIP_1" | "GZIP_2" | "HCOMPRESS_1" | "PLIO_1";

/** How all tiles of one image are compressed. */
export interface TileEncoding {
  readonly algorithm: Algorithm;
  /** Type of the stored values. */
  readonly dtype: DType;
  /** Steps to a sigma of the noise, or minus the step; 0 for no quantization. Of floats only. */
  readonly level: number;
  readonly dither: Dither;
  /** ZDITHER0; undefined until the first tile gives it. */
  readonly seed: number | undefined;
  /** As `hcompressScale` takes it. */
  readonly scale: number;
  /** Added to the integers first: see `TileCoding.offset`. */
  readonly offset: number;
}

/** The cells of a tile in its row: one of the two is empty. */
export interface EncodedTile {
  readonly compressed: Uint8Array;
  /** The floats as they are, under gzip: of tiles that cannot be quantized. */
  readonly gzipped: Uint8Array;
  readonly scale: number;
  readonly zero: number;
}

const none = new Uint8Array(0);

export interface TileEncoders {
  readonly main: TileEncoder;
  readonly fallback: TileEncoder;
}

export async function tileEncoders(algorithm: Algorithm): Promise<TileEncoders> {
  return { main: await loadEncoder(algorithm), fallback: await loadEncoder("GZIP_1") };
}

/** Encodes the pixels of tile `row`, whose shape is given slowest axis first. Throws FitsError BAD_ARGUMENT. */
export async function encodeTile(
  encoding: TileEncoding,
  encoders: TileEncoders,
  pixels: TileData,
  shape: readonly number[],
  row: number,
): Promise<EncodedTile> {
  const { algorithm, level, dither, seed, scale } = encoding;
  if (pixels instanceof Float32Array || pixels instanceof Float64Array) {
    if (level === 0) return { ...empty, compressed: await encoders.main(pixels, { shape }) };
    const quantized = quantize(pixels, { shape, level, dither, seed: seed ?? 1, row });
    if (!quantized) return { ...empty, gzipped: await encoders.fallback(pixels, { shape }) };
    const compressed = await encode(quantized.levels);
    return { ...empty, compressed, scale: quantized.scale, zero: quantized.zero };
  }
  return { ...empty, compressed: await encode(pixels) };

  function encode(integers: TileData): Uint8Array | Promise<Uint8Array> {
    const data = encoding.offset === 0 ? integers : moved(integers as Arrays["int16"], encoding.offset);
    if (algorithm !== "HCOMPRESS_1") return encoders.main(data, { shape });
    return encoders.main(data, { shape, scale: hcompressScale(data as Int32Array, shape, scale) });
  }
}

const empty: EncodedTile = { compressed: none, gzipped: none, scale: 0, zero: 0 };

function moved(integers: Int16Array, offset: number): Arrays["int32"] {
  return Int32Array.from(integers, (value) => value + offset);
}

/** The seed that cfitsio takes from the first tile: the sum of its bytes, from 1 to 10000. */
export function seedOf(pixels: TileData): number {
  let sum = 0;
  for (const byte of bytesOf(asRead(pixels))) sum += byte;
  return (sum % 10000) + 1;
}

/** Floats as cfitsio reads them: its null values for values that are not finite, 0 for denormals and -0. */
function asRead(pixels: TileData): TileData {
  if (!(pixels instanceof Float32Array || pixels instanceof Float64Array)) return pixels;
  const single = pixels instanceof Float32Array;
  const least = single ? 2 ** -126 : 2 ** -1022;
  const nothing = single ? -9.11912e-36 : -9.1191291391491e-36;
  return pixels.map((value) => (!Number.isFinite(value) ? nothing : Math.abs(value) < least ? 0 : value));
}

/** Throws BAD_ARGUMENT for a combination that no reader understands. */
export function checkEncoding({ algorithm, dtype, level, seed }: TileEncoding): void {
  const fail = (message: string): never => {
    throw new FitsError("BAD_ARGUMENT", `cannot compress: ${message}`);
  };
  const float = dtype.startsWith("float");
  if (dtype === "int64" && !algorithm.startsWith("GZIP")) {
    fail(`${algorithm} takes integers of up to 32 bits; gzip takes 64-bit ones, which few readers know`);
  }
  if (float && algorithm === "PLIO_1") {
    fail(
      "PLIO_1 is for masks, of integers from 0 to 16777215; the pixels are floats, which rice or gzip take",
    );
  }
  if (float && level === 0 && !algorithm.startsWith("GZIP")) {
    fail(`${algorithm} takes integers; quantize the floats, or use gzip to keep them as they are`);
  }
  if (!Number.isFinite(level)) fail(`quantize must be a finite number, not ${level}`);
  if (seed !== undefined && !(Number.isInteger(seed) && seed >= 1 && seed <= 10000)) {
    fail(`seed must be an integer from 1 to 10000, not ${seed}`);
  }
}
