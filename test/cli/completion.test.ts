import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { fitslice, program, workFolder } from "./run.js";

let cwd: string;
let server: RangeServer;

beforeAll(async () => {
  cwd = workFolder("cli-completion");
  const bytes = await exampleFile();
  writeFileSync(join(cwd, "hst.fits"), bytes);
  mkdirSync(join(cwd, "bin"));
  const shim = join(cwd, "bin", "fitslice");
  writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(shim, 0o755);
  server = await startRangeServer({ files: { "/hst.fits": bytes } });
});

afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});

/** The words that the last one may become, as a shell is told them. */
async function answers(words: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
  const { text, code, stderr } = await fitslice(["completion", "bash", "--", ...words], { cwd, env });
  expect([code, stderr]).toEqual([0, ""]);
  return text.split("\n").slice(0, -1);
}

describe("completion", () => {
  test.each<[string[], string[]]>([
    [["sec"], ["section"]],
    [["he"], ["header", "headers"]],
    [["cutouts", "st"], ["status"]],
    [["section", "hst.fits", "--fits"], ["--fits-section"]],
    [
      ["section", "hst.fits", "--stretch", "s"],
      ["sqrt", "sinh"],
    ],
    [["section", "hst.fits", "--stretch=as"], ["--stretch=asinh"]],
    [
      ["header", "hst.fits", "--hdu", ""],
      ["PRIMARY", "SCI", "WHT", "CATALOG"],
    ],
    [["header", "--keyword", "X", "hst.fits", "--hdu", "c"], ["CATALOG"]],
    [["header", "nothing.fits", "--hdu", ""], []],
    [["header", "hs"], []],
    [
      ["cache", ""],
      ["info", "clear"],
    ],
    [["completion", "z"], ["zsh"]],
  ])("of %j", async (words, wanted) => expect(await answers(words)).toEqual(wanted));

  test("knows the HDUs of a remote file by the cache alone", async () => {
    const url = `${server.url}/hst.fits`;
    const env = { FITSLICE_CACHE_DIR: join(cwd, "cache") };
    expect(await answers(["header", url, "--hdu", ""], env)).toEqual([]);
    const asked = server.requests.length;
    expect(asked).toBe(0);
    await fitslice(["info", url, "--cache"], { cwd, env });
    const after = server.requests.length;
    expect(after).toBeGreaterThan(0);
    expect(await answers(["header", url, "--hdu", ""], env)).toEqual(["PRIMARY", "SCI", "WHT", "CATALOG"]);
    expect(server.requests.length).toBe(after);
  });
});

function has(shell: string): boolean {
  return spawnSync(shell, ["-c", "exit 0"]).status === 0;
}

function inShell(shell: string, args: readonly string[]): string[] {
  const env = { PATH: `${join(cwd, "bin")}${delimiter}${process.env["PATH"]}`, HOME: cwd, TERM: "dumb" };
  return execFileSync(shell, args, { cwd, env, encoding: "utf8" }).trim().split("\n");
}

describe("the scripts, run by their shells", () => {
  /** What bash puts behind a line of words: the function is called as readline calls it. */
  function bash(line: string, words: readonly string[]): string[] {
    const array = words.map((word) => `'${word}'`).join(" ");
    const script = `source <(fitslice completion bash)
COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; COMP_WORDS=(${array}); COMP_CWORD=${words.length - 1}
_fitslice fitslice; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return inShell("bash", ["--norc", "-c", script]);
  }

  test.skipIf(!has("bash"))(
    "bash",
    () => {
      expect(bash("fitslice sec", ["fitslice", "sec"])).toEqual(["section"]);
      expect(
        bash("fitslice header hst.fits --hdu ", ["fitslice", "header", "hst.fits", "--hdu", ""]),
      ).toEqual([...["PRIMARY", "SCI", "WHT", "CATALOG"]]);
      const parted = ["fitslice", "section", "https", ":", "//h/a.fits", "--stretch", "=", "as"];
      expect(bash("fitslice section https://h/a.fits --stretch=as", parted)).toEqual(["asinh"]);
    },
    60_000,
  );

  test.skipIf(!has("fish"))(
    "fish",
    () => {
      const script = (line: string): string => `fitslice completion fish | source; complete -C '${line}'`;
      expect(inShell("fish", ["--no-config", "-c", script("fitslice sec")])).toEqual([
        expect.stringMatching(/^section\ta section of an image/),
      ]);
      expect(inShell("fish", ["--no-config", "-c", script("fitslice header hst.fits --hdu ")])).toEqual(
        expect.arrayContaining(["PRIMARY", "SCI", "WHT", "CATALOG"]),
      );
    },
    60_000,
  );

  test.skipIf(!has("zsh"))(
    "zsh",
    () => {
      // As compinit has it, but for _describe, which draws on a terminal.
      const script = (words: string, current: number): string => `compdef() { : }
_describe() { print -l -- \${(P)2} }
source <(fitslice completion zsh)
words=(${words}); CURRENT=${current}; _fitslice`;
      expect(inShell("zsh", ["-f", "-c", script("fitslice sec", 2)])).toEqual([
        "section:a section of an image: FITS, numpy, a picture, text",
      ]);
      expect(inShell("zsh", ["-f", "-c", script("fitslice header hst.fits --hdu ''", 5)])).toEqual([
        ...["PRIMARY", "SCI", "WHT", "CATALOG"],
      ]);
    },
    60_000,
  );
});
