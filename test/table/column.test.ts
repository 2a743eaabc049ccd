/**
 * Columns as headers describe them, those of hostile headers too.
 */

import { describe, expect, it } from "vitest";
import type { TableHdu } from "../../src/hdu/table.js";
import { asciiColumns, parseFortran } from "../../src/table/ascii.js";
import { binaryColumns, type Keywords } from "../../src/table/column.js";
import { parseDim, parseFormat } from "../../src/table/format.js";
import { ascii, type Cards, openTable, rowsOf } from "./made.js";

const keywords = (cards: Cards): Keywords => ({
  get: (keyword) => cards[keyword],
  all: (keyword) => {
    const value = cards[keyword];
    return value === undefined ? [] : [{ keyword, value, comment: "", raw: "" }];
  },
});

describe("TFORM", () => {
  it.each([
    ["J", { code: "J", repeat: 1, width: 4 }],
    ["3I", { code: "I", repeat: 3, width: 6 }],
    ["0D", { code: "D", repeat: 0, width: 0 }],
    ["13X", { code: "X", repeat: 13, width: 2 }],
    ["2M", { code: "M", repeat: 2, width: 32 }],
    ["60A12", { code: "A", repeat: 60, stringBytes: 12, width: 60 }],
    ["60A:SSTR12/032", { code: "A", repeat: 60, stringBytes: 12 }],
    ["A7", { code: "A", repeat: 7, stringBytes: 7, width: 7 }],
    ["PE(5)", { code: "E", descriptor: "P", repeat: 1, width: 8 }],
    ["1QB(162)", { code: "B", descriptor: "Q", repeat: 1, width: 16 }],
    ["0PJ", { code: "J", descriptor: "P", repeat: 0, width: 0 }],
    ["1e", { code: "E" }],
  ])("%s", (format, expected) => {
    expect(parseFormat(format)).toMatchObject(expected);
  });

  it.each(["", "Z", "-1J", "1.5D", "99999999999999999999J", "J J"].slice(0, 5))("'%s' is none", (format) => {
    expect(parseFormat(format)).toBeUndefined();
  });

  it("TDIM is turned to C order", () => {
    expect(parseDim("(4,3, 2)")).toEqual([2, 3, 4]);
    expect(parseDim("4,3")).toBeUndefined();
    expect(parseDim("(4,-3)")).toBeUndefined();
  });
});

describe("binary columns", () => {
  it("are unsigned by their TZERO, signed bytes too", () => {
    const { columns } = binaryColumns(
      keywords({
        ...{
          TFIELDS: 5,
          TFORM1: "B",
          TZERO1: -128,
          TFORM2: "I",
          TZERO2: 32768,
          TFORM3: "J",
          TZERO3: 2147483648,
        },
        ...{ TFORM4: "K", TZERO4: 2 ** 63, TFORM5: "I", TZERO5: 32768, TSCAL5: 2 },
      }),
      17,
    );
    expect(columns.map(({ dtype }) => dtype)).toEqual(["int8", "uint16", "uint32", "uint64", "float64"]);
  });

  it("after one whose TFORM makes no sense are found by the rest of the row", () => {
    const { columns, warnings } = binaryColumns(
      keywords({ TFIELDS: 3, TFORM1: "J", TFORM2: "7!", TFORM3: "D" }),
      20,
    );
    expect(columns.map(({ offset, problem }) => [offset, problem === undefined])).toEqual([
      [0, true],
      [4, false],
      [12, true],
    ]);
    expect(warnings).toHaveLength(1);
  });

  it("do not follow a lying TFIELDS", () => {
    const { columns, warnings } = binaryColumns(keywords({ TFIELDS: 1e9, TFORM1: "J", TFORM2: "E" }), 8);
    expect(columns.map(({ format }) => format)).toEqual(["J", "E"]);
    expect(warnings[0]).toContain("TFIELDS is 1000000000");
  });

  it("that end behind the row are a problem of their own", () => {
    const { columns } = binaryColumns(keywords({ TFIELDS: 2, TFORM1: "J", TFORM2: "J" }), 6);
    expect(columns.map(({ problem }) => problem === undefined)).toEqual([true, false]);
  });

  it("of any name are read, the same name twice too", async () => {
    const rows = Uint8Array.of(1, 2, 3);
    const cards = { TFIELDS: 3, TFORM2: "B", TFORM3: "B", TTYPE2: "é\u0000 x", TTYPE3: "A" };
    const hdu = await openTable({ columns: { A: "B" }, rows, rowBytes: 3, cards });
    expect((await hdu.select()).columns.map((data) => data.get(0))).toEqual([1, 2, 3]);
    expect((await hdu.column("A")).get(0)).toBe(1);
    expect((await hdu.column(2)).get(0)).toBe(3);
  });
});

