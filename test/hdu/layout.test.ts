import { describe, expect, test } from "vitest";
import { FitsError } from "../../src/errors.js";
import type { HduLayout } from "../../src/hdu/hdu.js";
import { layoutOf } from "../../src/hdu/layout.js";
import { parseHeader } from "../../src/header/header.js";
import { headerText, type VirtualHdu } from "./virtual.js";

type Cards = VirtualHdu["cards"];

function layout(cards: Cards, index = 1): { hdu: HduLayout; warnings: string[] } {
  const header = parseHeader(new TextEncoder().encode(headerText(cards)));
  return layoutOf(header, { index, headerOffset: 2880 });
}

function failure(cards: Cards): { code: string; message: string } {
  try {
    layout(cards);
  } catch (error) {
    if (error instanceof FitsError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("no error was thrown");
}

const image: Cards = {
  XTENSION: "IMAGE",
  BITPIX: -32,
  NAXIS: 3,
  NAXIS1: 5,
  NAXIS2: 4,
  NAXIS3: 3,
  PCOUNT: 0,
  GCOUNT: 1,
};
const table: Cards = {
  XTENSION: "BINTABLE",
  BITPIX: 8,
  NAXIS: 2,
  NAXIS1: 10,
  NAXIS2: 7,
  PCOUNT: 100,
  GCOUNT: 1,
  TFIELDS: 1,
};

describe("what HDUs are", () => {
  test("an image: slowest axis first", () => {
    const { hdu, warnings } = layout({ ...image, EXTNAME: "Sci  ", EXTVER: 3 });
    expect(hdu).toMatchObject({
      index: 1,
      name: "Sci",
      ver: 3,
      type: "IMAGE",
      bitpix: -32,
      shape: [3, 4, 5],
      headerOffset: 2880,
      headerSize: 2880,
      dataOffset: 5760,
      dataSize: 240,
      end: 8640,
      cards: 10,
    });
    expect(warnings).toEqual([]);
  });

  test("a primary without data", () => {
    const { hdu } = layout({ SIMPLE: true, BITPIX: 16, NAXIS: 0 }, 0);
    expect(hdu).toMatchObject({
      name: "PRIMARY",
      ver: 1,
      type: "PRIMARY",
      shape: [],
      dataSize: 0,
      end: 5760,
    });
  });

  test("a binary table: rows, bytes of a row, and a heap", () => {
    expect(layout(table).hdu).toMatchObject({ type: "BINTABLE", name: "", shape: [7, 10], dataSize: 170 });
    expect(layout({ ...table, XTENSION: "A3DTABLE" }).hdu.type).toBe("BINTABLE");
    expect(layout({ ...table, XTENSION: "TABLE", PCOUNT: 0 }).hdu).toMatchObject({
      type: "TABLE",
      dataSize: 70,
    });
  });

  test("random groups: GCOUNT times parameters and array", () => {
    const cards = {
      SIMPLE: true,
      BITPIX: -32,
      NAXIS: 3,
      NAXIS1: 0,
      NAXIS2: 4,
      NAXIS3: 5,
      GROUPS: true,
      PCOUNT: 6,
      GCOUNT: 10,
    };
    expect(layout(cards, 0).hdu).toMatchObject({
      type: "GROUPS",
      shape: [10, 5, 4],
      dataSize: 4 * 10 * (6 + 20),
    });
  });

  test("an extension that the Standard does not know, with its size", () => {
    expect(layout({ ...image, XTENSION: "DUMP", PCOUNT: 4, GCOUNT: 2 }).hdu).toMatchObject({
      type: "FOREIGN",
      dataSize: 512,
    });
  });

  test("a compressed image: the shape and BITPIX of the image, the size of the table", () => {
    const cards = { ...table, ZIMAGE: true, ZBITPIX: -32, ZNAXIS: 2, ZNAXIS1: 300, ZNAXIS2: 200 };
    expect(layout(cards).hdu).toMatchObject({
      type: "COMPRESSED_IMAGE",
      name: "COMPRESSED_IMAGE",
      bitpix: -32,
      shape: [200, 300],
      dataSize: 170,
    });
    expect(layout({ ...cards, EXTNAME: "SCI" }).hdu.name).toBe("SCI");
  });

  test("an axis of no length makes no data, whatever the others say", () => {
    expect(layout({ ...image, NAXIS1: 0, NAXIS2: Number.MAX_SAFE_INTEGER }).hdu).toMatchObject({
      dataSize: 0,
      end: 5760,
    });
  });
});

describe("headers that do not say where their data end", () => {
  const where = "HDU 1 at byte 2880: ";
  test.each([
    [{ ...image, NAXIS: 1000 }, "BAD_HEADER", "NAXIS = 1000 is more than 999"],
    [{ ...image, NAXIS: -1 }, "BAD_HEADER", "NAXIS = -1 is less than 0"],
    [{ ...image, NAXIS: "3" }, "BAD_HEADER", "NAXIS = '3' is not an integer"],
    [{ ...image, NAXIS: 4 }, "BAD_HEADER", "NAXIS4 is missing or has no value"],
    [{ ...image, NAXIS2: -4 }, "BAD_HEADER", "NAXIS2 = -4 is less than 0"],
    [{ ...image, NAXIS2: 1.5 }, "BAD_HEADER", "NAXIS2 = 1.5 is not an integer"],
    [{ ...image, BITPIX: 24 }, "BAD_HEADER", "BITPIX = 24 is none of 8, 16, 32, 64, -32, -64"],
    [{ ...image, BITPIX: 1e300 }, "BAD_HEADER", "BITPIX = 1e+300 is not an integer"],
    [{ ...image, PCOUNT: -1 }, "BAD_HEADER", "PCOUNT = -1 is less than 0"],
    [{ ...image, GCOUNT: true }, "BAD_HEADER", "GCOUNT = T is not an integer"],
    [
      { ...image, NAXIS3: 2 ** 52 },
      "TOO_LARGE",
      "NAXIS3 = 4503599627370496 makes its data larger than 2^53 bytes",
    ],
    [
      { ...image, NAXIS1: 2 ** 52, NAXIS2: 1, NAXIS3: 1 },
      "TOO_LARGE",
      "BITPIX = 4 makes its data larger than 2^53 bytes",
    ],
    [
      { ...image, PCOUNT: 2 ** 53 - 1 },
      "TOO_LARGE",
      "PCOUNT = 9007199254740991 makes its data larger than 2^53 bytes",
    ],
    [
      { ...image, GCOUNT: 2 ** 50 },
      "TOO_LARGE",
      "GCOUNT = 1125899906842624 makes its data larger than 2^53 bytes",
    ],
  ] as [Cards, string, string][])("%j", (cards, code, message) => {
    expect(failure(cards)).toEqual({ code, message: where + message });
  });

  test("integers beyond 2^53", () => {
    const text = headerText(image).replace("                   5", "99999999999999999999");
    const header = parseHeader(new TextEncoder().encode(text));
    expect(() => layoutOf(header, { index: 1, headerOffset: 0 })).toThrow(
      "NAXIS1 = 99999999999999999999 is too large",
    );
  });
});

describe("oddities that can be read past are told", () => {
  const where = "HDU 1 at byte 2880: ";
  test.each([
    [
      { ...table, TFIELDS: 1_000_000_000 },
      "TFIELDS is 1000000000, no number of columns from 0 to 999",
      "BINTABLE",
    ],
    [
      { ...table, NAXIS: 3, NAXIS3: 2 },
      "it says that it is a BINTABLE, but NAXIS = 3 and not 2; listed as a foreign extension",
      "FOREIGN",
    ],
    [{ ...image, EXTVER: 1.5 }, "EXTVER = 1.5 is not an integer; taken as 1", "IMAGE"],
    [{ XTENSION: "IMAGE", BITPIX: 24, NAXIS: 0 }, "BITPIX = 24 is none of 8, 16, 32, 64, -32, -64", "IMAGE"],
    [{ XTENSION: "IMAGE", BITPIX: 8 }, "NAXIS is missing; taken as 0", "IMAGE"],
    [
      { SIMPLE: true, BITPIX: 8, NAXIS: 0, GROUPS: true },
      "GROUPS = T, but it has no axes and so no groups",
      "GROUPS",
    ],
    [
      { ...table, ZIMAGE: true, ZBITPIX: 16, ZNAXIS: 1 },
      `its compressed image cannot be read, only the table that holds it: ${where}ZNAXIS1 is missing or has no value`,
      "BINTABLE",
    ],
  ] as [Cards, string, string][])("%j", (cards, warning, type) => {
    const { hdu, warnings } = layout(cards);
    expect(warnings).toContain(where + warning);
    expect(hdu.type).toBe(type);
  });

  test("SIMPLE = F is read with a warning, as astropy and cfitsio do", () => {
    const { hdu, warnings } = layout({ SIMPLE: false, BITPIX: 16, NAXIS: 0 }, 0);
    expect(hdu).toMatchObject({ type: "PRIMARY", name: "", shape: [0] });
    expect(warnings).toEqual([
      "HDU 0 at byte 2880: SIMPLE = F: the file says that it may not follow the FITS Standard",
    ]);
  });
});
