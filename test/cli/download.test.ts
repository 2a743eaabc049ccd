import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { noise, type RangeServer, startRangeServer } from "../servers/range-server.js";
import { fitslice, outcomeOf, program, start, workFolder } from "./run.js";

const size = 40_000_000;
const script = spawnSync("script", ["--version"]).status === 0;
const content = noise(size, 1);
let cwd: string;
let server: RangeServer;

beforeAll(async () => {
  cwd = workFolder("cli-download");
  server = await startRangeServer({ files: { "/a.fits": content }, totalThroughput: 30e6 });
});
beforeEach(() => {
  server.requests.splice(0);
});
afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});

const url = (): string => `${server.url}/a.fits`;
const sent = (): number => server.requests.reduce((sum, request) => sum + request.sent, 0);
const left = (name: string): string[] => readdirSync(cwd).filter((found) => found.startsWith(name));

/** Starts a download and kills it when some parts have arrived. */
async function killed(name: string, from = url()): Promise<void> {
  const child = start(["download", from, "-o", name, "--concurrency", "2"], { cwd });
  const ended = outcomeOf(child);
  for (let noted = 0; noted < 10_000_000; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (child.exitCode !== null) throw new Error("the download ended before it could be killed");
    const journal = left(name).find((found) => found.endsWith(".part.json"));
    const lines =
      journal === undefined ? [] : readFileSync(join(cwd, journal), "utf8").split("\n").slice(1, -1);
    noted = lines.reduce((n, line) => n + (JSON.parse(line) as [number, number])[1], 0);
  }
  child.kill("SIGKILL");
  await ended;
  expect(existsSync(join(cwd, name))).toBe(false);
}

