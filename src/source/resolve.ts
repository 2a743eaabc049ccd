/**
 * From what a user names (a URL, a path, a File, bytes, a store) to the source that reads it.
 */
import { type HttpAccess, httpSourceOver } from "./http.js";
import type { SourceOptions } from "./options.js";
import type { ByteSource } from "./source.js";
import type { RangeStore } from "./store.js";
import { inBrowser } from "./transport.js";

/** Whatever can be read from. A string is a URL, or a local path where it has no scheme. */
export type SourceInput = string | URL | Blob | Uint8Array | ArrayBuffer | RangeObject | RangeStore;

/** Anything with `getRange`; what `ByteSource` says of it besides is of use, but not needed. */
export type RangeObject = Pick<ByteSource, "getRange"> & Partial<ByteSource>;

/**
 * The source that `input` names. http(s):, s3:, file: and path, and blob: and data: URLs; Blob and File; bytes; any
 * source; any zarrita store with `options.key`. Throws BAD_SOURCE for anything else, BAD_ARGUMENT for options that make
 * no sense. Nothing remote is asked yet.
 */
export async function resolveSource(input: SourceInput, options: SourceOptions = {}): Promise<ByteSource> {
  // A profile, which is for readers, is no reason to load that.
  if (Object.values(options).some((value) => !value?.recorder))
    (await import("./check.js")).checkOptions(options);
  if (typeof input !== "string" && !(input instanceof URL))
    return (await import("./object-source.js")).objectSource(input, options);
  const access = plainAccess(String(input), options) ?? (await accessOf(input, options));
  return "url" in access ? httpSourceOver(access, options) : access;
}

/** How to ask for an address that holds no secret, with nothing to send along. */
function plainAccess(text: string, { headers }: SourceOptions): HttpAccess | undefined {
  if (headers || !/^https?:[^?#@]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const { href } = new URL(text);
  return { href, shown: href, url: href, signed: false, headers: () => ({}) };
}

async function accessOf(input: string | URL, options: SourceOptions): Promise<HttpAccess | ByteSource> {
  const { accessOrSource } = await import("./address.js");
  return accessOrSource(input, options, options.fetch !== undefined || inBrowser);
}
