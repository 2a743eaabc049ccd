/**
 * What http.ts needs of the platform: one request out, one answer in, nothing followed, nothing retried.
 */
import { FitsError } from "../errors.js";

export interface TransportRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Aborting it destroys the request: headers and body then reject. */
  readonly signal: AbortSignal;
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
  readonly raw?: boolean | undefined;
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

/** Headers that say nothing about a user, which a browser sends to another origin without asking it first. */
const harmless: ReadonlySet<string> = new Set(["range", "accept", "accept-encoding"]);

/**
 * A transport over `fetch`. Where the platform shows redirects (Node, Deno, Bun), they are left to http.ts. Browsers
 * hide them: there, a request with headers of its own (keys, signatures) never follows one; what it would have
 * followed is asked again without them.
 */
export function fetchTransport(fetch: FetchLike): Transport {
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
  return new FitsError("BAD_ARGUMENT", `${what}; the option fetch must answer as the global fetch does`);
}

function statusOf(response: Response | undefined): number {
  const status = response?.status;
  if (typeof status !== "number") throw notAResponse("the option fetch gave no Response");
  return status;
}

function headersOf({ headers }: Response): Record<string, string> {
  if (typeof headers?.forEach !== "function") throw notAResponse("the option fetch gave no Headers");
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
  if (!(chunk instanceof Uint8Array))
    throw notAResponse("the body that the option fetch gave holds no bytes");
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
