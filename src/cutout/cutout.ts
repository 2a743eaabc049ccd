/**
 * Cutouts of images: the pixels around positions, with their header, read in one wave.
 */
import { checkFile, checkObject, checkOptional } from "../argument.js";
import type { NdArray } from "../array.js";
import { FitsError } from "../errors.js";
import type { Fits, HduSelector } from "../fits.js";
import type { ImageHdu } from "../hdu/image.js";
import type { ReadOptions } from "../read/options.js";
import { together } from "../read/plan.js";
import { type Celestial, readWcs, wcsOf } from "../wcs/index.js";
import type { HeaderItem } from "../write/header.js";
import { type CutoutStatus, fitsSection, type Grid, selectionOf } from "./grid.js";
import { cutoutHeader } from "./header.js";
import { type CutImage, type CutoutFile, cutoutFile, type OutputOptions, readingOf } from "./output.js";
import { checkFilled, type Fill, filled, fillOf, isScaled } from "./pixels.js";
import { needsSky, type Placed, type PlaceOptions, placeRegion, type Region } from "./place.js";
import { regionOf } from "./region.js";

/** How cutouts are made. */
export interface CutoutOptions extends PlaceOptions, OutputOptions {
  /** What pixels outside the image get in the mode `partial`: a physical value. Default NaN, of integers BLANK. */
  readonly fill?: number | bigint | undefined;
  /** Which HDU of a file. Default: the first image that has pixels. Of an image alone there is none to choose. */
  readonly hdu?: HduSelector | undefined;
  /** Which WCS of the header: `"A"` to `"Z"`. Default: the primary one. */
  readonly alternate?: string | undefined;
}

/** A cutout. */
export interface Cutout {
  /** Physical values, slowest axis first; all axes of the image are there. */
  readonly data: NdArray;
  /** The same as stored values: without BSCALE, BZERO, BLANK. */
  readonly stored: NdArray;
  readonly shape: readonly number[];
  /** `partial` where the box around the center reaches beyond the image. */
  readonly status: CutoutStatus;
  /** The pixels of the image that were cut: 0-based, slowest axis first. */
  readonly grid: Grid;
  /** The same as FITS writes it: `[x1:x2,y1:y2]`. */
  readonly section: string;
  /** HDU that was cut. */
  readonly hdu: { readonly index: number; readonly name: string };
  /** The center in pixels of the image, and in those of the cutout; 0-based. */
  readonly center: { readonly x: number; readonly y: number };
  readonly position: { readonly x: number; readonly y: number };
  /** Cards for the writers of `fitslice/write`, as of a primary HDU. */
  readonly header: HeaderItem[];
  /** The HDUs of a FITS file with the cutout, tables of its coordinates included, for `writeFits`. */
  file(options?: OutputOptions): Promise<CutoutFile>;
}

/** An open file, or one of its images. (Images whose coordinates need tables of the file are refused alone.) */
export type CutoutSource = Fits | ImageHdu;

/**
 * The pixels around a position: `cutout(fits, { center: "10h01m41.13s +02d25m20.58s", size: "5arcsec", hdu: "SCI" })`. The
 * pixels are those of astropy's Cutout2D.
 *
 * Throws BAD_SELECTION where the cutout shares no pixel with the image (or in mode `strict` not all), BAD_HEADER where the
 * image has no celestial coordinates and they are needed, BAD_ARGUMENT for what is no position, size or fill; and as reads do.
 */
export async function cutout(source: CutoutSource, options: CutoutOptions & Region): Promise<Cutout> {
  const [one] = await cutouts(source, [options], options);
  return one!;
}

/** Many cutouts of one image, priced together: their pixels are read in one wave. Throws as `cutout`, for the first that fails. */
export async function cutouts(
  source: CutoutSource,
  regions: readonly Region[],
  options: CutoutOptions = {},
): Promise<Cutout[]> {
  checkObject(options);
  checkRegions(regions);
  const { fits, image } = await imageIn(source, options);
  const celestial = await celestialOf(
    fits,
    image,
    options,
    regions.some(needsSky) || image.header.has("S_REGION"),
  );
  const placed = regions.map((region) => placeRegion(image, celestial, region, options));
  const wanted = placed.map((place) => wantedOf(image, place, options));
  const pixels = await readPixels(fits, wanted, options);
  return placed.map((place, i) => cutoutOf(fits, image, celestial, place, pixels[i]!));
}

/** A file of cutouts of several images, and what was cut. */
export interface RegionFile extends CutoutFile {
  readonly cuts: CutImage[];
  /** Images that do not show the region: left out, where they were not named in `hdus`. */
  readonly outside: readonly OutsideImage[];
}

/** An image that does not show a region, and why. */
export interface OutsideImage {
  readonly index: number;
  readonly name: string;
  readonly reason: string;
}

/** Which images a region is cut from. */
export interface RegionOptions extends Omit<CutoutOptions, "hdu"> {
  /** Default: all images with pixels and two axes or more that show the region. Those that are named must show it. */
  readonly hdus?: readonly HduSelector[] | undefined;
}

