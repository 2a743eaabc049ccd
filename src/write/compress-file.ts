/**
 * Compresses and uncompresses whole files: every image in turn; other HDUs are copied.
 */
import { checkFile, checkObject } from "../argument.js";
import { elementCount, type NdArray } from "../array.js";
import { FitsError, hduLabel } from "../errors.js";
import type { Fits } from "../fits.js";
import type { HduLayout } from "../hdu/hdu.js";
import { type ImageHdu, imageHdu } from "../hdu/image.js";
import type { Hdu } from "../hdu/make.js";
import type { TableHdu } from "../hdu/table.js";
import type { Card } from "../header/card.js";
import { contiguousPixels } from "../image/contiguous.js";
import { dtypeOfBitpix } from "../image/scale.js";
import type { ReadOptions } from "../read/options.js";
import { toBigEndian } from "./bigendian.js";
import { type bitpixOf, type CompressOptions, compressedHdu } from "./compress.js";
import type { Box } from "./compress-bands.js";
import { isReserved, plainImageCards } from "./compress-header.js";
import { tooSmallForHcompress } from "./compress-shape.js";
import { compressedTable, tableUnsuitable } from "./compress-table.js";
import { cardsAsRead, withValue } from "./copy.js";
import { behindLastHdu, copiedHdu, hasChecksums } from "./copy-hdu.js";
import { type DataFacts, noFacts, type WritableHdu } from "./hdu.js";
import type { HeaderItem } from "./header.js";
import { heapProblem } from "./heap-cover.js";
import { restoredTable } from "./uncompress-table.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** So many bytes of pixels are restored at a time; a few such bands are in memory together. */
const bandBytes = 4 * 1024 * 1024;

/** Which HDUs of a file are written, and what of them. */
export interface HduChoice {
  /** By index; they come in the order of the file. Default all. */
  readonly hdus?: readonly number[] | undefined;
  /** Makes of what is written for an HDU what is written in its place: `editedHdu`. */
  readonly edit?: ((written: WritableHdu, hdu: HduLayout) => WritableHdu) | undefined;
}

/** The HDUs that are chosen. */
export async function* chosen(fits: Fits, { hdus }: HduChoice): AsyncGenerator<Hdu, void, void> {
  for await (const hdu of fits) if (!hdus || hdus.includes(hdu.index)) yield hdu;
}

export interface CompressFileOptions extends CompressOptions, ReadOptions, HduChoice {
  /** Whether binary tables are compressed too, as `fpack -table` does it. Default false. */
  readonly tables?: boolean | undefined;
  /** Told of each HDU that is copied because it cannot be compressed for other readers, and why not. */
  readonly onCopied?: ((hdu: HduLayout, why: string) => void) | undefined;
  /** Told how many bytes behind the last HDU (special records, Standard 3.5) are left out: funpack would stop at them. */
  readonly onLeftOut?: ((bytes: number) => void) | undefined;
  /** Told of so many bytes more of the file's data as have been taken: pixels, rows and arrays, and whole copied HDUs. */
  readonly onTaken?: ((bytes: number) => void) | undefined;
}

/**
 * The HDUs of `fits` with its images compressed, for `fitsChunks` or `writeFits`: `writeFits(sink,
 * compressedHdus(fits, { algorithm: "rice" }), { checksum: true })`. Images that are compressed already are compressed
 * anew; tables (unless `tables`), images without pixels, and images that no other reader would open compressed, are copied
 * as they stand. Foreign extensions are compressed as fpack does it, as bytes of an image: behind a compressed image
 * funpack finds no copied ones. Where one has to be copied, so is the image before it. Throws BAD_ARGUMENT for options that
 * do not go with an image, TRUNCATED for images that end behind the end of the file, TOO_LARGE for tiles of more than 1
 * GiB, and at the end the error of an HDU whose
 * header cannot be read: the copy would lack this HDU and all behind it.
 */
export async function* compressedHdus(
  fits: Fits,
  options: CompressFileOptions = {},
): AsyncGenerator<WritableHdu, void, void> {
  checkFile(fits);
  checkObject(options);
  await checkTile(fits, options);
  const { edit = (written) => written } = options;
  for await (const hdu of chosen(fits, options)) {
    const compressed = await compressedOr(fits, hdu, options);
    if (typeof compressed === "object") {
      yield edit(compressed, hdu);
      continue;
    }
    if (compressed !== "") options.onCopied?.(hdu, compressed);
    yield edit(copiedHdu(fits, await asStored(hdu), options), hdu);
    options.onTaken?.(hdu.dataSize);
  }
  if (options.hdus) return;
  await checkComplete(fits, options);
  const end = fits.known.at(-1)!.end;
  if (fits.size !== undefined && fits.size > end) options.onLeftOut?.(fits.size - end);
}

