import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FitsError } from "../../src/errors.js";
import { parseHeader } from "../../src/header/header.js";
import type { CardValue } from "../../src/header/value.js";
import { headerWarnings } from "../../src/header/warnings.js";
import { formatCard, formatFloat, formatHeader, type HeaderCard } from "../../src/write/index.js";

const pad = (text: string): string => text.padEnd(80);

describe("the bytes of a card", () => {
  it("are in fixed format", () => {
    expect(formatCard({ keyword: "naxis1", value: 4223, comment: "length" })).toBe(
      pad("NAXIS1  =                 4223 / length"),
    );
    expect(formatCard({ keyword: "SIMPLE", value: true })).toBe(pad("SIMPLE  =                    T"));
    expect(formatCard({ keyword: "OBJECT", value: "M 31" })).toBe(pad("OBJECT  = 'M 31    '"));
    expect(formatCard({ keyword: "OBJECT", value: "M 31", comment: "it" })).toBe(
      pad("OBJECT  = 'M 31    '           / it"),
    );
    expect(formatCard({ keyword: "EXPTIME", value: 0.5 })).toBe(pad("EXPTIME =                  0.5"));
    expect(formatCard({ keyword: "BSCALE", value: 1, real: true })).toBe(
      pad("BSCALE  =                  1.0"),
    );
    expect(formatCard({ keyword: "BIG", value: 2n ** 63n })).toBe(pad("BIG     =  9223372036854775808"));
    expect(formatCard({ keyword: "Z", value: [1, -2.5] })).toBe(pad("Z       =          (1.0, -2.5)"));
    expect(formatCard({ keyword: "UNKNOWN", value: null, comment: "why" })).toBe(
      pad("UNKNOWN =                      / why"),
    );
  });

  it("double quotes, and keep an empty string empty", () => {
    expect(formatCard({ keyword: "OBSERVER", value: "O'HARA" })).toBe(pad("OBSERVER= 'O''HARA '"));
    expect(formatCard({ keyword: "EMPTY", value: "" })).toBe(pad("EMPTY   = ''"));
  });

  it("are HIERARCH where the keyword is long or odd", () => {
    expect(formatCard({ keyword: "ESO DET CHIP1 ID", value: 3 })).toBe(pad("HIERARCH ESO DET CHIP1 ID = 3"));
    expect(formatCard({ keyword: "HIERARCH a.b", value: "x" })).toBe(pad("HIERARCH a.b = 'x'"));
    expect(formatCard({ keyword: "HIERARCH EXPTIME", value: 3 })).toBe(pad("EXPTIME =                    3"));
  });

  it("split commentary over 72 columns", () => {
    expect(formatCard({ keyword: "HISTORY", comment: "x".repeat(100) })).toBe(
      `HISTORY ${"x".repeat(72)}${pad(`HISTORY ${"x".repeat(28)}`)}`,
    );
    expect(formatCard({ keyword: "", comment: "title" })).toBe(pad("        title"));
    expect(formatCard({ keyword: "COMMENT" })).toBe(pad("COMMENT"));
  });

  it("go on in CONTINUE cards, never between the two quotes of a pair", () => {
    const value = `${"a".repeat(66)}'${"b".repeat(10)}`;
    expect(formatCard({ keyword: "LONG", value, comment: "c" })).toBe(
      `${pad(`LONG    = '${"a".repeat(66)}&'`)}${pad(`CONTINUE  '''${"b".repeat(10)}' / c`)}`,
    );
  });

  it("keep a long comment of a string in CONTINUE cards, and cut that of a number", () => {
    const comment = "word ".repeat(15).trim();
    expect(formatCard({ keyword: "TELESCOP", value: "HST", comment })).toBe(
      pad("TELESCOP= 'HST&'") +
        pad(`CONTINUE  '&' / ${"word ".repeat(13).trim()}`) +
        pad("CONTINUE  '' / word word"),
    );
    expect(formatCard({ keyword: "N", value: 1, comment })).toBe(`N       = 1 / ${comment}`.slice(0, 80));
    expect(formatCard({ keyword: "BITPIX", value: 8, comment })).toBe(
      `BITPIX  =                    8 / ${comment}`.slice(0, 80),
    );
  });

  it("close a continued string that ends in & with one more card", () => {
    const value = `${"a".repeat(70)}&`;
    expect(formatCard({ keyword: "LONG", value })).toBe(
      pad(`LONG    = '${"a".repeat(67)}&'`) + pad("CONTINUE  'aaa&&'") + pad("CONTINUE  ''"),
    );
  });
});

describe("what no card can hold", () => {
  const refused: [string, HeaderCard][] = [
    ["a control character", { keyword: "A", value: "a\nb" }],
    ["a letter that is not ASCII", { keyword: "A", value: "é" }],
    ["a comment that is not ASCII", { keyword: "A", value: 1, comment: "µm" }],
    ["NaN", { keyword: "A", value: Number.NaN }],
    ["infinity", { keyword: "A", value: [1, Number.POSITIVE_INFINITY] }],
    ["END", { keyword: "end", value: 1 }],
    ["CONTINUE", { keyword: "CONTINUE", comment: "x" }],
    ["a value of COMMENT", { keyword: "COMMENT", value: "x" }],
    ["= in a keyword", { keyword: "a = b", value: 1 }],
    ["a keyword of 61 letters", { keyword: "k".repeat(61), value: 1 }],
    ["a long keyword without a value", { keyword: "LONGKEYWORD" }],
    ["a number of 71 digits", { keyword: "A", value: 10n ** 70n }],
  ];
  it.each(refused)("refuses %s", (_, card) => {
    expect(() => formatCard(card)).toThrow(FitsError);
  });
});

const text = fc.string({
  unit: fc.integer({ min: 32, max: 126 }).map((c) => String.fromCharCode(c)),
  maxLength: 200,
});
const keyword = fc.oneof(
  fc.stringMatching(/^[A-Z][A-Z0-9_-]{0,7}$/),
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{2,11}( [A-Z0-9]{1,3}){0,1}$/),
);
const reserved = /^(END|CONTINUE|COMMENT|HISTORY|HIERARCH.*)$/i;
const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const value: fc.Arbitrary<CardValue> = fc.oneof(
  text,
  double,
  fc.integer(),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
  fc.boolean(),
  fc.tuple(double, double),
  fc.constant(null),
);

/** What a value is when it has been through a file: strings lose trailing blanks, bigints may be plain numbers. */
function inFile(value: CardValue): CardValue {
  if (typeof value === "string") return value.trimEnd();
  if (typeof value === "bigint")
    return value === BigInt(Number(value)) && Number.isSafeInteger(Number(value)) ? Number(value) : value;
  return value;
}

describe("headers written and read back", () => {
  it("keep keywords and values", () => {
    const cards = fc.array(
      fc.record({ keyword: keyword.filter((k) => !reserved.test(k)), value, comment: text }),
      {
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(cards, (cards) => {
        const header = parseHeader(formatHeader(cards));
        // Keywords that came up twice are told, and rightly so.
        expect(headerWarnings(header).filter((what) => !/ stands \d+ times, /.test(what))).toEqual([]);
        const own = header.cards.filter(({ keyword }) => keyword !== "LONGSTRN");
        expect(own.map((card) => [card.keyword.toUpperCase(), card.value])).toEqual(
          cards.map((card) => [card.keyword.toUpperCase(), inFile(card.value)]),
        );
        expect(header.cards.filter((card) => card.problem)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("keep comments that fit, and those of strings whatever their length", () => {
    const words = fc
      .array(fc.stringMatching(/^[!-~]{1,12}$/), { maxLength: 30 })
      .map((words) => words.join(" "));
    fc.assert(
      fc.property(text, words, (value, comment) => {
        const card = parseHeader(formatHeader([{ keyword: "K", value, comment }])).card("K");
        expect(card?.value).toBe(value.trimEnd());
        expect(card?.comment).toBe(comment);
      }),
    );
  });

  it("announce CONTINUE once", () => {
    const long = { value: "x".repeat(90) };
    const header = parseHeader(
      formatHeader([
        { keyword: "A", value: 1 },
        { keyword: "B", ...long },
        { keyword: "C", ...long },
      ]),
    );
    expect(header.cards.map(({ keyword }) => keyword)).toEqual(["A", "LONGSTRN", "B", "C"]);
    expect(parseHeader(formatHeader(header.cards)).length).toBe(4);
  });

  it("are whole blocks, and take cards of other files as they stand", () => {
    const raw = "odd card".padEnd(80);
    const bytes = formatHeader([
      raw,
      ...Array.from({ length: 35 }, (_, i) => ({ keyword: `K${i}`, value: i })),
    ]);
    expect(bytes.length).toBe(5760);
    expect(String.fromCharCode(...bytes.subarray(0, 80))).toBe(raw);
    expect(String.fromCharCode(...bytes.subarray(2880, 2883))).toBe("END");
    expect(() => formatHeader(["short"])).toThrow(/80/);
    expect(() => formatHeader(["END".padEnd(80)])).toThrow(/END/);
  });
});

describe("floats", () => {
  it("read back exactly, with a decimal point, in at most 24 characters", () => {
    fc.assert(
      fc.property(double, (x) => {
        const text = formatFloat(x);
        expect(Number(text)).toBe(x);
        expect(text).toMatch(/^-?\d+\.\d+(E[+-]?\d+)?$/);
        expect(text.length).toBeLessThanOrEqual(24);
      }),
    );
    expect(formatFloat(1e21)).toBe("1.0E+21");
    expect(formatFloat(123456789012345680000)).toBe("1.2345678901234568E+20");
    expect(formatFloat(5e-324)).toBe("5.0E-324");
  });
});
