/**
 * HDUs as a FITS file: headers, data, padding and checksums, in chunks as they are made.
 *
 * Nothing is held in memory but what must be. A header that depends on its data (number of rows, size of the heap,
 * checksums) is written:
 * - into a sink with `writeAt`: first as a placeholder, then again in its place;
 * - else, where the data can be produced twice (arrays): after a first pass that only counts and sums;
 * - else after the data, which wait in a spool.
 */

import { unlessAborted } from "../abort.js";
import { checkObject, checkStream } from "../argument.js";
import { FitsError } from "../errors.js";
import type { HeaderCard } from "./card.js";
import { addChecksum, checksumCards, encodeChecksum, verdictOf } from "./checksum.js";
import { checkIterable } from "./given.js";
import { type DataFacts, noFacts, type Stream, type WritableHdu } from "./hdu.js";
import { formatHeader, type HeaderItem, keywordOf, padding } from "./header.js";
import { imageHdu } from "./image.js";
import { memorySpool, type Spool } from "./spool.js";

type Bytes = Uint8Array<ArrayBuffer>;

export interface WriteOptions {
  /** Write CHECKSUM and DATASUM into every header. Default false. */
  readonly checksum?: boolean | undefined;
  /** Makes a place for bytes that must wait. Default: in memory. */
  readonly spool?: (() => Spool) | undefined;
  /** Stops the writing, also where the sink does not answer. */
  readonly signal?: AbortSignal | undefined;
}

