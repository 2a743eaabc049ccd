/**
 * Names with filters against what cfitsio makes of them. test/fixtures/cfitsio/filters.py makes what is held beside this file.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Fits, open } from "fitslice";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fitsBytes, imageHdu, tableHdu } from "../../src/write/index.js";
import { startRangeServer } from "../servers/range-server.js";
import { fitslice, workFolder } from "./run.js";

interface Column {
  readonly name: string;
  readonly format: string;
  readonly unit: string | null;
  readonly values: readonly unknown[];
}

interface Case {
  readonly name: string;
  readonly refused?: true;
  readonly rows?: number;
  readonly columns?: readonly Column[];
  readonly shape?: readonly number[];
  readonly bitpix?: number;
  readonly pixels?: readonly number[];
  readonly cards?: Readonly<Record<string, unknown>>;
}

const { file, cases } = JSON.parse(readFileSync("test/fixtures/cfitsio/filters.json", "utf8")) as {
  readonly file: string;
  readonly cases: readonly Case[];
};
const bytes = Uint8Array.from(Buffer.from(file, "base64"));

let cwd: string;
beforeAll(() => {
  cwd = workFolder("cli-filters");
  writeFileSync(join(cwd, "ev.fits"), bytes);
  writeFileSync(join(cwd, "odd[1].fits"), bytes);
  writeFileSync(join(cwd, "ev.fits+2"), bytes);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const run = (...args: string[]): ReturnType<typeof fitslice> => fitslice(args, { cwd });

/** What `fitslice copy` makes of a name. */
async function copied(name: string): Promise<Fits> {
  const { code, stderr } = await run("copy", `ev.fits${name}`, "-o", "out.fits", "--force");
  expect([name, code, stderr]).toEqual([name, 0, expect.stringContaining("out.fits")]);
  return open(Uint8Array.from(readFileSync(join(cwd, "out.fits"))));
}

const cell = (value: unknown): unknown => {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number" && Number.isNaN(value)) return null;
  return Array.isArray(value) ? value.map(cell) : value;
};

/** Numbers but for the last digit: sums in single precision depend on the order of roundings. */
const near = (value: unknown): unknown => (typeof value === "number" ? expect.closeTo(value, 7) : value);

describe("names with filters", () => {
  test.each(cases.filter(({ rows }) => rows !== undefined).map((one) => [one.name, one] as const))(
    "%s",
    async (name, wanted) => {
      const fits = await copied(name);
      const table = await fits.table();
      const { columns } = await table.select();
      expect(table.rowCount).toBe(wanted.rows);
      const own = columns.map((data) => ({
        name: data.column.name,
        format: data.column.format,
        unit: data.unit ?? null,
        values: Array.from(data, cell),
      }));
      const single = ({ format }: { format: string }): string => format.replace(/^1(?=[A-Z]$)/, "");
      expect(own.map((one) => ({ ...one, format: single(one) }))).toEqual(
        wanted.columns!.map((one) => ({
          ...one,
          format: single(one),
          values: one.values.map((value) => (Array.isArray(value) ? value.map(near) : near(value))),
        })),
      );
      const cards = Object.keys(wanted.cards!).map((keyword) => [keyword, table.header.get(keyword)]);
      expect(Object.fromEntries(cards)).toEqual(wanted.cards);
    },
  );

  test.each(cases.filter(({ pixels }) => pixels).map((one) => [one.name, one] as const))(
    "%s",
    async (name, wanted) => {
      const fits = await copied(name);
      const image = await fits.image(0);
      expect([image.shape, image.bitpix]).toEqual([wanted.shape, wanted.bitpix]);
      expect(Array.from((await image.section()).data, Number)).toEqual(wanted.pixels!.map(near));
      const cards = Object.keys(wanted.cards!).map((keyword) => [keyword, image.header.get(keyword)]);
      expect(Object.fromEntries(cards)).toEqual(
        Object.fromEntries(Object.entries(wanted.cards!).map(([keyword, value]) => [keyword, near(value)])),
      );
      expect(image.header.get("EXPTIME")).toBe(1000);
    },
  );

  test.each(cases.filter(({ refused }) => refused).map(({ name }) => name))(
    "%s is refused, as by cfitsio",
    async (name) => {
      const { code, stderr } = await run("copy", `ev.fits${name}`, "-o", "no.fits", "--force");
      expect([code, stderr.split("\n").length]).toEqual([expect.any(Number), 2]);
      expect(code).not.toBe(0);
    },
  );
});

