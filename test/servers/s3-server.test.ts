import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { noise } from "./content.js";
import { type S3Server, type S3ServerOptions, startS3Server } from "./s3-server.js";
import { isCanonical, verify } from "./sigv4.js";

const open: S3Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(options: Partial<S3ServerOptions> = {}): Promise<S3Server> {
  const buckets = { open: { objects: { "a/b.fits": noise(100) }, public: true }, closed: { objects: {} } };
  const server = await startS3Server({ buckets, ...options });
  open.push(server);
  return server;
}

function get(
  server: S3Server,
  path: string,
  headers: Record<string, string> = {},
): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const sent = request({ port: server.port, host: "127.0.0.1", path, headers, agent: false }, (message) => {
      let text = "";
      message.setEncoding("latin1");
      message.on("data", (chunk: string) => (text += chunk));
      message.on("end", () => resolve([message.statusCode!, text]));
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("the signature", () => {
  // The worked example of the S3 documentation: "Examples: Signature Calculations", GET object.
  const example = {
    method: "GET",
    url: "/test.txt",
    headers: {
      host: "examplebucket.s3.amazonaws.com",
      range: "bytes=0-9",
      "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "x-amz-date": "20130524T000000Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    },
  };
  const account = {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  };
  const check = (change: object, region = "us-east-1", secret = account.secretAccessKey): unknown => {
    const now = Date.now;
    Date.now = () => Date.UTC(2013, 4, 24);
    try {
      const headers = { ...example.headers, ...change };
      return verify({ ...example, headers } as never, [{ ...account, secretAccessKey: secret }], region);
    } finally {
      Date.now = now;
    }
  };

  it("of the published example is right, and anything else is not", () => {
    expect(check({})).toEqual({ account });
    expect(check({ range: "bytes=0-8" })).toEqual({ code: "SignatureDoesNotMatch" });
    expect(check({ host: "another" })).toEqual({ code: "SignatureDoesNotMatch" });
    expect(check({}, "us-east-1", "wrong")).toEqual({ code: "SignatureDoesNotMatch" });
    expect(check({}, "eu-west-1")).toEqual({ code: "AuthorizationHeaderMalformed", region: "eu-west-1" });
    expect(check({ "x-amz-security-token": "unsigned" })).toEqual({ code: "AccessDenied" });
    expect(check({ "x-amz-date": "20130524T010000Z" })).toEqual({ code: "RequestTimeTooSkewed" });
    expect(check({ authorization: undefined })).toBeUndefined();
  });

  it("knows one way to write a path", () => {
    expect(isCanonical("/a%20b/%2B/..//%C3%A9~_-.txt")).toBe(true);
    for (const path of ["/a+b", "/%2f", "/%41", "/a!b", "/(a)", "/a*"]) expect(isCanonical(path)).toBe(false);
  });
});

describe("S3 server", () => {
  it("serves public buckets to anyone, in both styles", async () => {
    const server = await serve();
    expect((await get(server, "/open/a/b.fits"))[0]).toBe(200);
    expect((await get(server, "/a/b.fits", { host: `open.localhost:${server.port}` }))[0]).toBe(200);
  });

  it("answers with S3's errors", async () => {
    const server = await serve();
    expect(await get(server, "/closed/a")).toEqual([
      403,
      expect.stringContaining("<Code>AccessDenied</Code>"),
    ]);
    expect(await get(server, "/open/none")).toEqual([404, expect.stringContaining("<Code>NoSuchKey</Code>")]);
    expect(await get(server, "/none/a")).toEqual([404, expect.stringContaining("<Code>NoSuchBucket</Code>")]);
    const malformed = await get(server, "/open/a/b.fits", { authorization: "Basic eHg6eXk=" });
    expect(malformed).toEqual([400, expect.stringContaining("AuthorizationHeaderMalformed")]);
  });
});
