import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { open } from "../../src/index.js";
import { headerFile } from "../list/files.js";
import { type S3Server, startS3Server } from "../servers/s3-server.js";
import { fitslice, type Outcome, start, workFolder } from "./run.js";

const count = 30;
let cwd: string;
let server: S3Server;
let env: Record<string, string>;
beforeAll(async () => {
  cwd = workFolder("cli-headers");
  const objects: Record<string, Uint8Array> = {};
  for (let i = 0; i < count; i++)
    objects[`n/${String(i).padStart(2, "0")}.fits`] = headerFile(
      [
        `OBJECT  = 'M ${i}'`,
        `EXPTIME = ${i}.`,
        `NUM     = ${i}`,
        ...(i % 2 ? [`CD1_${i % 3} = ${i}.5`] : ["FLAG    = T"]),
      ],
      ["EXTNAME = 'SCI'", `NUM     = ${1000 + i}`],
    );
  server = await startS3Server({ buckets: { b: { objects, public: true, pageKeys: 8 } }, latency: 5 });
  env = { AWS_ENDPOINT_URL: server.url };
  writeFileSync(
    join(cwd, "a.fits"),
    headerFile(["OBJECT  = 'x, \"y\"'", "NUM     = 9007199254740993", "C       = (1, 2)"]),
  );
  writeFileSync(join(cwd, "b.fits"), headerFile(["OBJECT  = '\u001b[2J'", "NUM     = 1.5", "ON      = F"]));
  writeFileSync(join(cwd, "bad.fits"), "nothing");
  writeFileSync(join(cwd, "list.txt"), "# mine\na.fits\n\nbad.fits\n");
});
afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});
beforeEach(() => {
  server.requests.length = 0;
});

const headers = (...args: string[]): Promise<Outcome> => fitslice(["headers", ...args], { cwd, env });
const bucket = ["s3://b/n/*.fits", "--anonymous", "-k", "OBJECT,NUM"];
const reads = (): string[] =>
  server.requests.map(({ path }) => path).filter((path) => path.endsWith(".fits"));
const path = (name: string): string => join(cwd, name);

