/**
 * Compresses and uncompresses whole files: every image in turn; other HDUs are copied.
 */
import type { NdArray } from "../array.js";
import { FitsError, hduLabel } from "../errors.js";
import type { Fits } from "../fits.js";
import type { HduLayout } from "../hdu/hdu.js";
import type { ImageHdu } from "../hdu/image.js";
import type { Hdu } from "../hdu/make.js";
import type { TableHdu } from "../hdu/table.js";
import type { Card } from "../header/card.js";
import { dtypeOfBitpix } from "../image/scale.js";
import type { ReadOptions } from "../read/options.js";
import { type Plan, read } from "../read/plan.js";
import { toBigEndian } from "./bigendian.js";
import { type bitpixOf, type CompressOptions, compressedHdu } from "./compress.js";
import type { Box } from "./compress-bands.js";
import { plainImageCards } from "./compress-header.js";
import { tooSmallForHcompress } from "./compress-shape.js";
import { batchColumn, cardsAsRead, columnAsStored } from "./copy.js";
import { type DataFacts, noFacts, type WritableHdu } from "./hdu.js";
import type { HeaderItem } from "./header.js";
import { type TableBatch, tableHdu } from "./table.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** So much is copied at a time. */
const copyBytes = 4 * 1024 * 1024;

export interface CompressFileOptions extends CompressOptions, ReadOptions {
  /** Told of each image that is copied because it cannot be compressed for other readers, and why not. */
  readonly onCopied?: (hdu: HduLayout, why: string) => void;
}

/**
 * The HDUs of `fits` with its images compressed, for `fitsChunks` or `writeFits`: `writeFits(sink,
 * compressedHdus(fits, { algorithm: "rice" }), { checksum: true })`. Images that are compressed already are compressed
 * anew; tables, images without pixels, and images that no other reader would open compressed, are copied. The writer makes
 * CHECKSUM and DATASUM of copied HDUs. Throws BAD_ARGUMENT for options that do not go with an image, TRUNCATED for images
 * that end behind the end of the file, TOO_LARGE for tiles of more than 1 GiB, and at the end the error of an HDU whose
 * header cannot be read: the copy would lack this HDU and all behind it.
 */
export async function* compressedHdus(
  fits: Fits,
  options: CompressFileOptions = {},
): AsyncGenerator<WritableHdu, void, void> {
  for await (const hdu of fits) {
    if (hdu.kind !== "image" || hdu.shape.length === 0 || hdu.shape.includes(0)) {
      yield copiedHdu(fits, await asStored(hdu), options);
      continue;
    }
    checkInFile(fits, hdu);
    const why = unsuitable(hdu, options);
    if (why) {
      options.onCopied?.(hdu, why);
      yield copiedHdu(fits, await asStored(hdu), options);
    } else yield compressedImage(hdu, options);
  }
  await checkComplete(fits, options);
}

/** Throws where there are HDUs behind the last one that cannot be read: a copy would lack them. */
async function checkComplete(fits: Fits, options: ReadOptions): Promise<void> {
  await fits.hdu(fits.known.length, options).catch((error: unknown) => {
    if (!(error instanceof FitsError) || error.code !== "NO_SUCH_HDU") throw error;
  });
}

/** Throws TRUNCATED for an HDU whose header says more data than the file has, where its size is known beforehand. */
function checkInFile({ size }: Fits, hdu: ImageHdu): void {
  const { dataOffset, dataSize } = hdu;
  if (size === undefined || dataOffset + dataSize <= size) return;
  throw new FitsError(
    "TRUNCATED",
    `${hduLabel(hdu)}: its data of ${dataSize} bytes begin at byte ${dataOffset}, but the file ends at byte ${size}`,
  );
}

/** cfitsio's MAX_COMPRESS_DIM: funpack and astropy read no more axes. */
const mostAxes = 6;

/** Why an image is not compressed, if it is not. */
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
    const read = (box: Box): Promise<NdArray> => hdu.section(box, { ...options, raw: true });
    const compressed = compressedHdu({ cards: hdu.header, dtype, shape: hdu.shape, read }, options);
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
 * without data that stands before a compressed primary image goes, as with funpack. Throws at the end where an HDU cannot
 * be read: the copy would lack this HDU and all behind it.
 */
