/**
 * Commands that share a cache on disk.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { fitslice, type Outcome, separately, start, workFolder } from "./run.js";

let cwd: string;
let server: RangeServer;
let url: string;
beforeAll(async () => {
  cwd = workFolder("cli-cache");
  server = await startRangeServer({ files: { "/hst.fits": await exampleFile() } });
  url = `${server.url}/hst.fits`;
});
afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});
beforeEach(() => {
  rmSync(join(cwd, "cache"), { recursive: true, force: true });
  server.requests.length = 0;
});

const section = (...more: string[]): string[] => [
  "section",
  url,
  "--hdu",
  "SCI",
  "-s",
  "100:150,200:260",
  ...more,
];
const cached = ["--cache-dir", "cache"];
const run = (args: string[], env: Record<string, string> = {}): Promise<Outcome> =>
  fitslice(args, { cwd, env });

describe("a second command with the same cache", () => {
  test("asks for one byte, and says so", async () => {
    const first = await run(section(...cached));
    const moved = server.requests.length;
    expect([first.code, first.stderr, moved > 1]).toEqual([0, "", true]);
    const second = await run(section(...cached, "--profile"));
    expect(second.text).toBe(first.text);
    expect(server.requests.slice(moved).map(({ offset, sent }) => [offset, sent])).toEqual([[0, 1]]);
    expect(second.stderr).toMatch(/^ {2}bytes 0-0 206 {2}1 B .*\n1 request in 1 round trip, 1 B moved/);
    const third = await run(section(...cached, "--cache-max-age", "3600"));
    expect([third.text, server.requests.length]).toEqual([first.text, moved + 1]);
  });

  test("shares it with other commands", async () => {
    await run(["info", url, ...cached]);
    const before = server.requests.length;
    expect((await run(["header", url, ...cached, "--hdu", "0"])).code).toBe(0);
    expect(server.requests.length).toBe(before + 1);
  });

  test("has it where FITSLICE_CACHE_DIR says; without --cache nothing is kept", async () => {
    const env = { FITSLICE_CACHE_DIR: join(cwd, "cache") };
    await run(section(), env);
    expect(existsSync(join(cwd, "cache"))).toBe(false);
    await run(section("--cache"), env);
    server.requests.length = 0;
    await run(section("--cache"), env);
    expect(server.requests.length).toBe(1);
  });

  test("explains that it will move nothing", async () => {
    await run(section(...cached));
    const explained = await run(
      [...section(...cached), "--json"].map((arg, i) => (i === 0 ? "explain" : arg)),
    );
    expect(explained.json()).toMatchObject({ requests: [], bytes: 0 });
  });
});

test("a process that is killed in the middle leaves a cache that is right", async () => {
  const right = await run(section());
  for (const delay of [200, 280, 360]) {
    const child = start(section(...cached), { cwd });
    await new Promise((resolve) => setTimeout(resolve, delay));
    child.kill("SIGKILL");
    const after = await separately(section(...cached), { cwd });
    expect([after.code, after.text, after.stderr]).toEqual([0, right.text, ""]);
  }
});

test("four processes at once are all right", async () => {
  const right = await run(section());
  const all = await Promise.all([0, 1, 2, 3].map(() => separately(section(...cached), { cwd })));
  for (const { code, text, stderr } of all) expect([code, text, stderr]).toEqual([0, right.text, ""]);
});

test("a folder that cannot be used costs one warning, and nothing else", async () => {
  const right = await run(section());
  writeFileSync(join(cwd, "full"), "");
  const outcome = await run(section("--cache-dir", "full"));
  expect([outcome.code, outcome.text]).toEqual([0, right.text]);
  expect(outcome.stderr).toMatch(/^fitslice: warning: the cache full is not used: EEXIST[^\n]*\n$/);
});

describe("fitslice cache", () => {
  test("info tells what is kept, and makes no folder", async () => {
    const none = await run(["cache", "info", ...cached]);
    expect([none.code, none.text]).toEqual([0, `${join(cwd, "cache")}: 0 B in 0 parts; no cache yet\n`]);
    expect(existsSync(join(cwd, "cache"))).toBe(false);
    await run(section(...cached, "--cache-limit", "64MB"));
    const info = await run(["cache", "info", ...cached, "--json"]);
    const entries = readdirSync(join(cwd, "cache"), { recursive: true, encoding: "utf8" })
      .map((name) => join(cwd, "cache", name))
      .filter((path) => /[0-9a-f]{64}$/.test(path));
    expect(info.json()).toEqual({
      folder: join(cwd, "cache"),
      limit: 64_000_000,
      bytes: entries.reduce((sum, path) => sum + statSync(path).size, 0),
      entries: entries.length,
      cleared: false,
    });
    expect(entries.length).toBeGreaterThan(2);
    const text = entries.map((path) => path + readFileSync(path, "latin1")).join();
    expect(text).not.toContain("127.0.0.1");
  });

  test("clear removes it, and the next command fetches again", async () => {
    await run(section(...cached));
    const cleared = await run(["cache", "clear", ...cached]);
    expect([cleared.code, cleared.text]).toEqual([
      0,
      expect.stringMatching(/cache: cleared; it held .* in \d+ parts\n$/),
    ]);
    expect(readdirSync(join(cwd, "cache"))).toEqual([]);
    server.requests.length = 0;
    await run(section(...cached));
    expect(server.requests.length).toBeGreaterThan(1);
  });

  test.each([
    [["cache"], /missing required argument 'what'/],
    [["cache", "burn"], /Allowed choices are info, clear/],
    [["info", "x.fits", "--cache-limit", "1k"], /It must be at least 8388608/],
    [["info", "x.fits", "--cache-max-age", "-1"], /number of seconds/],
  ])("%j is wrong usage", async (args, message) => {
    const { code, stderr } = await run(args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
