import { describe, expect, it } from "vitest";
import * as zarr from "zarrita";
import type { Fits } from "../../src/fits.js";
import { open } from "../../src/open.js";
import { createProfile } from "../../src/read/profile.js";
import { httpSource } from "../../src/source/http.js";
import { zarrHandler } from "../../src/zarr/handler.js";
import { zarrStore } from "../../src/zarr/store.js";
import { exampleFile } from "../fixtures/example.js";
import { startRangeServer } from "../servers/range-server.js";
import { plainFile } from "./files.js";

const at = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  new Request(`http://host${path}`, { method, headers });
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());
const chunk = "/SCI/data/c/0/0";

/** The example behind an HTTP server, which tells its version by an ETag. */
async function remote() {
  const server = await startRangeServer({ files: { "/a.fits": await exampleFile() } });
  const profile = createProfile();
  const fits = await open(`${server.url}/a.fits`, { profile, retries: 0 });
  return { server, profile, fits };
}

describe("the handler", () => {
  it("answers with the values of the store, the same bytes each time", async () => {
    const { server, fits } = await remote();
    const handler = zarrHandler(fits);
    const store = zarrStore(fits);
    for (const key of ["/zarr.json", "/SCI/data/.zarray", chunk, "/CATALOG/id/0"]) {
      const [first, second] = [await handler(at(key)), await handler(at(key))];
      expect(first.status).toBe(200);
      const bytes = await bytesOf(first);
      expect(bytes).toEqual(await store.get(key));
      expect(await bytesOf(second)).toEqual(bytes);
      expect(first.headers.get("Content-Length")).toBe(String(bytes.length));
      expect(first.headers.get("ETag")).toMatch(/^"[0-9a-f]{32}"$/);
      expect(first.headers.get("ETag")).toBe(second.headers.get("ETag"));
      expect(first.headers.get("Access-Control-Allow-Origin")).toBe("*");
    }
    expect((await handler(at("/zarr.json"))).headers.get("Content-Type")).toBe("application/json");
    await server.close();
  });

  it("answers 304 to a client that holds the value, before it reads a pixel", async () => {
    const { server, fits, profile } = await remote();
    const etag = (await zarrHandler(fits)(at(chunk))).headers.get("ETag")!;
    const again = await open(`${server.url}/a.fits`, { profile });
    await again.layouts();
    const { requests } = profile.summary();
    for (const named of [etag, `"x", W/${etag}`, "*"]) {
      const response = await zarrHandler(again)(at(chunk, { "If-None-Match": named }));
      expect([response.status, (await bytesOf(response)).length]).toEqual([304, 0]);
      expect(response.headers.get("ETag")).toBe(etag);
    }
    expect(profile.summary().requests).toBe(requests);
    expect((await zarrHandler(again)(at(chunk, { "If-None-Match": '"other"' }))).status).toBe(200);
    expect((await zarrHandler(again, { values: "raw" })(at(chunk))).headers.get("ETag")).not.toBe(etag);
    await server.close();
  });

  it("answers HEAD with the size, before it reads a pixel", async () => {
    const { server, fits, profile } = await remote();
    await fits.layouts();
    const { requests } = profile.summary();
    const response = await zarrHandler(fits)(at("/WHT/data/c/0/0", {}, "HEAD"));
    expect([response.status, response.headers.get("Content-Length")]).toEqual([200, "4800"]);
    expect((await bytesOf(response)).length).toBe(0);
    expect(profile.summary().requests).toBe(requests);
    await server.close();
  });

  it("answers ranges", async () => {
    const handler = zarrHandler(await open(await exampleFile()));
    const whole = await bytesOf(await handler(at(chunk)));
    const range = async (text: string, more = {}) => {
      const response = await handler(at(chunk, { Range: text, ...more }));
      return [response.status, response.headers.get("Content-Range"), await bytesOf(response)] as const;
    };
    const size = whole.length;
    expect(await range("bytes=4-7")).toEqual([206, `bytes 4-7/${size}`, whole.slice(4, 8)]);
    expect(await range("bytes=-4")).toEqual([206, `bytes ${size - 4}-${size - 1}/${size}`, whole.slice(-4)]);
    expect(await range(`bytes=${size - 2}-${size + 9}`)).toEqual([
      206,
      `bytes ${size - 2}-${size - 1}/${size}`,
      whole.slice(-2),
    ]);
    expect((await range(`bytes=${size}-`)).slice(0, 2)).toEqual([416, `bytes */${size}`]);
    for (const other of ["bytes=1-2,4-5", "bytes=5-4", "lines=1-2"])
      expect((await range(other))[0]).toBe(200);
    expect((await range("bytes=4-7", { "If-Range": '"other"' }))[0]).toBe(200);
  });

  it("refuses other methods, and lets pages of other origins ask", async () => {
    const handler = zarrHandler(await open(await exampleFile()));
    const refused = await handler(at(chunk, {}, "PUT"));
    expect([refused.status, refused.headers.get("Allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    const asked = await handler(at(chunk, {}, "OPTIONS"));
    expect(asked.status).toBe(204);
    expect(asked.headers.get("Access-Control-Allow-Headers")).toContain("Range");
  });

  it("answers 404 for what is not there, whatever the path tries", async () => {
    const seen: string[] = [];
    const fits = await open(await exampleFile());
    const handler = zarrHandler(
      async (path) => {
        seen.push(path);
        return path.startsWith("a b/") ? { fits, key: path.slice(4) } : undefined;
      },
      { base: "/zarr" },
    );
    expect((await handler(at("/zarr/a%20b/SCI/zarr.json"))).status).toBe(200);
    for (const path of [
      "/zarr/a%20b/SCI/none/zarr.json",
      "/zarr/none/zarr.json",
      "/zarr/a%20b/SCI",
      "/zarr/none/1",
    ])
      expect((await handler(at(path))).status, path).toBe(404);
    const before = seen.length;
    for (const path of [
      "/zarr/..%2fetc",
      "/zarr/%2e%2e%5cx",
      "/zarr/a%00",
      "/zarr/%ff",
      "/zarr//x",
      "/other/x",
      "/zarr/",
    ])
      expect((await handler(at(path))).status, path).toBe(404);
    expect(seen.length).toBe(before);
  });

  it("answers 410 for a chunk of a file that has changed or is gone: zarrita takes 404 for zeros", async () => {
    const [before, after] = [await open(await exampleFile()), await open(await plainFile("int16", [2, 3]))];
    let fits: Fits | undefined = before;
    const handler = zarrHandler(async (path) =>
      fits && path.startsWith("a.fits/") ? { fits, key: path.slice(7) } : undefined,
    );
    const fetched = async (request: Request) => handler(request);
    const store = () => new zarr.FetchStore("http://x/a.fits/SCI/data", { fetch: fetched });
    const arrays = [
      await zarr.open.v2(store(), { kind: "array" }),
      await zarr.open.v3(store(), { kind: "array" }),
    ];
    for (const now of [after, undefined]) {
      fits = now;
      for (const array of arrays) await expect(zarr.get(array)).rejects.toThrow("410");
    }
    fits = before;
    for (const key of ["SCI/data/c/9/9", "SCI/data/9.9", "CATALOG/none/0"])
      expect((await handler(at(`/a.fits/${key}`))).status, key).toBe(410);
  });

  it("tells the source that the mount gives, and says when it is done with a file", async () => {
    const fits = await open(await exampleFile());
    let done = 0;
    const handler = zarrHandler(async (key) => ({
      fits,
      key,
      tag: "v1",
      source: "m31.fits",
      done: () => done++,
    }));
    const response = await handler(at("/zarr.json"));
    expect(await response.json()).toMatchObject({ attributes: { fits_source: "m31.fits" } });
    await handler(at("/none"));
    expect(done).toBe(2);
  });

  it("fails in one line, and never as if a chunk were absent", async () => {
    const server = await startRangeServer({ files: { "/a.fits": await exampleFile() } });
    const secret = `${server.url}/a.fits?X-Amz-Signature=abcdef0123`;
    const fits = await open(httpSource(secret, { retries: 0 }), { blockSize: 4096 });
    await fits.layouts();
    const handler = zarrHandler(fits);
    const root = await (await handler(at("/zarr.json"))).text();
    expect(root).not.toContain("abcdef0123");
    server.set("/a.fits", undefined);
    // The first chunks came with the headers.
    const response = await handler(at("/SCI/data/c/49/0"));
    const text = await response.text();
    expect(response.status).toBe(502);
    expect(text).toMatch(/^[^\n]+\n$/);
    expect(text).not.toContain("abcdef0123");
    await server.close();
  });
});
