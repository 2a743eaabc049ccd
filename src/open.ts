/**
 * From whatever names a FITS file to an open one.
 */
import { type Fits, fitsFile } from "./fits.js";
import { newWalk, walkOn } from "./hdu/walk.js";
import type { ReaderOptions } from "./read/options.js";
import { createReader } from "./read/run.js";
import type { SourceOptions } from "./source/options.js";
import { resolveSource, type SourceInput } from "./source/resolve.js";

/** Options of `open`: how the source is reached, and the defaults of every read. */
export interface OpenOptions extends SourceOptions, ReaderOptions {}

/**
 * Opens a FITS file with one read of `blockSize` bytes. Files that are compressed as a whole (.gz, .Z, .bz2, .zst)
 * are recognized by their content and decompressed as they are read.
 *
 * @param input `http(s)://`, `s3://bucket/key`, a path or `file:` URL (in Node), a `Blob` or `File`, a `Uint8Array`,
 *   any object with `getRange(range)`, any zarrita store with `options.key`
 * Throws FitsError: NOT_FITS, NOT_FOUND, FORBIDDEN, BAD_CREDENTIALS, BAD_SOURCE and those of a read.
 */
export async function open(input: SourceInput, options: OpenOptions = {}): Promise<Fits> {
  const source = await resolveSource(input, options);
  let reader = createReader(source, options);
  try {
    let walk = await reader.run(walkOn(newWalk, options));
    if (walk.compression) {
      const { decompressedSource } = await import("./source/compressed.js");
      reader = createReader(await decompressedSource(reader, walk.compression), options);
      walk = await reader.run(walkOn(newWalk, options));
    }
    return fitsFile(reader, walk);
  } catch (error) {
    await reader.close();
    throw error;
  }
}
