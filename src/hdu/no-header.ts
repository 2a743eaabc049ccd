/**
 * Where a walk comes to bytes that are no header: the end of the file, junk behind it, another file altogether.
 */
import { FitsError } from "../errors.js";
import { beginsWith } from "../header/scan.js";
import type { HeaderBytes } from "../header/search.js";
import { noEnd } from "../header/search.js";
import { describeForeign } from "./foreign.js";
import { compressionOf } from "./magic.js";
import { failed } from "./unusual.js";
import type { Walk } from "./walk.js";

/** Ends the walk at `start`, where no header is. */
export function stopped(walk: Walk, found: HeaderBytes, start: number): Walk {
  const { bytes } = found;
  const index = walk.hdus.length;
  if (beginsWith(bytes, index === 0 ? "SIMPLE" : "XTENSION")) {
    const error = noEnd(start, found);
    if (index === 0) throw error;
    return failed(walk, error);
  }
  if (index === 0) {
    const compression = compressionOf(bytes);
    if (compression) return { ...walk, done: true, compression, compressed: bytes };
    throw new FitsError("NOT_FITS", describeForeign(bytes));
  }
  if (bytes.length === 0) return { ...walk, done: true };
  const what = bytes.every((byte) => byte === 0 || byte === 32) ? "padding" : "bytes that are no HDU";
  const warning = `after HDU ${index - 1}, at byte ${start}, the file goes on with ${what}`;
  return { ...walk, done: true, warnings: [...walk.warnings, warning] };
}
