import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FitsError } from "../../src/errors.js";
import { type Header, headerOf, parseHeader, withInherited } from "../../src/header/header.js";
import { headerWarnings } from "../../src/header/warnings.js";
import { physicalDtype, scalingOf } from "../../src/image/scale.js";

function bytesOf(cards: readonly string[], end = "END"): Uint8Array<ArrayBuffer> {
  const text = cards.map((card) => card.padEnd(80)).join("") + end;
  const bytes = new Uint8Array(Math.ceil(text.length / 2880) * 2880).fill(32);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const header = (...cards: string[]): Header => parseHeader(bytesOf(cards));

const failure = (run: () => unknown): FitsError => {
  try {
    run();
  } catch (error) {
    if (error instanceof FitsError) return error;
    throw error;
  }
  throw new Error("no error was thrown");
};

describe("long strings", () => {
  test("CONTINUE cards are joined, with their comments (the Standard's examples)", () => {
    const h = header(
      "WEATHER = 'Partly cloudy during the evening f&'",
      "CONTINUE  'ollowed by cloudy skies overnight.&'",
      "CONTINUE  ' Low 21C. Winds NNE at 5 to 10 mph.'",
      "STRKEY  = 'This keyword value is continued &'",
      "CONTINUE  ' over multiple keyword records.&'",
      "CONTINUE  '&' / The comment field for this",
      "CONTINUE  '&' / keyword is also continued",
      "CONTINUE  '' / over multiple records.",
      "NEXT    =                    1",
    );
    expect(h.length).toBe(3);
    expect(h.get("WEATHER")).toBe(
      "Partly cloudy during the evening followed by cloudy skies overnight. Low 21C. Winds NNE at 5 to 10 mph.",
    );
    expect(h.get("STRKEY")).toBe("This keyword value is continued  over multiple keyword records.");
    expect(h.comment("STRKEY")).toBe(
      "The comment field for this keyword is also continued over multiple records.",
    );
    expect(h.card("WEATHER")!.raw).toHaveLength(240);
    expect(h.get("NEXT")).toBe(1);
    expect(headerWarnings(h)).toEqual([]);
  });

  test("HIERARCH strings continue too", () => {
    const h = header("HIERARCH ESO LONG = 'one &'", "CONTINUE  'two' / both");
    expect(h.get("ESO LONG")).toBe("one two");
    expect(h.comment("ESO LONG")).toBe("both");
  });

  test("an & that no CONTINUE follows stays", () => {
    expect(header("A       = 'this & that &'", "B       = 1").get("A")).toBe("this & that &");
    expect(header("A       = 'x&'", "CONTINUE  'y&'").get("A")).toBe("xy&");
  });

  test("a CONTINUE that continues nothing is kept by itself and told", () => {
    const h = header("A       = 'no ampersand'", "CONTINUE  'orphan'", "B       = 5", "CONTINUE  'x'");
    expect(h.length).toBe(4);
    expect(h.get("A")).toBe("no ampersand");
    expect(headerWarnings(h)).toEqual([
      "card 2 (CONTINUE): it continues no string that ends in &",
      "card 4 (CONTINUE): it continues no string that ends in &",
    ]);
  });

  test("any string survives being cut into CONTINUE cards", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[ -~]{0,400}$/),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (text, cuts) => {
          const pieces: string[] = [];
          for (let at = 0, i = 0; at < text.length || i === 0; i++) {
            const length = cuts[i % cuts.length]!;
            pieces.push(text.slice(at, at + length));
            at += length;
          }
          const quoted = (piece: string, i: number): string =>
            `'${piece.replaceAll("'", "''")}${i < pieces.length - 1 ? "&" : ""}'`;
          const h = header(
            ...pieces.map((p, i) => (i === 0 ? "LONG    = " : "CONTINUE  ") + quoted(p, i)),
            "AFTER   =                    T",
          );
          expect(h.get("LONG")).toBe(text.trimEnd());
          expect(h.get("AFTER")).toBe(true);
          expect(h.length).toBe(2);
        },
      ),
    );
  });
});

