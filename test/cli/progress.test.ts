/**
 * What a terminal shows of commands that last, on a pseudo-terminal (util-linux's script), of a server that is slow.
 */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ndarray } from "../../src/array.js";
import { fitsBytes, imageHdu, tableHdu } from "../../src/write/index.js";
import { noise, type RangeServer, startRangeServer } from "../servers/range-server.js";
import { startS3Server } from "../servers/s3-server.js";
import { skyFile } from "../stamps/images.js";
import { fitslice, outcomeOf, program, separately, workFolder } from "./run.js";

const hasScript = spawnSync("script", ["--version"]).status === 0;
let cwd: string;
let server: RangeServer;

beforeAll(async () => {
  cwd = workFolder("cli-progress");
  const random = noise(1_600_000, 7);
  const pixels = new Int16Array(random.buffer.slice(random.byteOffset, random.byteOffset + 1_600_000));
  const bytes = await fitsBytes([
    imageHdu({ data: ndarray(pixels, [800, 1000]) }),
    tableHdu({
      name: "T",
      columns: [{ name: "x", format: "D" }],
      batches: [{ columns: [{ values: Float64Array.from({ length: 120_000 }, (_, i) => Math.sin(i)) }] }],
    }),
  ]);
  writeFileSync(join(cwd, "l.fits"), bytes);
  const rows = Array.from({ length: 40_000 }, (_, i) => `target of row ${i},0.01,10,sky.fits`);
  const list = new TextEncoder().encode(`name,ra,dec,file\n${rows.join("\n")}\n`);
  server = await startRangeServer({ files: { "/l.fits": bytes, "/list.csv": list }, totalThroughput: 1e6 });
});
afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});

/** What a terminal gets of stderr; stdout goes to a file. */
async function onTerminal(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const quoted = [process.execPath, program, ...args].map((arg) => `'${arg.replaceAll("'", "'\\''")}'`);
  const child = spawn("script", ["-qec", `${quoted.join(" ")} > /dev/null`, "/dev/null"], {
    cwd,
    env: { PATH: process.env["PATH"], NO_COLOR: "1", TERM: "xterm", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return (await outcomeOf(child)).text;
}

const commands: readonly (readonly [args: readonly string[], shown: RegExp])[] = [
  [["stats", "SRC"], /reading [█░]{20} \d+ %.* of 1\.60 MB/],
  [["stats", "SRC[T]"], /reading [█░]{20} \d+ %/],
  [["verify", "SRC"], /reading [█░]{20} \d+ %.* of 2\.57 MB/],
  [["diff", "SRC", "l.fits"], /reading [█░]{20} \d+ %.* of 5\.1\d MB/],
  [["copy", "SRC", "-o", "-"], /reading [█░]{20} \d+ %.* of 2\.56 MB/],
  [["table", "SRC", "--format", "csv"], /reading .*\d MB/],
  [["section", "SRC", "-o", "-", "--format", "npy"], /reading [█░]{20} \d+ %.* of 1\.60 MB/],
  [["compress", "SRC", "-o", "-"], /compressing [█░]{20} \d+ %/],
  [["download", "SRC", "-o", "-"], /downloading [█░]{20} \d+ %/],
];
/** What a terminal is told beside text. */
const [clearLine, hideCursor, showCursor] = ["\u001b[2K", "\u001b[?25l", "\u001b[?25h"];
const [cutLines, wrapLines] = ["\u001b[?7l", "\u001b[?7h"];
const named = (args: readonly string[]): string[] =>
  args.map((arg) => arg.replace("SRC", `${server.url}/l.fits`));

describe.skipIf(!hasScript)("a command that lasts tells on a terminal how far it is", () => {
  test.each(commands)("%j", async (args, shown) => {
    const text = await onTerminal(named(args));
    expect(text).toMatch(shown);
    // The line goes as it came, and never wraps.
    expect(text).toContain(clearLine);
    expect(text.slice(text.lastIndexOf(clearLine))).not.toMatch(/reading|compressing|downloading/);
    expect(text.lastIndexOf(showCursor)).toBeGreaterThan(text.lastIndexOf(hideCursor));
    expect(text.lastIndexOf(wrapLines)).toBeGreaterThan(text.lastIndexOf(cutLines));
  });

  test("--quiet silences, also from the configuration; --verbose, --profile and TERM=dumb have no line", async () => {
    const source = `${server.url}/l.fits`;
    expect(await onTerminal(["stats", source, "--quiet"])).toBe("");
    writeFileSync(join(cwd, "quiet.json"), '{"options": {"--quiet": true}}');
    expect(await onTerminal(["stats", source], { FITSLICE_CONFIG: "quiet.json" })).toBe("");
    expect(await onTerminal(["stats", source], { TERM: "dumb" })).toBe("");
    for (const option of ["--verbose", "--profile"]) {
      const text = await onTerminal(["stats", source, option]);
      expect(text).toMatch(/bytes 0-\d+ 206/);
      expect(text).not.toContain("reading");
    }
  });

  test("cutouts plan tells how many rows of the list it has read", async () => {
    const args = ["cutouts", "plan", `${server.url}/list.csv`, "--size", "8pix", "-o", "large"];
    const text = await onTerminal(args);
    expect(text).toMatch(/rows of --targets \d+000/);
    expect(text).toContain("large: 40000 stamps in 40 shards");
  });

  test("cutouts merge tells how many manifests of shards it has joined", async () => {
    writeFileSync(join(cwd, "sky.fits"), await skyFile({ ra: 0.01, dec: 10, side: 60 }));
    const rows = Array.from({ length: 8 }, (_, i) => `s${i},0.01,10,sky.fits`);
    writeFileSync(join(cwd, "list.csv"), `name,ra,dec,file\n${rows.join("\n")}\n`);
    const plan = ["list.csv", "--size", "8pix", "--shard-targets", "1", "--as", "fits", "-o", "job"];
    expect((await fitslice(["cutouts", "plan", ...plan], { cwd })).code).toBe(0);
    expect((await fitslice(["cutouts", "run", "job"], { cwd })).code).toBe(0);
    const output = join(cwd, "job/output");
    const files = readdirSync(output, { recursive: true, withFileTypes: true }).filter((each) =>
      each.isFile(),
    );
    const paths = files.map(({ parentPath, name }) => join(parentPath, name));
    const objects = Object.fromEntries(
      paths.map((path) => [`out/${path.slice(output.length + 1)}`, readFileSync(path)]),
    );
    const slow = await startS3Server({ buckets: { bucket: { objects, public: true } }, latency: 200 });
    onTestFinished(() => slow.close());
    const note = readFileSync(join(cwd, "job/job.json"), "utf8");
    writeFileSync(
      join(cwd, "job/job.json"),
      note.replace('"output": "output"', '"output": "s3://bucket/out"'),
    );
    const args = ["cutouts", "merge", "job", "-o", "all.fits", "--endpoint", slow.url, "--anonymous"];
    const text = await onTerminal(args);
    expect(text).toMatch(/joining shards [█░]{20} \d+ % {2}\d of 8/);
    expect(text).toMatch(/joining manifests [█░]{20} \d+ % {2}\d of 8/);
    expect(text).toContain("all.fits, all.fits.manifest.ndjson: 8 targets");
  });

  test("a pipe never gets the line", async () => {
    const { code, stderr } = await separately(["stats", `${server.url}/l.fits`]);
    expect([code, stderr]).toEqual([0, ""]);
  });
});
