import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { fileOnDisk, type RangeServer, startRangeServer } from "../servers/range-server.js";
import { fitslice, workFolder } from "./run.js";

interface Profile {
  requests: number;
  roundTrips: number;
  bytes: number;
  usedBytes: number;
  seconds: number;
  events: { offset: number; length: number; start: number; end: number; label: string }[];
}

let cwd: string;
let server: RangeServer;
let bytes: Uint8Array;

beforeAll(async () => {
  cwd = workFolder("cli-profile");
  bytes = await exampleFile();
  writeFileSync(join(cwd, "hst.fits"), bytes);
  server = await startRangeServer({ files: { "/hst.fits": bytes } });
});
beforeEach(() => {
  server.requests.splice(0);
});
afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});

/** Runs a command on the served file; answers with its profile, which must be what the server saw. */
async function profiled(...args: string[]): Promise<Profile> {
  const { code, stderr } = await fitslice([...args, "--profile-json", "p.json", "--force"], { cwd });
  expect([code, stderr]).toEqual([0, ""]);
  const profile = JSON.parse(readFileSync(join(cwd, "p.json"), "utf8")) as Profile;
  const byOffset = (a: { offset: number }, b: { offset: number }): number => a.offset - b.offset;
  const served = server.requests
    .map(({ offset, sent }) => ({ offset: offset!, length: sent }))
    .sort(byOffset);
  const told = profile.events.map(({ offset, length }) => ({ offset, length })).sort(byOffset);
  expect(told).toEqual(served);
  expect(profile.requests).toBe(served.length);
  expect(profile.bytes).toBe(served.reduce((sum, { length }) => sum + length, 0));
  expect(profile.usedBytes).toBeLessThanOrEqual(profile.bytes);
  for (const { start, end, label } of profile.events) {
    expect(end).toBeGreaterThanOrEqual(start);
    expect(label).not.toBe("");
  }
  return profile;
}

const url = (): string => `${server.url}/hst.fits`;

describe("--profile-json is what the server saw, to the byte", () => {
  test("info: every header, nothing else of note", async () => {
    const profile = await profiled("info", url());
    expect(profile.roundTrips).toBeLessThanOrEqual(2);
    expect(profile.bytes).toBeLessThan(300_000);
  });
  test("one pixel without gaps: the first block and four bytes", async () => {
    const profile = await profiled("section", url(), "--hdu", "SCI", "-s", "299,399", "--optimize", "bytes");
    expect(profile).toMatchObject({ requests: 2, roundTrips: 2, bytes: 131_072 + 4 });
    expect(profile.events[1]).toMatchObject({
      offset: 5760 + 479_996,
      length: 4,
      label: "section of HDU 1 (SCI)",
    });
  });
  test("what the first block holds is not asked for again", async () => {
    expect(await profiled("section", url(), "--hdu", "SCI", "-s", "0:50")).toMatchObject({
      requests: 1,
      bytes: 131_072,
    });
  });
  test("--block-size is the size of the first read", async () => {
    expect((await profiled("header", url(), "--block-size", "2880")).bytes).toBe(2880);
  });
  test("two columns of ten rows", async () => {
    const profile = await profiled(
      ...["table", url(), "--hdu", "CATALOG", "--columns", "ra,dec", "--rows", "0:10", "--json"],
    );
    expect(profile.bytes).toBeLessThan(320_000);
  });
  test("preview of few lines moves few bytes", async () => {
    const { bytes: moved } = await profiled(
      "preview",
      url(),
      "--json",
      "--width",
      "10",
      "--block-size",
      "5760",
    );
    // Eight rows of 400 float32 pixels.
    expect(moved).toBe(5760 + 8 * 4 * 400);
  });
  test("with an index no header is asked for", async () => {
    await profiled("index", url(), "-o", "hst.fidx", "--json");
    server.requests.splice(0);
    // One byte, to see that the index is this file's.
    expect(await profiled("info", url(), "--index", "hst.fidx")).toMatchObject({ requests: 1, bytes: 1 });
    const args = [
      "section",
      url(),
      "--hdu",
      "WHT",
      "-s",
      "7,0:5",
      "--optimize",
      "bytes",
      "--index",
      "hst.fidx",
    ];
    server.requests.splice(0);
    expect(await profiled(...args)).toMatchObject({ requests: 1, bytes: 10, usedBytes: 10 });
  });
  test("many sections are read together", async () => {
    const sections = ["0:10,0:10", "100:110,50:60", "290:300,390:400"].flatMap((section) => ["-s", section]);
    expect((await profiled("section", url(), ...sections, "-o", "stamps")).roundTrips).toBe(2);
  });
});

