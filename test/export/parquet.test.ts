/**
 * Parquet files from within: dictionaries, statistics, nested lists, no columns.
 */
import { tableFromIPC } from "apache-arrow";
import { type ColumnMetaData, parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { toArrowFile, toCsv, toJson, toParquet } from "../../src/export/index.js";
import type { TableHdu } from "../../src/hdu/table.js";
import { open } from "../../src/open.js";
import { fitsBytes, type TableBatch, tableHdu, type WriteColumn } from "../../src/write/index.js";
import { openTable } from "../table/made.js";
import { bytesOf, exact, textOf } from "./read.js";

/** A table of one column for each entry. */
async function tableOf(
  columns: Record<string, Omit<WriteColumn, "name"> & { values: unknown; valid?: Uint8Array }>,
) {
  const batch = {
    columns: Object.values(columns).map(({ values, valid }) => ({ values, ...(valid && { valid }) })),
  } as unknown as TableBatch;
  const hdu = tableHdu({
    columns: Object.entries(columns).map(([name, column]) => ({ ...column, name })),
    batches: [batch],
  });
  return (await open(await fitsBytes([hdu]))).table(1);
}

async function chunksOf(table: TableHdu): Promise<Record<string, ColumnMetaData>> {
  const { row_groups } = parquetMetadata((await bytesOf(toParquet(table))).buffer);
  return Object.fromEntries(
    row_groups[0]!.columns.map(({ meta_data }) => [meta_data!.path_in_schema[0]!, meta_data!]),
  );
}

describe("dictionaries", () => {
  const count = 3000;
  const column = (format: string, values: unknown) => ({ format, values });
  it("are there where values come again, of any type, and read back equal", async () => {
    const table = await tableOf({
      words: column(
        "8A",
        Array.from({ length: count }, (_, i) => ["STAR", "GALAXY", ""][i % 3]!),
      ),
      small: column(
        "I",
        Int16Array.from({ length: count }, (_, i) => i % 7),
      ),
      wide: column(
        "K",
        BigInt64Array.from({ length: count }, (_, i) => BigInt(i % 5) << 60n),
      ),
      single: column(
        "E",
        Float32Array.from({ length: count }, (_, i) => [-0, 0, Number.NaN, 1.5][i % 4]!),
      ),
      double: column(
        "D",
        Float64Array.from({ length: count }, (_, i) => [-0, 0, 1e300][i % 3]!),
      ),
      vector: column(
        "2J",
        Int32Array.from({ length: 2 * count }, (_, i) => i % 3),
      ),
      array: column("1PJ", {
        offsets: Array.from({ length: count + 1 }, (_, i) => i),
        values: Int32Array.from({ length: count }, (_, i) => i % 2),
      }),
      one: column("J", new Int32Array(count).fill(5)),
      each: column(
        "J",
        Int32Array.from({ length: count }, (_, i) => i * 7919),
      ),
      flag: column("L", new Uint8Array(count).fill(1)),
    });
    const chunks = await chunksOf(table);
    for (const name of ["words", "small", "wide", "single", "double", "vector", "array", "one"]) {
      expect([name, chunks[name]!.encodings]).toEqual([name, ["PLAIN", "RLE", "RLE_DICTIONARY"]]);
      expect(Number(chunks[name]!.dictionary_page_offset)).toBeLessThan(
        Number(chunks[name]!.data_page_offset),
      );
    }
    for (const name of ["each", "flag"]) expect(chunks[name]!.dictionary_page_offset).toBeUndefined();
    for (const compression of ["none", "snappy"] as const) {
      const file = (await bytesOf(toParquet(table, { compression }))).buffer;
      const rows = await parquetReadObjects({ file });
      for (const data of (await table.select()).columns) {
        const { name } = data.column;
        expect([name, rows.map((row) => exact(row[name]))]).toEqual([name, [...data].map(exact)]);
      }
    }
  });
  it("make the file shorter", async () => {
    const words = Array.from({ length: count }, (_, i) => `${"a long name of a class of objects"} ${i % 50}`);
    const table = await tableOf({ words: column("40A", words) });
    expect((await bytesOf(toParquet(table, { compression: "none" }))).length).toBeLessThan(10_000);
  });
});

describe("statistics", () => {
  const bounds = ({ statistics }: ColumnMetaData): unknown[] => [
    statistics?.min_value,
    statistics?.max_value,
    statistics?.null_count,
  ];
  it("are there for every type", async () => {
    const valid = Uint8Array.of(0b101);
    const table = await tableOf({
      k: { format: "K", values: BigInt64Array.of(5n, -(2n ** 62n), 2n ** 40n) },
      uk: { format: "K", values: BigUint64Array.of(5n, 2n ** 64n - 1n, 2n ** 40n) },
      uj: { format: "J", values: Uint32Array.of(5, 2 ** 32 - 1, 7) },
      b: { format: "B", values: Int8Array.of(-3, 4, 0) },
      n: { format: "J", null: 99, values: Int32Array.of(5, 0, 7), valid },
      nk: { format: "K", null: 99, values: BigInt64Array.of(5n, 0n, 7n), valid },
      s: { format: "4A", values: ["b", "abc", "ab"] },
      l: { format: "L", values: Uint8Array.of(1, 1, 1) },
      nl: { format: "L", values: Uint8Array.of(1, 0, 0), valid },
      x: { format: "3X", values: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0) },
      f: { format: "E", values: Float32Array.of(Number.NaN, -1.5, 0) },
      nan: { format: "D", values: new Float64Array(3).fill(Number.NaN) },
      v: { format: "1PJ", values: { offsets: [0, 2, 2, 3], values: Int32Array.of(4, -4, 9) } },
      c: { format: "C", values: new Float32Array(6) },
    });
    const chunks = await chunksOf(table);
    expect(Object.fromEntries(Object.entries(chunks).map(([name, chunk]) => [name, bounds(chunk)]))).toEqual({
      k: [-(2n ** 62n), 2n ** 40n, 0n],
      uk: [5n, 2n ** 64n - 1n, 0n],
      uj: [5, 2 ** 32 - 1, 0n],
      b: [-3, 4, 0n],
      n: [5, 7, 1n],
      nk: [5n, 7n, 1n],
      s: ["ab", "b", 0n],
      l: [true, true, 0n],
      nl: [false, true, 1n],
      x: [false, true, 0n],
      f: [-1.5, 0, 0n],
      nan: [undefined, undefined, 0n],
      v: [-4, 9, 1n],
      c: [undefined, undefined, 0n],
    });
  });
});

