/**
 * Plans for tile-compressed images: the descriptors of the tiles that a section touches, then the bytes of those
 * tiles, decoded as they land (FITS Standard 4.0, section 10).
 */
import {
  type Arrays,
  allocate,
  bytesPerElement,
  type DType,
  elementCount,
  type NdArray,
  ndarray,
} from "../../array.js";
import { loadCodec } from "../../codec/codec.js";
import type { TileData, TileDecoder } from "../../codec/tile.js";
import { FitsError, hduLabel } from "../../errors.js";
import type { Course } from "../../read/plan.js";
import type { Budget, Holding } from "../../read/session.js";
import type { PixelCopy } from "../copy.js";
import type { ImageLayout, PixelOptions, Pixels } from "../pixels.js";
import { blankOf, dtypeOfBitpix, physicalDtype, type Scaling, scalingOf, unscaled } from "../scale.js";
import type { ResolvedSection } from "../section.js";
import { batchesOf, inHdu, type TileRead, tileDecoding } from "./batch.js";
import { type TileCache, tileCache } from "./cache.js";
import { type Decoders, loadDecoders } from "./decode.js";
import { isSmallTable, learnFrom, readRows, type TileRows, tasksOf, truncated } from "./descriptors.js";
import { copyTile, gridTile, pixelsNeeded, type TileGrid, tileGrid } from "./grid.js";
import { type HeapGuess, heapGuess } from "./guess.js";
import type { TilePool } from "./pool.js";
import { type TileTable, tileTable } from "./table.js";
import {
  type CellColumn,
  indexAt,
  isRice,
  maskAt,
  newTasks,
  shapeAt,
  type TileTasks,
  tileAt,
} from "./tasks.js";
import { type TileWishes, wish } from "./wishes.js";

export interface TiledOptions {
  /** Bytes of the whole file, where known. */
  readonly fileSize?: number | undefined;
  /** Where decoded tiles and descriptors that are kept count. */
  readonly memory: Budget;
  /** Workers for large reads; without them tiles are decoded in the calling thread. */
  readonly pool?: TilePool | undefined;
  /** Bytes that the decoding of one tile may take, beside its pixels in the result. Default 1 GiB. */
  readonly maxTileBytes?: number | undefined;
}

/** A compressed image, and what is kept of it from one read to the next. */
interface TiledImage {
  readonly table: TileTable;
  readonly decoders: Decoders;
  readonly mask: TileDecoder | FitsError | undefined;
  readonly pool: TilePool | undefined;
  readonly cache: TileCache;
  readonly guess: HeapGuess;
  readonly wishes: TileWishes;
  readonly memory: Budget;
  /** All rows, where the table is small. */
  rows?: { readonly view: DataView; readonly holding: Holding } | undefined;
}

/**
 * The pixels of a tile-compressed image, with the decoders that its tiles need. A header that makes no sense throws
 * (BAD_HEADER, WRONG_TYPE, UNSUPPORTED) when pixels are first planned.
 *
 * A section takes at most two dependent reads: the descriptors of its tiles (none when they are known) and the tiles;
 * a third one where tiles have null-pixel masks.
 */
export async function loadTiledPixels(layout: ImageLayout, options: TiledOptions): Promise<Pixels> {
  const rawDtype = dtypeOfBitpix(layout.bitpix);
  const image = await loadImage(layout, options);
  let scaling: Scaling | undefined;
  const pixels: Pixels = {
    shape: layout.shape,
    rawDtype,
    get scaling() {
      return (scaling ??= tiledScaling(layout, rawDtype));
    },
    ...("table" in image && { tileShape: image.table.tileShape }),
    plan(section, how) {
      if (image instanceof FitsError) throw image;
      checkEnd(image.table, options.fileSize);
      const scaling = how.raw ? unscaled : pixels.scaling;
      const dtype = how.raw ? rawDtype : physicalDtype(rawDtype, scaling);
      const count = elementCount(section.shape);
      if (!Number.isSafeInteger(count * 8))
        throw new FitsError("TOO_LARGE", `${image.table.label}: no memory holds its ${count} pixels`);
      return () => sectionCourse(image, section, how, { rawDtype, dtype, scaling });
    },
  };
  return pixels;
}

