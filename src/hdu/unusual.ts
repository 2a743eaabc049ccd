/**
 * Whatever is unusual in a file: HDUs that are no plain images, and the ways in which a file may end that are not the
 * end of its last HDU.
 */
import { FitsError } from "../errors.js";
import type { Header } from "../header/header.js";
import { noEnd } from "../header/no-end.js";
import { beginsWith } from "../header/scan.js";
import type { HeaderBytes } from "../header/search.js";
import { describeForeign } from "./foreign.js";
import { layoutOf } from "./layout.js";
import { compressionOf } from "./magic.js";
import type { Walk } from "./walk.js";

export { specialHdus } from "./special.js";

/** The walk with the HDU that `header` begins, whatever its kind; or ended, by one that cannot be read. */
export function withHdu(walk: Walk, header: Header, headerOffset: number): Walk {
  const index = walk.hdus.length;
  try {
    const { hdu, warnings } = layoutOf(header, { index, headerOffset });
    return { ...walk, hdus: [...walk.hdus, hdu], warnings: [...walk.warnings, ...warnings] };
  } catch (error) {
    if (!(error instanceof FitsError) || index === 0) throw error;
    return failed(walk, error);
  }
}

/** Ends a walk whose last HDU goes on behind the end of the file. */
export function cutShort(walk: Walk, size: number): Walk {
  const last = walk.hdus.at(-1)!;
  const dataEnd = last.dataOffset + last.dataSize;
  const where = `HDU ${last.index}: the file ends at byte ${size}`;
  if (dataEnd <= size) {
    const warning = `${where}, ${last.end - size} bytes before the end of the padding`;
    return { ...walk, done: true, warnings: [...walk.warnings, warning] };
  }
  const warning = `${where}, ${dataEnd - size} bytes before its data do: it may have been truncated`;
  const hdus = [...walk.hdus.slice(0, -1), { ...last, truncatedAt: size }];
  return { ...walk, hdus, done: true, warnings: [...walk.warnings, warning] };
}

/** Ends the walk at `start`, where no header is. */
export function stop(walk: Walk, found: HeaderBytes, start: number): Walk {
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

function failed(walk: Walk, error: FitsError): Walk {
  const warning = `HDU ${walk.hdus.length} cannot be read, nor any behind it: ${error.message}`;
  return { ...walk, done: true, error, warnings: [...walk.warnings, warning] };
}