describe("variable arrays with a TDIM", () => {
  it("are lists of lists in every format that has them", async () => {
    const values = Int16Array.from({ length: 18 }, (_, i) => i);
    const table = await tableOf({
      a: { format: "1PI", dim: "(3,2,9)", values: { offsets: [0, 12, 12, 18], values } },
    });
    const cells = [
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
      [],
      [
        [
          [12, 13, 14],
          [15, 16, 17],
        ],
      ],
    ];
    expect([...(await table.column("a"))]).toEqual(cells);
    expect(JSON.parse(await textOf(toJson(table))).columns[0].values).toEqual(cells);
    expect(Array.from(tableFromIPC(await bytesOf(toArrowFile(table))).getChild("a")!, exact)).toEqual(
      cells.map(exact),
    );
    const rows = await parquetReadObjects({ file: (await bytesOf(toParquet(table))).buffer });
    expect(rows.map(({ a }) => a)).toEqual(cells);
  });
  it("that a cell does not fill end in a shorter list", async () => {
    const values = Int16Array.of(1, 2, 3, 4, 5);
    const table = await tableOf({ a: { format: "1PI", dim: "(2,3)", values: { offsets: [0, 5], values } } });
    const wanted = [["1", "2"], ["3", "4"], ["5"]];
    expect(
      exact(
        tableFromIPC(await bytesOf(toArrowFile(table)))
          .getChild("a")!
          .get(0),
      ),
    ).toEqual(wanted);
    const rows = await parquetReadObjects({ file: (await bytesOf(toParquet(table))).buffer });
    expect(exact(rows[0]!["a"])).toEqual(wanted);
  });
});

describe("tables without columns", () => {
  it("keep their rows", async () => {
    const table = await openTable({
      columns: {},
      rows: new Uint8Array(0),
      rowBytes: 0,
      cards: { NAXIS2: 300 },
    });
    const file = (await bytesOf(toParquet(table))).buffer;
    const metadata = parquetMetadata(file);
    expect([metadata.num_rows, metadata.schema.length, metadata.created_by]).toEqual([300n, 1, "fitslice"]);
    expect(metadata.key_value_metadata?.map(({ key }) => key)).toEqual(["fits", "ARROW:schema"]);
    expect((await parquetReadObjects({ file })).length).toBe(300);
  });
});

describe("CSV of one column", () => {
  it("has no line without anything, which readers pass over", async () => {
    const table = await tableOf({ a: { format: "2A", values: ["x", "", "y"] } });
    expect(await textOf(toCsv(table))).toBe('a\r\nx\r\n""\r\ny\r\n');
    const numbers = await tableOf({
      a: { format: "I", null: 9, values: Int16Array.of(1, 0), valid: Uint8Array.of(1) },
    });
    expect(await textOf(toCsv(numbers))).toBe('a\r\n1\r\n""\r\n');
    const two = await tableOf({ a: { format: "1A", values: [""] }, b: { format: "1A", values: [""] } });
    expect(await textOf(toCsv(two))).toBe("a,b\r\n,\r\n");
  });
  it("keeps the sign of zero", async () => {
    const table = await tableOf({ a: { format: "E", values: Float32Array.of(-0, 0) } });
    expect(await textOf(toCsv(table))).toBe("a\r\n-0.0\r\n0\r\n");
  });
});
