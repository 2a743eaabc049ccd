/**
 * From whatever names a FITS file to an open one.
 */
import { compressionOf } from "./codec/magic.js";
import { FitsError } from "./errors.js";
import { type Fits, fitsFile } from "./fits.js";
import { newWalk, type Walk, walkOfHeaders, walkPlan } from "./hdu/walk.js";
import { checkOptions, type ReaderOptions } from "./read/options.js";
import { createReader, type Reader } from "./read/run.js";
import type { SourceOptions } from "./source/options.js";
import { resolveSource, type SourceInput } from "./source/resolve.js";

/** Options of `open`: how the source is reached, and the defaults of every read. */
export interface OpenOptions extends SourceOptions, ReaderOptions {
  /**
   * The bytes of an index file of this file, as `Fits.index` makes them: the headers are taken from it, and parts of a
   * gzip file are decompressed from near where they lie. One of another file is refused (BAD_INDEX), at once or with
   * the first read.
   */
  index?: Uint8Array | undefined;
}

/**
 * Opens a FITS file with one read of `blockSize` bytes. Files that are compressed as a whole (.gz, .Z, .bz2, .zst)
 * are recognized by their content and decompressed as they are read.
 *
 * @param input `http(s)://`, `s3://bucket/key`, a path or `file:` URL (in Node), a `Blob` or `File`, a `Uint8Array`,
 *   any object with `getRange(range)`, any zarrita store with `options.key`
 * Throws FitsError: NOT_FITS, NOT_FOUND, FORBIDDEN, BAD_CREDENTIALS, BAD_SOURCE, BAD_INDEX and those of a read.
 */
export async function open(input: SourceInput, options: OpenOptions = {}): Promise<Fits> {
  checkOptions(options);
  let source = await resolveSource(input, options);
  let reader: Reader | undefined;
  try {
    let walk = newWalk;
    if (options.index) {
      const { indexedFile } = await import("./source/sidecar/indexed.js");
      const indexed = await indexedFile(source, options.index);
      source = indexed.source;
      walk = walkOfHeaders(indexed.headers, source.size);
    }
    reader = createReader(source, options);
    walk = await firstHdu(reader, walk);
    // The contents may be a compressed file in turn: one layer at a time.
    while (walk.foreign) {
      const head = walk.foreign;
      if (!compressionOf(head)) {
        const { describeForeign } = await import("./hdu/foreign.js");
        throw new FitsError("NOT_FITS", describeForeign(head));
      }
      const { decompressedSource } = await import("./source/whole/compressed.js");
      reader.release();
      source = await decompressedSource(source, head);
      reader = createReader(source, options);
      walk = await firstHdu(reader, newWalk);
    }
    return fitsFile(reader, walk);
  } catch (error) {
    await (reader ?? source).close?.();
    throw error;
  }
}

function firstHdu(reader: Reader, walk: Walk): Promise<Walk> {
  const { source, options } = reader;
  const plan = walkPlan(walk, { file: source, blockSize: options.blockSize });
  return walk.done ? Promise.resolve(walk) : reader.run(plan);
}
