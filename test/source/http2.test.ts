/** Reads over HTTP/2 in Node: as over HTTP/1.1, on one connection. */
import { createServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { open } from "../../src/open.js";
import { httpSource, httpSourceOver } from "../../src/source/http.js";
import type { SourceOptions } from "../../src/source/options.js";
import type { RequestRecord } from "../../src/source/source.js";
import { azureAccess } from "../../src/source/stores/azure.js";
import { exampleFile } from "../fixtures/example.js";
import { type Certificate, certificateFor } from "../servers/certificate.js";
import { type Http2Fault, type Http2Server, startHttp2Server } from "../servers/http2-server.js";
import { noise } from "../servers/range-server.js";

vi.mock(import("../../src/source/retry.js"), async (original) => ({
  ...(await original()),
  pauseBefore: () => 0,
}));

const data = noise(100_000);
let certificate: Certificate;
const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
const servers: { close(): Promise<void> }[] = [];
beforeAll(() => {
  certificate = certificateFor("IP:127.0.0.1", "DNS:localhost");
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"; // the certificate is this test's own
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(() => {
  if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
  certificate.remove();
});

async function serve(options: Partial<Parameters<typeof startHttp2Server>[0]> = {}): Promise<Http2Server> {
  const server = await startHttp2Server({ certificate, files: { "/a.fits": data }, ...options });
  servers.push(server);
  return server;
}
const at = (server: { url: string }, options: SourceOptions = {}) =>
  httpSource(`${server.url}/a.fits`, { http2: true, ...options });

describe("HTTP/2", () => {
  it("carries all requests to a host on one connection, as many at a time as the server lets in", async () => {
    const server = await serve({ maxConcurrentStreams: 10, latency: 5 });
    const source = at(server);
    expect(source.connections).toBe(100);
    const ranges = Array.from({ length: 64 }, (_, i) => ({ offset: 1000 * i, length: 900 }));
    const parts = await Promise.all(ranges.map((range) => source.getRange(range)));
    for (const [i, part] of parts.entries()) expect(part).toEqual(data.slice(1000 * i, 1000 * i + 900));
    expect(server.requests).toHaveLength(64);
    expect(new Set(server.requests.map(({ connection }) => connection)).size).toBe(1);
    expect(server.most.streams).toBe(10);
    expect(source.connections).toBe(10);
    expect(server.requests[0]!.headers).toMatchObject({
      ":authority": server.url.slice(8),
      range: "bytes=0-899",
      "user-agent": "fitslice",
    });
  });

  it("moves more than the windows that HTTP/2 begins with", async () => {
    const large = noise(3_000_000, 5);
    const server = await serve({ files: { "/a.fits": large } });
    const bytes = await at(server).getRange({ offset: 10, length: 2_900_000 });
    expect(Buffer.compare(bytes, large.subarray(10, 2_900_010))).toBe(0);
  });

  it("reads FITS files like any other", async () => {
    const file = await exampleFile();
    const server = await serve({ files: { "/hst.fits": file } });
    const here = await (await (await open(file)).image("SCI")).section("3:9, 2:8");
    const fits = await open(`${server.url}/hst.fits`, { http2: true });
    expect(await (await fits.image("SCI")).section("3:9, 2:8")).toEqual(here);
    await fits.close();
  });

  it.each<[Http2Fault, RegExp]>([
    ["500", /500/],
    ["503", /503/],
    ["early", /broke|no answer/],
    ["reset", /broke/],
    ["cancel", /broke/],
    ["short", /broke|ended/],
    ["clean", /ended at byte/],
    ["silent", /silence/],
    ["stall", /silence/],
    ["lost", /broke/],
  ])("mends %s, and says what it was", async (fault, failure) => {
    const server = await serve();
    const source = at(server, { timeout: 150 });
    await source.getRange({ offset: 0, length: 10 });
    server.nextFaults.push(fault, fault);
    const records: RequestRecord[] = [];
    const bytes = await source.getRange(
      { offset: 20_000, length: 30_000 },
      { record: (r) => records.push(r) },
    );
    expect(Buffer.compare(bytes, data.subarray(20_000, 50_000))).toBe(0);
    expect(records).toHaveLength(3);
    for (const record of records.slice(0, -1)) expect(record.failure).toMatch(failure);
  });

  it("sends a refused stream again at once, no more than three times", async () => {
    const server = await serve();
    const source = at(server, { retries: 0 });
    server.nextFaults.push("refuse", "refuse");
    expect(await source.getRange({ offset: 0, length: 10 })).toEqual(data.slice(0, 10));
    server.nextFaults.push("refuse", "refuse", "refuse", "refuse");
    await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject({ code: "NETWORK" });
    expect(server.requests).toHaveLength(7);
  });

  it("goes on over another connection when the server says that this one takes no more", async () => {
    const server = await serve();
    const source = at(server, { retries: 0 });
    server.nextFaults.push("goaway");
    expect(await source.getRange({ offset: 0, length: 50_000 })).toEqual(data.slice(0, 50_000));
    const reads = [1, 2, 3].map((i) => source.getRange({ offset: i, length: 1000 }));
    for (const [i, bytes] of (await Promise.all(reads)).entries())
      expect(bytes).toEqual(data.slice(i + 1, i + 1001));
    expect(server.requests.map(({ connection }) => connection)).toEqual([0, 1, 1, 1]);
  });

  it("ends a read that is aborted, and no other", async () => {
    const server = await serve();
    const source = at(server);
    await source.getRange({ offset: 0, length: 10 });
    server.nextFaults.push("silent", "stall");
    const stop = new AbortController();
    const lost = [1, 2].map((offset) => source.getRange({ offset, length: 50_000 }, { signal: stop.signal }));
    const fine = source.getRange({ offset: 3, length: 50_000 });
    await fine;
    stop.abort(new Error("enough"));
    for (const read of lost) await expect(read).rejects.toThrow("enough");
    expect(await source.getRange({ offset: 0, length: 10 })).toEqual(data.slice(0, 10));
    expect(new Set(server.requests.map(({ connection }) => connection)).size).toBe(1);
  });

  it("gives a connection up that nobody waits for any more", async () => {
    const tcp = createTcpServer(() => {}); // never answers
    const sockets: { destroyed: boolean; destroy(): void }[] = [];
    tcp.on("connection", (socket) => {
      sockets.push(socket);
      socket.resume();
      socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
    const url = `https://127.0.0.1:${(tcp.address() as AddressInfo).port}`;
    const source = at({ url }, { timeout: 100, retries: 1 });
    await expect(source.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({ code: "TIMEOUT" });
    await vi.waitFor(() => expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true]));
    await new Promise((resolve) => tcp.close(resolve));
  });

  it("is HTTP/1.1 with a server that speaks no other, and with http: addresses", async () => {
    const versions: string[] = [];
    const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
      versions.push(request.httpVersion);
      response.writeHead(206, { "content-range": "bytes 0-9/100000" }).end(data.subarray(0, 10));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push({
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    });
    const source = at({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` });
    for (let i = 0; i < 2; i++)
      expect(await source.getRange({ offset: 0, length: 10 })).toEqual(data.slice(0, 10));
    expect(versions).toEqual(["1.1", "1.1"]);
    expect(source.connections).toBeUndefined();
    expect(httpSource("http://127.0.0.1:1/a", { http2: true }).connections).toBeUndefined();
  });

  it("is no way around the checks of a certificate", async () => {
    const server = await serve();
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "1";
    try {
      await expect(at(server, { retries: 0 }).getRange({ offset: 0, length: 1 })).rejects.toMatchObject({
        code: "NETWORK",
        message: expect.stringMatching(/certificate .*NODE_EXTRA_CA_CERTS/),
      });
    } finally {
      process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    }
  });

  it("has what is sent and refused as over HTTP/1.1: tokens, redirects, missing files, stores", async () => {
    const server = await serve({
      route: (path, { authorization }) =>
        path === "/moved"
          ? { status: 302, headers: { location: "/a.fits" } }
          : authorization
            ? undefined
            : { status: 401, body: "no" },
    });
    const headers = { authorization: "Bearer HUSH" };
    const moved = httpSource(`${server.url}/moved`, { http2: true, headers });
    expect(await moved.getRange({ offset: 0, length: 10 })).toEqual(data.slice(0, 10));
    await expect(at(server).getRange({ offset: 0, length: 1 })).rejects.toMatchObject({
      code: "BAD_CREDENTIALS",
    });
    const none = httpSource(`${server.url}/none`, { http2: true, headers });
    await expect(none.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({ code: "NOT_FOUND" });
    const options = { http2: true, az: { endpoint: server.url, accountKey: btoa("HUSH") } };
    const blob = httpSourceOver(azureAccess("az://account/c/none.fits", options), options);
    await expect(blob.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(server.requests.at(-1)!.headers["authorization"]).toMatch(/^SharedKey account:/);
  });
});
