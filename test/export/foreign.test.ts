/**
 * Arrow and Parquet files of others as FITS tables.
 */
import * as arrow from "apache-arrow";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { fromArrow, fromParquet, type ImportedTable } from "../../src/export/index.js";
import { lz4Block, lz4Frame } from "../../src/export/lz4.js";
import type { TableHdu } from "../../src/hdu/table.js";
import { open } from "../../src/open.js";
import { fitsBytes, tableHdu } from "../../src/write/index.js";
import { exact } from "./read.js";

async function asFits(imported: ImportedTable): Promise<TableHdu> {
  return (await open(await fitsBytes([tableHdu(imported)]))).table(1);
}

async function cellsOf(table: TableHdu): Promise<Record<string, unknown[]>> {
  const { columns } = await table.select();
  return Object.fromEntries(columns.map((data) => [data.column.name, [...data].map(exact)]));
}

const vector = arrow.vectorFromArray;
const item = (type: arrow.DataType): arrow.Field => new arrow.Field("item", type, true);

describe("an Arrow file of others", () => {
  const table = new arrow.Table({
    i: vector([1, 2, null], new arrow.Int32()),
    u: vector([1n, null, 2n ** 64n - 1n], new arrow.Uint64()),
    b: vector([-128, null, 127], new arrow.Int8()),
    s: vector(["x", null, "é"], new arrow.Utf8()),
    f: vector([1.5, null, -0], new arrow.Float32()),
    l: vector([true, null, false], new arrow.Bool()),
    t: vector([new Date(0), null, new Date(1e12)], new arrow.TimestampMillisecond()),
    d: vector(["p", "q", "p"]),
    v: vector([[1, null], [], null], new arrow.List(item(new arrow.Int16()))),
    w: vector([[1, 2], null, [5, 6]], new arrow.FixedSizeList(2, item(new arrow.Float64()))),
    m: vector(
      [
        [
          [1, 2],
          [3, 4],
        ],
        [],
        [[5, 6]],
      ],
      new arrow.List(item(new arrow.List(item(new arrow.Int32())))),
    ),
    ragged: vector(
      [[[1], [3, 4]], [], [[5, 6]]],
      new arrow.List(item(new arrow.List(item(new arrow.Int32())))),
    ),
    text: vector([["a"], [], ["b"]], new arrow.List(item(new arrow.Utf8()))),
    struct: vector([{ x: 1 }, { x: 2 }, { x: 3 }]),
  });
  it.each(["file", "stream"] as const)("is a FITS table, as %s", async (kind) => {
    const imported = await fromArrow(arrow.tableToIPC(table, kind));
    expect(imported.warnings.map((text) => /column '(\w+)' is left out/.exec(text)?.[1])).toEqual([
      "struct",
      "ragged",
      "text",
    ]);
    const hdu = await asFits(imported);
    expect(hdu.columns.map(({ format }) => format.replace(/\(.*/, ""))).toEqual([
      "1J",
      "1K",
      "1B",
      "2A",
      "1E",
      "1L",
      "23A",
      "1A",
      "1PI",
      "2D",
      "1PJ",
    ]);
    expect(await cellsOf(hdu)).toEqual({
      i: ["1", "2", null],
      u: ["1", null, "18446744073709551615"],
      b: ["-128", null, "127"],
      s: ["x", "", "é"],
      f: ["1.5", "NaN", "-0"],
      l: [true, null, false],
      t: ["1970-01-01T00:00:00.000", "", "2001-09-09T01:46:40.000"],
      d: ["p", "q", "p"],
      v: [["1", null], [], []],
      w: [
        ["1", "2"],
        ["NaN", "NaN"],
        ["5", "6"],
      ],
      m: [
        [
          ["1", "2"],
          ["3", "4"],
        ],
        [],
        [["5", "6"]],
      ],
    });
  });
  it("has times told that are cut, and refused that are none", async () => {
    const times = (type: arrow.DataType, value: number): Promise<ImportedTable> =>
      fromArrow(arrow.tableToIPC(new arrow.Table({ t: vector([value], type) })));
    expect((await times(new arrow.TimestampMicrosecond(), 1000)).warnings).toEqual([
      expect.stringMatching(/'t' holds times finer than milliseconds/),
    ]);
    expect((await times(new arrow.TimestampMillisecond(), 1000)).warnings).toEqual([]);
    await expect(times(new arrow.TimestampMillisecond(), 9e15)).rejects.toMatchObject({ code: "BAD_DATA" });
  });
  it("has a null value that no value equals", async () => {
    const all = Array.from({ length: 256 }, (_, i) => (i === 77 ? null : i));
    const bytes = arrow.tableToIPC(new arrow.Table({ a: vector(all, new arrow.Uint8()) }));
    const hdu = await asFits(await fromArrow(bytes));
    expect(hdu.columns[0]!.null).toBe(77n);
    expect([...(await hdu.column(0))]).toEqual(all);
    const full = vector([...all.map((_, i) => i), null], new arrow.Uint8());
    const { columns, warnings } = await fromArrow(arrow.tableToIPC(new arrow.Table({ full })));
    expect([columns.length, warnings]).toEqual([0, [expect.stringContaining("no integer is left")]]);
  });
  it("may be empty, and is refused where it is none", async () => {
    const none = arrow.tableToIPC(
      new arrow.Table(new arrow.Schema([new arrow.Field("a", new arrow.Int32())])),
    );
    expect((await asFits(await fromArrow(none))).rowCount).toBe(0);
    await expect(fromArrow(new Uint8Array(100))).rejects.toMatchObject({ code: "BAD_DATA" });
    const cut = arrow.tableToIPC(table, "file");
    await expect(fromArrow(cut.subarray(0, cut.length >> 1))).rejects.toMatchObject({ code: "BAD_DATA" });
  });
});

describe("a Parquet file of others", () => {
  it("is a FITS table", async () => {
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: "i", data: [1, null, 3], type: "INT32" },
        { name: "s", data: ["a", "bcd", null], type: "STRING" },
        { name: "t", data: [new Date(0), null, new Date(1e12)], type: "TIMESTAMP" },
        { name: "l", data: [true, false, null], type: "BOOLEAN" },
        { name: "d", data: [1.5, null, Number.NaN], type: "DOUBLE" },
      ],
    });
    const hdu = await asFits(await fromParquet(new Uint8Array(bytes)));
    expect(await cellsOf(hdu)).toEqual({
      i: ["1", null, "3"],
      s: ["a", "bcd", ""],
      t: ["1970-01-01T00:00:00.000", "", "2001-09-09T01:46:40.000"],
      l: [true, false, null],
      d: ["1.5", "NaN", "NaN"],
    });
  });
  it("has decimals as the doubles that are nearest, and tells where these are too short", async () => {
    const decimal = (precision: number, scale: number) =>
      ({ type: "INT64", converted_type: "DECIMAL", precision, scale }) as const;
    const bytes = parquetWriteBuffer({
      columnData: [
        { name: "short", data: [0.3, 1.1, -99999.99] },
        { name: "long", data: [0.5, 1, 2] },
      ],
      schema: [
        { name: "root", num_children: 2 },
        { name: "short", repetition_type: "REQUIRED", ...decimal(9, 2) },
        { name: "long", repetition_type: "REQUIRED", ...decimal(18, 1) },
      ],
    });
    const imported = await fromParquet(new Uint8Array(bytes));
    expect(imported.warnings).toEqual([expect.stringMatching(/'long' holds decimals of 18 digits/)]);
    expect(await cellsOf(await asFits(imported))).toEqual({
      short: ["0.3", "1.1", "-99999.99"],
      long: ["0.5", "1", "2"],
    });
  });
  it("may have columns of any name", async () => {
    const names = ["__proto__", "constructor", "toString"];
    const bytes = parquetWriteBuffer({
      columnData: names.map((name, i) => ({ name, data: [i, 7], type: "INT32" as const })),
    });
    const { columns } = await (await asFits(await fromParquet(new Uint8Array(bytes)))).select();
    expect(columns.map((data) => [data.column.name, ...data])).toEqual(names.map((name, i) => [name, i, 7]));
  });
  it("is refused in one line where it is none or cut off", async () => {
    const bytes = new Uint8Array(
      parquetWriteBuffer({ columnData: [{ name: "i", data: [1, 2, 3], type: "INT32" }] }),
    );
    for (const bad of [new Uint8Array(0), new Uint8Array(50), bytes.subarray(0, 40), bytes.subarray(10)]) {
      const error: Error = await fromParquet(bad).then(
        () => new Error("it was read"),
        (reason) => reason,
      );
      expect(error).toMatchObject({ code: "BAD_DATA" });
      expect(error.message).not.toContain("\n");
    }
  });
});

