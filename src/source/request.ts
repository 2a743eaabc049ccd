/**
 * Sources that the platform's own objects and addresses name: a Request, a blob: or data: URL.
 */
import { unlessAborted } from "../abort.js";
import { FitsError } from "../errors.js";
import { httpSource } from "./http.js";
import { blobSource } from "./objects.js";
import { type HeaderValues, headerPairs, type SourceOptions } from "./options.js";
import { quoted, showUrl } from "./redact.js";
import type { ByteSource } from "./source.js";

/**
 * The object that a Request asks for. Its caching, credentials and redirect modes do not count. Throws BAD_SOURCE for another
 * method than GET.
 */
export async function requestSource(
  { url, method, headers: own }: Request,
  options: SourceOptions,
): Promise<ByteSource> {
  if (method !== "GET") {
    throw new FitsError(
      "BAD_SOURCE",
      `${showUrl(url)}: a Request must be a GET, not ${quoted(method, (same) => same)}`,
    );
  }
  const { headers: given } = options;
  const merged = (more: HeaderValues = {}): Record<string, string> => {
    const lower = headerPairs(more).map(([name, value]) => [name.toLowerCase(), value]);
    return { ...Object.fromEntries(own), ...Object.fromEntries(lower) };
  };
  const headers = typeof given === "function" ? async () => merged(await given()) : merged(given);
  const source = httpSource(url, { ...options, headers });
  return options.cache ? (await import("./lasting/source.js")).lastingSource(source, options) : source;
}

/** What a blob: or data: address holds: the page, or the address itself. Throws BAD_SOURCE where it holds nothing. */
export async function fetchedSource(
  url: string,
  { fetch: given, signal }: SourceOptions & { readonly signal?: AbortSignal | undefined },
): Promise<ByteSource> {
  try {
    const asking = (given ?? fetch)(url, signal ? { signal } : {}).then((response) => response.blob());
    return blobSource(await unlessAborted(asking, [signal]));
  } catch (cause) {
    signal?.throwIfAborted();
    const shown = url.length > 40 ? `${url.slice(0, 40)}...` : url;
    throw new FitsError("BAD_SOURCE", `"${shown}" holds nothing, or was revoked; check its spelling`, {
      cause,
    });
  }
}
