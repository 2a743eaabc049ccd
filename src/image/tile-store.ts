/**
 * What is kept of a compressed image from one read to the next, and what is known of one read.
 */
import type { Arrays, DType } from "../array.js";
import { FitsError } from "../errors.js";
import type { HduLayout } from "../hdu/hdu.js";
import type { BlockCopy } from "./pixel-copy.js";
import type { Scaling } from "./scale.js";
import type { PixelCopy } from "./scaled.js";
import { type TileCache, tileCache } from "./tile-cache.js";
import { type Decoders, loadDecoders, noDecoders } from "./tile-decode.js";
import type { TileGrid } from "./tile-grid.js";
import { type HeapGuess, heapGuess } from "./tile-guess.js";
import type { TilePool } from "./tile-pool.js";
import { type TileTable, tileTable } from "./tile-table.js";

export interface TiledOptions {
  /** Bytes of the whole file, where known. */
  readonly fileSize?: number | undefined;
  /** Workers for large reads; without them tiles are decoded in place. */
  readonly pool?: TilePool | undefined;
  /** Most bytes of decoded tiles kept for later reads of this image. Default 16 MiB; 0 keeps none. */
  readonly cacheBytes?: number | undefined;
}

const defaultCacheBytes = 32 * 1024 * 1024;

/** What is kept of an image from one read to the next. */
export interface Store {
  readonly table: TileTable;
  readonly options: TiledOptions;
  readonly cache: TileCache;
  readonly guess: HeapGuess;
  /** Tiles that are decoded quickly and were, once. */
  readonly seen: Set<number>;
  decoders: Decoders;
  /** Those of the compressed tiles, loaded before the first bytes are there. */
  readonly early: Promise<Decoders | undefined>;
  /** All descriptors, when the table is small. */
  rows?: DataView;
}

/** Loads the decoders of an image's compressed tiles; what is wrong with it shows later. */
export async function loadEarly(layout: HduLayout): Promise<Decoders | undefined> {
  try {
    return await loadDecoders(tileTable(layout).coding, ["COMPRESSED_DATA"]);
  } catch {
    return undefined;
  }
}

export function newStore(
  layout: HduLayout,
  options: TiledOptions,
  early: Promise<Decoders | undefined>,
): Store {
  const table = tileTable(layout);
  const { fileSize } = options;
  const tableEnd = table.dataOffset + table.rowBytes * table.tileCount;
  if (fileSize !== undefined && tableEnd > fileSize) {
    throw truncated(table.label, "the descriptors of its tiles", tableEnd, fileSize);
  }
  const cache = tileCache(options.cacheBytes ?? defaultCacheBytes);
  return { table, options, cache, guess: heapGuess(table), seen: new Set(), decoders: noDecoders, early };
}

/** A section being read. */
export interface Read {
  readonly store: Store;
  readonly grid: TileGrid;
  readonly keep: boolean;
  /** Whether tiles taken whole are kept too. */
  readonly keepWhole: boolean;
  readonly scaling: Scaling;
  readonly copy: PixelCopy;
  readonly block: BlockCopy | undefined;
  /** Whether a tile can be decoded in place: pixels of the result have as many bytes as stored ones. */
  readonly inPlace: boolean;
  /** Bytes of all pixels of its tiles. */
  readonly work: number;
  /** Bytes that RICE would decode in the time that this read takes: whether workers are worth it. */
  readonly effort: number;
  /** The result, allocated when the first tile comes. */
  out(): Arrays[DType];
  readonly shape: readonly number[];
}

export function inHdu(table: TileTable, cause: unknown, where = ""): FitsError {
  if (cause instanceof FitsError)
    return new FitsError(cause.code, `${table.label}, ${where}${cause.message}`, { cause });
  return new FitsError("BAD_DATA", `${table.label}, ${where}${String(cause)}`, { cause });
}

export function truncated(label: string, what: string, needed: number, fileEnd: number): FitsError {
  return new FitsError(
    "TRUNCATED",
    `${label}: the file ends at byte ${fileEnd}, before byte ${needed} that ${what} needs; the file is cut short or its header wrong`,
  );
}
