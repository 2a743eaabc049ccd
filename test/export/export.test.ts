/**
 * Tables in other formats, read back by other implementations: the same names, values, nulls and units.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { tableFromIPC } from "apache-arrow";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import {
  type CsvOptions,
  toArrow,
  toArrowFile,
  toCsv,
  toJson,
  toNdjson,
  toParquet,
} from "../../src/export/index.js";
import type { TableHdu } from "../../src/hdu/table.js";
import { open } from "../../src/open.js";
import type { Cell } from "../../src/table/data.js";
import { uniqueNames } from "../../src/table/names.js";
import { ascii, openTable, rowsOf } from "../table/made.js";
import { asStored, bytesOf, plain, textOf } from "./read.js";

describe("rows without columns", () => {
  const table = (rows: number): Promise<TableHdu> =>
    openTable({ columns: {}, rows: new Uint8Array(0), rowBytes: 0, cards: { NAXIS2: rows } });
  it("are exported, but not without end", async () => {
    expect(await textOf(toNdjson(await table(3)))).toBe("{}\n{}\n{}\n");
    const endless = await table(Number.MAX_SAFE_INTEGER);
    expect(await textOf(toCsv(endless, { limit: 2 }))).toBe("\r\n\r\n\r\n");
    for (const made of [toCsv, toNdjson, toJson, toParquet, toArrowFile])
      await expect(bytesOf(made(endless))).rejects.toMatchObject({ code: "TOO_LARGE" });
    await expect(toArrow(endless)).rejects.toMatchObject({ code: "TOO_LARGE" });
    const noBytes = {
      columns: { a: "0J" },
      rows: new Uint8Array(0),
      rowBytes: 0,
      cards: { NAXIS2: 2 ** 40 },
    };
    for (const made of [toCsv, toNdjson, toJson, toParquet, toArrowFile])
      await expect(bytesOf(made(await openTable(noBytes)))).rejects.toMatchObject({ code: "TOO_LARGE" });
  });
});

describe("text that begins with a byte order mark", () => {
  it("keeps it", async () => {
    const text = new TextEncoder().encode("\ufeffab");
    const table = await openTable({ columns: { a: "5A" }, rows: text, rowBytes: 5 });
    expect([...(await table.column("a"))]).toEqual(["\ufeffab"]);
    expect(JSON.parse(await textOf(toNdjson(table)))).toEqual({ a: "\ufeffab" });
  });
});

describe("CSV for spreadsheets", () => {
  /** A text column and a number, the first named like a formula. */
  async function sheet(...texts: string[]): Promise<TableHdu> {
    const width = 12;
    const rows = rowsOf(texts.length, width + 2, (view, row) => {
      for (let i = 0; i < width; i++) view.setUint8(i, texts[row]!.charCodeAt(i) || 32);
      view.setInt16(width, -row);
    });
    return openTable({ columns: { "=name": `${width}A`, n: "I" }, rows, rowBytes: width + 2 });
  }
  const lines = async (table: TableHdu, options: CsvOptions): Promise<string[]> =>
    (await textOf(toCsv(table, options))).split("\r\n");

  it("neutralizes text that a spreadsheet would take for a formula, and no number", async () => {
    const table = await sheet("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a=1", "5;=2", 'q"=', "");
    expect(await lines(table, { escapeFormulas: true })).toEqual([
      '"\'=name","n"',
      `"'=1+1",0`,
      `"'+1",-1`,
      `"'-1",-2`,
      `"'@SUM(A1)",-3`,
      `"'\t=1",-4`,
      `"'\r=1",-5`,
      '"a=1",-6',
      '"5;=2",-7',
      '"q""=",-8',
      '"",-9',
      "",
    ]);
  });
  it("looks behind control characters, and takes no letter for one", async () => {
    const table = await sheet(
      "\u0001=1",
      "\u001b[31m",
      "\u007f@x",
      "p-value",
      "c-axis",
      "C+O",
      "pp=1",
      "{-}",
    );
    const texts = (await lines(table, { escapeFormulas: true })).slice(1, -1);
    expect(texts.map((line) => line.split(",")[0])).toEqual([
      `"'\u0001=1"`,
      '"\u001b[31m"',
      `"'\u007f@x"`,
      '"p-value"',
      '"c-axis"',
      '"C+O"',
      '"pp=1"',
      '"{-}"',
    ]);
  });
  it.each([5, "", '"', "\n", "ab", ".", "-", "1", "e", "\ud800"])(
    "is not made with %j between fields",
    async (delimiter) => {
      const table = await sheet("a");
      await expect(lines(table, { delimiter } as never)).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
    },
  );
  it("keeps them as they are unless told to", async () => {
    expect(await lines(await sheet("=1+1", "-1"), {})).toEqual(["=name,n", "=1+1,0", "-1,-1", ""]);
  });
});

