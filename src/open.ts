/**
 * From whatever names a FITS file to an open one.
 */
import { FitsError } from "./errors.js";
import { type Fits, fitsFile } from "./fits.js";
import { newWalk, type Walk, walkPlan } from "./hdu/walk.js";
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
    if (options.index)
      ({ source, walk } = await (await import("./known-file.js")).knownFile(source, options.index));
    reader = createReader(source, options);
    walk = await firstHdu(reader, walk);
    for (let depth = 0; walk.compressed; depth++) {
      if (depth === mostWrapped) {
        throw new FitsError(
          "UNSUPPORTED",
          `${source.href} is compressed more than ${mostWrapped} times over; unpack it first`,
        );
      }
      const { decompressedSource } = await import("./source/compressed.js");
      reader.release();
      source = (await decompressedSource(source, walk.compressed)) ?? source;
      reader = createReader(source, options);
      walk = await firstHdu(reader, newWalk);
    }
    return fitsFile(reader, walk);
  } catch (error) {
    await (reader ?? source).close?.();
    throw error;
  }
}

/** A file that is compressed as a whole may hold another such file, but hardly more. */
const mostWrapped = 3;

function firstHdu(reader: Reader, walk: Walk): Promise<Walk> {
  const { source, options } = reader;
  const plan = walkPlan(walk, { file: source, blockSize: options.blockSize });
  return walk.done ? Promise.resolve(walk) : reader.run(plan);
}
