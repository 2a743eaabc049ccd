import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import type { RequestRecord } from "../../src/source/source.js";
import { clients, data, httpSource, testServers } from "./http-source.js";

const { serve, serveBy } = testServers();
describe.each(clients)("redirects over %s", (_, client) => {
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
    const moved = await serve(); // the same version: both servers count from one
    there.set("/a.fits", undefined);
    here.set("/a", { redirect: `${moved.url}/a.fits` });
    expect(await source.getRange({ offset: 5, length: 5 })).toEqual(data.slice(5, 10));
    here.set("/a", undefined);
    moved.set("/a.fits", undefined);
    await expect(source.getRange({ offset: 5, length: 5 })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("sends no fragment of the address that it is redirected to", async () => {
    const { url, requests } = await serve({
      files: { "/a.fits": data, "/go": { redirect: "/a.fits#x" } },
    });
    const source = httpSource(`${url}/go`, client);
    expect(await source.getRange({ offset: 10, length: 20 })).toEqual(data.slice(10, 30));
    expect(requests.map(({ path }) => path)).toEqual(["/go", "/a.fits"]);
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

  it.each([
    ["to another origin are sent nowhere afterwards", ["https://b/a", "https://b/a"], false],
    ["to another origin, and on within that, are sent nowhere either", ["https://b/a", "https://b/c"], false],
    ["within their origin are sent on", ["https://a/b", "https://a/b"], true],
  ])("that a browser took along a redirect %s", async (_, ends, sentOn) => {
    const asked: [string, Headers][] = [];
    // A browser follows by itself, and tells where it ended.
    const fetch = async (url: string, { headers }: RequestInit): Promise<Response> => {
      asked.push([url, new Headers(headers)]);
      const response = new Response("x", { status: 206, headers: { "content-range": "bytes 0-0/9" } });
      return Object.defineProperty(response, "url", { value: ends[asked.length - 1] ?? url });
    };
    const headers = { Authorization: "Bearer hush", "X-Api-Key": "hush" };
    const source = httpSource("https://a/a", { fetch, headers });
    for (let i = 0; i < 3; i++) await source.getRange({ offset: 0, length: 1 });
    expect(asked.map(([url]) => url)).toEqual(["https://a/a", ...ends]);
    const hush = asked.map(([, sent]) => [sent.has("authorization"), sent.has("x-api-key")]);
    expect(hush).toEqual([[true, true], ...Array(2).fill([sentOn, sentOn])]);
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
