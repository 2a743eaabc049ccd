/**
 * Copies of files: HDUs as they stand, block by block.
 */
import { checkFile, checkObject } from "../argument.js";
import type { Fits } from "../fits.js";
import type { ReadOptions } from "../read/options.js";
import { asStored, checkComplete, chosen, type HduChoice } from "./compress-file.js";
import { behindLastHdu, copiedHdu } from "./copy-hdu.js";
import type { WritableHdu } from "./hdu.js";

/**
 * The HDUs of `fits` as they stand in the file, for `fitsChunks` or `writeFits`: of compressed images and tables the tables
 * that hold them. Without `hdus` all of them, and what lies behind them; then an HDU that cannot be read is thrown at the end: the
 * copy would lack this HDU and all behind it.
 */
export async function* copiedHdus(
  fits: Fits,
  options: ReadOptions & HduChoice = {},
): AsyncGenerator<WritableHdu, void, void> {
  checkFile(fits);
  checkObject(options);
  const { edit = (written) => written } = options;
  for await (const hdu of chosen(fits, options)) {
    const stored = await asStored(hdu);
    yield edit(copiedHdu(fits, stored, options), stored);
  }
  if (options.hdus) return;
  await checkComplete(fits, options);
  yield behindLastHdu(fits, options);
}
