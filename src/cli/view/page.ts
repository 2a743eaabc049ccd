/**
 * The static files of the viewer's page, as they are built into the package.
 */
import { readdir, readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "../failure.js";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".json": "application/json",
  ".fits": "application/fits",
  ".txt": "text/plain; charset=utf-8",
};

/** Answers with a file of the page by its path, `chunks/a.js`; undefined for anything else. */
export type PageFiles = (path: string) => Promise<Response | undefined>;

/** The files of the page. Paths that are not in the list are no files, whatever they lead to. */
export async function pageFiles(): Promise<PageFiles> {
  const folder = fileURLToPath(new URL("../viewer/page/", import.meta.url));
  const names = await readdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new Failure(1, "this installation lacks the viewer's page (dist/viewer/page)", { cause });
  });
  const known = new Map(names.map((name) => [name.replaceAll(sep, "/"), join(folder, name)]));
  return async (path) => {
    const name = path === "" ? "index.html" : path;
    const place = known.get(name);
    const type = types[extname(name)];
    if (place === undefined || type === undefined) return undefined;
    return new Response(await readFile(place), { headers: { "Content-Type": type } });
  };
}
