/**
 * Every table of the corpus, cell by cell, against what astropy read.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { TableHdu } from "../../src/hdu/table.js";
import { open } from "../../src/open.js";
import { sameCell, type TruthColumn } from "./truth.js";

const corpus = fileURLToPath(new URL("../../../shared/corpus", import.meta.url));

interface TruthHdu {
  index: number;
  type: string;
  table?: { rows: number; columns: TruthColumn[] };
}

const truth: Record<string, { hdus?: TruthHdu[] }> = existsSync(corpus)
  ? JSON.parse(readFileSync(`${corpus}/truth.json`, "utf8"))
  : {};

const tables = Object.entries(truth).flatMap(([path, { hdus = [] }]) =>
  hdus.flatMap(({ index, table }) =>
    table && !path.endsWith("bt12.fits.fz") ? [{ path, index, table }] : [],
  ),
);

async function tableAt(path: string, index: number): Promise<TableHdu> {
  return (await open(readFileSync(`${corpus}/files/${path}`))).table(index);
}

describe.skipIf(tables.length === 0)("tables of the corpus (skipped without ../shared/corpus)", () => {
  it.each(tables)("$path, HDU $index", async ({ path, index, table }) => {
    const hdu = await tableAt(path, index);
    expect(hdu.rowCount).toBe(table.rows);
    expect(hdu.columns.map(({ name, format, unit, dim }) => ({ name, format, unit, dim }))).toEqual(
      table.columns.map(({ name, format, unit, dim }) => ({
        name: name ?? "",
        format,
        unit: unit ?? undefined,
        dim: dim ?? undefined,
      })),
    );
    const data = (await hdu.select()).columns;
    for (const [c, { name, values }] of table.columns.entries()) {
      for (const [row, value] of Object.entries(values ?? {})) {
        const cell = data[c]!.get(Number(row));
        if (!sameCell(cell, value, hdu.columns[c]!))
          expect({ name, row, cell }).toEqual({ name, row, cell: value });
      }
    }
  });

  it("reads a compressed table as its plain twin", async () => {
    const plain = await tableAt("nom-tam-fits/bt12.fits", 1);
    const packed = await tableAt("nom-tam-fits/bt12.fits.fz", 1);
    expect(packed.rowCount).toBe(plain.rowCount);
    const expected = (await plain.select()).columns;
    const data = (await packed.select()).columns;
    expect(data.map((column) => [...column])).toEqual(expected.map((column) => [...column]));
  });
});
