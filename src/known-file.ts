/**
 * A file of which an index knows the headers.
 */

import type { Walk } from "./hdu/walk.js";
import { walkOfHeaders } from "./hdu/walk.js";
import { knownSource } from "./source/known.js";
import type { ByteSource } from "./source/source.js";

/** What the file that `source` leads to is read from, and its HDUs. Throws BAD_INDEX for the index of another file. */
export async function knownFile(
  source: ByteSource,
  index: Uint8Array,
): Promise<{ source: ByteSource; walk: Walk }> {
  const { known, headers } = await knownSource(source, index);
  return { source: known, walk: walkOfHeaders(headers, known.size) };
}
