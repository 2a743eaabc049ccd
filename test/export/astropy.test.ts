/**
 * Random tables, as values and as stored, in FITS and in the formats of text, read back by astropy and Python: equal.
 * More of them: FITSLICE_EXPORT_RUNS=1000. Skipped where astropy is not installed.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { toCsv, toJson, toNdjson } from "../../src/export/index.js";
import { open } from "../../src/open.js";
import type { ColumnData } from "../../src/table/data.js";
import { uniqueNames } from "../../src/table/names.js";
import { fitsBytes, tableFileHdus } from "../../src/write/index.js";
import { namedFits } from "./random.js";
import { textOf } from "./read.js";

const python = "/usr/bin/python3";
const hasAstropy = spawnSync(python, ["-c", "import astropy.io.fits"]).status === 0;
if (!hasAstropy)
  console.warn("skipped: astropy is not installed, so nothing compares exported tables with it");
const numRuns = Number(process.env["FITSLICE_EXPORT_RUNS"] ?? 20);
const seed = Number(process.env["FITSLICE_EXPORT_SEED"] ?? 14);

const folder = mkdtempSync(join(tmpdir(), "fitslice-tables-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A cell as astropy_tables.py has it: integers as text, floats as the hex digits of a double. */
function shown(value: unknown, isFloat: boolean): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return isFloat ? hexOf(value) : String(value);
  if (typeof value === "object") return Array.from(value as Iterable<unknown>, (one) => shown(one, isFloat));
  return value;
}

function hexOf(value: number): string {
  if (Number.isNaN(value)) return "nan";
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString("hex");
}

function truthOf(data: ColumnData, name: string): object {
  const isFloat = /^(float|complex)/.test(data.dtype);
  return {
    name,
    isFloat,
    isSingle: /^(float32|complex64)$/.test(data.dtype),
    isBool: data.dtype === "bool",
    cells: [...data].map((cell) => shown(cell, isFloat)),
  };
}

describe.skipIf(!hasAstropy)("random tables by other eyes", () => {
  it("are equal in FITS, CSV, JSON and NDJSON", { timeout: 3_600_000 }, async () => {
    let count = 0;
    await fc.assert(
      // astropy opens no table with and without names.
      fc.asyncProperty(namedFits, fc.boolean(), async (made, raw) => {
        const fits = await open(await made());
        const table = await fits.table(1);
        const base = join(folder, String(count++));
        const options = { raw, batchRows: 7 };
        writeFileSync(
          `${base}.fits`,
          await fitsBytes(tableFileHdus(fits, table, options), { checksum: true }),
        );
        writeFileSync(`${base}.csv`, await textOf(toCsv(table, options)));
        writeFileSync(`${base}.json`, await textOf(toJson(table, options)));
        writeFileSync(`${base}.ndjson`, await textOf(toNdjson(table, options)));
        const { columns } = await table.select({ raw });
        const names = uniqueNames(columns.map(({ column }) => column));
        writeFileSync(`${base}.truth`, JSON.stringify(columns.map((data, i) => truthOf(data, names[i]!))));
      }),
      { numRuns, seed },
    );
    const script = join(import.meta.dirname, "astropy_tables.py");
    const { stdout, stderr } = spawnSync(python, [script, folder], { encoding: "utf8", maxBuffer: 1 << 26 });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ tables: count, different: [] });
  });
});
