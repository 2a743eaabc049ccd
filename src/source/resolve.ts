/**
 * From what a user names (a URL, a path, a File, bytes, a store) to the source that reads it.
 */
import { FitsError } from "../errors.js";
import { httpSource, httpSourceOver } from "./http.js";
import type { RangeObject, RangeStore } from "./objects.js";
import { checkSourceOptions, type Scheme, type SourceOptions } from "./options.js";
import { quoted, showNoUrl } from "./redact.js";
import { type ByteSource, isOwnSource } from "./source.js";
import { inBrowser } from "./transport.js";

/**
 * Whatever can be read from. A string is a URL; where it has no scheme it is a local path in Node, and relative to the
 * page in a browser.
 */
export type SourceInput =
  | string
  | URL
  | Blob
  | Uint8Array
  | ArrayBuffer
  | Request
  | Response
  | RangeObject
  | RangeStore;

/** Options of `resolveSource`: the signal ends what it reads itself, the body of a Response or a blob: URL. */
export interface ResolveOptions extends SourceOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * The source that `input` names: http(s):, s3:, file:, blob: and data: URLs, `mast:` names, paths; Blob and File; bytes; a Request (its
 * URL and headers), a Response (its body, read whole, at most 256 MiB); any source; any zarrita store with
 * `options.key`. Nothing remote is asked yet but for a Response. Throws BAD_SOURCE for anything else and for a kind of
 * address that `options.schemes` leaves out, BAD_ARGUMENT for options that make no sense.
 */
export async function resolveSource(input: SourceInput, options: ResolveOptions = {}): Promise<ByteSource> {
  checkSourceOptions(options);
  if (typeof input === "string" || input instanceof URL) return addressSource(input, options);
  if (input instanceof Request) {
    checkScheme(schemeOf(input.url) ?? "file", input.url, options.schemes);
    return (await import("./request.js")).requestSource(input, options);
  }
  if (isOwnSource(input) && options.key === undefined) return input;
  const { heldSource } = await import("./objects.js");
  return heldSource(input, options);
}

async function addressSource(input: string | URL, options: ResolveOptions): Promise<ByteSource> {
  const address = typeof input === "string" ? absolute(input) : input;
  const text = String(address);
  const scheme = schemeOf(text);
  checkScheme(scheme ?? "file", text, options.schemes);
  if (options.places || scheme === "mast" || text.startsWith("https://mast.")) {
    const { placedSource, placesOf } = await import("./places.js");
    const places = placesOf(text, options);
    if (places.length > 0) return placedSource(text, places, options, lastingAt);
  }
  return lastingAt(address, options);
}

/** The source at an address that is one place, whose bytes are kept where `options.cache` says so. */
async function lastingAt(address: string | URL, options: ResolveOptions): Promise<ByteSource> {
  const source = await schemeSource(address, options);
  return options.cache ? (await import("./lasting/source.js")).lastingSource(source, options) : source;
}

/** The source at an address that is one place. */
async function schemeSource(address: string | URL, options: ResolveOptions): Promise<ByteSource> {
  const text = String(address);
  const scheme = schemeOf(text);
  switch (scheme) {
    case "http":
    case "https":
      return httpSource(text, options);
    case "s3": {
      const { s3Access } = await import("./s3.js");
      const overFetch = options.fetch !== undefined || inBrowser;
      return httpSourceOver(await s3Access(address, options, overFetch), options);
    }
    case "blob":
    case "data":
      return (await import("./request.js")).fetchedSource(text, options);
    case undefined:
    case "file":
      return (await import("./file.js")).fileSource(address, options);
    default:
      throw new FitsError(
        "BAD_SOURCE",
        `"${scheme}:" is not known; give an http:, https:, s3: or file: URL, or a path`,
      );
  }
}

/** The scheme of an address, in lower case; undefined for a path, which may hold a colon, too (a Windows drive). */
function schemeOf(text: string): string | undefined {
  const [, scheme, slashes] = /^([a-z][a-z0-9+.-]+):(\/\/)?/i.exec(text) ?? [];
  const name = scheme?.toLowerCase();
  return slashes || /^(https?|s3|file|blob|data|mast)$/.test(name ?? "") ? name : undefined;
}

/** An address as it is meant in a page: relative to it. */
function absolute(text: string): string {
  const base = inBrowser ? (globalThis.document?.baseURI ?? globalThis.location?.href) : undefined;
  if (base === undefined || /^[a-z][a-z0-9+.-]*:/i.test(text) || !URL.canParse(text, base)) return text;
  return new URL(text, base).href;
}

/** Throws BAD_SOURCE for an address that is not of an allowed kind. Nothing was opened for it. */
function checkScheme(scheme: string, text: string, schemes: readonly Scheme[] | undefined): void {
  if (!schemes || (schemes as readonly string[]).includes(scheme)) return;
  const shown = quoted(showNoUrl(text), (same) => same);
  throw new FitsError(
    "BAD_SOURCE",
    `"${shown}" is not an address of an allowed kind; give one of ${schemes.map((name) => `${name}:`).join(", ")}`,
  );
}
