import { afterEach, describe, expect, it, vi } from "vitest";
import type { SourceOptions } from "../../src/source/options.js";
import type { RequestRecord } from "../../src/source/source.js";
import type { Fault } from "../servers/faults.js";
import { noise, sparseFile } from "../servers/range-server.js";
import { data, testServers } from "./http-source.js";
import { lastPart, storeClients } from "./stores/clients.js";
import { withoutSettings } from "./stores/settings.js";

/** The pauses that were made: before which retry, and how long the server wanted them to be. */
const pauses: [retry: number, milliseconds: number | undefined][] = [];
vi.mock(import("../../src/source/retry.js"), async (original) => ({
  ...(await original()),
  pauseBefore: (n: number, after: number | undefined): number => {
    pauses.push([n, after]);
    return 0;
  },
}));
afterEach(() => void pauses.splice(0));

const { serve: serveFiles, serveBy } = testServers();
/** Stores have paths of their own before the name of a file. */
const serve: typeof serveFiles = (options) => serveFiles({ route: lastPart, ...options });
withoutSettings("AWS_", "AZURE_", "STORAGE_EMULATOR_HOST", "GOOGLE_");

/** A short wait for faults that are silences; on a busy machine other answers may take as long. */
const timeoutOf = (fault: Fault): number => (/^(silent|stall|trickle)$/.test(fault) ? 300 : 10_000);