/** Throws BAD_ARGUMENT for tiles of more axes than any image of the file has. */
async function checkTile(fits: Fits, options: CompressFileOptions): Promise<void> {
  const { tile } = options;
  if (tile === undefined || tile.length < 2) return;
  // A header that cannot be read is told when its turn comes.
  const layouts = await fits.layouts(options).catch(() => fits.known);
  const images = layouts.filter(({ type, shape }) => /IMAGE|PRIMARY/.test(type) && shape.length > 0);
  const most = images.reduce((axes, { shape }) => Math.max(axes, shape.length), 0);
  if (most === 0 || !tile.slice(0, -most).some((n) => n > 1)) return;
  const which = images.length === 1 ? `${hduLabel(images[0]!)} has` : "no image of the file has more than";
  throw new FitsError(
    "BAD_ARGUMENT",
    `tiles of shape (${tile.join(", ")}) have ${tile.length} axes, ${which} ${most}; give ${most} or fewer`,
  );
}

/** The HDU compressed, or why not: in words, or empty where nobody expects it. */
async function compressedOr(
  fits: Fits,
  hdu: Hdu,
  options: CompressFileOptions,
): Promise<WritableHdu | string> {
  if (hdu.kind === "table") {
    const why = options.tables ? (tableUnsuitable(hdu) ?? (await heapProblem(fits, hdu, options))) : "";
    return why === undefined ? compressedTable(hdu, options, options.onTaken) : why;
  }
  const why = pixelsUnsuitable(hdu, options);
  if (why === "") return why;
  checkInFile(fits, hdu);
  if (why !== undefined) return why;
  if (hdu.kind === "image") {
    const next = await nextOf(fits, hdu, options);
    const isLost = next?.kind === "other" && !isTable(next) && pixelsUnsuitable(next, options) !== undefined;
    return isLost ? `funpack would lose ${hduLabel(next)} behind it` : compressedImage(hdu, options);
  }
  const image = imageHdu(hdu, contiguousPixels(hdu, fits.size), (plan, read) => fits.run(plan, read));
  return compressedImage(image, losslessFor(hdu, options));
}

/** Why the pixels of an HDU that is no table are not compressed, if they are not; empty where nobody expects it. */
function pixelsUnsuitable(hdu: Exclude<Hdu, TableHdu>, options: CompressOptions): string | undefined {
  const isPlain = hdu.shape.length === 0 || hdu.shape.includes(0);
  if (hdu.kind === "groups" || isPlain || (hdu.kind === "other" && isTable(hdu))) return "";
  return besidePixels(hdu) ?? reservedIn(hdu) ?? unsuitable(hdu, hdu.kind === "image" ? options : {});
}

/** Keywords of the table that holds a compressed image are lost where the image has them, too. */
function reservedIn({ header, type }: HduLayout): string | undefined {
  if (type === "COMPRESSED_IMAGE") return undefined;
  const found = [...header].find(({ keyword }) => isReserved(keyword));
  return found && `its header has ${found.keyword}, a keyword of compressed images`;
}

/**
 * The HDU that is written next. cfitsio 4.2 misreads the header of a foreign extension that stands uncompressed behind a
 * compressed image.
 */
async function nextOf(
  fits: Fits,
  { index }: HduLayout,
  { hdus, ...options }: CompressFileOptions,
): Promise<Hdu | undefined> {
  const next = hdus ? Math.min(...hdus.filter((n) => n > index)) : index + 1;
  if (!Number.isFinite(next)) return undefined;
  // One that cannot be read is told when its turn comes.
  return fits.hdu(next, options).catch(() => undefined);
}

/** Whether a foreign extension calls itself a table, which no reader would take for bytes of an image. */
function isTable({ header }: HduLayout): boolean {
  return /^(BINTABLE|A3DTABLE|TABLE)$/.test(String(header.get("XTENSION")));
}

/** How the bytes of a foreign extension are compressed: whatever they mean, none may be lost. */
function losslessFor({ bitpix }: HduLayout, options: CompressFileOptions): CompressFileOptions {
  const { tile: _tile, dither: _dither, seed: _seed, scale: _scale, smooth: _smooth, ...rest } = options;
  const { algorithm = "rice" } = options;
  const isGzip = algorithm === "gzip" || algorithm === "gzip2";
  return { ...rest, algorithm: isGzip ? algorithm : bitpix < 0 ? "gzip2" : "rice", quantize: 0 };
}