describe("filters of any command", () => {
  test("sections, statistics, pictures, listings and headers are of what the filter makes", async () => {
    const stats = await run("stats", "ev.fits[EVENTS][bin (X,Y)=1:40:4]", "--json");
    expect(stats.json()).toMatchObject({ shape: [10, 10], dtype: "int32" });
    const section = await run("section", "ev.fits[EVENTS][bin X,Y]", "-s", "0:2,0:3", "--json");
    expect([section.code, section.stderr]).toEqual([0, ""]);
    const preview = await run("preview", "ev.fits[EVENTS][bin 4]", "--json");
    expect(preview.code).toBe(0);
    const info = await run("info", "ev.fits[EVENTS][PI > 50]", "--json");
    expect(info.json<{ href: string; hdus: unknown[] }>().href).toMatch(/ev\.fits\[EVENTS\]\[PI > 50\]$/);
    expect(info.json<{ hdus: { shape: number[] }[] }>().hdus[1]!.shape[0]).toBe(36);
    const header = await run("header", "ev.fits[EVENTS][bin 4]", "-k", "HISTORY");
    expect(header.text).toContain("ev.fits[EVENTS][bin 4]");
    const table = await run("table", "ev.fits[EVENTS][PI > 50][col X;Y]", "-o", "t.fits", "--force");
    expect([table.code, table.stderr]).toEqual([0, ""]);
    const made = await (await open(Uint8Array.from(readFileSync(join(cwd, "t.fits"))))).table();
    expect([made.rowCount, made.columns.map(({ name }) => name)]).toEqual([36, ["X", "Y"]]);
  });

  test("integers that TNULLn makes null stay null, whichever rows and columns are kept", async () => {
    const values = Int32Array.of(1, 0, 7, 3);
    const columns = [
      { name: "n", format: "J", null: 7 },
      { name: "pair", format: "2I", null: -1 },
      { name: "u", format: "J", null: -(2 ** 31), dtype: "uint32" },
    ];
    const batch = [
      { values: Int32Array.of(1, 0, 9, 3), valid: Uint8Array.of(0b1101) },
      { values: Int16Array.of(1, 2, 3, 4, 5, 6, 7, 8), valid: Uint8Array.of(0b11110111) },
      { values: Uint32Array.from(values), valid: Uint8Array.of(0b1101) },
    ];
    const file = await fitsBytes([tableHdu({ columns, batches: [{ columns: batch }] })]);
    writeFileSync(join(cwd, "nulls.fits"), file);
    for (const filter of [
      "[1][#row > 1]",
      "[1][col *; q = n + 1][#row > 1]",
      "[1][col n; pair; u][#row > 1]",
    ]) {
      expect(await run("copy", `nulls.fits${filter}`, "-o", "kept.fits", "--force")).toMatchObject({
        code: 0,
      });
      const { columns: kept } = await (
        await (await open(Uint8Array.from(readFileSync(join(cwd, "kept.fits"))))).table()
      ).select();
      const cells = kept.slice(0, 3).map((column) => Array.from(column, (cell) => cell));
      expect(
        cells.map((column) =>
          column.map((cell) => (Array.isArray(cell) ? cell : [cell]).map((v) => v ?? null)),
        ),
      ).toEqual([
        [[null], [9], [3]],
        [
          [3, null],
          [5, 6],
          [7, 8],
        ],
        [[null], [7], [3]],
      ]);
    }
  });

  test("unsigned 32-bit columns are real, as in cfitsio", async () => {
    const columns = [{ name: "u", format: "J", dtype: "uint32" }];
    const batches = [{ columns: [{ values: Uint32Array.of(7, 3_061_840_363) }] }];
    writeFileSync(join(cwd, "uint32.fits"), await fitsBytes([tableHdu({ columns, batches })]));
    const { text, stderr } = await run(
      "table",
      "uint32.fits[1][col half = u / 2; u1 = u + 1]",
      "--format",
      "csv",
    );
    expect(stderr).toBe("");
    expect(text).toBe("half,u1\r\n3.5,8\r\n1530920181.5,3061840364\r\n");
  });

  test("several files each have the filter", async () => {
    const { text, code } = await run(
      "stats",
      "ev.fits[1][bin X=4]",
      "odd[1].fits[1][bin X=4]",
      "--table",
      "--format",
      "csv",
    );
    expect([code, text.trim().split("\n").length]).toEqual([0, 3]);
  });

  test("a file whose name ends in brackets or in +2 is that file", async () => {
    expect((await run("info", "odd[1].fits")).code).toBe(0);
    expect((await run("header", "odd[1].fits[EVENTS]", "-k", "OBJECT", "--values")).code).toBe(
      (await run("header", "ev.fits[EVENTS]", "-k", "OBJECT", "--values")).code,
    );
    expect((await run("info", "ev.fits+2")).code).toBe(0);
    expect((await run("table", "ev.fits+1", "--head", "1")).code).toBe(0);
  });

  test("HDUs by type and by pattern", async () => {
    const rows = async (name: string): Promise<number> =>
      (await run("table", name, "--format", "ndjson")).text.trim().split("\n").length;
    for (const name of ["ev.fits[EVENTS,1,BINTABLE]", "ev.fits[EV*]", "ev.fits[E?ENTS,1,b]"])
      expect([name, await rows(name)]).toEqual([name, 60]);
    const { code, stderr } = await run("table", "ev.fits[EVENTS,1,IMAGE]");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/no HDU is \[EVENTS,1,IMAGE\]; there are 0 .*1 EVENTS BINTABLE/),
    ]);
  });

  test("of a remote table only the columns that are named are read", async () => {
    const { imageHdu, tableHdu, writeFits } = await import("fitslice/write");
    const rows = 200;
    const wide = new Uint8Array(rows * 40_000);
    const columns = [
      { name: "X", format: "1J" },
      { name: "WIDE", format: "40000B" },
      { name: "Y", format: "1J" },
    ];
    const numbers = Int32Array.from({ length: rows }, (_, i) => i % 50);
    const batch = { columns: [{ values: numbers }, { values: wide }, { values: numbers }] };
    const parts: Uint8Array[] = [];
    await writeFits({ write: async (chunk) => void parts.push(chunk.slice()) }, [
      imageHdu(),
      tableHdu({ columns, batches: [batch] }),
    ]);
    const server = await startRangeServer({ files: { "/wide.fits": Uint8Array.from(Buffer.concat(parts)) } });
    try {
      const { code, json } = await run(
        "stats",
        `${server.url}/wide.fits[1][X > 10][bin X=0:49:5]`,
        "--json",
        "--optimize",
        "bytes",
        "--profile-json",
        "p.json",
        "--force",
      );
      expect([code, json<{ count: number }>().count]).toEqual([0, 10]);
      const { bytes: moved } = JSON.parse(readFileSync(join(cwd, "p.json"), "utf8")) as { bytes: number };
      expect(moved).toBeLessThan(wide.length / 8);
    } finally {
      await server.close();
    }
  });

  test.each([
    [
      "table ev.fits[EVENTS][PII>50]",
      /no column 'PII' \(Did you mean PI\?\), at character 1, before 'PII>50'/,
    ],
    ["table ev.fits[EVENTS][PI>>50]", /expected a value, at character 4/],
    ["table ev.fits[EVENTS][PI=50]", /== compares/],
    ["table ev.fits[EVENTS][sqr(PI)>5]", /no function 'sqr' \(Did you mean sqrt\?\)/],
    ["table ev.fits[EVENTS][col Q(7Z)=X]", /no format of a calculated column/],
    ["table ev.fits[EVENTS][col XY]", /there is no column 'XY'/],
    ["table ev.fits[EVENTS][col Q=X+NAME]", /'\+' is for numbers, not a string, at character 2/],
    ["stats ev.fits[EVENTS][bin X=1:2:3:4]", /more than min:max:size/],
    ["stats ev.fits[EVENTS][bin NAME=1:4]", /an axis is of numbers, not of a string/],
    ["stats ev.fits[EVENTS][bin XX=1:4]", /no column 'XX'/],
    ["stats ev.fits[EVENTS][bin X=9:2]", /upper limit is below/],
    ["stats ev.fits[EVENTS][bin X=0:1e12:1]", /pixels; give larger ones/],
    ["stats ev.fits[0][bin X]", /HDU 0 is an image; .*for the columns of tables/],
    ["stats ev.fits[pix X>3]", /calculations with pixels are not done here/],
    ["info ev.fits[compress]", /fitslice compress/],
    ["section ev.fits[1;SPEC(2)]", /image in a cell/],
    ["table mem://x", /mem:\/\/ is of cfitsio's own programs/],
    ["table no.fits(t.fits)", /-o names the file/],
    ["table ev.fits+1[EVENTS]", /name two HDUs/],
    ["zarr ev.fits[EVENTS][PI>5] -o x.json", /takes no filters; make a file .* first: fitslice copy/],
    ["table ev.fits[EVENTS][gtifilter('x')]", /intervals are read of the same file, .* write their limits/],
    ["table ev.fits[EVENTS][gtifilter()]", /no HDU is \[\*GTI\*,BINTABLE\]/],
    ["table ev.fits[EVENTS][gtifilter(3)]", /write gtifilter\("\[GTI\]", TIME, "START", "STOP"\)/],
    ["table ev.fits[EVENTS][col g=gtifilter()]", /gtifilter chooses rows/],
    ["explain ev.fits[EVENTS][PI>5]", /filters read all rows.*--where and --columns/],
    ["download ev.fits[EVENTS][PI>5] -o x.fits", /a download is a whole file; fitslice copy/],
    ["headers ev.fits[EVENTS][PI>5] -k NAXIS", /not taken here: --hdu names the HDU/],
    ["cutouts ev.fits[EVENTS][PI>5] --targets t.csv -o x --size 4pix", /takes no filters; .*fitslice copy/],
    ["cutouts ev.fits --targets ev.fits[EVENTS][PI>5] -o x --size 4pix", /takes no filters; .*fitslice copy/],
    ["view ev.fits[EVENTS][PI>5] --no-open", /takes no filters; .*fitslice copy/],
    ["rgb ev.fits[EVENTS][bin X,Y] ev.fits ev.fits -o x.png", /takes no filters; .*fitslice copy/],
    ["table ev.fits[EVENTS][PI>5", /behind ev\.fits: a bracket or a quote does not close/],
    ["table ev.fits[EVENTS][regfilter('x')]", /region files are not read here; write circle/],
    ["table ev.fits[EVENTS][SPEC>2]", /one answer a row, not 2/],
    ["stats ev.fits[EVENTS][1:2,1:2][X>3]", /is of an image|cannot read/],
  ])("%s: one line that helps", async (line, message) => {
    const { code, stderr, text } = await run(...line.split(/ (?![^[]*\])/));
    expect([text, stderr]).toEqual(["", expect.stringMatching(message)]);
    expect([stderr.trim().split("\n").length, code === 0]).toEqual([1, false]);
  });
});

