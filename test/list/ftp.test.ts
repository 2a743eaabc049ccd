/** Listings of FTP servers: of a fake one with faults, and of a real one. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { type ListEntry, type ListOptions, list } from "../../src/list/index.js";
import { type FtpServer, startFtpServer } from "../servers/ftp-server.js";
import { hasVsftpd, startVsftpd } from "../servers/vsftpd.js";

vi.mock(import("../../src/source/retry.js"), async (original) => ({
  ...(await original()),
  pauseBefore: () => 0,
}));

const required = process.env["FITSLICE_REQUIRE_ORACLES"] === "1";
const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const bytes = (length: number): Uint8Array => new Uint8Array(length);

async function serve(): Promise<FtpServer> {
  const files = {
    "a.fits": bytes(5),
    "b.txt": bytes(6),
    "dir/c #1.fits": bytes(7),
    "dir/deep/d.fits": bytes(8),
  };
  const server = await startFtpServer({ files, users: { me: "HUSH", anonymous: "anonymous@" } });
  servers.push(server);
  return server;
}

async function all(address: string, options: ListOptions = {}): Promise<ListEntry[]> {
  const found: ListEntry[] = [];
  for await (const entry of list(address, options)) found.push(entry);
  return found;
}

async function names(address: string, options?: ListOptions): Promise<unknown[]> {
  const found = await all(address, options);
  return found.map(({ href, size }) => [href.replace(/^ftp:\/\/[^/]*\//, ""), size]);
}

describe("a folder of an FTP server", () => {
  test("is listed at one level, at all levels, and by wildcards", async () => {
    const { port } = await serve();
    const root = `ftp://127.0.0.1:${port}/`;
    expect(await names(root)).toEqual([
      ["a.fits", 5],
      ["b.txt", 6],
      ["dir/", undefined],
    ]);
    const deep = [
      ["a.fits", 5],
      ["dir/c %231.fits", 7],
      ["dir/deep/d.fits", 8],
    ];
    expect(await names(`${root}**/*.fits`)).toEqual(deep);
    expect(await names(`${root}dir`, { recursive: true })).toEqual(deep.slice(1));
    expect(await names(`${root}*/c*`)).toEqual([["dir/c %231.fits", 7]]);
    expect(await names(`${root}a.fits`)).toEqual([["a.fits", 5]]);
  });

  test("that is not there is NOT_FOUND", async () => {
    const { port } = await serve();
    await expect(names(`ftp://127.0.0.1:${port}/none/`)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(names(`ftp://127.0.0.1:${port}/none`)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("is asked for again after a passing fault; the password is shown nowhere", async () => {
    const server = await serve();
    server.nextFaults.push("busy", "reset");
    expect(await names(`ftp://me:HUSH@127.0.0.1:${server.port}/`)).toHaveLength(3);
    const [first] = await all(`ftp://me:HUSH@127.0.0.1:${server.port}/`);
    expect(first?.href).toBe(`ftp://127.0.0.1:${server.port}/a.fits`);
    const wrong = names(`ftp://me:HUSHHUSH@127.0.0.1:${server.port}/`);
    await expect(wrong).rejects.toMatchObject({ code: "BAD_CREDENTIALS" });
    await expect(wrong).rejects.not.toThrow(/HUSH/);
  });

  test.skipIf(!hasVsftpd() && !required)("of vsftpd", async () => {
    const server = await startVsftpd();
    servers.push(server);
    server.put("/pub/a b.fits", bytes(5));
    server.put("/pub/n/c.fits", bytes(6));
    expect(await names(`${server.url}/pub/`)).toEqual([
      ["pub/a b.fits", 5],
      ["pub/n/", undefined],
    ]);
    expect(await names(`${server.url}/**/*.fits`)).toEqual([
      ["pub/a b.fits", 5],
      ["pub/n/c.fits", 6],
    ]);
    expect(await names(`${server.url}/pub/a b.fits`)).toEqual([["pub/a b.fits", 5]]);
    await expect(names(`${server.url}/none`)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
