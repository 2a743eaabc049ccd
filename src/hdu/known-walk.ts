/**
 * The walk of a file whose headers are known beforehand, from an index.
 */
import { parseHeader } from "../header/header.js";
import type { HduLayout } from "./hdu.js";
import { layoutOf } from "./layout.js";
import { cutShort } from "./unusual.js";
import type { Walk } from "./walk.js";

/** A header and where it starts. */
export interface KnownHeader {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * All HDUs of a file of `size` bytes, without reading it. Throws what a walk throws: BAD_HEADER, TOO_LARGE.
 */
export function walkOfHeaders(headers: readonly KnownHeader[], size: number | undefined): Walk {
  const hdus: HduLayout[] = [];
  const warnings: string[] = [];
  for (const [index, { offset, bytes }] of headers.entries()) {
    const found = layoutOf(parseHeader(bytes), { index, headerOffset: offset });
    hdus.push(found.hdu);
    warnings.push(...found.warnings);
  }
  const walk: Walk = { hdus, warnings, done: true, guesses: { pending: [], wasted: 0 } };
  const end = hdus.at(-1)?.end ?? 0;
  return size !== undefined && end > size ? cutShort(walk, size) : walk;
}
