/**
 * Overviews: block means of large images, as a FITS file beside them.
 */
import { checkFile, checkList, checkObject, checkOptional } from "../argument.js";
import { bytesOf, elementCount, ndarray } from "../array.js";
import { newEdits } from "../cutout/edits.js";
import { movedTables } from "../cutout/tables.js";
import { withWcsAxes } from "../cutout/wcs-keywords.js";
import { FitsError, hduLabel } from "../errors.js";
import type { Fits, HduSelector } from "../fits.js";
import type { ImageHdu } from "../hdu/image.js";
import { parseHeader } from "../header/header.js";
import type { ReadOptions } from "../read/options.js";
import { toBigEndian } from "../write/bigendian.js";
import { type CompressOptions, compressedHdu } from "../write/compress.js";
import type { Box } from "../write/compress-bands.js";
import { unsuitable } from "../write/compress-file.js";
import { fitsChunks } from "../write/fits.js";
import { type DataFacts, noFacts, type WritableHdu } from "../write/hdu.js";
import { formatHeader, type HeaderItem } from "../write/header.js";
import { memorySpool, type Spool } from "../write/spool.js";
import { bindingOf, checksumsOf } from "./binding.js";
import { blockGrid, type Level, levelCards, primaryCards } from "./header.js";
import { levelShape, overviewFactors, smallSide } from "./levels.js";
import { blockMeans } from "./means.js";

type Bytes = Uint8Array<ArrayBuffer>;

export interface OverviewOptions extends ReadOptions {
  /** The images to make levels of; `"all"`: all that are large enough. Default: the first image with pixels. */
  readonly hdus?: readonly HduSelector[] | "all" | undefined;
  /**
   * How levels are compressed; `false`: not at all. Default: RICE in tiles of 256 x 256, quantized to a sixteenth of the noise,
   * zeros kept exact. `{ algorithm: "gzip2", quantize: 0 }` keeps every bit of the means.
   */
  readonly compress?: CompressOptions | false | undefined;
  /** Makes a place for means that must wait. Default: in memory. */
  readonly spool?: (() => Spool) | undefined;
  /** Told of so many bytes of stored pixels more as have been read. */
  readonly onTaken?: ((bytes: number) => void) | undefined;
}

/** The images that the options mean. Throws BAD_ARGUMENT where one needs no overview, and what `Fits.image` throws. */
export async function overviewImages(
  fits: Fits,
  given: Pick<OverviewOptions, "hdus"> & ReadOptions = {},
): Promise<ImageHdu[]> {
  checkFile(fits);
  checkObject(given);
  const { hdus, ...options } = given;
  if (hdus !== undefined && hdus !== "all") checkList(hdus, "hdus");
  if (hdus !== "all") {
    const chosen = await Promise.all((hdus ?? [undefined]).map((which) => fits.image(which, options)));
    for (const image of chosen)
      if (overviewFactors(image.shape).length === 0)
        throw new FitsError("BAD_ARGUMENT", `${hduLabel(image)} ${sizeText(image)}: ${needless}`);
    return [...new Map(chosen.map((image) => [image.index, image])).values()];
  }
  const images = (await fits.hdus(options)).flatMap((hdu) =>
    hdu.kind === "image" && overviewFactors(hdu.shape).length > 0 ? [hdu] : [],
  );
  if (images.length === 0) throw new FitsError("BAD_ARGUMENT", `${fits.href}: ${needless}`);
  return images;
}

const needless = `an overview is for images of two or more axes, of more than ${smallSide} pixels along one of the last two`;

function sizeText({ shape }: ImageHdu): string {
  return shape.length === 0 ? "has no pixels" : `is of ${[...shape].reverse().join(" x ")} pixels`;
}