describe("finding cards", () => {
  const h = header(
    "SIMPLE  =                    T",
    "HIERARCH ESO DET  Chip = 'x' / [mm] size",
    "REPEAT  =                    1",
    "lower   =                    2",
    "REPEAT  =                    3",
    "COMMENT one",
    "        ",
    "COMMENT two",
    "DP1     = 'EXTVER: 1'",
    "DP1     = 'AXIS.1: 2.5D0' / second field",
    "EMPTY   =",
    "MASS    =                 1.50 / [kg] mass [of it]",
    "NOVALUE",
  );

  test("regardless of case, with or without HIERARCH", () => {
    expect(h.get("simple")).toBe(true);
    expect(h.get("LOWER")).toBe(2);
    expect(h.get("HIERARCH ESO DET CHIP")).toBe("x");
    expect(h.get("eso det chip")).toBe("x");
    expect(h.has("ESO DET")).toBe(false);
  });

  test("the first of repeated ones, or all", () => {
    expect(h.get("REPEAT")).toBe(1);
    expect(h.all("repeat").map((card) => card.value)).toEqual([1, 3]);
    expect(h.all("COMMENT").map((card) => card.comment)).toEqual(["one", "two"]);
    expect(h.all("")).toHaveLength(1);
    expect(h.all("NONE")).toEqual([]);
  });

  test("fields of record-valued cards", () => {
    expect(h.get("DP1")).toBe("EXTVER: 1");
    expect(h.get("DP1.EXTVER")).toBe(1);
    expect(h.card("dp1.axis.1")).toMatchObject({
      keyword: "DP1.AXIS.1",
      value: 2.5,
      comment: "second field",
    });
    expect(h.has("DP1.NAXES")).toBe(false);
  });

  test("in order, as they stand", () => {
    expect([...h].map((card) => card.keyword).slice(0, 4)).toEqual([
      "SIMPLE",
      "ESO DET  Chip",
      "REPEAT",
      "LOWER",
    ]);
    expect(h.toString()).toHaveLength(13 * 80);
    expect(h.cards.map((card) => card.raw).join("")).toBe(h.toString());
    expect(h.byteLength).toBe(2880);
  });

  test("units and comments", () => {
    expect(h.unit("MASS")).toBe("kg");
    expect(h.unit("ESO DET CHIP")).toBe("mm");
    expect(h.unit("REPEAT")).toBeUndefined();
    expect(h.unit("NONE")).toBeUndefined();
    expect(h.comment("MASS")).toBe("[kg] mass [of it]");
  });

  test("undefined, absent and valueless keywords differ", () => {
    expect(h.get("EMPTY")).toBeNull();
    expect(h.get("NONE")).toBeUndefined();
    expect(h.get("NOVALUE")).toBeUndefined();
    expect(h.has("NOVALUE")).toBe(true);
    expect(h.number("EMPTY")).toBeUndefined();
  });
});

describe("typed getters", () => {
  const h = header(
    "S       = 'text'",
    "N       =                  2.5",
    "I       =                  42.",
    "B       =     9007199254740993",
    "L       =                    F",
    "Z       = (1, 2)",
  );

  test("give the value where the type is right", () => {
    expect(h.string("S")).toBe("text");
    expect(h.number("N")).toBe(2.5);
    expect(h.number("B")).toBe(9007199254740992);
    expect(h.integer("I")).toBe(42);
    expect(h.bigint("B")).toBe(9007199254740993n);
    expect(h.bigint("I")).toBe(42n);
    expect(h.boolean("L")).toBe(false);
    expect(h.complex("Z")).toEqual([1, 2]);
  });

  test.each([
    ["string", "N", "keyword N is 2.5, not a string"],
    ["number", "S", "keyword S is 'text', not a number"],
    ["integer", "N", "keyword N is 2.5, not an integer below 2^53"],
    ["integer", "B", "keyword B is 9007199254740993, not an integer below 2^53"],
    ["bigint", "N", "keyword N is 2.5, not an integer"],
    ["boolean", "Z", "keyword Z is (1, 2), not T or F"],
    ["complex", "L", "keyword L is F, not a complex number"],
  ] as const)("%s of %s says what is there and what was wanted", (getter, keyword, message) => {
    expect(failure(() => h[getter](keyword))).toMatchObject({ code: "WRONG_TYPE", message });
  });
});

