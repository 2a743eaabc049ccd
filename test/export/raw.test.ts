/**
 * Stored values (`raw`) in every format: the numbers of the file, without TSCALn, TZEROn and TNULLn.
 */
import { tableFromIPC } from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { toArrowFile, toCsv, toJson, toNdjson, toParquet } from "../../src/export/index.js";
import type { Batch, BatchOptions, TableHdu } from "../../src/hdu/table.js";
import { open } from "../../src/open.js";
import { batchColumn, columnAsRead } from "../../src/write/copy.js";
import { fitsBytes } from "../../src/write/fits.js";
import { tableHdu } from "../../src/write/table.js";
import { ascii, openTable, rowsOf } from "../table/made.js";
import { bytesOf, plain, textOf } from "./read.js";

const raw: BatchOptions = { raw: true };

/** Every kind of column that scaling or TNULL changes. */
function scaledTable(): Promise<TableHdu> {
  const rows = rowsOf(3, 34, (view, row) => {
    view.setInt16(0, [-5, 0, 32767][row]!);
    view.setInt16(2, [32763, -32768, -1][row]!);
    view.setUint8(4, [0, 128, 255][row]!);
    view.setInt32(5, [-99, 7, 2147483647][row]!);
    view.setBigInt64(9, [-1n, -(2n ** 63n), 2n ** 63n - 1n][row]!);
    view.setInt32(17, 2);
    view.setInt32(21, row * 4);
    view.setFloat32(25, row + 0.5);
    view.setFloat32(29, -row);
    view.setUint8(33, [84, 70, 84][row]!);
  });
  const heap = rowsOf(6, 2, (view, i) => view.setInt16(0, i === 0 ? -1 : i));
  return openTable({
    columns: { s: "I", u: "I", b: "B", n: "J", k: "K", v: "1PI(2)", c: "C", l: "L" },
    rows,
    rowBytes: 34,
    heap,
    cards: {
      TSCAL1: 0.5,
      TZERO1: 10,
      TZERO2: 32768,
      TZERO3: -128,
      TNULL4: -99,
      TZERO5: 2 ** 63,
      TSCAL6: 3,
      TNULL6: -1,
      TSCAL7: 2,
    },
  });
}

const stored: Record<string, unknown[]> = {
  s: [-5, 0, 32767],
  u: [32763, -32768, -1],
  b: [0, 128, 255],
  n: [-99, 7, 2147483647],
  k: [-1n, -(2n ** 63n), 2n ** 63n - 1n],
  v: [
    [-1, 1],
    [2, 3],
    [4, 5],
  ],
  c: [
    [0.5, 0],
    [1.5, -1],
    [2.5, -2],
  ],
  l: [true, false, true],
};

async function asFits(table: TableHdu, options: BatchOptions): Promise<TableHdu> {
  const none = await table.select({ ...options, rows: { stop: 0 } });
  const batches = [];
  for await (const batch of table.batches(options))
    batches.push({ columns: batch.columns.map(batchColumn), rowCount: batch.length });
  const columns = none.columns.map(({ column }) => columnAsRead(column));
  return (await open(await fitsBytes([tableHdu({ columns, batches })]))).table(1);
}

describe("stored values", () => {
  it("are the numbers of the file, and none of them is null", async () => {
    const batch = await (await scaledTable()).select(raw);
    for (const data of batch.columns) {
      expect([data.column.name, plain([...data])]).toEqual([
        data.column.name,
        plain(stored[data.column.name]),
      ]);
      expect(data.dtype).toBe(data.column.dtype);
      expect(data.nullCount).toBe(0);
    }
    expect((await (await scaledTable()).column("n", raw)).nullCount).toBe(0);
    expect((await (await scaledTable()).column("n")).nullCount).toBe(1);
  });
  it("are what Arrow, Parquet, JSON and NDJSON hold", async () => {
    const table = await scaledTable();
    const arrow = tableFromIPC(await bytesOf(toArrowFile(table, raw)));
    const parquet = await parquetReadObjects({ file: (await bytesOf(toParquet(table, raw))).buffer });
    const columnar = JSON.parse(await textOf(toJson(table, { ...raw, columns: ["s", "u", "b", "n", "v"] })));
    const lines = (await textOf(toNdjson(table, { ...raw, columns: ["s", "u", "b", "n", "v"] })))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    for (const [name, cells] of Object.entries(stored)) {
      expect([name, plain(arrow.getChild(name))]).toEqual([name, plain(cells)]);
      expect([name, plain(parquet.map((row) => row[name]))]).toEqual([name, plain(cells)]);
    }
    for (const { name, values } of columnar.columns) {
      expect(values).toEqual(stored[name]);
      expect(lines.map((row) => row[name])).toEqual(stored[name]);
    }
    expect(await textOf(toCsv(table, { ...raw, columns: ["s", "u", "n", "k"] }))).toBe(
      "s,u,n,k\r\n-5,32763,-99,-1\r\n0,-32768,7,-9223372036854775808\r\n32767,-1,2147483647,9223372036854775807\r\n",
    );
  });
  it("are values of their own in a FITS file: no scaling is left there", async () => {
    const copy = await asFits(await scaledTable(), raw);
    for (const options of [{}, raw]) {
      const batch = await copy.select(options);
      for (const data of batch.columns) expect(plain([...data])).toEqual(plain(stored[data.column.name]));
    }
    expect([...copy.header].some(({ keyword }) => /^T(SCAL|ZERO|NULL)\d/.test(keyword))).toBe(false);
  });
  it("stay apart from the values that a condition is on", async () => {
    const batch = await (await scaledTable()).select({ raw: true, where: "s > 10", columns: ["s", "u"] });
    expect(batch.columns.map((data) => [...data])).toEqual([[32767], [-1]]);
    expect([...(await (await scaledTable()).column("n", { raw: true, where: "n is null" }))]).toEqual([-99]);
  });
  it("of an ASCII table are its numbers; a null text that is no number stays null", async () => {
    const table = await openTable({
      ascii: true,
      columns: { a: "I4", b: "F6.2", c: "A3" },
      rows: ascii(" -99  1.50N/A   7***   abc"),
      rowBytes: 13,
      cards: {
        ...{ TBCOL1: 1, TBCOL2: 5, TBCOL3: 11 },
        ...{ TNULL1: "-99", TNULL2: "***", TNULL3: "N/A", TSCAL2: 2 },
      },
    });
    const cells = async (options: BatchOptions): Promise<unknown[]> =>
      (await table.select(options)).columns.map((data) => [...data]);
    expect(await cells(raw)).toEqual([
      [-99, 7],
      [1.5, null],
      ["N/A", "abc"],
    ]);
    expect(await cells({})).toEqual([
      [null, 7],
      [3, null],
      [null, "abc"],
    ]);
    const copy = await asFits(table, raw);
    expect((await copy.select()).columns.map((data) => [...data].map((v) => (v === null ? "-" : v)))).toEqual(
      [
        [-99, 7],
        [1.5, Number.NaN],
        ["N/A", "abc"],
      ],
    );
  });
});

describe("a batch of another type than its column's", () => {
  it("is refused in every format", async () => {
    const table = await scaledTable();
    async function* wrong(): AsyncGenerator<Batch> {
      yield* table.batches({ raw: true });
    }
    const lying = { ...table, batches: wrong } as TableHdu;
    for (const made of [toCsv, toJson, toNdjson, toArrowFile, toParquet])
      await expect(bytesOf(made(lying))).rejects.toMatchObject({ code: "WRONG_TYPE" });
  });
});
