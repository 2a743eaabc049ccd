/**
 * Tile compression as a writer: images as tables of compressed tiles, as fpack makes them (FITS Standard 4.0,
 * section 10).
 */
import { checkMembers, checkObject } from "../argument.js";
import { allocate, bytesPerElement, elementCount } from "../array.js";
import type { TileData } from "../codec/tile.js";
import { FitsError } from "../errors.js";
import type { Card } from "../header/card.js";
import { dataNumber } from "../header/header.js";
import { type Dither, NULL_LEVEL } from "../image/tiles/quantize.js";
import { type BoxSource, tilesOf } from "./compress-bands.js";
import { type CompressedTable, compressedCards, isQuantized, rowBytesOf } from "./compress-header.js";
import { tileShapeFor } from "./compress-shape.js";
import {
  type Algorithm,
  checkEncoding,
  type EncodedTile,
  encodeTile,
  seedOf,
  type TileEncoders,
  type TileEncoding,
  tileEncoders,
} from "./compress-tiles.js";
import type { DataFacts, WritableHdu } from "./hdu.js";
import type { Spool } from "./spool.js";

/** Names of the algorithms, as on the command line. */
export type CompressionName = "rice" | "gzip" | "gzip2" | "hcompress" | "plio";

/** How an image is compressed. The defaults are fpack's, but for the seed, which makes the output reproducible. */
export interface CompressOptions {
  /** Default `rice`. `plio` is for masks: integers from 0 to 2^24 - 1. */
  readonly algorithm?: CompressionName | undefined;
  /** Tile shape, slowest axis first; missing axes are 1. Default rows; of `hcompress` about 16 rows. */
  readonly tile?: readonly number[] | undefined;
  /**
   * How floats are made integers: positive, so many steps to a sigma of the noise (4); negative, minus the size of a
   * step; 0, not at all, which `gzip` and `gzip2` alone can do.
   */
  readonly quantize?: number | undefined;
  /** 0 none, 1 subtractive (default), 2 the same with zeros kept exact. `hcompress` takes 1 for 2, as cfitsio does. */
  readonly dither?: Dither | undefined;
  /** Where in the random sequence dithering starts, 1 to 10000. Default: from the bytes of the first tile. */
  readonly seed?: number | undefined;
  /** HCOMPRESS: how much to lose: positive, in units of the noise; negative, minus the scale. Default 0, nothing. */
  readonly scale?: number | undefined;
  /** HCOMPRESS: whether readers are to smooth what was lost. Default false. */
  readonly smooth?: boolean | undefined;
}

/** An image to be compressed. */
export interface CompressSource extends BoxSource {
  /** Cards of the image's own header. The first one, SIMPLE or XTENSION, tells what the image is uncompressed. */
  readonly cards: Iterable<Card>;
  /** Type of stored values: uint8, int16, int32, int64, float32 or float64. */
  readonly dtype: keyof typeof bitpixOf;
}

const algorithms: Readonly<Record<CompressionName, Algorithm>> = {
  rice: "RICE_1",
  gzip: "GZIP_1",
  gzip2: "GZIP_2",
  hcompress: "HCOMPRESS_1",
  plio: "PLIO_1",
};

/** The types that FITS stores, and their BITPIX. */
export const bitpixOf = { uint8: 8, int16: 16, int32: 32, int64: 64, float32: -32, float64: -64 } as const;

const defaultLevel = 4;
const blockSize = 32;
/** Uncompressed images up to this size have heaps that P descriptors can point into. */
const mostNarrow = 1.5e9;

/**
 * The HDU that holds `source` compressed, for `writeFits` and its kin. Needs memory for a band of tiles (4 MiB, or one
 * tile if that is larger) and the table's rows; the heap waits in a spool. Throws BAD_ARGUMENT for options that do not go
 * together or with the image. Its data rejects with TOO_LARGE for tiles of more than 1 GiB.
 */