describe("a table of keywords", () => {
  test("as text, a row for each file, in their order, with one request each", async () => {
    const { code, text, stderr } = await headers(
      "s3://b/n/0[0-3].fit?",
      "--anonymous",
      "-k",
      "OBJECT,CD*,NUM",
    );
    expect([code, stderr]).toEqual([0, "4 rows of 4 files\n"]);
    expect(text).toBe(
      [
        "file                hdu  OBJECT  CD1_1  CD1_0  NUM",
        "s3://b/n/00.fits     0  M 0        --     --    0",
        "s3://b/n/01.fits     0  M 1       1.5     --    1",
        "s3://b/n/02.fits     0  M 2        --     --    2",
        "s3://b/n/03.fits     0  M 3        --    3.5    3",
        "",
      ]
        .join("\n")
        .replace("file                hdu", "file              hdu")
        .replaceAll(".fits     0", ".fits    0"),
    );
    expect(server.requests.length).toBe(6);
  });

  test("as CSV, of paths, lists and files that cannot be read", async () => {
    const { code, text, stderr } = await headers(
      "@list.txt",
      "b.fits",
      "-k",
      "OBJECT,NUM",
      "-k",
      "C,ON",
      "--format",
      "csv",
    );
    expect(code).toBe(1);
    expect(text.split("\r\n")).toEqual([
      "file,hdu,OBJECT,NUM,C,ON,error",
      'a.fits,0,"x, ""y""",9007199254740993,"(1, 2)",,',
      expect.stringMatching(/^bad\.fits,,,,,,"?the file begins with/),
      "b.fits,0,,1.5,,false,".replace(",0,,", ",0,\u001b[2J,"),
      "",
    ]);
    expect(stderr).toMatch(
      /^fitslice: 3 rows of 3 files, 1 could not be read \(@list\.txt, line \d+: bad\.fits: the file begins/,
    );
  });

  test("as CSV that no spreadsheet runs, if that is wanted", async () => {
    writeFileSync(path("=f.fits"), headerFile(["OBJECT  = '=1+1'", "NUM     = -1", "C       = 'x'"]));
    const asked = ["=f.fits", "-k", "OBJECT,NUM,C,NOPE", "--format", "csv"];
    const safe = await headers(...asked, "--csv-safe");
    expect(safe.text.split("\r\n")).toEqual([
      '"file","hdu","OBJECT","NUM","C","NOPE","error"',
      `"'=f.fits",0,"'=1+1",-1,"x",,`,
      "",
    ]);
    expect((await headers(...asked)).text.split("\r\n")[1]).toBe("=f.fits,0,=1+1,-1,x,,");
  });

  test("as JSON, with all digits", async () => {
    const { text } = await headers("a.fits", "b.fits", "-k", "OBJECT,NUM,NOPE", "--json");
    expect(text).toBe(
      '[\n{"file":"a.fits","hdu":0,"OBJECT":"x, \\"y\\"","NUM":9007199254740993,"NOPE":null,"error":null},\n' +
        '{"file":"b.fits","hdu":0,"OBJECT":"\\u001b[2J","NUM":1.5,"NOPE":null,"error":null}\n]\n',
    );
  });

  test("of each HDU as FITS, whose columns have the types of the headers", async () => {
    const { code, json } = await headers(
      ...bucket,
      "-k",
      "EXPTIME,FLAG,CD*",
      "--hdu",
      "all",
      "-o",
      "t.fits",
      "--json",
    );
    expect([code, json()]).toEqual([
      0,
      { path: "t.fits", rows: 2 * count, files: count, failed: 0, before: 0 },
    ]);
    expect(reads().length).toBe(count);
    const fits = await open(path("t.fits"));
    const table = await fits.table("HEADERS");
    expect(table.columns.map(({ name, format }) => [name, format])).toEqual([
      ["file", "16A"],
      ["hdu", "1K"],
      ["OBJECT", "4A"],
      ["NUM", "1K"],
      ["EXPTIME", "1D"],
      ["FLAG", "1L"],
      ["CD1_1", "1D"],
      ["CD1_0", "1D"],
      ["CD1_2", "1D"],
      ["error", "1A"],
    ]);
    const num = await table.column("NUM");
    expect([num.get(0), num.get(1), num.get(59)]).toEqual([0n, 1000n, 1029n]);
    const flag = await table.column("FLAG");
    expect([flag.get(0), flag.get(1), flag.get(2)]).toEqual([true, null, null]);
    await fits.close();
    expect(existsSync(path("t.fits.rows.ndjson"))).toBe(false);
  });

  test("as Parquet and Arrow, and NDJSON", async () => {
    await headers(...bucket, "-o", "t.parquet");
    const bytes = readFileSync(path("t.parquet"));
    const rows = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    });
    expect([rows.length, rows[7]]).toEqual(
      [count, { file: "s3://b/n/07.fits", hdu: 0n, OBJECT: "M 7", NUM: 7n, error: expect.anything() }].map(
        (item) => (typeof item === "object" ? expect.objectContaining({ OBJECT: "M 7", NUM: 7n }) : item),
      ),
    );
    await headers(...bucket, "-o", "t.arrow");
    expect(tableFromIPC(readFileSync(path("t.arrow"))).numRows).toBe(count);
    const { text } = await headers(...bucket, "--format", "ndjson");
    expect(JSON.parse(text.split("\n")[29]!)).toEqual({
      file: "s3://b/n/29.fits",
      hdu: 0,
      OBJECT: "M 29",
      NUM: 29,
      error: null,
    });
  });
});

