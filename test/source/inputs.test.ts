/** What may be opened, and with which options. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { httpSource as exported, open } from "../../src/index.js";
import type { Scheme, SourceOptions } from "../../src/source/options.js";
import { resolveSource, type SourceInput } from "../../src/source/resolve.js";
import type { ByteSource } from "../../src/source/source.js";
import { noise } from "../servers/content.js";
import { clients, data, httpSource, testServers } from "./http-source.js";

vi.mock(import("../../src/source/retry.js"), async (original) => ({
  ...(await original()),
  pauseBefore: () => 0,
}));
const folder = mkdtempSync(join(tmpdir(), "fitslice-inputs-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "a.fits");
writeFileSync(path, data);
const { serve, serveBy } = testServers();
const some = { offset: 10, length: 20 };

describe("headers", () => {
  it.each<[string, SourceOptions["headers"]]>([
    ["an object", { "X-A": "one", authorization: "Bearer t" }],
    ["a Headers", new Headers({ "X-A": "one", authorization: "Bearer t" })],
    [
      "pairs",
      [
        ["X-A", "one"],
        ["Authorization", "Bearer t"],
      ],
    ],
    ["a function", () => ({ "X-A": "one", Authorization: "Bearer t" })],
    ["an async function", async () => new Headers({ "x-a": "one", authorization: "Bearer t" })],
  ])("may be %s", async (_, headers) => {
    const { url, requests } = await serve();
    await (await resolveSource(`${url}/a.fits`, { headers })).getRange(some);
    expect(requests[0]?.headers).toMatchObject({ "x-a": "one", authorization: "Bearer t" });
  });

  it("of a function are asked for with each request", async () => {
    const { url, requests } = await serve();
    let n = 0;
    const source = httpSource(`${url}/a.fits`, { headers: () => ({ "X-Token": `token-${n++}` }) });
    for (let i = 0; i < 3; i++) await source.getRange(some);
    expect(requests.map(({ headers }) => headers["x-token"])).toEqual(["token-0", "token-1", "token-2"]);
  });

  it("of a function that never answers, fails or gives nonsense end the read", async () => {
    const read = (headers: unknown, options: object = {}): Promise<Uint8Array> =>
      httpSource("http://127.0.0.1:1/a", { headers: headers as never, timeout: 50 }).getRange(some, options);
    await expect(read(() => new Promise(() => {}))).rejects.toMatchObject({ code: "TIMEOUT" });
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(read(() => new Promise(() => {}), { signal })).rejects.toBe(reason);
    const cause = new Error("no token");
    await expect(read(() => Promise.reject(cause))).rejects.toMatchObject({ code: "BAD_CREDENTIALS", cause });
    await expect(read(() => 5)).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
    await expect(read(() => ({ "X-A": "a\nb" }))).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
  });

  it.each(["content-length", "Range", "transfer-encoding", "Accept-Encoding"])(
    "that are fitslice's own are refused: %s",
    async (name) => {
      const opening = resolveSource("http://127.0.0.1:1/a", { headers: { [name]: "5" } });
      await expect(opening).rejects.toMatchObject({
        code: "BAD_ARGUMENT",
        message: expect.stringContaining(name.toLowerCase()),
      });
    },
  );
});

describe("Request and Response", () => {
  it("a Request gives its URL and headers, options add to them", async () => {
    const { url, requests } = await serve();
    const request = new Request(`${url}/a.fits`, { headers: { "X-A": "one", "X-B": "two" } });
    const source = await resolveSource(request, { headers: { "x-b": "three" } });
    expect(await source.getRange(some)).toEqual(data.slice(10, 30));
    expect(requests[0]?.headers).toMatchObject({ "x-a": "one", "x-b": "three" });
    const post = new Request(url, { method: "POST" });
    await expect(resolveSource(post)).rejects.toMatchObject({ code: "BAD_SOURCE" });
  });

  it("a Response gives its body", async () => {
    const { url } = await serve();
    const source = await resolveSource(await fetch(`${url}/a.fits`));
    expect([source.href, source.size]).toEqual([`${url}/a.fits`, 100_000]);
    expect(await source.getRange(some)).toEqual(data.slice(10, 30));
    expect((await resolveSource(new Response(data.slice()))).size).toBe(100_000);
  });

  it("a Response that is an error, a part, used, too large or silent is refused", async () => {
    const used = new Response("x");
    await used.text();
    const large = new Response("x", { headers: { "content-length": "5e9".replace("5e9", "5000000000") } });
    const silent = new Response(new ReadableStream({}));
    const broken = new Response(new ReadableStream({ start: (c) => c.error(new Error("no")) }));
    for (const [response, code] of [
      [new Response("", { status: 404 }), "NOT_FOUND"],
      [new Response("x", { status: 206 }), "BAD_SOURCE"],
      [used, "BAD_SOURCE"],
      [large, "TOO_LARGE"],
      [silent, "TIMEOUT"],
      [broken, "NETWORK"],
    ] as const)
      await expect(resolveSource(response, { timeout: 50 })).rejects.toMatchObject({ code });
    const reason = new Error("enough");
    const aborted = open(new Response(new ReadableStream({})), { signal: AbortSignal.abort(reason) });
    await expect(aborted).rejects.toBe(reason);
  });
});

describe("schemes", () => {
  const https: readonly Scheme[] = ["https"];
  it.each<[string, readonly Scheme[]]>([
    [path, https],
    [pathToFileURL(path).href, https],
    [pathToFileURL(path).href.replace("file:", "FILE:"), https],
    ["/etc/passwd", https],
    ["etc:passwd", https],
    ["C:\\a.fits", https],
    ["http://127.0.0.1:1/", https],
    ["s3://a/b", https],
    ["data:,x", https],
    ["blob:x", https],
    ["", https],
    ["ftp://a/b", https],
    ["https://a/b", ["s3", "file"]],
    ["https://a/b", []],
  ])("refuse %s with %o, and open nothing", async (input, schemes) => {
    const refused = { code: "BAD_SOURCE", message: expect.stringMatching(/allowed/) };
    await expect(open(input, { schemes })).rejects.toMatchObject(refused);
    await expect(resolveSource(input, { schemes })).rejects.toMatchObject(refused);
  });

  it("refuse a redirect to another kind, a Request, a URL object, and httpSource", async () => {
    const schemes = https;
    const fetch = async (): Promise<Response> =>
      new Response(null, { status: 302, headers: { location: "http://169.254.169.254/" } });
    const read = (await resolveSource("https://a/b", { fetch, schemes })).getRange(some);
    await expect(read).rejects.toMatchObject({ code: "BAD_SOURCE" });
    for (const input of [new Request("http://a/b"), new URL("http://a/b"), pathToFileURL(path)])
      await expect(resolveSource(input, { schemes })).rejects.toMatchObject({ code: "BAD_SOURCE" });
    expect(() => exported("http://a/b", { schemes })).toThrowError(/allowed/);
  });

  it("that are allowed are opened, objects of the program's own as ever", async () => {
    for (const input of [path, pathToFileURL(path).href.replace("file:", "FILE:")]) {
      const source = await resolveSource(input, { schemes: ["file"] });
      expect(await source.getRange(some)).toEqual(data.slice(10, 30));
      await source.close?.();
    }
    expect((await resolveSource(data, { schemes: [] })).size).toBe(100_000);
  });
});

describe("after close", () => {
  const closing: [string, () => SourceInput | Promise<SourceInput>][] = [
    ["a path", () => path],
    ["bytes", () => data],
    ["a Blob", () => new Blob([data.slice()])],
    ["a Response", () => new Response(data.slice())],
    ["a data: URL", () => "data:,abc"],
    ["HTTP", async () => `${(await serve()).url}/a.fits`],
    ["HTTP that came whole", async () => `${(await serve({ ranges: false })).url}/a.fits`],
  ];
  it.each(closing)("%s answers with CLOSED", async (_, input) => {
    const source = await resolveSource(await input());
    await source.getRange({ offset: 0, length: 2 });
    await source.close?.();
    await source.close?.();
    for (const range of [some, { offset: 0, length: 0 }])
      await expect(source.getRange(range)).rejects.toMatchObject({ code: "CLOSED" });
  });

  it.each(clients)("reads on their way end, over %s", async (_, client) => {
    const { url, nextFaults, requests } = await serve();
    for (const fault of ["silent", "stall"] as const) {
      nextFaults.push(fault);
      const source: ByteSource = httpSource(`${url}/a.fits`, client);
      const reading = source.getRange({ offset: 0, length: 50_000 });
      reading.catch(() => {});
      await expect.poll(() => nextFaults.length).toBe(0);
      await source.close?.();
      await expect(reading).rejects.toMatchObject({ code: "CLOSED" });
    }
    expect(requests).toHaveLength(2);
  });
});

describe("pin", () => {
  it("size: other ETags are taken, another size is not; none: neither matters", async () => {
    const { url, nextFaults } = await serve();
    const mirrors = httpSource(`${url}/a.fits`, { pin: "size" });
    await mirrors.getRange(some);
    nextFaults.push("etag", "bare");
    for (let i = 0; i < 2; i++) expect(await mirrors.getRange(some)).toEqual(data.slice(10, 30));
    expect(mirrors.tag).toBeUndefined();
    nextFaults.push("size");
    await expect(mirrors.getRange(some)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
    const any = httpSource(`${url}/a.fits`, { pin: "none" });
    await any.getRange(some);
    nextFaults.push("etag", "size");
    for (let i = 0; i < 2; i++) expect(await any.getRange(some)).toEqual(data.slice(10, 30));
  });

  it("of a local file: its time, its size, nothing", async () => {
    const open = (pin: SourceOptions["pin"]): Promise<ByteSource> => resolveSource(path, { pin });
    const all = await Promise.all([open("etag"), open("size"), open("none")]);
    utimesSync(path, 1, 1);
    await expect(all[0]!.getRange(some)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
    expect(await all[1]!.getRange(some)).toEqual(data.slice(10, 30));
    writeFileSync(path, noise(200_000, 2));
    await expect(all[1]!.getRange(some)).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
    expect(await all[2]!.getRange(some)).toEqual(noise(200_000, 2).slice(10, 30));
    writeFileSync(path, data);
    for (const source of all) await source.close?.();
  });

  it.each(clients)("warns where there is nothing to pin, over %s", async (_, client) => {
    const { url } = await serve({ validators: false });
    const source = httpSource(`${url}/a.fits`, client);
    expect(source.warnings).toEqual([]);
    await source.getRange(some);
    expect(source.warnings).toEqual([expect.stringMatching(/sends no ETag.*would go unnoticed/)]);
    const tagged = httpSource(`${(await serve()).url}/a.fits`, client);
    await tagged.getRange(some);
    expect(tagged.warnings).toEqual([]);
  });
});

describe("a fetch of the user's", () => {
  const read = (fetch: unknown): Promise<Uint8Array> =>
    httpSource("https://a/b", { fetch: fetch as never, retries: 1, timeout: 50 }).getRange({
      offset: 0,
      length: 10,
    });
  const part = { "content-range": "bytes 0-9/100", "content-length": "10" };

  it.each([undefined, null, "offline", 5, {}, Symbol("x")])(
    "that rejects with %o is a network that fails",
    async (why) => {
      await expect(read(() => Promise.reject(why))).rejects.toMatchObject({ code: "NETWORK" });
    },
  );

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a string", "x"],
    ["an object without headers", { status: 206 }],
    ["a body of strings", { status: 206, headers: new Headers(part), body: Readable.from(["0123456789"]) }],
  ])("that answers with %s is told so", async (_, answer) => {
    await expect(read(async () => answer)).rejects.toMatchObject({
      code: "BAD_ARGUMENT",
      message: expect.stringContaining("the option fetch"),
    });
  });

  it("may answer with a stream of Node's, or without a stream", async () => {
    const body = Readable.from([Buffer.from("01234"), Buffer.from("56789")]);
    const headers = new Headers(part);
    expect(Buffer.from(await read(async () => ({ status: 206, headers, body }))).toString()).toBe(
      "0123456789",
    );
    const whole = { arrayBuffer: async () => new TextEncoder().encode("0123456789").buffer };
    expect(await read(async () => ({ status: 206, headers, body: null, ...whole }))).toHaveLength(10);
    await expect(read(async () => ({ status: 206, headers, body: null }))).rejects.toMatchObject({
      code: "SHORT_READ",
    });
  });

  it("that sends empty chunks for ever is timed out, one that is slow as well", async () => {
    const empty = (): ReadableStream => new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array(0)) });
    await expect(
      read(async () => new Response(empty(), { status: 206, headers: part })),
    ).rejects.toMatchObject({ code: "TIMEOUT" });
    await expect(read(() => new Promise(() => {}))).rejects.toMatchObject({ code: "TIMEOUT" });
  });
});

describe.each(clients)("the end of an object whose size nobody tells, over %s", (_, client) => {
  it("is asked for, not taken from a status 416", async () => {
    const asked: (string | undefined)[] = [];
    let stray = 0;
    const url = await serveBy((request, response) => {
      const { range } = request.headers;
      asked.push(range);
      if (range === undefined)
        return void response.writeHead(200, { "content-length": "1000" }).end(data.subarray(0, 1000));
      const [start, last] = range.slice(6).split("-").map(Number) as [number, number];
      if (start >= 1000 || stray-- > 0) return void response.writeHead(416).end();
      const end = Math.min(last + 1, 1000);
      response
        .writeHead(206, { "content-range": `bytes ${start}-${end - 1}/*` })
        .end(data.subarray(start, end));
    });
    const past = httpSource(url, client);
    expect(await past.getRange({ offset: 2000, length: 10 })).toHaveLength(0);
    expect(past.size).toBe(1000);
    expect(asked.splice(0)).toEqual(["bytes=2000-2009", undefined]);
    stray = 1;
    const source = httpSource(url, { ...client, retries: 0 });
    expect(await source.getRange({ offset: 500, length: 10 })).toEqual(data.slice(500, 510));
    expect(asked).toEqual(["bytes=500-509", undefined, "bytes=500-509"]);
  });
});

describe("a page to which the server hides Content-Range", () => {
  const hidden = (size: number): { asked: (string | null)[]; fetch: SourceOptions["fetch"] } => {
    const asked: (string | null)[] = [];
    const fetch = async (_: string, init: RequestInit): Promise<Response> => {
      const range = new Headers(init.headers).get("range");
      asked.push(range);
      const [start = 0, last = size] = range?.slice(6).split("-").map(Number) ?? [];
      const body = start >= size ? new Uint8Array(0) : data.slice(start, Math.min(last + 1, size));
      const status = range === null ? 200 : start >= size ? 416 : 206;
      const response = new Response(body, { status, headers: { "content-length": `${body.length}` } });
      return Object.defineProperty(response, "type", { value: "cors" });
    };
    return { asked, fetch };
  };

  it("reads up to the end, past it, and files that are shorter than the first read", async () => {
    const { asked, fetch } = hidden(50_000);
    const source = httpSource("https://a/b", { fetch: fetch!, retries: 0 });
    expect(await source.getRange({ offset: 49_990, length: 20 })).toEqual(data.slice(49_990, 50_000));
    expect([source.size, asked.splice(0)]).toEqual([
      50_000,
      ["bytes=49990-50009", null, "bytes=49990-49999"],
    ]);
    expect(source.warnings).toEqual([expect.stringMatching(/hides ETag/)]);
    const short = hidden(3000);
    const small = httpSource("https://a/b", { fetch: short.fetch!, retries: 0 });
    expect(await small.getRange({ offset: 0, length: 131_072 })).toEqual(data.slice(0, 3000));
    expect([small.size, short.asked]).toEqual([3000, ["bytes=0-131071", null]]);
    const past = httpSource("https://a/b", { fetch: hidden(100).fetch!, retries: 0 });
    expect(await past.getRange({ offset: 200, length: 20 })).toHaveLength(0);
  });
});
