/**
 * Many sources, and sources of any kind: patterns, lists, standard input, pipes.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { startRangeServer } from "../servers/range-server.js";
import { fitslice, outcomeOf, program, shell, workFolder } from "./run.js";

let cwd: string;
let bytes: Uint8Array;
const bad = "broken.fits: the file begins with";

beforeAll(async () => {
  cwd = workFolder("cli-many");
  bytes = await exampleFile();
  mkdirSync(join(cwd, "night"));
  for (const name of ["a.fits", "b.fits"]) writeFileSync(join(cwd, "night", name), bytes);
  writeFileSync(join(cwd, "broken.fits"), "no FITS file at all".repeat(200));
  writeFileSync(join(cwd, "list.txt"), "# two\nnight/a.fits\n\nnight/b.fits\n");
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const run = (...args: string[]): ReturnType<typeof fitslice> => fitslice(args, { cwd });
const copies = (): string[] => readdirSync(tmpdir()).filter((name) => name.endsWith(".stream"));

describe("many sources", () => {
  test.each(["info", "layout"])("%s: what it tells of each, one after the other", async (command) => {
    const [one, two] = [await run(command, "night/a.fits"), await run(command, "night/b.fits")];
    const heading = (name: string): string => (command === "info" ? "" : `==> night/${name}.fits <==\n`);
    const both = `${heading("a")}${one.text}\n${heading("b")}${two.text}`;
    for (const given of [["night/a.fits", "night/b.fits"], ["night/*.fits"], ["night/"], ["@list.txt"]])
      expect([given, (await run(command, ...given)).text]).toEqual([given, both]);
  });

  test("a file that cannot be read is told, the others are shown, and the exit code is 1", async () => {
    const { code, text, stderr } = await run("stats", "night/a.fits", "broken.fits", "night/b.fits");
    const single = (await run("stats", "night/a.fits")).text;
    expect(text).toBe(`==> night/a.fits <==\n${single}\n==> night/b.fits <==\n${single}`);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^fitslice: ${bad}.*\n$`));
  });

  test("--json is an array, an object for each file", async () => {
    const outcome = await run("info", "night/a.fits", "broken.fits", "--json");
    const single = (await run("info", "night/a.fits", "--json")).json<object>();
    expect(outcome.json()).toEqual([
      { file: "night/a.fits", ...single },
      { file: "broken.fits", error: expect.stringContaining(bad) },
    ]);
    expect(outcome.code).toBe(1);
  });

  test("--table is one table, a row for each HDU; -o writes it in any format", async () => {
    const { text } = await run("info", "night/a.fits", "night/b.fits", "--table");
    const lines = text.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^file +hdu +name +ver +type +cards +shape +values +data$/);
    expect(lines.slice(1).map((line) => line.split(/ +/).slice(0, 3))).toEqual(
      ["a", "b"].flatMap((name) =>
        ["PRIMARY", "SCI", "WHT", "CATALOG"].map((hdu, i) => [`night/${name}.fits`, `${i}`, hdu]),
      ),
    );
    for (const output of ["t.csv", "t.ndjson", "t.parquet", "t.fits"])
      expect([output, (await run("stats", "night/", "-o", output)).code]).toEqual([output, 0]);
    const stats = (await run("stats", "night/a.fits", "--json")).json<Record<string, number>>();
    const [row] = readFileSync(join(cwd, "t.ndjson"), "utf8").split("\n");
    expect(JSON.parse(row!)).toEqual({
      file: "night/a.fits",
      hdu: 1,
      ...stats,
      shape: "300 x 400",
      error: null,
    });
    const table = (await run("table", "t.parquet", "--json")).json<{ columns: { name: string }[] }>();
    const names = table.columns.map(({ name }) => name);
    expect(names).toEqual(["file", "hdu", ...Object.keys(stats), "error"]);
  });

  test("names in files and headings cannot steer a terminal", async () => {
    const { stderr } = await run("info", "night/a.fits", "\u001b[31mred.fits");
    expect(stderr).toMatch(/^fitslice: \\x1b\[31mred\.fits: .*: no such file/);
  });

  test("section and table write a file for each into a folder", async () => {
    await run("section", "night/*.fits", "--hdu", "SCI", "-s", "0:2,0:3", "-o", "parts", "--format", "npy");
    expect(readdirSync(join(cwd, "parts"))).toEqual(["a.npy", "b.npy"]);
    await run("section", "night/a.fits", "--hdu", "SCI", "-s", "0:2,0:3", "-o", "one.npy");
    expect(readFileSync(join(cwd, "parts", "b.npy"))).toEqual(readFileSync(join(cwd, "one.npy")));
    await run("table", "night/a.fits", "./night/a.fits", "-o", "tables", "--limit", "3");
    expect(readdirSync(join(cwd, "tables"))).toEqual(["a-2.csv", "a.csv"]);
    await run("table", "night/a.fits", "-o", "one.csv", "--limit", "3");
    expect(readFileSync(join(cwd, "tables", "a-2.csv"))).toEqual(readFileSync(join(cwd, "one.csv")));
  });

  test("[EXT] behind a pattern is that of each file", async () => {
    const { text } = await run("section", "night/*.fits[WHT]", "-s", "0,0:2");
    const one = (await run("section", "night/a.fits[WHT]", "-s", "0,0:2")).text;
    expect(text).toBe(`==> night/a.fits[WHT] <==\n${one}\n==> night/b.fits[WHT] <==\n${one}`);
  });

  test("a URL's query is no pattern", async () => {
    const server = await startRangeServer({ files: { "/hst.fits": bytes } });
    const { code, text } = await run("info", `${server.url}/hst.fits?a=*`);
    await server.close();
    expect([code, text.split("\n").length]).toEqual([0, 7]);
  });
});

describe("header", () => {
  test("patterns are told with their names, or without", async () => {
    const named = await run("header", "night/a.fits", "--hdu", "SCI", "-k", "NAXIS*", "-k", "BUNIT");
    expect(named.text).toMatch(/^NAXIS = 2\nNAXIS1 = 400\nNAXIS2 = 300\nBUNIT = .*\n$/);
    const alone = await run("header", "night/a.fits", "--hdu", "SCI", "-k", "NAXIS*", "--no-names");
    expect(alone.text).toBe("2\n400\n300\n");
    expect((await run("header", "night/a.fits", "-k", "NAXIS", "--names")).text).toBe("NAXIS = 0\n");
  });

  test("what is there is printed, what is missing is told", async () => {
    const { code, text, stderr } = await run("header", "night/a.fits", "-k", "NAXIS", "-k", "NOPE*");
    expect([code, text]).toEqual([1, "NAXIS = 0\n"]);
    expect(stderr).toBe(
      'fitslice: no keyword "NOPE*" in HDU 0 "PRIMARY"; without --keyword all are printed\n',
    );
  });

  test("--hdu all, and the same as a table, as headers tells it", async () => {
    const { text } = await run("header", "night/a.fits", "--hdu", "all", "-k", "NAXIS");
    expect(text.match(/^(#.*|NAXIS = \d)$/gm)).toEqual([
      ...['# HDU 0 "PRIMARY"', "NAXIS = 0", '# HDU 1 "SCI"', "NAXIS = 2"],
      ...['# HDU 2 "WHT"', "NAXIS = 2", '# HDU 3 "CATALOG"', "NAXIS = 2"],
    ]);
    const args = ["night/a.fits", "night/b.fits", "--hdu", "all", "-k", "NAXIS*"];
    const table = await run("header", ...args, "--table");
    expect(table.text).toBe((await run("headers", ...args)).text);
  });
});

describe("streams", () => {
  test.each(["info", "stats", "header", "layout"])("%s reads standard input", async (command) => {
    const before = copies();
    const { code, text, stderr } = await shell(`cat night/a.fits | fitslice ${command} -`, { cwd });
    const file = (await run(command, "night/a.fits")).text;
    expect([code, stderr]).toEqual([0, ""]);
    expect(text).toBe(file.replace(/^file:.*?,/, "standard input,"));
    expect(copies()).toEqual(before);
  });

  test("a named pipe is read to its end, as one of many, too", async () => {
    execFileSync("mkfifo", [join(cwd, "pipe")]);
    spawn("/bin/sh", ["-c", "cat night/a.fits > pipe"], { cwd });
    const { code, text } = await run("header", "night/b.fits", "pipe", "-k", "NAXIS");
    expect([code, text]).toEqual([0, "==> night/b.fits <==\n0\n\n==> pipe <==\n0\n"]);
  });

  test("standard input is named once", async () => {
    const { code, stderr } = await shell("cat night/a.fits | fitslice info - -", { cwd });
    expect([code, stderr]).toEqual([2, "fitslice: standard input can be read once; name it once\n"]);
  });

  test("what is no FITS file, or empty, is told", async () => {
    const { code, stderr } = await shell("fitslice info - < /dev/null", { cwd });
    expect([code, stderr]).toMatchObject([1, expect.stringContaining("empty")]);
  });

  test("an interrupted copy is removed", async () => {
    const before = copies();
    const child = spawn(process.execPath, [program, "info", "-"], { cwd, stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.write(bytes.subarray(0, 10_000));
    while (copies().length === before.length) await new Promise((wake) => setTimeout(wake, 20));
    child.kill("SIGTERM");
    await outcomeOf(child);
    expect(copies()).toEqual(before);
  });
});
