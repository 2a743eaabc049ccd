/** Many ranges in one request, where something stands between the reader and the server. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { lastingCache } from "../../src/source/lasting/cache.js";
import { origins } from "../../src/source/multipart.js";
import { resolveSource } from "../../src/source/resolve.js";
import { identify } from "../../src/source/sidecar/identity.js";
import { indexedSource } from "../../src/source/sidecar/indexed.js";
import type { ByteRange, ByteSource } from "../../src/source/source.js";
import { noise } from "../servers/content.js";
import { answerMany, answerOne, rangesOf } from "../servers/multipart.js";
import { httpSource, testServers } from "./http-source.js";

const { serveBy } = testServers();
// A port may be another server's than before.
beforeEach(() => origins.clear());

const data = noise(4_000_000);
const rows: ByteRange[] = Array.from({ length: 20 }, (_, i) => ({ offset: i * 200_000 + 99, length: 100 }));
const slices = rows.map(({ offset, length }) => data.slice(offset, offset + length));

interface Heard {
  url: string;
  /** Ranges of each request; those of requests for a missing file are not counted. */
  asked: number[];
}

async function server(headers: Record<string, string> = { etag: '"1"' }): Promise<Heard> {
  const heard: Heard = { url: "", asked: [] };
  const url = await serveBy((request, response) => {
    if (request.url !== "/a.fits") return void response.writeHead(404).end();
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const ranges = rangesOf(request.headers.range);
    heard.asked.push(ranges?.length ?? 1);
    if (ranges) void answerMany(response, data, ranges, "right");
    else answerOne(request, response, data);
  });
  heard.url = new URL("/a.fits", url).href;
  return heard;
}

async function many(source: ByteSource): Promise<(Uint8Array | undefined)[]> {
  const { getRanges, odds } = await source.manyRanges!();
  expect(odds).toBeGreaterThan(0);
  return getRanges(rows);
}

describe("a file in one of several places", () => {
  it("is asked for many ranges where it lies, once that is known", async () => {
    const heard = await server();
    const places = [{ match: "mast:.*", at: [heard.url.replace("a.fits", "none"), heard.url] }];
    const source = await resolveSource("mast:a", { places });
    expect(source.manyRanges).toBeUndefined();
    await source.getRange({ offset: 0, length: 10 });
    expect(await many(source)).toEqual(slices);
    expect(heard.asked).toEqual([1, rows.length]);
    await source.close?.();
    await expect(many(source)).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("a file with an index", () => {
  it("is asked for many ranges in one request, which tells its version, too", async () => {
    const heard = await server();
    const identity = await identify(httpSource(heard.url), {});
    heard.asked.length = 0;
    const source = indexedSource(httpSource(heard.url), { identity, headers: [] });
    expect(await many(source)).toEqual(slices);
    expect(heard.asked).toEqual([rows.length]);
    const { odds } = await source.manyRanges!();
    expect(odds).toBe(1);
  });

  it("is held against its bytes, once, where nothing else tells its version", async () => {
    const heard = await server({});
    const identity = await identify(httpSource(heard.url), {});
    heard.asked.length = 0;
    const source = indexedSource(httpSource(heard.url), { identity, headers: [] });
    expect(await many(source)).toEqual(slices);
    expect(await many(source)).toEqual(slices);
    expect(heard.asked).toEqual([rows.length, 1, 1, 1, rows.length]);
  });

  it("of another file gives none of them", async () => {
    const heard = await server();
    const identity = { ...(await identify(httpSource(heard.url), {})), tag: '"2"' };
    heard.asked.length = 0;
    const source = indexedSource(httpSource(heard.url), { identity, headers: [] });
    await expect(many(source)).rejects.toMatchObject({ code: "BAD_INDEX" });
    expect(heard.asked).toEqual([rows.length]);
  });

  it("of a place that keeps bytes tells what is kept, when the place is known", async () => {
    const heard = await server();
    const identity = await identify(httpSource(heard.url), {});
    const folder = mkdtempSync(join(tmpdir(), "fitslice-wrapped-"));
    const cache = lastingCache({ folder, limit: 2 ** 23 });
    const places = [{ match: "mast:.*", at: [heard.url] }];
    const placed = await resolveSource("mast:a", { places, cache });
    const source = indexedSource(placed, { identity, headers: [] });
    expect(source.kept).toBeUndefined();
    await source.getRange({ offset: 0, length: 10 });
    expect(source.kept).toBeTypeOf("function");
    await placed.close?.();
    rmSync(folder, { recursive: true });
  });
});
