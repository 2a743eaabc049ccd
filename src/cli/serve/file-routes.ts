/**
 * Two routes beside the service: files by ranges (`/file/ID`), and the viewer's page (`/view/`).
 */
import { FitsError, type OpenOptions } from "fitslice";
import { pageHeaders } from "../view/app.js";
import { type ServedFile, servedFile } from "../view/file.js";
import { refusal } from "../view/guard.js";
import type { PageFiles } from "../view/page.js";
import type { Places } from "./ids.js";

export type Answer = (request: Request) => Promise<Response>;

const open = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "ETag, Content-Range, Content-Length, Accept-Ranges, Last-Modified",
  "X-Content-Type-Options": "nosniff",
};

/** The path behind a route, decoded; undefined for one that is none. */
function pathBehind(url: string, route: string): string | undefined {
  try {
    return new URL(url).pathname.slice(route.length).split("/").map(decodeURIComponent).join("/");
  } catch {
    return undefined;
  }
}

/** Whether a client holds this version: it may name several, also as weak ones. */
function isHeld({ headers }: Request, etag: string): boolean {
  const held = (headers.get("If-None-Match") ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
  return held.includes(etag.replace(/^W\//, "")) || held.includes("*");
}

/** Files by their IDs, in ranges as a client asks; at most `most` are kept open. */
export function fileRoute(
  places: Places,
  options: OpenOptions,
  most: number,
): Answer & { close(): Promise<void> } {
  const files = new Map<string, ServedFile>();

  function fileAt(key: string, address: string, own: OpenOptions): ServedFile {
    const file = files.get(key) ?? servedFile(address, { ...options, ...own });
    files.delete(key);
    files.set(key, file);
    const [oldest] = files;
    if (files.size > most && oldest) {
      files.delete(oldest[0]);
      // Its answers under way end first: a closed file refuses later reads, and theirs.
      setTimeout(() => void oldest[1].close().catch(() => undefined), 60_000).unref();
    }
    return file;
  }

  const answer: Answer = async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD")
      return refusal(405, "files are only read", { ...open, Allow: "GET, HEAD" });
    const id = pathBehind(request.url, "/file/");
    for await (const { address, options: own, tag } of id ? places(id) : []) {
      try {
        const response = await fileAt(`${address}\n${tag}`, address, own).answer(request);
        const etag = response.headers.get("ETag");
        for (const [name, value] of Object.entries(open)) response.headers.set(name, value);
        response.headers.set("Cache-Control", "no-cache");
        if (etag === null || !isHeld(request, etag)) return response;
        await response.body?.cancel();
        return new Response(null, {
          status: 304,
          headers: { ...open, ETag: etag, "Cache-Control": "no-cache" },
        });
      } catch (error) {
        if (request.signal.aborted) return refusal(499, "the request was aborted", open);
        if (!(error instanceof FitsError)) return refusal(500, "an unexpected error", open);
        if (error.code !== "NOT_FOUND") return refusal(502, `the file cannot be read: ${error.code}`, open);
      }
    }
    return refusal(404, "there is no such file", open);
  };
  return Object.assign(answer, {
    close: async () => void (await Promise.allSettled([...files.values()].map((file) => file.close()))),
  });
}

/** The viewer's page. */
export function viewRoute(page: PageFiles): Answer {
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD")
      return refusal(405, "a page is only read", { Allow: "GET, HEAD" });
    const { pathname } = new URL(request.url);
    if (pathname === "/view") return new Response(null, { status: 308, headers: { Location: "/view/" } });
    const path = pathBehind(request.url, "/view/");
    const response =
      (path === undefined ? undefined : await page(path)) ?? refusal(404, "there is no such file");
    for (const [name, value] of Object.entries(pageHeaders)) response.headers.set(name, value);
    return response;
  };
}
