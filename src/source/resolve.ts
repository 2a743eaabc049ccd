/**
 * From what a user names (a URL, a path, a File, bytes, a store) to the source that reads it.
 */
import { openPath } from "#platform";
import { FitsError } from "../errors.js";
import { blobSource } from "./blob.js";
import { httpSource } from "./http.js";
import { memorySource } from "./memory.js";
import type { SourceOptions } from "./options.js";
import { showUrl } from "./redact.js";
import type { ByteSource } from "./source.js";
import type { RangeStore } from "./store.js";

/** Whatever can be read from. A string is a URL, or a local path where it has no scheme. */
export type SourceInput = string | URL | Blob | Uint8Array | ArrayBuffer | RangeObject | RangeStore;

/** Anything with `getRange`; what `ByteSource` says of it besides is of use, but not needed. */
export type RangeObject = Pick<ByteSource, "getRange"> & Partial<ByteSource>;

/**
 * The source that `input` names. http(s):, s3:, file: and path, and blob: and data: URLs; Blob and File; bytes; any
 * source; any zarrita store with `options.key`. Throws BAD_SOURCE for anything else. Nothing remote is asked yet.
 */
export async function resolveSource(input: SourceInput, options: SourceOptions = {}): Promise<ByteSource> {
  checkNumber("retries", options.retries, 0);
  checkNumber("timeout", options.timeout, 1);
  if (typeof input === "string" || input instanceof URL) return fromAddress(input, options);
  if (input instanceof Uint8Array) return memorySource(input);
  if (input instanceof ArrayBuffer) return memorySource(new Uint8Array(input));
  if (input instanceof Blob) return blobSource(input);
  if (typeof (input as Partial<ByteSource> | undefined)?.getRange === "function")
    return fromObject(input, options);
  throw new FitsError(
    "BAD_SOURCE",
    "not a source: give a URL, a path, a Blob, a Uint8Array, or an object with getRange()",
  );
}

/** More is not to be had of a timer. */
const most = 2 ** 31 - 2;

function checkNumber(name: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isFinite(value) && value >= least && value <= most)) return;
  throw new FitsError("BAD_ARGUMENT", `${name} must be a number from ${least} to ${most}, not ${value}`);
}

async function fromObject(input: RangeObject | RangeStore, options: SourceOptions): Promise<ByteSource> {
  if (options.key !== undefined)
    return (await import("./store.js")).storeSource(input as RangeStore, options.key);
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

async function fromAddress(input: string | URL, options: SourceOptions): Promise<ByteSource> {
  const text = String(input);
  // One letter is a Windows drive.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case "http":
    case "https":
      if (!URL.canParse(text))
        throw new FitsError("BAD_SOURCE", `"${showUrl(text)}" is not a valid URL; check its spelling`);
      return httpSource(text, options);
    case "s3":
      return (await import("./s3.js")).s3Source(input, options);
    case "blob":
    case "data":
      return blobSource(await (await (options.fetch ?? fetch)(text, {})).blob());
    case undefined:
    case "file":
      return openPath(input);
    default:
      // A path may hold a colon.
      if (!text.slice(scheme.length).startsWith("://")) return openPath(input);
      throw new FitsError(
        "BAD_SOURCE",
        `"${scheme}:" is not known; give an http:, https:, s3: or file: URL, or a path`,
      );
  }
}
