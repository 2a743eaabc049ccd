/** Secrets that a server or client repeats, wherever that is. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { SourceOptions } from "../../src/source/options.js";
import { resolveSource } from "../../src/source/resolve.js";
import type { RequestRecord } from "../../src/source/source.js";
import { clients, httpSource, testServers } from "./http-source.js";

vi.mock(import("../../src/source/retry.js"), async (original) => ({
  ...(await original()),
  pauseBefore: () => 0,
}));
const { serveBy } = testServers();
const kept = { ...process.env };
beforeAll(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  process.env["AWS_CONFIG_FILE"] = process.env["AWS_SHARED_CREDENTIALS_FILE"] = "/none";
});
afterAll(() => {
  process.env = kept;
});

/** All that a user may see of a read: records, and the error with all that it holds. */
async function seen(url: string, options: SourceOptions): Promise<string> {
  const records: RequestRecord[] = [];
  const source = await resolveSource(url, { retries: 1, ...options });
  const read = source.getRange({ offset: 0, length: 10 }, { record: (r) => records.push(r), headers: true });
  const error = await read.then(
    () => undefined,
    (e: Error) => e,
  );
  const cause = error?.cause as Error | undefined;
  return JSON.stringify([source.href, records, error, error?.message, error?.stack, cause?.message, cause]);
}

describe.each(clients)("a server that repeats what it was sent, over %s", (_, client) => {
  const secret = "HUSH/hush+hush=";
  const access: [string, (url: string) => string, SourceOptions][] = [
    ["a token in a header", (url) => url, { headers: { Authorization: `Bearer ${secret}` } }],
    ["a header of any name", (url) => url, { headers: { "X-Whatever": secret } }],
    ["headers of a function", (url) => url, { headers: async () => ({ "X-Whatever": secret }) }],
    ["a password", (url) => url.replace("//", `//me:${encodeURIComponent(secret)}@`), {}],
    ["a query", (url) => `${url}?sas=${encodeURIComponent(secret)}`, {}],
  ];

  it.each(access)("shows nothing of %s", async (_, address, options) => {
    let times = 0;
    const url = await serveBy((request, response) => {
      const { authorization = "", "x-whatever": other = "" } = request.headers;
      const basic = Buffer.from(authorization.replace(/^Basic /, ""), "base64").toString();
      const query = new URL(request.url!, "http://a").searchParams.get("sas") ?? "";
      const said = `${authorization} ${other} ${query} ${authorization.startsWith("Basic") ? basic : ""}`;
      expect(said).toContain("HUSH");
      const echo = { "x-echo": said.trim(), etag: `"${said.trim()}${times}"` };
      switch (times++) {
        case 0:
          return void response
            .writeHead(307, { ...echo, location: `/x/${encodeURIComponent(said.trim())}` })
            .end();
        case 1:
          return void response.writeHead(206, { ...echo, "content-range": `bytes ${said}` }).end("x");
        default:
          return void response.writeHead(418, echo).end(said);
      }
    });
    if (options.headers === undefined && address(url).includes("sas")) times = 1; // a redirect drops the query
    const all = await seen(address(url), { ...client, ...options });
    expect(all).toContain("x-echo");
    expect(all).not.toMatch(/HUSH/);
    expect(all).not.toContain(btoa(`me:${secret}`));
  });
});

describe("a client that repeats what it sends", () => {
  const failing = (make: (init: RequestInit) => unknown): SourceOptions => ({
    retries: 0,
    headers: { Authorization: "Bearer HUSH-HUSH" },
    fetch: async (_, init) => {
      throw make(init);
    },
  });
  it.each<[string, (init: RequestInit) => unknown]>([
    ["message", ({ headers }) => new Error(`bad: ${JSON.stringify(headers)}`)],
    ["cause", (init) => new Error("bad", { cause: new Error(JSON.stringify(init)) })],
    ["property", (init) => Object.assign(new Error("bad"), { config: init })],
    ["text about headers", () => new TypeError('Headers.append: "H U S H" is an invalid header value.')],
    ["string", (init) => JSON.stringify(init)],
  ])("is not quoted: its %s", async (_, make) => {
    const all = await seen("https://a/b", failing(make));
    expect(all).toContain("NETWORK");
    expect(all).not.toMatch(/HUSH|H U S H/);
  });

  it("is quoted in one printable line", async () => {
    const fetch = async (): Promise<Response> => {
      throw new Error(`one\n\u001b[31mtwo\u009b${"x".repeat(1000)}`);
    };
    const read = httpSource("https://a/b", { fetch, retries: 0 }).getRange({ offset: 0, length: 1 });
    const message = expect.stringMatching(/^[ -~]{20,500}$/);
    await expect(read).rejects.toMatchObject({ code: "NETWORK", message });
  });
});

describe("S3", () => {
  const good = { accessKeyId: "AKID", secretAccessKey: "HUSH" };
  it.each<[string, object, object]>([
    ["a token with a line break", { ...good, sessionToken: "HUSH\r\nx: y" }, {}],
    ["a token with a space", { ...good, sessionToken: "HUSH HUSH" }, {}],
    ["a key id with a line break", { ...good, accessKeyId: "HUSH\n" }, {}],
    ["a secret key with a line break", { ...good, secretAccessKey: "HUSH\n" }, {}],
    ["a key beyond ASCII", { ...good, accessKeyId: "HUSHä" }, {}],
    ["a key that is none", { ...good, accessKeyId: 5 }, {}],
    ["a region with a line break", good, { region: "eu\r\nHUSH" }],
    ["a region that is a host", good, { region: "HUSH.example/" }],
  ])("refuses %s without showing it", async (_, credentials, more) => {
    const url = await serveBy((_, response) => response.writeHead(403).end());
    const s3 = { endpoint: url, credentials: credentials as never, ...more };
    const all = await seen("s3://bucket/key", { s3 }).catch((e: Error) => JSON.stringify([e, e.message]));
    expect(all).toContain("BAD_CREDENTIALS");
    expect(all).not.toContain("HUSH");
  });
});
