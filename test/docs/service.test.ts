/** Every example of docs/service.md, run against a server. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { open } from "../../src/index.js";
import { service } from "../../src/service/index.js";
import { start, workFolder } from "../cli/run.js";
import { exampleFile } from "../fixtures/example.js";
import { examplesOf } from "./examples.js";

const document = "docs/service.md";
const address = "http://127.0.0.1:8000/";
const python = "/usr/bin/python3";
const hasPyvo = spawnSync(python, ["-c", "import pyvo"]).status === 0;
const hasCurl = spawnSync("curl", ["--version"]).status === 0;
if (!hasPyvo) console.warn("skipped: python3-pyvo is not installed, so its example is not run");
if (!hasCurl) console.warn("skipped: curl is not installed, so its examples are not run");

const cwd = workFolder("docs-service");
let child: ChildProcess;
let url: string;
beforeAll(async () => {
  writeFileSync(join(cwd, "hst.fits"), await exampleFile());
  child = start(["serve", ".", "--port", "0"], { cwd });
  url = await new Promise((resolve) =>
    child.stdout!.once("data", (line: Buffer) => resolve(String(line).trim())),
  );
});
afterAll(() => {
  child.kill("SIGKILL");
  rmSync(cwd, { recursive: true, force: true });
});

/** Runs a program; answers with its code and what it said. */
function run(command: string, args: readonly string[]): Promise<[number | null, string]> {
  const program = spawn(command, args, { cwd });
  let output = "";
  program.stdout.on("data", (text) => (output += text));
  program.stderr.on("data", (text) => (output += text));
  return new Promise((resolve) => program.once("close", (code) => resolve([code, output])));
}

const lines = examplesOf(document, "sh").flatMap(({ code }) => code.trimEnd().split("\n"));

describe.skipIf(!hasCurl)("docs/service.md", () => {
  test.each(lines.filter((line) => line.startsWith("curl ")))("%s", async (line) => {
    const [code, output] = await run("/bin/sh", [
      "-c",
      line.replace("curl ", "curl -s ").replace(address, url),
    ]);
    expect([line, code, output]).toEqual([line, 0, expect.anything()]);
    const made = / -o (\S+)/.exec(line)?.[1];
    if (made) expect(readFileSync(join(cwd, made)).length).toBeGreaterThan(100);
    else expect(output.length).toBeGreaterThan(100);
  });
});

test("every other line of a shell starts the server", () => {
  const others = lines.filter((line) => !/^(curl|redis-server) /.test(line));
  expect(others.map((line) => line.replace("FITSLICE_QUEUE=redis://127.0.0.1:6379 ", ""))).toEqual([
    "fitslice serve . --port 8000",
    "fitslice serve . --results results --port 8001 &",
    "fitslice serve . --results results --port 8002 &",
  ]);
});

test.skipIf(!hasPyvo)("the example of pyvo gets a cutout", async () => {
  const { code } = examplesOf(document, "python")[0]!;
  const own = `${code.replace(address, url)}\nprint(len(cutout.read()) % 2880)`;
  expect(await run(python, ["-W", "ignore", "-c", own])).toEqual([0, "0\n"]);
});

test("the example of a service answers", async () => {
  const { code } = examplesOf(document, "js")[0]!;
  const body = code
    .replaceAll(/^import .*$/gm, "")
    .replace('open("https://archive.example/hst.fits")', "open(bytes)");
  const shown: unknown[] = [];
  const program = new Function("open", "service", "bytes", "console", `return (async () => {${body}})()`) as (
    ...args: unknown[]
  ) => Promise<void>;
  await program(open, service, await exampleFile(), { log: (...values: unknown[]) => shown.push(...values) });
  expect(shown).toEqual([200, "application/fits"]);
});