describe("download", () => {
  test("the whole file, each byte once, nothing left beside it", async () => {
    const { code, text } = await fitslice(["download", url(), "-o", "whole.fits", "--json"], { cwd });
    expect([code, JSON.parse(text)]).toEqual([0, { href: url(), path: "whole.fits", size, resumedBytes: 0 }]);
    expect(readFileSync(join(cwd, "whole.fits")).equals(content)).toBe(true);
    expect(sent()).toBe(size);
    expect(new Set(server.requests.map(({ connection }) => connection)).size).toBeGreaterThan(1);
    expect(left("whole")).toEqual(["whole.fits"]);
  });

  test.each([
    ["small", "<!DOCTYPE html><title>Log in</title>".repeat(3)],
    ["too large to keep", `\n<html><p>${"log in ".repeat(3_000_000)}`],
  ])("a web page in place of the file is refused in a line, and no file is there: %s", async (name, text) => {
    const page = createServer((_, response) =>
      response.writeHead(200, { "content-type": "text/html", "content-length": text.length }).end(text),
    );
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    const at = `http://127.0.0.1:${(page.address() as AddressInfo).port}/a.fits`;
    const output = `page-${name.length}.fits`;
    const { code, stderr } = await fitslice(["download", at, "-o", output], { cwd });
    expect([code, stderr]).toEqual([
      1,
      `fitslice: ${at}: the server sent a web page and not the file, perhaps to ask for a login; open the address in a browser\n`,
    ]);
    expect(left(output)).toEqual([]);
    page.close();
    page.closeAllConnections();
  });

  test("killed, it goes on where it stopped", async () => {
    await killed("again.fits");
    server.requests.splice(0);
    const { code, json } = await fitslice(["download", url(), "-o", "again.fits", "--json"], { cwd });
    const { resumedBytes } = json<{ resumedBytes: number }>();
    expect(code).toBe(0);
    expect(resumedBytes).toBeGreaterThanOrEqual(10_000_000);
    const probe = 64; // by which the object, and a web page in its place, are known
    expect(sent()).toBe(size - resumedBytes + probe);
    expect(readFileSync(join(cwd, "again.fits")).equals(content)).toBe(true);
    expect(left("again")).toEqual(["again.fits"]);
  });

  test("an object that has changed since starts anew", async () => {
    await killed("changed.fits");
    const other = noise(size, 2);
    server.set("/a.fits", other);
    const { code, json } = await fitslice(["download", url(), "-o", "changed.fits", "--json"], { cwd });
    expect([code, json<{ resumedBytes: number }>().resumedBytes]).toEqual([0, 0]);
    expect(readFileSync(join(cwd, "changed.fits")).equals(other)).toBe(true);
    server.set("/a.fits", content);
  });

  test("an object that changes meanwhile is a failure, and no file", async () => {
    const child = start(["download", url(), "-o", "moving.fits", "--concurrency", "1"], { cwd });
    const ended = outcomeOf(child);
    while (server.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    server.set("/a.fits", noise(size, 3));
    const { code, stderr } = await ended;
    server.set("/a.fits", content);
    expect([code, existsSync(join(cwd, "moving.fits"))]).toEqual([1, false]);
    expect(stderr).toMatch(/^fitslice: [^\n]*changed[^\n]*\n$/);
  });

  test("failures on the way are got over", async () => {
    const faulty = await startRangeServer({
      files: { "/a.fits": content },
      faults: { rate: 0.3, seed: 5, kinds: ["500", "503", "reset", "short"] },
    });
    const { code } = await fitslice(["download", `${faulty.url}/a.fits`, "-o", "faulty.fits"], { cwd });
    expect(code).toBe(0);
    expect(readFileSync(join(cwd, "faulty.fits")).equals(content)).toBe(true);
    await faulty.close();
  });

  test("a partial file that is shorter than its journal says is not gone on with", async () => {
    await killed("cut.fits");
    truncateSync(join(cwd, left("cut").find((name) => name.endsWith(".part"))!), 1_000_000);
    const { code, json } = await fitslice(["download", url(), "-o", "cut.fits", "--json"], { cwd });
    expect([code, json<{ resumedBytes: number }>().resumedBytes]).toEqual([0, 0]);
    expect(readFileSync(join(cwd, "cut.fits")).equals(content)).toBe(true);
  });

  test("without ETag and Last-Modified it starts anew: the object may be another one", async () => {
    const bare = await startRangeServer({
      files: { "/a.fits": content },
      validators: false,
      totalThroughput: 30e6,
    });
    const child = start(["download", `${bare.url}/a.fits`, "-o", "bare.fits"], { cwd });
    const ended = outcomeOf(child);
    while (bare.requests.reduce((sum, request) => sum + request.sent, 0) < 10e6)
      await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill("SIGTERM");
    await ended;
    expect(left("bare")).toEqual([]);
    const other = noise(size, 2);
    bare.set("/a.fits", other);
    const args = ["download", `${bare.url}/a.fits`, "-o", "bare.fits", "--json"];
    const { code, json } = await fitslice(args, { cwd });
    expect([code, json<{ resumedBytes: number }>().resumedBytes]).toEqual([0, 0]);
    expect(readFileSync(join(cwd, "bare.fits")).equals(other)).toBe(true);
    await bare.close();
  });

  test("an interrupt keeps all but the parts under way", async () => {
    const slow = await startRangeServer({ files: { "/a.fits": content }, totalThroughput: 10e6 });
    const args = ["download", `${slow.url}/a.fits`, "-o", "kept.fits", "--json", "--concurrency", "4"];
    const child = start(args, { cwd });
    const ended = outcomeOf(child);
    const got = (): number => slow.requests.reduce((sum, request) => sum + request.sent, 0);
    while (got() < 8e6) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, stderr: "fitslice: interrupted\n" });
    const { code, json } = await fitslice(args, { cwd });
    expect(code).toBe(0);
    // What was under way are four parts of 1 MiB at most.
    expect(json<{ resumedBytes: number }>().resumedBytes).toBeGreaterThan(8e6 - 5 * 2 ** 20);
    expect(readFileSync(join(cwd, "kept.fits")).equals(content)).toBe(true);
    await slow.close();
  });

  test("no more workers than there are parts", async () => {
    const { code } = await fitslice(["download", url(), "-o", "wide.fits", "--concurrency", "1024"], { cwd });
    expect([code, new Set(server.requests.map(({ connection }) => connection)).size <= 39]).toEqual([
      0,
      true,
    ]);
    expect(readFileSync(join(cwd, "wide.fits")).equals(content)).toBe(true);
  });

  test.skipIf(!script)("the bar is there before the first bytes, and promises nothing", async () => {
    const slow = await startRangeServer({ files: { "/a.fits": content }, latency: 2500 });
    const command = `"${process.execPath}" "${program}" download ${slow.url}/a.fits -o shown.fits --concurrency 64`;
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      cwd,
      env: { PATH: process.env["PATH"] },
    });
    let before = "";
    child.stdout.on("data", (chunk: Buffer) => {
      if (!slow.requests[0]?.sent) before += chunk.toString();
    });
    const { code, text } = await outcomeOf(child);
    expect([code, before]).toEqual([0, expect.stringContaining("downloading 0 B")]);
    expect(text).toContain("of 40.0 MB");
    expect(before).not.toContain("left");
    expect(text).not.toMatch(/NaN|Infinity|INF|NULL/);
    await slow.close();
  });

  test("overwrites only when told to, and copies local files and empty ones", async () => {
    writeFileSync(join(cwd, "small.bin"), "");
    writeFileSync(join(cwd, "there.fits"), "old");
    const refused = await fitslice(["download", "small.bin", "-o", "there.fits"], { cwd });
    expect([refused.code, readFileSync(join(cwd, "there.fits"), "utf8")]).toEqual([2, "old"]);
    const forced = await fitslice(["download", "small.bin", "-o", "there.fits", "--force"], { cwd });
    expect([forced.code, readFileSync(join(cwd, "there.fits"), "utf8")]).toEqual([0, ""]);
  });
});

