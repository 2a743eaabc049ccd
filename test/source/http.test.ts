import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { networkInterfaces } from "node:os";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { SourceOptions } from "../../src/source/options.js";
import type { ByteSource, RequestRecord } from "../../src/source/source.js";
import type { Fault } from "../servers/faults.js";
import {
  noise,
  type RangeServer,
  type RangeServerOptions,
  sparseFile,
  startRangeServer,
} from "../servers/range-server.js";
import { httpSource } from "./http-source.js";

const data = noise(100_000);
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(options: RangeServerOptions = {}): Promise<RangeServer> {
  const server = await startRangeServer({ files: { "/a.fits": data }, ...options });
  open.push(server);
  return server;
}

/** A server that answers as no server should. */
async function serveBy(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer({}, handler as never);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The two clients that http.ts runs over. */
const clients: [string, SourceOptions][] = [
  ["node:http", {}],
  ["fetch", { fetch: (url, init) => fetch(url, init) }],
];

describe.each(clients)("httpSource over %s", (_, client) => {
  it("reads a range with one GET and learns the size from it", async () => {
    const { url, requests } = await serve();
    const source = httpSource(`${url}/a.fits`, client);
    expect(source.size).toBeUndefined();
    expect(await source.getRange({ offset: 10, length: 20 })).toEqual(data.slice(10, 30));
    expect(source.size).toBe(100_000);
    expect(requests.map(({ method, offset, length }) => [method, offset, length])).toEqual([["GET", 10, 20]]);
    expect(requests[0]?.headers["accept-encoding"]).toMatch(/^identity/);
  });

  it("fills and answers with the caller's memory", async () => {
    const { url } = await serve();
    const source = httpSource(`${url}/a.fits`, client);
    const into = new Uint8Array(20);
    expect(await source.getRange({ offset: 10, length: 20 }, { into })).toBe(into);
    expect(into).toEqual(data.slice(10, 30));
  });

  it("answers short at the end, empty past it, without asking once the size is known", async () => {
    const { url, requests } = await serve();
    const source = httpSource(`${url}/a.fits`, client);
    expect(await source.getRange({ offset: 99_990, length: 1e12 })).toEqual(data.slice(99_990));
    expect(await source.getRange({ offset: 100_000, length: 10 })).toHaveLength(0);
    expect(await source.getRange({ offset: 0, length: 0 })).toHaveLength(0);
    expect(requests).toHaveLength(1);
  });

  it("learns the size from 416, and reads an empty object", async () => {
    const { url, requests } = await serve({ files: { "/a.fits": data, "/empty": new Uint8Array(0) } });
    const past = httpSource(`${url}/a.fits`, client);
    expect(await past.getRange({ offset: 200_000, length: 10 })).toHaveLength(0);
    expect(past.size).toBe(100_000);
    const empty = httpSource(`${url}/empty`, client);
    expect(await empty.getRange({ offset: 0, length: 10 })).toHaveLength(0);
    expect(empty.size).toBe(0);
    expect(requests).toHaveLength(2);
  });

  it("keeps a small object that comes whole, and refuses a large one without reading it", async () => {
    const large = sparseFile(2e9, []);
    const { url, requests } = await serve({ files: { "/a.fits": data, "/large": large }, ranges: false });
    const small = httpSource(`${url}/a.fits`, client);
    expect(await small.getRange({ offset: 10, length: 20 })).toEqual(data.slice(10, 30));
    const into = new Uint8Array(20);
    expect(await small.getRange({ offset: 99_990, length: 20 }, { into })).toEqual(data.slice(99_990));
    expect(requests).toHaveLength(1);
    const refused = httpSource(`${url}/large`, client).getRange({ offset: 0, length: 20 });
    await expect(refused).rejects.toMatchObject({ code: "RANGE_IGNORED" });
  });

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
    ["more", /more bytes/],
    ["silent", /silence/],
    ["stall", /silence/],
    ["range", /sent bytes 19999-/],
    ["shift", /sent bytes 20001-/],
  ])("mends %s, and says what it was", async (fault, failure) => {
    const { url, nextFaults, requests } = await serve();
    const source = httpSource(`${url}/a.fits`, { ...client, timeout: 150 });
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
    expect(records.length).toBeGreaterThanOrEqual(fault === "more" ? 1 : 3);
  });

  it.each<[Fault, string]>([
    ["500", "HTTP"],
    ["silent", "TIMEOUT"],
    ["refuse", "NETWORK"],
    ["less", "SHORT_READ"],
    ["range", "BAD_RANGE"],
  ])("gives up on %s with %s", async (fault, code) => {
    const { url, nextFaults, requests } = await serve();
    const source = httpSource(`${url}/a.fits`, { ...client, timeout: 100, retries: 2 });
    nextFaults.push(fault, fault, fault);
    await expect(source.getRange({ offset: 50, length: 1000 })).rejects.toMatchObject({ code });
    expect(requests).toHaveLength(3);
    expect(await source.getRange({ offset: 0, length: 1000 })).toEqual(data.slice(0, 1000));
  });

  it("does not ask again for what it has", async () => {
    const { url, nextFaults, requests } = await serve();
    const source = httpSource(`${url}/a.fits`, { ...client, timeout: 150 });
    nextFaults.push("stall", "short", "less");
    expect(await source.getRange({ offset: 0, length: 80_000 })).toEqual(data.slice(0, 80_000));
    const asked = requests.map(({ offset, length }) => [offset, length]);
    expect(asked[0]).toEqual([0, 80_000]);
    expect(asked[1]).toEqual([40_000, 40_000]);
    expect(asked.at(-1)![1]).toBeLessThanOrEqual(10_000);
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
    const start = performance.now();
    await httpSource(`${url}/a.fits`, client).getRange({ offset: 0, length: 10 });
    expect(performance.now() - start).toBeGreaterThan(990);
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
    const start = performance.now();
    const read = (options: SourceOptions): Promise<unknown> =>
      httpSource(url, { ...client, ...options }).getRange({ offset: 10, length: 10 });
    const ignored = { code: "RANGE_IGNORED", message: expect.stringContaining("ignores range requests") };
    await expect(read({})).rejects.toMatchObject(ignored);
    headers = {};
    await expect(read({})).rejects.toMatchObject(ignored);
    await expect(read({ retries: 1 })).rejects.toMatchObject(ignored);
    expect(asked).toEqual({ says: 1, does: 4 + 2 });
    expect(performance.now() - start).toBeLessThan(2000);
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

  it.each([
    [401, "BAD_CREDENTIALS", /give credentials/],
    [403, "FORBIDDEN", /not public/],
    [404, "NOT_FOUND", /check the address/],
    [410, "NOT_FOUND", /check the address/],
    [418, "HTTP", /418/],
    [501, "HTTP", /501/],
  ])("%i is %s, asked once, in one line that says what to do", async (status, code, message) => {
    let asked = 0;
    const url = await serveBy((_, response) => {
      asked++;
      response.writeHead(status).end("<html>\nno\n</html>");
    });
    const read = httpSource(url, client).getRange({ offset: 0, length: 1 });
    await expect(read).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(read).rejects.toMatchObject({ message: expect.not.stringMatching("\n") });
    expect(asked).toBe(1);
  });

  it("rejects with the signal's reason at once, before, during the wait for an answer, a body, a pause", async () => {
    const { url, nextFaults } = await serve({ faults: { rate: 0, retryAfter: 30 } });
    const reason = new Error("enough");
    for (const fault of ["silent", "stall", "503"] as const) {
      nextFaults.push(fault);
      const controller = new AbortController();
      const records: RequestRecord[] = [];
      const source = httpSource(`${url}/a.fits`, client);
      const options = { signal: controller.signal, record: (r: RequestRecord) => records.push(r) };
      const read = source.getRange({ offset: 0, length: 50_000 }, options);
      setTimeout(() => controller.abort(reason), 60);
      const start = performance.now();
      await expect(read).rejects.toBe(reason);
      expect(performance.now() - start).toBeLessThan(200);
      expect(records[0]?.failure).toMatch(fault === "503" ? /503/ : /aborted/);
      expect(await source.getRange({ offset: 0, length: 10 })).toEqual(data.slice(0, 10));
    }
    const never = httpSource(`${url}/a.fits`, client).getRange(
      { offset: 0, length: 1 },
      { signal: AbortSignal.abort(reason) },
    );
    await expect(never).rejects.toBe(reason);
  });

  it("lets hundreds of reads share a signal without a warning", async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on("warning", warn);
    const { url, nextFaults } = await serve();
    const source = httpSource(`${url}/a.fits`, client);
    const controller = new AbortController();
    const { signal } = controller;
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => source.getRange({ offset: i, length: 10 }, { signal })),
    );
    nextFaults.push(...Array.from({ length: 30 }, () => "silent" as const));
    const reads = Array.from({ length: 30 }, () => source.getRange({ offset: 0, length: 10 }, { signal }));
    setTimeout(() => controller.abort("enough"), 100);
    const results = await Promise.allSettled(reads);
    expect(results.every((result) => result.status === "rejected" && result.reason === "enough")).toBe(true);
    process.off("warning", warn);
    expect(warnings).toEqual([]);
  });

  it("follows redirects, and later asks the final address", async () => {
    const there = await serve();
    const here = await serve({
      files: {
        "/1": { redirect: "/2", status: 301 },
        "/2": { redirect: "3?x=1", status: 307 },
        "/3": { redirect: `${there.url}/a.fits`, status: 303 },
      },
    });
    const source = httpSource(`${here.url}/1`, client);
    const records: RequestRecord[] = [];
    expect(await source.getRange({ offset: 5, length: 5 }, { record: (r) => records.push(r) })).toEqual(
      data.slice(5, 10),
    );
    expect(records.map(({ status }) => status)).toEqual([301, 307, 303, 206]);
    expect(records.every(({ failure }) => failure === undefined)).toBe(true);
    await source.getRange({ offset: 50, length: 5 });
    expect([here.requests.length, there.requests.length]).toEqual([3, 2]);
  });

  it("goes back to the first address when what it redirected to has expired", async () => {
    const there = await serve();
    const here = await serve({ files: { "/a": { redirect: `${there.url}/a.fits` } } });
    const source = httpSource(`${here.url}/a`, client);
    await source.getRange({ offset: 0, length: 5 });
    const moved = await serve({ validators: false });
    there.set("/a.fits", undefined);
    here.set("/a", { redirect: `${moved.url}/a.fits` });
    expect(await source.getRange({ offset: 5, length: 5 })).toEqual(data.slice(5, 10));
    here.set("/a", undefined);
    moved.set("/a.fits", undefined);
    await expect(source.getRange({ offset: 5, length: 5 })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("ends a circle of redirects, and one that leads nowhere", async () => {
    const { url, requests } = await serve({
      files: { "/a": { redirect: "/b" }, "/b": { redirect: "/a" }, "/c": { redirect: "ftp://127.0.0.1/a" } },
    });
    const circle = httpSource(`${url}/a`, client).getRange({ offset: 0, length: 1 });
    await expect(circle).rejects.toMatchObject({ code: "HTTP", message: expect.stringMatching(/redirects/) });
    expect(requests).toHaveLength(11);
    const nowhere = httpSource(`${url}/c`, client).getRange({ offset: 0, length: 1 });
    await expect(nowhere).rejects.toMatchObject({ code: "HTTP" });
  });

  it("never sends headers of the user's to another origin, nor back again", async () => {
    const heard: IncomingMessage["headers"][] = [];
    const there = await serveBy((request, response) => {
      heard.push(request.headers);
      if (request.url === "/back") response.writeHead(302, { location: `${here}/end` }).end();
      else response.writeHead(206, { "content-range": "bytes 0-0/9" }).end("x");
    });
    const here: string = await serveBy((request, response) => {
      heard.push(request.headers);
      if (request.url === "/end") response.writeHead(206, { "content-range": "bytes 0-0/9" }).end("x");
      else response.writeHead(302, { location: request.url === "/a" ? "/a2" : there + request.url }).end();
    });
    const headers = { Authorization: "Bearer hush", Cookie: "a=hush", "X-Api-Key": "hush" };
    const hush = (): boolean[] => heard.splice(0).map((h) => JSON.stringify(h).includes("hush"));
    const source = httpSource(`${here}/a`, { ...client, headers });
    await source.getRange({ offset: 0, length: 1 });
    await source.getRange({ offset: 0, length: 1 });
    expect(hush()).toEqual([true, true, false, false]);
    await httpSource(`${here}/back`, { ...client, headers }).getRange({ offset: 0, length: 1 });
    expect(hush()).toEqual([true, false, false]);
  });

  it("says so where another origin would have wanted them", async () => {
    const wants = await serveBy((_, response) => response.writeHead(401).end());
    const { url } = await serve({ files: { "/a": { redirect: wants.replace("//", "//you:too@") } } });
    const read = httpSource(url.replace("//", "//me:HUSH@").concat("/a"), client).getRange({
      offset: 0,
      length: 1,
    });
    await expect(read).rejects.toMatchObject({
      code: "BAD_CREDENTIALS",
      message: `${url}/a: redirects to ${wants}, which refuses (401) and is not sent credentials meant for another host; if they are meant for it, too, give its address`,
    });
  });

  it("shows no secret in href, records or messages", async () => {
    const there = await serve();
    const here = await serve({
      files: { "/a": { redirect: `${there.url}/a.fits?X-Amz-Signature=HUSH&x=1` } },
    });
    const url = `${here.url.replace("//", "//user:HUSH@")}/a?token=HUSH&uri=mast:HST/a.fits&sig=HUSH&X-Amz-Security-Token=HUSH#HUSH`;
    const source = httpSource(url, { ...client, headers: { "X-Anything": "HUSH" }, retries: 0 });
    const records: RequestRecord[] = [];
    const record = (r: RequestRecord): void => void records.push(r);
    await source.getRange({ offset: 0, length: 1 }, { record, headers: true });
    expect(here.requests[0]?.headers).toMatchObject({
      authorization: `Basic ${btoa("user:HUSH")}`,
      "x-anything": "HUSH",
    });
    there.nextFaults.push("500", "garbage", "etag");
    const messages: string[] = [];
    for (let i = 0; i < 3; i++) {
      await source
        .getRange({ offset: 0, length: 1 }, { record })
        .catch((e: Error) => messages.push(`${e.message}${e.stack}`));
    }
    here.set("/a", undefined);
    await source
      .getRange({ offset: 0, length: 1 }, { record })
      .catch((e: Error) => messages.push(`${e.message}${e.stack}`));
    expect(messages.length).toBeGreaterThanOrEqual(3);
    expect(source.href).toBe(`${here.url}/a?token=***&uri=mast:HST/a.fits&sig=***&X-Amz-Security-Token=***`);
    expect(records.length).toBeGreaterThanOrEqual(5);
    const all = JSON.stringify([records, messages, source.href]);
    expect(all).not.toContain("HUSH");
    expect(all).not.toContain(btoa("user:HUSH"));
    expect(records[0]?.requestHeaders).toMatchObject({
      authorization: "***",
      "x-anything": "***",
      range: "bytes=0-0",
    });
  });

  it("asks for nothing more where the answer broke off behind its last byte", async () => {
    let asked = 0;
    const url = await serveBy((_, response) => {
      asked++;
      response.writeHead(206, { "content-range": "bytes 0-9/100", "transfer-encoding": "chunked" });
      response.write("0123456789");
      if (asked === 1) setTimeout(() => response.socket?.resetAndDestroy(), 50);
      // The second one never ends.
    });
    const source = httpSource(url, { ...client, retries: 2, timeout: 200 });
    for (const n of [1, 2]) {
      expect(Buffer.from(await source.getRange({ offset: 0, length: 10 })).toString()).toBe("0123456789");
      expect(asked).toBe(n);
    }
  });

  it("survives a server that lies about lengths and ranges", async () => {
    let header: Record<string, string> = {};
    let status = 206;
    const url = await serveBy((_, response) => response.writeHead(status, header).end("0123456789"));
    const read = (): Promise<Uint8Array> =>
      httpSource(url, { ...client, retries: 0 }).getRange({ offset: 0, length: 10 });
    const refused = async (range: string, code: string): Promise<void> => {
      header = { "content-range": range };
      await expect(read()).rejects.toMatchObject({ name: "FitsError", code });
    };
    await refused("bytes 0-9/5", "BAD_RANGE");
    await refused("bytes 0-4/10", "BAD_RANGE");
    await refused("bytes 0-99/100", "BAD_RANGE");
    await refused("bytes 9-0/100", "BAD_RANGE");
    await refused("bytes */100", "BAD_RANGE");
    await refused("items 0-9/100", "BAD_RANGE");
    await refused("nonsense", "BAD_RANGE");
    await refused("bytes 0-8/9", "BAD_RANGE"); // and then ten bytes come
    header = {};
    await expect(read()).rejects.toMatchObject({ code: "BAD_RANGE" });
    header = { "content-range": "bytes 0-9/*" };
    expect(Buffer.from(await read()).toString()).toBe("0123456789");
    status = 416;
    header = { "content-range": "bytes */100" };
    await expect(read()).rejects.toMatchObject({ code: "BAD_RANGE" });
  });

  it("never takes bytes that were compressed on their way for those of the object", async () => {
    const packed = gzipSync(data);
    let answer: [status: number, headers: Record<string, string>, body: Uint8Array] = [206, {}, data];
    const url = await serveBy((_, response) => {
      const [status, headers, body] = answer;
      response.writeHead(status, headers).end(body);
    });
    const read = (range = { offset: 0, length: 1000 }): Promise<Uint8Array> =>
      httpSource(url, { ...client, retries: 1 }).getRange(range);
    const refused = async (range?: { offset: number; length: number }): Promise<void> => {
      const message = expect.stringContaining("compresses what it sends");
      await expect(read(range)).rejects.toMatchObject({ name: "FitsError", code: "BAD_RANGE", message });
    };
    // A part, compressed by itself.
    const part = gzipSync(data.subarray(0, 1000));
    const told = { "content-range": "bytes 0-999/100000", "content-encoding": "gzip" };
    answer = [206, { ...told, "content-length": `${part.length}` }, part];
    await refused();
    answer = [206, { ...told, "transfer-encoding": "chunked" }, part];
    await refused();
    // A part of a file that is stored compressed.
    const stored = { "content-range": `bytes 0-999/${packed.length}`, "content-encoding": "gzip" };
    answer = [206, { ...stored, "content-length": "1000" }, packed.subarray(0, 1000)];
    if (client.fetch) await refused();
    else expect(Buffer.compare(await read(), packed.subarray(0, 1000))).toBe(0);
    answer = [206, { ...answer[1], "content-encoding": "Identity" }, packed.subarray(0, 1000)];
    expect(Buffer.compare(await read(), packed.subarray(0, 1000))).toBe(0);
    // All of it: the file itself, or what every reader of FITS takes for it.
    const all = { "content-encoding": "gzip", "content-length": `${packed.length}` };
    answer = [200, all, packed];
    const whole = client.fetch ? data : packed;
    expect(Buffer.compare(await read({ offset: 50, length: 100 }), whole.subarray(50, 150))).toBe(0);
    answer = [200, { "content-encoding": "br" }, brotliCompressSync(data)];
    if (client.fetch) expect(await read()).toEqual(data.slice(0, 1000));
    else await refused();
  });

  it("believes nothing of an answer that is longer than it says", async () => {
    let asked = 0;
    const url = await serveBy((_, response) => {
      const headers = { "content-range": "bytes 0-9/100", "transfer-encoding": "chunked" };
      response.writeHead(206, headers);
      if (asked++ > 0) return void response.end("0123456789");
      response.write("wrong");
      setTimeout(() => response.end("altogether"), 30);
    });
    const read = await httpSource(url, client).getRange({ offset: 0, length: 10 });
    expect(Buffer.from(read).toString()).toBe("0123456789");
    expect(asked).toBe(2);
  });

  it("refuses several ranges in one answer, 304 and 416 to what it did not ask", async () => {
    let answer: [status: number, headers: Record<string, string>] = [304, {}];
    let asked = 0;
    const url = await serveBy((_, response) => {
      asked++;
      const [status, headers] = answer;
      response.writeHead(status, headers).end(status === 304 ? undefined : "--x\r\n\r\n0123456789\r\n--x--");
    });
    const source = httpSource(url, { ...client, retries: 1 });
    const read = (offset: number): Promise<Uint8Array> => source.getRange({ offset, length: 10 });
    await expect(read(0)).rejects.toMatchObject({ code: "HTTP", message: expect.stringMatching(/304/) });
    expect(asked).toBe(1);
    answer = [206, { "content-type": "multipart/byteranges; boundary=x" }];
    await expect(read(0)).rejects.toMatchObject({ code: "BAD_RANGE" });
    expect(asked).toBe(3);
    // Shorter than asked for, and later shorter than it was.
    answer = [416, { "content-range": "bytes */50" }];
    expect(await read(60)).toHaveLength(0);
    expect([asked, source.size]).toEqual([4, 50]);
    answer = [416, { "content-range": "bytes */20" }];
    await expect(read(30)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
    answer = [416, {}];
    await expect(read(30)).rejects.toMatchObject({ code: "BAD_RANGE" });
    await expect(read(0)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
  });

  it("reads answers of HTTP/1.0 without Content-Length, and sees where they were cut off", async () => {
    let cut = 0;
    const server = createTcpServer((socket) => {
      socket.once("data", () => {
        const head = "HTTP/1.0 206 Partial Content\r\nContent-Range: bytes 0-9/100\r\n\r\n";
        socket.end(`${head}${cut-- > 0 ? "0123" : "0123456789"}`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    open.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    const source = httpSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a`, client);
    expect(Buffer.from(await source.getRange({ offset: 0, length: 10 })).toString()).toBe("0123456789");
    cut = 6;
    const read = source.getRange({ offset: 0, length: 10 });
    // What is asked for next is the rest, and that is not what this server sends.
    await expect(read).rejects.toMatchObject({ code: "BAD_RANGE" });
  });

  it.skipIf(!hasIpv6)("asks hosts that are IPv6 addresses", async () => {
    let host: string | undefined;
    const server = createServer((request, response) => {
      host = request.headers.host;
      response.writeHead(206, { "content-range": "bytes 0-0/9" }).end("x");
    });
    await new Promise<void>((resolve) => server.listen(0, "::1", resolve));
    open.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    const { port } = server.address() as AddressInfo;
    const source = httpSource(`http://user:pass@[::1]:${port}/a.fits`, client);
    expect(await source.getRange({ offset: 0, length: 1 })).toHaveLength(1);
    expect([host, source.href]).toEqual([`[::1]:${port}`, `http://[::1]:${port}/a.fits`]);
    server.closeAllConnections();
  });

  it("allocates nothing of the size that a request dreams of", async () => {
    const url = await serveBy((_, response) => {
      response.writeHead(206, { "content-range": `bytes 0-${1e15 - 1}/${1e15}` }).end("0123456789");
    });
    const read = httpSource(url, { ...client, retries: 0 }).getRange({ offset: 0, length: 2e15 });
    await expect(read).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  it("reads on where a server that does not tell the size sends less", async () => {
    const url = await serveBy((request, response) => {
      const start = Number(/=(\d+)-/.exec(request.headers.range!)![1]);
      if (start >= 1000) return void response.writeHead(416).end();
      const end = Math.min(start + 400, 1000);
      response
        .writeHead(206, { "content-range": `bytes ${start}-${end - 1}/*` })
        .end(data.subarray(start, end));
    });
    expect(await httpSource(url, client).getRange({ offset: 100, length: 5000 })).toEqual(
      data.slice(100, 1000),
    );
  });

  it("fails quickly where nobody listens", async () => {
    const start = performance.now();
    const read = httpSource("http://127.0.0.1:1/a", client).getRange({ offset: 0, length: 1 });
    await expect(read).rejects.toMatchObject({ code: "NETWORK" });
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it("mends connections that the server closed while they were idle", async () => {
    const url = await serveBy((request, response) => {
      response.writeHead(206, { "content-range": "bytes 0-0/9" }).end("x");
      setTimeout(() => request.socket.destroy(), 5);
    });
    const source: ByteSource = httpSource(url, client);
    for (let i = 0; i < 10; i++) {
      await source.getRange({ offset: 0, length: 1 });
      await new Promise((resolve) => setTimeout(resolve, 4 + (i % 3)));
    }
  });
});

describe("headers that a browser hides", () => {
  const answer = (headers: Record<string, string>): SourceOptions => ({
    retries: 0,
    fetch: async () => {
      const response = new Response("0123456789", { status: 206, headers });
      Object.defineProperty(response, "type", { value: "cors" });
      return response;
    },
  });
  it("are done without where the length vouches for the range, and asked for where it does not", async () => {
    const vouched = httpSource("https://a/b", answer({ "content-length": "10" }));
    expect(await vouched.getRange({ offset: 0, length: 10 })).toHaveLength(10);
    const hidden = httpSource("https://a/b", answer({ "content-length": "10" })).getRange({
      offset: 0,
      length: 20,
    });
    const message = expect.stringContaining("Access-Control-Expose-Headers: Content-Range, ETag");
    await expect(hidden).rejects.toMatchObject({ code: "BAD_RANGE", message });
  });
});

describe("credentials", () => {
  it("of signed addresses are not shown, whoever signed them", () => {
    const secret =
      "X-Amz-Credential X-Amz-Signature X-Amz-Security-Token Key-Pair-Id Policy Signature AWSAccessKeyId GoogleAccessId " +
      "X-Goog-Credential X-Goog-Signature sig hdnts hdnea __gda__ access_token jwt code ticket hmac api_key apikey pass sid";
    const names = secret.split(" ");
    const plain = "passband=F606W&uri=mast:HST/a.fits&X-Amz-Date=2026&X-Amz-SignedHeaders=host&se=9";
    const query = `${names.map((name) => `${name}=HUSH`).join("&")}&${plain}`;
    const shown = `${names.map((name) => `${name}=***`).join("&")}&${plain}`;
    expect(httpSource(`https://a/b?${query}`).href).toBe(`https://a/b?${shown}`);
    for (const wrong of ["https://me:HU/SH@a/b", "https://me:HUSH@[a/b?sig=HUSH"]) {
      expect(() => httpSource(wrong)).toThrowError(/not a valid URL/);
      expect(() => httpSource(wrong)).not.toThrowError(/HU/);
    }
  });

  it("do not go from https to http", async () => {
    const asked: string[] = [];
    const fetch = async (url: string): Promise<Response> => {
      asked.push(url);
      return new Response(null, { status: 302, headers: { location: "http://a/b" } });
    };
    const read = httpSource("https://user:HUSH@a/b", { fetch }).getRange({ offset: 0, length: 1 });
    await expect(read).rejects.toMatchObject({
      code: "FORBIDDEN",
      message: expect.not.stringMatching("HUSH"),
    });
    expect(asked).toEqual(["https://a/b"]);
  });

  it("are not in the message of a client that shows its URL", async () => {
    const fetch = async (url: string): Promise<Response> => {
      throw new Error(`request to ${url} failed`);
    };
    const error = await httpSource("https://a/b?sig=HUSH", { fetch, retries: 0 })
      .getRange({ offset: 0, length: 1 })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "NETWORK", message: expect.stringContaining("sig=***") });
    expect((error as Error).cause).toBeUndefined();
  });

  it("that are no HTTP are refused without being shown", () => {
    const make = (): unknown => httpSource("https://a/b", { headers: { "x-key": "HUSH\r\nx: y" } });
    expect(make).toThrowError(/x-key/);
    expect(make).not.toThrowError(/HUSH/);
  });
});
