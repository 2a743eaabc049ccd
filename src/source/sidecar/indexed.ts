/**
 * The source that an index file belongs to, checked against the index and with what the index knows of it.
 */
import { FitsError } from "../../errors.js";
import type { ByteSource, GetRangeOptions, ManyRanges } from "../source.js";
import { decompressedSource } from "../whole/compressed.js";
import { checkSize, compare } from "./identity.js";
import { type FileIndex, type IndexedHeader, parseIndex } from "./index-file.js";

/** What a file is read from, given its index, and the headers of its HDUs. */
export interface IndexedFile {
  readonly source: ByteSource;
  readonly headers: readonly IndexedHeader[];
}

/**
 * `source` held against its index; of a gzip file what it decompresses to. Throws BAD_INDEX for an index that is
 * damaged, or plainly of another file.
 */
export async function indexedFile(source: ByteSource, bytes: Uint8Array): Promise<IndexedFile> {
  const index = parseIndex(bytes);
  const checked = indexedSource(source, index);
  const { headers, gzip } = index;
  if (!gzip) return { source: checked, headers };
  return { source: await decompressedSource(checked, new Uint8Array(0), { index: gzip }), headers };
}

/**
 * `source`, whose answers are held back until the index is known to belong to it: by size and ETag (or Last-Modified),
 * which come with the first answer, and where there is no tag to compare by three short parts of the file. Throws
 * BAD_INDEX when the index belongs to another file.
 */
export function indexedSource(source: ByteSource, { identity }: FileIndex): ByteSource {
  checkSize(source, identity);
  let verified: Promise<void> | undefined;

  /** One comparison for all readers. Only a mismatch is kept: after any other failure the next reader compares anew. */
  function verify(options: GetRangeOptions): Promise<void> {
    if (!verified) {
      const asked = compare(source, identity, options);
      verified = asked;
      asked.catch((error: unknown) => {
        if (verified === asked && !(error instanceof FitsError && error.code === "BAD_INDEX"))
          verified = undefined;
      });
    }
    return verified;
  }

  /** Waits for the comparison, or rejects at an abort. */
  function belongs({ signal, into: _, whole: __, ...others }: GetRangeOptions): Promise<void> {
    return unlessAborted(verify(others), signal);
  }

  async function manyRanges(): Promise<ManyRanges> {
    const many = await source.manyRanges!();
    const { most, longestHeader, overhead } = many;
    return {
      ...{ most, longestHeader, overhead },
      get odds() {
        return many.odds;
      },
      async getRanges(ranges, options = {}) {
        const parts = await many.getRanges(ranges, options);
        // Where none came, single ranges will tell.
        if (parts.some(Boolean)) await belongs(options);
        return parts;
      },
    };
  }

  return {
    get href() {
      return source.href;
    },
    get size() {
      return source.size ?? identity.size;
    },
    get tag() {
      return source.tag;
    },
    ...(source.speed && { speed: source.speed }),
    ...(source.sequential && { sequential: true }),
    get warnings() {
      return source.warnings;
    },
    ...(source.connections && { connections: source.connections }),
    // A file in one of several places tells these when the place is known.
    get kept() {
      return source.kept;
    },
    get manyRanges() {
      return source.manyRanges && manyRanges;
    },
    async getRange(range, options = {}) {
      const bytes = await source.getRange(range, options);
      await belongs(options);
      return bytes;
    },
    ...(source.close && { close: () => source.close!() }),
  };
}

/** Waits for `work`, or rejects at an abort; the work itself goes on for the other readers. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work;
  signal.throwIfAborted();
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  await Promise.race([work, aborted]).finally(() => signal.removeEventListener("abort", abort));
}
