/** Files of Hadoop over WebHDFS. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { open, resolveSource, type SourceOptions, type WebHdfsOptions } from "../../../src/index.js";
import type { ByteSource, RequestRecord } from "../../../src/source/source.js";
import { exampleFile } from "../../fixtures/example.js";
import { noise } from "../../servers/content.js";
import type { Fault } from "../../servers/faults.js";
import { startWebHdfs, type WebHdfsServer } from "../../servers/webhdfs-server.js";
import { clients } from "../http-source.js";
import { withoutSettings } from "./settings.js";

/** The pauses that were made: before which retry, and how long the server wanted them to be. */
const pauses: [retry: number, milliseconds: number | undefined][] = [];
vi.mock(import("../../../src/source/retry.js"), async (original) => ({
  ...(await original()),
  pauseBefore: (n: number, after: number | undefined): number => {
    pauses.push([n, after]);
    return 0;
  },
}));

const data = noise(100_000);
const servers: WebHdfsServer[] = [];
let records: RequestRecord[] = [];
withoutSettings("HADOOP_");
afterEach(async () => {
  pauses.length = 0;
  for (const server of servers.splice(0)) await server.close();
});

async function serve(options: Partial<Parameters<typeof startWebHdfs>[0]> = {}): Promise<WebHdfsServer> {
  const files = { "/data/a.fits": data, "/data/hst.fits": await exampleFile() };
  const server = await startWebHdfs({ files, ...options });
  servers.push(server);
  return server;
}

async function sourceAt(
  server: WebHdfsServer,
  path: string,
  options: SourceOptions = {},
): Promise<ByteSource> {
  return resolveSource(`webhdfs://127.0.0.1:${server.port}${path}`, options);
}

async function read(source: ByteSource, offset = 20_000, length = 30_000): Promise<void> {
  records = [];
  const bytes = await source.getRange({ offset, length }, { headers: true, record: (r) => records.push(r) });
  expect(Buffer.compare(bytes, data.subarray(offset, offset + length))).toBe(0);
}

describe.each(clients)("webhdfs:// over %s", (_, client) => {
  it("reads ranges from the data node; length and time of change are the version", async () => {
    const server = await serve();
    const source = await sourceAt(server, "/data/a.fits", client);
    await read(source);
    expect(source).toMatchObject({ size: 100_000, tag: '"1700000000000-100000"' });
    expect(source.href).toBe(`webhdfs://127.0.0.1:${server.port}/data/a.fits`);
    expect(records).toMatchObject([{ offset: 20_000, length: 30_000, requested: 30_000, status: 206 }]);
    expect(await source.getRange({ offset: 99_990, length: 100 })).toEqual(data.slice(99_990));
    expect(await source.getRange({ offset: 100_000, length: 100 })).toHaveLength(0);
    // All the data nodes sent is what was asked for: never a whole file.
    expect(server.requests.reduce((sum, { sent }) => sum + sent, 0)).toBe(30_010);
  });

  it("reads FITS files like any other", async () => {
    const server = await serve();
    const here = await (await (await open(await exampleFile())).image("SCI")).section("3:9, 2:8");
    const fits = await open(`webhdfs://127.0.0.1:${server.port}/data/hst.fits`, client);
    expect(await (await fits.image("SCI")).section("3:9, 2:8")).toEqual(here);
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
    ["clean", /ended at byte/],
    ["page", /ended at byte/],
    ["page200", /ended at byte/],
    ["trickle", /bytes per second/],
    ["more", /more bytes/],
    ["200", /more bytes/],
    ["silent", /silence/],
    ["stall", /silence/],
  ])("mends %s of the data node, and says what it was", async (fault, failure) => {
    const server = await serve();
    const source = await sourceAt(server, "/data/a.fits", { ...client, timeout: 150 });
    if (fault !== "refuse") await source.getRange({ offset: 0, length: 10 });
    server.nextFaults.push(fault, fault);
    await read(source);
    expect(records).toHaveLength(3);
    for (const record of records.slice(0, -1)) expect(record.failure).toMatch(failure);
  });

  it("mends faults of the name node, and waits as long as Retry-After says", async () => {
    const server = await serve();
    const source = await sourceAt(server, "/data/a.fits", client);
    server.nextNameFaults.push({ status: 503, headers: { "retry-after": "1" } });
    server.nextNameFaults.push({ status: 200, body: "<!doctype html><title>Log in</title>" });
    const retriable = { RemoteException: { exception: "RetriableException", message: "in safe mode" } };
    server.nextNameFaults.push({ status: 403, body: JSON.stringify(retriable) });
    await read(source);
    expect(pauses).toEqual([
      [0, 1000],
      [1, undefined],
      [2, undefined],
    ]);
    expect(records[1]!.failure).toMatch(/not that of a name node/);
  });

  it("is SOURCE_CHANGED when the file is replaced, also while a data node reads it", async () => {
    const server = await serve();
    const source = await sourceAt(server, "/data/a.fits", client);
    await source.getRange({ offset: 0, length: 10 });
    server.set("/data/a.fits", noise(100_000, 2));
    await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject({
      code: "SOURCE_CHANGED",
    });
    const loose = await sourceAt(server, "/data/a.fits", { ...client, pin: "size" });
    await loose.getRange({ offset: 0, length: 10 });
    server.set("/data/a.fits", data);
    await read(loose);
  });

  it("tells users by name and by token, which nobody else sees", async () => {
    const server = await serve({ readers: { "/data/a.fits": "ann" } });
    const at = (login: string): string => `webhdfs://${login}127.0.0.1:${server.port}/data/a.fits`;
    await read(await resolveSource(at("ann@"), client));
    await read(await resolveSource(at(""), { ...client, webhdfs: { user: "ann" } }));
    process.env["HADOOP_USER_NAME"] = "ann";
    await read(await resolveSource(at(""), client));
    const closed = await serve({
      readers: { "/data/a.fits": "ann" },
      tokens: { "HUSH-ann": "ann", "HUSH-bob": "bob" },
    });
    const source = await sourceAt(closed, "/data/a.fits", { ...client, webhdfs: { delegation: "HUSH-ann" } });
    await read(source);
    expect(closed.requests.at(-1)!.headers).not.toHaveProperty("authorization");
    expect(JSON.stringify([source.href, records])).not.toContain("HUSH");
  });

  it("sends headers to the name node only", async () => {
    const server = await serve();
    await read(await sourceAt(server, "/data/a.fits", { ...client, headers: { "X-Mine": "HUSH" } }));
    const sent = server.requests.map(({ headers }) => [headers.host!.split(":")[0], headers["x-mine"]]);
    expect(sent).toEqual([
      ["127.0.0.1", "HUSH"],
      ["127.0.0.1", "HUSH"],
      ["localhost", undefined],
      ["127.0.0.1", "HUSH"],
    ]);
  });
});

