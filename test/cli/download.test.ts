import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { noise, type RangeServer, startRangeServer } from "../servers/range-server.js";
import { fitslice, outcomeOf, start, workFolder } from "./run.js";

const size = 40_000_000;
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
async function killed(name: string): Promise<void> {
  const child = start(["download", url(), "-o", name, "--concurrency", "2"], { cwd });
  const ended = outcomeOf(child);
  const journal = join(cwd, `${name}.part.json`);
  for (let parts = 0; parts < 10_000_000; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (child.exitCode !== null) throw new Error("the download ended before it could be killed");
    try {
      parts = (JSON.parse(readFileSync(journal, "utf8")) as { done: [number, number][] }).done.reduce(
        (n, [, l]) => n + l,
        0,
      );
    } catch {
      // Not there yet, or just being written.
    }
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

  test("killed, it goes on where it stopped", async () => {
    await killed("again.fits");
    server.requests.splice(0);
    const { code, json } = await fitslice(["download", url(), "-o", "again.fits", "--json"], { cwd });
    const { resumedBytes } = json<{ resumedBytes: number }>();
    expect(code).toBe(0);
    expect(resumedBytes).toBeGreaterThanOrEqual(10_000_000);
    expect(sent()).toBe(size - resumedBytes + 1);
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

  test("overwrites only when told to, and copies local files and empty ones", async () => {
    writeFileSync(join(cwd, "small.bin"), "");
    writeFileSync(join(cwd, "there.fits"), "old");
    const refused = await fitslice(["download", "small.bin", "-o", "there.fits"], { cwd });
    expect([refused.code, readFileSync(join(cwd, "there.fits"), "utf8")]).toEqual([2, "old"]);
    const forced = await fitslice(["download", "small.bin", "-o", "there.fits", "--force"], { cwd });
    expect([forced.code, readFileSync(join(cwd, "there.fits"), "utf8")]).toEqual([0, ""]);
  });

  test("a server without ranges: what to do instead", async () => {
    const plain = await startRangeServer({ files: { "/a.fits": content }, ranges: false });
    const { code, stderr } = await fitslice(["download", `${plain.url}/a.fits`, "-o", "plain.fits"], { cwd });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/the server knows no ranges.*curl/)]);
    await plain.close();
  });
});
