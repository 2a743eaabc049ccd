/**
 * Files of the writer as others see them: fitsverify must find nothing to say, astropy must read what was written.
 * Skips what is not installed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { dtypeOf, ndarray } from "../../src/array.js";
import type { CardValue } from "../../src/header/value.js";
import {
  asciiTableHdu,
  fitsBytes,
  type HeaderCard,
  imageHdu,
  tableHdu,
  type WritableHdu,
} from "../../src/write/index.js";
import { batchOf, image, type RandomTable, type Shown, shown, table } from "./random.js";

const python = "/usr/bin/python3";
const hasAstropy = spawnSync(python, ["-c", "import astropy.io.fits"]).status === 0;
const hasFitsverify = spawnSync("fitsverify", [], { stdio: "ignore" }).error === undefined;
if (!hasAstropy)
  console.warn("skipped: astropy is not installed, so nothing compares the writer's files with it");
if (!hasFitsverify)
  console.warn("skipped: fitsverify is not installed, so nothing checks the writer's files with it");

/** How many random files: more for a long search, FITSLICE_WRITE_RUNS=500. */
const runs = Number(process.env["FITSLICE_WRITE_RUNS"] ?? 25);
const seed = Number(process.env["FITSLICE_WRITE_SEED"] ?? 4);

const folder = mkdtempSync(join(tmpdir(), "fitslice-write-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function files(kind: string, contents: readonly WritableHdu[][], checksum = true): Promise<string[]> {
  const paths: string[] = [];
  for (const [i, hdus] of contents.entries()) {
    const path = join(folder, `${kind}${i}.fits`);
    writeFileSync(path, await fitsBytes(hdus, { checksum }));
    paths.push(path);
  }
  return paths;
}

interface Facts {
  checksums: boolean;
  hdus: {
    cards: [string, unknown, string][];
    image?: { dtype: string; shape: number[]; hex: string };
    columns?: Record<string, Shown[]>;
    rows?: number;
  }[];
}

function astropy(paths: readonly string[]): Facts[] {
  const script = join(import.meta.dirname, "astropy_read.py");
  return JSON.parse(execFileSync(python, [script, ...paths], { maxBuffer: 1 << 28, encoding: "utf8" }));
}

/** The lines of fitsverify's report that complain. */
function complaints(paths: readonly string[]): string[] {
  const { stdout } = spawnSync("fitsverify", paths as string[], { encoding: "utf8", maxBuffer: 1 << 28 });
  expect(
    stdout.match(/\*\*\*\* Verification found 0 warning\(s\) and 0 error\(s\)\. \*\*\*\*/g)?.length ?? 0,
  ).toBeLessThanOrEqual(paths.length);
  const bad = stdout.split("\n").filter((line) => /^\s*\*\*\* (Warning|Error)/.test(line));
  const clean = stdout
    .split("\n")
    .filter((line) => line.includes("found 0 warning(s) and 0 error(s)")).length;
  return clean === paths.length
    ? bad
    : [...bad, `${paths.length - clean} of ${paths.length} files are not clean`];
}

function check(paths: readonly string[]): Facts[] {
  if (hasFitsverify) expect(complaints(paths)).toEqual([]);
  const facts = hasAstropy ? astropy(paths) : [];
  expect(facts.filter((fact) => !fact.checksums)).toEqual([]);
  return facts;
}

const samples = <T>(arbitrary: fc.Arbitrary<T>): T[] => fc.sample(arbitrary, { seed, numRuns: runs });
const printable = fc.string({
  unit: fc.integer({ min: 32, max: 126 }).map((c) => String.fromCharCode(c)),
  maxLength: 160,
});

function shownValue(value: CardValue): unknown {
  if (value === null) return { undefined: true };
  if (typeof value === "boolean") return value;
  if (typeof value === "string") return value.trimEnd();
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value === "object") return { complex: value.map((x) => shown(x, "float64")) };
  const integer = Number.isSafeInteger(value) && !Object.is(value, -0);
  return integer ? { int: String(value) } : { float: shown(value, "float64") };
}

