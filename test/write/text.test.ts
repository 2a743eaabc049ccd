/**
 * Text of tables read and written back: the bytes of the file, whatever they are.
 */
import { describe, expect, it } from "vitest";
import type { TableHdu } from "../../src/hdu/table.js";
import { open } from "../../src/open.js";
import {
  batchColumn,
  columnAsRead,
  fitsBytes,
  type TableBatch,
  tableHdu,
  uncompressedHdus,
} from "../../src/write/index.js";
import { ascii, openTable, rowsOf, tableFile } from "../table/made.js";

async function* batchesOf(hdu: TableHdu, raw: boolean, where?: string): AsyncGenerator<TableBatch> {
  for await (const batch of hdu.batches({ batchRows: 2, raw, ...(where !== undefined && { where }) }))
    yield { columns: batch.columns.map(batchColumn), rowCount: batch.length };
}

async function copied(hdu: TableHdu, raw: boolean, where?: string): Promise<TableHdu> {
  const columns = hdu.columns.map(columnAsRead);
  const bytes = await fitsBytes([tableHdu({ columns, batches: batchesOf(hdu, raw, where) })]);
  return (await open(bytes)).table(1);
}

/** The bytes of the first column, row by row. */
async function stored(hdu: TableHdu): Promise<string[]> {
  const data = await hdu.column(0, { raw: true });
  if (data.kind !== "string" || !data.stored) throw new Error("stored text was expected");
  const { offsets, bytes } = data.stored;
  return Array.from({ length: data.length }, (_, i) =>
    String.fromCharCode(...bytes.subarray(offsets[i], offsets[i + 1])),
  );
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

const rows = [
  "Caf\u00e9\u0000\u0001\u0002   ",
  "ABC       ",
  "\u00ff\u0080\u009b[31m   ",
  "caf\u00c3\u00a9     ",
];

const strings = (): Promise<TableHdu> =>
  openTable({ columns: { s: "10A" }, rows: latin1(rows.join("")), rowBytes: 10 });

describe("strings of bytes beyond ASCII", () => {
  it("are read as Latin-1 or UTF-8, and keep their bytes", async () => {
    const data = await (await strings()).column("s");
    expect([...data].slice(0, 2)).toEqual(["Café", "ABC"]);
    expect(data.get(3)).toBe("café");
    expect(data.kind === "string" && data.stored).toBeTruthy();
  });

  it("are written back as they stood, padding and all", async () => {
    expect(await stored(await copied(await strings(), true))).toEqual(rows);
  });

  it("are written back as they stood without raw too, but for the padding of rows that lose nothing", async () => {
    const table = await strings();
    const back = await stored(await copied(table, false));
    expect(back.map((text) => text.replace(/[ \0]+$/, ""))).toEqual(rows.map((text) => text.trimEnd()));
  });

  it("are written back where rows were chosen by a condition", async () => {
    const back = await stored(await copied(await strings(), false, "s == 'Café' or s == 'café'"));
    expect(back.map((text) => text.replace(/[ \0]+$/, ""))).toEqual([rows[0]!.trimEnd(), rows[3]!.trimEnd()]);
  });

  it("fit into their column though they take more bytes as UTF-8", async () => {
    const table = await openTable({
      columns: { s: "4A" },
      rows: latin1("\u00e9\u00e8\u00ea\u00eb"),
      rowBytes: 4,
    });
    expect([...(await copied(table, false).then((copy) => copy.column("s")))]).toEqual(["éèêë"]);
  });

  it("of several strings a cell are written back", async () => {
    const table = await openTable({
      columns: { s: "6A" },
      rows: latin1("ab\u00e9de\u00e8"),
      rowBytes: 6,
      cards: { TDIM1: "(3,2)" },
    });
    expect((await (await copied(table, false)).column("s")).get(0)).toEqual(["abé", "deè"]);
  });

  it("of variable length are written back, their blanks too with raw", async () => {
    const table = await openTable({
      columns: { s: "PA(5)" },
      rows: rowsOf(2, 8, (view, row) => {
        view.setInt32(0, row === 0 ? 5 : 4);
        view.setInt32(4, row === 0 ? 0 : 5);
      }),
      rowBytes: 8,
      heap: latin1("\u00e9a   bcd "),
    });
    expect(await stored(await copied(table, true))).toEqual(["\u00e9a   ", "bcd "]);
    expect([...(await (await copied(table, false)).column("s"))]).toEqual(["éa", "bcd"]);
  });

  it("of an ASCII table become the same bytes of a binary one", async () => {
    const table = await openTable({
      columns: { s: "A4" },
      rows: latin1("\u00e9a  "),
      rowBytes: 4,
      ascii: true,
      cards: { TBCOL1: 1 },
    });
    expect(await stored(await copied(table, false))).toEqual(["\u00e9a  "]);
  });
});

describe("plain strings", () => {
  it("carry no second copy of themselves, save with raw", async () => {
    const table = await openTable({ columns: { s: "4A" }, rows: ascii("ab  cd\0\0"), rowBytes: 4 });
    const plain = await table.column("s");
    expect(plain.kind === "string" && plain.stored).toBeUndefined();
    expect(await stored(table)).toEqual(["ab  ", "cd\0\0"]);
  });
});

it("a file written plain keeps the bytes of text", async () => {
  const file = tableFile({ columns: { s: "10A" }, rows: latin1(rows.join("")), rowBytes: 10 });
  const plain = await fitsBytes(uncompressedHdus(await open(file)));
  expect(await stored(await (await open(plain)).table(1))).toEqual(rows);
});
