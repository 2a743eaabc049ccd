/** Files of FTP servers: of a fake one with faults, and of a real one. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { type FtpOptions, open, resolveSource, type SourceOptions } from "../../../src/index.js";
import type { RequestRecord } from "../../../src/source/source.js";
import { exampleFile } from "../../fixtures/example.js";
import { noise } from "../../servers/content.js";
import { type FtpFault, type FtpServer, startFtpServer } from "../../servers/ftp-server.js";
import { hasVsftpd, startVsftpd } from "../../servers/vsftpd.js";

vi.mock(import("../../../src/source/retry.js"), async (original) => ({
  ...(await original()),
  pauseBefore: () => 0,
}));

const required = process.env["FITSLICE_REQUIRE_ORACLES"] === "1";
const data = noise(400_000);
const servers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(options: Partial<Parameters<typeof startFtpServer>[0]> = {}): Promise<FtpServer> {
  const server = await startFtpServer({ files: { "a.fits": data, "dir/a b%.fits": data }, ...options });
  servers.push(server);
  return server;
}

const at = ({ port }: { port: number }, path = "a.fits", login = ""): string =>
  `ftp://${login}127.0.0.1:${port}/${path}`;

describe("ftp://", () => {
  it("reads parts over one connection, as long as reads come one after the other", async () => {
    const server = await serve();
    const source = await resolveSource(at(server));
    const records: RequestRecord[] = [];
    for (const [offset, length] of [
      [0, 100],
      [5000, 300_000],
      [399_990, 100],
      [400_000, 5],
      [900_000, 5],
    ] as const) {
      const bytes = await source.getRange({ offset, length }, { record: (r) => records.push(r) });
      expect(Buffer.compare(bytes, data.subarray(offset, offset + length))).toBe(0);
    }
    expect(server.connections.made).toBe(1);
    expect(server.commands.filter((line) => /^(REST|RETR)/.test(line))).toEqual([
      "RETR a.fits",
      "REST 5000",
      "RETR a.fits",
      "REST 399990",
      "RETR a.fits",
    ]);
    expect(source).toMatchObject({
      href: at(server),
      size: 400_000,
      tag: "2024-01-01T00:00:00.000Z-400000",
      warnings: [],
    });
    expect(records.map(({ url, status, failure }) => [url, status, failure])).toEqual(
      Array.from({ length: 5 }, () => [at(server), 0, undefined]),
    );
  });

  it("reads into the caller's memory", async () => {
    const source = await resolveSource(at(await serve()));
    const into = new Uint8Array(1000);
    expect(await source.getRange({ offset: 77, length: 1000 }, { into })).toBe(into);
    expect(into).toEqual(data.slice(77, 1077));
  });

  it("shares four connections among all reads of a server, fewer where the server allows fewer", async () => {
    for (const most of [100, 2]) {
      const server = await serve({ most });
      const sources = await Promise.all([resolveSource(at(server)), resolveSource(at(server))]);
      const reads = Array.from({ length: 24 }, (_, i) =>
        sources[i % 2]!.getRange({ offset: 1000 * i, length: 1000 }),
      );
      const all = Buffer.concat(await Promise.all(reads));
      expect(Buffer.compare(all, data.subarray(0, 24_000))).toBe(0);
      expect(server.connections.made).toBeLessThanOrEqual(4);
      expect(server.commands.filter((line) => line.startsWith("USER"))).toHaveLength(Math.min(most, 4));
    }
  });

  it.each<[FtpFault, RegExp]>([
    ["reset", /the connection broke/],
    ["short", /the transfer ended early/],
    ["stall", /silence/],
    ["silent", /silence/],
    ["control", /the connection broke/],
    ["busy", /refuses \(450\)/],
    ["full", /too many connections/],
  ])("mends %s, and says what it was", async (fault, failure) => {
    const server = await serve();
    const source = await resolveSource(at(server), { timeout: 250 });
    await source.getRange({ offset: 0, length: 10 });
    const records: RequestRecord[] = [];
    server.nextFaults.push(fault, fault);
    const range = { offset: 1000, length: 390_000 };
    const bytes = await source.getRange(range, { record: (r) => records.push(r) });
    expect(Buffer.compare(bytes, data.subarray(1000, 391_000))).toBe(0);
    const failures = records.map((record) => record.failure);
    expect(failures.at(-1)).toBeUndefined();
    expect(failures.filter((text) => failure.test(text ?? "")).length).toBeGreaterThan(0);
    expect(failures.length).toBeGreaterThanOrEqual(3);
    // What came before a connection broke is not asked for again.
    if (fault === "short") expect(records.map(({ offset }) => offset)).toEqual([1000, 200_500, 300_250]);
  });

  it("gives up after so many failures without progress, and goes on with the next read", async () => {
    const server = await serve();
    const source = await resolveSource(at(server), { timeout: 150, retries: 1 });
    await source.getRange({ offset: 0, length: 10 });
    server.nextFaults.push("silent", "silent");
    const reading = source.getRange({ offset: 0, length: 10 });
    await expect(reading).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(await source.getRange({ offset: 0, length: 10 })).toEqual(data.slice(0, 10));
  });

  it("is SOURCE_CHANGED when time or size change; a server without times is warned of", async () => {
    const changed = { code: "SOURCE_CHANGED", message: expect.stringContaining("changed while it was read") };
    const server = await serve();
    const source = await resolveSource(at(server));
    await source.getRange({ offset: 0, length: 10 });
    server.set("a.fits", noise(400_000, 2));
    await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject(changed);
    const timeless = await serve({ times: false });
    const other = await resolveSource(at(timeless));
    await other.getRange({ offset: 0, length: 10 });
    expect(other.warnings).toEqual([expect.stringContaining("no times of change")]);
    expect(other.tag).toBeUndefined();
    timeless.set("a.fits", noise(300_000, 2));
    await expect(other.getRange({ offset: 0, length: 10 })).rejects.toMatchObject(changed);
  });

  it("stops at once when it is aborted or closed", async () => {
    const server = await serve();
    const source = await resolveSource(at(server), { timeout: 20_000 });
    await source.getRange({ offset: 0, length: 10 });
    const stop = new AbortController();
    server.nextFaults.push("stall", "stall");
    const reading = source.getRange({ offset: 0, length: 400_000 }, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error("enough")), 30);
    await expect(reading).rejects.toThrow("enough");
    const second = source.getRange({ offset: 0, length: 400_000 });
    setTimeout(() => source.close?.(), 30);
    await expect(second).rejects.toMatchObject({ code: "CLOSED" });
    await expect(source.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("logs in as the address or the options say, and shows no password", async () => {
    const server = await serve({ users: { ann: "HUSH@/:x" } });
    const addresses: [string, FtpOptions][] = [
      [at(server, "dir/a%20b%25.fits", "ann:HUSH%40%2F%3Ax@"), {}],
      [at(server, "dir/a%20b%25.fits"), { user: "ann", password: "HUSH@/:x" }],
      [at(server, "dir/a%20b%25.fits", "ann@"), { password: "HUSH@/:x" }],
    ];
    for (const [address, ftp] of addresses) {
      const source = await resolveSource(address, { ftp });
      const records: RequestRecord[] = [];
      await source.getRange({ offset: 0, length: 10 }, { record: (r) => records.push(r), headers: true });
      expect(source.href).toBe(at(server, "dir/a%20b%25.fits"));
      expect(JSON.stringify([source.href, records])).not.toContain("HUSH");
    }
    expect(server.commands.filter((line) => line.startsWith("PASS"))).toEqual(["PASS HUSH@/:x"]);
  });

  it.each<[string, string, SourceOptions, object, string, RegExp]>([
    ["a file that is not there", "none", {}, {}, "NOT_FOUND", /no such file/],
    ["a file that nobody may read", "a.fits", {}, { closed: ["a.fits"] }, "FORBIDDEN", /may not read it/],
    [
      "nothing, where anonymous is not let in",
      "a.fits",
      {},
      { users: {} },
      "BAD_CREDENTIALS",
      /give ftp\.user/,
    ],
    [
      "a wrong password",
      "a.fits",
      { ftp: { user: "ann", password: "HUSH-no" } },
      { users: { ann: "HUSH" } },
      "BAD_CREDENTIALS",
      /user or the password \(530\); check both/,
    ],
  ])("says in one line what to do with %s", async (_, path, options, more, code, message) => {
    const server = await serve(more);
    const source = await resolveSource(at(server, path), options);
    const error = await source.getRange({ offset: 0, length: 1 }).then(
      () => undefined,
      (e: Error) => e,
    );
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error!.message).toMatch(/^[ -~]+$/);
    expect(JSON.stringify([error, error!.stack])).not.toContain("HUSH");
  });

  it("says what is wrong with a server that is not there, or has no TLS", async () => {
    const nobody = await resolveSource("ftp://127.0.0.1:1/a.fits");
    await expect(nobody.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({
      code: "NETWORK",
      message: expect.stringMatching(/no answer|ECONNREFUSED/),
    });
    const server = await serve();
    const plain = await resolveSource(at(server).replace("ftp:", "ftps:"));
    await expect(plain.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringMatching(/offers no TLS/),
    });
  });

  it.each(["ftp://host", "ftp://host/", "ftp:///a", "ftp://host:99999/a", "ftp://host/a%0D%0ADELE%20b"])(
    "%s is BAD_SOURCE",
    async (address) => {
      await expect(resolveSource(address)).rejects.toMatchObject({ code: "BAD_SOURCE" });
    },
  );
});

describe.skipIf(!required && !hasVsftpd())("vsftpd (skipped where it is not installed)", () => {
  it("is read in parts by few connections, which are kept", async () => {
    const server = await startVsftpd({ maxPerIp: 3 });
    servers.push(server);
    const large = noise(12_000_000);
    server.put("/large.fits", large);
    server.put("/hst.fits", await exampleFile());
    server.put("/closed.fits", large.subarray(0, 100), 0o600);
    const source = await resolveSource(`${server.url}/large.fits`);
    const reads = Array.from({ length: 20 }, (_, i) =>
      source.getRange({ offset: 600_000 * i, length: 10_000 + i }),
    );
    for (const [i, bytes] of (await Promise.all(reads)).entries()) {
      const expected = large.subarray(600_000 * i, 600_000 * i + 10_000 + i);
      expect(Buffer.compare(bytes, expected)).toBe(0);
    }
    const here = await (await (await open(await exampleFile())).image("SCI")).section("3:9, 2:8");
    const fits = await open(`${server.url}/hst.fits`);
    expect(await (await fits.image("SCI")).section("3:9, 2:8")).toEqual(here);
    await fits.close();
    for (const name of ["none.fits", "closed.fits"])
      await expect(open(`${server.url}/${name}`)).rejects.toMatchObject({
        code: expect.stringMatching(/NOT_FOUND|FORBIDDEN/),
      });
  }, 30_000);
});
