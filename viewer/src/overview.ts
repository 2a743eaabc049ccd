/** The overview file beside a large image: levels from which the whole image is drawn with few bytes. Loaded when the first address is opened. */
import type { Fits, ImageHdu, OpenOptions } from "fitslice";
import { findOverview, type OverviewLevel, overviewFactors } from "fitslice/overview";

/** Levels that were found; `finest` is the factor of the finest one while further levels are looked for. */
export interface FoundLevels {
  readonly levels: readonly OverviewLevel[];
  readonly finest?: number | undefined;
}

/**
 * Looks for the overview of an image in the file beside that at `address`, and tells of its levels as they are found, the coarsest
 * first. Answers with what closes the overview; undefined where there is none, and then nothing that was told counts any more.
 * Throws BAD_INDEX for the overview of another file.
 */
export async function lookBeside(
  fits: Fits,
  image: ImageHdu,
  address: string,
  tell: (overview: FoundLevels) => void,
  options: OpenOptions,
): Promise<{ close(): Promise<void> } | undefined> {
  const base = globalThis.document?.baseURI;
  const absolute = URL.canParse(address, base) ? new URL(address, base).href : address;
  const [finest] = overviewFactors(image.shape);
  const levels: OverviewLevel[] = [];
  const onLevel = (level: OverviewLevel): void => {
    levels.push(level);
    tell({ levels: [...levels], finest });
  };
  const found = await findOverview(fits, absolute, { ...options, hdu: image.index, onLevel });
  if (levels.length > 0 && found) tell({ levels });
  return found;
}
