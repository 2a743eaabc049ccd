/**
 * Sections of images as cutouts: the same section of one image or several, also one that reaches beyond the image.
 */
import { checkFile, checkImage, checkList, checkMembers, checkObject } from "../argument.js";
import { elementCount, type NdArray } from "../array.js";
import { FitsError, hduLabel } from "../errors.js";
import type { Fits } from "../fits.js";
import type { ImageHdu } from "../hdu/image.js";
import {
  type AxisSelector,
  parseFitsSection,
  parseSelection,
  type Selection,
  type Slice,
} from "../image/section.js";
import type { ReadOptions } from "../read/options.js";
import { together } from "../read/plan.js";
import { celestialOf } from "./cutout.js";
import {
  type CutoutMode,
  checkFitted,
  type FittedGrid,
  fitGrid,
  type Grid,
  gridOf,
  selectionOf,
} from "./grid.js";
import { type CutImage, readingOf } from "./output.js";
import { checkFilled, filled, fillOf } from "./pixels.js";
import { regionOf } from "./region.js";

/** How a section becomes a cutout. */
export interface SectionCutOptions extends ReadOptions {
  readonly mode?: CutoutMode | undefined;
  /** As of `cutout`. */
  readonly fill?: number | bigint | undefined;
}

/**
 * The grid of a section whose slices may reach beyond the image: `-5:10` is not clipped in FITS's form, nor is `90:110` of
 * 100 pixels in numpy's, where negative indices count from the end. Axes taken at one index keep one pixel. Throws
 * BAD_SELECTION.
 */
export function openGrid(section: Selection | undefined, image: Pick<ImageHdu, "shape" | "resolve">): Grid {
  checkMembers(image, ["resolve", "shape"], "the image", "an image of an open file");
  const { shape } = image;
  if (typeof section === "string" && section.trim().startsWith("[")) return openFits(section, shape);
  const selectors = typeof section === "string" ? parseSelection(section) : section;
  const resolved = image.resolve(section);
  const grid = gridOf(resolved);
  const filledOut = expand(selectors ?? [], shape.length);
  const axes = shape.map((length, axis) => openAxis(filledOut[axis] ?? null, length));
  return {
    start: axes.map((open, axis) => open?.start ?? grid.start[axis]!),
    count: axes.map((open, axis) => open?.count ?? grid.count[axis]!),
    step: grid.step,
  };
}

function expand(selectors: readonly AxisSelector[], axes: number): AxisSelector[] {
  const at = selectors.indexOf("...");
  const before = at < 0 ? selectors : selectors.slice(0, at);
  const after = at < 0 ? [] : selectors.slice(at + 1);
  return [
    ...before,
    ...new Array<null>(Math.max(0, axes - before.length - after.length)).fill(null),
    ...after,
  ];
}

/** A forward slice with a start or an end beyond the axis; undefined where numpy's own reading holds. */
function openAxis(selector: AxisSelector, length: number): { start: number; count: number } | undefined {
  if (selector === null || typeof selector !== "object") return undefined;
  const { start, stop, step }: Slice = Array.isArray(selector)
    ? { start: selector[0] ?? null, stop: selector[1] ?? null, step: selector[2] ?? null }
    : (selector as Slice);
  const by = step ?? 1;
  const from = fromEnd(start ?? 0, length);
  const to = fromEnd(stop ?? length, length);
  if (by < 0 || !Number.isSafeInteger(from) || !Number.isSafeInteger(to)) return undefined;
  return { start: from, count: Math.max(0, Math.ceil((to - from) / by)) };
}

function fromEnd(index: number, length: number): number {
  return index < 0 ? index + length : index;
}

/** As `parseFitsSection`, but with any whole numbers. */
function openFits(text: string, shape: readonly number[]): Grid {
  const parts = text
    .trim()
    .slice(1, -1)
    .split(",")
    .map((part) => part.replace(/\s/g, ""));
  // What is wrong with the text is told as ever; bounds are looked at below.
  parseFitsSection(
    `[${parts.map((part) => part.replace(/^[+-]?\d+(:[+-]?\d+)?/, (_, end) => (end ? "1:1" : "1"))).join(",")}]`,
    shape,
  );
  const axes = shape.map((length, axis) => {
    const part = parts[shape.length - 1 - axis] ?? "*";
    const [, reversed, stride] = /^(-?)\*(?::(\d+))?$/.exec(part) ?? [];
    if (reversed !== undefined) {
      const step = Number(stride ?? 1);
      const count = Math.ceil(length / step);
      return reversed === "" ? { start: 0, count, step } : { start: length - 1, count, step: -step };
    }
    const [first = 1, last = first, step = 1] = part.split(":").map(Number);
    return {
      start: first - 1,
      count: Math.floor(Math.abs(last - first) / step) + 1,
      step: last < first ? -step : step,
    };
  });
  return { start: axes.map((a) => a.start), count: axes.map((a) => a.count), step: axes.map((a) => a.step) };
}

