/**
 * `table` with Arrow and Parquet files, stored values in every format, and names that readers trip over.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fitsBytes, tableHdu } from "../../src/write/index.js";
import { fitslice } from "./run.js";

const folder = mkdtempSync(join(tmpdir(), "fitslice-foreign-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

interface Columnar {
  columns: { name: string; format: string; unit: string | null; values: unknown[] }[];
}

beforeAll(async () => {
  const columns = [
    { name: "flux", format: "I", scale: 0.5, zero: 10, unit: "Jy", null: -1 },
    { name: "id", format: "J", null: -99, display: "I6", description: "number", ucd: "meta.id" },
    { name: "grid", format: "6E", dim: "(3,2)" },
    { name: "ID", format: "J" },
  ];
  const batch = {
    columns: [
      { values: Int16Array.of(2, 4) },
      { values: Int32Array.of(7, 0), valid: Uint8Array.of(1) },
      { values: Float32Array.from({ length: 12 }, (_, i) => i) },
      { values: Int32Array.of(1, 2) },
    ],
  };
  writeFileSync(at("a.fits"), await fitsBytes([tableHdu({ columns, batches: [batch], keepNames: true })]));
});

describe("fitslice table", () => {
  it.each(["parquet", "arrow", "feather"])("takes a table back from %s", async (extension) => {
    const made = await fitslice(["table", at("a.fits"), "-o", at(`b.${extension}`)]);
    expect([made.code, made.stderr]).toEqual([0, ""]);
    const path = at(`${extension}.fits`);
    const back = await fitslice(["table", at(`b.${extension}`), "-o", path]);
    expect([back.code, back.stderr]).toEqual([
      0,
      "fitslice: warning: columns 2 and 4 are both named 'ID'; readers find only one of them by name\n",
    ]);
    const header = (await fitslice(["header", path, "--hdu", "1"])).text;
    for (const card of [
      "TUNIT1  = 'Jy",
      "TNULL2  =                  -99",
      "TDISP2  = 'I6",
      "TDIM3   = '(3,2)",
    ])
      expect(header).toContain(card);
    const { columns } = (await fitslice(["table", path, "--json"])).json<Columnar>();
    expect(columns.map(({ values }) => values)).toEqual([
      [11, 12],
      [7, null],
      [
        [
          [0, 1, 2],
          [3, 4, 5],
        ],
        [
          [6, 7, 8],
          [9, 10, 11],
        ],
      ],
      [1, 2],
    ]);
    const some = await fitslice([
      "table",
      at(`b.${extension}`),
      "--where",
      "flux > 11",
      "--columns",
      "id",
      "--json",
    ]);
    expect(some.json<Columnar>().columns[0]!.values).toEqual([null]);
  });
  it("says in one line what is no such file, and leaves nothing behind", async () => {
    writeFileSync(at("bad.parquet"), "PAR1 and no more");
    const { code, stderr } = await fitslice(["table", at("bad.parquet")], { env: { TMPDIR: folder } });
    expect(code).toBe(1);
    expect(stderr.split("\n").length).toBe(2);
    expect(stderr).toContain("not readable as a Parquet file");
    expect(readdirSync(folder).filter((name) => name.startsWith("fitslice-"))).toEqual([]);
  });
  it.each(["arrow", "parquet", "fits"])("writes stored values with --raw as %s", async (format) => {
    expect((await fitslice(["table", at("a.fits"), "--raw", "-o", at(`raw.${format}`)])).code).toBe(0);
    const { columns } = (await fitslice(["table", at(`raw.${format}`), "--json"])).json<Columnar>();
    expect(columns.slice(0, 2).map(({ values }) => values)).toEqual([
      [2, 4],
      [7, -99],
    ]);
  });
});