test("a preview of a large image moves a few per cent of it", async () => {
  const big = join(cwd, "big.fits");
  const cards = [
    "SIMPLE  =                    T",
    "BITPIX  =                  -32",
    "NAXIS   =                    2",
  ];
  const more = ["NAXIS1  =                 3000", "NAXIS2  =                 2000", "END"];
  const header = [...cards, ...more]
    .map((card) => card.padEnd(80))
    .join("")
    .padEnd(2880);
  const size = Math.ceil((3000 * 2000 * 4) / 2880) * 2880;
  writeFileSync(big, Buffer.concat([Buffer.from(header), Buffer.alloc(size)]));
  const host = await startRangeServer({ files: { "/big.fits": fileOnDisk(big) } });
  const { code } = await fitslice(
    ["preview", `${host.url}/big.fits`, "--width", "100", "--profile-json", "q.json"],
    { cwd },
  );
  expect(code).toBe(0);
  const moved = host.requests.reduce((sum, { sent }) => sum + sent, 0);
  expect(moved).toBeLessThan(0.05 * size);
  await host.close();
});

describe("other forms of the profile", () => {
  test("--profile prints each request, then the sum, on stderr", async () => {
    const { stderr, text } = await fitslice(["header", url(), "--profile", "-k", "TELESCOP"]);
    expect(text).toBe("HST\n");
    const lines = stderr.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^ {2}bytes 0-131071 206 {2}131 kB {2}\d+ ms {2}header of HDU 0$/);
    expect(lines.at(-1)).toMatch(/^1 request in 1 round trip, 131 kB moved, \S+ \S+ used, .* [kM]B\/s$/);
  });
  test("--har is an HTTP archive", async () => {
    await fitslice(["info", url(), "--har", "h.har"], { cwd });
    const { log } = JSON.parse(readFileSync(join(cwd, "h.har"), "utf8"));
    expect([log.version, log.entries.length]).toEqual(["1.2", server.requests.length]);
    expect(log.entries[0].request).toMatchObject({ method: "GET", url: url() });
    expect(log.entries[0].response.status).toBe(206);
    expect(Math.abs(Date.parse(log.entries[0].startedDateTime) - Date.now())).toBeLessThan(30_000);
  });
  test("profiles are written also when the command fails", async () => {
    const { code } = await fitslice(
      ["section", url(), "--hdu", "NOPE", "--profile-json", "f.json", "--har", "f.har"],
      { cwd },
    );
    expect(code).toBe(1);
    const profile = JSON.parse(readFileSync(join(cwd, "f.json"), "utf8")) as Profile;
    expect(profile.requests).toBe(server.requests.length);
    expect(JSON.parse(readFileSync(join(cwd, "f.har"), "utf8")).log.entries).toHaveLength(profile.requests);
  });
  test("no header that could be a secret is in a profile", async () => {
    await fitslice(
      ["info", url(), "--header", "Authorization: Bearer hush", "--har", "s.har", "--profile-json", "s.json"],
      {
        cwd,
      },
    );
    expect(server.requests[0]!.headers.authorization).toBe("Bearer hush");
    expect(
      readFileSync(join(cwd, "s.har"), "utf8") + readFileSync(join(cwd, "s.json"), "utf8"),
    ).not.toContain("hush");
  });
});