const folder = process.env["FITSLICE_TABLES"] ?? fileURLToPath(new URL("../fixtures/table", import.meta.url));
const files = existsSync(`${folder}/truth.json`)
  ? Object.keys(JSON.parse(readFileSync(`${folder}/truth.json`, "utf8")))
  : [];

async function sample(file: string): Promise<TableHdu> {
  return (await open(readFileSync(`${folder}/${file}`))).table(1);
}

async function expectCells(table: TableHdu, cellOf: (name: string, row: number) => unknown): Promise<void> {
  const columns = (await table.select()).columns;
  const names = uniqueNames(columns.map(({ column }) => column));
  for (const [c, data] of columns.entries()) {
    for (let row = 0; row < Math.min(data.length, 60); row++) {
      expect({ c, row, cell: plain(cellOf(names[c]!, row)) }).toEqual({ c, row, cell: plain(data.get(row)) });
    }
  }
}

describe.each(files)("%s", (file) => {
  it("is the same as Arrow", async () => {
    const table = await sample(file);
    const arrow = tableFromIPC(await bytesOf(toArrowFile(table, { batchRows: 11 })));
    expect(arrow.numRows).toBe(table.rowCount);
    await expectCells(table, (name, row) => arrow.getChild(name)!.get(row));
  });

  it("is the same as Parquet", async () => {
    const table = await sample(file);
    const bytes = await bytesOf(toParquet(table, { batchRows: 13 }));
    expect(Number(parquetMetadata(bytes.buffer).num_rows)).toBe(table.rowCount);
    const rows = await parquetReadObjects({ file: bytes.buffer });
    await expectCells(table, (name, row) => rows[row]![name]);
  });

  it("is the same as JSON and NDJSON", async () => {
    const table = await sample(file);
    const quoted = (text: string): unknown =>
      JSON.parse(text.replace(/(?<=[[,:])(-?\d+)(?=[,\]}])/g, '"$1"'));
    const json = quoted(await textOf(toJson(table, { batchRows: 9 }))) as {
      columns: { name: string; format: string; unit: string | null; values: unknown[] }[];
    };
    const rows = (await textOf(toNdjson(table))).split("\n").filter(Boolean).map(quoted) as Record<
      string,
      unknown
    >[];
    const special = (cell: Cell): unknown => {
      if (Array.isArray(cell)) return cell.map(special);
      return typeof cell === "number" && !Number.isFinite(cell) ? String(cell) : cell;
    };
    const columns = (await table.select()).columns;
    const names = uniqueNames(columns.map(({ column }) => column));
    expect(json.columns.map(({ format }) => format)).toEqual(table.columns.map(({ format }) => format));
    for (const [c, data] of columns.entries()) {
      for (let row = 0; row < data.length; row += 3) {
        const cell = plain(special(data.get(row)));
        expect(plain(asStored(json.columns[c]!.values[row], data.dtype))).toEqual(cell);
        expect(plain(asStored(rows[row]![names[c]!], data.dtype))).toEqual(cell);
      }
    }
  });
});

const small = openTable({
  columns: { id: "K", flux: "E", name: "8A", flag: "L", z: "C" },
  rowBytes: 29,
  rows: rowsOf(3, 29, (view, i) => {
    view.setBigInt64(0, i === 1 ? -1n : 2n ** 60n + BigInt(i));
    view.setFloat32(8, [0.5, Number.NaN, Number.POSITIVE_INFINITY][i]!);
    for (const [k, c] of ascii(['a,"b"', "", "é "][i]!).entries()) view.setUint8(12 + k, c);
    view.setUint8(20, [84, 70, 0][i]!);
    view.setFloat32(21, i);
    view.setFloat32(25, -i);
  }),
  cards: { TNULL1: -1, TUNIT2: "Jy", TCOMM2: "peak flux", TTYPE3: "flux", EXTNAME: "SRC" },
});

