import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { headersOf, type ListOptions, list } from "../../src/list/index.js";
import { type Azurite, account, accountKey, hasAzurite, startAzurite } from "../servers/azurite.js";
import { type RangeServer, type Reply, startRangeServer } from "../servers/range-server.js";
import { all, headerFile } from "./files.js";

const kept = { ...process.env };
const open: { close(): Promise<void> }[] = [];
beforeEach(() => {
  for (const name of Object.keys(process.env))
    if (/^(AZURE|GOOGLE|STORAGE|HADOOP|CLOUDSDK)_/.test(name)) delete process.env[name];
});
afterEach(async () => {
  process.env = { ...kept };
  for (const server of open.splice(0)) await server.close();
});

async function answering(
  answer: (path: string, query: URLSearchParams, headers: Headers) => Reply,
): Promise<RangeServer> {
  const server = await startRangeServer({
    route: (request, path) => {
      const headers = new Headers(request.headers as Record<string, string>);
      return answer(path, new URL(request.url!, "http://any").searchParams, headers);
    },
  });
  open.push(server);
  return server;
}

async function names(address: string, options: ListOptions): Promise<string[]> {
  return (await all(list(address, { retries: 0, ...options }))).map(({ href }) => href);
}

const json = (body: unknown): Reply => ({ status: 200, body: JSON.stringify(body) });

describe("a bucket of Google Cloud Storage", () => {
  const items = [
    { name: "n/a.fits", size: "11520", updated: "2026-01-02T03:04:05.678Z" },
    { name: "n/b c.fits", size: "0", updated: "2026-01-02T03:04:05Z" },
  ];

  it("is listed page after page, with its token", async () => {
    const queries: string[] = [];
    const server = await answering((path, query, headers) => {
      queries.push(`${path} ${query.get("prefix")} ${query.get("delimiter")} ${query.get("pageToken")}`);
      if (headers.get("authorization") !== "Bearer HUSH") return { status: 401, body: "Invalid Credentials" };
      if (query.get("userProject") !== "mine")
        return { status: 400, body: "Bucket is a requester pays bucket" };
      return query.has("pageToken")
        ? json({ items: items.slice(1) })
        : json({ nextPageToken: "p2", prefixes: ["n/deep/"], items: items.slice(0, 1) });
    });
    const gs = { endpoint: server.url, token: "HUSH", userProject: "mine" };
    expect(await all(list("gs://b/n", { gs }))).toEqual([
      { href: "gs://b/n/deep/", isFolder: true },
      {
        href: "gs://b/n/a.fits",
        isFolder: false,
        size: 11520,
        modified: new Date("2026-01-02T03:04:05.678Z"),
      },
      { href: "gs://b/n/b c.fits", isFolder: false, size: 0, modified: new Date("2026-01-02T03:04:05Z") },
    ]);
    expect(queries).toEqual(["/storage/v1/b/b/o n/ / null", "/storage/v1/b/b/o n/ / p2"]);
    const refused = names("gs://b/n/", { gs: { endpoint: server.url, token: "HUSH" } });
    await expect(refused).rejects.toThrow(/requester-pays/);
    const wrong = await names("gs://b/n/", { gs: { endpoint: server.url, token: "HUSHED" } }).catch(String);
    expect(wrong).toMatch(/the server does not accept the token/);
    expect(wrong).not.toContain("HUSH");
  });

  it("gives its objects to many reads, for one token", async () => {
    const file = headerFile(["NUM     = 7"]);
    const server = await startRangeServer({ files: { "/file": file }, route: () => ({ path: "/file" }) });
    open.push(server);
    let asked = 0;
    const token = async () => `HUSH${++asked}`;
    const files = Array.from({ length: 10 }, (_, i) => `gs://b/${i}.fits`);
    const found = await all(headersOf(files, { keywords: ["NUM"], gs: { endpoint: server.url, token } }));
    expect(found.map(({ hdus }) => hdus[0]?.values["NUM"])).toEqual(Array(10).fill(7));
    expect([server.requests.length, asked]).toEqual([10, 1]);
    expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set(["Bearer HUSH1"]),
    );
  });

  it("may answer with nonsense", async () => {
    for (const body of ["<html>", '{"items":7}', "null"]) {
      const server = await answering(() => ({ status: 200, body }));
      await expect(names("gs://b/", { gs: { endpoint: server.url, anonymous: true } })).rejects.toMatchObject(
        { code: "HTTP" },
      );
    }
    const server = await answering(() => json({ nextPageToken: "same", items }));
    const circle = names("gs://b/", { gs: { endpoint: server.url, anonymous: true } });
    await expect(circle).rejects.toThrow(/goes round in a circle/);
  });
});

