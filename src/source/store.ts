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

/** The object that `store` holds at `key`. */
export function storeSource(store: RangeStore, key: string): ByteSource {
  const path: `/${string}` = `/${key.replace(/^\/+/, "")}`;
  const href = `store:${path}`;
  return {
    href,
    async getRange({ offset, length }: ByteRange, { signal }: GetRangeOptions = {}) {
      checkRange({ offset, length }, href);
      signal?.throwIfAborted();
      if (length === 0) return new Uint8Array(0);
      const bytes = await store.getRange(path, { offset, length }, signal ? { signal } : {});
      signal?.throwIfAborted();
      if (!bytes)
        throw new FitsError("NOT_FOUND", `${href}: the store holds nothing at this key; check the key`);
      if (bytes.length > length) {
        throw new FitsError(
          "BAD_RANGE",
          `${href}: the store gave ${bytes.length} bytes for ${length}; it must honor ranges`,
        );
      }
      return bytes;
    },
  };
}