describe("a small table", () => {
  it("as JSON keeps order, duplicate names and every digit", async () => {
    expect(await textOf(toJson(await small))).toBe(
      `{"rows":3,"columns":[{"name":"id","format":"K","unit":null,"values":[1152921504606846976,null,1152921504606846978]},` +
        `{"name":"flux","format":"E","unit":"Jy","values":[0.5,"NaN","Infinity"]},` +
        `{"name":"flux","format":"8A","unit":null,"values":["a,\\"b\\"","","é"]},` +
        `{"name":"flag","format":"L","unit":null,"values":[true,false,null]},` +
        `{"name":"z","format":"C","unit":null,"values":[[0,-0.0],[1,-1],[2,-2]]}]}\n`,
    );
  });

  it("as JSON writes floats as numbers that are no integers of more digits than they have", async () => {
    const rows = rowsOf(3, 8, (view, i) => view.setFloat64(0, [2 ** 62, -1e20, 9e15][i]!));
    const hdu = await openTable({ columns: { d: "D" }, rowBytes: 8, rows });
    expect(await textOf(toJson(hdu))).toContain("[4.611686018427388e+18,-1e+20,9000000000000000]");
  });

  it("as JSON calls a column without a name by its number, as all other formats do", async () => {
    const table = await openTable({
      columns: { a: "B", b: "B" },
      rowBytes: 2,
      rows: Uint8Array.of(1, 2),
      cards: { TTYPE2: "" },
    });
    const json = JSON.parse(await textOf(toJson(table))) as { columns: { name: string }[] };
    expect(json.columns.map(({ name }) => name)).toEqual(["a", "col2"]);
    expect(await textOf(toNdjson(table))).toBe('{"a":1,"col2":2}\n');
  });

  it("as CSV quotes what needs it", async () => {
    expect(await textOf(toCsv(await small))).toBe(
      'id,flux,flux_2,flag,z\r\n1152921504606846976,0.5,"a,""b""",true,"[0,-0.0]"\r\n' +
        ',NaN,,false,"[1,-1]"\r\n1152921504606846978,Infinity,é,,"[2,-2]"\r\n',
    );
  });

  it("as NDJSON is an object a row", async () => {
    expect((await textOf(toNdjson(await small, { columns: ["id", 2], where: "id is null" }))).trim()).toBe(
      '{"id":null,"flux":""}',
    );
  });

  it("carries units and descriptions into Arrow, sharing memory, and into Parquet", async () => {
    const arrow = await toArrow(await small);
    expect(Object.fromEntries(arrow.schema.fields[1]!.metadata)).toEqual({
      unit: "Jy",
      description: "peak flux",
      format: "E",
    });
    expect(arrow.getChild("id")!.nullCount).toBe(1);
    expect(arrow.schema.metadata.get("EXTNAME")).toBe("SRC");
    const bytes = await bytesOf(toParquet(await small));
    const keys = new Map(
      parquetMetadata(bytes.buffer).key_value_metadata!.map(({ key, value }) => [key, value]),
    );
    expect(JSON.parse(keys.get("fits")!).columns.flux).toEqual({
      unit: "Jy",
      description: "peak flux",
      format: "E",
    });
    const schema = tableFromIPC(Buffer.from(keys.get("ARROW:schema")!, "base64")).schema;
    expect(schema.fields[1]!.metadata.get("unit")).toBe("Jy");
  });

  it("without rows is a file of every format", async () => {
    const none = { rows: { stop: 0 } };
    expect(tableFromIPC(await bytesOf(toArrowFile(await small, none))).numRows).toBe(0);
    expect(await parquetReadObjects({ file: (await bytesOf(toParquet(await small, none))).buffer })).toEqual(
      [],
    );
    expect(JSON.parse(await textOf(toJson(await small, none))).rows).toBe(0);
    expect(await textOf(toCsv(await small, none))).toBe("id,flux,flux_2,flag,z\r\n");
  });
});
