/**
 * Commands that cannot end well: a full disk, a closed pipe, a signal. One line or silence, and no half file.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ndarray } from "../../src/array.js";
import { fitsBytes, imageHdu, tableHdu } from "../../src/write/index.js";
import { exampleFile, exampleTargets } from "../fixtures/example.js";
import { noise, type RangeServer, startRangeServer } from "../servers/range-server.js";
import { fitslice, outcomeOf, shell, start, workFolder } from "./run.js";

const isLinux = process.platform === "linux";
let cwd: string;
let server: RangeServer;

/** A file of 5 MB: noise, which does not compress, and a table. */
async function largeFile(): Promise<Uint8Array> {
  const random = noise(2_400_000, 7);
  const pixels = new Int16Array(random.buffer.slice(random.byteOffset, random.byteOffset + 2_400_000));
  const rows = 150_000;
  return fitsBytes([
    imageHdu({ data: ndarray(pixels, [1000, 1200]) }),
    tableHdu({
      name: "T",
      columns: [
        { name: "x", format: "D" },
        { name: "y", format: "D" },
      ],
      batches: [
        {
          columns: [
            { values: Float64Array.from({ length: rows }, (_, i) => Math.sin(i)) },
            { values: Float64Array.from({ length: rows }, (_, i) => Math.cos(i)) },
          ],
        },
      ],
    }),
  ]);
}

beforeAll(async () => {
  cwd = workFolder("cli-endings");
  const bytes = await largeFile();
  writeFileSync(join(cwd, "l.fits"), bytes);
  server = await startRangeServer({ files: { "/l.fits": bytes }, totalThroughput: 1e6 });
});
afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});

/** Every command that writes a file of some size. */
const writers: readonly (readonly string[])[] = [
  ["section", "npy"],
  ["section", "png"],
  ["table", "csv"],
  ["table", "json"],
  ["table", "parquet"],
  ["table", "fits"],
  ["compress", "fits.fz"],
  ["uncompress", "fits"],
  ["download", "fits"],
];
const command = (name: string, source: string, output: string): string[] => [
  ...[name, source, "-o", output],
  ...(name === "table" ? ["--hdu", "T"] : []),
];

describe.skipIf(!isLinux)("a full device", () => {
  test.each(writers)("%s to .%s: one line", async (name, extension) => {
    const args = command(name!, "l.fits", "/dev/full");
    if (name === "section" || name === "table") args.push("--format", extension!);
    const { code, stderr } = await fitslice(args, { cwd });
    if (name === "download") expect([code, stderr]).toEqual([2, expect.stringMatching(/is no regular file/)]);
    else
      expect([code, stderr]).toEqual([
        1,
        "fitslice: cannot write /dev/full: no space is left on the device\n",
      ]);
  });
  test.each(writers)("stdout, %s as .%s: one line", async (name, extension) => {
    const args = command(name!, "l.fits", "-");
    if (name === "section" || name === "table") args.push("--format", extension!);
    const { code, stderr } = await shell(`fitslice ${args.join(" ")} > /dev/full`, { cwd });
    expect([code, stderr]).toEqual([
      1,
      "fitslice: cannot write to standard output: no space is left on the device\n",
    ]);
  });
});

const mounted = join(process.cwd(), "out", `full-${process.pid}`);
const canMount = ((): boolean => {
  if (!isLinux || process.getuid?.() !== 0) return false;
  mkdirSync(mounted, { recursive: true });
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mounted]).status === 0;
})();
afterAll(() => {
  if (canMount) spawnSync("umount", [mounted]);
  rmSync(mounted, { recursive: true, force: true });
});

describe.skipIf(!canMount)("a full disk (needs root, for a small tmpfs)", () => {
  test.each(writers)("%s to .%s: one line, and nothing is left", async (name, extension) => {
    const output = join(mounted, `x.${extension}`);
    const { code, stderr } = await fitslice(command(name!, "l.fits", output), { cwd });
    expect([code, stderr, readdirSync(mounted)]).toEqual([
      1,
      `fitslice: cannot write ${output}: no space is left on the device\n`,
      [],
    ]);
  });
  test("the file that was to be replaced is as it was", async () => {
    const output = join(mounted, "old.fits");
    writeFileSync(output, "old");
    expect((await fitslice(["uncompress", "l.fits", "-o", output, "--force"], { cwd })).code).toBe(1);
    expect([readdirSync(mounted), readFileSync(output, "utf8")]).toEqual([["old.fits"], "old"]);
    rmSync(output);
  });
  test("a full folder for temporary files names the file there", async () => {
    const args = ["compress", "l.fits", "-o", "-", "--algorithm", "gzip"];
    const { code, stderr } = await shell(`fitslice ${args.join(" ")} > /dev/null`, {
      cwd,
      env: { TMPDIR: mounted },
    });
    // What waits for its place stays in memory below 16 MB.
    expect([code, stderr.split("\n").length, readdirSync(mounted)]).toEqual([0, 2, []]);
  });
});

describe("a reader that leaves early is no failure", () => {
  test.each(writers)("%s as .%s", async (name, extension) => {
    const args = command(name!, "l.fits", "-");
    if (name === "section" || name === "table") args.push("--format", extension!);
    const child = start(args, { cwd });
    child.stdout!.once("data", () => child.stdout!.destroy());
    const { code, stderr } = await outcomeOf(child);
    expect([code, stderr]).toEqual([0, ""]);
  });
});

