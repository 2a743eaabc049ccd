/** `table` with rows sorted, sampled, counted, in groups; computed columns; what the columns are. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;
const run = (...args: string[]) => fitslice(["table", "hst.fits", ...args], { cwd });

beforeAll(async () => {
  cwd = workFolder("cli-arranged");
  writeFileSync(join(cwd, "hst.fits"), await exampleFile());
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test("--sort puts the rows in order, and --head takes the first of these", async () => {
  const { text } = await run("--columns", "mag,id", "--sort=-mag,id", "--head", "3", "--format", "csv");
  expect(text).toBe("mag,id\r\n20.9,9007199254741042\r\n20.9,9007199254741092\r\n20.9,9007199254741142\r\n");
});

test("--sample chooses the same rows for the same seed", async () => {
  const sample = async (seed: string) => (await run("--sample", "5", "--seed", seed, "--format", "csv")).text;
  expect(await sample("1")).toBe(await sample("1"));
  expect(await sample("1")).not.toBe(await sample("2"));
  expect((await sample("1")).trimEnd().split("\r\n")).toHaveLength(6);
});

test("--count tells how many rows pass", async () => {
  expect((await run("--count")).text).toBe("200\n");
  expect((await run("--count", "--rows", "-10:")).text).toBe("10\n");
  expect((await run("--count", "--where", "class == 'STAR'", "--json")).json()).toEqual({ rows: 50 });
});

test("--schema tells what the columns are", async () => {
  const { text } = await run("--schema", "--columns", "mag,class");
  expect(text.split("\n")).toEqual([
    "column  type     format  shape  unit  null  UCD  description",
    "mag     float32  E              mag",
    "class   string   8A",
    "",
  ]);
  const { columns } = (await run("--schema", "--json")).json<{ columns: object[] }>();
  expect(columns).toHaveLength(6);
  expect(columns[3]).toEqual({
    ...{ name: "mag", index: 3, format: "E", dtype: "float32", shape: [], variable: false, unit: "mag" },
    ...{ null: null, ucd: null, description: null },
  });
});

test("--group-by makes a row for each group, which is sorted and written as others", async () => {
  const { text } = await run(
    "--group-by",
    "class",
    "--aggregate",
    "n=count(),min(mag),mean(flag)",
    "--sort=-n",
  );
  expect(text.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["class", "n", "min_mag", "mean_flag"],
    ["mag"],
    ["GALAXY", "150", "16", "1"],
    ["STAR", "50", "16", "0.98"],
    [""],
  ]);
});

test("--columns computes, commas in calls and all, and the result goes into a file", async () => {
  const columns = "id,m=max(mag, flag),dec=dec*2";
  expect((await run("--columns", columns, "--head", "1", "--format", "ndjson")).text).toBe(
    '{"id":9007199254740993,"m":16,"dec":4}\n',
  );
  expect((await run("--columns", columns, "--sort", "-id", "--head", "1", "-o", "c.tsv")).code).toBe(0);
  expect(readFileSync(join(cwd, "c.tsv"), "utf8")).toBe(
    "id\tm\tdec\n9007199254741192\t20.899999618530273\t4.199\n",
  );
});

test("what makes no sense is told in a line", async () => {
  for (const [args, line] of [
    [["--seed", "3"], "--seed is for --sample"],
    [["--aggregate", "count()"], "--aggregate is for --group-by"],
    [["--count", "--sort", "id"], "--count and --sort do not go together; leave one out"],
    [["--sort", "nope"], "no column 'nope'"],
    [["--columns", "x=log10(mug)"], "column x=log10(mug): no column 'mug'"],
    [["--columns", "x=mag", "--raw"], "computed columns are of values"],
    [
      ["--group-by", "class", "--aggregate", "mode(mag)"],
      '--aggregate: cannot read "mode(mag)"; write count()',
    ],
    [["--count", "-o", "x.csv"], "--count goes to stdout"],
  ] as const) {
    const { code, stderr } = await run(...args);
    expect(code).not.toBe(0);
    expect(stderr).toContain(line);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  }
});
