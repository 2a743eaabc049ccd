/**
 * One key of a zarrita store: anything with `getRange(key, range)`.
 */
import { FitsError } from "../errors.js";
import { type ByteRange, type ByteSource, checkRange, type GetRangeOptions } from "./source.js";

/** What fitslice uses of zarrita's AsyncReadable (or Readable): a missing key is `undefined`. */
export interface RangeStore {
  getRange(
    key: `/${string}`,
    range: { offset: number; length: number } | { suffixLength: number },
    options?: { signal?: AbortSignal },
  ): Promise<Uint8Array | undefined> | Uint8Array | undefined;
}

/** The object that `store` holds at `key`. Its size is known once an answer was short. */
export function storeSource(store: RangeStore, key: string): ByteSource {
  const path: `/${string}` = `/${key.replace(/^\/+/, "")}`;
  const href = `store:${path}`;
  let size: number | undefined;
  return {
    href,
    get size() {
      return size;
    },
    async getRange({ offset, length }: ByteRange, { signal }: GetRangeOptions = {}) {
      checkRange({ offset, length }, href);
      signal?.throwIfAborted();
      if (length === 0) return new Uint8Array(0);
      const bytes = await rangeOf(store, path, { offset, length }, signal);
      signal?.throwIfAborted();
      if (!bytes)
        throw new FitsError("NOT_FOUND", `${href}: the store holds nothing at this key; check the key`);
      if (bytes.length > length || (bytes.length > 0 && offset + bytes.length > (size ?? Infinity))) {
        const known = size === undefined ? "" : ` of an object of ${size} bytes`;
        throw new FitsError(
          "BAD_RANGE",
          `${href}: the store gave ${bytes.length} bytes for ${length} from byte ${offset}${known}; it must honor ranges`,
        );
      }
      if (bytes.length > 0 && bytes.length < length) size = offset + bytes.length;
      return bytes;
    },
  };
}

async function rangeOf(
  store: RangeStore,
  path: `/${string}`,
  range: ByteRange,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  try {
    return await store.getRange(path, range, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    // What a server says of a range past the end, and zarrita's FetchStore throws.
    if (range.offset > 0 && /\b416\b/.test(String(error))) return new Uint8Array(0);
    throw error;
  }
}
