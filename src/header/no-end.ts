/**
 * What to say of a header that has no END card.
 */
import { FitsError } from "../errors.js";
import { findForeignBlock, longestHeader } from "./scan.js";
import type { HeaderBytes } from "./search.js";

/** The error for a header without END; `begins` says what a header begins with. */
export function noEnd(
  offset: number,
  { bytes }: HeaderBytes,
  begins: (bytes: Uint8Array) => boolean = () => true,
): FitsError {
  const where = `header at byte ${offset}`;
  if (bytes.length > 0 && (!begins(bytes) || findForeignBlock(bytes, 0) >= 0)) {
    return new FitsError("BAD_HEADER", `${where}: no END card before something else than a header begins`);
  }
  if (bytes.length >= longestHeader)
    return new FitsError("BAD_HEADER", `${where}: no END card in its first ${bytes.length} bytes`);
  return new FitsError(
    "TRUNCATED",
    `${where}: the file ends after ${bytes.length} bytes of it, before an END card`,
  );
}
