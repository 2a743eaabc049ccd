/** IDs of `fitslice serve`: what of a root, a catalog and allowed prefixes they open, and what they never do. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogOf } from "../../src/cli/serve/catalog.js";
import { guardedFetch, isInner } from "../../src/cli/serve/guarded-fetch.js";
import { fileFinder, type IdSources, placesOf } from "../../src/cli/serve/ids.js";
import { openFiles } from "../../src/cli/serve/open-files.js";
import { servedFiles } from "../../src/cli/serve/roots.js";
import { exampleFile } from "../fixtures/example.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { fitslice, workFolder } from "./run.js";

const folder = workFolder("serve-ids");
let server: RangeServer;
let hidden: RangeServer;
const signal = new AbortController().signal;

beforeAll(async () => {
  const bytes = await exampleFile();
  mkdirSync(join(folder, "root"));
  writeFileSync(join(folder, "root", "a.fits"), bytes);
  writeFileSync(join(folder, "listed.fits"), bytes);
  hidden = await startRangeServer({ files: { "/ok/secret.fits": bytes } });
  server = await startRangeServer({
    files: { "/ok/a.fits": bytes, "/secret.fits": bytes },
    route: (_, path) =>
      path === "/ok/away.fits"
        ? { status: 302, headers: { location: `${hidden.url}/ok/secret.fits` } }
        : { path },
  });
});
afterAll(async () => {
  await Promise.all([server.close(), hidden.close()]);
  rmSync(folder, { recursive: true, force: true });
});

async function finder(
  allowed: readonly string[],
  catalog: readonly (readonly [id: string, address: string])[] = [],
  publisher?: string,
) {
  const sources: IdSources = {
    lookup: await servedFiles([join(folder, "root")]),
    files: openFiles(4),
    reading: {},
    catalog: new Map(catalog),
    allowed,
    publisher,
  };
  const find = fileFinder(placesOf(sources), sources);
  return async (id: string): Promise<string> => {
    const file = await find(id, signal).catch((error: { code?: string }) => error.code ?? "untyped");
    if (file === undefined || typeof file === "string") return file ?? "none";
    file.done?.();
    return "opened";
  };
}

describe("an ID", () => {
  it("is a path below a root, a row of the catalog, or an address below an allowed prefix", async () => {
    const listed = join(folder, "listed.fits");
    const did = "ivo://archive.example/obs?7";
    const find = await finder(
      [`${server.url}/ok`],
      [
        [listed, listed],
        [did, listed],
      ],
    );
    expect(await find(did)).toBe("opened");
    expect(await find("a.fits")).toBe("opened");
    expect(await find(listed)).toBe("opened");
    expect(await find(`${server.url}/ok/a.fits`)).toBe("opened");
    expect(await find(`${server.url}/ok/none.fits`)).toBe("none");
  });

  it("is no other address", async () => {
    const find = await finder([`${server.url}/ok/`]);
    const { host } = new URL(server.url);
    for (const id of [
      ...[
        `${server.url}/secret.fits`,
        `${server.url}/ok/../secret.fits`,
        `${server.url}/ok/%2e%2e/secret.fits`,
      ],
      ...[
        `${server.url}/okay/a.fits`,
        `${server.url}/ok/a.fits?x=1`,
        `${server.url}/ok/a.fits#x`,
        `${server.url}/ok\\a.fits`,
      ],
      ...[`http://user@${host}/ok/a.fits`, `HTTP://${host}/ok/a.fits`, `https://${host}/ok/a.fits`],
      ...[`${hidden.url}/ok/secret.fits`, "s3://bucket/a.fits", "file:///etc/passwd", "data:,SIMPLE"],
      ...[join(folder, "listed.fits"), "../listed.fits", "a.fits/", "./a.fits", "", "."],
    ])
      expect([id, await find(id)]).toEqual([id, "none"]);
    const before = hidden.requests.length;
    expect(await find(`${server.url}/ok/away.fits`)).toBe("FORBIDDEN");
    expect(hidden.requests.length).toBe(before);
  });

  it("is an identifier of the publisher, whose path is one below a root", async () => {
    const find = await finder([`${server.url}/ok/`], [], "ivo://archive.example/Fits");
    for (const id of ["ivo://archive.example/Fits?a.fits", "IVO://Archive.Example/fits?%61.fits", "a.fits"])
      expect([id, await find(id)]).toEqual([id, "opened"]);
    for (const rest of ["A.fits", "", "../listed.fits", "%2e%2e/listed.fits", "%ff", "/a.fits", "a.fits%00"])
      expect([rest, await find(`ivo://archive.example/Fits?${rest}`)]).toEqual([rest, "none"]);
    for (const id of [
      ...["ivo://archive.example/Fits/a.fits", "ivo://archive.example/Fits2?a.fits"],
      ...["ivo://other.example/Fits?a.fits", `ivo://archive.example/Fits?${server.url}/ok/a.fits`],
    ])
      expect([id, await find(id)]).toEqual([id, "none"]);
    const { code, stderr } = await fitslice(["serve", folder, "--publisher", "http://archive.example/"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("It must be like ivo://archive.example")]);
  });

  it("is what a catalog says: addresses, and obs_publisher_did", async () => {
    const table = join(folder, "obscore.csv");
    writeFileSync(table, `obs_publisher_did,access_url\nivo://a.b.c/d?1,${join(folder, "listed.fits")}\n`);
    const catalog = await catalogOf(table);
    expect([...catalog]).toEqual([
      [join(folder, "listed.fits"), join(folder, "listed.fits")],
      ["ivo://a.b.c/d?1", join(folder, "listed.fits")],
    ]);
    writeFileSync(table, "url\nx\n");
    await expect(catalogOf(table)).rejects.toThrow("has no column access_url");
  });

  it("is refused where a name leads to a private network", async () => {
    const { port } = new URL(server.url);
    const before = server.requests.length;
    // This machine's name leads to an address of its own, or to none.
    const find = await finder([`http://${hostname()}.:${port}/ok/`, `http://${hostname()}:${port}/ok/`]);
    expect(await find(`http://${hostname()}:${port}/ok/a.fits`)).toMatch(/^(FORBIDDEN|NETWORK)$/);
    expect(server.requests.length).toBe(before);
    expect(guardedFetch(new URL("s3://bucket/ok/"))).toBeUndefined();
  });

  it("may not be allowed below what is no address", async () => {
    const root = join(folder, "root");
    for (const prefix of ["/tmp", "https://host/?x=", "https://user:pw@host/"]) {
      const { code, stderr } = await fitslice(["serve", root, "--allow", prefix]);
      expect([prefix, code]).toEqual([prefix, 2]);
      expect(stderr).toMatch(/^fitslice: cannot allow (?!.*pw@)[^\n]+\n$/);
    }
  });
});

describe("networks", () => {
  it.each([
    ...[
      "127.0.0.1",
      "10.1.2.3",
      "172.16.0.1",
      "192.168.1.1",
      "169.254.169.254",
      "100.64.0.1",
      "0.0.0.0",
      "224.0.0.1",
    ],
    ...[
      "::1",
      "::",
      "fe80::1",
      "fd00::1",
      "::ffff:127.0.0.1",
      "::ffff:a9fe:a9fe",
      "64:ff9b::7f00:1",
      "ff02::1",
      "none",
    ],
  ])("%s is not public", (address) => {
    expect(isInner(address)).toBe(true);
  });

  it.each(["8.8.8.8", "130.79.128.5", "2001:4860:4860::8888", "::ffff:8.8.8.8"])("%s is", (address) => {
    expect(isInner(address)).toBe(false);
  });
});
