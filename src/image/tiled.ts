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
} from "../array.js";
import type { TileData } from "../codec/codec.js";
import { FitsError } from "../errors.js";
import type { HduLayout } from "../hdu/hdu.js";
import { done, type Plan } from "../read/plan.js";
import { blockCopy, pixelCopy } from "./pixel-copy.js";
import type { PixelOptions, Pixels } from "./pixels.js";
import { dtypeOfBitpix, physicalDtype, type Scaling, scalingOf, unscaled } from "./scale.js";
import type { ResolvedSection } from "./section.js";
import { tileStep } from "./tile-batch.js";
import { copyTile, gridTile, pixelsNeeded, type TileGrid, type TilePart, tileGrid } from "./tile-grid.js";
import { withCells } from "./tile-rows.js";
import { loadEarly, newStore, type Read, type Store, type TiledOptions } from "./tile-store.js";
import { isRice, type TileTable, tileTable } from "./tile-table.js";

export type { TiledOptions } from "./tile-store.js";

/**
 * The pixels of a tile-compressed image. Rejects nothing by itself: a header that makes no sense throws (BAD_HEADER,
 * WRONG_TYPE, UNSUPPORTED) when pixels are first planned.
 *
 * A section takes at most two dependent reads: the descriptors of its tiles (none when they are known) and the tiles;
 * a third one where tiles have null-pixel masks.
 */
export function tiledPixels(layout: HduLayout, options: TiledOptions = {}): Pixels {
  const rawDtype = dtypeOfBitpix(layout.bitpix);
  const early = loadEarly(layout);
  let kept: Store | undefined;
  const store = (): Store => {
    kept ??= newStore(layout, options, early);
    return kept;
  };
  let scaling: Scaling | undefined;
  const pixels: Pixels = {
    shape: layout.shape,
    rawDtype,
    get scaling() {
      scaling ??= tiledScaling(layout, rawDtype);
      return scaling;
    },
    ...tileShapeOf(layout),
    plan: (section, how) => sectionPlan(store(), pixels, section, how),
  };
  return pixels;
}

/** Absent where the header makes no sense: that is told when pixels are asked for. */
function tileShapeOf(layout: HduLayout): { tileShape?: readonly number[] } {
  try {
    return { tileShape: tileTable(layout).tileShape };
  } catch {
    return {};
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
  const size = bytesPerElement(dtype);
  let out: Arrays[DType] | undefined;
  const read: Read = {
    store,
    grid,
    keep: options.keep,
    keepWhole: options.keep && store.cache.fits(grid.length * tileBytes),
    scaling,
    copy: pixelCopy(rawDtype, dtype, scaling),
    block: blockCopy(rawDtype, dtype, scaling),
    inPlace: size === bytesPerElement(rawDtype) && (dtype === "float64") === (rawDtype === "float64"),
    work: grid.length * tileBytes,
    effort: effortOf(table, grid),
    out: () => (out ??= (options.allocate ?? allocate)(dtype, count)),
    shape: section.shape,
  };
  return wantedPlan(read);
}

/** How much longer than RICE other algorithms take for as many bytes of pixels. */
const efforts: Readonly<Record<string, number>> = { PLIO_1: 1, HCOMPRESS_1: 10 };

/** RICE is decoded no further than needed: of the first and the last tile, which are like the rest. */
function effortOf(table: TileTable, grid: TileGrid): number {
  const { dtype, algorithm } = table.coding;
  const tile = elementCount(table.tileShape);
  const size = bytesPerElement(dtype);
  if (!isRice(table.coding)) return (efforts[algorithm] ?? 5) * grid.length * tile * size;
  const needed = [0, grid.length - 1].map((i) => pixelsNeeded(grid, gridTile(grid, i)));
  return ((needed[0]! + needed[1]!) / 2) * grid.length * size;
}

/** A tile that is already decoded. */
interface Ready {
  readonly part: TilePart;
  readonly data: TileData;
}

/** Sorts the tiles into those that are held and those to be read. */
function wantedPlan(read: Read): Plan<NdArray> {
  const { store, grid } = read;
  const parts: TilePart[] = [];
  const ready: Ready[] = [];
  for (let i = 0; i < grid.length; i++) {
    const part = gridTile(grid, i);
    // Masks are not kept with tiles: those of an image that has them are read again.
    const data = store.table.mask ? undefined : store.cache.get(part.tile, pixelsNeeded(grid, part));
    if (data) ready.push({ part, data });
    else parts.push(part);
  }
  const finish = (): Plan<NdArray> => {
    for (const { part, data } of ready) copyTile(grid, part, data, 0, read.out(), read.copy, read.block);
    return done(ndarray(read.out(), read.shape));
  };
  if (parts.length === 0) return finish();
  return withCells(read, parts, (cells) => tileStep(read, cells, finish));
}