/** Most bytes of pixels that are read together; what is more is read as it is written. */
const togetherBytes = 64_000_000;

/**
 * One section of several images, as cutouts to be written: `cutoutFile` makes HDUs of them. Small ones are read in one wave;
 * the pixels of large ones are read as they are written, in bounded memory, except in the mode `partial`. Throws
 * BAD_SELECTION where an image has no pixel of it.
 */
export async function sectionCuts(
  fits: Fits,
  images: readonly ImageHdu[],
  section: Selection | undefined,
  options: SectionCutOptions = {},
): Promise<CutImage[]> {
  for await (const cuts of cutSections(fits, images, [section], options)) return cuts;
  return [];
}

/**
 * Many sections of several images, one after the other as by `sectionCuts`: those that fit 64 MB are read in one wave. All are
 * fitted to the images before any pixel is read.
 */
export async function* cutSections(
  fits: Fits,
  images: readonly ImageHdu[],
  sections: readonly (Selection | undefined)[],
  options: SectionCutOptions = {},
): AsyncGenerator<CutImage[], void, void> {
  checkFile(fits);
  checkList(images, "images");
  for (const image of images) checkImage(image);
  checkList(sections, "sections");
  checkObject(options);
  const skies = await Promise.all(
    images.map((image) => (image.header.has("S_REGION") ? skyOrNone(fits, image, options) : undefined)),
  );
  const fitted = sections.map((section) =>
    images.map((image, i): CutImage => {
      const own = fitGrid(openGrid(section, image), image.shape, options.mode, hduLabel(image));
      return { image, fitted: own, region: regionOf(image.header, skies[i], own.grid) };
    }),
  );
  for (const batch of batches(fitted)) yield* await withPixels(fits, batch, options);
}

function bytesOf({ image, fitted }: CutImage): number {
  return elementCount(fitted.grid.count) * (Math.abs(image.bitpix) / 8);
}

/** Groups of files whose pixels may be read together. */
function* batches(files: readonly CutImage[][]): Generator<CutImage[][]> {
  let batch: CutImage[][] = [];
  let room = togetherBytes;
  for (const cuts of files) {
    const bytes = cuts.reduce((sum, cut) => sum + bytesOf(cut), 0);
    if (batch.length > 0 && bytes > room) {
      yield batch;
      batch = [];
      room = togetherBytes;
    }
    batch.push(cuts);
    room -= bytes;
  }
  yield batch;
}

/** The cuts with the pixels that have to be in memory, or may be. */
async function withPixels(
  fits: Fits,
  files: readonly CutImage[][],
  options: SectionCutOptions,
): Promise<CutImage[][]> {
  const isSmall = files.flat().reduce((sum, cut) => sum + bytesOf(cut), 0) <= togetherBytes;
  const isFilled = ({ fitted }: CutImage): boolean =>
    options.mode === "partial" && fitted.status === "partial";
  const read = files.flat().filter((cut) => isSmall || isFilled(cut));
  const fills = read.map((cut) => {
    if (!isFilled(cut)) return undefined;
    checkFilled(cut.fitted);
    return fillOf(cut.image, options.fill);
  });
  const plans = read.map(({ image, fitted }) => image.plan(selectionOf(fitted.inside), { raw: true }));
  const arrays = (await fits.run(together(plans), readingOf(options))) as NdArray[];
  const stored = new Map(read.map((cut, i) => [cut, filled(arrays[i]!, cut.fitted, true, fills[i])]));
  return files.map((cuts) => cuts.map((cut) => ({ ...cut, stored: stored.get(cut) })));
}

async function skyOrNone(fits: Fits, image: ImageHdu, options: ReadOptions): ReturnType<typeof celestialOf> {
  try {
    return await celestialOf(fits, image, readingOf(options), true);
  } catch (error) {
    // A section needs no sky: without it S_REGION is left out.
    if (error instanceof FitsError && error.code === "BAD_HEADER") return undefined;
    throw error;
  }
}

/** The pixels of a fitted section, filled where it reaches beyond the image. */
export async function sectionPixels(
  image: ImageHdu,
  fitted: FittedGrid,
  options: SectionCutOptions & { readonly raw?: boolean } = {},
): Promise<NdArray> {
  checkImage(image);
  checkFitted(fitted);
  checkObject(options);
  const { raw = false, fill } = options;
  const needed = fitted.grid !== fitted.inside && fitted.status === "partial";
  if (needed) checkFilled(fitted);
  const filling = needed ? fillOf(image, fill) : undefined;
  const array = await image.section(selectionOf(fitted.inside), { ...readingOf(options), raw });
  return filled(array, fitted, raw, filling);
}