describe.each(storeClients)("faults over %s", (_, client, httpSource) => {
  it.each<[Fault, RegExp]>([
    ["500", /500/],
    ["503", /503/],
    ["429", /429/],
    ["408", /408/],
    ["refuse", /broke|no answer/],
    ["garbage", /broke|no answer/],
    ["reset", /broke/],
    ["short", /broke|ended/],
    ["less", /ended at byte/],
    ["clean", /ended at byte/],
    ["page", /ended at byte/],
    ["page200", /whole page in place of a range/],
    ["416", /status 416/],
    ["trickle", /bytes per second/],
    ["bare", /without what told the version before/],
    ["more", /more bytes/],
    ["silent", /silence/],
    ["stall", /silence/],
    ["range", /sent bytes 19999-/],
    ["shift", /sent bytes 20001-/],
  ])("mends %s, and says what it was", async (fault, failure) => {
    const { url, nextFaults, requests } = await serve();
    const source = httpSource(`${url}/a.fits`, { ...client, timeout: timeoutOf(fault) });
    // A kept connection that is reset counts as closed while it was idle: that is no fault.
    if (fault !== "refuse") await source.getRange({ offset: 0, length: 10 });
    requests.length = 0;
    const records: RequestRecord[] = [];
    nextFaults.push(fault, fault);
    const bytes = await source.getRange(
      { offset: 20_000, length: 30_000 },
      { record: (r) => records.push(r) },
    );
    expect(Buffer.compare(bytes, data.subarray(20_000, 50_000))).toBe(0);
    expect(requests.length).toBe(records.length);
    expect(records.at(-1)?.failure).toBeUndefined();
    for (const record of records.slice(0, -1)) expect(record.failure).toMatch(failure);
    expect(records).toHaveLength(3);
  });

  it.each<[Fault, string]>([
    ["500", "HTTP"],
    ["silent", "TIMEOUT"],
    ["refuse", "NETWORK"],
    ["less", "SHORT_READ"],
    ["clean", "SHORT_READ"],
    ["page", "SHORT_READ"],
    ["page200", "SOURCE_CHANGED"],
    ["bare", "SOURCE_CHANGED"],
    ["416", "BAD_RANGE"],
    ["trickle", "TIMEOUT"],
    ["range", "BAD_RANGE"],
  ])("gives up on %s with %s", async (fault, code) => {
    const { url, nextFaults, requests } = await serve();
    const source = httpSource(`${url}/a.fits`, { ...client, timeout: timeoutOf(fault), retries: 2 });
    if (fault !== "refuse") await source.getRange({ offset: 0, length: 10 });
    requests.length = pauses.length = 0;
    nextFaults.push(fault, fault, fault);
    await expect(source.getRange({ offset: 50, length: 1000 })).rejects.toMatchObject({ code });
    expect(requests).toHaveLength(3);
    expect(pauses.map(([n]) => n)).toEqual([0, 1]);
    expect(await source.getRange({ offset: 0, length: 1000 })).toEqual(data.slice(0, 1000));
  });

  it("does not wait long for what a refusal has to say", async () => {
    const url = await serveBy((_, response) => {
      response.writeHead(404, { "content-length": "1000" }).write("there is");
    });
    const read = httpSource(url, { ...client, timeout: 300 }).getRange({ offset: 0, length: 10 });
    await expect(read).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("does not ask again for what it has", async () => {
    const { url, nextFaults, requests } = await serve();
    const source = httpSource(`${url}/a.fits`, { ...client, timeout: 150 });
    nextFaults.push("stall", "short", "less");
    expect(await source.getRange({ offset: 0, length: 80_000 })).toEqual(data.slice(0, 80_000));
    const asked = requests.map(({ offset, length }) => [offset, length]);
    // What came before a connection broke counts, nothing of an answer that ended as if it were complete.
    expect(asked).toEqual([
      [0, 80_000],
      [40_000, 40_000],
      [60_000, 20_000],
      [60_000, 20_000],
    ]);
  });

  it("asks on where a server sends less at a time than it is asked for", async () => {
    const asked: string[] = [];
    const faults = new Map<number, number>();
    let cap = 300;
    const url = await serveBy((request, response) => {
      asked.push(request.headers.range!.slice("bytes=".length));
      const status = faults.get(asked.length);
      if (status) return void response.writeHead(status).end();
      const [start, last] = asked.at(-1)!.split("-").map(Number) as [number, number];
      const end = Math.min(start + cap, last + 1, 1000);
      response
        .writeHead(206, { "content-range": `bytes ${start}-${end - 1}/1000` })
        .end(data.subarray(start, end));
    });
    const source = httpSource(url, client);
    const into = new Uint8Array(800);
    const records: RequestRecord[] = [];
    const read = await source.getRange(
      { offset: 100, length: 800 },
      { into, record: (r) => records.push(r) },
    );
    expect(read).toBe(into);
    expect(read).toEqual(data.slice(100, 900));
    expect(asked.splice(0)).toEqual(["100-899", "400-899", "700-899"]);
    expect(records.map(({ length, failure }) => [length, failure])).toEqual([
      [300, undefined],
      [300, undefined],
      [200, undefined],
    ]);
    // To the end, of unknown length.
    expect(await httpSource(url, client).getRange({ offset: 500, length: 5000 })).toEqual(
      data.slice(500, 1000),
    );
    expect(asked.splice(0)).toEqual(["500-5499", "800-999"]);
    // As long as something comes, nothing is a retry; faults are counted anew.
    cap = 1;
    for (const n of [3, 6, 9, 12]) faults.set(n, 500);
    const slow = httpSource(url, { ...client, retries: 1 });
    expect(await slow.getRange({ offset: 0, length: 12 })).toEqual(data.slice(0, 12));
    expect(asked).toHaveLength(16);
  });

  it("waits as long as Retry-After says", async () => {
    const { url, nextFaults } = await serve({ faults: { rate: 0, retryAfter: 1 } });
    nextFaults.push("503");
    await httpSource(`${url}/a.fits`, client).getRange({ offset: 0, length: 10 });
    expect(pauses).toEqual([[0, 1000]]);
  });

  it("takes 200 from a server of ranges for a passing fault", async () => {
    const { url, nextFaults } = await serve({
      files: { "/large": sparseFile(2e9, [{ offset: 500, bytes: data }]) },
    });
    const source = httpSource(`${url}/large`, client);
    await source.getRange({ offset: 0, length: 10 });
    nextFaults.push("200", "200");
    expect(await source.getRange({ offset: 500, length: 10 })).toEqual(data.slice(0, 10));
  });

  it("takes 200 for a passing fault at first, too", async () => {
    const { url, nextFaults, requests } = await serve({
      files: { "/large": sparseFile(2e9, [{ offset: 500, bytes: data }]) },
    });
    const source = httpSource(`${url}/large`, client);
    nextFaults.push("200", "200", "200");
    expect(await source.getRange({ offset: 500, length: 10 })).toEqual(data.slice(0, 10));
    expect(requests.map(({ status }) => status)).toEqual([200, 200, 200, 206]);
  });

  it("believes a server that sends a large object whole again and again, or says that it knows no ranges", async () => {
    const asked = { says: 0, does: 0 };
    let headers: Record<string, string> = { "accept-ranges": "none" };
    let sent = 0;
    const url = await serveBy((_, response) => {
      asked["accept-ranges" in headers ? "says" : "does"]++;
      response.writeHead(200, { "content-length": "2000000000", ...headers });
      const more = (): void => {
        if (response.destroyed) return;
        sent += 1e6;
        if (response.write(new Uint8Array(1e6))) setImmediate(more);
        else response.once("drain", more);
      };
      more();
    });
    const read = (options: SourceOptions): Promise<unknown> =>
      httpSource(url, { ...client, ...options }).getRange({ offset: 10, length: 10 });
    const ignored = { code: "RANGE_IGNORED", message: expect.stringContaining("ignores range requests") };
    await expect(read({})).rejects.toMatchObject(ignored);
    headers = {};
    await expect(read({})).rejects.toMatchObject(ignored);
    await expect(read({ retries: 1 })).rejects.toMatchObject(ignored);
    expect(asked).toEqual({ says: 1, does: 4 + 2 });
    expect(sent).toBeLessThan(7 * 16e6); // what buffers of sockets hold
  });

  it("finds once that an object of unknown length is too large to keep", async () => {
    const sent: number[] = [];
    const url = await serveBy(async (_, response) => {
      const n = sent.push(0) - 1;
      response.writeHead(200);
      while (!response.destroyed && sent[n]! < 40e6) {
        sent[n]! += 1e6;
        response.write(new Uint8Array(1e6));
        while (response.writableNeedDrain && !response.destroyed)
          await new Promise((resolve) => setTimeout(resolve, 1));
      }
    });
    const read = httpSource(url, client).getRange({ offset: 10, length: 10 });
    await expect(read).rejects.toMatchObject({ code: "RANGE_IGNORED" });
    expect(sent).toHaveLength(4);
    expect(sent[0]).toBeGreaterThan(16e6);
    for (const bytes of sent.slice(1)) expect(bytes).toBeLessThan(10e6);
  });

  it("is SOURCE_CHANGED when ETag, modification time or size change, also between two tries", async () => {
    const { url, set, nextFaults } = await serve();
    const changed = { code: "SOURCE_CHANGED" };
    const source = httpSource(`${url}/a.fits`, client);
    await source.getRange({ offset: 0, length: 10 });
    nextFaults.push("etag");
    await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject(changed);
    nextFaults.push("size");
    await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject(changed);
    nextFaults.push("less", "etag");
    await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject(changed);
    set("/a.fits", noise(100_000, 2));
    await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject(changed);

    let modified = "Mon, 01 Jan 2024 00:00:00 GMT";
    const other = await serveBy((_, response) => {
      const headers = { etag: 'W/"weak"', "last-modified": modified, "content-range": "bytes 0-0/9" };
      response.writeHead(206, headers).end("x");
    });
    const dated = httpSource(other, client);
    await dated.getRange({ offset: 0, length: 1 });
    expect(dated.tag).toBe(modified);
    modified = "Mon, 01 Jan 2024 00:00:01 GMT";
    await expect(dated.getRange({ offset: 0, length: 1 })).rejects.toMatchObject(changed);

    let etag = 'W/"a"';
    const weak = httpSource(
      await serveBy((_, response) => {
        response.writeHead(206, { etag, "content-range": "bytes 0-0/9" }).end("x");
      }),
      client,
    );
    await weak.getRange({ offset: 0, length: 1 });
    expect(weak.tag).toBeUndefined();
    etag = '"a"'; // proxies weaken a tag now and then
    await weak.getRange({ offset: 0, length: 1 });
    expect(weak.tag).toBe('"a"');
    etag = 'W/"b"';
    await expect(weak.getRange({ offset: 0, length: 1 })).rejects.toMatchObject(changed);
  });
});
