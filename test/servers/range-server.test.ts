import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  fileOnDisk,
  noise,
  parseRange,
  type RangeServer,
  type RangeServerOptions,
  sparseFile,
  startRangeServer,
} from "./range-server.js";
import { line } from "./shaping.js";

const data = noise(1000);
const open: RangeServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(options: RangeServerOptions = {}): Promise<RangeServer> {
  const server = await startRangeServer({ files: { "/a": data }, ...options });
  open.push(server);
  return server;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** One request, without any of the library's code. */
function get(url: string, range?: string, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent: false, headers: range ? { range } : {} }, (message) => {
      const chunks: Buffer[] = [];
      message.on("data", (chunk: Buffer) => chunks.push(chunk));
      message.on("error", reject);
      message.on("end", () =>
        resolve({ status: message.statusCode!, headers: message.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("parseRange follows RFC 9110", () => {
  it.each([
    ["bytes=0-0", { offset: 0, length: 1 }],
    ["bytes=0-9", { offset: 0, length: 10 }],
    ["bytes=990-2000", { offset: 990, length: 10 }],
    ["bytes=999-", { offset: 999, length: 1 }],
    ["bytes=-5", { offset: 995, length: 5 }],
    ["bytes=-5000", { offset: 0, length: 1000 }],
    ["bytes=1000-", "outside"],
    ["bytes=1000-1000", "outside"],
    ["bytes=-0", "outside"],
    ["bytes=9-3", undefined],
    ["bytes=-", undefined],
    ["items=0-1", undefined],
    ["bytes=0-1,5-6", undefined],
    [undefined, undefined],
  ])("%s", (header, range) => expect(parseRange(header, 1000)).toEqual(range));
  it("has nothing to give of an empty object", () => expect(parseRange("bytes=0-9", 0)).toBe("outside"));
});

describe("range server", () => {
  it("serves exactly the bytes asked for, and says which", async () => {
    const { url, requests } = await serve();
    const answer = await get(`${url}/a`, "bytes=10-19");
    expect(answer.status).toBe(206);
    expect(answer.headers["content-range"]).toBe("bytes 10-19/1000");
    expect(answer.headers["content-length"]).toBe("10");
    expect(answer.body.equals(Buffer.from(data.subarray(10, 20)))).toBe(true);
    expect(requests).toMatchObject([
      { method: "GET", path: "/a", offset: 10, length: 10, status: 206, sent: 10 },
    ]);
  });

  it("cuts a range at the end, and answers 416 past it", async () => {
    const { url } = await serve();
    const cut = await get(`${url}/a`, "bytes=995-1500");
    expect([cut.headers["content-range"], cut.body.length]).toEqual(["bytes 995-999/1000", 5]);
    const past = await get(`${url}/a`, "bytes=1000-1500");
    expect([past.status, past.headers["content-range"]]).toEqual([416, "bytes */1000"]);
  });

  it("serves the whole object without a range, its headers to HEAD, 404 for what is not there", async () => {
    const { url, set } = await serve();
    expect((await get(`${url}/a`)).body.equals(Buffer.from(data))).toBe(true);
    const head = await get(`${url}/a`, undefined, "HEAD");
    expect([head.status, head.headers["content-length"], head.body.length]).toEqual([200, "1000", 0]);
    expect((await get(`${url}/b`)).status).toBe(404);
    set("/b", data);
    expect((await get(`${url}/b`)).status).toBe(200);
  });

  it("changes the ETag when the content changes", async () => {
    const { url, set } = await serve();
    const before = (await get(`${url}/a`)).headers["etag"];
    expect((await get(`${url}/a`)).headers["etag"]).toBe(before);
    set("/a", data);
    expect((await get(`${url}/a`)).headers["etag"]).not.toBe(before);
  });

  it("serves files on disk and objects that exist nowhere", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fitslice-"));
    writeFileSync(join(folder, "a"), data);
    const disk = fileOnDisk(join(folder, "a"));
    const sparse = sparseFile(44e9, [{ offset: 43e9, bytes: data }]);
    const { url } = await serve({
      files: new Map([
        ["/disk", disk],
        ["/sparse", sparse],
      ]),
    });
    expect(
      (await get(`${url}/disk`, "bytes=500-599")).body.equals(Buffer.from(data.subarray(500, 600))),
    ).toBe(true);
    const answer = await get(`${url}/sparse`, `bytes=${43e9 - 2}-${43e9 + 1}`);
    expect([...answer.body]).toEqual([0, 0, data[0], data[1]]);
    expect(answer.headers["content-range"]).toBe(`bytes ${43e9 - 2}-${43e9 + 1}/${44e9}`);
    disk.close?.();
    rmSync(folder, { recursive: true });
  });

  it("waits for its latency, and paces each connection and all of them", async () => {
    const files = { "/a": noise(2_000_000) };
    const { url } = await serve({ files, latency: 60, connectionThroughput: 10e6, totalThroughput: 15e6 });
    const timed = async (work: Promise<unknown>): Promise<number> => {
      const start = performance.now();
      await work;
      return performance.now() - start;
    };
    // Never sooner than that; how much later is the machine's affair.
    const small = await timed(get(`${url}/a`, "bytes=0-0"));
    expect(small).toBeGreaterThan(58);
    const one = await timed(get(`${url}/a`)); // 60 ms and 200 ms
    expect(one).toBeGreaterThan(220);
    const two = await timed(Promise.all([get(`${url}/a`), get(`${url}/a`)])); // 60 ms and 4 MB at 15 MB/s
    expect(two).toBeGreaterThan(290);
  });

  it("has a line's bytes through in the time that they take, one after another", () => {
    const { send } = line(10e6);
    const first = send(1e9);
    expect(send(2e9) - first).toBeCloseTo(200_000);
    expect(send(1e9) - first).toBeCloseTo(300_000);
  });

  it("fails as told", async () => {
    const { url, nextFaults } = await serve({ faults: { rate: 0, retryAfter: 7 } });
    const meets = (fault: (typeof nextFaults)[number], range = "bytes=100-199"): Promise<Answer> => {
      nextFaults.push(fault);
      return get(`${url}/a`, range);
    };
    expect((await meets("500")).status).toBe(500);
    expect(await meets("503")).toMatchObject({ status: 503, headers: { "retry-after": "7" } });
    for (const fault of ["refuse", "reset", "short", "garbage"] as const)
      await expect(meets(fault)).rejects.toThrow();
    expect(await meets("less")).toMatchObject({
      headers: { "content-range": "bytes 100-199/1000", "content-length": "50" },
    });
    expect(await meets("200")).toMatchObject({ status: 200, headers: { "content-length": "1000" } });
    expect(await meets("range")).toMatchObject({ headers: { "content-range": "bytes 99-198/1000" } });
    expect(await meets("shift")).toMatchObject({ headers: { "content-range": "bytes 101-200/1000" } });
    expect((await meets("shift")).body.equals(Buffer.from(data.subarray(100, 200)))).toBe(true);
    expect(await meets("etag")).toMatchObject({ headers: { etag: '"another"' } });
    const clean = await meets("clean");
    expect(clean).toMatchObject({ headers: { "content-range": "bytes 100-199/1000" } });
    expect(clean.headers["content-length"]).toBeUndefined();
    expect(clean.body.equals(Buffer.from(data.subarray(100, 150)))).toBe(true);
    const page = await meets("page");
    expect(page).toMatchObject({ status: 206, headers: { "content-range": "bytes 100-199/1000" } });
    expect(page.headers["content-length"]).toBe(String(page.body.length));
    expect(page.body.toString()).toMatch(/^<!doctype html>/);
    const whole = await meets("page200");
    expect([whole.status, whole.headers["content-length"], whole.headers["etag"]]).toEqual([
      200,
      undefined,
      undefined,
    ]);
    expect(whole.body.equals(page.body)).toBe(true);
    const past = await meets("416");
    expect([past.status, past.headers["content-range"]]).toEqual([416, undefined]);
    const bare = await meets("bare");
    expect(bare.body.equals(Buffer.from(data.subarray(100, 200)))).toBe(true);
    expect([bare.headers["etag"], bare.headers["last-modified"]]).toEqual([undefined, undefined]);
    expect((await meets("trickle", "bytes=100-104")).body.equals(Buffer.from(data.subarray(100, 105)))).toBe(
      true,
    );
    expect(await meets("size")).toMatchObject({ headers: { "content-range": "bytes 100-199/1001" } });
    expect((await get(`${url}/a`, "bytes=0-0")).status).toBe(206);
  });
});
