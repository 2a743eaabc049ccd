/**
 * Keywords of columns that are chosen, reordered or left out.
 */
import { describe, expect, it } from "vitest";
import { parseCard } from "../../src/header/card.js";
import { cardsOfColumns, columnKeyword } from "../../src/write/column-keywords.js";

/** Keywords of a table of 12 columns after columns `chosen`, numbers from 1. */
function moved(keywords: readonly string[], chosen: readonly number[], count = 12): string[] {
  const cards = keywords.map((keyword) => parseCard(`${keyword.padEnd(8)}= 1`.padEnd(80)));
  return cardsOfColumns(cards, chosen, count).map(({ keyword, raw }) => {
    expect(raw.slice(0, 8).trimEnd()).toBe(keyword);
    expect(raw.length).toBe(80);
    return keyword;
  });
}

describe("keywords of columns", () => {
  it.each([
    "TTYPE",
    "TFORM",
    "TUNIT",
    "TNULL",
    "TSCAL",
    "TZERO",
    "TDISP",
    "TDIM",
    "TBCOL",
    "TLMIN",
    "TLMAX",
    "TDMIN",
    "TDMAX",
    "TUCD",
    "TCOMM",
    "TALEN",
    "TDRPX",
    "TDDES",
    "TCTYP",
    "TCRVL",
    "TCRPX",
    "TCDLT",
    "TCUNI",
    "TCROT",
    "TCNAM",
    "TCTY",
    "TCNA",
    "TCRD",
    "TWCS",
    "2CTYP",
    "12CRVL",
    "21PC",
    "12CD",
    "WCSN",
    "WCAX",
    "LONP",
    "LATP",
    "EQUI",
    "RADE",
    "MJDOB",
    "DAVG",
    "OBSGX",
    "RFRQ",
    "TRPOS",
  ])("%sn goes with its column, and goes where the column goes", (root) => {
    expect(moved([`${root}3`, `${root}5`], [5])).toEqual([`${root}1`]);
    expect(moved([`${root}3`, `${root}5`], [1, 3, 2])).toEqual([`${root}2`]);
    // A number that no column has belongs to something else.
    expect(moved([`${root}13`], [1])).toEqual([`${root}13`]);
  });

  it("keep the letter of an alternate description, and the parameter's number", () => {
    expect(
      moved(["TCTY4A", "TPV4_2A", "TV4_1", "3PV4_12B", "1S4_0", "WCSN4Z", "WCS4B", "1V4_X"], [1, 4]),
    ).toEqual(["TCTY2A", "TPV2_2A", "TV2_1", "3PV2_12B", "1S2_0", "WCSN2Z", "WCS2B", "1V2_X"]);
  });

  it("of two columns go where one of these goes, and both numbers change", () => {
    const matrix = ["TPC4_4", "TPC4_6", "TP6_4A", "TCD6_6B", "TC4_6"];
    expect(moved(matrix, [6, 4])).toEqual(["TP1_2A", "TCD1_1B", "TPC2_2", "TPC2_1", "TC2_1"]);
    expect(moved(matrix, [4])).toEqual(["TPC1_1"]);
  });

  it("take their short form where a longer number leaves no room", () => {
    const chosen = [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    expect(moved(["TPC1_2A", "TCD1_2B"], chosen)).toEqual(["TP12_11A", "TC12_11B"]);
  });

  it("are refused where no form of 8 characters is left", () => {
    const chosen = [...Array.from({ length: 103 }, (_, i) => i + 2), 1];
    expect(() => moved(["TC1_1"], chosen, 104)).toThrow(
      "TC1_1 has no name of 8 characters at column 104 and 104; put its columns further to the front",
    );
    expect(moved(["TC1_1"], [1, 2], 104)).toEqual(["TC1_1"]);
  });

  it("that have a number of something else stay", () => {
    const others = [
      "MTYPE1",
      "MFORM1",
      "DSTYP1",
      "DSVAL2",
      "TEMP1",
      "CRVAL1",
      "CD1_1",
      "PC1_1",
      "NAXIS1",
      "TELAPSE",
    ];
    expect(moved(others, [2])).toEqual(others);
    for (const keyword of ["TFIELDS", "TTYPE", "TTYPE01", "TTYPE0", "TCTYP1X", "HISTORY", "TPC1"])
      expect([keyword, columnKeyword(keyword)]).toEqual([keyword, undefined]);
  });

  it("stand in the order of the new columns, other cards in their places", () => {
    const cards = ["TTYPE1", "TFORM1", "OTHER", "TTYPE2", "TFORM2", "TUNIT2"];
    expect(moved(cards, [2, 1], 2)).toEqual(["TTYPE1", "TFORM1", "OTHER", "TUNIT1", "TTYPE2", "TFORM2"]);
    expect(moved(cards, [2, 2], 2)).toEqual([
      "OTHER",
      "TTYPE1",
      "TFORM1",
      "TUNIT1",
      "TTYPE2",
      "TFORM2",
      "TUNIT2",
    ]);
  });

  it("keep value, comment and bytes, also of malformed cards", () => {
    const raws = ["TUNIT2  = '\xb5m'     / caf\xe9", "TNULL2= -1", "TZERO2  =32768"].map((raw) =>
      raw.padEnd(80),
    );
    const cards = cardsOfColumns(raws.map(parseCard), [2], 2).map(({ raw }) => raw.trimEnd());
    expect(cards).toEqual(["TUNIT1  = '\xb5m'     / caf\xe9", "TNULL1  = -1", "TZERO1  =32768"]);
  });
});