describe("END", () => {
  test("is looked for on cards, not inside them", () => {
    const h = header("ENDTIME =                    1", "COMMENT END", `A       = '${" ".repeat(60)}'END`);
    expect(h.length).toBe(3);
  });

  test("may be followed by junk, which is told", () => {
    const h = parseHeader(bytesOf(["SIMPLE  =                    T"], "END = 5"));
    expect(h.length).toBe(1);
    expect(headerWarnings(h)).toEqual(["the END card holds more than blanks"]);
  });

  test("may be padded with null bytes, which is told", () => {
    const bytes = bytesOf(["SIMPLE  =                    T"]);
    bytes.fill(0, 240);
    expect(headerWarnings(parseHeader(bytes))).toEqual([
      "the padding after the END card holds null bytes, not blanks",
    ]);
  });

  test("must be there", () => {
    expect(failure(() => parseHeader(new Uint8Array(2880).fill(32)))).toMatchObject({
      code: "BAD_HEADER",
      message: "the header has no END card in its 2880 bytes",
    });
  });
});

test("bytes beyond ASCII come back one for one", () => {
  const all = Array.from({ length: 68 }, (_, i) => String.fromCharCode(i * 3 + 52)).join("");
  const h = header(`HISTORY ${all}`);
  expect(h.toString()).toBe(`HISTORY ${all}`.padEnd(80));
  expect(headerWarnings(h)[0]).toContain("is not printable ASCII");
});

describe("headerOf", () => {
  const parsed = header(
    "A       =                    1",
    "LONG    = 'x&'",
    "CONTINUE  'y'",
    "HIERARCH ESO B = 2",
  );

  test("is a header of the cards given", () => {
    const again = headerOf(parsed.cards);
    expect([...again]).toEqual([...parsed]);
    expect(again.toString()).toBe(parsed.toString());
    expect(again.get("ESO B")).toBe(2);
    expect(again.byteLength).toBe(2880);
    expect(headerOf([...parsed.cards].reverse()).cards[0]!.keyword).toBe("ESO B");
    expect(headerOf([]).length).toBe(0);
    expect(headerOf([], 5760).byteLength).toBe(5760);
  });

  test("takes whole cards only", () => {
    expect(failure(() => headerOf([{ keyword: "A", comment: "", raw: "A" }])).code).toBe("BAD_ARGUMENT");
  });
});

describe("INHERIT", () => {
  const primary = header(
    "SIMPLE  =                    T",
    "BITPIX  =                   16",
    "NAXIS   =                    0",
    "TELESCOP= 'HST'",
    "EXPTIME =                  10.",
    "HISTORY of the primary",
    "CHECKSUM= 'abc'",
  );

  test("takes over the primary's keywords that the extension lacks", () => {
    const own = header(
      "XTENSION= 'IMAGE'",
      "INHERIT =                    T",
      "EXPTIME =                  20.",
    );
    const all = withInherited(own, primary);
    expect(all.cards.map((card) => card.keyword)).toEqual(["XTENSION", "INHERIT", "EXPTIME", "TELESCOP"]);
    expect(all.get("EXPTIME")).toBe(20);
    expect(all.byteLength).toBe(own.byteLength);
  });

  test.each(["BSCALE", "BZERO", "BLANK"])(
    "leaves the primary its %s, which is of its own pixels",
    (keyword) => {
      const scaled = header("SIMPLE  =                    T", `${keyword.padEnd(8)}=                    2`);
      const own = header("XTENSION= 'IMAGE'", "INHERIT =                    T");
      expect(withInherited(own, scaled)).toBe(own);
    },
  );

  test("changes nothing without INHERIT = T", () => {
    const own = header("XTENSION= 'IMAGE'", "INHERIT =                    F");
    expect(withInherited(own, primary)).toBe(own);
  });
});

describe("BLANK", () => {
  const dtypeWith = (blank: string): string =>
    physicalDtype("int16", scalingOf(header(`BLANK   = ${blank}`), "int16", "HDU 0"));

  test("may be written as a float", () => expect(dtypeWith("-32768.")).toBe("float64"));

  test("that is a fraction is no stored value, so nothing is blank and integers stay what they are", () => {
    expect(scalingOf(header("BLANK   = 1.5"), "int16", "HDU 0").blank).toBeUndefined();
    expect(dtypeWith("1.5")).toBe("int16");
  });
});