describe("cells", () => {
  it("of strings end at a NUL and lose trailing blanks, not leading ones", async () => {
    const rows = ascii("ab\0cdef" + "  a b  " + "\0bcdefg" + "abcdefg");
    const hdu = await openTable({ columns: { s: "7A" }, rows, rowBytes: 7 });
    expect([...(await hdu.column("s"))]).toEqual(["ab", "  a b", "", "abcdefg"]);
  });

  it("beyond ASCII are UTF-8 if they can be, else Latin-1", async () => {
    const rows = Uint8Array.of(0xc3, 0xa9, 0x20, 0xe9, 0x20, 0x20);
    const hdu = await openTable({ columns: { s: "3A" }, rows, rowBytes: 3 });
    expect([...(await hdu.column("s"))]).toEqual(["é", "é"]);
  });

  it("from 0x80 to 0x9f are controls on every platform, never windows-1252", async () => {
    const rows = Uint8Array.of(0x80, 0x85, 0x93, 0x9b, 0x9f);
    const hdu = await openTable({ columns: { s: "5A" }, rows, rowBytes: 5 });
    expect((await hdu.column("s")).get(0)).toBe("\u0080\u0085\u0093\u009b\u009f");
  });

  it("of substrings and of strings with TDIM are arrays", async () => {
    const rows = ascii("abc d ef gh ");
    const hdu = await openTable({
      columns: { s: "6A3", t: "6A" },
      rows,
      rowBytes: 12,
      cards: { TDIM2: "(2,3)" },
    });
    expect((await hdu.column("s")).get(0)).toEqual(["abc", " d"]);
    expect((await hdu.column("t")).get(0)).toEqual(["ef", " g", "h"]);
  });

  it("of floats keep the payload of a NaN", async () => {
    const rows = rowsOf(2, 12, (view) => {
      view.setUint32(0, 0x7fa00001);
      view.setUint32(4, 0x7ff00000);
      view.setUint32(8, 1);
    });
    const hdu = await openTable({ columns: { e: "E", d: "D" }, rows, rowBytes: 12 });
    const [e, d] = (await hdu.select()).columns;
    expect(e!.kind === "number" && new Uint32Array(e!.data.buffer)[1]).toBe(0x7fa00001);
    expect(d!.kind === "number" && [...new Uint32Array(d!.data.buffer)].sort()).toEqual([
      1, 1, 0x7ff00000, 0x7ff00000,
    ]);
  });

  it("of 64 bits are null where all of them are TNULL's", async () => {
    const values = [5n, 5n + (1n << 32n), 6n, -5n, 5n - (1n << 32n)];
    const rows = rowsOf(values.length, 8, (view, row) => view.setBigInt64(0, values[row]!));
    const hdu = await openTable({ columns: { k: "K" }, rows, rowBytes: 8, cards: { TNULL1: 5 } });
    expect([...(await hdu.column("k"))]).toEqual([null, ...values.slice(1)]);
  });

  it("come with their column's unit", async () => {
    const rows = Uint8Array.of(1, 2);
    const hdu = await openTable({ columns: { a: "B", b: "B" }, rows, rowBytes: 2, cards: { TUNIT1: "mag" } });
    expect((await hdu.select()).columns.map(({ unit }) => unit)).toEqual(["mag", undefined]);
  });

  it("are stored values when raw ones are asked for", async () => {
    const rows = Uint8Array.of(0x80, 0x01, 0xff, 0xff);
    const hdu = await openTable({
      columns: { u: "I", s: "I" },
      rows,
      rowBytes: 4,
      cards: { TZERO1: 32768, TSCAL2: 0.5, TZERO2: 1 },
    });
    expect((await hdu.select()).columns.map((data) => data.get(0))).toEqual([1, 0.5]);
    expect((await hdu.select({ raw: true })).columns.map((data) => data.get(0))).toEqual([-32767, -1]);
  });
});

