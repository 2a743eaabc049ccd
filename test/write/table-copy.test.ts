/**
 * Tables with chosen columns and rows: stored bytes, arrays and cards as they stand in the file.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Fits } from "../../src/fits.js";
import type { BatchOptions, TableHdu } from "../../src/hdu/table.js";
import { open } from "../../src/open.js";
import { verifyChecksum } from "../../src/write/checksum.js";
import { fitsBytes, tableFileHdus } from "../../src/write/index.js";
import { tableFile } from "../table/made.js";

const plain = readFileSync(new URL("../fixtures/packed/plain.fits", import.meta.url));

type Bytes = Uint8Array<ArrayBuffer>;

async function copy(
  file: Bytes,
  options: BatchOptions = {},
): Promise<{ bytes: Bytes; fits: Fits; table: TableHdu }> {
  const from = await open(file);
  const bytes = await fitsBytes(tableFileHdus(from, await from.table(), options));
  const fits = await open(bytes);
  return { bytes, fits, table: await fits.table() };
}

/** Fields and arrays of every column, as bytes, row by row. */
async function storedBytes(table: TableHdu, options: BatchOptions = {}): Promise<string[][]> {
  const { columns } = await table.select({ ...options, bytes: true });
  return columns.map((data) =>
    Array.from({ length: data.length }, (_, i) =>
      Buffer.from([data.get(i)].flat() as number[]).toString("hex"),
    ),
  );
}

const latin1 = (text: string): Bytes => Uint8Array.from(text, (c) => c.charCodeAt(0));

describe("a table copied whole", () => {
  it("is the file to the byte, whatever its fields, its heap and its header hold", async () => {
    expect(Buffer.compare((await copy(new Uint8Array(plain))).bytes, plain)).toBe(0);
  });

  it("keeps cards that no header may hold, and what lies behind the rows", async () => {
    const file = tableFile({
      columns: { s: "4A" },
      rows: latin1("a\0\xe9\xff    "),
      rowBytes: 4,
      heap: latin1("nobody points here"),
      cards: { "CAF\xc9": "\xfc\x01" },
    });
    expect(Buffer.compare((await copy(file)).bytes, file)).toBe(0);
  });
});

describe("columns and rows of a table", () => {
  const selections: readonly BatchOptions[] = [
    { columns: ["pj", "a", "l", "x"] },
    { rows: { start: 3, stop: 20 } },
    { columns: ["qi", "pc"], rows: { start: -5 } },
    { where: "j >= 500000 and k < 40e12", columns: ["x", "l", "a", "j", "qi", "pj"] },
    { where: "j >= 500000", limit: 7, batchRows: 3 },
    { columns: ["u", "e", "u"] },
    { columns: [] },
  ];

  it.each(selections)("keep their stored bytes and arrays: %o", async (options) => {
    const from = await (await open(new Uint8Array(plain))).table();
    const { table } = await copy(new Uint8Array(plain), options);
    const wanted = await storedBytes(from, options);
    // Descriptors say other places, but the same arrays.
    expect(await storedBytes(table)).toEqual(wanted);
    expect(table.columns.map(({ name, format, null: none, zero }) => ({ name, format, none, zero }))).toEqual(
      (await from.select({ ...options, rows: { start: 0, stop: 0 } })).columns.map(({ column }) => ({
        name: column.name,
        format: column.format,
        none: column.null,
        zero: column.zero,
      })),
    );
  });

  it("keep all other cards in their places, with the sizes made those of the selection", async () => {
    const { table } = await copy(new Uint8Array(plain), { columns: ["j", "u"], rows: { start: 0, stop: 2 } });
    expect(
      table.header
        .toString()
        .match(/.{80}/gs)!
        .map((card) => card.trimEnd()),
    ).toEqual([
      "XTENSION= 'BINTABLE'           / binary table extension",
      "BITPIX  =                    8 / array data type",
      "NAXIS   =                    2 / number of array dimensions",
      "NAXIS1  =                    6 / own words",
      "NAXIS2  =                    2 / length of dimension 2",
      "PCOUNT  =                    0 / number of group parameters",
      "GCOUNT  =                    1 / number of groups",
      "TFIELDS =                    2 / number of table fields",
      "TTYPE1  = 'j       '",
      "TFORM1  = 'J       '",
      "TUNIT1  = 's       '",
      "TNULL1  =                   -1",
      "TTYPE2  = 'u       '",
      "TFORM2  = 'I       '",
      "TZERO2  =                32768",
      "EXTNAME = 'T       '           / extension name",
      "MIDDLE  =                  1.5 / before a comment",
      "HISTORY made",
    ]);
  });

  it("of which only stored values are asked for lose TSCAL, TZERO and TNULL", async () => {
    const { table } = await copy(new Uint8Array(plain), { columns: ["u", "j"], raw: true });
    expect([...(await table.column("u"))].slice(0, 2)).toEqual([-32768, -32767]);
    expect(table.header.has("TZERO1") || table.header.has("TNULL2")).toBe(false);
  });

  it("of an ASCII table stay text fields, each at its new place", async () => {
    const file = tableFile({
      columns: { a: "A3", n: "I4", f: "F6.2" },
      rows: latin1("ab  |  12|  1.50xyz |-999| -2.25"),
      rowBytes: 16,
      ascii: true,
      cards: { TBCOL1: 1, TBCOL2: 6, TBCOL3: 11, TNULL2: "-999" },
    });
    const { bytes, table } = await copy(file, { columns: ["f", "a"] });
    expect(table.type).toBe("TABLE");
    expect(Buffer.from(bytes).toString("latin1", table.dataOffset, table.dataOffset + 21)).toBe(
      "  1.50 ab  -2.25 xyz ",
    );
    expect(table.header.get("TBCOL2")).toBe(8);
    expect([...(await table.column("f"))]).toEqual([1.5, -2.25]);
  });

  it("are read for the rows that pass alone: of other columns nothing is decoded", async () => {
    const file = tableFile({
      columns: { n: "1I", t: "4A" },
      rows: latin1("\0\x01\xff\xfe\0z\0\x02abcd"),
      rowBytes: 6,
      cards: { TZERO2: "nonsense" },
    });
    const { table } = await copy(file, { where: "n == 1" });
    expect(await storedBytes(table)).toEqual([["0001"], ["fffe007a"]]);
  });
});