/**
 * One region of several images of a file, as the HDUs of another file, the primary header first: the region is placed in
 * each image by the image's own WCS; an image without one takes the pixels of the first image, if it has its shape. Without
 * `hdus`, images that do not show the region are left out, and told in `outside`. Throws as `cutout` where none shows it.
 */
export async function cutoutHdus(fits: Fits, options: RegionOptions & Region): Promise<RegionFile> {
  const [one] = await cutoutRegions(fits, [options], options);
  return one!;
}

/** Many regions of several images, a file for each: the pixels of all are read in one wave. Otherwise as `cutoutHdus`. */
export async function cutoutRegions(
  fits: Fits,
  regions: readonly Region[],
  options: RegionOptions = {},
): Promise<RegionFile[]> {
  checkObject(options);
  checkRegions(regions);
  if (!("hdus" in Object(fits)) || "hdu" in options)
    throw new FitsError(
      "BAD_ARGUMENT",
      'regions are cut from an open file, of the images in hdus: ["SCI", "WHT"]',
    );
  const images = await imagesIn(fits, options.hdus, options);
  const skies = await Promise.all(images.map((image) => celestialOf(fits, image, options, true)));
  const scenes = images.map((image, i): Scene => ({ image, celestial: skies[i] }));
  const placed = regions.map((region) => placeInAll(scenes, region, options));
  const wanted = placed.flatMap(({ parts }) =>
    parts.map(({ image, place }) => wantedOf(image, place, options)),
  );
  const pixels = await readPixels(fits, wanted, options, { physical: false });
  let next = 0;
  return Promise.all(
    placed.map(async ({ parts, outside }) => {
      const cuts = parts.map(({ image, celestial, place: { fitted } }): CutImage => {
        const { stored } = pixels[next++]!;
        return { image, fitted, stored, region: regionOf(image.header, celestial, fitted.grid) };
      });
      return { ...(await cutoutFile(fits, cuts, options)), cuts, outside };
    }),
  );
}

/** An image, and its sky. */
interface Scene {
  readonly image: ImageHdu;
  readonly celestial: Celestial | undefined;
}

/** Places a region in all images. Of images that were not named, those that do not show it are left out; one must. */
function placeInAll(
  scenes: readonly Scene[],
  region: Region,
  options: RegionOptions,
): { parts: (Scene & { readonly place: Placed })[]; outside: OutsideImage[] } {
  const parts: (Scene & { readonly place: Placed })[] = [];
  const outside: OutsideImage[] = [];
  let failure: unknown;
  for (const scene of scenes) {
    const { image, celestial } = scene;
    const [first] = parts;
    try {
      const follows = first && !celestial && needsSky(region) && sameShape(image, first.image);
      const place = follows ? first.place : placeRegion(image, celestial, region, options);
      parts.push({ ...scene, place });
    } catch (error) {
      if (options.hdus || !isOutside(error, scene, region, options)) throw error;
      failure ??= error;
      outside.push({ index: image.index, name: image.name, reason: error.message });
    }
  }
  if (parts.length === 0) throw failure;
  return { parts, outside };
}

/** Whether an image has no pixel of a region, or no sky to find it by; `strict` refuses images that have some of them. */
function isOutside(
  error: unknown,
  { image, celestial }: Scene,
  region: Region,
  { mode, plane }: PlaceOptions,
): error is FitsError {
  if (!(error instanceof FitsError)) return false;
  if (error.code === "BAD_HEADER") return !celestial;
  if (error.code !== "BAD_SELECTION") return false;
  if (mode !== "strict") return true;
  try {
    placeRegion(image, celestial, region, { plane });
    return false;
  } catch {
    return true;
  }
}

function sameShape(a: ImageHdu, b: ImageHdu): boolean {
  return a.shape.length === b.shape.length && a.shape.every((length, axis) => length === b.shape[axis]);
}

/** The images of a file that are meant: those named, or all that have pixels and two axes. */
export async function imagesIn(
  fits: Fits,
  which: readonly HduSelector[] | undefined,
  options: ReadOptions = {},
): Promise<ImageHdu[]> {
  checkFile(fits);
  checkOptional({ which }, "a list of HDUs", Array.isArray);
  checkObject(options);
  const reading = readingOf(options);
  if (which) return Promise.all(which.map((one) => fits.image(one, reading)));
  const tables = /^(WCSDVARR|D2IMARR)$/;
  const images = (await fits.hdus(reading)).filter(
    (hdu): hdu is ImageHdu =>
      hdu.kind === "image" && hdu.shape.length >= 2 && !hdu.shape.includes(0) && !tables.test(hdu.name),
  );
  if (images.length > 0) return images;
  throw new FitsError("NO_SUCH_HDU", `${fits.href}: no image with pixels and two axes`);
}

