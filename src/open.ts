/**
 * From whatever names a FITS file to an open one.
 */
import { type Fits, fitsFile } from "./fits.js";
import { defaultBlockSize, newWalk, walkOn } from "./hdu/walk.js";
import type { ReaderOptions } from "./read/options.js";
import { done, readThen } from "./read/plan.js";
import { createReader, type Reader } from "./read/run.js";
import type { SourceOptions } from "./source/options.js";
import { resolveSource, type SourceInput } from "./source/resolve.js";
import type { ByteSource } from "./source/source.js";

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
  const source = await resolveSource(input, options);
  if (options.index) return openIndexed(source, options.index, options);
  let reader: Reader | undefined;
  try {
    reader = createReader(source, options);
    let walk = await reader.run(walkOn(newWalk, options));
    if (walk.compression) {
      reader = createReader(await unwrapped(reader), options);
      walk = await reader.run(walkOn(newWalk, options));
    }
    return fitsFile(reader, walk);
  } catch (error) {
    await (reader ?? source).close?.();
    throw error;
  }
}

/** The source of what `reader` reads compressed; its first block is in the cache. */
async function unwrapped(reader: Reader): Promise<ByteSource> {
  const { decompressedSource } = await import("./source/compressed.js");
  const block = { offset: 0, length: reader.options.blockSize ?? defaultBlockSize };
  const head = await reader.run(readThen("first block", block, done));
  return (await decompressedSource(reader.source, head)) ?? reader.source;
}

async function openIndexed(source: ByteSource, index: Uint8Array, options: OpenOptions): Promise<Fits> {
  try {
    const { knownSource } = await import("./source/known.js");
    const { walkOfHeaders } = await import("./hdu/known-walk.js");
    const { known, headers } = await knownSource(source, index);
    return fitsFile(createReader(known, options), walkOfHeaders(headers, known.size));
  } catch (error) {
    await source.close?.();
    throw error;
  }
}