/**
 * The overview of a file as a FITS file, in chunks: of each image its levels, the coarsest first, each an IMAGE HDU of float32
 * means (see `overviewFactors`, `blockMeans`), with world coordinates of the blocks; at the end the lookup tables that these need. Keywords
 * OVR... bind it to the file: size, ETag or Last-Modified, EXTNAME, EXTVER and DATASUM of the image, checksums of its
 * header and of samples of its data. Nothing tells where the file lies.
 *
 * Each image is read once, band by band. Memory: two bands, some rows of each level, and what `spool` keeps there: all means of
 * one image, a forty-eighth of its pixels.
 *
 * Throws BAD_ARGUMENT as `overviewImages`, and what reading throws.
 */
export async function* writeOverview(
  fits: Fits,
  options: OverviewOptions = {},
): AsyncGenerator<Bytes, void, void> {
  checkObject(options);
  const { spool, signal } = options;
  yield* fitsChunks(overviewHdus(fits, options), {
    ...(spool && { spool }),
    ...(signal && { signal }),
  });
}

/** The HDUs of an overview, for `writeFits`, which needs less memory where it may go back. As `writeOverview`. */
export async function* overviewHdus(
  fits: Fits,
  options: OverviewOptions = {},
): AsyncGenerator<WritableHdu, void, void> {
  checkObject(options);
  const { spool, onTaken, compress } = options;
  checkOptional({ spool, onTaken }, "a function", (value) => typeof value === "function");
  checkOptional({ compress }, "false, or an object", (value) => value === false || Object(value) === value);
  const images = await overviewImages(fits, { hdus: options.hdus, ...readingOf(options) });
  const primary = (await fits.hdu(0, readingOf(options))).header;
  const levels: Level[] = [];
  for (const image of images) {
    const binding = (await checksumsOf(fits, image, true, readingOf(options))).join(" ");
    for (const factor of overviewFactors(image.shape).reverse())
      levels.push({ image, factor, ver: levels.length + 1, binding });
  }
  const edits = levels.map(newEdits);
  const gridded = levels.map((level) => ({ image: level.image, grid: blockGrid(level) }));
  const tables = await movedTables(fits, gridded, edits, readingOf(options));
  yield plainHdu(primaryCards(bindingOf(fits)), noPixels);
  for (const image of images) {
    const own = levels.filter((level) => level.image === image);
    const spools = own.map(options.spool ?? memorySpool);
    try {
      await spoolMeans(image, own, spools, options);
      for (const [i, level] of own.entries()) {
        const cards = levelCards(level, primary, edits[levels.indexOf(level)]);
        yield levelHdu(level, cards, spools[i]!, options);
        await spools[i]!.close?.();
      }
    } finally {
      for (const each of spools) await each.close?.();
    }
  }
  yield* tables;
}

const readOptionNames = ["signal", "profile", "concurrency", "gap", "optimize"] as const;

function readingOf(options: OverviewOptions): ReadOptions {
  const given = readOptionNames.filter((name) => options[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, options[name]]));
}

/** Two bands of at least so many bytes are in memory. */
const bandBytes = 8 * 1024 * 1024;
/** So many bytes of means are gathered for a spool. */
const gatheredBytes = 1 << 18;

/** Reads an image once; the means of all levels go to their spools, in C order. */
async function spoolMeans(
  image: ImageHdu,
  levels: readonly Level[],
  spools: readonly Spool[],
  options: OverviewOptions,
): Promise<void> {
  const [height, width] = image.shape.slice(-2) as [number, number];
  const ascending = [...levels].reverse();
  const targets = [...spools].reverse();
  const waiting = ascending.map((): { rows: Bytes[]; bytes: number } => ({ rows: [], bytes: 0 }));
  const means = blockMeans(
    { width, height },
    ascending.map(({ factor }) => factor),
    (level, row) => {
      waiting[level]!.rows.push(bytesOf(row));
      waiting[level]!.bytes += row.byteLength;
    },
  );
  const flush = async (least: number): Promise<void> => {
    for (const [i, each] of waiting.entries()) {
      if (each.bytes < least || each.bytes === 0) continue;
      await targets[i]!.append(concatenated(each.rows, each.bytes));
      waiting[i] = { rows: [], bytes: 0 };
    }
  };
  const pixelBytes = Math.abs(image.bitpix) / 8;
  const memory = [0, 1].map(() => new ArrayBuffer(bandBytes));
  for await (const { data } of image.bands(undefined, { ...readingOf(options), bytes: bandBytes, memory })) {
    means.add(data);
    options.onTaken?.(data.length * pixelBytes);
    await flush(gatheredBytes);
  }
  await flush(0);
}

