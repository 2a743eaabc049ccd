import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { S3Options } from "../../src/source/options.js";
import { resolveSource } from "../../src/source/resolve.js";
import type { ByteSource, RequestRecord } from "../../src/source/source.js";
import { noise } from "../servers/content.js";
import { type S3Server, type S3ServerOptions, startS3Server } from "../servers/s3-server.js";

const data = noise(1000);
const secret = "HUSH/secret+key";
const keys = { accessKeyId: "AKID", secretAccessKey: secret };
const oddKeys = [
  "a b.fits",
  "a+b.fits",
  "a%20b.fits",
  "ä/日本/😀.fits",
  "a/../b.fits",
  "./a.fits",
  "a//b.fits",
  "/a.fits",
  "a!b'c(d)e*f.fits",
  "a&b=c;d:e@f,g$h.fits",
  "a#b?c.fits",
  "~tilde-_.fits",
  'a\\b^c`d|e{f}<g>"h.fits',
];

const folder = mkdtempSync(join(tmpdir(), "fitslice-"));
const kept = { ...process.env };
const open: S3Server[] = [];

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  process.env["AWS_CONFIG_FILE"] = join(folder, "none");
  process.env["AWS_SHARED_CREDENTIALS_FILE"] = join(folder, "none");
});
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});
afterAll(() => {
  process.env = kept;
  rmSync(folder, { recursive: true });
});

async function serve(options: Partial<S3ServerOptions> = {}): Promise<S3Server> {
  const server = await startS3Server({
    region: "eu-south-7",
    accounts: [
      keys,
      { accessKeyId: "TEMP", secretAccessKey: secret, sessionToken: "HUSH-token" },
      { accessKeyId: "OLD", secretAccessKey: secret, sessionToken: "HUSH-old", expired: true },
      { accessKeyId: "OTHER", secretAccessKey: secret },
    ],
    buckets: {
      closed: { objects: { "a.fits": data, ...Object.fromEntries(oddKeys.map((key) => [key, data])) } },
      public: { objects: { "a.fits": data }, public: true },
      pays: { objects: { "a.fits": data }, requesterPays: true },
      mine: { objects: { "a.fits": data }, readers: ["AKID"] },
    },
    ...options,
  });
  open.push(server);
  return server;
}

