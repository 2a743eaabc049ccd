/** What a server says of keeping its answers, and what the cache makes of that. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { lastingCache } from "../../../src/source/lasting/cache.js";
import { policyOf } from "../../../src/source/lasting/policy.js";
import type { ResolveOptions } from "../../../src/source/options.js";
import { resolveSource } from "../../../src/source/resolve.js";
import type { RequestRecord } from "../../../src/source/source.js";
import { startFtpServer } from "../../servers/ftp-server.js";
import { noise } from "../../servers/range-server.js";
import { data, testServers } from "../http-source.js";

const { serve, end } = testServers();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fitslice-policy-"));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const year = 365 * 86_400;

describe("Cache-Control", () => {
  it.each<[header: string, age: string | undefined, seconds: number, isForbidden?: boolean]>([
    ["", undefined, 0],
    ["public", undefined, 0],
    ["max-age=60", undefined, 60],
    ["public,  MAX-AGE=60 , must-revalidate", undefined, 60],
    ['max-age="60"', "10", 50],
    ["max-age=60", "61", 0],
    ["max-age=60", "odd", 60],
    ["max-age=-60", undefined, 0],
    ["max-age=6e9", undefined, 0],
    ["max-age=999999999999", undefined, year],
    ["max-age=9999999999999999999999", undefined, 0],
    ["s-maxage=60", undefined, 0],
    ["immutable", undefined, year],
    ["max-age=60, immutable", undefined, 60],
    ["no-cache, max-age=60", undefined, -1],
    ['no-cache="set-cookie"', undefined, -1],
    ["max-age=60, no-store", undefined, -1, true],
    ["x-no-store", undefined, 0],
  ])("%s, Age %s", (header, age, seconds, isForbidden = false) => {
    const headers = { "cache-control": header, ...(age !== undefined && { age }) };
    expect(policyOf(headers)).toEqual({ isForbidden, fresh: seconds < 0 ? -1 : seconds * 1000 });
  });
});

const made = "Mon, 01 Jun 2026 12:00:00 GMT";
const later = "Mon, 01 Jun 2026 13:00:00 GMT";

describe("Expires", () => {
  it.each<[what: string, headers: Record<string, string>, seconds: number]>([
    ["counts from Date on", { expires: later, date: made }, 3600],
    ["less the age of the answer", { expires: later, date: made, age: "600" }, 3000],
    ["is over where it is before Date", { expires: made, date: later }, 0],
    ["is over where it is no date", { expires: "0", date: made }, 0],
    ["is over where it is a number", { expires: "4000000000", date: made }, 0],
    ["counts for a year at most", { expires: "Fri, 01 Jan 2100 00:00:00 GMT", date: made }, year],
    ["counts less than max-age", { "cache-control": "max-age=60", expires: later, date: made }, 60],
    [
      "counts less than a max-age that is none",
      { "cache-control": "max-age=x", expires: later, date: made },
      0,
    ],
    ["counts less than no-cache", { "cache-control": "no-cache", expires: later, date: made }, -1],
    ["counts beside other words", { "cache-control": "public", expires: later, date: made }, 3600],
    ["tells how long immutable holds", { "cache-control": "immutable", expires: later, date: made }, 3600],
  ])("%s", (_, headers, seconds) => {
    expect(policyOf(headers).fresh).toBe(seconds < 0 ? -1 : seconds * 1000);
  });

  it("counts from now on where there is no Date", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(made) });
    expect(policyOf({ expires: later }).fresh).toBe(3_600_000);
  });
});

const range = { offset: 1000, length: 2000 };

/** Reads as a process of its own would, and tells how many bytes each request brought. */
async function readAnew(url: string, maxAge?: number, options: ResolveOptions = {}): Promise<number[]> {
  const cache = lastingCache({ folder, maxAge });
  const source = await resolveSource(url, { ...options, cache });
  const records: RequestRecord[] = [];
  const bytes = await source.getRange(range, { record: (request) => records.push(request) });
  expect(bytes).toHaveLength(range.length);
  await source.close?.();
  return records.map(({ length }) => length);
}

const keptFiles = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => /[0-9a-f]{64}$/.test(name) && statSync(join(folder, name)).isFile(),
  );

