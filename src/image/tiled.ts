/**
 * Plans for tile-compressed images: the descriptors of the tiles that a section touches, then the bytes of those
 * tiles, decoded as they land (FITS Standard 4.0, section 10).
 */
import { loadTouch } from "#platform";
import {
  type Arrays,
  allocate,
  bytesPerElement,
  type DType,
  elementCount,
  type NdArray,
  ndarray,
} from "../array.js";
import type { TileData } from "../codec/codec.js";
import { FitsError } from "../errors.js";
import type { HduLayout } from "../hdu/hdu.js";
import { done, type Plan } from "../read/old-plan.js";
import type { PixelOptions, Pixels } from "./pixels.js";
import { dtypeOfBitpix, physicalDtype, type Scaling, scalingOf, unscaled } from "./scale.js";
import type { ResolvedSection } from "./section.js";
import { isRice } from "./tile-coding.js";
import { gridTile, pixelsNeeded, type TileGrid, tileGrid } from "./tile-grid.js";
import { withCells } from "./tile-rows.js";
import { prepare, tilesStep } from "./tile-step.js";
import { newStore, type Read, type ReadyTile, type Store, type TiledOptions } from "./tile-store.js";
import { type TileTable, tileTable } from "./tile-table.js";
import { worthWarming } from "./warmth.js";

export type { TiledOptions } from "./tile-store.js";

export interface TiledPixels extends Pixels {
  /** Loads what decodes the tiles, which the first section would do while they are on their way. Never rejects. */
  prepare(): Promise<void>;
}

/**
 * The pixels of a tile-compressed image. Rejects nothing by itself: a header that makes no sense throws (BAD_HEADER,
 * WRONG_TYPE, UNSUPPORTED) when pixels are first planned.
 *
 * A section takes at most two dependent reads: the descriptors of its tiles (none when they are known) and the tiles;
 * a third one where tiles have null-pixel masks.
 */
export function tiledPixels(layout: HduLayout, options: TiledOptions = {}): TiledPixels {
  const rawDtype = dtypeOfBitpix(layout.bitpix);
  const table = tableOf(layout);
  let kept: Store | undefined;
  const store = (): Store => {
    kept ??= newStore(table ?? tileTable(layout), options);
    return kept;
  };
  let scaling: Scaling | undefined;
  const pixels: TiledPixels = {
    shape: layout.shape,
    rawDtype,
    get scaling() {
      scaling ??= tiledScaling(layout, rawDtype);
      return scaling;
    },
    ...(table && { tileShape: table.tileShape }),
    plan: (section, how) => sectionPlan(store(), pixels, section, how),
    async prepare() {
      try {
        await prepare(store());
        if (isLarge(elementCount(layout.shape), rawDtype)) await loadTouch();
      } catch {
        // Told when pixels are planned.
      }
    },
  };
  return pixels;
}

/** Absent where the header makes no sense: that is told when pixels are asked for. */
function tableOf(layout: HduLayout): TileTable | undefined {
  try {
    return tileTable(layout);
  } catch {
    return undefined;
  }
}

/** BSCALE, BZERO and BLANK of the image. Like cfitsio, takes ZBLANK for the BLANK of integers. */
function tiledScaling({ header }: HduLayout, rawDtype: DType): Scaling {
  const scaling = scalingOf(header, rawDtype);
  if (rawDtype.startsWith("float")) return scaling;
  return { ...scaling, blank: header.bigint("ZBLANK") ?? scaling.blank };
}

function sectionPlan(
  store: Store,
  pixels: Pixels,
  section: ResolvedSection,
  options: PixelOptions,
): Plan<NdArray> {
  const { table } = store;
  const rawDtype = pixels.rawDtype;
  const scaling = options.raw ? unscaled : pixels.scaling;
  const dtype = options.raw ? rawDtype : physicalDtype(rawDtype, scaling);
  const count = elementCount(section.shape);
  if (count === 0 || table.shape.length === 0) return done(ndarray(allocate(dtype, count), section.shape));
  if (!Number.isSafeInteger(count * 8))
    throw new FitsError("TOO_LARGE", `${table.label}: no memory holds its ${count} pixels`);
  const grid = tileGrid(section, table.shape, table.tileShape);
  const tileBytes = elementCount(table.tileShape) * bytesPerElement(rawDtype);
  let out: Arrays[DType] | undefined;
  prepare(store);
  return wantedPlan({
    store,
    grid,
    keep: options.keep,
    keepWhole: options.keep && store.cache.fits(grid.length * tileBytes),
    scaling,
    rawDtype,
    dtype,
    work: grid.length * tileBytes,
    effort: effortOf(table, grid),
    out: () => (out ??= (options.allocate ?? allocate)(dtype, count)),
    shape: section.shape,
    touch: isLarge(count, dtype) && !options.allocate ? loadTouch() : undefined,
  });
}

/** Whether an array is worth being touched by another thread before it is filled. */
function isLarge(count: number, dtype: DType): boolean {
  return count * bytesPerElement(dtype) >= worthWarming;
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

/** Sorts the tiles into those that are held and those to be read. */
function wantedPlan(read: Omit<Read, "ready">): Plan<NdArray> {
  const { store, grid } = read;
  const wanted: number[] = [];
  const ready: ReadyTile[] = [];
  // Masks are not kept with tiles: those of an image that has them are read again.
  const mayHold = !store.cache.isEmpty() && !store.table.mask;
  for (let i = 0; i < grid.length; i++) {
    const data = mayHold && heldTile(store, grid, i);
    if (data) ready.push({ index: i, data });
    else wanted.push(i);
  }
  // Pixels that are held take their places unclaimed.
  const all: Read = { ...read, ready, touch: ready.length > 0 ? undefined : read.touch };
  return withCells(all, wanted, tilesStep(all));
}

/** The pixels of the `i`-th tile of the grid, if all that are wanted of it are held. */
function heldTile({ cache }: Store, grid: TileGrid, i: number): TileData | undefined {
  const tile = gridTile(grid, i);
  return cache.has(tile) ? cache.get(tile, pixelsNeeded(grid, i)) : undefined;
}