describe("webhdfs:// says in one line what to do with", () => {
  const tokens = { "HUSH-ann": "ann", "HUSH-bob": "bob" };
  it.each<[string, string, WebHdfsOptions, object, string, RegExp]>([
    ["a file that is not there", "/none", {}, {}, "NOT_FOUND", /no such file; check the path/],
    [
      "a user that may not read it",
      "/data/a.fits",
      { user: "bob" },
      {},
      "FORBIDDEN",
      /this user may not read it/,
    ],
    [
      "a token of one that may not",
      "/data/a.fits",
      { delegation: "HUSH-bob" },
      { tokens },
      "FORBIDDEN",
      /owner of the delegation token/,
    ],
    [
      "a token that is wrong or has expired",
      "/data/a.fits",
      { delegation: "HUSH-old" },
      { tokens },
      "BAD_CREDENTIALS",
      /hdfs fetchdt/,
    ],
    [
      "a server that wants Kerberos",
      "/data/a.fits",
      {},
      { tokens },
      "BAD_CREDENTIALS",
      /wants Kerberos; get a delegation token/,
    ],
    [
      "a data node that is not there",
      "/data/a.fits",
      { user: "ann" },
      { dataNode: "http://localhost:1" },
      "NETWORK",
      /data node localhost:1, which does not answer \(ECONNREFUSED\)/,
    ],
    [
      "a data node that is no address",
      "/data/a.fits",
      { user: "ann" },
      { dataNode: "file:" },
      "HTTP",
      /no address of HTTP/,
    ],
  ])("%s", async (_, path, webhdfs, options, code, message) => {
    const server = await serve({ readers: { "/data/a.fits": "ann" }, ...options });
    const source = await sourceAt(server, path, { webhdfs, retries: 1 });
    const error = await source
      .getRange({ offset: 0, length: 9 }, { headers: true, record: (r) => records.push(r) })
      .then(
        () => undefined,
        (e: Error) => e,
      );
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error!.message).toMatch(/^[ -~]+$/);
    expect(JSON.stringify([error, error!.message, error!.stack, records])).not.toContain("HUSH");
  });

  it.each<[string, RegExp]>([
    ["webhdfs://host", /names no file; write webhdfs:/],
    ["webhdfs://host/a/../b", /names no file/],
    ["hdfs://namenode:8020/data/a.fits", /webhdfs:\/\/namenode:9870\/data\/a\.fits/],
  ])("the address %s", async (address, message) => {
    await expect(resolveSource(address)).rejects.toMatchObject({
      code: "BAD_SOURCE",
      message: expect.stringMatching(message),
    });
  });

  it("options that are none", async () => {
    await expect(resolveSource("webhdfs://a/b", { webhdfs: "ann" as never })).rejects.toMatchObject({
      code: "BAD_ARGUMENT",
      message: "webhdfs must be an object of options, as in { anonymous: true }",
    });
  });
});
