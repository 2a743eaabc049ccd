/** Serves a folder of static files on loopback, as a plain server of files would. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, resolve, sep } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

/** The file of a path of the site; `undefined` where there is none. */
export function fileOfSite(folder: string, path: string): string | undefined {
  const named = resolve(folder, `.${decodeURIComponent(path)}`);
  if (named !== resolve(folder) && !named.startsWith(resolve(folder) + sep)) return undefined;
  const places = path.endsWith("/") ? [join(named, "index.html")] : [named, `${named}.html`];
  return places.find((place) => existsSync(place) && statSync(place).isFile());
}

export async function serveFolder(folder: string): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(({ url = "/", headers }, response) => {
    const file = fileOfSite(folder, new URL(url, "http://site").pathname);
    if (file === undefined) return void response.writeHead(404).end("not here");
    const bytes = readFileSync(file);
    const type = { "content-type": types[extname(file)] ?? "application/octet-stream" };
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
    if (from === undefined) return void response.writeHead(200, type).end(bytes);
    const end = Math.min(bytes.length, to ? Number(to) + 1 : bytes.length);
    const range = `bytes ${from}-${end - 1}/${bytes.length}`;
    response.writeHead(206, { ...type, "content-range": range }).end(bytes.subarray(Number(from), end));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => void server.close(() => done()));
    },
  };
}
