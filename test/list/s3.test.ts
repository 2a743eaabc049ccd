import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ListOptions, list } from "../../src/list/index.js";
import { noise } from "../servers/content.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { type S3Server, type S3ServerOptions, startS3Server } from "../servers/s3-server.js";
import { all } from "./files.js";

const secret = "HUSH/secret+key";
const keys = { accessKeyId: "AKID", secretAccessKey: secret };
const content = noise(10);
const objects = Object.fromEntries(
  [
    "a/1.fits",
    "a/2.fits",
    "a/sub/3.fits",
    "a/",
    "ab.fits",
    "b c+d/ä&<x>.fits",
    "b c+d/..",
    "night1/x.fits",
    "night2/x.fits",
    "odd/\u0007bell\n.fits",
    "odd/../e.fits",
  ].map((key) => [key, content]),
);

const kept = { ...process.env };
const open: { close(): Promise<void> }[] = [];
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  process.env["AWS_CONFIG_FILE"] = process.env["AWS_SHARED_CREDENTIALS_FILE"] = "/nonexistent";
});
afterEach(async () => {
  process.env = { ...kept };
  for (const server of open.splice(0)) await server.close();
});

async function serve(options: Partial<S3ServerOptions> = {}): Promise<S3Server> {
  const server = await startS3Server({
    buckets: { b: { objects, public: true }, closed: { objects } },
    accounts: [keys],
    ...options,
  });
  open.push(server);
  return server;
}

const at = (server: RangeServer, more: ListOptions = {}): ListOptions => ({
  retries: 0,
  ...more,
  s3: { endpoint: server.url, region: "us-east-1", ...more.s3 },
});

async function names(address: string, options: ListOptions): Promise<string[]> {
  return (await all(list(address, options))).map(({ href }) => href);
}

describe("a bucket", () => {
  it("is listed as folders and files, each name as it is, with one request", async () => {
    const server = await serve();
    expect(await names("s3://b", at(server))).toEqual([
      "s3://b/a/",
      "s3://b/b c+d/",
      "s3://b/night1/",
      "s3://b/night2/",
      "s3://b/odd/",
      "s3://b/ab.fits",
    ]);
    expect(server.requests.length).toBe(1);
    expect(await all(list("s3://b/b c+d/", at(server)))).toEqual([
      { href: "s3://b/b c+d/..", isFolder: false, size: 10, modified: new Date("2026-01-02T03:04:05Z") },
      {
        href: "s3://b/b c+d/ä&<x>.fits",
        isFolder: false,
        size: 10,
        modified: new Date("2026-01-02T03:04:05Z"),
      },
    ]);
    expect(await names("s3://b/odd/", at(server, { recursive: true }))).toEqual([
      "s3://b/odd/\u0007bell\n.fits",
      "s3://b/odd/../e.fits",
    ]);
  });

  it("is listed below a prefix that is a folder, a file, or the beginning of names", async () => {
    const server = await serve();
    expect(await names("s3://b/a", at(server))).toEqual([
      "s3://b/a/sub/",
      "s3://b/a/1.fits",
      "s3://b/a/2.fits",
    ]);
    expect(server.requests.splice(0).length).toBe(1);
    expect(await names("s3://b/ab.fits", at(server))).toEqual(["s3://b/ab.fits"]);
    expect(server.requests.splice(0).length).toBe(2);
    expect(await names("s3://b/nig", at(server))).toEqual(["s3://b/night1/", "s3://b/night2/"]);
    await expect(names("s3://b/none", at(server))).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(names("s3://b/none/", at(server))).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("is listed by a pattern: below its beginning, with no more requests than folders that match", async () => {
    const server = await serve();
    expect(await names("s3://b/a/*.fits", at(server))).toEqual(["s3://b/a/1.fits", "s3://b/a/2.fits"]);
    expect(server.requests.splice(0).length).toBe(1);
    expect(await names("s3://b/night?/x.fits", at(server))).toEqual([
      "s3://b/night1/x.fits",
      "s3://b/night2/x.fits",
    ]);
    expect(server.requests.splice(0).length).toBe(3);
    expect(await names("s3://b/a/**/*.fits", at(server))).toEqual([
      "s3://b/a/1.fits",
      "s3://b/a/2.fits",
      "s3://b/a/sub/3.fits",
    ]);
    expect(server.requests.splice(0).length).toBe(1);
    expect(await names("s3://b/none/*.fits", at(server))).toEqual([]);
  });

  it("is listed page after page, and no page before it is needed", async () => {
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`f${i + 100}`, content]));
    const server = await serve({ buckets: { b: { objects: many, public: true, pageKeys: 10 } } });
    expect((await names("s3://b/", at(server))).length).toBe(25);
    expect(server.requests.splice(0).length).toBe(3);
    for await (const { href } of list("s3://b/", at(server))) if (href === "s3://b/f100") break;
    expect(server.requests.length).toBe(1);
  });

  it("is asked with a signature, in the region that it names, and shows no key", async () => {
    const server = await serve({ region: "eu-south-7" });
    const s3 = { credentials: keys };
    expect((await names("s3://closed/a/", at(server, { s3 }))).length).toBe(3);
    expect(server.requests.splice(0).length).toBe(2);
    expect((await names("s3://closed/a/", at(server, { s3: { credentials: keys } }))).length).toBe(3);
    const refused = names("s3://closed/a/", at(server, { s3: { anonymous: true } }));
    await expect(refused).rejects.toMatchObject({
      code: "FORBIDDEN",
      message:
        "s3://closed/a/: access denied; it may not be listed; give credentials (AWS_ACCESS_KEY_ID ..., or a profile)",
    });
    const wrong = names(
      "s3://closed/a/",
      at(server, { s3: { credentials: { ...keys, secretAccessKey: `${secret}x` } } }),
    );
    const error = await wrong.catch((cause: Error) => cause);
    expect(error).toMatchObject({ code: "BAD_CREDENTIALS" });
    expect(String(error)).not.toContain("HUSH");
  });

  it("is asked again after a fault", async () => {
    let count = 0;
    const server = await serve();
    const broken = await startRangeServer({
      route: (request) =>
        count++ === 0 ? { status: 503 } : { status: 307, headers: { location: server.url + request.url } },
    });
    open.push(broken);
    expect((await names("s3://b/a/", at(broken, { retries: 1 }))).length).toBe(3);
  });
});

