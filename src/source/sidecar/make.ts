/**
 * Makes the index file of an open file.
 */
import { FitsError } from "../../errors.js";
import type { ByteSource, GetRangeOptions } from "../source.js";
import { isDecompressed } from "../whole/compressed.js";
import { identify } from "./identity.js";
import { type IndexedHeader, packIndex } from "./index-file.js";

const BLOCK = 2880;

/** The part of an `HduLayout` that an index needs. */
export interface IndexableHdu {
  readonly headerOffset: number;
  /** `toString` gives the cards without END, 80 characters each. */
  readonly header: { readonly byteLength: number; toString(): string };
}

/**
 * The index file of an open file. `source` is the source that its HDUs were read from; for a gzip file the decompressed
 * source, which is then decoded to its end. `hdus` are all HDUs of the file, in order. Throws UNSUPPORTED for files
 * compressed in another way or more than once, and for sources that cannot tell their size.
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
  if (isDecompressed(file)) {
    throw new FitsError(
      "UNSUPPORTED",
      `${source.href}: it is compressed more than once; decompress it once to make an index file`,
    );
  }
  const gzip = outer && (await outer.finish(options));
  const headers = hdus.map(headerBytes);
  return packIndex({ identity: await identify(file, options), headers, ...(gzip && { gzip }) });
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
