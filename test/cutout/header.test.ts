/**
 * The rules of a cutout's header, card by card.
 */
import { describe, expect, test } from "vitest";
import metadata from "../../package.json" with { type: "json" };
import { cutoutHeader } from "../../src/cutout/index.js";
import { type Header, parseHeader } from "../../src/header/header.js";
import { version } from "../../src/version.js";
import { formatHeader, type HeaderItem } from "../../src/write/index.js";

const headerOf = (items: readonly HeaderItem[]): Header => parseHeader(formatHeader(items));
const date = new Date("2026-03-04T05:06:07.890Z");

/** The header of a section of an image of 50 by 60 pixels with these cards. */
function cut(cards: readonly HeaderItem[], section: string, options = {}): Header {
  const image = { header: headerOf(cards), shape: [50, 60], bitpix: -32, index: 1, name: "SCI" };
  return headerOf(cutoutHeader(image, section, { date, ...options }));
}

/** The same of a cube of 20 such planes. */
function cutCube(cards: readonly HeaderItem[], section: string): Header {
  const image = { header: headerOf(cards), shape: [20, 50, 60], bitpix: -32, index: 0, name: "" };
  return headerOf(cutoutHeader(image, section, { date }));
}

const card = (keyword: string, value: string | number | boolean): HeaderItem => ({ keyword, value });

describe("the header of a cutout", () => {
  test("keeps what does not change digit for digit", () => {
    const odd = "EXPTIME =             1.50000E+02 / odd,  but as it was".padEnd(80);
    expect(cut([odd], "7:31,11:42").card("EXPTIME")?.raw).toBe(odd);
  });

  test("tells its provenance, in characters that a header may hold", () => {
    const { cards } = cut([], "7:31,11:42", { href: "file:///data/süß.fits", primary: true });
    expect(cards.filter(({ keyword }) => keyword === "HISTORY").map(({ comment }) => comment)).toEqual([
      `Cutout by fitslice ${version}, 2026-03-04T05:06:07 UTC`,
      "of file:///data/s%C3%BC%C3%9F.fits",
      "HDU 1 (SCI), section [12:42,8:31]",
    ]);
    expect(cards[0]!.keyword).toBe("SIMPLE");
  });

  test("moves the reference pixels of all alternates, also one that is left out and so 0", () => {
    const header = cut([card("CRPIX1", 30.5), card("CTYPE2", "DEC--TAN"), card("CRPIX2B", -3)], "7:31,11:42");
    expect(["CRPIX1", "CRPIX2", "CRPIX2B"].map((key) => header.get(key))).toEqual([19.5, -7, -10]);
    expect(header.has("CRPIX1B")).toBe(true);
  });

  test("invents no coordinates where there are none", () => {
    expect(cut([card("OBJECT", "M31")], "7:31,11:42").cards.map(({ keyword }) => keyword)).not.toContain(
      "CRPIX1",
    );
  });

  test("gives an axis that no keyword mentions what is needed for it to stay the pixel of the image", () => {
    const cube = cutCube([card("CTYPE1", "RA---TAN"), card("CTYPE2", "DEC--TAN")], "3:9:2,:,:");
    expect(["CRPIX3", "CRVAL3", "CTYPE3", "CDELT3"].map((key) => cube.get(key))).toEqual([-1, 0, "", 2]);
    expect(cube.has("CRPIX1")).toBe(false);
  });

  test("gives axes behind those of WCSAXES nothing", () => {
    const cube = cutCube([card("WCSAXES", 2), card("CD1_1", 1), card("CD2_2", 1)], "3:9:2,1:,:");
    expect(cube.cards.filter(({ keyword }) => /3/.test(keyword.replace("NAXIS3", "")))).toEqual([]);
    expect(cube.get("CRPIX2")).toBe(-1);
  });

  test("cuts a comment rather than letting a short string go on in a second card", () => {
    const region = "POLYGON ICRS 150.1 2.1 150.2 2.1";
    const given = { keyword: "S_REGION", value: "POLYGON ICRS 1 2 3 4 5 6", comment: "word ".repeat(9) };
    const cards = cut([given], "7:31,11:42", { region }).cards;
    expect(cards.find(({ keyword }) => keyword === "S_REGION")?.raw).toHaveLength(80);
    expect(cards.map(({ keyword }) => keyword)).not.toContain("CONTINUE");
  });

  test("moves sections of the image, and leaves others out, with a word", () => {
    const given = ["DATASEC", "TRIMSEC", "DETSEC"].map((key) => card(key, "[5:60,1:50]"));
    const header = cut([...given, card("BIASSEC", "[1:4,1:50]")], "7:31,11:42");
    expect(header.get("DATASEC")).toBe("[1:31,1:24]");
    expect([header.has("DETSEC"), header.has("BIASSEC")]).toEqual([false, false]);
    expect(header.toString()).toContain("DETSEC left out: it was '[5:60,1:50]'");
    expect(cut(given, "...").get("DETSEC")).toBe("[5:60,1:50]");
  });

  test("is never wrong of the checksums and the region of the whole", () => {
    const given = [
      card("CHECKSUM", "abc"),
      card("DATASUM", "1"),
      card("S_REGION", "POLYGON ICRS 1 2 3 4 5 6"),
    ];
    const header = cut(given, "7:31,11:42");
    expect(["CHECKSUM", "DATASUM", "S_REGION"].filter((key) => header.has(key))).toEqual([]);
    expect(cut(given, "7:31,11:42", { region: "POLYGON ICRS 7 8" }).get("S_REGION")).toBe("POLYGON ICRS 7 8");
  });

  test("inherits where the image says so", () => {
    const inherits = headerOf([card("SIMPLE", true), card("EXPTIME", 90.5)]);
    expect(cut([card("INHERIT", true)], "1:3,1:3", { inherits, primary: true }).get("EXPTIME")).toBe(90.5);
    expect(cut([card("INHERIT", false)], "1:3,1:3", { inherits }).has("EXPTIME")).toBe(false);
  });

  test("a value that is no number stays as it is", () => {
    expect(cut([card("CD1_1", "wide"), card("CRVAL1", 3)], "::2,::3").get("CD1_1")).toBe("wide");
  });
});

test("the version is the package's", () => {
  expect(version).toBe(metadata.version);
});