/** Throws where there are HDUs behind the last one that cannot be read: a copy would lack them. */
export async function checkComplete(fits: Fits, options: ReadOptions): Promise<void> {
  await fits.hdu(fits.known.length, options).catch((error: unknown) => {
    if (!(error instanceof FitsError) || error.code !== "NO_SUCH_HDU") throw error;
  });
}

/** Throws TRUNCATED for an HDU whose header says more data than the file has, where its size is known beforehand. */
function checkInFile({ size }: Fits, hdu: HduLayout): void {
  const { dataOffset, dataSize } = hdu;
  if (size === undefined || dataOffset + dataSize <= size) return;
  throw new FitsError(
    "TRUNCATED",
    `${hduLabel(hdu)}: its data of ${dataSize} bytes begin at byte ${dataOffset}, but the file ends at byte ${size}`,
  );
}

/** cfitsio's MAX_COMPRESS_DIM: funpack and astropy read no more axes. */
const mostAxes = 6;

/** Data beside the pixels have no place in a compressed image. */
function besidePixels({ bitpix, shape, dataSize, type }: HduLayout): string | undefined {
  const isPlain = type === "COMPRESSED_IMAGE" || dataSize === (elementCount(shape) * Math.abs(bitpix)) / 8;
  return isPlain ? undefined : "its PCOUNT or GCOUNT tell of data beside the pixels";
}

/** Why an image of a type and shape is not compressed, if it is not. */
export function unsuitable(
  { bitpix, shape }: Pick<ImageHdu, "bitpix" | "shape">,
  { algorithm }: CompressOptions,
): string | undefined {
  if (bitpix === 64) return "funpack and astropy read no 64-bit integers that are compressed";
  if (shape.length > mostAxes) return `funpack and astropy read no compressed image of ${shape.length} axes`;
  return algorithm === "hcompress" ? tooSmallForHcompress(shape) : undefined;
}

function compressedImage(hdu: ImageHdu, options: CompressFileOptions): WritableHdu {
  const label = hduLabel(hdu);
  /** Names the HDU in errors about options. Errors of reading name it already. */
  const inHdu = (cause: unknown): unknown =>
    cause instanceof FitsError && cause.code === "BAD_ARGUMENT"
      ? new FitsError(cause.code, `${label}: ${cause.message}`, { cause })
      : cause;
  try {
    const dtype = dtypeOfBitpix(hdu.bitpix) as keyof typeof bitpixOf;
    const read = async (box: Box): Promise<NdArray> => {
      const part = await hdu.section(box, { ...options, raw: true });
      options.onTaken?.(part.data.byteLength);
      return part;
    };
    // Of images of fewer axes than others the tiles lack the slowest ones, as with fpack.
    const tile = options.tile?.slice(-hdu.shape.length);
    const suited = { ...options, ...(tile && { tile }) };
    const compressed = compressedHdu({ cards: hdu.header, dtype, shape: hdu.shape, read }, suited);
    return {
      ...compressed,
      async *data(spool) {
        try {
          return yield* compressed.data(spool);
        } catch (cause) {
          throw inHdu(cause);
        }
      },
    };
  } catch (cause) {
    throw inHdu(cause);
  }
}

/** The layout to copy an HDU with: for compressed images and tables that of the table which the file holds. */
export async function asStored(hdu: Hdu): Promise<HduLayout> {
  const stored = hdu.kind === "table" ? hdu.stored : hdu.kind === "image" ? await hdu.table?.() : undefined;
  return stored ?? hdu;
}

/**
 * The HDUs of `fits` with its compressed images and tables plain, for `fitsChunks` or `writeFits`. The primary HDU
 * without data that stands before a compressed primary image goes, as with funpack; what its header has beside is kept in
 * that of the image. HDUs that had checksums get new ones. Throws at the end where an HDU cannot be read: the copy would
 * lack this HDU and all behind it.
 */
