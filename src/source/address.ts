/**
 * Addresses that are not plain HTTP.
 */
import { openPath } from "#platform";
import { FitsError } from "../errors.js";
import { blobSource } from "./blob.js";
import type { HttpAccess } from "./http.js";
import { httpAccess } from "./http-address.js";
import type { SourceOptions } from "./options.js";
import type { ByteSource } from "./source.js";
import type { FetchLike } from "./transport.js";

/**
 * How to ask for what `input` names over HTTP, or the source of it. Throws BAD_SOURCE for an address not understood.
 *
 * @param overFetch whether HTTP goes over `fetch`, which cannot ask for all addresses
 */
export async function accessOrSource(
  input: string | URL,
  options: SourceOptions,
  overFetch: boolean,
): Promise<HttpAccess | ByteSource> {
  const text = String(input);
  // One letter is a Windows drive.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
  switch (scheme) {
    case "http":
    case "https":
      return httpAccess(text, options);
    case "s3":
      return (await import("./s3.js")).s3Access(input, options, overFetch);
    case "blob":
    case "data":
      return blobSource(await fetchBlob(text, options.fetch ?? fetch));
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

/** What the page, or the address itself, holds. */
async function fetchBlob(url: string, fetchIt: FetchLike): Promise<Blob> {
  try {
    return await (await fetchIt(url, {})).blob();
  } catch (cause) {
    const shown = url.length > 40 ? `${url.slice(0, 40)}...` : url;
    throw new FitsError("BAD_SOURCE", `"${shown}" holds nothing, or was revoked; check its spelling`, {
      cause,
    });
  }
}