describe("a container of Azure", () => {
  const blob = (name: string): string =>
    `<Blob><Name>${name}</Name><Properties><Last-Modified>Fri, 02 Jan 2026 03:04:05 GMT</Last-Modified><Content-Length>7</Content-Length></Properties></Blob>`;
  const page = (blobs: string, marker = ""): Reply => ({
    status: 200,
    body: `\ufeff<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="x" ContainerName="c"><Blobs>${blobs}</Blobs><NextMarker>${marker}</NextMarker></EnumerationResults>`,
  });

  it("is listed page after page, with its signature, which is shown nowhere", async () => {
    const queries: string[] = [];
    const server = await answering((path, query) => {
      queries.push(`${path} ${query.get("comp")} ${query.get("prefix")} ${query.get("marker")}`);
      if (query.get("sig") !== "HUSH")
        return { status: 403, body: "<Error><Code>AuthenticationFailed</Code></Error>" };
      return query.has("marker")
        ? page(`${blob("n/b&amp;c.fits")}<Blob><Name Encoded="true">n/d%01</Name></Blob>`)
        : page(`<BlobPrefix><Name>n/deep/</Name></BlobPrefix>${blob("n/a.fits")}`, "m2");
    });
    const az = { endpoint: server.url, sas: "sv=2023&sig=HUSH" };
    const modified = new Date("2026-01-02T03:04:05Z");
    expect(await all(list("az://acct/c/n/", { az }))).toEqual([
      { href: "az://acct/c/n/deep/", isFolder: true },
      { href: "az://acct/c/n/a.fits", isFolder: false, size: 7, modified },
      { href: "az://acct/c/n/b&c.fits", isFolder: false, size: 7, modified },
      { href: "az://acct/c/n/d\u0001", isFolder: false },
    ]);
    expect(queries).toEqual(["/c list n/ null", "/c list n/ m2"]);
    const wrong = await names("az://acct/c/n/", { az: { ...az, sas: "sv=2023&sig=HUSHED" } }).catch(String);
    expect(wrong).toMatch(/signature \(SAS\)/);
    expect(wrong).not.toContain("HUSH");
    await expect(names("az://acct", { az })).rejects.toMatchObject({ code: "BAD_SOURCE" });
  });

  it.runIf(hasAzurite())("of Azurite, signed with the account's key", async () => {
    const azurite: Azurite = await startAzurite();
    open.push(azurite);
    await azurite.createContainer("survey");
    for (const name of ["n/1.fits", "n/2 ä&.fits", "n/deep/3.fits", "m/4.fits"])
      await azurite.put("survey", name, headerFile([`NUM     = ${name.replace(/\D/g, "")}`]));
    const az = { endpoint: azurite.endpoint, accountKey };
    expect(await names(`az://${account}/survey`, { az })).toEqual([
      `az://${account}/survey/m/`,
      `az://${account}/survey/n/`,
    ]);
    expect(await names(`az://${account}/survey/**/*.fits`, { az })).toEqual(
      ["m/4.fits", "n/1.fits", "n/2 ä&.fits", "n/deep/3.fits"].map(
        (name) => `az://${account}/survey/${name}`,
      ),
    );
    const read = await all(headersOf(`az://${account}/survey/n/*.fits`, { keywords: ["NUM"], az }));
    expect(read.map(({ hdus }) => hdus[0]?.values["NUM"]).sort()).toEqual([1, 2]);
  });
});

describe("a directory of Hadoop", () => {
  const status = (pathSuffix: string, type = "FILE"): object => ({
    pathSuffix,
    type,
    length: 9,
    modificationTime: 1e12,
  });
  const batch = (entries: object[], remainingEntries = 0): Reply =>
    json({
      DirectoryListing: { partialListing: { FileStatuses: { FileStatus: entries } }, remainingEntries },
    });

  it("is listed in batches, with its delegation token, which is shown nowhere", async () => {
    const queries: string[] = [];
    const server = await answering((path, query) => {
      queries.push(`${path} ${query.get("op")} ${query.get("startAfter")}`);
      if (query.get("delegation") !== "HUSH")
        return { status: 403, body: '{"RemoteException":{"exception":"InvalidToken"}}' };
      if (path !== "/webhdfs/v1/n/")
        return { status: 404, body: '{"RemoteException":{"exception":"FileNotFoundException"}}' };
      return query.has("startAfter")
        ? batch([status("b c.fits"), status("../evil")])
        : batch([status("a"), status("b", "DIRECTORY")], 2);
    });
    const root = server.url.replace("http:", "webhdfs:");
    const webhdfs = { delegation: "HUSH" };
    const modified = new Date(1e12);
    expect(await all(list(`${root}/n`, { webhdfs }))).toEqual([
      { href: `${root}/n/a`, isFolder: false, size: 9, modified },
      { href: `${root}/n/b/`, isFolder: true, modified },
      { href: `${root}/n/b c.fits`, isFolder: false, size: 9, modified },
    ]);
    expect(queries).toEqual(["/webhdfs/v1/n/ LISTSTATUS_BATCH null", "/webhdfs/v1/n/ LISTSTATUS_BATCH b"]);
    const wrong = await names(`${root}/n`, { webhdfs: { delegation: "HUSHED" } }).catch(String);
    expect(wrong).toMatch(/delegation token is wrong/);
    expect(wrong).not.toContain("HUSH");
    await expect(names(`${root}/m/`, { webhdfs })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("that goes round in a circle, or is none, is told", async () => {
    const circle = await answering(() => batch([status("a")], 1));
    await expect(names(`${circle.url.replace("http:", "webhdfs:")}/n/`, {})).rejects.toThrow(
      /round in a circle/,
    );
    const none = await answering(() => json({ DirectoryListing: null }));
    await expect(names(`${none.url.replace("http:", "webhdfs:")}/n/`, {})).rejects.toMatchObject({
      code: "HTTP",
    });
  });
});
