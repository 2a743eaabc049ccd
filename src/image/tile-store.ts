/**
 * What is kept of a compressed image from one read to the next, and what is known of one read.
 */
import type { Arrays, DType } from "../array.js";
import type { TileData } from "../codec/tile.js";
import { FitsError } from "../errors.js";
import type { Scaling } from "./scale.js";
import { type TileCache, tileCache } from "./tile-cache.js";
import type { Decoders } from "./tile-decode.js";
import type { TileGrid } from "./tile-grid.js";
import { type HeapGuess, heapGuess } from "./tile-guess.js";
import type { TilePool } from "./tile-pool.js";
import type { TileTable } from "./tile-table.js";
import type { Touch } from "./warmth.js";

export interface TiledOptions {
  /** Bytes of the whole file, where known. */
  readonly fileSize?: number | undefined;
  /** Opens the workers for large reads; without them tiles are decoded in place. */
  readonly pool?: (() => Promise<TilePool>) | undefined;
  /** Most bytes of decoded tiles kept for later reads of this image. Default 32 MiB; 0 keeps none. */
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
  /** What decodes tiles, as far as it was needed. */
  decoders: Decoders;
  /** What decodes the compressed tiles, being loaded before the first of them is there; what is wrong shows later. */
  early?: Promise<Decoders | undefined>;
  /** All descriptors, when the table is small. */
  rows?: DataView;
}

/** Nothing is kept yet. Throws TRUNCATED where the file ends before the table does. */
export function newStore(table: TileTable, options: TiledOptions): Store {
  const { fileSize } = options;
  const tableEnd = table.dataOffset + table.rowBytes * table.tileCount;
  if (fileSize !== undefined && tableEnd > fileSize) {
    throw truncated(table.label, "the descriptors of its tiles", tableEnd, fileSize);
  }
  const cache = tileCache(options.cacheBytes ?? defaultCacheBytes);
  return { table, options, cache, guess: heapGuess(table), seen: new Set(), decoders: { columns: {} } };
}

/** A tile of the grid that is decoded already. */
export interface ReadyTile {
  readonly index: number;
  readonly data: TileData;
}

/** A section being read. */
export interface Read {
  readonly store: Store;
  readonly grid: TileGrid;
  readonly keep: boolean;
  /** Whether tiles taken whole are kept too. */
  readonly keepWhole: boolean;
  readonly scaling: Scaling;
  /** Types of the stored pixels and of the result's. */
  readonly rawDtype: DType;
  readonly dtype: DType;
  /** Tiles that are held already. */
  readonly ready: readonly ReadyTile[];
  /** Bytes of all pixels of its tiles. */
  readonly work: number;
  /** Bytes that RICE would decode in the time that this read takes: whether workers are worth it. */
  readonly effort: number;
  /** The result, allocated when the first tile comes. */
  out(): Arrays[DType];
  readonly shape: readonly number[];
  /** Touches the result's memory ahead of decoding, where that is large and new. */
  readonly touch?: Promise<Touch | undefined> | undefined;
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