describe("a reader that is gone before anything comes is no failure", () => {
  test.each([
    "plot v.fits --hdu SCI -o - --format svg",
    "rgb v.fits[SCI] v.fits[SCI] v.fits[SCI] -o -",
    "preview v.fits --hdu SCI",
    "cutout v.fits --hdu SCI --at pixel_5_5 --size 4pix -o - --format fits",
    "cutouts v.fits --hdu SCI --targets targets.csv --size 4pix -o stamps.zip --json",
    "footprints v.fits -o - --format csv",
    "headers v.fits -k OBJECT",
  ])("%s", async (line) => {
    writeFileSync(join(cwd, "v.fits"), await exampleFile());
    writeFileSync(join(cwd, "targets.csv"), exampleTargets);
    const args = line.split(" ").map((word) => word.replaceAll("_", " "));
    const child = start([...args, "--quiet"], { cwd });
    child.stdout!.destroy();
    const { code, stderr } = await outcomeOf(child);
    expect([code, stderr]).toEqual([0, ""]);
  });
});

describe("a signal", () => {
  test.each(writers)("during %s to .%s leaves nothing", async (name, extension) => {
    const folder = join(cwd, `signal-${name}-${extension}`);
    mkdirSync(folder);
    const output = join(folder, `x.${extension}`);
    const child = start(command(name!, `${server.url}/l.fits`, output), { cwd });
    const ended = outcomeOf(child);
    const before = server.requests.length;
    while (server.requests.length < before + 2 && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill("SIGTERM");
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([143, "fitslice: interrupted\n"]);
    const left = readdirSync(folder);
    // A download leaves its part, to be gone on with.
    expect(left.filter((found) => !/\.part(\.json)?$/.test(found))).toEqual([]);
    if (name !== "download") expect(left).toEqual([]);
  });

  test.each([...writers, ["copy", "fits"], ["overview", "fits"]])(
    "that kills %s to .%s --force in the middle leaves the old file",
    async (name, extension) => {
      const folder = join(cwd, `killed-${name}-${extension}`);
      mkdirSync(folder);
      const output = join(folder, `x.${extension}`);
      writeFileSync(output, "precious");
      const child = start([...command(name!, `${server.url}/l.fits`, output), "--force"], { cwd });
      const ended = outcomeOf(child);
      const before = server.requests.length;
      const isUnderWay = (): boolean =>
        server.requests.length >= before + 2 || readdirSync(folder).length > 1 || child.exitCode !== null;
      while (!isUnderWay()) await new Promise((resolve) => setTimeout(resolve, 10));
      child.kill("SIGKILL");
      expect((await ended).code).toBe(null);
      expect(readFileSync(output, "utf8")).toBe("precious");
    },
  );

  test("ends a command whose output nobody reads", async () => {
    const child = start(["section", "l.fits", "-o", "-"], { cwd });
    await new Promise((resolve) => child.stdout!.once("readable", resolve));
    const ended = new Promise<(number | string | null)[]>((resolve) =>
      child.on("exit", (...how) => resolve(how)),
    );
    child.kill("SIGTERM");
    expect([
      [143, null],
      [null, "SIGTERM"],
    ]).toContainEqual(await ended);
  });

  test.skipIf(!isLinux)("ends a command that waits for the reader of a named pipe", async () => {
    spawnSync("mkfifo", [join(cwd, "pipe")]);
    const child = start(["section", "l.fits", "-o", "pipe", "--format", "npy"], { cwd });
    const ended = new Promise<(number | string | null)[]>((resolve) =>
      child.on("exit", (...how) => resolve(how)),
    );
    await new Promise((resolve) => setTimeout(resolve, 700));
    child.kill("SIGINT");
    expect(await ended).toEqual([null, "SIGINT"]);
  });

  test("is not needed for 2^53 rows of no width: they are refused at once", async () => {
    const header = (...cards: string[]): string => {
      const text = [...cards, "END"].map((card) => card.padEnd(80)).join("");
      return text.padEnd(Math.ceil(text.length / 2880) * 2880);
    };
    const primary = header("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0");
    const table = header(
      ...["XTENSION= 'BINTABLE'", "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = 0", `NAXIS2  = ${2 ** 53 - 1}`],
      ...["PCOUNT  = 0", "GCOUNT  = 1", "TFIELDS = 1", "TFORM1  = '0A'", "TTYPE1  = 'E'"],
    );
    writeFileSync(join(cwd, "rows.fits"), primary + table);
    const { code, stderr } = await fitslice(["table", "rows.fits", "--describe"], { cwd });
    expect(stderr).toMatch(/^fitslice: HDU 1: [^\n]*9007199254740991 rows[^\n]*\n/);
    expect(code).toBe(1);
  });

  test("ends a command that waits for its standard input", async () => {
    const child = start(["section", "l.fits", "--sections", "-"], { cwd, input: "" });
    const ended = outcomeOf(child);
    // More than a pipe holds: when all is written, the command is reading.
    await new Promise((resolve) => child.stdin!.write("# no section\n".repeat(100_000), resolve));
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect([code, stderr]).toEqual([130, "fitslice: interrupted\n"]);
  });
});