describe("what goes along with a table", () => {
  it("is the primary header, and of a primary image the header without the image", async () => {
    const file = tableFile({ columns: { n: "1B" }, rows: latin1("abc"), rowBytes: 1 });
    const card = "OBSERVER= 'me'".padEnd(80);
    const end = Buffer.from(file).indexOf("END".padEnd(80));
    file.set(latin1(card + "END".padEnd(80)), end);
    expect((await (await copy(file, { rows: { stop: 1 } })).fits.hdu(0)).header.get("OBSERVER")).toBe("me");
    const image = latin1(
      Buffer.from(file)
        .toString("latin1")
        .replace(/NAXIS {3}= {20}0/, (text) => text.replace("0", "1")),
    );
    expect(image.length).toBe(file.length);
    const ofImage = ["NAXIS1  =                    7", "CRPIX1  = 1.0", "CD1_1A  = 2.0"].map((text) =>
      text.padEnd(80),
    );
    image.set(latin1(`${ofImage.join("")}${card}${"END".padEnd(80)}`), end);
    const data = new Uint8Array(file.length + 2880);
    data.set(image.subarray(0, 2880));
    data.set(file.subarray(2880), 5760);
    const { fits } = await copy(data, { rows: { stop: 1 } });
    const primary = await fits.hdu(0);
    expect(primary.shape).toEqual([]);
    expect(primary.header.get("OBSERVER")).toBe("me");
    expect(["CRPIX1", "CD1_1A"].filter((keyword) => primary.header.has(keyword))).toEqual([]);
    expect((await fits.table()).rowCount).toBe(1);
  });

  it("are rows that fit the columns, of a table with more than a FITS table may have", async () => {
    const names = Array.from({ length: 1001 }, (_, i) => `c${i}`);
    const file = tableFile({
      columns: Object.fromEntries(names.map((name) => [name, "1B"])),
      rows: new Uint8Array(2002).map((_, i) => i % 251),
      rowBytes: 1001,
    });
    const { table } = await copy(file, { rows: { start: 1 } });
    expect([table.header.get("TFIELDS"), table.shape]).toEqual([999, [1, 999]]);
    expect(table.header.has("TFORM1000")).toBe(false);
    expect(await storedBytes(table)).toEqual(
      Array.from({ length: 999 }, (_, i) => [Buffer.from([(1001 + i) % 251]).toString("hex")]),
    );
  });

  it("are checksums where the table had some, made anew", async () => {
    const file = tableFile({
      columns: { n: "1B" },
      rows: latin1("abc"),
      rowBytes: 1,
      cards: { CHECKSUM: "0", DATASUM: "1", LAST: 1 },
    });
    const { bytes, table } = await copy(file, { rows: { start: 1 } });
    const { headerOffset, dataOffset, end } = table;
    const verdict = await verifyChecksum(bytes.subarray(headerOffset, dataOffset), [
      bytes.subarray(dataOffset, end),
    ]);
    expect(verdict).toEqual({ datasum: true, checksum: true });
    expect(table.header.cards.at(-1)!.keyword).toBe("LAST");
  });
});