function concatenated(parts: readonly Bytes[], length: number): Bytes {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Reads floats back from a spool, in order. */
function floatsOf(spool: Spool): (count: number) => Promise<Float32Array<ArrayBuffer>> {
  let chunks: AsyncIterator<Bytes> | Iterator<Bytes> | undefined;
  let chunk: Bytes = new Uint8Array(0);
  return async (count) => {
    const floats = new Float32Array(count);
    const bytes = bytesOf(floats);
    for (let at = 0; at < bytes.length; ) {
      if (chunk.length === 0) {
        if (!chunks) {
          const source = spool.read();
          chunks =
            Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
        }
        const next = await chunks.next();
        if (next.done)
          throw new FitsError("BAD_ARGUMENT", "the spool gave back fewer bytes than were put there");
        chunk = next.value;
      }
      const part = chunk.subarray(0, bytes.length - at);
      bytes.set(part, at);
      at += part.length;
      chunk = chunk.subarray(part.length);
    }
    return floats;
  };
}

const tileSide = 256;
const defaultCompression: CompressOptions = { algorithm: "rice", quantize: 16, dither: 2 };

/** One level, its means waiting in a spool. */
function levelHdu(
  { image, factor }: Level,
  items: HeaderItem[],
  spool: Spool,
  { compress = defaultCompression }: OverviewOptions,
): WritableHdu {
  const shape = levelShape(image.shape, factor);
  const floats = floatsOf(spool);
  if (compress && !unsuitable({ bitpix: -32, shape }, compress)) {
    const cards = withWcsAxes(parseHeader(formatHeader(items)));
    const source = { cards, dtype: "float32" as const, shape, read: boxReader(shape.at(-1)!, floats) };
    return compressedHdu(source, { tile: [tileSide, tileSide], ...compress });
  }
  return plainHdu(items, async function* () {
    const total = elementCount(shape);
    for (let at = 0; at < total; at += gatheredBytes) {
      const count = Math.min(gatheredBytes, total - at);
      yield toBigEndian(await floats(count), "float32", 0, count);
    }
    return noFacts;
  });
}

/**
 * Boxes in the order in which the compressor asks for them: whole rows in C order, or, where rows are long, the parts of a band of
 * rows one after the other.
 */
function boxReader(width: number, floats: ReturnType<typeof floatsOf>) {
  let held = new Float32Array(0);
  return async (box: Box) => {
    const shape = box.map(([from, to]) => to - from);
    const [first, last] = box.at(-1)!;
    const rows = elementCount(shape.slice(0, -1));
    if (first === 0) held = await floats(rows * width);
    if (last - first === width) return ndarray(held, shape);
    const part = new Float32Array(rows * (last - first));
    for (let row = 0; row < rows; row++)
      part.set(held.subarray(row * width + first, row * width + last), row * (last - first));
    return ndarray(part, shape);
  };
}

// biome-ignore lint/correctness/useYield: an HDU without data
async function* noPixels(): AsyncGenerator<Bytes, DataFacts, void> {
  return noFacts;
}

function plainHdu(items: HeaderItem[], data: () => AsyncGenerator<Bytes, DataFacts, void>): WritableHdu {
  return { kind: "image", facts: noFacts, repeatable: false, fill: 0, cards: () => items, data };
}
