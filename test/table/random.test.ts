/**
 * Random tables made by astropy, cfitsio and fpack (test/fixtures/table/make_tables.py), all cells, against astropy.
 *
 * A dozen are committed. FITSLICE_TABLES names a folder with more of them.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { open } from "../../src/open.js";
import { sameCell, type TruthColumn } from "./truth.js";

const folder = process.env["FITSLICE_TABLES"] ?? fileURLToPath(new URL("../fixtures/table", import.meta.url));
const truth: Record<string, { rows: number; columns: TruthColumn[] }> = existsSync(`${folder}/truth.json`)
  ? JSON.parse(readFileSync(`${folder}/truth.json`, "utf8"))
  : {};

describe("random tables are what astropy reads", () => {
  it.each(Object.keys(truth))("%s", async (file) => {
    const { rows, columns } = truth[file]!;
    const hdu = await (await open(readFileSync(`${folder}/${file}`))).table(1);
    expect(hdu.rowCount).toBe(rows);
    expect(hdu.columns.map(({ name, format, dim }) => ({ name, format, dim }))).toEqual(
      columns.map(({ name, format, dim }) => ({ name, format, dim: dim ?? undefined })),
    );
    const data = (await hdu.select()).columns;
    for (const [c, { name, values = {} }] of columns.entries()) {
      expect(data[c]!.length).toBe(rows);
      for (const row of Object.keys(values).map(Number)) {
        const cell = data[c]!.get(row);
        if (!sameCell(cell, values[row], hdu.columns[c]!)) {
          expect({ name, row, cell }).toEqual({ name, row, cell: values[row] });
        }
      }
    }
    for await (const batch of hdu.batches({ batchRows: 7 })) {
      for (const [c, column] of data.entries()) {
        for (let i = 0; i < batch.length; i++)
          expect(batch.columns[c]!.get(i)).toEqual(column.get(batch.start + i));
      }
    }
  });
});
