/**
 * Index files at work: made of an open file, and held against the file that they are used with.
 */
import { crc32 } from "../codec/crc32.js";
import { FitsError } from "../errors.js";
import type { Header } from "../header/header.js";
import type { DecompressedSource } from "./decompressed.js";
import { type FileIndex, type Identity, type IndexedHeader, packIndex, type Sample } from "./index-file.js";
import type { ByteSource, GetRangeOptions } from "./source.js";

const SAMPLE = 1024;
const BLOCK = 2880;

/** What an index needs to know of an HDU: `HduLayout` has it. */
export interface IndexableHdu {
  readonly headerOffset: number;
  readonly header: Pick<Header, "byteLength" | "toString">;
}

/**
 * The index file of an open file: `source` is what its HDUs were read from, which for a gzip file is the source made of
 * it; it is then decoded to its end. `hdus` are all its HDUs, in order.
 */
export async function buildIndex(
  source: ByteSource,
  hdus: readonly IndexableHdu[],
  options: GetRangeOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const outer = isDecompressed(source) ? source : undefined;
  if (outer && outer.format !== "gzip") {
    throw new FitsError(
      "UNSUPPORTED",
      `${source.href}: index files are for plain and gzip files, not ${outer.format}`,
    );
  }
  const file = outer?.compressed ?? source;
  const gzip = outer && (await outer.finish(options));
  const headers = hdus.map(headerBytes);
  return packIndex({ identity: await identify(file, options), headers, ...(gzip && { gzip }) });
}

function isDecompressed(source: ByteSource): source is DecompressedSource {
  return "compressed" in source;
}

/** A header as it stands in the file: its cards, END, and blanks up to a whole block. */
function headerBytes({ headerOffset, header }: IndexableHdu): IndexedHeader {
  const text = `${header.toString()}END`.padEnd(header.byteLength);
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  if (bytes.length % BLOCK !== 0 || bytes.length !== header.byteLength) {
    throw new FitsError(
      "BAD_HEADER",
      `the header at byte ${headerOffset} has ${bytes.length} bytes, no whole blocks`,
    );
  }
  return { offset: headerOffset, bytes };
}

async function identify(source: ByteSource, options: GetRangeOptions): Promise<Identity> {
  const first = await sample(source, 0, SAMPLE, options);
  const { size, tag } = source;
  if (size === undefined) {
    throw new FitsError("UNSUPPORTED", `${source.href}: cannot tell the size of the file; an index needs it`);
  }
  // Files of one instrument begin and end alike.
  const last = Math.max(0, size - SAMPLE);
  const others = [Math.floor(last / 2), last].map((offset) => sample(source, offset, SAMPLE, options));
  return { size, tag, samples: [first, ...(await Promise.all(others))] };
}

async function sample(
  source: ByteSource,
  offset: number,
  length: number,
  options: GetRangeOptions,
): Promise<Sample> {
  const bytes = await source.getRange({ offset, length }, options);
  return { offset, length: bytes.length, crc: crc32(bytes) };
}

/**
 * `source`, whose first answer is held back until it is sure that the index belongs to it: by size and ETag (or
 * Last-Modified), which come with the answer, and where there is none to compare by a few stretches of the file.
 * Throws BAD_INDEX when it does not.
 */
export function indexedSource(source: ByteSource, { identity }: FileIndex): ByteSource {
  checkSize(source, identity);
  let verified: Promise<void> | undefined;

  /** Shared by all that ask; a failure to ask, or the abort of whoever did, is not kept. */
  function verify(options: GetRangeOptions): Promise<void> {
    if (!verified) {
      const asked = compare(source, identity, options);
      verified = asked;
      asked.catch((error: unknown) => {
        if (verified === asked && !(error instanceof FitsError && error.code === "BAD_INDEX"))
          verified = undefined;
      });
    }
    return verified;
  }

  return {
    href: source.href,
    get size() {
      return source.size ?? identity.size;
    },
    get tag() {
      return source.tag;
    },
    ...(source.speed && { speed: source.speed }),
    ...(source.sequential && { sequential: true }),
    async getRange(range, options = {}) {
      const bytes = await source.getRange(range, options);
      const { signal: _, into: __, ...others } = options;
      await unlessAborted(verify(others), options.signal);
      return bytes;
    },
    ...(source.close && { close: () => source.close!() }),
  };
}

async function compare(source: ByteSource, identity: Identity, options: GetRangeOptions): Promise<void> {
  const { tag } = source;
  checkSize(source, identity);
  if (tag !== undefined && identity.tag !== undefined && isETag(tag) === isETag(identity.tag)) {
    if (tag === identity.tag) return;
    throw mismatch(source, `it is of the version ${identity.tag}, this one is ${tag}`);
  }
  await Promise.all(
    identity.samples.map(async ({ offset, length, crc }) => {
      const now = await sample(source, offset, length, options);
      if (now.length !== length || now.crc !== crc)
        throw mismatch(source, `the bytes from ${offset} on are others`);
    }),
  );
}

function checkSize(source: ByteSource, identity: Identity): void {
  if (source.size === undefined || source.size === identity.size) return;
  throw mismatch(source, `it is of a file of ${identity.size} bytes, this one has ${source.size}`);
}

/** What all wait for goes on when one of them gives up. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work;
  signal.throwIfAborted();
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  await Promise.race([work, aborted]).finally(() => signal.removeEventListener("abort", abort));
}

function isETag(tag: string): boolean {
  return tag.startsWith('"');
}

function mismatch(source: ByteSource, what: string): FitsError {
  return new FitsError(
    "BAD_INDEX",
    `${source.href}: the index does not belong to this file: ${what}; make a new one`,
  );
}
