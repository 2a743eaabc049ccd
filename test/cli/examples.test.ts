import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  exampleBands,
  exampleCube,
  exampleFile,
  exampleSurvey,
  exampleTargets,
} from "../fixtures/example.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { type S3Server, startS3Server } from "../servers/s3-server.js";
import { argumentsIn, fitslice, type Outcome, separately, shell, start, workFolder } from "./run.js";

const commands = readFileSync("src/cli/command-list.ts", "utf8").match(/(?<=name: ")\w+/g)!;

let cwd: string;
let http: RangeServer;
let s3: S3Server;
let env: Record<string, string>;

beforeAll(async () => {
  cwd = workFolder("cli-examples");
  const bytes = await exampleFile();
  writeFileSync(join(cwd, "hst.fits"), bytes);
  writeFileSync(join(cwd, "stamps.txt"), "100:120,50:70\n[51:70,101:120]\n");
  writeFileSync(join(cwd, "stars.csv"), exampleTargets);
  const survey = await exampleSurvey();
  writeFileSync(join(cwd, "survey.fits"), survey);
  writeFileSync(join(cwd, "cube.fits"), await exampleCube());
  for (const name of ["mosaic", "f814w", "f606w", "f435w"])
    writeFileSync(join(cwd, `${name}.fits`), await exampleBands(["SCI"]));
  writeFileSync(join(cwd, "bands.fits"), await exampleBands(["I", "R", "G"]));
  writeFileSync(join(cwd, "stars.csv"), "name,ra,dec\nA,150.421375,2.422383\nB,150.4214,2.4223\n");
  await fitslice(["compress", "hst.fits", "-o", "compressed.fits.fz"], { cwd });
  const files = {
    "/survey.fits": survey,
    "/hst.fits": bytes,
    "/compressed.fits.fz": readFileSync(join(cwd, "compressed.fits.fz")),
  };
  http = await startRangeServer({ files });
  s3 = await startS3Server({
    buckets: {
      archive: { public: true, objects: { "hst.fits": bytes, "survey.fits": survey } },
      // The public file of the first example.
      stpubdata: {
        public: true,
        objects: { "hst/public/j8pu/j8pu0y010/j8pu0y010_drc.fits": bytes },
      },
    },
  });
  env = { AWS_ENDPOINT_URL: s3.url };
});
afterAll(async () => {
  await Promise.all([http?.close(), s3?.close()]);
  rmSync(cwd, { recursive: true, force: true });
});

/** The file or folder that an example writes; one that an earlier example has left is removed. */
function madeBy(line: string): string | undefined {
  const made = / (?:-o|--profile-json|--har|>) ([^\s-]\S*)/.exec(line)?.[1];
  if (made)
    for (const name of [made, `${made}.manifest.ndjson`])
      rmSync(join(cwd, name), { recursive: true, force: true });
  return made;
}

/** Runs an example in a shell; checks that it says or writes something. */
function runs(line: string): Promise<Outcome> {
  return checked(line, (local) => shell(local, { cwd, env }));
}

/** The same, in this process where the line needs no shell: those of the guide have shown that processes end. */
function runsHere(line: string): Promise<Outcome> {
  return checked(line, (local) => {
    const args = argumentsIn(local);
    return args ? fitslice(args, { cwd, env }) : shell(local, { cwd, env });
  });
}

/** Runs an example that serves until it is stopped, at a free port: it says where. */
async function serves(line: string): Promise<Outcome> {
  const child = start([...argumentsIn(line)!, "--port", "0"], { cwd, env });
  const text = await new Promise<string>((resolve) => {
    child.stdout!.once("data", (data: Buffer) => resolve(String(data)));
    child.once("exit", () => resolve(""));
  });
  expect([line, text]).toEqual([
    line,
    expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/([\w-]{43}\/\S*)?\n$/),
  ]);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGINT");
  expect([line, await ended]).toEqual([line, 0]);
  return { code: 0, stderr: "", text, stdout: Buffer.from(text), json: () => JSON.parse(text) };
}

async function checked(line: string, run: (local: string) => Promise<Outcome>): Promise<Outcome> {
  if (/^fitslice (serve|view) /.test(line)) return serves(line);
  const made = madeBy(line);
  const outcome = await run(line.replaceAll("https://archive.example", http.url));
  const { code, stderr, stdout } = outcome;
  expect([line, code, stderr]).toEqual([line, 0, expect.not.stringContaining("fitslice:")]);
  if (made === undefined) expect(stdout.length).toBeGreaterThan(0);
  else if (statSync(join(cwd, made)).isDirectory()) expect(readdirSync(join(cwd, made))).not.toEqual([]);
  else expect(statSync(join(cwd, made)).size).toBeGreaterThan(0);
  return outcome;
}

/** Those of a help text: a long one goes on behind a backslash. */
function examplesIn(text: string): string[] {
  return text.replace(/ \\\n +/g, " ").match(/(?<=^ {2}\$ ).*/gm) ?? [];
}

describe("--help", () => {
  test("of the program lists every command", async () => {
    const { text, code, stderr } = await separately(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    for (const command of commands) expect(text).toMatch(new RegExp(`\\b${command}\\b`));
    const all = await separately(["--help-all"]);
    for (const command of commands) expect(all.text).toMatch(new RegExp(`^  ${command} +\\w`, "m"));
    for (const example of examplesIn(text)) await runsHere(example);
  });

  test.each(commands)(
    "%s: reads well, and its examples run",
    async (command) => {
      const short = await separately([command, "--help"]);
      const { text, code, stderr } = await separately([command, "--help-all"]);
      expect([short.code, code, stderr]).toEqual([0, 0, ""]);
      expect(text).toMatch(
        new RegExp(`^Usage: fitslice ${command} \\[options\\] [<[](src|red|root|what|shell)[^\n]*\n\n[A-Z]`),
      );
      expect((await fitslice(["help", command])).text).toBe(short.text);
      const examples = examplesIn(text);
      expect(examples.length).toBeGreaterThanOrEqual(2);
      for (const example of examples) {
        expect(example).toMatch(new RegExp(`^fitslice (${command}|header|footprints) `));
        await runsHere(example);
      }
    },
    120_000,
  );

  test("--version is that of the package", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    for (const option of ["--version", "-V"]) {
      const { code, text, stderr } = await separately([option]);
      expect([code, text, stderr]).toEqual([0, `${version}\n`, ""]);
    }
  });
});

/** Each line of the `sh` blocks of the guide, with what the block after it shows, if it shows something. */
function guideLines(): { line: number; code: string; shown?: string }[] {
  const text = existsSync("docs/cli.md") ? readFileSync("docs/cli.md", "utf8") : "";
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```)?/gm)].flatMap((match) => {
    const line = text.slice(0, match.index).split("\n").length + 1;
    const codes = match[1]!
      .trimEnd()
      .split("\n")
      .filter((code) => !/^(#|$)/.test(code));
    return codes.map((code, i) => ({
      line,
      code,
      ...(match[2] !== undefined && i === codes.length - 1 && { shown: match[2] }),
    }));
  });
}

describe("docs/cli.md", () => {
  test("has examples of every command", () => {
    const codes = guideLines().map(({ code }) => code);
    for (const command of commands)
      expect(codes.some((code) => code.includes(`fitslice ${command} `))).toBe(true);
  });
  test.each(guideLines())("line $line: $code", async ({ code, shown }) => {
    const { text } = await runs(code);
    if (shown === undefined) return;
    expect(text.replaceAll(http.url, "https://archive.example")).toBe(shown);
  });
});
