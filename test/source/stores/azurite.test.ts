/** Blobs of a real server of Azure's service. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AzureOptions } from "../../../src/index.js";
import { open, resolveSource } from "../../../src/index.js";
import type { RequestRecord } from "../../../src/source/source.js";
import { exampleFile } from "../../fixtures/example.js";
import {
  type Azurite,
  account,
  accountKey,
  hasAzurite,
  sasFor,
  startAzurite,
} from "../../servers/azurite.js";
import { noise } from "../../servers/content.js";
import { withoutSettings } from "./settings.js";

const required = process.env["FITSLICE_REQUIRE_ORACLES"] === "1";
const data = noise(100_000);
const wrongKey = btoa("HUSH, but not the key of this account");
const odd = [
  "a b.fits",
  "a+b.fits",
  "a%20b.fits",
  "ä/日本/😀.fits",
  "a//b.fits",
  "a!b'c(d)*.fits",
  "a#b?c&d=e.fits",
];

describe.skipIf(!required && !hasAzurite())("blobs of Azurite (skipped where it is not installed)", () => {
  let server: Azurite;
  let az: AzureOptions;
  withoutSettings("AZURE_");
  beforeAll(async () => {
    server = await startAzurite();
    az = { endpoint: server.endpoint };
    await server.createContainer("closed");
    await server.createContainer("public", "blob");
    for (const name of ["a.fits", ...odd]) await server.put("closed", name, data);
    await server.put("public", "a.fits", data);
    await server.put("closed", "hst.fits", await exampleFile());
  }, 60_000);
  afterAll(() => server?.close());

  async function read(address: string, more: AzureOptions): Promise<string> {
    const records: RequestRecord[] = [];
    const source = await resolveSource(address, { az: { ...az, ...more }, retries: 0 });
    const range = { offset: 10, length: 2000 };
    const bytes = await source.getRange(range, { headers: true, record: (r) => records.push(r) });
    expect(bytes).toEqual(data.slice(10, 2010));
    expect(source).toMatchObject({ size: data.length, tag: expect.stringMatching(/^".+"$/) });
    return JSON.stringify([source.href, records]);
  }

  it.each<[string, AzureOptions]>([
    ["an account key", { accountKey }],
    ["a SAS", { sas: sasFor("closed", "a.fits") }],
    ["a SAS with its question mark", { sas: `?${sasFor("closed", "a.fits")}` }],
  ])("are read with %s, which appears nowhere", async (_, credentials) => {
    const seen = await read(`az://${account}/closed/a.fits`, credentials);
    expect(seen).not.toMatch(/sig=(?!\*\*\*)|SharedKey /);
    expect(seen).not.toContain(accountKey);
  });

  it("are read with a SAS in the address, with a connection string, and without anything where they are public", async () => {
    const seen = await read(`az://${account}/closed/a.fits?${sasFor("closed", "a.fits")}`, {});
    expect(JSON.parse(seen)[0]).toBe(`az://${account}/closed/a.fits`);
    expect(seen).not.toMatch(/sig=(?!\*\*\*)/);
    const connectionString = `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};BlobEndpoint=${server.endpoint};`;
    await read(`az://${account}/closed/a.fits`, { endpoint: undefined, connectionString });
    await read(`az://${account}/public/a.fits`, {});
    await read(`az://${account}/public/a.fits`, { accountKey: wrongKey, anonymous: true });
    await read(`abfss://public@${account}.dfs.core.windows.net/a.fits`, {});
    process.env["AZURE_STORAGE_CONNECTION_STRING"] = connectionString;
    await read(`az://${account}/closed/a.fits`, { endpoint: undefined });
  });

  it.each(odd)("are read whose name is %s", async (name) => {
    await read(`az://${account}/closed/${name}`, { accountKey });
    await read(`az://${account}/closed/${name}`, { sas: sasFor("closed", name) });
  });

  it("are FITS files like any other, over fetch, too", async () => {
    const here = await open(await exampleFile());
    const expected = await (await here.image("SCI")).section("3:9, 2:8");
    for (const fetching of [undefined, (url: string, init: RequestInit) => fetch(url, init)]) {
      const fits = await open(`az://${account}/closed/hst.fits`, {
        az: { ...az, accountKey },
        fetch: fetching,
      });
      expect(await (await fits.image("SCI")).section("3:9, 2:8")).toEqual(expected);
      await fits.close();
    }
  });

  it("that have changed are noticed", async () => {
    await server.put("closed", "changing.fits", data);
    const source = await resolveSource(`az://${account}/closed/changing.fits`, { az: { ...az, accountKey } });
    await source.getRange({ offset: 0, length: 10 });
    await server.put("closed", "changing.fits", noise(100_000, 2));
    await expect(source.getRange({ offset: 0, length: 10 })).rejects.toMatchObject({
      code: "SOURCE_CHANGED",
    });
  });

  it("end where they end", async () => {
    const source = await resolveSource(`az://${account}/closed/a.fits`, { az: { ...az, accountKey } });
    expect(await source.getRange({ offset: 99_990, length: 50 })).toEqual(data.slice(99_990));
    expect(await source.getRange({ offset: 200_000, length: 50 })).toHaveLength(0);
  });

  it.each<[string, string, AzureOptions, string, RegExp]>([
    [
      "a blob that is not there",
      "closed/none.fits",
      { accountKey },
      "NOT_FOUND",
      /no such blob in the container/,
    ],
    ["a container that is not there", "none/a.fits", { accountKey }, "NOT_FOUND", /no container "none"/],
    ["a wrong key", "closed/a.fits", { accountKey: wrongKey }, "BAD_CREDENTIALS", /the key does not belong/],
    ["a key that is none", "closed/a.fits", { accountKey: "HUSH!" }, "BAD_CREDENTIALS", /not base64/],
    [
      "a wrong SAS",
      "closed/a.fits",
      { sas: sasFor("closed", "a.fits", { key: wrongKey }) },
      "BAD_CREDENTIALS",
      /SAS\) is wrong/,
    ],
    [
      "a SAS that has expired",
      "closed/a.fits",
      { sas: sasFor("closed", "a.fits", { until: new Date(Date.UTC(2026, 0, 1)) }) },
      "BAD_CREDENTIALS",
      /expired at 2026-01-01T00:00:00/,
    ],
    [
      "a SAS that allows no reading",
      "closed/a.fits",
      { sas: sasFor("closed", "a.fits", { allows: "w" }) },
      "FORBIDDEN",
      /permission r/,
    ],
    ["nothing, where it is not public", "closed/a.fits", {}, "(FORBIDDEN|NOT_FOUND)", /it is not public/],
    [
      "a token that is none",
      "closed/a.fits",
      { token: "HUSH" },
      "(BAD_CREDENTIALS|FORBIDDEN)",
      /token|identity/,
    ],
    [
      "another account's connection string",
      "closed/a.fits",
      { connectionString: "AccountName=other;AccountKey=HUSH" },
      "BAD_CREDENTIALS",
      /of the account "other"/,
    ],
  ])("say in one line what to do with %s", async (_, path, more, code, message) => {
    const reading = read(`az://${account}/${path}`, more);
    const error = await reading.then(
      () => undefined,
      (e: Error & { code: string }) => e,
    );
    expect(error?.code).toMatch(new RegExp(`^${code}$`));
    expect(error?.message).toMatch(message);
    expect(error?.message).toMatch(/^[ -~]+$/);
    expect(JSON.stringify([error, error?.message, error?.stack])).not.toMatch(/HUSH|sig=[^*]/);
    if (more.sas)
      expect(JSON.stringify(error?.message)).not.toContain(new URLSearchParams(more.sas).get("sig"));
  });
});