describe.skipIf(!hasAstropy && !hasFitsverify)("random files by other eyes", () => {
  it("headers: values of all types, HIERARCH, CONTINUE", async () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    const value: fc.Arbitrary<CardValue> = fc.oneof(
      // astropy 5.2 takes a quote inside a continued string for its end.
      printable.map((text) => (text.length > 60 ? text.replaceAll("'", '"') : text)),
      double,
      fc.integer(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
      fc.boolean(),
      // Nor does it keep the sign of a zero in a complex number.
      fc.tuple(double, double).map(([re, im]) => [re || 0, im || 0] as const),
    );
    // Nor a quote in a comment behind an empty string.
    const words = fc.stringMatching(/^([!-&(-~]{1,8}( [!-&(-~]{1,8}){0,2})?$/);
    const card = fc.record({
      value,
      comment: words,
      long: fc.boolean(),
    });
    const headers = samples(fc.array(card, { minLength: 1, maxLength: 40 })).map((cards) =>
      cards.map(
        ({ long, ...card }, i): HeaderCard => ({ ...card, keyword: long ? `ESO K${i} ab` : `K_-${i}` }),
      ),
    );
    const facts = check(
      await files(
        "header",
        headers.map((header) => [imageHdu({ header })]),
      ),
    );
    for (const [i, { hdus }] of facts.entries()) {
      const own = hdus[0]!.cards.filter(([keyword]) => /^(K_-|ESO K)/.test(keyword));
      expect(own.map(([keyword, value]) => [keyword, value])).toEqual(
        headers[i]!.map(({ keyword, value }) => [keyword, shownValue(value!)]),
      );
    }
  });

  it("images of every element type", async () => {
    const images = samples(image);
    const hdus = images.map(({ data, shape }) =>
      imageHdu({ data: ndarray(data, shape), name: "SCI", ver: 2 }),
    );
    const facts = check(
      await files(
        "image",
        hdus.map((hdu) => [imageHdu(), hdu]),
      ),
    );
    for (const [i, { hdus }] of facts.entries()) {
      const { data, shape } = images[i]!;
      const dtype = dtypeOf(data, "");
      const hex = Array.from(data as ArrayLike<number | bigint>, (x) => hexOf(x, dtype)).join("");
      expect(hdus[1]!.image).toEqual({ dtype, shape, hex });
    }
  });

  it("binary tables of every column type", async () => {
    const tables = samples(table);
    const hdu = (random: RandomTable): WritableHdu =>
      tableHdu({
        columns: random.columns.map(({ column }) => column),
        batches: [batchOf(random)],
        name: "T",
      });
    const facts = check(
      await files(
        "table",
        tables.map((random) => [hdu(random)]),
      ),
    );
    for (const [i, { hdus }] of facts.entries()) {
      const { rows, columns } = tables[i]!;
      expect(hdus[1]!.rows).toBe(rows);
      for (const { column, cells } of columns)
        expect([column, hdus[1]!.columns![column.name]]).toEqual([column, cells]);
    }
  });

  it("ASCII tables", async () => {
    const row = fc.record({
      i: fc.integer(),
      f: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      e: fc.float({ noNaN: true, noDefaultInfinity: true }),
      d: fc.double({ noNaN: true, noDefaultInfinity: true }),
      s: fc.stringMatching(/^[!-~]([ -~]{0,5}[!-~])?$/),
    });
    const tables = samples(fc.array(row, { minLength: 1, maxLength: 6 }));
    const hdu = (rows: (typeof tables)[number]): WritableHdu =>
      asciiTableHdu({
        columns: [
          { name: "i", format: "I11", unit: "ct" },
          { name: "f", format: "F14.5" },
          { name: "e", format: "E15.8" },
          { name: "d", format: "D24.16" },
          { name: "s", format: "A7" },
        ],
        batches: [
          {
            columns: [
              { values: Int32Array.from(rows, (r) => r.i) },
              { values: Float64Array.from(rows, (r) => r.f) },
              { values: Float32Array.from(rows, (r) => r.e) },
              { values: Float64Array.from(rows, (r) => r.d) },
              { values: rows.map((r) => r.s) },
            ],
          },
        ],
      });
    const facts = check(
      await files(
        "ascii",
        tables.map((rows) => [hdu(rows)]),
      ),
    );
    for (const [i, { hdus }] of facts.entries()) {
      const rows = tables[i]!;
      const columns = hdus[1]!.columns!;
      expect(columns["i"]).toEqual(rows.map((r) => String(r.i)));
      expect(columns["d"]).toEqual(rows.map((r) => shown(r.d, "float64")));
      expect(columns["s"]).toEqual(rows.map((r) => r.s));
    }
  });

  it("variable-length bits, logicals and text", async () => {
    const values = { offsets: [0, 3, 3, 13], values: Uint8Array.from({ length: 13 }, (_, i) => i % 2) };
    const words = { offsets: [0, 3, 3, 8], values: new Uint8Array(Buffer.from("onethree")) };
    const formats = ["1PX", "1QX", "1PL", "1PA"];
    const columns = formats.map((format, i) => ({ name: `c${i}`, format }));
    const batch = { columns: [{ values }, { values }, { values }, { values: words }] };
    const [path] = await files("variable", [[tableHdu({ columns, batches: [batch] })]]);
    // astropy does not read 1PX.
    if (hasFitsverify) expect(complaints([path!])).toEqual([]);
  });

  it("a table with nulls, descriptions, scaling and a long header, and a file of many HDUs", async () => {
    const valid = new Uint8Array([0b0101]);
    const columns = [
      { name: "flux", format: "E", unit: "Jy", description: "a flux", ucd: "phot.flux", display: "E12.4" },
      { name: "n", format: "J", null: -1 },
      { name: "stored", format: "I", scale: 0.5, zero: 10 },
      { name: "none", format: "0J" },
    ];
    const batch = {
      columns: [
        { values: new Float32Array(3), valid },
        { values: new Int32Array([5, 6, 7]), valid },
        { values: new Int16Array([1, 2, 3]) },
        { values: new Int32Array(0) },
      ],
    };
    const comment = "a comment of many words ".repeat(8).trim();
    const header = [
      { keyword: "HISTORY", comment: "h".repeat(200) },
      { keyword: "TELESCOP", value: "x".repeat(300), comment },
      { keyword: "", comment: "a title" },
      { keyword: "MJD-OBS", value: 51544.12345678901, comment },
    ];
    const hdus = [
      imageHdu({ header, data: ndarray(new Int16Array([1, -32768, 3]), [3]), blank: -32768 }),
      tableHdu({ columns, batches: [batch], name: "CAT", ver: 1 }),
      imageHdu({ data: ndarray(new Int32Array(4), [2, 2]), bscale: 0.1, bzero: 3, name: "SCALED" }),
      tableHdu({ columns: [], batches: [{ columns: [], rowCount: 0 }], name: "EMPTY" }),
      tableHdu({ columns: [{ name: "v", format: "1QD" }], batches: [], name: "NOROWS" }),
      imageHdu({ name: "NODATA" }),
    ];
    const [facts] = check([...(await files("many", [hdus])), ...(await files("plain", [hdus], false))]);
    if (!facts) return;
    const cells = facts.hdus[1]!.columns!;
    expect(cells["stored"]).toEqual([10.5, 11, 11.5].map((x) => shown(x, "float64")));
    expect(cells["n"]).toEqual(["5", "-1", "7"]);
    const card = (keyword: string) => facts.hdus[0]!.cards.find(([k]) => k === keyword);
    expect(card("TELESCOP")).toEqual(["TELESCOP", "x".repeat(300), comment]);
    expect(facts.hdus.map(({ cards }) => cards.find(([k]) => k === "EXTNAME")?.[1])).toEqual([
      undefined,
      "CAT",
      "SCALED",
      "EMPTY",
      "NOROWS",
      "NODATA",
    ]);
  });
});

function hexOf(x: number | bigint, dtype: string): string {
  if (dtype.startsWith("float")) return shown(x, dtype);
  const digits = { int8: 2, uint8: 2, int16: 4, uint16: 4, int32: 8, uint32: 8 }[dtype] ?? 16;
  return BigInt.asUintN(digits * 4, BigInt(x))
    .toString(16)
    .padStart(digits, "0");
}
