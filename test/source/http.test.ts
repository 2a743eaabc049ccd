import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import type { SourceOptions } from "../../src/source/options.js";
import type { ByteSource, RequestRecord } from "../../src/source/source.js";
import { sparseFile } from "../servers/range-server.js";
import { clients, data, httpSource, testServers } from "./http-source.js";

const { serve, serveBy, end } = testServers();
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);
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
      // The server has met the request first, and what it has to say is there.
      await expect.poll(() => nextFaults.length).toBe(0);
      setTimeout(() => controller.abort(reason), 60);
      await expect(read).rejects.toBe(reason);
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

  it.skipIf(!hasIpv6)("asks hosts that are IPv6 addresses", async () => {
    let host: string | undefined;
    const server = createServer((request, response) => {
      host = request.headers.host;
      response.writeHead(206, { "content-range": "bytes 0-0/9" }).end("x");
    });
    await new Promise<void>((resolve) => server.listen(0, "::1", resolve));
    end({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    const { port } = server.address() as AddressInfo;
    const source = httpSource(`http://user:pass@[::1]:${port}/a.fits`, client);
    expect(await source.getRange({ offset: 0, length: 1 })).toHaveLength(1);
    expect([host, source.href]).toEqual([`[::1]:${port}`, `http://[::1]:${port}/a.fits`]);
    server.closeAllConnections();
  });

  it("allocates nothing of the size that a request dreams of", async () => {
    const url = await serveBy((_, response) => {
      response.writeHead(206, { "content-range": `bytes 0-${1e15 - 1}/${1e15}` });
      response.write("0123456789"); // chunked: its length is not told
    });
    const read = httpSource(url, { ...client, retries: 0 }).getRange({ offset: 0, length: 2e15 });
    await expect(read).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  it("asks once where nobody listens", async () => {
    const records: RequestRecord[] = [];
    const gone = await serve();
    await gone.close();
    const source = httpSource(`${gone.url}/a`, client);
    const read = source.getRange({ offset: 0, length: 1 }, { record: (r) => records.push(r) });
    await expect(read).rejects.toMatchObject({ code: "NETWORK" });
    expect(records).toHaveLength(1);
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