/** Where a file goes. `writeAt` overwrites what is already written, by an offset from the file's start. */
export interface FitsSink {
  write(chunk: Uint8Array<ArrayBuffer>): void | Promise<void>;
  writeAt?(offset: number, bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
}

/** Produces the file in chunks, in order. The chunks are the caller's to keep. A table that comes first gets an empty primary HDU. */
export async function* fitsChunks(
  hdus: Stream<WritableHdu>,
  options: WriteOptions = {},
): AsyncGenerator<Bytes, void, void> {
  checkStream(hdus, "the HDUs");
  checkObject(options);
  for await (const { hdu, primary } of withPrimary(hdus)) {
    for await (const chunk of hduChunks(hdu, primary, options)) {
      options.signal?.throwIfAborted();
      yield chunk;
    }
  }
}

/** The whole file in memory. */
export async function fitsBytes(hdus: Stream<WritableHdu>, options: WriteOptions = {}): Promise<Bytes> {
  checkObject(options);
  const chunks: Bytes[] = [];
  for await (const chunk of fitsChunks(hdus, options)) chunks.push(chunk);
  const bytes = new Uint8Array(chunks.reduce((n, chunk) => n + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * Writes the file into a sink, in one pass where the sink has `writeAt`. Throws BAD_ARGUMENT for a sink without `write`.
 *
 * @returns its size in bytes
 */
export async function writeFits(
  sink: FitsSink,
  hdus: Stream<WritableHdu>,
  options: WriteOptions = {},
): Promise<number> {
  checkObject(options);
  if (typeof sink?.write !== "function")
    throw new FitsError(
      "BAD_ARGUMENT",
      "a file is written into an object with write(chunk), not to a path; in Node fitsBytes gives what writeFile takes",
    );
  let size = 0;
  const put = async (chunk: Bytes): Promise<void> => {
    options.signal?.throwIfAborted();
    await unlessAborted(Promise.resolve(sink.write(chunk)), [options.signal]);
    size += chunk.length;
  };
  for await (const { hdu, primary } of withPrimary(hdus)) {
    if (sink.writeAt && isLate(hdu, options)) {
      const start = size;
      const placeholder = headerOf(hdu, primary, options, { facts: hdu.facts ?? noFacts, sum: 0 });
      await put(placeholder);
      const outcome = await drain(hdu, options, put);
      const header = headerOf(hdu, primary, options, outcome);
      if (header.length !== placeholder.length)
        throw new FitsError("BAD_DATA", "a header changed its size while its data were written");
      await unlessAborted(Promise.resolve(sink.writeAt(start, header)), [options.signal]);
    } else {
      for await (const chunk of hduChunks(hdu, primary, options)) await put(chunk);
    }
  }
  return size;
}

async function* withPrimary(
  hdus: Stream<WritableHdu>,
): AsyncGenerator<{ hdu: WritableHdu; primary: boolean }, void, void> {
  let primary = true;
  checkIterable(hdus, "what is to be written", "a list of HDUs");
  for await (const hdu of hdus) {
    checkObject(hdu, "an HDU to write", "what imageHdu or tableHdu makes");
    if (typeof hdu.data !== "function")
      throw new FitsError("BAD_ARGUMENT", "an HDU to write is not what imageHdu or tableHdu makes");
    if (primary && hdu.kind !== "image") {
      yield { hdu: imageHdu(), primary: true };
      primary = false;
    }
    yield { hdu, primary };
    primary = false;
  }
  if (primary) throw new FitsError("BAD_ARGUMENT", "a FITS file needs at least one HDU");
}

/** Whether the header can be written only when the data are known. */
function isLate(hdu: WritableHdu, options: WriteOptions): boolean {
  return hdu.facts === undefined || isSummed(hdu, options);
}

/** Whether the header gets checksums. */
function isSummed(hdu: WritableHdu, options: WriteOptions): boolean {
  return !hdu.headless && (options.checksum === true || hdu.checksum === true);
}

/** What the data unit turned out to be; `sum` is its DATASUM. */
interface Outcome {
  readonly facts: DataFacts;
  readonly sum: number;
}

async function* hduChunks(
  hdu: WritableHdu,
  primary: boolean,
  options: WriteOptions,
): AsyncGenerator<Bytes, void, void> {
  if (!isLate(hdu, options)) {
    yield headerOf(hdu, primary, options, { facts: hdu.facts!, sum: 0 });
    yield* padded(hdu, options);
    return;
  }
  if (hdu.repeatable) {
    yield headerOf(hdu, primary, options, await drain(hdu, options, () => {}));
    yield* padded(hdu, options);
    return;
  }
  const waiting = (options.spool ?? memorySpool)();
  try {
    const outcome = await drain(hdu, options, (chunk) => waiting.append(chunk));
    yield headerOf(hdu, primary, options, outcome);
    yield* waiting.read();
  } finally {
    await waiting.close?.();
  }
}

/** The data unit with its padding. */
async function* padded(hdu: WritableHdu, options: WriteOptions): AsyncGenerator<Bytes, DataFacts, void> {
  let length = 0;
  const chunks = hdu.data(options.spool ?? memorySpool);
  try {
    for (;;) {
      const next = await chunks.next();
      if (next.done) {
        const rest = padding(length);
        if (rest > 0) yield new Uint8Array(rest).fill(hdu.fill);
        return next.value;
      }
      length += next.value.length;
      yield next.value;
    }
  } finally {
    await chunks.return(noFacts);
  }
}

/** Gives every chunk of the data unit to `put`, summing it where a checksum is wanted. */
async function drain(
  hdu: WritableHdu,
  options: WriteOptions,
  put: (chunk: Bytes) => void | Promise<void>,
): Promise<Outcome> {
  let sum = 0;
  let length = 0;
  const chunks = padded(hdu, options);
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      const next = await chunks.next();
      if (next.done) return { facts: next.value, sum };
      if (isSummed(hdu, options)) sum = addChecksum(sum, next.value, length % 4);
      length += next.value.length;
      await put(next.value);
    }
  } finally {
    await chunks.return(noFacts);
  }
}

function headerOf(hdu: WritableHdu, primary: boolean, options: WriteOptions, { facts, sum }: Outcome): Bytes {
  if (hdu.headless) return new Uint8Array(0);
  const summed = isSummed(hdu, options);
  const asStored = summed ? undefined : hdu.header?.(primary);
  if (asStored) return asStored;
  const cards = hdu.cards(primary, facts);
  if (!summed) return formatHeader(cards);
  const asGiven = checksumsAsGiven(cards, sum);
  if (asGiven) return asGiven;
  const zeroed = formatHeader(withChecksums(cards, checksumCards(sum)));
  const checksum = encodeChecksum(addChecksum(sum, zeroed));
  return formatHeader(withChecksums(cards, checksumCards(sum, checksum)));
}

/** The header with the checksums that its cards have, where there is one of each and both hold: of an HDU restored bit by bit. */
function checksumsAsGiven(cards: readonly HeaderItem[], sum: number): Bytes | undefined {
  const own = cards.map(keywordOf).filter((keyword) => /^(CHECKSUM|DATASUM)$/.test(keyword));
  if (own.sort().join() !== "CHECKSUM,DATASUM") return undefined;
  const header = formatHeader(cards);
  const { checksum, datasum } = verdictOf(header, sum);
  return checksum && datasum ? header : undefined;
}

/** The cards with these checksums in the places of those that are there, else behind them. */
function withChecksums(cards: readonly HeaderItem[], sums: readonly HeaderCard[]): HeaderItem[] {
  const left = new Map(sums.map((card) => [card.keyword, card]));
  const placed = cards.flatMap((item): HeaderItem[] => {
    const keyword = keywordOf(item);
    if (!/^(CHECKSUM|DATASUM)$/.test(keyword)) return [item];
    const card = left.get(keyword);
    left.delete(keyword);
    return card ? [card] : [];
  });
  return [...placed, ...left.values()];
}
