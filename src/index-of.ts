/**
 * The index file of an open file.
 */
import type { Walk } from "./hdu/walk.js";
import { checkOptions, type ReadOptions } from "./read/options.js";
import type { Reader } from "./read/run.js";
import { buildIndex } from "./source/indexed.js";

/** The index of the file behind `reader`, walked to its end. See `Fits.index`. */
export async function indexOf(
  reader: Reader,
  { hdus, error }: Walk,
  options: ReadOptions = {},
): Promise<Uint8Array> {
  checkOptions(options);
  if (error) throw error;
  const { signal } = options;
  const recorder = reader.options.profile?.recorder;
  recorder?.begin();
  try {
    return await buildIndex(reader.source, hdus, {
      ...(signal && { signal }),
      record: (request) => recorder?.request(request, "the whole file, for its index"),
    });
  } finally {
    recorder?.finish();
  }
}
