/**
 * The store over HTTP: from a Request to a Response, whatever the server is.
 */
import { sha256 } from "#platform";
import { checkFile, checkMembers, checkObject } from "../argument.js";
import { FitsError, printable } from "../errors.js";
import type { Fits } from "../fits.js";
import { version } from "../version.js";
import { type ZarrStore, type ZarrStoreOptions, type ZarrValue, zarrStore } from "./store.js";

/** The file that a path is about, and the key in its store. */
export interface ZarrMount {
  readonly fits: Fits;
  /** What follows the file in the path. */
  readonly key: string;
  /** What tells this version of the file from others. Default: `fits.tag`. */
  readonly tag?: string | undefined;
  /** The address of the file that the attribute `fits_source` tells. Default: `fits.href`. */
  readonly source?: string | undefined;
  /** Called when the answer is made: the file is in use no longer. */
  done?(): void;
}

/**
 * Finds the file of a path, such as `m31/i.fits/SCI/data/c/0/0`: decoded, without slash at its start, and without parts that are
 * empty, `.` or `..`, or that hold a slash, a backslash or NUL. Undefined where there is none.
 */
export type ZarrFinder = (path: string, signal: AbortSignal) => Promise<ZarrMount | undefined>;

export interface ZarrHandlerOptions extends Omit<ZarrStoreOptions, "source"> {
  /** The path that all addresses begin with. Default `/`. */
  readonly base?: string | undefined;
  /** An error as clients see it, in one line. Default: its message, which holds no secrets but perhaps local paths. */
  readonly tell?: ((error: FitsError) => string) | undefined;
}

/** Answers GET, HEAD and OPTIONS requests. Never rejects. */
export type ZarrHandler = (request: Request) => Promise<Response>;

/**
 * Serves the store of a file, or of the file that a function finds for each path, with ETags made of the file's version, so
 * that a client that holds a chunk gets 304 before any pixel is read. A document that is not there is 404; a chunk is never 404, which
 * readers take for a chunk of fill values, but 410 where there is none (the file has changed or is gone since the client read its
 * metadata), and where the chunk cannot be read 500 (what is wrong is the file), 502 or 504 (its server).
 */
export function zarrHandler(source: Fits | ZarrFinder, options: ZarrHandlerOptions = {}): ZarrHandler {
  if (typeof source !== "function") checkFile(source, "the source");
  checkObject(options);
  const { base = "/", tell = (error) => error.message, ...storeOptions } = options;
  const prefix = base.endsWith("/") ? base : `${base}/`;
  const find: ZarrFinder = typeof source === "function" ? source : async (key) => ({ fits: source, key });
  const stores = new WeakMap<Fits, ZarrStore>();
  const answersOf = JSON.stringify([version, storeOptions]);
  // Options that make no sense are refused now.
  if (typeof source !== "function") stores.set(source, zarrStore(source, storeOptions));

  function storeOf({ fits, source: address }: ZarrMount): ZarrStore {
    let store = stores.get(fits);
    if (!store) stores.set(fits, (store = zarrStore(fits, { ...storeOptions, source: address })));
    return store;
  }

  async function answer(request: Request): Promise<Response> {
    const path = pathIn(request.url, prefix);
    const mount = path === undefined ? undefined : await find(path, request.signal);
    if (!mount) return text(isChunk(path ?? "") ? 410 : 404, "there is no such file");
    try {
      const store = storeOf(mount);
      const value = await store.stat(mount.key, { signal: request.signal });
      if (!value && isChunk(mount.key))
        return text(410, "the store has no such chunk; where the file has changed, open the store again");
      if (!value)
        return text(404, "the store has no such key; zarr.json or .zmetadata at its root lists all arrays");
      const tag = mount.tag ?? mount.fits.tag;
      const etag = tag === undefined ? undefined : await hashOf(`${answersOf}\n${tag}\n${mount.key}`);
      return await respond(request, store, mount.key, value, etag);
    } finally {
      mount.done?.();
    }
  }

  return async (request) => {
    checkMembers(request, ["method", "url"], "a request", "a Request");
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: preflight });
    if (request.method !== "GET" && request.method !== "HEAD")
      return text(405, "a store is read-only: GET or HEAD", { Allow: "GET, HEAD, OPTIONS" });
    try {
      const response = await answer(request);
      return request.method === "HEAD" ? new Response(null, response) : response;
    } catch (error) {
      if (error instanceof FitsError) return text(statusOf(error), tell(error));
      return text(500, request.signal.aborted ? "the request was aborted" : "an unexpected error");
    }
  };
}

