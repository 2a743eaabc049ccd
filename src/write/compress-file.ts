/**
 * Whole files compressed and uncompressed: every image in turn, everything else as it is.
 */
import type { DType, NdArray } from "../array.js";
import { FitsError } from "../errors.js";
import type { Fits, Hdu } from "../fits.js";
import type { HduLayout } from "../hdu/hdu.js";
import type { ImageHdu } from "../hdu/image.js";
import type { Card } from "../header/card.js";
import { dtypeOfBitpix } from "../image/scale.js";
import type { ReadOptions } from "../read/options.js";
import { done, readThen } from "../read/plan.js";
import { dtypeOf, toBigEndian } from "./bigendian.js";
import { type bitpixOf, type CompressOptions, compressedHdu } from "./compress.js";
import { plainImageCards } from "./compress-header.js";
import { cardsAsRead } from "./copy.js";
import { type DataFacts, noFacts, type WritableHdu } from "./hdu.js";
import type { HeaderItem } from "./header.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** So much is copied at a time. */
const copyBytes = 4 * 1024 * 1024;

/**
 * The HDUs of `fits` with its images compressed, for `fitsChunks` or `writeFits`: `writeFits(sink,
 * compressedHdus(fits, { algorithm: "rice" }), { checksum: true })`. Images that are compressed already are compressed
 * anew; tables, and images without pixels, are copied. CHECKSUM and DATASUM of what is copied are left to the writer.
 */
export async function* compressedHdus(
  fits: Fits,
  options: CompressOptions & ReadOptions = {},
): AsyncGenerator<WritableHdu, void, void> {
  for await (const hdu of fits) {
    const plain = hdu.kind === "image" && hdu.type !== "COMPRESSED_IMAGE";
    if (hdu.kind !== "image" || (plain && (hdu.shape.length === 0 || hdu.shape.includes(0)))) {
      yield copiedHdu(fits, hdu, options);
      continue;
    }
    yield compressedHdu(
      {
        cards: hdu.header,
        dtype: dtypeOfBitpix(hdu.bitpix) as keyof typeof bitpixOf,
        shape: hdu.shape,
        read: (start, count) => readPlaces(hdu, start, count, options),
      },
      options,
    );
  }
}

function readPlaces(hdu: ImageHdu, start: number, count: number, options: ReadOptions): Promise<NdArray> {
  return hdu.section([[start, start + count]], { ...options, raw: true });
}

/**
 * The HDUs of `fits` with its compressed images plain, for `fitsChunks` or `writeFits`. The primary HDU without data
 * that stands before a compressed primary image goes, as with funpack.
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
    yield compressed ? plainHdu(hdu as ImageHdu, options) : copiedHdu(fits, hdu, options);
  }
  if (waiting) yield copiedHdu(fits, waiting, options);
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
      for await (const { data } of hdu.bands(undefined, { ...options, raw: true })) {
        yield toBigEndian(data, dtypeOf(data, "the image") satisfies DType, 0, data.length);
      }
      return noFacts;
    },
  };
}

/** An HDU as it stands in the file, byte for byte but for its checksums. */
function copiedHdu(fits: Fits, hdu: HduLayout, options: ReadOptions): WritableHdu {
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

function bytesPlan(hdu: HduLayout, offset: number, length: number) {
  const label = `data of HDU ${hdu.index}`;
  const plan = readThen<Bytes>(label, { offset, length }, (bytes) => {
    if (bytes.length < length)
      throw new FitsError("TRUNCATED", `${label}: the file ends at byte ${offset + bytes.length}`);
    return done(new Uint8Array(bytes));
  });
  return { ...plan, keep: false };
}

function copiedCards(cards: Iterable<Card>, hdu: HduLayout, primary: boolean): HeaderItem[] {
  const kept = [...cards].filter(({ keyword }) => keyword !== "CHECKSUM" && keyword !== "DATASUM");
  const wasPrimary = kept[0]?.keyword === "SIMPLE";
  if (wasPrimary === primary || (hdu.type !== "PRIMARY" && hdu.type !== "IMAGE")) return cardsAsRead(kept);
  return plainImageCards(kept, { bitpix: hdu.bitpix, shape: hdu.shape, primary });
}
