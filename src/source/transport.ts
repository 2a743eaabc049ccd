/**
 * How requests go out: by the platform's own HTTP client, else by fetch.
 */
import { transportBy } from "#http";
import { FitsError } from "../errors.js";
import type { Transport } from "../platform/types.js";

/** The part of `fetch` that fitslice uses: the global one, or a user's own. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

/** Where redirects and other origins' headers are hidden from scripts. */
export const inBrowser: boolean = "document" in globalThis || "WorkerGlobalScope" in globalThis;

/** Headers that say nothing about a user, which a browser sends to another origin without asking it first. */
const harmless: ReadonlySet<string> = new Set(["range", "accept", "accept-encoding"]);

/** The transport over a user's own fetch; without one the platform's, over HTTP/2 where that is wanted. */
export function transportOver(fetch: FetchLike | undefined, http2?: boolean): Transport {
  return fetch ? fetchTransport(fetch) : (transportBy(http2) ?? globalTransport);
}

/** Looks `fetch` up for each request: a page may replace it. */
const globalTransport = fetchTransport((url, init) => fetch(url, init));

/**
 * A transport over `fetch`. Where the platform shows redirects (Node, Deno, Bun), they are left to http.ts. Browsers
 * hide them: there, a request with headers of its own (keys, signatures) never follows one; what it would have
 * followed is asked again without them.
 */
function fetchTransport(fetch: FetchLike): Transport {
  return async (url, { headers, signal }) => {
    const init = { signal, cache: "no-store" } as const; // Chromium's cache lets one range at a time of a URL through
    const plain = Object.fromEntries(Object.entries(headers).filter(([name]) => harmless.has(name)));
    const hasOwn = Object.keys(plain).length < Object.keys(headers).length;
    const redirect = inBrowser && !hasOwn ? "follow" : "manual";
    let response = await fetch(url, { ...init, headers, redirect });
    if (response?.type === "opaqueredirect")
      response = await fetch(url, { ...init, headers: plain, redirect: "follow", credentials: "omit" });
    return {
      status: statusOf(response),
      url: response.url || url,
      headers: headersOf(response),
      filtered: response.type === "cors",
      read: (take) => readBody(response, take),
      cancel: () => cancelBody(response),
    };
  };
}

/** A user's own fetch may answer with anything. */
function notAResponse(what: string): FitsError {
  return new FitsError("BAD_ARGUMENT", `the option fetch gave ${what}; it must answer as fetch does`);
}

function statusOf(response: Response | undefined): number {
  const status = response?.status;
  if (typeof status !== "number") throw notAResponse("no Response");
  return status;
}

function headersOf({ headers }: Response): Record<string, string> {
  if (typeof headers?.forEach !== "function") throw notAResponse("no Headers");
  const all: Record<string, string> = {};
  headers.forEach((value, name) => {
    all[name.toLowerCase()] = value;
  });
  return all;
}

/** Hands over what a body holds: a web stream, anything that can be iterated (a stream of Node's), else all at once. */
export async function readBody(response: Response, take: (chunk: Uint8Array) => void): Promise<void> {
  const body: unknown = response.body;
  if (typeof (body as Partial<ReadableStream> | undefined)?.getReader === "function")
    return readStream(body as ReadableStream<Uint8Array>, take);
  if (typeof body === "object" && body !== null && Symbol.asyncIterator in body) {
    for await (const chunk of body as AsyncIterable<unknown>) await handOn(chunk, take);
    return;
  }
  if (typeof response.arrayBuffer === "function")
    await handOn(new Uint8Array(await response.arrayBuffer()), take);
}

async function readStream(
  body: ReadableStream<Uint8Array>,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  const reader = body.getReader();
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
      if (chunk.value?.length > 0 && chunk.value instanceof Uint8Array) take(chunk.value);
      else await handOn(chunk.value, take);
  } catch (error) {
    void reader.cancel().catch(() => {});
    throw error;
  }
}

async function handOn(chunk: unknown, take: (chunk: Uint8Array) => void): Promise<void> {
  if (!(chunk instanceof Uint8Array)) throw notAResponse("a body without bytes");
  if (chunk.length > 0) take(chunk);
  // A stream of empty chunks must leave timers their turn: they end the request.
  else await new Promise((resolve) => setTimeout(resolve));
}

function cancelBody({ body }: Response): void {
  const canceling: unknown =
    typeof body?.cancel === "function" && !body.locked
      ? body.cancel()
      : (body as { destroy?(): void } | null)?.destroy?.();
  if (canceling instanceof Promise) canceling.catch(() => {});
}
