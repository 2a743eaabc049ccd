/**
 * From what a request wants of a file to pixels: which images, which part of each, at what price, and the answer's bytes.
 */
import { elementCount, type NdArray } from "../array.js";
import { selectionOf } from "../cutout/grid.js";
import {
  cutoutFile,
  type Grid,
  imagesIn,
  openGrid,
  placeRegion,
  type Region,
  sectionCuts,
} from "../cutout/index.js";
import { FitsError, hduLabel } from "../errors.js";
import { npyBytes } from "../export/npy.js";
import type { Fits, HduSelector } from "../fits.js";
import type { ImageHdu } from "../hdu/image.js";
import { imageSize } from "../wcs/footprint.js";
import { type Celestial, readWcs, type Wcs } from "../wcs/index.js";
import { type AxisFilters, planesOf } from "./axis-filters.js";
import type { ServiceLimits } from "./limits.js";
import { Refusal, tooMuch, usage } from "./refusal.js";
import { type Bounds, boundsOf, checkFrame, pixelsIn } from "./shape-box.js";
import type { Shape } from "./shapes.js";

export type CutFormat = "fits" | "png" | "npy";

export const cutTypes: Readonly<Record<CutFormat, string>> = {
  fits: "application/fits",
  png: "image/png",
  npy: "application/octet-stream",
};

/** What is wanted of a file; without any, the whole of its images. */
export interface Wish extends AxisFilters {
  /** `"first"`: the first image that has pixels; `"all"`: all with pixels and two axes that show the place. */
  readonly hdus: readonly HduSelector[] | "first" | "all";
  readonly shape?: Shape | undefined;
  /** As of `fitslice cutout`. */
  readonly region?: Region | undefined;
  readonly section?: string | undefined;
}

/** A part of an image. */
export interface Part {
  readonly image: ImageHdu;
  readonly grid: Grid;
}

const known = new WeakMap<ImageHdu, Promise<Wcs>>();

/** The WCS of an image, read once. */
export function wcsOfImage(fits: Fits, image: ImageHdu): Promise<Wcs> {
  let wcs = known.get(image);
  if (!wcs) {
    known.set(image, (wcs = readWcs(fits, image)));
    wcs.catch(() => known.delete(image));
  }
  return wcs;
}

/** The parts of a file that are wanted; none where nothing overlaps. */
export async function partsOf(fits: Fits, wish: Wish, signal: AbortSignal): Promise<Part[]> {
  const { hdus } = wish;
  const images =
    hdus === "first"
      ? [await fits.image(undefined, { signal })]
      : await imagesIn(fits, hdus === "all" ? undefined : hdus, { signal });
  const needsWcs = wish.shape ?? wish.region ?? wish.band ?? wish.time ?? wish.polarizations;
  const skies = needsWcs ? await Promise.all(images.map((image) => wcsOfImage(fits, image))) : [];
  const parts: Part[] = [];
  let failure: unknown;
  for (const [i, image] of images.entries()) {
    try {
      const grid = gridIn(image, skies[i], wish, parts[0]);
      if (grid) parts.push({ image, grid });
    } catch (error) {
      // Of images that nobody has named, those that have no such coordinates are left out.
      if (hdus !== "all" || !(error instanceof FitsError || error instanceof Refusal)) throw error;
      failure = error;
    }
  }
  if (parts.length === 0 && failure) throw failure;
  return parts;
}

function gridIn(
  image: ImageHdu,
  wcs: Wcs | undefined,
  wish: Wish,
  first: Part | undefined,
): Grid | undefined {
  const { shape } = image;
  // As of `cutout`: an image without coordinates takes the pixels of the first one, if it has its shape.
  const isTwin =
    first && first.image.shape.length === shape.length && first.image.shape.every((n, k) => n === shape[k]);
  if (isTwin && wcs && !wcs.celestial && (wish.shape ?? wish.region)) return first.grid;
  const grid = skyGrid(image, wcs?.celestial, wish);
  const planes = grid && planesOf(image, wcs, wish);
  if (!planes) return undefined;
  for (const { axis, start, count } of planes) {
    const at = shape.length - 1 - axis;
    (grid.start as number[])[at] = start;
    (grid.count as number[])[at] = count;
  }
  return grid;
}

function skyGrid(image: ImageHdu, celestial: Celestial | undefined, wish: Wish): Grid | undefined {
  const { shape, region, section } = wish;
  const label = hduLabel(image);
  if (section !== undefined) return copyOf(openGrid(section, image));
  if ((region ?? shape) && !celestial) throw usage(`${label} has no celestial coordinates`);
  if (region) return placed(image, celestial, region);
  if (!shape || !celestial)
    return { start: image.shape.map(() => 0), count: [...image.shape], step: image.shape.map(() => 1) };
  if (shape.kind !== "circle") checkFrame(celestial, label);
  const bounds = boundsOf(shape, celestial, imageSize(celestial, image.shape));
  const held = bounds && boundedGrid(image, celestial, bounds);
  if (shape.kind !== "circle") return held;
  const { lon, lat, radius } = shape;
  try {
    // As `fitslice cutout` does, unless the projection stretches the circle beyond that box.
    const box = placed(image, celestial, { center: { lon, lat }, size: `${Math.min(360, 2 * radius)}deg` });
    return held && reachesBeyond(held, box) ? held : box;
  } catch (error) {
    // A circle may be smaller than a pixel, and a cutout may not.
    const isSmall = error instanceof FitsError && error.code === "BAD_ARGUMENT";
    if (isSmall && celestial.frame.name !== "unknown") return held;
    throw error;
  }
}