describe("an object over HTTP", () => {
  /** A server whose header may change. */
  async function server(first: string): Promise<{ url: string; says: Record<string, string> }> {
    const says: Record<string, string> = { "cache-control": first };
    const { url } = await serve({ headers: says });
    return { url: `${url}/a.fits`, says };
  }

  it("that must not be stored is not kept", async () => {
    const { url } = await server("no-store");
    for (let i = 0; i < 2; i++) expect(await readAnew(url)).toEqual([2000]);
    expect(keptFiles()).toEqual([]);
  });

  it("that must not be stored any more is not kept from then on", async () => {
    const { url, says } = await server("");
    expect(await readAnew(url)).toEqual([2000]);
    says["cache-control"] = "no-store";
    expect(await readAnew(url)).toEqual([1, 2000]);
    expect(await readAnew(url)).toEqual([2000]);
  });

  it("that is fresh is not asked for, until it is no longer", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { url } = await server("max-age=600");
    expect(await readAnew(url)).toEqual([2000]);
    expect(await readAnew(url)).toEqual([]);
    vi.setSystemTime(Date.now() + 601_000);
    expect(await readAnew(url)).toEqual([1]);
    expect(await readAnew(url)).toEqual([]);
  });

  it("that expires later is not asked for", async () => {
    const { url, says } = await server("");
    delete says["cache-control"];
    says["expires"] = new Date(Date.now() + 600_000).toUTCString();
    expect([await readAnew(url), await readAnew(url)]).toEqual([[2000], []]);
    expect(await readAnew(url, 0)).toEqual([1]);
  });

  it("that never changes is not asked for", async () => {
    const { url } = await server("immutable");
    expect([await readAnew(url), await readAnew(url)]).toEqual([[2000], []]);
  });

  it("is asked for where the user says so, or the server does, and where credentials were sent", async () => {
    const { url, says } = await server("max-age=600");
    await readAnew(url);
    expect(await readAnew(url, 0)).toEqual([1]);
    says["cache-control"] = "no-cache";
    expect(await readAnew(url, 0)).toEqual([1]);
    expect(await readAnew(url, 600)).toEqual([1]);
    says["cache-control"] = "max-age=600";
    const headers = { authorization: "Bearer t" };
    await readAnew(url, undefined, { headers });
    expect(await readAnew(url, undefined, { headers })).toEqual([1]);
  });
});

describe("a file over FTP", () => {
  async function server(options: { times?: boolean; users?: Record<string, string> } = {}) {
    const ftp = await startFtpServer({ files: { "a.fits": data }, ...options });
    end(ftp);
    return { ...ftp, url: `ftp://127.0.0.1:${ftp.port}/a.fits` };
  }
  const transfers = (commands: string[]): string[] =>
    commands.splice(0).filter((line) => /^(SIZE|MDTM|RETR)/.test(line));
  const stat = ["SIZE a.fits", "MDTM a.fits"];

  it("is asked for size and time the second time, and transferred no more", async () => {
    const { url, commands } = await server();
    expect(await readAnew(url)).toEqual([expect.any(Number)]);
    expect(transfers(commands)).toEqual([...stat, "RETR a.fits", ...stat]);
    expect(await readAnew(url)).toEqual([0]);
    expect(transfers(commands)).toEqual([...stat, ...stat]);
    expect(await readAnew(url, 600)).toEqual([]);
    expect(transfers(commands)).toEqual([]);
  });

  it("is read anew when it has changed", async () => {
    const { url, set } = await server();
    await readAnew(url);
    const other = noise(data.length, 7);
    set("a.fits", other);
    const source = await resolveSource(url, { cache: lastingCache({ folder }) });
    expect(await source.getRange(range)).toEqual(other.slice(1000, 3000));
    await source.close?.();
    expect(await readAnew(url)).toEqual([0]);
  });

  it("whose times nobody tells is not kept", async () => {
    const { url } = await server({ times: false });
    await readAnew(url);
    expect(keptFiles()).toEqual([]);
  });

  it("is one user's own, and names no password", async () => {
    const { url } = await server({ users: { ann: "HUSH", bob: "HUSH" } });
    const as = (user: string): string => url.replace("//", `//${user}:HUSH@`);
    await readAnew(as("ann"));
    expect((await readAnew(as("bob"), 600)).every((length) => length >= 2000)).toBe(true);
    expect(await readAnew(as("ann"), 600)).toEqual([0]); // a login is checked
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).join();
    expect(names).not.toMatch(/HUSH|ann|bob/);
  });
});
