import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { open } from "../../src/index.js";
import { exampleFile } from "../fixtures/example.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;

beforeAll(async () => {
  cwd = workFolder("cli-table");
  writeFileSync(join(cwd, "hst.fits"), await exampleFile());
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const file = (name: string): Buffer => readFileSync(join(cwd, name));
const run = (...args: string[]) => fitslice(args, { cwd });
const json = async (...args: string[]): Promise<unknown> => (await run(...args, "--json")).json();

describe("table", () => {
  const bright = [
    "table",
    "hst.fits",
    "--where",
    "mag < 16.3 and class == 'STAR'",
    "--columns",
    "id,mag,class",
  ];

  test("text for people: units, numbers to the right", async () => {
    const { text, stderr } = await run("table", "hst.fits", "--rows", "0:2", "--columns", "mag,id,class");
    expect(text.split("\n")).toEqual([
      " mag                id  class",
      " mag",
      "  16  9007199254740993  STAR",
      "16.1  9007199254740994  GALAXY",
      "",
    ]);
    expect(stderr).toBe("");
    const all = await run("table", "hst.fits");
    expect(all.text.trimEnd().split("\n")).toHaveLength(22);
    expect(all.stderr).toBe("first 20 of 200 rows; --limit shows more\n");
  });
  test("JSON is columnar and exact", async () => {
    const { text } = await run(...bright, "--json");
    expect(text).toContain('"values":[9007199254740993,');
    expect(JSON.parse(text)).toMatchObject({
      rows: 4,
      columns: [
        { name: "id", format: "K", unit: null },
        { name: "mag", format: "E", unit: "mag" },
        { name: "class", values: ["STAR", "STAR", "STAR", "STAR"] },
      ],
    });
  });
  test("CSV, NDJSON, Arrow, Parquet, FITS hold the same", async () => {
    for (const format of ["csv", "ndjson", "arrow", "parquet", "fits", "json"]) {
      const { code, stderr, text } = await run(...bright, "-o", `b.${format}`);
      expect([code, stderr, text]).toEqual([0, "", ""]);
    }
    const wanted = (JSON.parse(file("b.json").toString()) as { columns: { values: unknown[] }[] }).columns[1]!
      .values;
    expect(
      file("b.csv")
        .toString()
        .trim()
        .split("\r\n")
        .slice(1)
        .map((line) => Number(line.split(",")[1])),
    ).toEqual(wanted);
    const lines = file("b.ndjson").toString().trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).mag)).toEqual(wanted);
    const stored = wanted.map((mag) => Math.fround(mag as number));
    const arrow = tableFromIPC(file("b.arrow"));
    expect([...arrow.getChild("mag")!]).toEqual(stored);
    expect(arrow.schema.fields[1]!.metadata.get("unit")).toBe("mag");
    const bytesOf = (name: string) => Uint8Array.from(file(name)).buffer;
    const rows = await parquetReadObjects({ file: bytesOf("b.parquet") });
    expect(rows.map(({ mag, id }) => [mag, typeof id])).toEqual(stored.map((mag) => [mag, "bigint"]));
    const fits = await open(new Uint8Array(file("b.fits")));
    const table = await fits.table("CATALOG");
    expect([table.rowCount, [...(await table.column("mag"))]]).toEqual([4, stored]);
    expect(table.columns.map(({ unit }) => unit)).toEqual([undefined, "mag", undefined]);
  });
  test("head, tail, limit, rows", async () => {
    const flags = async (...args: string[]) =>
      (
        (await json("table", "hst.fits", "--columns", "dec", ...args)) as { columns: { values: number[] }[] }
      ).columns[0]!.values.map((dec) => Math.round((dec - 2) * 2000));
    expect(await flags("--head", "3")).toEqual([0, 1, 2]);
    expect(await flags("--head")).toHaveLength(10);
    expect(await flags("--tail", "2")).toEqual([198, 199]);
    expect(await flags("--tail", "2", "--rows", "10:20")).toEqual([18, 19]);
    expect(await flags("--tail", "2", "--where", "flag == 0")).toEqual([195, 198]);
    expect(await flags("--limit", "2", "--where", "flag == 1")).toEqual([1, 4]);
    expect(await flags("--rows", "-3:-1")).toEqual([197, 198]);
    expect(await flags("--limit", "0")).toEqual([]);
  });
  test("columns by glob, position and quoted name", async () => {
    const names = async (columns: string) =>
      (
        (await json("table", "hst.fits", "--limit", "1", "--columns", columns)) as {
          columns: { name: string }[];
        }
      ).columns.map(({ name }) => name);
    expect(await names('d*, 0 ,"ra"')).toEqual(["dec", "id", "ra"]);
  });
  test("--cone keeps what lies in the circle, also on columns given", async () => {
    const args = ["table", "hst.fits", "--columns", "id", "--cone", '150.05 2.025 10"'];
    const found = (await json(...args)) as { rows: number };
    expect(found.rows).toBe(5);
    expect(await json(...args, "--cone-columns", "ra,dec")).toEqual(found);
  });
  test("--describe", async () => {
    expect(await json("table", "hst.fits", "--describe", "--columns", "id,flag,class")).toEqual({
      rows: 200,
      columns: [
        {
          ...{ name: "id", format: "K", unit: null, count: 200, nulls: 0 },
          ...{
            min: Number(9007199254740993n),
            max: Number(9007199254741192n),
            mean: expect.closeTo(9007199254741092, -2),
          },
        },
        { name: "flag", format: "I", unit: null, count: 200, nulls: 0, min: 0, max: 2, mean: 0.995 },
        {
          name: "class",
          format: "8A",
          unit: null,
          count: 200,
          nulls: 0,
          min: "GALAXY",
          max: "STAR",
          mean: null,
        },
      ],
    });
    const { text } = await run("table", "hst.fits", "--describe", "--where", "flag == 9");
    expect(text.split("\n")[1]).toMatch(/^id {6}K +0 +0$/);
  });
});
