/**
 * What to say of a header that has no END card.
 */
import { FitsError } from "../errors.js";
import type { HeaderBytes } from "./search.js";

/** The error for a header without END. */
export function noEnd(offset: number, { bytes, why }: HeaderBytes): FitsError {
  const where = `header at byte ${offset}`;
  if (why === "file ends") {
    return new FitsError(
      "TRUNCATED",
      `${where}: the file ends after ${bytes.length} bytes of it, before an END card`,
    );
  }
  if (why === "too long")
    return new FitsError("BAD_HEADER", `${where}: no END card in its first ${bytes.length} bytes`);
  return new FitsError("BAD_HEADER", `${where}: no END card before something else than a header begins`);
}