/** Throws BAD_ARGUMENT for anything but a list of objects. */
function checkRegions(regions: readonly Region[]): void {
  if (Array.isArray(regions) && regions.every((region) => typeof region === "object" && region !== null))
    return;
  throw new FitsError("BAD_ARGUMENT", "cutouts are made of { center, size }, or of a list of these");
}

async function imageIn(
  source: CutoutSource,
  options: CutoutOptions,
): Promise<{ fits: Fits | undefined; image: ImageHdu }> {
  if (typeof source !== "object" || source === null || !("image" in source || "section" in source))
    throw new FitsError("BAD_ARGUMENT", "cutouts are made from an open file, or from one of its images");
  if (!("image" in source)) {
    if (options.hdu !== undefined)
      throw new FitsError(
        "BAD_ARGUMENT",
        "an image is cut as it is: give the file where hdu is to choose one",
      );
    return { fits: undefined, image: source };
  }
  return { fits: source, image: await source.image(options.hdu, readingOf(options)) };
}

/** The sky of an image, with the tables that it needs; undefined where it has none, or where it is not wanted. */
export async function celestialOf(
  fits: Fits | undefined,
  image: ImageHdu,
  options: Pick<CutoutOptions, "alternate"> & ReadOptions,
  wanted: boolean,
): Promise<Celestial | undefined> {
  if (!wanted) return undefined;
  const selection = options.alternate === undefined ? {} : { alternate: options.alternate };
  const wcs = fits
    ? await readWcs(fits, image, { ...readingOf(options), ...selection })
    : wcsOf(image.header, selection);
  return wcs.celestial;
}

interface Wanted {
  readonly image: ImageHdu;
  readonly place: Placed;
  readonly fill: Fill | undefined;
}

/** Throws for a fill that the image cannot store, where one is needed. */
function wantedOf(image: ImageHdu, place: Placed, { mode, fill }: CutoutOptions): Wanted {
  const needed = mode === "partial" && place.fitted.status === "partial";
  if (needed) checkFilled(place.fitted);
  return { image, place, fill: needed ? fillOf(image, fill) : undefined };
}

interface ReadPixels {
  readonly stored: NdArray;
  readonly data: NdArray;
}

/** The pixels of all, in one wave. Physical values that are the stored ones are not read twice. */
async function readPixels(
  fits: Fits | undefined,
  wanted: readonly Wanted[],
  options: ReadOptions,
  { physical = true }: { physical?: boolean } = {},
): Promise<ReadPixels[]> {
  const reading = readingOf(options);
  const scaled = wanted.filter(({ image }) => physical && isScaled(image));
  const parts = [
    ...wanted.map((one) => ({ ...one, raw: true })),
    ...scaled.map((one) => ({ ...one, raw: false })),
  ];
  const arrays = fits
    ? ((await fits.run(
        together(parts.map(({ image, place, raw }) => image.plan(selectionOf(place.fitted.inside), { raw }))),
        reading,
      )) as NdArray[])
    : await readAlone(parts, reading);
  const whole = parts.map(({ place, fill, raw }, i) => filled(arrays[i]!, place.fitted, raw, fill));
  return wanted.map((one, i) => {
    const at = scaled.indexOf(one);
    return { stored: whole[i]!, data: at < 0 ? whole[i]! : whole[wanted.length + at]! };
  });
}

/** Parts of one image without its file: the stored ones first, of which the physical ones find the bytes in memory. */
async function readAlone(
  parts: readonly (Wanted & { readonly raw: boolean })[],
  reading: ReadOptions,
): Promise<NdArray[]> {
  const image = parts[0]?.image;
  if (!image) return [];
  const arrays: NdArray[] = [];
  for (const raw of [true, false]) {
    const selections = parts
      .filter((part) => part.raw === raw)
      .map(({ place }) => selectionOf(place.fitted.inside));
    if (selections.length > 0) arrays.push(...(await image.sections(selections, { ...reading, raw })));
  }
  return arrays;
}

function cutoutOf(
  fits: Fits | undefined,
  image: ImageHdu,
  celestial: Celestial | undefined,
  { fitted, x, y, axes }: Placed,
  { stored, data }: ReadPixels,
): Cutout {
  const { grid, status } = fitted;
  const region = regionOf(image.header, celestial, grid);
  const origin = axes.map((axis) => grid.start[grid.start.length - 1 - axis]!) as [number, number];
  let header: HeaderItem[] | undefined;
  return {
    data,
    stored,
    shape: grid.count,
    status,
    grid,
    section: fitsSection(grid),
    hdu: { index: image.index, name: image.name },
    center: { x, y },
    position: { x: x - origin[0], y: y - origin[1] },
    get header() {
      header ??= cutoutHeader(image, grid, {
        primary: true,
        ...(fits && { href: fits.href }),
        ...(region !== undefined && { region }),
      });
      return header;
    },
    file: (options = {}) => cutoutFile(fits, [{ image, fitted, stored, region }], options),
  };
}
