/**
 * The source that an index file belongs to, with what the index knows of it.
 */
import { decompressedSource } from "./compressed.js";
import { type IndexedHeader, parseIndex } from "./index-file.js";
import { indexedSource } from "./indexed.js";
import type { ByteSource } from "./source.js";

/** What a file is read from, given its index. */
export interface KnownSource {
  readonly known: ByteSource;
  readonly headers: readonly IndexedHeader[];
}

/**
 * `source` held against its index; of a gzip file what it decompresses to. Throws BAD_INDEX for an index that is
 * damaged, or plainly of another file.
 */
export async function knownSource(source: ByteSource, bytes: Uint8Array): Promise<KnownSource> {
  const index = parseIndex(bytes);
  const checked = indexedSource(source, index);
  if (!index.gzip) return { known: checked, headers: index.headers };
  const known = await decompressedSource(checked, new Uint8Array(0), { index: index.gzip });
  return { known: known ?? checked, headers: index.headers };
}
