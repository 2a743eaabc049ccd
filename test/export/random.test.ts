/**
 * Random tables, as values and as stored, in every format, read back by others' readers: equal. And Arrow and Parquet
 * come back to FITS as they were. More of them: FITSLICE_EXPORT_RUNS=1000.
 */
import { tableFromIPC } from "apache-arrow";
import fc from "fast-check";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { readParquet } from "parquet-wasm";
import { describe, expect, it } from "vitest";
import {
  fromArrow,
  fromParquet,
  type ImportedTable,
  toArrowFile,
  toCsv,
  toJson,
  toNdjson,
  toParquet,
} from "../../src/export/index.js";
import type { TableHdu } from "../../src/hdu/table.js";
import { open } from "../../src/open.js";
import { uniqueNames } from "../../src/table/names.js";
import { batchColumn, columnAsRead, fitsBytes, tableHdu } from "../../src/write/index.js";
import { openRandom, randomFits } from "./random.js";
import { asStored, bytesOf, exact, parseCsv, textOf } from "./read.js";

const numRuns = Number(process.env["FITSLICE_EXPORT_RUNS"] ?? 12);
const seed = Number(process.env["FITSLICE_EXPORT_SEED"] ?? 14);
/** Batches of few rows: what is of a batch and what is of the table shows. */
const batchRows = 7;

interface Truth {
  readonly names: string[];
  readonly cells: unknown[][];
  readonly types: string[];
}

async function truthOf(table: TableHdu, raw: boolean): Promise<Truth> {
  const { columns } = await table.select({ raw });
  return {
    names: uniqueNames(columns.map(({ column }) => column)),
    cells: columns.map((data) => [...data].map(exact)),
    types: columns.map(({ dtype }) => dtype),
  };
}

/** JSON has NaN and infinities as text, and numbers of 64 bits that JavaScript rounds. */
function asJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJson);
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return value;
  return typeof value === "string" && /^-?\d+$/.test(value) ? String(Number(value)) : value;
}

async function checkExports(table: TableHdu, raw: boolean): Promise<void> {
  const options = { raw, batchRows };
  const { names, cells, types } = await truthOf(table, raw);
  const arrow = tableFromIPC(await bytesOf(toArrowFile(table, options)));
  const parquetBytes = (await bytesOf(toParquet(table, options))).buffer;
  const parquet = await parquetReadObjects({ file: parquetBytes });
  // A second reader of Parquet: arrow-rs, in WebAssembly.
  const byRust = tableFromIPC(readParquet(new Uint8Array(parquetBytes)).intoIPCStream());
  const columnar = JSON.parse(await textOf(toJson(table, options)));
  const lines = (await textOf(toNdjson(table, options))).trimEnd().split("\n");
  const csv = parseCsv(await textOf(toCsv(table, options)));
  expect(csv[0]).toEqual(names);
  expect(csv.length).toBe(table.rowCount + 1);
  expect(Number(parquetMetadata(parquetBytes).num_rows)).toBe(table.rowCount);
  expect(byRust.numRows).toBe(table.rowCount);
  expect(byRust.schema.fields.map(({ type }) => String(type))).toEqual(
    arrow.schema.fields.map(({ type }) => String(type)),
  );
  const objects = lines.map((line) => JSON.parse(line));
  for (const [c, name] of names.entries()) {
    const wanted = cells[c]!;
    expect([name, Array.from(arrow.getChild(name)!, exact)]).toEqual([name, wanted]);
    expect([name, parquet.map((row) => exact(row[name]))]).toEqual([name, wanted]);
    expect([name, Array.from(byRust.getChild(name)!, exact)]).toEqual([name, wanted]);
    const loose = wanted.map(asJson);
    const read = (value: unknown): unknown => asJson(exact(asStored(value, types[c]!)));
    expect([name, columnar.columns[c].values.map(read)]).toEqual([name, loose]);
    expect([name, objects.map((row) => read(row[name]))]).toEqual([name, loose]);
    const fields = csv.slice(1).map((row, i) => csvCell(row[c]!, types[c]!, wanted[i]));
    expect([name, fields]).toEqual([name, wanted.map((cell) => (Array.isArray(cell) ? asJson(cell) : cell))]);
  }
}

/** What a field of CSV says, as `asJson` has it. */
function csvCell(field: string, type: string, like: unknown): unknown {
  if (Array.isArray(like)) return asJson(exact(asStored(JSON.parse(field), type)));
  if (field === "" && like === null) return null;
  if (type === "bool") return field === "true";
  return type.startsWith("float") ? exact(asStored(Number(field), type)) : field;
}

const labels = (table: TableHdu): unknown[] =>
  table.columns.map(({ unit, description, ucd, display, dim, null: none, scale }) => ({
    ...{ unit, description, ucd, display, dim },
    null: scale === undefined ? none : undefined,
  }));

async function checkBack(table: TableHdu, back: ImportedTable): Promise<void> {
  expect(back.warnings).toEqual([]);
  const again = await (await open(await fitsBytes([tableHdu(back)]))).table(1);
  const [before, after] = [await truthOf(table, false), await truthOf(again, false)];
  expect(after.names).toEqual(before.names);
  expect(after.types).toEqual(before.types);
  expect(after.cells).toEqual(before.cells);
  expect(labels(again)).toEqual(labels(table));
  expect(again.name).toBe("RANDOM");
  for (const [i, column] of again.columns.entries()) {
    const { format, scale } = table.columns[i]!;
    if (scale === undefined) expect(column.format.replace(/\(.*/, "")).toBe(sameFormat(format));
  }
}

/** `J` is `1J`; strings in vectors have their width in TDIMn. */
function sameFormat(format: string): string {
  return format.replace(/\(.*/, "").replace(/^(?=[A-Z])/, "1");
}

async function checkFits(table: TableHdu, raw: boolean): Promise<void> {
  const { columns } = await table.select({ raw });
  const hdu = tableHdu({
    columns: columns.map(({ column }) => columnAsRead(column)),
    batches: [{ columns: columns.map(batchColumn), rowCount: table.rowCount }],
  });
  const again = await (await open(await fitsBytes([hdu]))).table(1);
  expect((await truthOf(again, false)).cells).toEqual((await truthOf(table, raw)).cells);
}

describe("random tables", () => {
  it.each([false, true])("are equal in every format, raw %s", { timeout: 3_600_000 }, async (raw) => {
    await fc.assert(
      fc.asyncProperty(randomFits, async (made) => {
        const table = await openRandom(await made());
        await checkExports(table, raw);
        await checkFits(table, raw);
      }),
      { numRuns, seed },
    );
  });
  it("come back from Arrow and Parquet as they were", { timeout: 3_600_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(randomFits, async (made) => {
        const table = await openRandom(await made());
        await checkBack(table, await fromArrow(await bytesOf(toArrowFile(table, { batchRows }))));
        await checkBack(table, await fromParquet(await bytesOf(toParquet(table, { batchRows }))));
      }),
      { numRuns, seed },
    );
  });
});