describe("a listing that lies", () => {
  const page = (inner: string): string =>
    `<?xml version="1.0"?><ListBucketResult xmlns="x">${inner}</ListBucketResult>`;
  const file = (key: string): string => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`;

  async function answering(body: (n: number) => string): Promise<RangeServer> {
    let count = 0;
    const server = await startRangeServer({ route: () => ({ status: 200, body: body(count++) }) });
    open.push(server);
    return server;
  }

  it("goes round in a circle: the same token, the same page, pages without anything", async () => {
    const truncated = "<IsTruncated>true</IsTruncated>";
    const token = (n: number): string => `<NextContinuationToken>${n}</NextContinuationToken>`;
    const bodies = [
      (n: number) => page(truncated + token(1) + file(`f${n}`)),
      (n: number) => page(truncated + token(n) + file("same")),
      (n: number) => page(truncated + token(n)),
      () => page(truncated + file("same")),
    ];
    for (const body of bodies) {
      const server = await answering(body);
      await expect(names("s3://b/", at(server))).rejects.toThrow(/goes round in a circle/);
      expect(server.requests.length).toBeLessThan(1100);
    }
  });

  it("knows no tokens: goes on behind the last name", async () => {
    const server = await answering((n) =>
      page(n === 0 ? `<IsTruncated>true</IsTruncated>${file("a")}${file("b")}` : file("c")),
    );
    expect(await names("s3://b/", at(server))).toEqual(["s3://b/a", "s3://b/b", "s3://b/c"]);
    expect(server.requests.length).toBe(2);
  });

  it("is something else, or too much", async () => {
    const html = await answering(() => "<html>welcome</html>");
    await expect(names("s3://b/", at(html))).rejects.toThrow(/something else than a listing/);
    const huge = await startRangeServer({
      files: { "/b/": { size: 2 ** 40, read: (_, n) => new Uint8Array(n) } },
    });
    open.push(huge);
    await expect(names("s3://b/", at(huge))).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  it("has broken elements and references: no more than those are wrong", async () => {
    const server = await answering(() =>
      page(
        `${file("a&amp;b&#x41;&#99999999;&bogus;")}<Contents><Size>x</Size><Key>no size</Key></Contents><Contents><Key>open`,
      ),
    );
    expect(await all(list("s3://b/", at(server)))).toEqual([
      { href: "s3://b/a&bA&#99999999;&bogus;", isFolder: false, size: 1 },
      { href: "s3://b/no size", isFolder: false },
    ]);
  });
});

it("no bucket, no listing", async () => {
  await expect(names("s3://", {})).rejects.toMatchObject({ code: "BAD_SOURCE" });
  await expect(names("s3://b ad/", {})).rejects.toMatchObject({ code: "BAD_SOURCE" });
});
