/**
 * Whatever is unusual in a file: HDUs that are no plain images, and the ways in which a file may end that are not the
 * end of its last HDU. Small, since tables and compressed images need it: what they do not is loaded when it is.
 */
import { FitsError } from "../errors.js";
import type { Header } from "../header/header.js";
import type { HeaderBytes } from "../header/search.js";
import { done, type Later, needing, type Plan } from "../read/old-plan.js";
import { layoutOf } from "./layout.js";
import type { Walk } from "./walk.js";

export { specialHdus } from "./special.js";

/** What it takes where no header is. */
export const noHeader: Later<typeof import("./no-header.js")> = { load: () => import("./no-header.js") };

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
export function stop(walk: Walk, found: HeaderBytes, start: number): Plan<Walk> {
  return needing(noHeader, ({ stopped }) => done(stopped(walk, found, start)));
}

/** Ends the walk at an HDU that is there but cannot be read. */
export function failed(walk: Walk, error: FitsError): Walk {
  const warning = `HDU ${walk.hdus.length} cannot be read, nor any behind it: ${error.message}`;
  return { ...walk, done: true, error, warnings: [...walk.warnings, warning] };
}
