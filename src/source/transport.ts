/**
 * What http.ts needs of the platform: one request out, one answer in, nothing followed, nothing retried.
 */

export interface TransportRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Aborting it destroys the request: headers and body then reject. */
  readonly signal: AbortSignal;
  /** The memory that the body will go to, where that is known before the answer. May throw where there is no such memory. */
  room?(): Uint8Array | false | 0 | undefined;
}

/** An answer whose headers are in and whose body is still to be read (once), or canceled. */
export interface TransportResponse {
  readonly status: number;
  /** Where the answer came from: another address than asked where the platform follows redirects by itself. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** True where the platform may hide headers: an answer from another origin, to a browser. */
  readonly filtered: boolean;
  /** True where the body is as it came; else what Content-Encoding says was undone already. */
  readonly raw?: boolean;
  /** Hands over the body chunk by chunk as it comes; rejects when it breaks off, or when `take` throws. */
  read(take: (chunk: Uint8Array) => void): Promise<void>;
  /** Gives the rest of the body up. */
  cancel(): void;
}

/** GET `url`. Rejects when no answer came. */
export type Transport = (url: string, request: TransportRequest) => Promise<TransportResponse>;

/** The part of `fetch` that fitslice uses: the global one, or a user's own. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** Where redirects and other origins' headers are hidden from scripts. */
export const inBrowser: boolean = "document" in globalThis || "WorkerGlobalScope" in globalThis;

/**
 * A transport over `fetch`. Where the platform shows redirects (Node, Deno, Bun), they are left to http.ts. Browsers
 * hide them: there, a request with headers of its own (keys, signatures) never follows one; what it would have
 * followed is asked again without them.
 */
export function fetchTransport(fetch: FetchLike): Transport {
  return async (url, { headers, signal }) => {
    const init = { signal, cache: "no-store" } as const; // Chromium's cache lets one range at a time of a URL through
    // Besides `range` and `accept-encoding`.
    const hasOwn = Object.keys(headers).length > 2;
    let response = await fetch(url, {
      ...init,
      headers,
      redirect: inBrowser && !hasOwn ? "follow" : "manual",
    });
    if (response.type === "opaqueredirect")
      response = await (await import("./plain-fetch.js")).fetchPlainly(fetch, url, headers, init);
    return {
      status: response.status,
      url: response.url || url,
      headers: Object.fromEntries(response.headers),
      filtered: response.type === "cors",
      read: (take) => readBody(response.body, take),
      cancel: () => void response.body?.cancel().catch(() => {}),
    };
  };
}

async function readBody(
  body: ReadableStream<Uint8Array> | null,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  if (!body) return;
  const reader = body.getReader();
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) take(chunk.value);
  } catch (error) {
    void reader.cancel().catch(() => {});
    throw error;
  }
}
