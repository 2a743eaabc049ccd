/**
 * From what a user names (a URL, a path, a File, bytes, a store) to the source that reads it.
 */
import { FitsError } from "../errors.js";
import type { RangeObject, RangeStore } from "./objects.js";
import { checkSourceOptions, type ResolveOptions } from "./options.js";
import { quoted, showNoUrl } from "./redact.js";
import { factories, madeSource } from "./schemes.js";
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

/**
 * The source that `input` names: URLs of all schemes that fitslice or a `registerSource` knows, `mast:` names, paths; Blob and File; bytes; a Request (its
 * URL and headers), a Response (its body, read whole, at most 256 MiB); any source; any zarrita store with
 * `options.key`. Nothing remote is asked yet but for a Response. Throws BAD_SOURCE for anything else and for a kind of
 * address that `options.schemes` leaves out, BAD_ARGUMENT for options that make no sense.
 */
export async function resolveSource(input: SourceInput, options: ResolveOptions = {}): Promise<ByteSource> {
  checkSourceOptions(options);
  if (typeof input === "string" || input instanceof URL) return addressSource(input, options);
  // This check comes before `Request` is named: Node loads its HTTP client at the first use of that name.
  if (isOwnSource(input) && options.key === undefined) return input;
  if (input instanceof Request) {
    checkScheme(schemeOf(input.url) ?? "file", input.url, options.schemes);
    return (await import("./request.js")).requestSource(input, options);
  }
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
    if (places.length > 0) return placedSource(text, places, options, schemeSource);
  }
  return schemeSource(address, options);
}

/** The source at an address that is one place, whose bytes are kept where `options.cache` says so. */
async function schemeSource(address: string | URL, options: ResolveOptions): Promise<ByteSource> {
  const source = await madeSource(schemeOf(String(address)) ?? "file", address, options);
  return options.cache ? (await import("./lasting/source.js")).lastingSource(source, options) : source;
}

/** The scheme of an address, in lower case; undefined for a path, which may hold a colon, too (a Windows drive). */
export function schemeOf(text: string): string | undefined {
  const [, scheme, slashes] = /^([a-z][a-z0-9+.-]+):(\/\/)?/i.exec(text) ?? [];
  const name = scheme?.toLowerCase();
  return slashes || factories.has(name!) || /^(s3|mast)$/.test(name!) ? name : undefined;
}

/** An address as it is meant in a page: relative to it. */
function absolute(text: string): string {
  const base = inBrowser ? (globalThis.document?.baseURI ?? globalThis.location?.href) : undefined;
  if (base === undefined || /^[a-z][a-z0-9+.-]*:/i.test(text) || !URL.canParse(text, base)) return text;
  return new URL(text, base).href;
}

/** Throws BAD_SOURCE for an address that is not of an allowed kind. Nothing was opened for it. */
export function checkScheme(scheme: string, text: string, schemes: readonly string[] | undefined): void {
  if (!schemes || schemes.includes(scheme)) return;
  const shown = quoted(showNoUrl(text), (same) => same);
  throw new FitsError(
    "BAD_SOURCE",
    `"${shown}" is not an address of an allowed kind; give one of ${schemes.map((name) => `${name}:`).join(", ")}`,
  );
}