export async function* uncompressedHdus(
  fits: Fits,
  options: ReadOptions & HduChoice = {},
): AsyncGenerator<WritableHdu, void, void> {
  checkFile(fits);
  checkObject(options);
  const { edit = (written) => written } = options;
  let waiting: Hdu | undefined;
  for await (const hdu of chosen(fits, options)) {
    const compressed = hdu.kind === "image" && hdu.type === "COMPRESSED_IMAGE";
    if (hdu.index === 0 && hdu.kind === "image" && hdu.shape.length === 0) {
      waiting = hdu;
      continue;
    }
    const wasPrimary = compressed && hdu.index === 1 && hdu.header.toString().startsWith("SIMPLE");
    if (waiting && !wasPrimary) yield edit(copiedHdu(fits, waiting, options), waiting);
    if (compressed) yield edit(plainHdu(hdu, wasPrimary ? waiting?.header : undefined, options), hdu);
    else if (hdu.kind === "table" && hdu.stored) yield edit(restoredTable(hdu, options), hdu);
    else yield edit(copiedHdu(fits, hdu, options), hdu);
    waiting = undefined;
  }
  if (waiting) yield edit(copiedHdu(fits, waiting, options), waiting);
  if (options.hdus) return;
  await checkComplete(fits, options);
  yield behindLastHdu(fits, options);
}

/** A compressed image as it was. `before` are the cards of a primary HDU whose place the image takes. */
function plainHdu(hdu: ImageHdu, before: Iterable<Card> | undefined, options: ReadOptions): WritableHdu {
  const { header, shape, bitpix } = hdu;
  const own = [...header]
    .filter(({ keyword }) => !/^Z(BLANK|DITHER0|SCALE|ZERO)$/.test(keyword))
    .map(withoutOtherData);
  const cards = before ? [...own, ...cardsOfPlaceholder(before, own)] : own;
  const wasPrimary = header.toString().startsWith("SIMPLE");
  return {
    kind: "image",
    facts: noFacts,
    repeatable: true,
    fill: 0,
    checksum: hasChecksums(header),
    cards: (primary): HeaderItem[] =>
      primary === wasPrimary ? cardsAsRead(cards) : plainImageCards(cards, { bitpix, shape, primary }),
    async *data(): AsyncGenerator<Bytes, DataFacts, void> {
      const hasNulls = bitpix < 0 && (await hasNullLevel(hdu));
      for await (const { data, dtype } of hdu.bands(undefined, { ...options, raw: true, bytes: bandBytes })) {
        const bytes = toBigEndian(data, dtype, 0, data.length);
        if (hasNulls) fillNulls(bytes, data as Float32Array | Float64Array);
        yield bytes;
      }
      return noFacts;
    },
  };
}

/** PCOUNT 0 and GCOUNT 1: what else the image had beside its pixels is not in the compressed one. */
function withoutOtherData(card: Card): Card {
  const value = card.keyword === "PCOUNT" ? 0 : card.keyword === "GCOUNT" ? 1 : card.value;
  return value === card.value ? card : withValue(card, Number(value));
}

/** Whether one of the integers that the floats were made stands for those that are no numbers (ZBLANK, or a column of it). */
async function hasNullLevel(hdu: ImageHdu): Promise<boolean> {
  const header = (await hdu.table?.())?.header;
  if (header === undefined || header.get("ZQUANTIZ") === "NONE") return false;
  return [...header].some(
    ({ keyword, value }) => keyword === "ZBLANK" || (/^TTYPE\d/.test(keyword) && value === "ZBLANK"),
  );
}

/** What is no number has no bits of its own in a quantized image; as cfitsio restores it, all are set. */
function fillNulls(bytes: Bytes, data: Float32Array | Float64Array): void {
  const size = data.BYTES_PER_ELEMENT;
  for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i])) bytes.fill(0xff, i * size, (i + 1) * size);
}

/** What describes the placeholder alone, or what cfitsio writes into any primary header. */
const ofPlaceholder =
  /^(SIMPLE|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|BLOCKED|CHECKSUM|DATASUM|BSCALE|BZERO|BLANK|)$/;
const boilerplate = /^COMMENT {3}(FITS \(Flexible Image Transport System\)|and Astrophysics', volume 376)/;

/** The cards of the primary HDU without data before a compressed primary image that the image does not have itself. */
function cardsOfPlaceholder(before: Iterable<Card>, own: readonly Card[]): Card[] {
  const known = new Set(own.map(({ keyword }) => keyword));
  return [...before].filter(({ keyword, raw }) => {
    if (ofPlaceholder.test(keyword) || boilerplate.test(raw)) return false;
    return keyword === "COMMENT" || keyword === "HISTORY"
      ? !own.some((card) => card.raw === raw)
      : !known.has(keyword);
  });
}
