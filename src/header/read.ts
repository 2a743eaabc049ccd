/**
 * A header of a file, wherever it is, by itself.
 */
import { FitsError } from "../errors.js";
import { chain, done, type Plan } from "../read/plan.js";
import { type Header, parseHeader } from "./header.js";
import { isKeywordField } from "./scan.js";
import { type HeaderBytes, type ReadHeaderOptions, readHeaderBytes } from "./search.js";

/** The header at `offset`. Throws BAD_HEADER or TRUNCATED, saying where, when no END card comes. */
export function readHeader(offset: number, options: Partial<ReadHeaderOptions> = {}): Plan<Header> {
  return chain(readHeaderBytes(offset, { begins, ...options }), (found) => {
    if (found.end >= 0) return done(parseHeader(found.bytes, found.end));
    throw noEnd(offset, found);
  });
}

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

/** A header begins with something that could be a keyword. */
function begins(bytes: Uint8Array): boolean {
  return bytes[0] !== 32 && isKeywordField(bytes, 0);
}