/** What stands for an image whose header makes no sense: the error that says why. */
async function loadImage(
  layout: ImageLayout,
  { memory, pool, maxTileBytes }: TiledOptions,
): Promise<TiledImage | FitsError> {
  let table: TileTable;
  try {
    const found = tileTable(layout);
    table = { ...found, coding: { ...found.coding, maxTileBytes } };
  } catch (error) {
    if (error instanceof FitsError) return error;
    throw error;
  }
  const columns = Object.keys(table.cells) as CellColumn[];
  const [decoders, mask] = await Promise.all([loadDecoders(table.coding, columns), loadMask(table)]);
  const [cache, guess] = [tileCache(memory), heapGuess(table)];
  return { table, decoders, mask, pool, cache, guess, wishes: new Map(), memory };
}

async function loadMask({ mask }: TileTable): Promise<TiledImage["mask"]> {
  if (!mask) return undefined;
  return loadCodec(mask.algorithm).catch((error: unknown) =>
    error instanceof FitsError ? error : new FitsError("UNSUPPORTED", String(error), { cause: error }),
  );
}

/** Throws TRUNCATED where the file ends before the table of tiles does. */
function checkEnd(table: TileTable, fileSize = Infinity): void {
  const tableEnd = table.dataOffset + table.rowBytes * table.tileCount;
  if (tableEnd > fileSize) throw truncated(table.label, "the descriptors of its tiles", tableEnd, fileSize);
}

/** BSCALE, BZERO and BLANK of the image. Like cfitsio, takes ZBLANK for the BLANK of integers. */
function tiledScaling(layout: ImageLayout, rawDtype: DType): Scaling {
  const { header } = layout;
  const label = hduLabel(layout);
  const scaling = scalingOf(header, rawDtype, label);
  if (rawDtype.startsWith("float")) return scaling;
  return { ...scaling, blank: blankOf(header, "ZBLANK", label) ?? scaling.blank };
}

/** Types of the stored pixels and of the result's, and the way from one to the other. */
type Types = Pick<TileRead, "rawDtype" | "dtype" | "scaling">;

function* sectionCourse(
  image: TiledImage,
  section: ResolvedSection,
  options: PixelOptions,
  types: Types,
): Course<NdArray> {
  const { table, cache } = image;
  const count = elementCount(section.shape);
  if (count === 0 || table.shape.length === 0) return ndarray(allocate(types.dtype, count), section.shape);
  const grid = tileGrid(section, table.shape, table.tileShape);
  const tileBytes = elementCount(table.tileShape) * bytesPerElement(types.rawDtype);
  const { wanted, held } = sortTiles(image, grid);
  let result: Arrays[DType] | undefined;
  const read: TileRead = {
    ...image,
    ...types,
    grid,
    keepsWhole: options.keep && cache.fits(grid.length * tileBytes),
    effort: effortOf(table, grid),
    memory: () => (result ??= (options.allocate ?? allocate)(types.dtype, count)),
  };
  const tasks = yield* readTasks(image, grid, wanted);
  if (isRice(table.coding)) wish(image.wishes, tasks);
  const decoding = tileDecoding(read);
  const batches = batchesOf(table, tasks, tileBytes);
  // Where all tiles are held, this step reads nothing. The result is made after this step; `explain` stops here.
  yield {
    label: `tiles of ${table.label}`,
    ranges: batches,
    keep: options.keep,
    take(i, bytes, signal) {
      const batch = batches[i]!;
      const { offset, length } = batch;
      if (bytes.byteLength < length) {
        const tile = tileAt(batch.tasks, 0);
        throw truncated(table.label, `tile ${tile}`, offset + length, offset + bytes.byteLength);
      }
      return decoding.take(batch, bytes, signal);
    },
  };
  for (const { index, data } of held) decoding.place(index, data);
  if (table.mask) yield* readMasks(image, read, tasks, options.keep);
  return ndarray(read.memory(), section.shape);
}

/** Sorts the tiles of a section into those that are held, and those to be read. */
function sortTiles(
  { cache, table }: TiledImage,
  grid: TileGrid,
): { wanted: number[]; held: { index: number; data: TileData }[] } {
  const wanted: number[] = [];
  const held: { index: number; data: TileData }[] = [];
  // Masks are not kept with tiles: those of an image that has them are read again.
  const mayHold = !cache.isEmpty() && !table.mask;
  for (let index = 0; index < grid.length; index++) {
    const data = mayHold ? heldTile(cache, grid, index) : undefined;
    if (data) held.push({ index, data });
    else wanted.push(index);
  }
  return { wanted, held };
}

/** The pixels of a tile of the grid, if all that are wanted of it are held. */
function heldTile(cache: TileCache, grid: TileGrid, index: number): TileData | undefined {
  const tile = gridTile(grid, index);
  return cache.has(tile) ? cache.get(tile, pixelsNeeded(grid, index)) : undefined;
}