/** Whether a grid has more than one pixel beyond another one, on any side. */
function reachesBeyond({ start, count }: Grid, other: Grid | undefined): boolean {
  if (!other) return count.filter((length) => length > 1).length >= 2;
  return count.some((length, i) => {
    const end = other.start[i]! + other.count[i]!;
    return other.start[i]! - start[i]! > 1 || start[i]! + length - end > 1;
  });
}

/** The pixels of bounds that the image has. */
function boundedGrid(image: ImageHdu, celestial: Celestial, bounds: Bounds): Grid | undefined {
  const grid: Grid = {
    start: image.shape.map(() => 0),
    count: [...image.shape],
    step: image.shape.map(() => 1),
  };
  for (const [i, axis] of celestial.pixelAxes.entries()) {
    const at = image.shape.length - 1 - axis;
    const { start, count } = pixelsIn(i === 0 ? bounds.x : bounds.y);
    const from = Math.max(0, start);
    (grid.start as number[])[at] = from;
    (grid.count as number[])[at] = Math.min(image.shape[at]!, start + count) - from;
  }
  return grid.count.every((count) => count > 0) ? grid : undefined;
}

/** The pixels of a region that the image has; undefined where there are none. */
function placed(image: ImageHdu, celestial: Celestial | undefined, region: Region): Grid | undefined {
  try {
    return copyOf(placeRegion(image, celestial, region).fitted.grid);
  } catch (error) {
    if (error instanceof FitsError && error.code === "BAD_SELECTION" && image.shape.length >= 2)
      return undefined;
    throw error;
  }
}

function copyOf({ start, count, step }: Grid): Grid {
  return { start: [...start], count: [...count], step: [...step] };
}

/** Pixels that are held while an answer is made; a larger FITS file is written as it is read. */
const heldPixels = 8_000_000;

/** Throws Refusal (413) for more pixels, or more bytes to read, than the service moves. Reads nothing. */
export async function checkPrice(fits: Fits, parts: readonly Part[], limits: ServiceLimits): Promise<void> {
  const pixels = parts.reduce((sum, { grid }) => sum + elementCount(grid.count), 0);
  if (!(pixels <= limits.pixels))
    throw tooMuch(`${pixels} pixels are wanted, and this service gives ${limits.pixels} at most`);
  // A part reads at most its file, and a file that is compressed as a whole at most twice: most cutouts are cheap enough without a plan.
  // An answer that is sent while its pixels are read is always planned: faults of its tiles must be told before the answer begins.
  const isHeld = pixels <= heldPixels;
  if (isHeld && 2 * parts.length * (fits.size ?? Infinity) <= limits.readBytes) return;
  let bytes = 0;
  for (const { image, grid } of parts) {
    const price = await fits.explain(image.plan(selectionOf(grid), { raw: true }));
    const pixelBytes = elementCount(grid.count) * (Math.abs(image.bitpix) / 8);
    // Of a file that is compressed as a whole, all that lies before may have to be decompressed.
    const before =
      price.decompressed && price.bytes > 0 ? Math.max(0, ...price.ranges.map((range) => range.offset)) : 0;
    // Where the place of compressed tiles is not known yet, their pixels say how long they may be.
    bytes += before + price.bytes + (price.more ? pixelBytes : 0);
    if (!(bytes <= limits.readBytes))
      throw tooMuch(`more than ${limits.readBytes} bytes would be read; ask for less`);
  }
}

/** An answer: its bytes, whole or as they come. */
export interface CutBody {
  readonly type: string;
  readonly extension: string;
  readonly body: Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array>;
}

/** The file of the parts. Throws Refusal for a picture or an array of several images. */
export async function cutBody(
  fits: Fits,
  parts: readonly Part[],
  format: CutFormat,
  { date, signal }: { readonly date: Date; readonly signal: AbortSignal },
): Promise<CutBody> {
  const type = cutTypes[format];
  if (format === "fits") {
    const cuts = await Promise.all(
      parts.map(
        async ({ image, grid }) => (await sectionCuts(fits, [image], selectionOf(grid), { signal }))[0]!,
      ),
    );
    const { hdus, checksum } = await cutoutFile(fits, cuts, { date, signal });
    const { fitsBytes, fitsChunks } = await import("../write/fits.js");
    const pixels = parts.reduce((sum, { grid }) => sum + elementCount(grid.count), 0);
    if (pixels <= heldPixels) return { type, extension: "fits", body: await fitsBytes(hdus, { checksum }) };
    return { type, extension: "fits", body: fitsChunks(hdus, { signal }) };
  }
  const [one] = parts;
  if (!one || parts.length > 1)
    throw usage(`several images go into FITS, not ${format}; choose one with HDU`);
  if (format === "png" && one.grid.count.filter((length) => length > 1).length > 2)
    throw usage("a picture shows one plane; choose one with BAND, TIME, POL or a section");
  const array = (await one.image.section(selectionOf(one.grid), { signal })) as NdArray;
  if (format === "npy") return { type, extension: "npy", body: npyBytes(array) };
  const { toPng } = await import("../picture/to-png.js");
  return { type, extension: "png", body: await joined(toPng(array)) };
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece.slice());
  const bytes = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of all) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
