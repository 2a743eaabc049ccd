/** Many ranges in one request, where something stands between the reader and the server. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../src/read/plan.js";
import { createReader } from "../../src/read/run.js";
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

describe("a file whose bytes are kept", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fitslice-wrapped-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const plan = (ranges: readonly ByteRange[]): Plan<Uint8Array[]> =>
    function* () {
      const got: Uint8Array[] = [];
      yield { label: "rows", ranges, take: (i, bytes) => void (got[i] = bytes.slice()) };
      return got;
    };

  /** Reads as a process of its own would. */
  async function readAnew(url: string, ranges: readonly ByteRange[]): Promise<Uint8Array[]> {
    const source = await resolveSource(url, { cache: lastingCache({ folder, limit: 2 ** 23 }) });
    // Few connections, and no gap is read: single requests cost much.
    const reader = createReader(source, { concurrency: 2, optimize: "bytes" });
    const got = await reader.run(plan(ranges));
    await reader.close();
    return got;
  }

  it("is asked for many ranges in one request, which are kept", async () => {
    const heard = await server({ etag: '"1"', server: "nginx" });
    expect(await readAnew(heard.url, rows)).toEqual(slices);
    expect(heard.asked.splice(0)).toEqual([rows.length]);
    expect(await readAnew(heard.url, rows)).toEqual(slices);
    expect(heard.asked).toEqual([1]); // for the version
  });

  it("is asked for the rows that are lacking between those that are kept", async () => {
    const heard = await server({ etag: '"1"', server: "nginx" });
    const odd = rows.filter((_, i) => i % 2 === 1);
    await readAnew(heard.url, odd);
    heard.asked.length = 0;
    // In any order, overlapping, and partly kept.
    const all = [...rows].reverse().flatMap(({ offset, length }) => [
      { offset: offset + 40, length },
      { offset, length },
    ]);
    const expected = all.map(({ offset, length }) => data.slice(offset, offset + length));
    expect(await readAnew(heard.url, all)).toEqual(expected);
    expect(heard.asked[0]).toBe(1);
    expect(Math.max(...heard.asked)).toBeGreaterThan(9);
    expect(heard.asked.length).toBeLessThan(5);
  });

  it("is read anew, in the same way, when it has changed since", async () => {
    const headers = { etag: '"1"', server: "nginx" };
    const heard = await server(headers);
    await readAnew(heard.url, rows.slice(0, 10));
    headers.etag = '"2"';
    heard.asked.length = 0;
    expect(await readAnew(heard.url, rows)).toEqual(slices);
    expect(heard.asked).toEqual([1, rows.length]);
  });
});
