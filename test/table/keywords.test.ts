/**
 * Keywords of tables that matter and cannot be used, stand twice, or give cells a shape.
 */
import { describe, expect, it } from "vitest";
import { open } from "../../src/open.js";
import { ascii, type Cards, openTable, rowsOf, tableFile } from "./made.js";

/** A table of two columns I, `a` = 7 and `b` = 8, with these cards behind its own. */
async function twoColumns(...cards: string[]) {
  const made = tableFile({
    columns: { a: "I", b: "I" },
    rows: rowsOf(1, 4, (view) => {
      view.setInt16(0, 7);
      view.setInt16(2, 8);
    }),
    rowBytes: 4,
  });
  const at = 2880 + 12 * 80;
  const text = [...cards, "END"].map((card) => card.padEnd(80)).join("");
  made.set(ascii(text), at);
  const fits = await open(made);
  return { fits, table: await fits.table(1) };
}

const value = (keyword: string, text: string): string => `${keyword.padEnd(8)}= ${text.padStart(20)}`;

describe.each(["TZERO1", "TSCAL1", "TNULL1"])("%s", (keyword) => {
  it.each(["3,2768E+04", "NaN", "'32768'", "T", "12 34"])(
    "= %s leaves the column readable as it is stored, and the others as ever",
    async (text) => {
      const { table } = await twoColumns(value(keyword, text));
      await expect(table.column("a")).rejects.toMatchObject({
        code: "BAD_HEADER",
        message: expect.stringMatching(
          new RegExp(`^HDU 1: column 'a' \\(1\\): ${keyword} is .* raw \\(--raw\\)$`),
        ),
      });
      expect([...(await table.column("a", { raw: true }))]).toEqual([7]);
      expect([...(await table.column("b"))]).toEqual([8]);
      expect((await table.select()).columns.map(({ column }) => column.name)).toEqual(["b"]);
      expect((await table.select({ raw: true })).columns.map(({ column }) => column.name)).toEqual([
        "a",
        "b",
      ]);
      expect((await table.select({ raw: true })).columns.length).toBe(2);
      await expect(table.select({ where: "a > 1" })).rejects.toThrow(
        `column 'a' (1) cannot be read: ${keyword}`,
      );
      expect(table.warnings.join()).toContain(`column 'a' (1): ${keyword} is `);
    },
  );

  it("without a value is taken as absent, with a warning", async () => {
    const { table } = await twoColumns(`${keyword.padEnd(8)}=`);
    expect([...(await table.column("a"))]).toEqual([7]);
    expect(table.warnings).toEqual([`${keyword} has no value; taken as absent`]);
  });
});

it("a TZERO right behind the equals sign is read, as in cfitsio", async () => {
  const { table } = await twoColumns("TZERO1  =32768");
  expect([...(await table.column("a"))]).toEqual([32775]);
});

it("a TNULL that is a fraction equals no value, which is told", async () => {
  const { table } = await twoColumns(value("TNULL1", "7.5"));
  expect([...(await table.column("a"))]).toEqual([7]);
  expect(table.warnings.join()).toContain("TNULL1 is 7.5");
});

describe("repeated with different values, the last card counts, as in cfitsio", () => {
  it.each([
    ["TZERO1", ["10", "20"], [27]],
    ["TSCAL1", ["2", "3"], [21]],
    ["TNULL1", ["5", "7"], [null]],
  ] as const)("%s", async (keyword, values, expected) => {
    const { fits, table } = await twoColumns(...values.map((text) => value(keyword, text)));
    expect([...(await table.column("a"))]).toEqual(expected);
    expect(fits.warnings).toEqual([
      `HDU 1 at byte 2880: ${keyword} stands 2 times, as ${values.join(", ")}; the last counts`,
    ]);
  });

  it("TTYPE", async () => {
    const { table } = await twoColumns("TTYPE1  = 'c'");
    expect(table.columns.map(({ name }) => name)).toEqual(["c", "b"]);
  });
});

describe("TDIM of text", () => {
  const strings = async (format: string, dim: string) => {
    const cards: Cards = { TDIM1: dim };
    const table = await openTable({
      columns: { s: format },
      rows: ascii("abcdefghijkl"),
      rowBytes: 6,
      cards,
    });
    return { cells: [...(await table.column("s"))], warnings: table.warnings };
  };

  it.each(["(1)", "(2)", "(0)", "(7)", "(0,2)", "(-6)", "()", "6"])(
    "%s does not cut strings",
    async (dim) => {
      const { cells, warnings } = await strings("6A", dim);
      expect(cells).toEqual(["abcdef", "ghijkl"]);
      expect(warnings).toEqual([`column 's' (1): TDIM '${dim}' does not fit a repeat count of 6; ignored`]);
    },
  );

  it("that fits makes arrays of strings", async () => {
    expect(await strings("6A", "(3,2)")).toEqual({
      cells: [
        ["abc", "def"],
        ["ghi", "jkl"],
      ],
      warnings: [],
    });
    expect(await strings("6A", "(6)")).toEqual({ cells: ["abcdef", "ghijkl"], warnings: [] });
  });

  it("that leaves characters out says so", async () => {
    const { cells, warnings } = await strings("6A", "(2,2)");
    expect(cells[0]).toEqual(["ab", "cd"]);
    expect(warnings).toEqual(["column 's' (1): TDIM '(2,2)' leaves out 2 of the 6 elements of each cell"]);
  });
});

