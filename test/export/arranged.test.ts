/** Rows in another order, at random, in groups; columns that are computed. */
import { open, type TableHdu } from "fitslice";
import {
  computedTable,
  groupedRows,
  sampledRowNumbers,
  sortedRowNumbers,
  toCsv,
  toEcsv,
  toParquet,
  toTsv,
} from "fitslice/export";
import { fitsBytes, tableFileHdus, tableHdu } from "fitslice/write";
import { parquetReadObjects } from "hyparquet";
import { beforeAll, describe, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { openTable, remoteTable, rowsOf } from "../table/made.js";

let fits: Awaited<ReturnType<typeof open>>;
let table: TableHdu;

beforeAll(async () => {
  fits = await open(await exampleFile());
  table = await fits.table("CATALOG");
});

async function text(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  let all = "";
  for await (const piece of pieces) all += new TextDecoder().decode(piece);
  return all;
}

/** Rows of n (J, -1 is null), x (E, one NaN) and s (2A). */
const small = () =>
  openTable({
    columns: { n: "J", x: "E", s: "3A" },
    cards: { TNULL1: -1, TUNIT2: "Jy", TCOMM2: 'a flux, "raw"' },
    rowBytes: 11,
    rows: rowsOf(4, 11, (view, row) => {
      view.setInt32(0, [3, -1, 1, 2][row]!);
      view.setFloat32(4, [0.1, 2, Number.NaN, -0][row]!);
      const text = ["a\tb", 'c"', " y", "z"][row]!;
      for (const [i, character] of [...text].entries()) view.setUint8(8 + i, character.charCodeAt(0));
    }),
  });

describe("rowNumbers", () => {
  test("are the rows in the order given, in every way to read", async () => {
    const rowNumbers = [150, 3, 3, 0];
    const { columns, length } = await table.select({ columns: ["id", "class"], rowNumbers });
    expect(length).toBe(4);
    expect([...columns[0]!]).toEqual(rowNumbers.map((row) => 9007199254740993n + BigInt(row)));
    expect([...columns[1]!]).toEqual(["GALAXY", "GALAXY", "GALAXY", "STAR"]);
    const batches = [];
    for await (const batch of table.batches({ columns: ["flag"], rowNumbers, batchRows: 3, limit: 4 }))
      batches.push([batch.length, batch.rowNumber(0), ...batch.columns[0]!]);
    expect(batches).toEqual([
      [3, 150, 0, 0, 0],
      [1, 0, 0],
    ]);
    const copy = await open(await fitsBytes(tableFileHdus(fits, table, { rowNumbers })));
    expect([...(await (await copy.table()).column("mag"))]).toEqual([
      ...(await table.column("mag", { rowNumbers })),
    ]);
    await expect(table.select({ rowNumbers: [200] })).rejects.toThrow(
      "rowNumbers has 200, and the table's 200 rows",
    );
    await expect(table.select({ rowNumbers: [0], where: "flag = 1" })).rejects.toMatchObject({
      code: "BAD_ARGUMENT",
    });
    expect((await table.select({ rowNumbers: [] })).length).toBe(0);
  });
  test("read the bytes of these rows alone where they are far apart", async () => {
    const rows = new Uint8Array(50_000 * 80).fill(1);
    const { hdu, profile } = await remoteTable({ columns: { a: "80A" }, rows, rowBytes: 80 });
    const before = profile.summary().bytes;
    await hdu.select({ rowNumbers: [40_000, 10] });
    expect(profile.summary().bytes - before).toBeLessThan(rows.length / 2);
  });
});

describe("sortedRowNumbers", () => {
  test("sorts by several columns, the rest in the order of the file; nulls and NaN last either way", async () => {
    const order = await sortedRowNumbers(table, [{ column: "class", descending: true }, { column: "mag" }], {
      rows: { stop: 60 },
    });
    const { columns } = await table.select({ columns: ["class", "mag"], rowNumbers: order });
    const mag = [...columns[1]!] as number[];
    expect([...columns[0]!].join("").match(/^(STAR)+(GALAXY)+$/)).not.toBeNull();
    expect(mag.slice(0, 15)).toEqual(mag.slice(0, 15).toSorted((a, b) => a - b));
    const odd = await small();
    expect([...(await sortedRowNumbers(odd, [{ column: "x" }]))]).toEqual([3, 0, 1, 2]);
    expect([...(await sortedRowNumbers(odd, [{ column: "x", descending: true }]))]).toEqual([1, 0, 3, 2]);
    expect([...(await sortedRowNumbers(odd, [{ column: "n" }], { limit: 2 }))]).toEqual([2, 3]);
    expect([...(await sortedRowNumbers(odd, [{ column: "n" }], { where: "x > 1" }))]).toEqual([1]);
  });
});

describe("sampledRowNumbers", () => {
  test("gives the same rows for the same seed, each once, in the order of the file", async () => {
    const sample = await sampledRowNumbers(table, 20, { seed: 5 });
    expect([...sample]).toEqual([...(await sampledRowNumbers(table, 20, { seed: 5 }))]);
    expect([...sample]).not.toEqual([...(await sampledRowNumbers(table, 20))]);
    expect(new Set(sample).size).toBe(20);
    expect([...sample]).toEqual([...sample.toSorted()]);
    expect(await sampledRowNumbers(table, 500)).toHaveLength(200);
  });
  test("of rows that pass gives each the same chance", async () => {
    const hits = new Map<number, number>();
    for (let seed = 0; seed < 200; seed++)
      for (const row of await sampledRowNumbers(table, 5, {
        seed,
        where: "class == 'STAR'",
        rows: { stop: 40 },
      }))
        hits.set(row, (hits.get(row) ?? 0) + 1);
    expect([...hits.keys()].toSorted((a, b) => a - b)).toEqual([0, 4, 8, 12, 16, 20, 24, 28, 32, 36]);
    // 100 each, with a deviation of 7.
    for (const count of hits.values()) expect(Math.abs(count - 100)).toBeLessThan(35);
  });
});

describe("groupedRows", () => {
  test("has figures of the values that are neither null nor NaN, nulls last", async () => {
    const groups = await groupedRows(
      await small(),
      ["n"],
      [{ of: "count" }, { of: "count", column: "x" }, { of: "mean", column: "x", name: "m" }],
    );
    const made = await (await open(await fitsBytes([tableHdu(groups)]))).table();
    const third = Math.fround(0.1);
    expect(made.columns.map(({ name, unit }) => [name, unit])).toEqual([
      ["n", undefined],
      ["count", undefined],
      ["count_x", undefined],
      ["m", "Jy"],
    ]);
    const { columns } = await made.select();
    expect(columns.map((column) => [...column])).toEqual([
      [1n, 2n, 3n, null],
      [1n, 1n, 1n, 1n],
      [0n, 1n, 1n, 1n],
      [Number.NaN, 0, third, 2],
    ]);
  });
  test("keeps 64-bit integers, signed or not, with all their digits, and nulls apart from them", async () => {
    const [low, high] = [-(2n ** 63n), 2n ** 64n - 1n];
    const bytes = await fitsBytes([
      tableHdu({
        columns: [
          { name: "g", format: "J" },
          { name: "u", format: "K", null: 5n - 2n ** 63n },
          { name: "k", format: "K", null: 7n },
        ],
        batches: [
          {
            columns: [
              { values: Int32Array.of(1, 1, 2, 3) },
              { values: BigUint64Array.of(high, 0n, 2n ** 53n + 1n, 0n), valid: Uint8Array.of(7) },
              { values: BigInt64Array.of(low, 2n ** 53n + 1n, low + 1n, 0n), valid: Uint8Array.of(7) },
            ],
          },
        ],
      }),
    ]);
    const source = await (await open(bytes)).table();
    const made = async (by: string, of: Parameters<typeof groupedRows>[2]): Promise<unknown[]> => {
      const groups = await groupedRows(source, [by], of);
      const grouped = await (await open(await fitsBytes([tableHdu(groups)]))).table();
      const rows = [];
      for await (const row of grouped.rows()) rows.push(Object.values(row));
      return rows;
    };
    const extremes = ["u", "k"].flatMap((column) => [
      { of: "min" as const, column },
      { of: "max" as const, column },
    ]);
    expect(await made("g", extremes)).toEqual([
      [1n, 0n, high, low, 2n ** 53n + 1n],
      [2n, 2n ** 53n + 1n, 2n ** 53n + 1n, low + 1n, low + 1n],
      [3n, null, null, null, null],
    ]);
    expect(await made("u", undefined)).toEqual([
      [0n, 1n],
      [2n ** 53n + 1n, 1n],
      [high, 1n],
      [null, 1n],
    ]);
  });
  test("knows sum, deviation, extremes and median", async () => {
    const of = (["sum", "std", "min", "max", "median"] as const).map((name) => ({
      of: name,
      column: "flag",
    }));
    const groups = await groupedRows(table, ["class"], of);
    const made = await (await open(await fitsBytes([tableHdu(groups)]))).table();
    const rows = [];
    for await (const row of made.rows()) rows.push(row);
    const flags = Array.from({ length: 200 }, (_, i) => i)
      .filter((i) => i % 4 !== 0)
      .map((i) => i % 3);
    const sum = flags.reduce((a, b) => a + b, 0);
    const std = Math.sqrt(flags.reduce((a, b) => a + (b - sum / 150) ** 2, 0) / 150);
    expect(rows[0]).toMatchObject({
      class: "GALAXY",
      sum_flag: sum,
      min_flag: 0,
      max_flag: 2,
      median_flag: 1,
    });
    expect(rows[0]!["std_flag"]).toBeCloseTo(std, 12);
    await expect(groupedRows(table, ["class"], [{ of: "mean", column: "class" }])).rejects.toMatchObject({
      code: "WRONG_TYPE",
    });
  });
});

describe("computedTable", () => {
  const computations = [
    { name: "f", expression: "10 ** (-0.4 * mag)" },
    { name: "next", expression: "id + 1" },
    { name: "low", expression: "lower(class)" },
    { name: "bright", expression: "mag < 17" },
  ];
  test("has columns of numbers, 64-bit integers, text and logicals, in every format", async () => {
    const computed = computedTable(table, computations);
    const options = { columns: ["next", "f", "low", "bright", "dec"], rows: { stop: 1 } };
    const f = 10 ** -6.4;
    expect(await text(toCsv(computed, options))).toBe(
      `next,f,low,bright,dec\r\n9007199254740994,${f},star,true,2\r\n`,
    );
    const pieces = [];
    for await (const piece of toParquet(computed, options)) pieces.push(piece);
    const file = Buffer.concat(pieces);
    const parquet = await parquetReadObjects({
      file: file.buffer.slice(file.byteOffset, file.byteOffset + file.length),
    });
    expect(parquet).toEqual([{ next: 9007199254740994n, f, low: "star", bright: true, dec: 2 }]);
    const made = await (await open(await fitsBytes(tableFileHdus(fits, computed, options)))).table();
    const rows = [];
    for await (const row of made.rows()) rows.push(row);
    expect(rows).toEqual([{ next: 9007199254740994n, f, low: "star", bright: true, dec: 2 }]);
    expect((await computed.column("f", { limit: 1 })).get(0)).toBe(f);
  });
  test("is null where a value is that it needs", async () => {
    const computed = computedTable(await small(), [{ name: "m", expression: "n * 2" }]);
    expect([...(await computed.column("m"))]).toEqual([6, null, 2, 4]);
  });
  test("reads the columns that it names, and no others", async () => {
    const rows = new Uint8Array(20_000 * 1008);
    const { hdu, profile } = await remoteTable({
      columns: { a: "J", b: "1000A", c: "J" },
      rows,
      rowBytes: 1008,
    });
    await computedTable(hdu, [{ name: "x", expression: "a + 1" }]).select({
      columns: ["x"],
      rows: { stop: 1 },
    });
    expect(profile.summary().bytes).toBeLessThan(1008 * 1000);
  });
  test("says where an expression is wrong", () => {
    expect(() => computedTable(table, [{ name: "x", expression: "log10(mug)" }])).toThrow(
      "column x=log10(mug): no column 'mug' (strings go in single quotes), at character 7",
    );
  });
});

test("TSV has no quotes: tabs, line ends and backslashes are escaped", async () => {
  expect(await text(toTsv(await small()))).toBe('n\tx\ts\n3\t0.1\ta\\tb\n\t2\tc"\n1\tNaN\t y\n2\t-0.0\tz\n');
});

test("ECSV has types, units and descriptions in its header", async () => {
  expect((await text(toEcsv(await small()))).split("\n")).toEqual([
    "# %ECSV 1.0",
    "# ---",
    "# datatype:",
    '# - {name: "n", datatype: "int32"}',
    '# - {name: "x", unit: "Jy", datatype: "float32", description: "a flux, \\"raw\\""}',
    '# - {name: "s", datatype: "string"}',
    "# schema: astropy-2.0",
    "n x s",
    '3 0.1 "a\tb"',
    '"" 2 "c"""',
    '1 nan " y"',
    "2 -0.0 z",
    "",
  ]);
});
