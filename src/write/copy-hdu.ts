/**
 * HDUs copied as they stand in a file: header and data by whole blocks, whatever the header says of the data.
 */
import { FitsError } from "../errors.js";
import type { Fits } from "../fits.js";
import type { HduLayout } from "../hdu/hdu.js";
import type { Card } from "../header/card.js";
import type { ReadOptions } from "../read/options.js";
import { type Plan, read } from "../read/plan.js";
import { tableLayout } from "../table/layout.js";
import { plainImageCards } from "./compress-header.js";
import { cardsAsRead } from "./copy.js";
import { type DataFacts, noFacts, type WritableHdu } from "./hdu.js";
import { blockSize, bytesOfText, type HeaderItem, padding } from "./header.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** So much is copied at a time: whole blocks. */
const copyBytes = 1456 * blockSize;

/** An HDU as it stands in the file, byte for byte; checksums are made anew where the writer is asked for them. */
export function copiedHdu(fits: Fits, hdu: HduLayout, options: ReadOptions): WritableHdu {
  const { header, dataOffset, dataSize, type } = hdu;
  const stop = dataStop(fits, hdu);
  return {
    kind: header.has("SIMPLE") || type === "IMAGE" ? "image" : "table",
    facts: noFacts,
    repeatable: true,
    fill: type === "TABLE" ? 32 : 0,
    header: (primary) =>
      staysAsIs(hdu, primary) ? bytesOfText(header.toString() + header.ending, header.byteLength) : undefined,
    checksum: !staysAsIs(hdu, hdu.index === 0) && hasChecksums(header),
    cards: (primary) => copiedCards(header, hdu, primary),
    async *data(): AsyncGenerator<Bytes, DataFacts, void> {
      for (let at = dataOffset; at < stop; at += copyBytes) {
        const range = { offset: at, length: Math.min(copyBytes, stop - at) };
        // Padding may be missing at the end of a file; data may not.
        yield await fits.run(bytesPlan(hdu, range, dataOffset + dataSize), options);
      }
      return noFacts;
    },
  };
}

/** Special records, or whatever else lies behind the last HDU (Standard 3.5), filled up to a block. */
export function behindLastHdu(fits: Fits, options: ReadOptions): WritableHdu {
  return {
    kind: "image",
    headless: true,
    facts: noFacts,
    repeatable: true,
    fill: 0,
    cards: () => [],
    async *data(): AsyncGenerator<Bytes, DataFacts, void> {
      const label = "bytes behind the last HDU";
      for (let at = fits.known.at(-1)?.end ?? 0; at < (fits.size ?? Infinity); at += copyBytes) {
        const range = { offset: at, length: copyBytes };
        const bytes = await fits.run(() => read(label, range, { keep: false }), options);
        if (bytes.length > 0) yield new Uint8Array(bytes);
        if (bytes.length < copyBytes) break;
      }
      return noFacts;
    },
  };
}

/** Whether a header has checksums, also those of before compression. */
export function hasChecksums(header: Iterable<Card>): boolean {
  for (const { keyword } of header) if (/^(CHECKSUM|DATASUM|ZHECKSUM|ZDATASUM)$/.test(keyword)) return true;
  return false;
}

/**
 * Where the blocks of the data end. The heap of a table may go on behind the end that its header declares
 * (`TableLayout.heap`): of the last HDU it is copied.
 */
function dataStop({ known, size }: Fits, hdu: HduLayout): number {
  const isLast = known.at(-1)?.index === hdu.index;
  if (!isLast || hdu.type !== "BINTABLE") return hdu.end;
  const { heap } = tableLayout(hdu);
  const end = heap.offset + heap.length;
  const stop = end + padding(end - hdu.dataOffset);
  return Math.max(hdu.end, Math.min(stop, size ?? hdu.end));
}

function bytesPlan(hdu: HduLayout, range: { offset: number; length: number }, dataEnd: number): Plan<Bytes> {
  return function* () {
    const label = `data of HDU ${hdu.index}`;
    const bytes = yield* read(label, range, { keep: false });
    const wanted = Math.min(range.length, Math.max(0, dataEnd - range.offset));
    if (bytes.length >= wanted) return new Uint8Array(bytes);
    throw new FitsError("TRUNCATED", `${label}: the file ends at byte ${range.offset + bytes.length}`);
  };
}

/** Whether the header need not change for the HDU's place in the new file. */
function staysAsIs({ header, type }: HduLayout, primary: boolean): boolean {
  const wasPrimary = header.toString().startsWith("SIMPLE");
  return wasPrimary === primary || (type !== "PRIMARY" && type !== "IMAGE");
}

function copiedCards(cards: Iterable<Card>, hdu: HduLayout, primary: boolean): HeaderItem[] {
  if (staysAsIs(hdu, primary)) return cardsAsRead(cards);
  return plainImageCards(cards, { bitpix: hdu.bitpix, shape: hdu.shape, primary });
}