it("a TDIM of one axis does not cut vectors, and one without quotes is read as in cfitsio", async () => {
  const rows = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const cut = await openTable({ columns: { v: "6B" }, rows, rowBytes: 6, cards: { TDIM1: "(2)" } });
  expect((await cut.column("v")).get(0)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(cut.warnings.length).toBe(1);
  const file = tableFile({ columns: { v: "6B" }, rows, rowBytes: 6 });
  file.set(ascii(`${"TDIM1   = (3,2)".padEnd(80)}END`), 2880 + 10 * 80);
  const table = await (await open(file)).table(1);
  expect((await table.column("v")).get(0)).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ]);
});

describe("TDIM of variable-length arrays", () => {
  const arrays = (counts: readonly number[], dim: string, format = "PJ(6)") =>
    openTable({
      columns: { v: format },
      rows: rowsOf(counts.length, 8, (view, row) => view.setInt32(0, counts[row]!)),
      rowBytes: 8,
      heap: new Uint8Array(Int32Array.of(0, 1, 2, 3, 4, 5).buffer.slice(0)).map((_, i, all) => all[i ^ 3]!),
      cards: { TDIM1: dim },
    });

  it("shapes each cell, its slowest axis as long as the cell makes it", async () => {
    const table = await arrays([4, 6, 2, 0], "(2,2)");
    expect([...(await table.column("v"))]).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      [
        [0, 1],
        [2, 3],
        [4, 5],
      ],
      [[0, 1]],
      [],
    ]);
    expect(table.columns[0]).toMatchObject({ shape: [], cellShape: [2, 2] });
    expect(table.warnings).toEqual([]);
  });

  it("leaves a cell that it does not fit as it is", async () => {
    expect([...(await (await arrays([3, 5], "(2,2)")).column("v"))]).toEqual([
      [0, 1, 2],
      [0, 1, 2, 3, 4],
    ]);
  });

  it("may have three axes, or one", async () => {
    expect([...(await (await arrays([6], "(1,3,2)")).column("v"))]).toEqual([
      [
        [[0], [1], [2]],
        [[3], [4], [5]],
      ],
    ]);
    expect([...(await (await arrays([6], "(4)")).column("v"))]).toEqual([[0, 1, 2, 3, 4, 5]]);
  });

  it.each(["(2", "(0,2)", "two"])("%s is no shape, which is told", async (dim) => {
    const table = await arrays([4], dim);
    expect([...(await table.column("v"))]).toEqual([[0, 1, 2, 3]]);
    expect(table.warnings).toEqual([`column 'v' (1): TDIM '${dim}' is no shape of a cell; ignored`]);
  });

  it("of text is told, and cells stay strings", async () => {
    const table = await openTable({
      columns: { s: "PA(6)" },
      rows: rowsOf(1, 8, (view) => view.setInt32(0, 6)),
      rowBytes: 8,
      heap: ascii("abcdef"),
      cards: { TDIM1: "(3,2)" },
    });
    expect([...(await table.column("s"))]).toEqual(["abcdef"]);
    expect(table.warnings.join()).toContain("TDIM '(3,2)' of variable-length text is not applied");
  });
});

describe("THEAP that is no number", () => {
  it("hides arrays of variable length, and nothing else", async () => {
    const file = tableFile({
      columns: { v: "PB(2)", n: "B" },
      rows: rowsOf(1, 9, (view) => {
        view.setInt32(0, 2);
        view.setUint8(8, 5);
      }),
      rowBytes: 9,
      heap: Uint8Array.of(1, 2),
    });
    file.set(ascii(`${"THEAP   = 9,0".padEnd(80)}END`), 2880 + 12 * 80);
    const table = await (await open(file)).table(1);
    expect([...(await table.column("n"))]).toEqual([5]);
    await expect(table.column("v")).rejects.toMatchObject({ code: "BAD_HEADER" });
    expect(table.warnings).toEqual([
      "THEAP is 9,0, which is no finite number: columns of variable length cannot be read",
    ]);
  });
});

describe("more than 999 columns", () => {
  const many = async () => {
    const columns = Object.fromEntries(Array.from({ length: 999 }, (_, i) => [`c${i + 1}`, "B"]));
    const cards: Cards = { TFIELDS: 1001, TFORM1000: "B", TFORM1001: "B" };
    return openTable({ columns, rows: new Uint8Array(1001).fill(3), rowBytes: 1001, cards });
  };

  it("the first 999 are read, which is told", async () => {
    const table = await many();
    expect(table.columns.length).toBe(999);
    expect([...(await table.column("c999"))]).toEqual([3]);
    expect([...(await table.column("c100"))]).toEqual([3]);
    expect(table.warnings).toContain(
      "TFIELDS is 1001: only the first 999 columns are read, as many as a FITS table may have",
    );
  });

  it("a column that is not there is told in one line", async () => {
    const table = await many();
    await expect(table.column(1000)).rejects.toMatchObject({
      code: "NO_SUCH_COLUMN",
      message:
        "HDU 1 has no column of index 1000: more than 999 columns are not read; it has c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, ... 999 in all",
    });
  });
});

it("names of columns cannot write to the terminal", async () => {
  const { table } = await twoColumns("TTYPE1  = 'a\u001b[31m'");
  await expect(table.column("nothing\u009b")).rejects.toMatchObject({
    message: "HDU 1 has no column 'nothing?'; it has a?[31m, b",
  });
});
