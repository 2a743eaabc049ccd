/**
 * Reads one header of a file by itself, wherever the header lies.
 */
import { type Header, parseHeader } from "../../src/header/header.js";
import { isKeywordField } from "../../src/header/scan.js";
import { noEnd, type ReadHeaderOptions, readHeaderBytes } from "../../src/header/search.js";
import type { Plan } from "../../src/read/plan.js";

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
