/**
 * Sources that are at hand already: bytes, a Blob or File, a source, a store.
 */
import { FitsError } from "../errors.js";
import { blobSource } from "./blob.js";
import { memorySource } from "./memory.js";
import type { SourceOptions } from "./options.js";
import type { RangeObject, SourceInput } from "./resolve.js";
import type { ByteSource } from "./source.js";
import { type RangeStore, storeSource } from "./store.js";

/** The source that `input`, which is no address, is or is made to be. Throws BAD_SOURCE for anything else. */
export function objectSource(input: Exclude<SourceInput, string | URL>, options: SourceOptions): ByteSource {
  if (input instanceof Uint8Array) return memorySource(input);
  if (input instanceof ArrayBuffer) return memorySource(new Uint8Array(input));
  if (input instanceof Blob) return blobSource(input);
  if (typeof (input as Partial<ByteSource> | undefined)?.getRange !== "function") {
    throw new FitsError(
      "BAD_SOURCE",
      "not a source: give a URL, a path, a Blob, a Uint8Array, or an object with getRange()",
    );
  }
  if (options.key !== undefined) return storeSource(input as RangeStore, options.key);
  if ("href" in input) return input as ByteSource;
  // A store has more than one object, so it can get whole ones: a source cannot.
  if (!("get" in input)) return named(input as RangeObject);
  throw new FitsError("BAD_SOURCE", 'a store needs the option "key": which of its objects is the FITS file?');
}

/** An object that does not say where it is. */
function named(object: RangeObject): ByteSource {
  return {
    href: "object:",
    get size() {
      return object.size;
    },
    get tag() {
      return object.tag;
    },
    async getRange(range, options) {
      const bytes: unknown = await object.getRange(range, options);
      if (bytes instanceof Uint8Array) return bytes;
      throw new FitsError(
        "BAD_SOURCE",
        'getRange({ offset, length }) gave no Uint8Array; if this is a store of many objects, name one with the option "key"',
      );
    },
    close: async () => object.close?.(),
  };
}
