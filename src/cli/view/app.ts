/**
 * The server of a viewer: the page, and the files that it shows, below the token.
 */
import { FitsError } from "fitslice";
import { tell } from "../output.js";
import type { Entry, ServedFiles } from "./files.js";
import { type Guard, refusal } from "./guard.js";
import type { PageFiles } from "./page.js";

/** Where the page asks for positions of objects by name: the hosts of fitslice/wcs. */
const resolvers = "https://cds.unistra.fr https://vizier.cfa.harvard.edu";

/**
 * What the page may do: run its own scripts, workers and WebAssembly (no `eval`; without WebAssembly it decodes by JavaScript), read from
 * this server, and ask the resolver of names that a user types.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  `connect-src 'self' ${resolvers}`,
  "img-src 'self' data: blob:",
  "style-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Headers of the page, and of all that it loads. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": policy,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cache-Control": "no-store",
};

export interface ViewParts {
  readonly guard: Guard;
  readonly page: PageFiles;
  readonly files: ServedFiles;
}

/** Answers every request; never rejects. */
export async function viewApp({
  guard,
  page,
  files,
}: ViewParts): Promise<(request: Request) => Response | Promise<Response>> {
  const { Hono } = await import("hono");
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(pageHeaders)) context.res.headers.set(name, value);
  });
  app.use(async (context, next) => {
    const admitted = guard.check(context.req.raw);
    if (admitted instanceof Response) return admitted;
    // A fragment stays in the browser: the page, not the server, is told what to show.
    if (admitted === "ticket") return context.redirect(startOf(guard, files));
    return next();
  });
  app.get("*", async (context) => {
    const request = context.req.raw;
    const path = decodedPath(request.url, guard.base);
    if (path === undefined) return refusal(404, "there is no such file");
    if (path === "files") return html(listing(files.entries));
    const file = files.find(path);
    const answer = file ? await file.answer(request) : await page(path);
    return answer ?? refusal(404, "there is no such file");
  });
  app.onError((error, context) => {
    if (context.req.raw.signal.aborted) return refusal(499, "the request was aborted");
    if (!(error instanceof FitsError)) return refusal(500, "an unexpected error");
    // An overview that is not there is no news.
    const status = statusOf(error);
    if (status !== 404) tell(`fitslice: ${error.message}`);
    return refusal(status, error.message);
  });
  return (request) => app.fetch(request);
}

/** The path and hash at which the viewer starts: one file, or the list of several. */
export function startOf({ base }: Guard, { entries }: ServedFiles): string {
  return entries.length === 1 ? `${base}${entries[0]!.hash}` : `${base}files`;
}

/** The path behind the token, decoded; undefined for one that is none, or leads up. */
function decodedPath(url: string, base: string): string | undefined {
  const { pathname } = new URL(url);
  if (!pathname.startsWith(base)) return undefined;
  try {
    const parts = pathname.slice(base.length).split("/").map(decodeURIComponent);
    return parts.some((part) => part === ".." || /[/\\\0]/.test(part)) ? undefined : parts.join("/");
  } catch {
    return undefined;
  }
}

const statuses: Partial<Record<FitsError["code"], number>> = {
  NOT_FOUND: 404,
  FORBIDDEN: 403,
  BAD_CREDENTIALS: 403,
  EXPIRED: 403,
  TIMEOUT: 504,
};

/** What the file's server answered, as far as there is a status for that. */
function statusOf({ code }: FitsError): number {
  return statuses[code] ?? 502;
}

function html(text: string): Response {
  return new Response(text, { headers: { "Content-Type": "text/html; charset=utf-8" } });
}

/** Links to the files; names of files are text, never markup. */
function listing(entries: readonly Entry[]): string {
  const items = entries.map(
    ({ name, hash }) => `<li><a href="${escaped(`./${hash}`)}">${escaped(name)}</a></li>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Files</title>
<main><h1>Files</h1><ul>${items.join("\n")}</ul></main>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