describe("scaled columns", () => {
  it("of floats are scaled, too, in fields and in the heap", async () => {
    const hdu = await openTable({
      columns: { d: "D", v: "PE(1)" },
      rowBytes: 16,
      rows: rowsOf(1, 16, (view) => {
        view.setFloat64(0, 4);
        view.setInt32(8, 1);
      }),
      heap: rowsOf(1, 4, (view) => view.setFloat32(0, 6)),
      cards: { TSCAL1: 2.5, TZERO1: -1, TSCAL2: 0.5, TZERO2: 1 },
    });
    expect((await hdu.select()).columns.map((data) => data.get(0))).toEqual([9, [4]]);
    expect((await hdu.select({ raw: true })).columns.map((data) => data.get(0))).toEqual([4, [6]]);
  });

  it("of an ASCII table scale the 0 of a blank field", async () => {
    const hdu = await openTable({
      ascii: true,
      columns: { n: "I3" },
      rows: ascii("  2   "),
      rowBytes: 3,
      cards: { TBCOL1: 1, TSCAL1: 0.5, TZERO1: 10 },
    });
    expect([...(await hdu.column("n"))]).toEqual([11, 10]);
  });
});

describe("compressed tables", () => {
  it("of fpack have their heap at the THEAP of a table that had a gap, behind the declared data", async () => {
    const gap = 3000;
    const hdu = await openTable({
      columns: { n: "1QB(4)" },
      rowBytes: 16,
      rows: rowsOf(1, 16, (view) => view.setInt32(4, 4)),
      heap: Uint8Array.from({ length: gap + 4 }, (_, i) => (i < gap ? 0xff : i - gap)),
      cards: {
        PCOUNT: 4,
        THEAP: 16 + gap,
        ZTABLE: true,
        ZTILELEN: 4,
        ZNAXIS1: 1,
        ZNAXIS2: 4,
        ZFORM1: "B",
        ZCTYP1: "NOCOMPRESS",
      },
    });
    expect([...(await hdu.column("n"))]).toEqual([0, 1, 2, 3]);
  });
});

describe("THEAP of a compressed table without ZTHEAP", () => {
  const theapOf = async (THEAP: number): Promise<unknown> => {
    const zcards = {
      ZTABLE: true,
      ZTILELEN: 4,
      ZNAXIS1: 100,
      ZNAXIS2: 4,
      ZPCOUNT: 30,
      ZFORM1: "100B",
      ZCTYP1: "GZIP_1",
    };
    const rows = new Uint8Array(16);
    const hdu = await openTable({
      columns: { n: "1QB(4)" },
      rowBytes: 16,
      rows,
      cards: { THEAP, ...zcards },
    });
    return hdu.header.get("THEAP");
  };

  it("is that of before compression where it lies behind the rows of then, as fpack leaves it", async () => {
    expect(await theapOf(410)).toBe(410);
    expect(await theapOf(430)).toBe(430);
  });

  it("is that of the compressed table elsewhere", async () => {
    for (const theap of [16, 200, 431]) expect(await theapOf(theap)).toBeUndefined();
  });
});

