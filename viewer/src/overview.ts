/** The overview file beside a large image: levels from which the whole image is drawn with few bytes. Loaded for large images only. */
import type { Fits, ImageHdu, OpenOptions } from "fitslice";
import { findOverview, type Overview } from "fitslice/overview";

/** Milliseconds that the first light waits for an overview. */
const patience = 1500;

/**
 * The levels of an image, from the file beside that at `address`; undefined where there is none, or where it does not come soon. Throws
 * BAD_INDEX for the overview of another file.
 */
export async function overviewOf(
  fits: Fits,
  image: ImageHdu,
  address: string,
  { signal, ...options }: OpenOptions & { readonly signal: AbortSignal },
): Promise<Overview | undefined> {
  const base = globalThis.document?.baseURI;
  const absolute = URL.canParse(address, base) ? new URL(address, base).href : address;
  const soon = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  try {
    const found = await findOverview(fits, absolute, { ...options, hdu: image.index, signal: soon });
    if (found && found.levels.length > 0) return found;
    await found?.close();
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (soon.aborted) return undefined;
    throw error;
  }
}
