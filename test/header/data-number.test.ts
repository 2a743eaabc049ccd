/**
 * Numbers on which the meaning of data depends: what cfitsio reads is read, nothing else counts as absent.
 */
import { describe, expect, test } from "vitest";
import {
  type DataNumber,
  dataNumber,
  type Header,
  parseHeader,
  requireDataNumber,
} from "../../src/header/header.js";
import { headerWarnings } from "../../src/header/warnings.js";

function header(...cards: string[]): Header {
  const text = [...cards, "END"].map((card) => card.padEnd(80)).join("");
  return parseHeader(Uint8Array.from(text.padEnd(2880), (c) => c.charCodeAt(0)));
}

const bzero = (...cards: string[]): DataNumber => dataNumber(header(...cards), "BZERO");

describe("read as in cfitsio", () => {
  test.each([
    ["BZERO   =                32768", 32768],
    ["BZERO   =           3.2768D+04", 32768],
    ["BZERO   =             3.2768d4", 32768],
    ["BZERO   =                  - 5", -5],
    ["BZERO   = 9223372036854775808", 9223372036854775808n],
  ])("%s, as the Standard has it", (card, value) => expect(bzero(card)).toEqual({ value }));

  test.each([
    ["BZERO   =32768", 32768],
    ["BZERO   =  32768", 32768],
    ["BZERO   =-5", -5],
    ["BZERO   =.5", 0.5],
    ["BZERO   =3.2768D+04/tight", 32768],
    ["BZERO = 32768", 32768],
    ["BZERO=32768", 32768],
    ["BZERO    = 32768", 32768],
    ["BZERO    =32768", 32768],
    ["BZERO   = 32768 offset of the data", 32768],
    ["BZERO   = 32768 # offset", 32768],
  ])("%s", (card, value) => expect(bzero(card).value).toBe(value));

  test("with a warning where the card is malformed", () => {
    expect(bzero("BZERO   =32768").warning).toBe("BZERO is read as 32768, though its card is malformed");
  });
});

describe("a problem, not absent", () => {
  test.each([
    ["BZERO   =           3,2768E+04", "3,2768E+04"],
    ["BZERO   =3,2768E+04 / tight", "3,2768E+04"],
    ["BZERO   = NaN", "NaN"],
    ["BZERO   = Infinity / far", "Infinity"],
    ["BZERO   = 1E400", "Infinity"],
    ["BZERO   = '32768   '", "'32768'"],
    ["BZERO   =                    T", "T"],
    ["BZERO   = (1.0, 2.0)", "(1, 2)"],
    ["BZERO   = 3.27 68", "3.27 68"],
    ["BZERO   = 0x8000", "0x8000"],
    ["BZERO   = 32_768", "32_768"],
    ["BZERO   = .", "."],
    ["BZERO   = 1E", "1E"],
    ["BZERO     32768", "32768"],
    ["BZERO   = \u001b[31m", "?[31m"],
  ])("%s", (card, shown) => {
    expect(bzero(card)).toEqual({ problem: `BZERO is ${shown}, which is no finite number` });
    expect(() => requireDataNumber(header(card), "BZERO", "HDU 3 (SCI)")).toThrow(
      `HDU 3 (SCI): BZERO is ${shown}, which is no finite number; read the stored values instead, with raw (--raw)`,
    );
  });
});

test("without a value it counts as absent, and that is told", () => {
  expect(bzero("BITPIX  = 8")).toEqual({});
  expect(bzero("BZERO   =")).toEqual({ warning: "BZERO has no value; taken as absent" });
  expect(bzero("BZERO   =                     / none")).toEqual({
    warning: "BZERO has no value; taken as absent",
  });
});

describe("repeated", () => {
  test("its last card counts, also where that is no number", () => {
    expect(bzero("BZERO   = 10", "BZERO   = 20")).toEqual({ value: 20 });
    expect(bzero("BZERO   = 10", "BZERO   = 1,5").problem).toContain("1,5");
    expect(bzero("BZERO   = 1,5", "BZERO   = 10")).toEqual({ value: 10 });
  });

  test("a longer word that begins as it does is no card of it", () => {
    const both = header("TZERO100= 5", "TZERO1000= 7");
    expect(dataNumber(both, "TZERO100")).toEqual({ value: 5 });
  });

  test("of any other keyword the first card counts, as in astropy and cfitsio", () => {
    expect(header("OBJECT  = 'A'", "OBJECT  = 'B'").get("OBJECT")).toBe("A");
  });

  test("with different values it is told which card counts; the same value twice is nothing to tell", () => {
    expect(
      headerWarnings(
        header(
          ...[
            "BZERO   = 10",
            "BZERO   = 20",
            "OBJECT  = 'A'",
            "OBJECT  = 'B'",
            "GAIN    = 1.0",
            "GAIN    = 1",
          ],
          ...["COMMENT one", "COMMENT two", "HISTORY one", "HISTORY two"],
        ),
      ),
    ).toEqual([
      "BZERO stands 2 times, as 10, 20; the last counts",
      "OBJECT stands 2 times, as 'A', 'B'; the first counts",
    ]);
  });

  test("record-valued cards repeat their keyword by design", () => {
    expect(headerWarnings(header("DP1     = 'NAXES: 2'", "DP1     = 'AXIS.1: 1'"))).toEqual([]);
  });

  test("keywords are found whatever their case and spelling", () => {
    const repeated = header("bzero   = 1", "BZERO   = 2", "HIERARCH ESO X = 1", "HIERARCH ESO  X = 2");
    expect(repeated.repeated()).toEqual(["BZERO", "ESO X"]);
  });
});