describe("arrays behind the heap that the header declares", () => {
  const row = rowsOf(1, 8, (view) => {
    view.setInt32(0, 2);
    view.setInt32(4, 1);
  });
  const stale = (cards: Record<string, number>): Promise<TableHdu> =>
    openTable({ columns: { v: "PI(2)" }, rowBytes: 8, rows: row, heap: Uint8Array.of(9, 0, 5, 0, 6), cards });

  it.each([
    ["PCOUNT 0", { PCOUNT: 0 }],
    ["a PCOUNT that is too small", { PCOUNT: 3 }],
    ["a PCOUNT that does not count the gap before THEAP", { PCOUNT: 4, THEAP: 8 }],
  ])("are read with a warning: %s", async (_, cards) => {
    const hdu = await stale(cards);
    expect((await hdu.column("v")).get(0)).toEqual([5, 6]);
    expect(hdu.warnings).toEqual([expect.stringContaining("behind the heap of")]);
    expect((await hdu.column("v")).get(0)).toEqual([5, 6]);
    expect(hdu.warnings).toHaveLength(1);
  });

  it("are no matter of warnings where the header is right", async () => {
    const hdu = await stale({});
    expect((await hdu.column("v")).get(0)).toEqual([5, 6]);
    expect(hdu.warnings).toEqual([]);
  });
});

describe("ASCII tables", () => {
  it.each([
    ["1.5", 2, 1.5],
    ["12345", 2, 123.45],
    ["-12345E2", 2, -12345],
    ["1.25D+10", 0, 1.25e10],
    ["1.5+3", 0, 1500],
    [".5", 0, 0.5],
    ["5.", 3, 5],
    ["1 5", 0, undefined],
    ["1.5E", 0, undefined],
    [".", 0, undefined],
    ["abc", 0, undefined],
  ])("%s with %i implied digits is %s", (text, decimals, value) => {
    expect(parseFortran(text, decimals)).toBe(value);
  });

  it("may overlap, leave fields blank (0), and have nulls", async () => {
    const hdu = await openTable({
      ascii: true,
      columns: { a: "I4", b: "A6", c: "F5.1", d: "I3" },
      rows: ascii("  12ab  1.5  7" + " ***      -- ***" + "   0xyz  125   ").slice(0, 45),
      rowBytes: 15,
      cards: { TBCOL1: 1, TBCOL2: 3, TBCOL3: 9, TBCOL4: 13, TNULL1: "***", TNULL3: "--" },
    });
    expect(hdu.columns.map(({ problem }) => problem)).toEqual([undefined, undefined, undefined, undefined]);
    const [a, b] = (await hdu.select({ columns: ["a", "b"] })).columns;
    expect([...a!].slice(0, 2)).toEqual([12, null]);
    expect(b!.get(0)).toBe("12ab");
  });

  it("say which column and row holds what is no number", async () => {
    const cards = { TBCOL1: 1 };
    const hdu = await openTable({
      ascii: true,
      columns: { n: "I3" },
      rows: ascii(" 12 x3"),
      rowBytes: 3,
      cards,
    });
    await expect(hdu.column("n")).rejects.toMatchObject({
      code: "BAD_DATA",
      message: expect.stringMatching(/column 'n' \(1\), row 1: 'x3' is no number/),
    });
  });

  it("with TBCOL or TFORM that make no sense lose that column only", () => {
    const { columns } = asciiColumns(
      keywords({
        TFIELDS: 4,
        TFORM1: "I4",
        TBCOL1: 1,
        TFORM2: "I4",
        TFORM3: "Q4",
        TBCOL3: 1,
        TFORM4: "A9",
        TBCOL4: 9,
      }),
      12,
    );
    expect(columns.map(({ problem }) => problem === undefined)).toEqual([true, false, false, false]);
  });
});
