/**
 * A header of a file, wherever it is, by itself.
 */
import type { Plan } from "../read/plan.js";
import { type Header, parseHeader } from "./header.js";
import { noEnd } from "./no-end.js";
import { isKeywordField } from "./scan.js";
import { type ReadHeaderOptions, readHeaderBytes } from "./search.js";

/** Ten blocks. */
const firstRead = 28800;

/** The header at `offset`. Throws BAD_HEADER or TRUNCATED, saying where, when no END card comes. */
export function readHeader(offset: number, options: Partial<ReadHeaderOptions> = {}): Plan<Header> {
  return function* () {
    const found = yield* readHeaderBytes(offset, {
      ...{ begins, blockSize: firstRead, label: `header at byte ${offset}`, file: {} },
      ...options,
    });
    if (found.end >= 0) return parseHeader(found.bytes, found.end);
    throw noEnd(offset, found, begins);
  };
}

/** A header begins with something that could be a keyword. */
function begins(bytes: Uint8Array): boolean {
  return bytes[0] !== 32 && isKeywordField(bytes, 0);
}