describe("a run that was stopped", () => {
  test("goes on: nothing is lost, and nothing is read again", async () => {
    const child = start(["headers", ...bucket, "-o", "r.csv", "--jobs", "2"], { cwd, env });
    const journal = path("r.csv.rows.ndjson");
    while (!existsSync(journal) || readFileSync(journal, "utf8").split("\n").length < 8)
      await new Promise((resolve) => setTimeout(resolve, 2));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.on("close", resolve));
    const lines = readFileSync(journal, "utf8").split("\n").length - 2;
    expect(lines).toBeGreaterThan(5);
    expect(lines).toBeLessThan(count);
    // A kill may tear a line.
    appendFileSync(journal, '{"file":"s3://b/n/29.fi');
    server.requests.length = 0;
    const refused = await headers(...bucket, "-o", "r.csv");
    expect([refused.code, refused.stderr]).toEqual([
      2,
      "fitslice: r.csv.rows.ndjson is left of an earlier run; add --resume to go on with it, or --force to begin anew\n",
    ]);
    const others = await headers("s3://b/n/*.fits", "--anonymous", "-k", "NUM", "-o", "r.csv", "--resume");
    expect([others.code, others.stderr]).toMatchObject([
      2,
      expect.stringContaining("begun with other options"),
    ]);
    expect(reads()).toEqual([]);
    const { code, stderr } = await headers(...bucket, "-o", "r.csv", "--resume");
    expect([code, stderr]).toEqual([0, `30 rows of 30 files (${lines} from before)\n`]);
    expect(new Set(reads()).size).toBe(count - lines);
    expect(reads().length).toBe(count - lines);
    await headers(...bucket, "-o", "whole.csv");
    expect(readFileSync(path("r.csv"), "utf8")).toBe(readFileSync(path("whole.csv"), "utf8"));
    expect([existsSync(journal), existsSync(`${journal}.lock`)]).toEqual([false, false]);
  });

  test("because files failed reads those alone again", async () => {
    server.put("b", "n/05.fits", new Uint8Array(Buffer.from("nothing")));
    const first = await headers(...bucket, "-o", "f.csv");
    expect(first.code).toBe(1);
    server.put("b", "n/05.fits", headerFile(["OBJECT  = 'M 5'", "NUM     = 5"]));
    server.requests.length = 0;
    const again = await headers(...bucket, "-o", "f.csv", "--resume");
    expect([again.code, reads()]).toEqual([1, []]);
    const { code } = await headers(...bucket, "-o", "f.csv", "--resume", "--retry-failed");
    expect([code, reads()]).toEqual([0, ["/b/n/05.fits"]]);
    expect(readFileSync(path("f.csv"), "utf8")).toBe(readFileSync(path("whole.csv"), "utf8"));
    expect(existsSync(path("f.csv.rows.ndjson"))).toBe(false);
  });

  test("of somebody else's file is refused", async () => {
    writeFileSync(path("m.csv.rows.ndjson"), "mine\n");
    const mine = await headers(...bucket, "-o", "m.csv", "--resume");
    expect([mine.code, mine.stderr.split("\n")[0]]).toEqual([
      1,
      "fitslice: m.csv.rows.ndjson is no journal of fitslice headers",
    ]);
    expect(readFileSync(path("m.csv.rows.ndjson"), "utf8")).toBe("mine\n");
  });
});

test("wrong usage and nothing there, in one line", async () => {
  const cases: [string[], number, string][] = [
    [["a.fits", "-k", "A,,B"], 2, "--keywords has an empty name in it"],
    [["a.fits", "-k", "A", "--resume"], 2, "--resume goes on with a file; name one with -o"],
    [["a.fits", "-k", "A", "-o", "x.csv", "--retry-failed"], 2, "--retry-failed goes with --resume"],
    [["a.fits", "-k", "A", "-o", "x.json", "--csv-safe"], 2, "--csv-safe is for CSV; say --format csv"],
    [["a.fits", "-k", "A", "-o", "x.dat"], 2, "cannot tell the format of x.dat; end it in .csv, .json"],
    [["a.fits", "-k", "A", "-o", "a.fits"], 2, "a.fits is the file being read; name another output"],
    [["a.fits", "-k", "A", "-o", "whole.csv"], 2, "whole.csv exists; add --force to replace it"],
    [["s3://b/none*.fits", "-k", "A", "--anonymous", "-o", "x.csv"], 1, "s3://b/none*.fits: no file there"],
    [["s3://none/*.fits", "-k", "A", "--anonymous", "-o", "x.csv"], 1, 's3://none/: no bucket "none"'],
  ];
  for (const [args, exit, message] of cases) {
    const { code, stderr } = await headers(...args);
    expect([code, stderr]).toEqual([exit, expect.stringContaining(`fitslice: ${message}`)]);
    expect(stderr.trimEnd().split("\n").length).toBe(1);
  }
  expect(existsSync(path("x.csv.rows.ndjson"))).toBe(false);
});
