/** Objects of Google Cloud Storage. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type GcsOptions, open, resolveSource } from "../../../src/index.js";
import type { ByteSource, RequestRecord } from "../../../src/source/source.js";
import { exampleFile } from "../../fixtures/example.js";
import { noise } from "../../servers/content.js";
import { gzipped, startGcsServer } from "../../servers/gcs-server.js";
import type { RangeServer } from "../../servers/range-server.js";
import { withoutSettings } from "./settings.js";

const data = noise(100_000);
const token = "HUSH-token";
const odd = [
  "a b.fits",
  "a+b.fits",
  "a%20b.fits",
  "ä/日本/😀.fits",
  "a/../b.fits",
  "a//b.fits",
  "a#b?c&d=e.fits",
];
const tokens = new Set<string>();
const folder = mkdtempSync(join(tmpdir(), "fitslice-gcs-"));
let server: RangeServer;
let records: RequestRecord[] = [];

withoutSettings("GOOGLE_", "STORAGE_", "CLOUDSDK_");
beforeAll(async () => {
  const example = await exampleFile();
  const names = ["a.fits", ...odd].map((name) => [name, data] as const);
  const objects = { ...Object.fromEntries(names), "hst.fits": example, [gzipped]: example };
  server = await startGcsServer({ objects, tokens, headers: { "x-goog-generation": "1700000000000001" } });
});
afterEach(() => {
  for (const set of [tokens]) set.clear();
  server.requests.length = 0;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function read(address: string | URL, gs: GcsOptions = {}): Promise<ByteSource> {
  records = [];
  const source = await resolveSource(address, { gs: { endpoint: server.url, ...gs }, retries: 0 });
  const range = { offset: 10, length: 20 };
  const bytes = await source.getRange(range, { headers: true, record: (r) => records.push(r) });
  expect(bytes).toEqual(data.slice(10, 30));
  return source;
}

describe("gs://", () => {
  it("reads without credentials, and knows an object by its generation", async () => {
    const source = await read("gs://public/a.fits");
    expect(source).toMatchObject({ href: "gs://public/a.fits", size: 100_000, tag: '"1700000000000001"' });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]!.headers).not.toHaveProperty("authorization");
  });

  it.each(odd)("reads the object %s", async (name) => {
    await read(`gs://public/${name}`);
    const url = new URL("gs://public/");
    url.pathname = `/${encodeURIComponent(name)}`;
    await read(url);
  });

  it("sends a token, and gets another one when it has expired, once for all reads", async () => {
    tokens.add("HUSH-1");
    let times = 0;
    const next = async (): Promise<string> => `HUSH-${++times}`;
    const source = await read("gs://closed/a.fits", { token: next });
    tokens.clear();
    tokens.add("HUSH-2");
    const reads = Array.from({ length: 5 }, (_, i) => source.getRange({ offset: i, length: 1 }));
    expect((await Promise.all(reads)).map(([byte]) => byte)).toEqual([...data.slice(0, 5)]);
    expect(times).toBe(2);
    tokens.add(token);
    await read("gs://closed/a.fits", { token });
    expect(JSON.stringify(records)).not.toContain("HUSH");
  });

  it("gets another token once for a read, also where that one is refused, too", async () => {
    let times = 0;
    const next = async (): Promise<string> => `HUSH-${++times}`;
    await expect(read("gs://closed/a.fits", { token: next })).rejects.toMatchObject({
      code: "BAD_CREDENTIALS",
    });
    expect([times, server.requests.length]).toEqual([2, 2]);
  });

  it("names the project that pays", async () => {
    tokens.add(token);
    await read("gs://pays/a.fits", { token, userProject: "my-project" });
  });

  it("asks the emulator that the environment names, without credentials", async () => {
    process.env["STORAGE_EMULATOR_HOST"] = server.url.replace("http://", "");
    process.env["GOOGLE_APPLICATION_CREDENTIALS"] = "/none";
    await read("gs://public/a.fits", { endpoint: undefined });
  });

  it("reads parts of an object that is stored as gzip, and what is in it", async () => {
    const here = await (await (await open(await exampleFile())).image("SCI")).section("3:9, 2:8");
    for (const name of ["hst.fits", gzipped]) {
      const fits = await open(`gs://public/${name}`, { gs: { endpoint: server.url } });
      expect(await (await fits.image("SCI")).section("3:9, 2:8")).toEqual(here);
      await fits.close();
    }
  });

  it("notices another generation", async () => {
    const other = await startGcsServer({ objects: { "a.fits": data } });
    const source = await resolveSource("gs://public/a.fits", { gs: { endpoint: other.url } });
    await source.getRange({ offset: 0, length: 1 });
    other.set("/a.fits", noise(100_000, 2));
    await expect(source.getRange({ offset: 0, length: 1 })).rejects.toMatchObject({ code: "SOURCE_CHANGED" });
    await other.close();
  });

  it.each<[string, string, GcsOptions, string, RegExp]>([
    ["an object that is not there", "public/none", {}, "NOT_FOUND", /no such object in the bucket/],
    ["a bucket that is not there", "none/a.fits", {}, "NOT_FOUND", /no bucket "none"/],
    [
      "nothing, where it is not public",
      "closed/a.fits",
      {},
      "FORBIDDEN",
      /gcloud auth application-default login/,
    ],
    [
      "a token that is wrong",
      "closed/a.fits",
      { token: "HUSH-no" },
      "BAD_CREDENTIALS",
      /wrong, or has expired/,
    ],
    ["a token that is none", "closed/a.fits", { token: "HUSH\n" }, "BAD_CREDENTIALS", /token is no token/],
    [
      "a function that fails",
      "closed/a.fits",
      { token: () => Promise.reject(new Error("x")) },
      "BAD_CREDENTIALS",
      /failed; see the cause/,
    ],
    [
      "a token that may not read it",
      "closed/a.fits",
      { token: "stranger" },
      "FORBIDDEN",
      /storage\.objects\.get/,
    ],
    ["a bucket whose owner does not pay", "pays/a.fits", { token }, "FORBIDDEN", /gs\.userProject/],
    ["no object", "public", {}, "BAD_SOURCE", /names no object; write gs:\/\/bucket\/object/],
    [
      "an endpoint that is none",
      "public/a.fits",
      { endpoint: "ftp://a" },
      "BAD_SOURCE",
      /check gs\.endpoint/,
    ],
    [
      "a server that is not there",
      "public/a.fits",
      { endpoint: "http://127.0.0.1:1" },
      "NETWORK",
      /no answer \(ECONNREFUSED\)/,
    ],
  ])("says in one line what to do with %s", async (_, path, gs, code, message) => {
    tokens.add(token).add("stranger");
    const error = await read(`gs://${path}`, gs).then(
      () => undefined,
      (e: Error & { code: string }) => e,
    );
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error!.message).toMatch(/^[ -~]+$/);
    expect(JSON.stringify([error, error!.message, error!.stack, records])).not.toContain("HUSH");
  });

  it("says how to install Google's library, where credentials of Google's are there and the library is not", async () => {
    const file = join(folder, "adc.json");
    writeFileSync(file, "{}");
    process.env["GOOGLE_APPLICATION_CREDENTIALS"] = file;
    const source = await resolveSource("gs://closed/a.fits", { retries: 0 });
    const reading = source.getRange({ offset: 0, length: 1 });
    const message = expect.stringMatching(/npm install google-auth-library|credentials/);
    await expect(reading).rejects.toMatchObject({ message });
  });
});

describe("https: addresses of Google Cloud Storage", () => {
  const seen: [url: string, headers: Record<string, string>][] = [];
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    seen.push([url, init.headers as Record<string, string>]);
    return new Response("no", { status: 403 });
  };
  it.each<[string, boolean]>([
    ["https://storage.googleapis.com/bucket/a%20b.fits", true],
    ["https://bucket.storage.googleapis.com/a/b.fits", true],
    ["https://storage.googleapis.com/bucket/a.fits?X-Goog-Signature=HUSH", false],
    ["https://storage.googleapis.com/storage/v1/b/bucket/o/a.fits?alt=media", false],
    ["https://storage.cloud.google.com/bucket/a.fits", false],
  ])("%s is asked as it stands; it is sent a token: %s", async (url, isStore) => {
    seen.length = 0;
    const source = await resolveSource(url, { fetch, gs: { token: "HUSH-token" }, retries: 0 });
    const error = await source.getRange({ offset: 0, length: 1 }).catch((e: Error) => e);
    expect(error).toMatchObject({ code: "FORBIDDEN" });
    expect(seen.map(([asked]) => asked)).toEqual([url]);
    expect("authorization" in seen[0]![1]).toBe(isStore);
    expect(String((error as Error).message)).not.toContain("HUSH");
  });
});
