/**
 * Cutouts as HDUs of a FITS file, with the tables that their world coordinates need.
 */
import { checkImage, checkList, checkObject, checkOptional } from "../argument.js";
import { bytesPerElement, type NdArray } from "../array.js";
import { FitsError } from "../errors.js";
import type { Fits } from "../fits.js";
import type { ImageHdu } from "../hdu/image.js";
import { type Header, parseHeader } from "../header/header.js";
import { dtypeOfBitpix } from "../image/scale.js";
import type { ReadOptions } from "../read/options.js";
import { arraySource } from "../write/array-source.js";
import { toBigEndian } from "../write/bigendian.js";
import { type CompressOptions, compressedHdu } from "../write/compress.js";
import { unsuitable } from "../write/compress-file.js";
import { type DataFacts, noFacts, type WritableHdu } from "../write/hdu.js";
import { formatHeader, type HeaderItem } from "../write/header.js";
import { newEdits } from "./edits.js";
import { checkFitted, type FittedGrid, selectionOf } from "./grid.js";
import { headerItems, primaryItems } from "./header.js";
import { movedTables } from "./tables.js";
import { withWcsAxes } from "./wcs-keywords.js";

/** A part of an image that becomes an HDU. */
export interface CutImage {
  readonly image: ImageHdu;
  readonly fitted: FittedGrid;
  /** Stored values, where they have been read; else they are read as they are written, which `partial` cutouts cannot be. */
  readonly stored?: NdArray | undefined;
  /** S_REGION of the cutout. */
  readonly region?: string | undefined;
}

/** How cutouts are written. */
export interface OutputOptions extends ReadOptions {
  /**
   * Compress the images tile by tile. By default nothing is lost: integers by `rice`, floats by `gzip2` without quantizing;
   * an algorithm or `quantize` given decides otherwise. 64-bit integers stay plain, as others could not read them.
   */
  readonly compress?: CompressOptions | boolean | undefined;
  /** When the cutouts are made, for HISTORY. Default: now. */
  readonly date?: Date | undefined;
  /** EXTVER of the first lookup table of each name, in a file that has others. Default 1. */
  readonly firstTableVersion?: number | undefined;
}

/** HDUs for `writeFits`. */
export interface CutoutFile {
  readonly hdus: WritableHdu[];
  /** Whether the images had CHECKSUM or DATASUM: to be given to `writeFits`. */
  readonly checksum: boolean;
}

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Cutouts of one file as the HDUs of another: one alone is the primary HDU; several follow the primary header of their file,
 * which comes without its data. Lookup tables (CPDIS, D2IM) of each image come along, moved and numbered anew, and
 * -TAB tables as they are.
 *
 * @param fits the file of the images; without it nothing is inherited, and an image that needs tables is refused
 */
export async function cutoutFile(
  fits: Fits | undefined,
  cuts: readonly CutImage[],
  options: OutputOptions = {},
): Promise<CutoutFile> {
  checkOptional({ fits }, "an open file", (file) => "hdus" in Object(file));
  checkList(cuts, "cuts", "object");
  for (const { image, fitted } of cuts) {
    checkImage(image);
    checkFitted(fitted);
  }
  checkObject(options);
  const primary = fits && (await fits.hdu(0, options)).header;
  const ordered = [...cuts].sort((a, b) => Number(b.image.index === 0) - Number(a.image.index === 0));
  const hasOwn = ordered.length === 1 || ordered[0]?.image.index === 0;
  const hdus: WritableHdu[] = [];
  if (!hasOwn && primary) hdus.push(headerHdu(primary, ordered.length));
  const edits = ordered.map(newEdits);
  const gridded = ordered.map(({ image, fitted }) => ({ image, grid: fitted.grid }));
  const tables = await movedTables(fits, gridded, edits, readingOf(options), options.firstTableVersion);
  for (const [i, cut] of ordered.entries()) {
    const notes = fits && leavesGwcs(fits, primary) ? [gwcsNote] : [];
    const items = (first: boolean): HeaderItem[] =>
      headerItems(
        cut.image,
        cut.fitted.grid,
        { ...edits[i]!, values: new Map(edits[i]!.values), notes: [...edits[i]!.notes] },
        {
          primary: first,
          ...(primary && { inherits: primary }),
          ...(fits && { href: fits.href }),
          ...(options.date && { date: options.date }),
          ...(cut.region !== undefined && { region: cut.region }),
          notes,
        },
      );
    hdus.push(imageOf(cut, items, hdus.length === 0, options));
  }
  const checksum = cuts.some(({ image }) => image.header.has("CHECKSUM") || image.header.has("DATASUM"));
  return { hdus: [...hdus, ...tables], checksum };
}