export function compressedHdu(source: CompressSource, options: CompressOptions = {}): WritableHdu {
  checkMembers(source, ["dtype", "shape", "cards"], "a source", "what arraySource gives");
  checkObject(options);
  const { dtype, shape } = source;
  const algorithm = algorithms[options.algorithm ?? "rice"];
  if (!algorithm)
    throw new FitsError(
      "BAD_ARGUMENT",
      `no algorithm ${options.algorithm}; there are ${Object.keys(algorithms).join(", ")}`,
    );
  const cards = [...source.cards];
  const given = options.dither ?? 1;
  let encoding: TileEncoding = {
    algorithm,
    dtype,
    level: options.quantize ?? defaultLevel,
    dither: algorithm === "HCOMPRESS_1" && given === 2 ? 1 : given,
    seed: options.seed,
    scale: options.scale ?? 0,
    offset: algorithm === "PLIO_1" && dtype === "int16" ? plioOffset(cards) : 0,
  };
  checkEncoding(encoding);
  const tileShape = tileShapeFor(algorithm, shape, options.tile);
  const wide = elementCount(shape) * bytesPerElement(dtype) > mostNarrow;
  const rows =
    shape.length === 0 ? 0 : shape.reduce((n, length, axis) => n * Math.ceil(length / tileShape[axis]!), 1);
  const table = (facts: DataFacts): CompressedTable => ({
    encoding,
    bitpix: bitpixOf[dtype],
    shape,
    tileShape,
    rows,
    heapBytes: facts.heapBytes,
    longest: facts.longest,
    wide,
    blockSize,
    bytePix: isQuantized(encoding) ? 4 : bytesPerElement(dtype),
    scale: encoding.scale,
    smooth: options.smooth ?? false,
    nullLevel: NULL_LEVEL,
  });
  return {
    kind: "table",
    repeatable: false,
    fill: 0,
    cards: (_, facts) => compressedCards(table(facts), cards),
    async *data(spool) {
      const encoders = await tileEncoders(algorithm);
      const sink = rowsAndHeap(rows, encoding, wide, spool());
      try {
        for await (const { pixels, shape: cut, row } of tilesOf(source, tileShape)) {
          if (encoding.seed === undefined) encoding = { ...encoding, seed: seedOf(pixels) };
          await sink.add(row, await encodeInContext(encoding, encoders, pixels, cut, row));
        }
        yield sink.rows;
        yield* sink.heap.read();
        return sink.facts();
      } finally {
        await sink.heap.close?.();
      }
    },
  };
}

/**
 * BZERO of unsigned 16-bit images: PLIO holds their physical values. See `TileCoding.offset`. Read as the readers of the
 * compressed image will read it.
 */
function plioOffset(cards: readonly Card[]): number {
  const all = (keyword: string): Card[] => cards.filter((card) => card.keyword === keyword);
  return Number(dataNumber({ all }, "BZERO").value) === 32768 ? 32768 : 0;
}

async function encodeInContext(
  encoding: TileEncoding,
  encoders: TileEncoders,
  pixels: TileData,
  shape: readonly number[],
  row: number,
): Promise<EncodedTile> {
  try {
    return await encodeTile(encoding, encoders, pixels, shape, row);
  } catch (cause) {
    if (!(cause instanceof FitsError)) throw cause;
    throw new FitsError(cause.code, `tile ${row} (${encoding.algorithm}): ${cause.message}`, { cause });
  }
}

/** Rows allocated at first. Their number comes from a header, which may lie: memory grows as rows come. */
const firstRows = 4096;

/** The rows of the table, and the heap behind them. */
function rowsAndHeap(count: number, encoding: TileEncoding, wide: boolean, heap: Spool) {
  const quantized = isQuantized(encoding);
  const rowBytes = rowBytesOf({ encoding, wide });
  let rows = allocate("uint8", Math.min(count, firstRows) * rowBytes);
  let view = new DataView(rows.buffer);
  const elementBytes = encoding.algorithm === "PLIO_1" ? 2 : 1;
  const longest = [0, 0];
  let heapBytes = 0;

  function describe(at: number, elements: number): void {
    const place = elements === 0 ? 0 : heapBytes;
    if (wide) {
      view.setBigInt64(at, BigInt(elements));
      view.setBigInt64(at + 8, BigInt(place));
      return;
    }
    if (place > 2 ** 31 - 1) throw new FitsError("TOO_LARGE", "the compressed tiles outgrow 2 GiB");
    view.setInt32(at, elements);
    view.setInt32(at + 4, place);
  }

  function grow(row: number): void {
    if ((row + 1) * rowBytes <= rows.length) return;
    const larger = allocate("uint8", Math.min(count * rowBytes, 2 * rows.length));
    larger.set(rows);
    rows = larger;
    view = new DataView(rows.buffer);
  }

  async function append(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    heapBytes += bytes.length;
    await heap.append(bytes as Uint8Array<ArrayBuffer>);
  }

  return {
    /** All rows; those of tiles that were not added are zeros. */
    get rows() {
      return rows;
    },
    heap,
    async add(row: number, { compressed, gzipped, scale, zero }: EncodedTile): Promise<void> {
      grow(row);
      const at = row * rowBytes;
      const descriptor = wide ? 16 : 8;
      longest[0] = Math.max(longest[0]!, compressed.length / elementBytes);
      longest[1] = Math.max(longest[1]!, gzipped.length);
      describe(at, compressed.length / elementBytes);
      await append(compressed);
      if (!quantized) return;
      view.setFloat64(at + descriptor, scale);
      view.setFloat64(at + descriptor + 8, zero);
      describe(at + descriptor + 16, gzipped.length);
      await append(gzipped);
    },
    facts: (): DataFacts => ({ rows: count, heapBytes, longest }),
  };
}
