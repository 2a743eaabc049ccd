import { beforeEach, describe, expect, it } from "vitest";
import { toHar } from "../../src/read/har.js";
import type { Plan } from "../../src/read/plan.js";
import { createProfile } from "../../src/read/profile.js";
import { createReader } from "../../src/read/run.js";
import { origins } from "../../src/source/multipart.js";
import type { SourceOptions } from "../../src/source/options.js";
import type { ByteRange, ByteSource, RequestRecord } from "../../src/source/source.js";
import { noise } from "../servers/content.js";
import {
  allowedForms,
  answerMany,
  answerOne,
  type MultipartFault,
  multipartFaults,
  rangesOf,
} from "../servers/multipart.js";
import { clients, httpSource, testServers } from "./http-source.js";

const { serveBy, serve } = testServers();
// A port may be another server's than before.
beforeEach(() => origins.clear());

const data = noise(4_000_000);
/** Twenty rows of 100 bytes, 200,000 bytes apart but for the first two; the last one reaches to the end. */
const rows: ByteRange[] = Array.from({ length: 20 }, (_, i) => ({
  offset: i === 1 ? 201_500 : i * 200_000 + 199_900,
  length: 100,
}));

/** So many rows that their gaps cost more, and single requests, too. */
const fine: ByteRange[] = Array.from({ length: 150 }, (_, i) => ({ offset: i * 26_000 + 50, length: 100 }));

interface Heard {
  url: string;
  many: number;
  single: number;
}

/** A server whose answers to requests for many ranges are as told. */
async function server(faults: MultipartFault[], headers: Record<string, string> = {}): Promise<Heard> {
  const heard: Heard = { url: "", many: 0, single: 0 };
  heard.url = await serveBy((request, response) => {
    for (const [name, value] of Object.entries({ etag: '"1"', ...headers })) response.setHeader(name, value);
    const ranges = rangesOf(request.headers.range);
    heard[ranges ? "many" : "single"]++;
    if (ranges) void answerMany(response, data, ranges, faults.shift() ?? "right");
    else answerOne(request, response, data);
  });
  return heard;
}

async function many(
  source: ByteSource,
  ranges: readonly ByteRange[],
  records: RequestRecord[] = [],
): Promise<(Uint8Array | undefined)[]> {
  const { getRanges } = await source.manyRanges!();
  return getRanges(ranges, { record: (entry) => records.push(entry) });
}

const slices = (ranges: readonly ByteRange[]): Uint8Array[] =>
  ranges.map(({ offset, length }) => data.slice(offset, offset + length));