/** The value of a key, or the part that a Range asks for. */
async function respond(
  request: Request,
  store: ZarrStore,
  key: string,
  value: ZarrValue,
  known: string | undefined,
): Promise<Response> {
  const { signal, method } = request;
  const given = request.headers;
  const type = value.kind === "document" ? "application/json" : "application/octet-stream";
  const headers = new Headers({ ...open, "Content-Type": type, "Accept-Ranges": "bytes" });
  headers.set("Cache-Control", "no-cache");
  const read = async (): Promise<Uint8Array<ArrayBuffer>> => (await store.get(key, { signal }))!;
  // Of a file without a version the bytes themselves are the version.
  let bytes = known === undefined ? await read() : undefined;
  const etag = known ?? (await hashOf(bytes!));
  headers.set("ETag", etag);
  if (matches(given.get("If-None-Match"), etag)) return new Response(null, { status: 304, headers });
  const condition = given.get("If-Range");
  const asked = method === "GET" && (condition === null || condition === etag) ? given.get("Range") : null;
  const range = rangeIn(asked, value.size);
  if (range === "outside") {
    headers.set("Content-Range", `bytes */${value.size}`);
    return text(416, `the value has ${value.size} bytes`, headers);
  }
  const { start, end } = range ?? { start: 0, end: value.size };
  headers.set("Content-Length", String(end - start));
  if (method === "HEAD") return new Response(null, { headers });
  bytes ??= await read();
  if (!range) return new Response(bytes, { headers });
  headers.set("Content-Range", `bytes ${start}-${end - 1}/${value.size}`);
  return new Response(bytes.subarray(start, end), { status: 206, headers });
}

/** What a page of any origin may read. */
const open = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "ETag, Content-Range, Content-Length, Accept-Ranges",
  "X-Content-Type-Options": "nosniff",
};

const preflight = {
  ...open,
  "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
  "Access-Control-Allow-Headers": "Range, If-None-Match, If-Range",
  "Access-Control-Max-Age": "86400",
};

function text(status: number, message: string, more?: HeadersInit): Response {
  const headers = new Headers({ ...open, ...Object.fromEntries(new Headers(more)) });
  headers.set("Content-Type", "text/plain; charset=utf-8");
  headers.set("Cache-Control", "no-store");
  return new Response(`${printable(message)}\n`, { status, headers });
}

/** Whether a path is that of a chunk: below a group and an array, `c/0/1` or `0.1`. */
function isChunk(path: string): boolean {
  return /^.+\/[^/]+\/(c(\/\d+)+|\d+(\.\d+)*)$/.test(path);
}

/** The path behind `prefix`, decoded; undefined where it has a part that is none of a name. */
function pathIn(url: string, prefix: string): string | undefined {
  const { pathname } = new URL(url);
  if (!pathname.startsWith(prefix)) return undefined;
  try {
    const parts = pathname.slice(prefix.length).split("/").map(decodeURIComponent);
    return parts.some((part) => /^\.{0,2}$|[/\\\0]/.test(part)) ? undefined : parts.join("/");
  } catch {
    return undefined;
  }
}

/** Bytes from `start` to before `end`; undefined for the whole, `"outside"` where there are none. Of several ranges, the whole. */
function rangeIn(
  header: string | null,
  size: number,
): { readonly start: number; readonly end: number } | "outside" | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "")
    return Number(last) === 0 ? "outside" : { start: Math.max(0, size - Number(last)), end: size };
  const start = Number(first);
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  if (last !== "" && Number(last) < start) return undefined;
  return start >= size ? "outside" : { start, end };
}

/** Whether an If-None-Match names this ETag. */
function matches(header: string | null, etag: string): boolean {
  return (header ?? "").split(",").some((each) => ["*", etag, `W/${etag}`].includes(each.trim()));
}

/** A strong ETag. */
async function hashOf(content: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const digest = (await sha256(bytes)).subarray(0, 16);
  return `"${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
}

/** What failed: the server of the file, or the file. */
function statusOf({ code }: FitsError): number {
  if (code === "TIMEOUT") return 504;
  return upstream.test(code) ? 502 : 500;
}

const upstream =
  /^(NOT_FOUND|FORBIDDEN|BAD_CREDENTIALS|HTTP|NETWORK|SHORT_READ|RANGE_IGNORED|BAD_RANGE|SOURCE_CHANGED|CLOSED)$/;