describe("gtifilter chooses the rows that fitscopy of cfitsio chooses", () => {
  beforeAll(async () => {
    const column = (name: string, ...values: number[]) => ({ name, values: Float64Array.from(values) });
    const table = (name: string, zero: number, ...columns: ReturnType<typeof column>[]) =>
      tableHdu({
        name,
        columns: columns.map(({ name }) => ({ name, format: "D" })),
        batches: [{ columns: columns.map(({ values }) => ({ values })) }],
        ...(zero !== 0 && { header: [{ keyword: "TIMEZERO", value: zero }] }),
      });
    const times = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11.5, 12];
    const made = await fitsBytes([
      imageHdu(),
      table("EVENTS", 1, column("TIME", ...times), column("T2", ...times.map((time) => time + 1))),
      table("GTI", 0, column("START", 1, 6, 9), column("STOP", 3, 7, 11.5)),
      table("OTHER", 2, column("BEG", 8, 1), column("FIN", 9, 2)),
    ]);
    writeFileSync(join(cwd, "gti.fits"), made);
  });
  test.each<[condition: string, times: number[]]>([
    ["gtifilter()", [0, 1, 2, 5, 6, 8, 9, 10]],
    ['gtifilter("")', [0, 1, 2, 5, 6, 8, 9, 10]],
    ['gtifilter("[GTI]")', [0, 1, 2, 5, 6, 8, 9, 10]],
    ['gtifilter("",T2)', [0, 1, 4, 5, 7, 8, 9]],
    ['gtifilter("[OTHER]",TIME,"BEG","FIN")', [2, 3, 9, 10]],
    ['gtifilter("[OTHER]",TIME,"BEG","FIN") && TIME<5', [2, 3]],
    ['gtifilter("[OTHER]",T2*1,"*BEG*","*FIN*")', [1, 2, 8, 9]],
  ])("%s", async (condition, times) => {
    const { code, json } = await run(
      "table",
      `gti.fits[EVENTS][${condition}]`,
      "--columns",
      "TIME",
      "--json",
    );
    expect([code, json()]).toMatchObject([0, { columns: [{ values: times }] }]);
  });
});
