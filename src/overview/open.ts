/**
 * Opens the overview of an open file, and refuses that of another one.
 */
import { onAbort } from "../abort.js";
import { checkFile, checkObject, checkOptional } from "../argument.js";
import { FitsError, hduLabel } from "../errors.js";
import type { Fits, HduSelector } from "../fits.js";
import type { ImageHdu } from "../hdu/image.js";
import { type OpenOptions, open } from "../open.js";
import type { SourceInput } from "../source/resolve.js";
import { overviewAddress } from "./address.js";
import { checkData, checkHdu, checkPrimary, stale } from "./binding.js";
import { levelShape, overviewFactors } from "./levels.js";

/** One level of an image: the means of blocks of `factor` x `factor` of its pixels. */
export interface OverviewLevel {
  readonly factor: number;
  /** float32; shape as `levelShape`. */
  readonly image: ImageHdu;
  /** The open overview, the same for all levels. */
  readonly fits: Fits;
}

export interface Overview {
  readonly fits: Fits;
  /** The levels of the HDU, the finest first; none where the overview is of other HDUs. */
  readonly levels: readonly OverviewLevel[];
  close(): Promise<void>;
}

export interface OpenOverviewOptions extends OpenOptions {
  /** The image that levels are wanted of. Default: the first one with pixels. */
  readonly hdu?: HduSelector | undefined;
  /** Told of each level as it is found and checked, the coarsest first: it can be drawn while the finer ones are looked for. */
  readonly onLevel?: ((level: OverviewLevel) => void) | undefined;
  /** Stops the opening. What is open already stays so, whatever becomes of the signal. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the overview at `input` of the open file `fits`. It has to be of this file: of its size and version (ETag or
 * Last-Modified) where both tell one of a kind, and of an HDU of the same EXTNAME, EXTVER, DATASUM and size. Where the versions cannot be
 * compared (a copy on a disk), header and samples of the data are read, 4 KiB in one wave, and held against checksums.
 *
 * Throws BAD_INDEX where it is that of another file, or none, and what opening throws: NOT_FOUND where there is none.
 */
export async function openOverview(
  fits: Fits,
  input: SourceInput,
  given: OpenOverviewOptions = {},
): Promise<Overview> {
  checkFile(fits);
  checkObject(given);
  const { hdu, onLevel, signal, ...options } = given;
  checkOptional({ onLevel }, "a function", (value) => typeof value === "function");
  const reading = signal ? { signal } : {};
  const of = await fits.image(hdu, reading);
  const opening = new AbortController();
  const forget = onAbort(signal, () => opening.abort(signal?.reason));
  const overview = await open(input, { ...options, signal: opening.signal }).finally(forget);
  try {
    const where = overview.href;
    const vouched = checkPrimary(fits, (await overview.hdu(0, reading)).header, where);
    const levels: OverviewLevel[] = [];
    const left = new Set(overviewFactors(of.shape));
    for await (const image of overview.iterate(reading)) {
      if (image.header.get("OVRHDU") !== of.index || image.kind !== "image") continue;
      checkHdu(of, image.header, where);
      if (levels.length === 0 && vouched === "size") await checkData(fits, of, image.header, where, reading);
      const factor = Number(image.header.get("OVRFACT"));
      if (!left.delete(factor) || !isSame(image.shape, levelShape(of.shape, factor)))
        throw stale(where, `${hduLabel(image)} is no level of ${hduLabel(of)}`);
      const level = { factor, image, fits: overview };
      levels.push(level);
      onLevel?.(level);
      if (left.size === 0) break;
    }
    levels.sort((a, b) => a.factor - b.factor);
    return { fits: overview, levels, close: () => overview.close() };
  } catch (error) {
    await overview.close();
    throw error;
  }
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, i) => length === b[i]);
}

/**
 * Opens the overview that lies beside a file (see `overviewAddress`), where there is one: one request where there is none, and
 * silence, as where a server refuses, or answers with something else. Throws BAD_INDEX where there is one of another file, and the
 * signal's reason.
 *
 * @param address where `fits` was opened
 */
export async function findOverview(
  fits: Fits,
  address: string | URL,
  options: OpenOverviewOptions = {},
): Promise<Overview | undefined> {
  checkFile(fits);
  checkObject(options);
  const beside = overviewAddress(String(address));
  if (beside === undefined) return undefined;
  const { index: _, ...own } = options;
  try {
    return await openOverview(fits, beside, { retries: 0, ...own });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof FitsError) || /^(BAD_INDEX|BAD_ARGUMENT|CLOSED)$/.test(error.code)) throw error;
    return undefined;
  }
}