describe("LZ4", () => {
  const text = `${"stars and stars and stars and galaxies, ".repeat(12)}end of it`;
  // Made with lz4-wasm.
  const block = Buffer.from("r3N0YXJzIGFuZCAKAAGfZ2FsYXhpZXMsHgACBjIADygA/4iQZW5kIG9mIGl0", "base64");
  const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const frame = (flags: number, ...parts: Uint8Array[]): Uint8Array =>
    Buffer.concat([Uint8Array.of(0x04, 0x22, 0x4d, 0x18, flags, 0x40, 0), ...parts, new Uint8Array(4)]);
  const sized = (length: number): Uint8Array => {
    const word = Buffer.alloc(4);
    word.writeUInt32LE(length);
    return word;
  };
  it("is decoded, blocks and frames", () => {
    expect(decoded(lz4Block(block, text.length))).toBe(text);
    expect(decoded(lz4Frame(frame(0x60, sized(block.length), block)))).toBe(text);
    const stored = Buffer.from("as it is");
    const parts = [sized(block.length), block, sized(0x80000000 + stored.length), stored];
    expect(decoded(lz4Frame(frame(0x60, ...parts)))).toBe(`${text}as it is`);
    expect(lz4Frame(frame(0x60)).length).toBe(0);
  });
  it("that is damaged is refused", () => {
    const bad = { code: "BAD_DATA" };
    expect(() => lz4Block(block, 10)).toThrowError(expect.objectContaining(bad));
    expect(() => lz4Block(Uint8Array.of(0x10, 65, 9, 0), 99)).toThrowError(expect.objectContaining(bad));
    expect(() => lz4Block(Uint8Array.of(0xf0), 99)).toThrowError(expect.objectContaining(bad));
    expect(() => lz4Frame(new Uint8Array(20))).toThrowError(expect.objectContaining(bad));
    expect(() => lz4Frame(frame(0x60, sized(99), block))).toThrowError(expect.objectContaining(bad));
  });
});
