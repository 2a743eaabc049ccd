/**
 * Colors by what the environment wants, and what --quiet and --verbose print: on a pseudo-terminal (util-linux's script)
 * and through pipes.
 */
import { spawn, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { outcomeOf, program, separately, workFolder } from "./run.js";

type Env = Readonly<Record<string, string>>;

const hasScript = spawnSync("script", ["--version"]).status === 0;
const preview = ["preview", "a.fits", "--hdu", "SCI", "--width", "20", "--colormap", "viridis"];
let cwd: string;
let server: RangeServer;

beforeAll(async () => {
  cwd = workFolder("cli-colors");
  const bytes = await exampleFile();
  writeFileSync(join(cwd, "a.fits"), bytes);
  server = await startRangeServer({ files: { "/a.fits": bytes } });
});
afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});

/** What a terminal gets of stdout and stderr. */
async function onTerminal(args: readonly string[], env: Env): Promise<string> {
  const quoted = [process.execPath, program, ...args].map((arg) => `'${arg.replaceAll("'", "'\\''")}'`);
  const child = spawn("script", ["-qec", quoted.join(" "), "/dev/null"], {
    cwd,
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return (await outcomeOf(child)).text;
}

const through = async (args: readonly string[], env: Env): Promise<string> =>
  (await separately(args, { cwd, env })).text;

/** How the colors of a text are said; each of its colors has to be said so. */
function depthOf(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colors begin with it
  const colors = [...text.matchAll(/\u001b\[([\d;]+)m/g)].map(([, numbers]) => numbers!);
  const said = colors
    .filter((numbers) => numbers !== "0")
    .map((numbers) => {
      if (/^([34]8;2;\d+;\d+;\d+;?)+$/.test(numbers)) return "24bit";
      if (/^([34]8;5;\d+;?)+$/.test(numbers)) return "256";
      return /^((3|4|9|10)[0-7];?)+$/.test(numbers) ? "16" : numbers;
    });
  return [...new Set(said)].join(" ") || "none";
}

const xterm256 = { TERM: "xterm-256color" };

describe.skipIf(!hasScript)("the picture of a terminal", () => {
  test.each<[env: Env, depth: string]>([
    [{ TERM: "xterm" }, "16"],
    [xterm256, "256"],
    [{ ...xterm256, COLORTERM: "truecolor" }, "24bit"],
    [{ TERM: "xterm", COLORTERM: "24bit" }, "24bit"],
    [{ ...xterm256, COLORTERM: "" }, "256"],
    [{ ...xterm256, COLORTERM: "truecolor", NO_COLOR: "1" }, "none"],
    [{ ...xterm256, NO_COLOR: "" }, "256"],
    [{ ...xterm256, CLICOLOR: "0" }, "none"],
    [{ ...xterm256, CLICOLOR: "1" }, "256"],
    [{ ...xterm256, CLICOLOR: "0", CLICOLOR_FORCE: "1" }, "256"],
    [{ ...xterm256, CLICOLOR: "0", CLICOLOR_FORCE: "0" }, "none"],
    [{ ...xterm256, CLICOLOR_FORCE: "1", FORCE_COLOR: "0" }, "none"],
    [{ ...xterm256, CLICOLOR_FORCE: "1", NO_COLOR: "1" }, "none"],
    [{ TERM: "dumb", CLICOLOR_FORCE: "1" }, "none"],
  ])("of %o has colors: %s", async (env, depth) => {
    const text = await onTerminal(preview, env);
    expect(depthOf(text)).toBe(depth);
    expect(text.includes("▀")).toBe(depth !== "none");
  });
});

describe("the picture in a pipe", () => {
  test.each<[env: Env, depth: string]>([
    [{ ...xterm256, COLORTERM: "truecolor" }, "none"],
    [{ ...xterm256, CLICOLOR: "1" }, "none"],
    [{ ...xterm256, CLICOLOR_FORCE: "1" }, "256"],
    [{ ...xterm256, CLICOLOR_FORCE: "1", COLORTERM: "truecolor" }, "24bit"],
    [{ ...xterm256, CLICOLOR_FORCE: "0" }, "none"],
    [{ ...xterm256, CLICOLOR_FORCE: "1", NO_COLOR: "1" }, "none"],
  ])("of %o has colors: %s", async (env, depth) => {
    expect(depthOf(await through(preview, env))).toBe(depth);
  });

  test("has as many characters in 24 bits as in 256 colors, and more of different colors", async () => {
    const [few, many] = await Promise.all(
      [{}, { COLORTERM: "truecolor" }].map((env) =>
        through(preview, { ...xterm256, CLICOLOR_FORCE: "1", ...env }),
      ),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colors begin with it
    const color = /\u001b\[[\d;]+m/g;
    expect(many!.replace(color, "")).toBe(few!.replace(color, ""));
    expect(new Set(many!.match(color)).size).toBeGreaterThan(new Set(few!.match(color)).size);
  });
});

describe("messages", () => {
  test("--quiet leaves results and errors", async () => {
    const loud = await separately(preview, { cwd });
    const quiet = await separately([...preview, "--quiet"], { cwd });
    expect(loud.stderr).toMatch(/^HDU 1 SCI: 300 x 400.*\n$/);
    expect([quiet.code, quiet.text, quiet.stderr]).toEqual([0, loud.text, ""]);
    const failed = await separately(["info", "none.fits", "--quiet"], { cwd });
    expect([failed.code, failed.stderr]).toEqual([1, "fitslice: none.fits: no such file; check the path\n"]);
  });

  test("--verbose prints each request on stderr, without secrets; stdout is the same", async () => {
    const source = `${server.url}/a.fits?X-Amz-Signature=5ec2e7`;
    const header = ["--header", "Authorization: Bearer 70ken"];
    const plain = await separately(["header", source, ...header, "--hdu", "SCI"], { cwd });
    const before = server.requests.length;
    const told = await separately(["header", source, ...header, "--hdu", "SCI", "--verbose"], { cwd });
    expect([told.code, told.text]).toEqual([0, plain.text]);
    const lines = told.stderr.trimEnd().split("\n");
    expect(lines).toHaveLength(server.requests.length - before);
    for (const line of lines) expect(line).toMatch(/bytes \d+-\d+ 206/);
    expect(told.stderr).not.toMatch(/5ec2e7|70ken/);
  });

  test.skipIf(!hasScript)("--verbose shows a request that fails in red, where there are colors", async () => {
    const args = ["info", `${server.url}/none.fits`, "--verbose"];
    const red = "\u001b[31m";
    expect(await onTerminal(args, xterm256)).toContain(red);
    for (const env of [{ NO_COLOR: "1" }, { CLICOLOR: "0" }, { TERM: "dumb" }]) {
      const text = await onTerminal(args, { ...xterm256, ...env });
      expect(text).toMatch(/404/);
      expect(text).not.toContain(red);
    }
  });
});