const gwcsNote = "GWCS (extension ASDF) left out: it is that of the whole image";

function leavesGwcs(fits: Fits, primary: Header | undefined): boolean {
  return fits.known.some(({ name }) => name === "ASDF") || primary?.get("TELESCOP") === "JWST";
}

function headerHdu(header: Header, extensions: number): WritableHdu {
  return {
    kind: "image",
    facts: noFacts,
    repeatable: true,
    fill: 0,
    cards: () => primaryItems(header, extensions),
    // biome-ignore lint/correctness/useYield: an HDU without data
    async *data(): AsyncGenerator<Bytes, DataFacts, void> {
      return noFacts;
    },
  };
}

function imageOf(
  cut: CutImage,
  items: (primary: boolean) => HeaderItem[],
  first: boolean,
  options: OutputOptions,
): WritableHdu {
  const { image, fitted } = cut;
  const { compress } = options;
  if (!["undefined", "boolean", "object"].includes(typeof compress))
    throw new FitsError(
      "BAD_ARGUMENT",
      `compress is true, or options such as { algorithm: "rice" }, not ${String(compress)}`,
    );
  if (compress && !unsuitable({ bitpix: image.bitpix, shape: fitted.grid.count }, {})) {
    const cards = withWcsAxes(parseHeader(formatHeader(items(first))));
    return compressedHdu({ ...boxes(cut, options), cards }, compressionFor(image, compress));
  }
  return {
    kind: "image",
    facts: noFacts,
    repeatable: true,
    fill: 0,
    cards: items,
    data: () => pixelChunks(cut, options),
  };
}

function compressionFor({ bitpix }: ImageHdu, given: CompressOptions | true): CompressOptions {
  const chosen = given === true ? {} : given;
  if (bitpix > 0 || chosen.algorithm !== undefined || chosen.quantize !== undefined) return chosen;
  return { ...chosen, algorithm: "gzip2", quantize: 0 };
}

/** The cutout as a source of boxes, for the compressor. */
function boxes(
  { image, fitted, stored }: CutImage,
  options: ReadOptions,
): Omit<Parameters<typeof compressedHdu>[0], "cards"> {
  if (stored) {
    const { dtype, shape, read } = arraySource(stored);
    return { dtype, shape, read };
  }
  const { start, step, count } = fitted.grid;
  return {
    dtype: dtypeOfBitpix(image.bitpix) as Parameters<typeof compressedHdu>[0]["dtype"],
    shape: count,
    read: (box) => {
      const part = {
        start: start.map((from, axis) => from + box[axis]![0] * step[axis]!),
        count: box.map(([from, to]) => to - from),
        step,
      };
      return image.section(selectionOf(part), { ...readingOf(options), raw: true });
    },
  };
}

/** About how many bytes become one chunk. */
const chunkBytes = 1 << 20;

async function* pixelChunks(
  { image, fitted, stored }: CutImage,
  options: ReadOptions,
): AsyncGenerator<Bytes, DataFacts, void> {
  if (stored) {
    yield* bigEndianChunks(stored);
    return noFacts;
  }
  const reading = { ...readingOf(options), raw: true, bytes: 4 * chunkBytes };
  for await (const band of image.bands(selectionOf(fitted.grid), reading)) yield* bigEndianChunks(band);
  return noFacts;
}

/** In pieces, as each is a copy. */
function* bigEndianChunks({ data, dtype }: Pick<NdArray, "data" | "dtype">): Generator<Bytes> {
  const step = chunkBytes / bytesPerElement(dtype);
  for (let i = 0; i < data.length; i += step)
    yield toBigEndian(data, dtype, i, Math.min(data.length, i + step));
}

const readOptionNames = ["signal", "profile", "concurrency", "gap", "optimize", "onProgress"] as const;

/** The options of reads alone. What is not given is left to the file. */
export function readingOf(options: ReadOptions): ReadOptions {
  const given = readOptionNames.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}