describe("download from a server without ranges", () => {
  const note = /MB, the server knows no ranges, so it could not have been resumed\n$/;

  test.each<[how: string, headers: Record<string, string>, requests: number]>([
    ["that says so", { "content-length": `${size}`, "accept-ranges": "none" }, 2],
    ["that does not", { "content-length": `${size}` }, 5],
    ["that does not know the length", { "accept-ranges": "none" }, 2],
  ])("%s: all in one answer, at the price of finding that out", async (how, headers, requests) => {
    const plain = await serveWhole(headers);
    const name = `whole-${how.replaceAll(" ", "-")}.fits`;
    const { code, stderr } = await fitslice(["download", `${plain.url}/a.fits`, "-o", name], { cwd });
    expect([code, stderr]).toEqual([0, expect.stringMatching(note)]);
    expect(readFileSync(join(cwd, name)).equals(content)).toBe(true);
    expect(left("whole-")).toEqual([name]);
    expect(plain.asked()).toBe(requests);
    rmSync(join(cwd, name));
    await plain.close();
  });

  test("follows redirects, counts what moved, and tells it as JSON", async () => {
    const plain = await serveWhole({ "content-length": `${size}`, "accept-ranges": "none" });
    const front = await startRangeServer({ files: { "/a": { redirect: `${plain.url}/a.fits` } } });
    const args = ["download", `${front.url}/a`, "-o", "moved.fits", "--json", "--profile-json", "moved.json"];
    const { code, json } = await fitslice(args, { cwd });
    const told = { href: `${front.url}/a`, path: "moved.fits", size, resumedBytes: 0 };
    expect([code, json()]).toEqual([0, told]);
    const summary = JSON.parse(readFileSync(join(cwd, "moved.json"), "utf8")) as Record<string, unknown>;
    expect(summary).toMatchObject({ bytes: expect.any(Number), usedBytes: size });
    expect(readFileSync(join(cwd, "moved.fits")).equals(content)).toBe(true);
    await front.close();
    await plain.close();
  });

  test("what an earlier download left is gone when all is there, not before", async () => {
    await killed("late.fits");
    const args = ["download", url(), "-o", "late.fits"];
    server.nextFaults.push("200", "200", "200", "200", "reset");
    const broken = await fitslice(args, { cwd });
    expect([broken.code, left("late").length]).toEqual([1, 2]);
    server.nextFaults.push("200", "200", "200", "200", "200");
    const { code } = await fitslice(args, { cwd });
    expect([code, left("late")]).toEqual([0, ["late.fits"]]);
    expect(readFileSync(join(cwd, "late.fits")).equals(content)).toBe(true);
  });

  test.each(["reset", "short", "stall"] as const)("%s in the midst: one line, and no file", async (fault) => {
    const plain = await startRangeServer({ files: { "/a.fits": content }, ranges: false });
    plain.nextFaults.push("200", fault);
    const args = ["download", `${plain.url}/a.fits`, "-o", "torn.fits", "--timeout", "0.5"];
    const { code, stderr } = await fitslice(args, { cwd });
    expect([code, left("torn")]).toEqual([1, []]);
    expect(stderr).toMatch(
      /^fitslice: http[^\n]*(broke|silence)[^\n]*knows no ranges, so the download has to start anew\n$/,
    );
    expect(plain.requests).toHaveLength(2);
    await plain.close();
  });

  test("a body of unknown length that breaks off: one line, and no file", async () => {
    const plain = await serveWhole({ "accept-ranges": "none" }, 30_000_000);
    const args = ["download", `${plain.url}/a.fits`, "-o", "torn.fits"];
    const { code, stderr } = await fitslice(args, { cwd });
    expect([code, left("torn")]).toEqual([1, []]);
    expect(stderr).toMatch(/^fitslice: [^\n]*broke[^\n]*start anew\n$/);
    await plain.close();
  });

  test("interrupted, it leaves nothing", async () => {
    const plain = await startRangeServer({
      files: { "/a.fits": content },
      ranges: false,
      totalThroughput: 10e6,
    });
    const child = start(["download", `${plain.url}/a.fits`, "-o", "stopped.fits"], { cwd });
    const ended = outcomeOf(child);
    while ((plain.requests[1]?.sent ?? 0) < 1e6) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill("SIGTERM");
    const { code, stderr } = await ended;
    expect([code, stderr, left("stopped")]).toEqual([143, "fitslice: interrupted\n", []]);
    await plain.close();
  });
});

/** A server that sends all of the file whatever it is asked, or breaks off after `limit` bytes. */
async function serveWhole(
  headers: Record<string, string>,
  limit = Number.POSITIVE_INFINITY,
): Promise<{ url: string; asked(): number; close(): Promise<void> }> {
  let asked = 0;
  const plain = createServer((_, response) => {
    asked++;
    response.writeHead(200, headers);
    if (limit > size) return void response.end(content);
    response.write(content.subarray(0, limit), () => response.socket?.destroy());
  });
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(plain.address() as AddressInfo).port}`,
    asked: () => asked,
    close: () =>
      new Promise((resolve) => {
        plain.close(() => resolve());
        plain.closeAllConnections();
      }),
  };
}