/** Where these tiles of the grid lie, by their descriptors: read, or known already. */
function* readTasks(image: TiledImage, grid: TileGrid, wanted: readonly number[]): Course<TileTasks> {
  const { table, guess } = image;
  if (wanted.length === 0) return newTasks(0, grid.axes.length);
  if (image.rows) {
    image.rows.holding.use();
    return tasksOf(table, grid, wanted, [{ first: 0, view: image.rows.view }]);
  }
  const rows = yield* readRows(table, grid, wanted, guess);
  if (isSmallTable(table)) keepRows(image, rows);
  const tasks = tasksOf(table, grid, wanted, rows);
  if (!isSmallTable(table)) learnFrom(guess, tasks);
  return tasks;
}

/** Keeps the rows of a small table, as long as the file's memory has room for them. */
function keepRows(image: TiledImage, [all]: readonly TileRows[]): void {
  if (image.rows || !all) return;
  let isDropped = false;
  const holding = image.memory.hold(all.view.byteLength, () => {
    isDropped = true;
    image.rows = undefined;
  });
  if (!isDropped) image.rows = { view: all.view, holding };
}

/** How much longer than RICE other algorithms take for as many bytes of pixels. */
const efforts: Readonly<Record<string, number>> = { PLIO_1: 1, GZIP_1: 2, GZIP_2: 2, HCOMPRESS_1: 10 };

/** RICE is decoded no further than needed: of the first and the last tile, which are like the rest. */
function effortOf(table: TileTable, grid: TileGrid): number {
  const { dtype, algorithm } = table.coding;
  const tile = elementCount(table.tileShape);
  const size = bytesPerElement(dtype);
  if (!isRice(table.coding)) return (efforts[algorithm] ?? 5) * grid.length * tile * size;
  const needed = [0, grid.length - 1].map((i) => pixelsNeeded(grid, i));
  return ((needed[0]! + needed[1]!) / 2) * grid.length * size;
}

/**
 * Reads the null-pixel masks of those tiles that have one: a compressed array of bytes for each tile, not 0 where the
 * pixel is undefined (10.2.3, ZMASKCMP). Undefined pixels become NaN, or BLANK where integers are delivered and the
 * header has one that their type holds. So stored integers tell them, too.
 */
function* readMasks(
  { table, mask }: TiledImage,
  read: TileRead,
  tasks: TileTasks,
  keep: boolean,
): Course<void> {
  const masked = Array.from({ length: tasks.count }, (_, i) => i).filter((i) => maskAt(tasks, i));
  if (masked.length === 0) return;
  const value = undefinedValue(read.dtype, table.mask?.blank);
  if (value === undefined) return;
  const copy = maskCopy(value);
  yield {
    label: `null-pixel masks of ${table.label}`,
    ranges: masked.map((i) => maskAt(tasks, i)!),
    keep,
    take(m, bytes) {
      const i = masked[m]!;
      const { offset, length } = maskAt(tasks, i)!;
      const tile = tileAt(tasks, i);
      if (bytes.byteLength < length)
        throw truncated(table.label, `the mask of tile ${tile}`, offset + length, offset + bytes.byteLength);
      try {
        if (!mask || mask instanceof FitsError) throw mask;
        const pixels = mask(bytes, { dtype: "uint8", shape: shapeAt(tasks, i) });
        copyTile(read.grid, indexAt(tasks, i), pixels, 0, read.memory(), copy);
      } catch (cause) {
        throw inHdu(table, cause, `mask of tile ${tile} (${table.mask?.algorithm}): `);
      }
    },
  };
}

/** What stands for an undefined pixel in an array of `dtype`; undefined where BLANK is none of its values. */
function undefinedValue(dtype: DType, blank: number | bigint | undefined): number | bigint | undefined {
  if (dtype.startsWith("float")) return Number.NaN;
  if (blank === undefined || !Number.isInteger(Number(blank))) return undefined;
  const one = allocate(dtype, 1);
  one[0] = (one instanceof BigInt64Array ? BigInt(blank) : Number(blank)) as never;
  return BigInt(one[0]!) === BigInt(blank) ? one[0] : undefined;
}

function maskCopy(value: number | bigint): PixelCopy {
  return (mask, from, fromStep, out, to, toStep, count) => {
    for (let i = 0; i < count; i++)
      if (mask[from + i * fromStep] !== 0) out[to + i * toStep] = value as never;
  };
}