export async function* uncompressedHdus(
  fits: Fits,
  options: ReadOptions = {},
): AsyncGenerator<WritableHdu, void, void> {
  let waiting: Hdu | undefined;
  for await (const hdu of fits) {
    const compressed = hdu.kind === "image" && hdu.type === "COMPRESSED_IMAGE";
    if (hdu.index === 0 && hdu.kind === "image" && hdu.shape.length === 0) {
      waiting = hdu;
      continue;
    }
    const wasPrimary = compressed && hdu.index === 1 && hdu.header.has("SIMPLE");
    if (waiting && !wasPrimary) yield copiedHdu(fits, waiting, options);
    waiting = undefined;
    if (compressed) yield plainHdu(hdu as ImageHdu, options);
    else if (hdu.kind === "table" && hdu.stored) yield await plainTable(hdu, options);
    else yield copiedHdu(fits, hdu, options);
  }
  if (waiting) yield copiedHdu(fits, waiting, options);
  await checkComplete(fits, options);
}

function plainHdu(hdu: ImageHdu, options: ReadOptions): WritableHdu {
  const { header, shape, bitpix } = hdu;
  return {
    kind: "image",
    facts: noFacts,
    repeatable: true,
    fill: 0,
    cards: (primary) => plainImageCards(header, { bitpix, shape, primary }),
    async *data(): AsyncGenerator<Bytes, DataFacts, void> {
      for await (const { data, dtype } of hdu.bands(undefined, { ...options, raw: true })) {
        yield toBigEndian(data, dtype, 0, data.length);
      }
      return noFacts;
    },
  };
}

/** A compressed table as it was; strings are padded with NUL, and the heap is laid out anew. */
async function plainTable(hdu: TableHdu, options: ReadOptions): Promise<WritableHdu> {
  const { header, rowCount } = hdu;
  const none = await hdu.select({ ...options, raw: true, rows: { start: 0, stop: 0 } });
  const columns = none.columns.map(({ column }) => columnAsStored(column));
  return {
    ...tableHdu({ columns, batches: storedBatches(hdu, options), rowCount }),
    cards: (_, { heapBytes }) => plainTableCards(header, heapBytes),
  };
}

async function* storedBatches(hdu: TableHdu, options: ReadOptions): AsyncGenerator<TableBatch, void, void> {
  for await (const batch of hdu.batches({ ...options, raw: true })) {
    yield { columns: batch.columns.map(batchColumn), rowCount: batch.length };
  }
}

function plainTableCards(header: Iterable<Card>, heapBytes: number): HeaderItem[] {
  return Array.from(header)
    .filter(({ keyword }) => !/^(CHECKSUM|DATASUM|THEAP)$/.test(keyword))
    .flatMap((card): HeaderItem[] =>
      card.keyword === "PCOUNT"
        ? [{ keyword: "PCOUNT", value: heapBytes, comment: card.comment ?? "" }]
        : cardsAsRead([card]),
    );
}

/** An HDU as it stands in the file, byte for byte but for its checksums. */
export function copiedHdu(fits: Fits, hdu: HduLayout, options: ReadOptions): WritableHdu {
  const { header, dataOffset, dataSize, type } = hdu;
  return {
    kind: header.has("SIMPLE") || type === "IMAGE" ? "image" : "table",
    facts: noFacts,
    repeatable: true,
    fill: type === "TABLE" ? 32 : 0,
    cards: (primary) => copiedCards(header, hdu, primary),
    async *data(): AsyncGenerator<Bytes, DataFacts, void> {
      for (let at = 0; at < dataSize; at += copyBytes) {
        const length = Math.min(copyBytes, dataSize - at);
        yield await fits.run(bytesPlan(hdu, dataOffset + at, length), options);
      }
      return noFacts;
    },
  };
}

function bytesPlan(hdu: HduLayout, offset: number, length: number): Plan<Bytes> {
  return function* () {
    const label = `data of HDU ${hdu.index}`;
    const bytes = yield* read(label, { offset, length }, { keep: false });
    if (bytes.length === length) return new Uint8Array(bytes);
    throw new FitsError("TRUNCATED", `${label}: the file ends at byte ${offset + bytes.length}`);
  };
}

function copiedCards(cards: Iterable<Card>, hdu: HduLayout, primary: boolean): HeaderItem[] {
  const kept = [...cards].filter(({ keyword }) => keyword !== "CHECKSUM" && keyword !== "DATASUM");
  const wasPrimary = kept[0]?.keyword === "SIMPLE";
  if (wasPrimary === primary || (hdu.type !== "PRIMARY" && hdu.type !== "IMAGE")) return cardsAsRead(kept);
  return plainImageCards(kept, { bitpix: hdu.bitpix, shape: hdu.shape, primary });
}