describe.each(clients)("many ranges in one request, over %s", (_, client) => {
  it.each(allowedForms)("takes parts %s", async (form) => {
    const heard = await server([form]);
    const records: RequestRecord[] = [];
    const source = httpSource(heard.url, client);
    expect(await many(source, rows, records)).toEqual(slices(rows));
    expect(heard).toMatchObject({ many: 1, single: 0 });
    expect(records).toMatchObject([{ status: 206, parts: rows, offset: 199_900, requested: 2000 }]);
    expect(records[0]!.length).toBeGreaterThan(2000 + 20 * 60);
    expect(source.size).toBe(data.length);
    expect((await source.manyRanges!()).odds).toBe(1);
  });

  it.each(multipartFaults)("asks once, and gives no wrong byte, where the answer is %s", async (fault) => {
    const heard = await server([fault, fault, fault]);
    const source = httpSource(heard.url, client);
    const records: RequestRecord[] = [];
    const got = await many(source, rows, records);
    for (const [i, bytes] of got.entries()) if (bytes) expect(bytes).toEqual(slices([rows[i]!])[0]);
    expect(got.some((bytes) => bytes === undefined)).toBe(true);
    expect(await many(source, rows)).toEqual(rows.map(() => undefined));
    expect(heard).toMatchObject({ many: 1, single: 0 });
    expect((await source.manyRanges!()).odds).toBe(0);
    expect(records[0]!.failure).toMatch(/^asked for 20 ranges at once, the server /);
  });

  it("keeps the parts that came before a connection broke, and asks for the others", async () => {
    let asked: number[] = [];
    const url = await serveBy(async (request, response) => {
      const ranges = rangesOf(request.headers.range)!;
      asked.push(ranges.length);
      response.setHeader("etag", '"1"');
      if (asked.length > 1) return void (await answerMany(response, data, ranges, "right"));
      const [first, second] = ranges as [ByteRange, ByteRange];
      const part = ({ offset }: ByteRange): string =>
        `\r\n--b\r\nContent-Range: bytes ${offset}-${offset + 99}/${data.length}\r\n\r\n`;
      response.writeHead(206, { "content-type": "multipart/byteranges; boundary=b" });
      response.write(part(first));
      response.write(data.subarray(first.offset, first.offset + 100));
      response.write(part(second));
      response.write(data.subarray(second.offset, second.offset + 50), () => response.destroy());
    });
    expect(await many(httpSource(url, client), rows)).toEqual(slices(rows));
    expect(asked).toEqual([20, 19]);
    asked = [];
  });

  it("notices another version of the file", async () => {
    const heard = await server([], {});
    const source = httpSource(heard.url, client);
    await source.getRange({ offset: 0, length: 10 });
    const other = await server([], { etag: '"2"' });
    const changed = httpSource(heard.url, {
      fetch: (_, init) => fetch(other.url, init),
    });
    await httpSource(other.url).getRange({ offset: 0, length: 10 });
    await changed.getRange({ offset: 0, length: 10 });
    let turn = 0;
    const mixed = httpSource("http://files.example/a", {
      fetch: (_, init) => fetch(turn++ === 0 ? heard.url : other.url, init),
    });
    await mixed.getRange({ offset: 0, length: 10 });
    await expect(many(mixed, rows)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
  });

  it("asks alone first, and with what it has learned from then on", async () => {
    const heard = await server([]);
    const source = httpSource(heard.url, client);
    const all = await Promise.all(rows.map((_, i) => many(source, rows.slice(0, i + 1))));
    expect(all.map(({ length }) => length)).toEqual(rows.map((_, i) => i + 1));
    const refusing = await server(Array(20).fill("200"));
    const other = httpSource(refusing.url, client);
    await Promise.all(rows.map((_, i) => many(other, rows.slice(i >> 1))));
    expect(refusing.many).toBe(1);
  });

  it("ends with an abort, and at the end of the source", async () => {
    const url = await serveBy(() => {});
    const stop = new AbortController();
    const source = httpSource(url, client);
    const { getRanges } = await source.manyRanges!();
    const aborted = getRanges(rows, { signal: stop.signal });
    const waiting = getRanges(rows);
    stop.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    setTimeout(() => void source.close!(), 20);
    await expect(waiting).rejects.toMatchObject({ code: "CLOSED" });
  });
});

const plan = (ranges: readonly ByteRange[], keep = false): Plan<Uint8Array[]> =>
  function* () {
    const got: Uint8Array[] = [];
    yield { label: "rows", ranges, keep, take: (i, bytes) => void (got[i] = bytes.slice()) };
    return got;
  };

describe("a reader", () => {
  /** Reads the rows twice, from a server that is taken to be 50 ms away: gaps cost more than a question. */
  async function read(
    faults: MultipartFault[],
    options: SourceOptions & { headers?: Record<string, string> } = {},
  ): Promise<{ heard: Heard; moved: number; failures: string[] }> {
    const heard = await server(faults, options.headers);
    const source: ByteSource = httpSource(heard.url);
    await source.getRange({ offset: 0, length: 1 }); // its headers name the server
    heard.single = 0;
    const profile = createProfile();
    // Another reader expects the latency of a network again.
    for (let i = 0; i < 2; i++)
      expect(await createReader(source, { profile }).run(plan(fine))).toEqual(slices(fine));
    const { bytes, events } = profile.summary();
    return { heard, moved: bytes, failures: events.flatMap(({ failure }) => failure ?? []) };
  }

  it("moves scattered rows in one request where that is cheaper", async () => {
    const { heard, moved } = await read([], { headers: { server: "nginx" } });
    expect(heard).toMatchObject({ many: 2, single: 0 });
    expect(moved).toBeLessThan(2 * 150 * 250);
  });

  it.each(["200", "first", "missing", "longer", "page", "431"] as const)(
    "spends one request more on a server that answers %s",
    async (fault) => {
      const { heard, failures } = await read([fault, fault], { headers: { server: "nginx" } });
      expect(heard.many).toBe(1);
      expect(heard.single).toBeGreaterThan(1);
      expect(failures.length).toBeLessThan(2);
    },
  );

  it("never asks stores so", async () => {
    for (const headers of [
      { server: "AmazonS3" },
      { "x-amz-request-id": "1" },
      { "accept-ranges": "none" },
    ]) {
      const heard = await server([], headers);
      const source = httpSource(heard.url);
      await source.getRange({ offset: 0, length: 1 });
      expect((await source.manyRanges!()).odds).toBe(0);
    }
    expect((await httpSource("https://b.s3.us-east-1.amazonaws.com/k").manyRanges!()).odds).toBe(0);
    expect((await httpSource("https://storage.googleapis.com/b/k").manyRanges!()).odds).toBe(0);
    expect((await httpSource("https://a.blob.core.windows.net/c/k").manyRanges!()).odds).toBe(0);
  });

  it("is explained, profiled and exported as what was sent", async () => {
    const heard = await server([], { server: "nginx" });
    const source = httpSource(heard.url);
    await source.getRange({ offset: 0, length: 1 });
    const profile = createProfile();
    const reader = createReader(source, { profile });
    const told = await reader.explain(plan(fine));
    expect(told.requests).toEqual([{ offset: 50, length: 15_000, parts: fine }]);
    expect(told).toMatchObject({ bytes: 15_000 + 150 * 120, usedBytes: 15_000 });
    await reader.run(plan(fine));
    const summary = profile.summary();
    expect(summary.events).toMatchObject([{ offset: 50, requested: 15_000, parts: fine }]);
    expect(summary).toMatchObject({ requests: 1, usedBytes: 15_000, bytes: summary.events[0]!.length });
    expect(Math.abs(summary.bytes - told.bytes)).toBeLessThan(0.2 * told.bytes);
    const [entry] = toHar({ ...summary, events: [{ ...summary.events[0]!, requestHeaders: {} }] }).log
      .entries;
    const list = fine.map(({ offset, length }) => `${offset}-${offset + length - 1}`).join(",");
    expect(entry).toMatchObject({ request: { headers: [{ name: "range", value: `bytes=${list}` }] } });
  });

  it("shares parts on their way with other reads, and keeps them", async () => {
    const heard = await server([], { server: "nginx" });
    const reader = createReader(httpSource(heard.url));
    await reader.run(plan([{ offset: 0, length: 1 }]));
    const [one, other] = await Promise.all([
      reader.run(plan(fine, true)),
      reader.run(plan(fine.slice(30, 100), true)),
    ]);
    expect([...one, ...other]).toEqual([...slices(fine), ...slices(fine.slice(30, 100))]);
    expect(await reader.run(plan(fine, true))).toEqual(slices(fine));
    expect(heard.many).toBe(1);
  });

  it("is right with as little room as one byte in flight, and one connection", async () => {
    for (const fault of ["right", "200", "missing"] as const) {
      const heard = await server([fault], { server: "nginx" });
      const { openSession } = await import("../../src/read/session.js");
      const session = openSession({ bytesInFlight: 1, concurrency: 1 });
      const reader = createReader(httpSource(heard.url), { session });
      expect(await reader.run(plan(fine))).toEqual(slices(fine));
      await session.close();
    }
  });

  it("reads a server of ranges that knows nothing of many", async () => {
    const { url, requests } = await serve({ files: { "/a.fits": data }, headers: { server: "Apache" } });
    const source = httpSource(`${url}/a.fits`);
    await source.getRange({ offset: 0, length: 1 });
    for (let i = 0; i < 2; i++) expect(await createReader(source).run(plan(fine))).toEqual(slices(fine));
    expect(requests.filter(({ headers }) => headers.range?.includes(","))).toHaveLength(1);
  });
});