let records: RequestRecord[] = [];
async function read(url: string, s3: S3Options): Promise<ByteSource> {
  records = [];
  const source = await resolveSource(url, { s3 });
  const bytes = await source.getRange({ offset: 10, length: 20 }, { record: (r) => records.push(r) });
  expect(bytes).toEqual(data.slice(10, 30));
  return source;
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("s3://", () => {
  it("reads with explicit keys, finds the region from the answer, and shows nothing secret", async () => {
    for (const tellRegion of ["xml", "header"] as const) {
      const server = await serve({ tellRegion });
      const source = await read("s3://closed/a.fits", { endpoint: server.url, credentials: keys });
      expect(source.href).toBe("s3://closed/a.fits");
      expect(source.size).toBe(1000);
      expect(server.requests.map(({ status }) => status)).toEqual([400, 206]);
      await source.getRange({ offset: 0, length: 1 });
      // Another object of the bucket starts with what was learned.
      await read("s3://closed/a b.fits", { endpoint: server.url, credentials: keys });
      expect(server.requests.map(({ status }) => status)).toEqual([400, 206, 206, 206]);
      expect(JSON.stringify(records)).not.toMatch(/HUSH|Signature=|AKID/);
    }
  });

  it("settles on the region with several requests on their way", async () => {
    const server = await serve();
    const source = await resolveSource("s3://closed/a.fits", {
      s3: { endpoint: server.url, credentials: keys },
    });
    const reads = Array.from({ length: 8 }, (_, i) => source.getRange({ offset: i, length: 1 }));
    expect((await Promise.all(reads)).map(([byte]) => byte)).toEqual([...data.slice(0, 8)]);
  });

  it("needs no second request when the region is given", async () => {
    const server = await serve();
    await read("s3://closed/a.fits", { endpoint: server.url, credentials: keys, region: "eu-south-7" });
    expect(server.requests).toHaveLength(1);
  });

  it.each(oddKeys)("reads the key %s", async (key) => {
    const server = await serve({ region: "us-east-1" });
    await read(`s3://closed/${key}`, { endpoint: server.url, credentials: keys });
    expect(server.requests).toMatchObject([{ path: `/closed/${key}`, status: 206 }]);
  });

  it("signs session tokens, over fetch too", async () => {
    const server = await serve();
    const credentials = { accessKeyId: "TEMP", secretAccessKey: secret, sessionToken: "HUSH-token" };
    await read("s3://closed/a.fits", { endpoint: server.url, credentials });
    const s3 = { endpoint: server.url, credentials };
    const source = await resolveSource("s3://closed/ä/日本/😀.fits", {
      s3,
      fetch: (url, init) => fetch(url, init),
    });
    expect(await source.getRange({ offset: 0, length: 1000 })).toEqual(data);
  });

  it("signs for a bucket's own host", async () => {
    const server = await serve({ region: "us-east-1" });
    // No resolver knows the host: send what it is asked to the server, under that name.
    const fetch = (url: string, init: RequestInit): Promise<Response> =>
      new Promise((resolve, reject) => {
        const { host, pathname } = new URL(url);
        const headers = { ...(init.headers as Record<string, string>), host };
        const sent = request({ host: "127.0.0.1", port: server.port, path: pathname, headers }, (message) => {
          const { statusCode: status = 0, headers: got } = message;
          message.once("data", (body: Buffer) =>
            resolve(new Response(new Uint8Array(body), { status, headers: got as never })),
          );
        });
        sent.on("error", reject).end();
      });
    const s3 = { endpoint: `http://localhost:${server.port}`, forcePathStyle: false, credentials: keys };
    const source = await resolveSource("s3://closed/a b.fits", { s3, fetch });
    expect(await source.getRange({ offset: 10, length: 20 })).toEqual(data.slice(10, 30));
    expect(server.requests[0]?.headers.host).toBe(`closed.localhost:${server.port}`);
  });

  it("says what fetch cannot ask for", async () => {
    const s3 = { endpoint: "http://127.0.0.1:1", credentials: keys };
    const source = resolveSource("s3://closed/a/../b.fits", { s3, fetch });
    await expect(source).rejects.toMatchObject({ code: "BAD_SOURCE" });
  });

  it("reads public buckets without keys, and also with `anonymous`", async () => {
    const server = await serve();
    await read("s3://public/a.fits", { endpoint: server.url });
    process.env["AWS_ACCESS_KEY_ID"] = "WRONG";
    process.env["AWS_SECRET_ACCESS_KEY"] = "WRONG";
    await read("s3://public/a.fits", { endpoint: server.url, anonymous: true });
    expect(server.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it("pays when told to", async () => {
    const server = await serve();
    const s3 = { endpoint: server.url, credentials: keys, region: "eu-south-7" };
    await read("s3://pays/a.fits", { ...s3, requesterPays: true });
    const free = (await resolveSource("s3://pays/a.fits", { s3 })).getRange({ offset: 0, length: 1 });
    await expect(free).rejects.toMatchObject({
      code: "FORBIDDEN",
      message: expect.stringMatching(/requester-pays/),
    });
  });

  it("retries like any HTTP", async () => {
    const server = await serve({ faults: { rate: 0, retryAfter: 0 }, region: "us-east-1" });
    server.nextFaults.push("503", "less", "refuse");
    await read("s3://closed/a.fits", { endpoint: server.url, credentials: keys });
    expect(server.requests).toHaveLength(4);
  });

  it("gets new keys from a function when the old ones have expired", async () => {
    const server = await serve();
    let calls = 0;
    const credentials = async () =>
      calls++ === 0
        ? { accessKeyId: "OLD", secretAccessKey: secret, sessionToken: "HUSH-old" }
        : { accessKeyId: "TEMP", secretAccessKey: secret, sessionToken: "HUSH-token" };
    await read("s3://closed/a.fits", { endpoint: server.url, credentials, region: "eu-south-7" });
    expect(calls).toBe(2);
  });

  it("gets new keys once for all reads in flight", async () => {
    const server = await serve();
    let calls = 0;
    const credentials = async () => {
      const temporary = { accessKeyId: "TEMP", secretAccessKey: secret, sessionToken: "HUSH-token" };
      const old = { accessKeyId: "OLD", secretAccessKey: secret, sessionToken: "HUSH-old" };
      return calls++ === 0 ? old : temporary;
    };
    const source = await resolveSource("s3://closed/a.fits", {
      s3: { endpoint: server.url, credentials, region: "eu-south-7" },
    });
    const reads = Array.from({ length: 32 }, (_, i) => source.getRange({ offset: i, length: 1 }));
    expect((await Promise.all(reads)).map(([byte]) => byte)).toEqual([...data.slice(0, 32)]);
    expect(calls).toBe(2);
  });

  it("waits neither for ever nor past an abort for a function that gets keys", async () => {
    const waiting = new Promise<never>(() => {});
    const cause = new Error("no");
    let answer: () => Promise<typeof keys> = () => waiting;
    const server = await serve({ region: "us-east-1" });
    const source = await resolveSource("s3://closed/a.fits", {
      ...{ timeout: 100, s3: { endpoint: server.url, credentials: () => answer() } },
    });
    const read = (options = {}): Promise<Uint8Array> => source.getRange({ offset: 0, length: 1 }, options);
    await expect(read()).rejects.toMatchObject({
      code: "TIMEOUT",
      message: expect.stringMatching(/gets credentials/),
    });
    const controller = new AbortController();
    const aborted = read({ signal: controller.signal });
    controller.abort(cause);
    await expect(aborted).rejects.toBe(cause);
    answer = () => Promise.reject(cause);
    await expect.poll(() => read().catch((error) => error.code)).toBe("BAD_CREDENTIALS");
    answer = async () => keys;
    expect(await read()).toEqual(data.slice(0, 1));
  });

  it("signs a redirect within the host, its query as well", async () => {
    const to = { redirect: "/closed/a.fits?versionId=a%20b&x=1", status: 307 };
    const server = await serve({
      region: "us-east-1",
      buckets: { closed: { objects: { "a.fits": data, go: to } } },
    });
    await read("s3://closed/go", { endpoint: server.url, credentials: keys });
    expect(server.requests.map(({ status }) => status)).toEqual([307, 206]);
  });

  it("says that keys have expired, wherever they come from", async () => {
    const server = await serve();
    const old = { accessKeyId: "OLD", secretAccessKey: secret, sessionToken: "HUSH-old" };
    const source = await resolveSource("s3://closed/a.fits", {
      s3: { endpoint: server.url, credentials: async () => old, region: "eu-south-7" },
    });
    await expect(source.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({
      code: "BAD_CREDENTIALS",
      message: expect.stringMatching(/expired; get new ones/),
    });
  });

  it.each<[string, string, Partial<S3Options>, string, RegExp]>([
    ["a missing key", "closed/none", {}, "NOT_FOUND", /no such key/],
    ["a missing bucket", "none/a.fits", {}, "NOT_FOUND", /no bucket "none"/],
    ["no keys", "closed/a.fits", { credentials: undefined }, "FORBIDDEN", /not public.*give credentials/],
    [
      "keys without leave",
      "mine/a.fits",
      { credentials: { accessKeyId: "OTHER", secretAccessKey: secret } },
      "FORBIDDEN",
      /may not read/,
    ],
    [
      "a wrong secret",
      "closed/a.fits",
      { credentials: { ...keys, secretAccessKey: "HUSH" } },
      "BAD_CREDENTIALS",
      /secret key/,
    ],
    [
      "an unknown key id",
      "closed/a.fits",
      { credentials: { ...keys, accessKeyId: "NOBODY" } },
      "BAD_CREDENTIALS",
      /access key id/,
    ],
    [
      "an old token",
      "closed/a.fits",
      { credentials: { accessKeyId: "OLD", secretAccessKey: secret, sessionToken: "HUSH-old" } },
      "BAD_CREDENTIALS",
      /expired; get new ones/,
    ],
    [
      "a wrong token",
      "closed/a.fits",
      { credentials: { accessKeyId: "TEMP", secretAccessKey: secret, sessionToken: "HUSH" } },
      "BAD_CREDENTIALS",
      /session token/,
    ],
    [
      "half of the keys",
      "closed/a.fits",
      { credentials: { accessKeyId: "AKID", secretAccessKey: "" } },
      "BAD_CREDENTIALS",
      /both/,
    ],
  ])("%s: says what to do", async (_, path, s3, code, message) => {
    const server = await serve();
    const asking = resolveSource(`s3://${path}`, {
      s3: { endpoint: server.url, credentials: keys, ...s3 },
    }).then((source) => source.getRange({ offset: 0, length: 1 }));
    await expect(asking).rejects.toMatchObject({
      name: "FitsError",
      code,
      message: expect.stringMatching(message),
    });
    const { message: text } = (await asking.catch((error: Error) => error)) as Error;
    expect(text).toMatch(/^s3:\/\/.*[^\n]$/);
    expect(text).not.toContain("HUSH");
  });

  it("asks for the region where the server does not tell it", async () => {
    const server = await serve({ tellRegion: "not" });
    const source = await resolveSource("s3://closed/a.fits", {
      s3: { endpoint: server.url, credentials: keys },
    });
    const message = expect.stringMatching(/another region than us-east-1.*give the region/);
    await expect(source.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({ message });
  });

  it("says when this computer's clock is wrong", async () => {
    const server = await serve({ region: "us-east-1" });
    const credentials = keys;
    const source = await resolveSource("s3://closed/a.fits", { s3: { endpoint: server.url, credentials } });
    const RealDate = globalThis.Date;
    const fetching = source.getRange({ offset: 0, length: 1 });
    globalThis.Date = class extends RealDate {
      constructor(...args: []) {
        super(...args);
        if (args.length === 0) this.setTime(this.getTime() - 3_600_000);
      }
    } as DateConstructor;
    try {
      await expect(fetching).rejects.toMatchObject({
        code: "BAD_CREDENTIALS",
        message: expect.stringMatching(/clock/),
      });
    } finally {
      globalThis.Date = RealDate;
    }
  });

  it.each([
    "s3://",
    "s3://bucket",
    "s3://bucket/",
    "s3:///key",
    "s3://b%2fucket/key",
    "s3://b@d/key",
    "s3://bucket/\ud800",
  ])("%s is BAD_SOURCE", async (url) => {
    await expect(resolveSource(url, { s3: { anonymous: true } })).rejects.toMatchObject({
      code: "BAD_SOURCE",
    });
  });

  it("does not let a server name a host as its region", async () => {
    const asked: string[] = [];
    const fetch = async (url: string): Promise<Response> => {
      asked.push(url);
      return new Response("", { status: 301, headers: { "x-amz-bucket-region": "evil.example/" } });
    };
    const source = await resolveSource("s3://bucket/key", { fetch, s3: { anonymous: true } });
    await expect(source.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({ name: "FitsError" });
    expect(asked).toEqual(["https://bucket.s3.us-east-1.amazonaws.com/key"]);
  });

  it("goes to the region that AWS names", async () => {
    const asked: string[] = [];
    const fetch = async (url: string): Promise<Response> => {
      asked.push(url);
      if (asked.length === 1)
        return new Response("", { status: 301, headers: { "x-amz-bucket-region": "eu-west-3" } });
      return new Response("x", { status: 206, headers: { "content-range": "bytes 0-0/9" } });
    };
    const source = await resolveSource("s3://other-bucket/key", { fetch, s3: { anonymous: true } });
    await source.getRange({ offset: 0, length: 1 });
    expect(asked).toEqual(
      ["us-east-1", "eu-west-3"].map((r) => `https://other-bucket.s3.${r}.amazonaws.com/key`),
    );
  });
});

describe("the environment and ~/.aws", () => {
  const endpoint = (server: S3Server): void => void (process.env["AWS_ENDPOINT_URL"] = server.url);

  it("give keys, token, region and endpoint", async () => {
    const server = await serve();
    process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1";
    process.env["AWS_ENDPOINT_URL_S3"] = server.url;
    process.env["AWS_DEFAULT_REGION"] = "eu-south-7";
    process.env["AWS_ACCESS_KEY_ID"] = "TEMP";
    process.env["AWS_SECRET_ACCESS_KEY"] = secret;
    process.env["AWS_SESSION_TOKEN"] = "HUSH-token";
    await read("s3://closed/a.fits", {});
    expect(server.requests).toHaveLength(1);
  });

  it("give keys, region and endpoint from a profile, which keys in the environment outdo", async () => {
    const server = await serve();
    process.env["AWS_SHARED_CREDENTIALS_FILE"] = write(
      "credentials",
      `[default]\naws_access_key_id = AKID\naws_secret_access_key = ${secret}\n[temp]\naws_access_key_id = TEMP\naws_secret_access_key = ${secret}\naws_session_token = HUSH-token\n`,
    );
    process.env["AWS_CONFIG_FILE"] = write(
      "config",
      `[default]\nregion = eu-south-7\nendpoint_url = ${server.url}\n[profile temp]\nregion = eu-south-7\nservices = local\n[services local]\ns3 =\n  endpoint_url = ${server.url}\n[profile empty]\nregion = eu-south-7\n[profile process]\ncredential_process = ${process.execPath} -e 'console.log(JSON.stringify({Version:1,AccessKeyId:"AKID",SecretAccessKey:"${secret}"}))'\nendpoint_url = ${server.url}\n`,
    );
    const ids = (): string[] =>
      server.requests
        .splice(0)
        .map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? "")?.[1] ?? "none");
    await read("s3://closed/a.fits", {});
    await read("s3://closed/a.fits", { awsProfile: "temp" });
    process.env["AWS_PROFILE"] = "temp";
    await read("s3://closed/a.fits", {});
    expect(ids()).toEqual(["AKID", "TEMP", "TEMP"]);
    await read("s3://closed/a.fits", { awsProfile: "process" });
    expect(ids()).toContain("AKID");
    process.env["AWS_ACCESS_KEY_ID"] = "OTHER";
    process.env["AWS_SECRET_ACCESS_KEY"] = secret;
    await read("s3://closed/a.fits", {});
    await read("s3://closed/a.fits", { awsProfile: "temp" });
    expect(ids()).toEqual(["OTHER", "TEMP"]);
    for (const profile of ["none", "empty"]) {
      const source = resolveSource("s3://closed/a.fits", { s3: { awsProfile: profile } });
      await expect(source.then((from) => from.getRange({ offset: 0, length: 1 }))).rejects.toMatchObject({
        code: "BAD_CREDENTIALS",
        message: expect.stringContaining(profile),
      });
    }
  });

  it("may be absent: the request is anonymous then", async () => {
    const server = await serve();
    endpoint(server);
    await read("s3://public/a.fits", {});
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
  });
});
