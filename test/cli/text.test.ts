import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ndarray } from "../../src/array.js";
import { parseAddress, parseHdu } from "../../src/cli/address.js";
import { merged, missingRanges } from "../../src/cli/download/journal.js";
import { Failure } from "../../src/cli/failure.js";
import { encoded, nestedJson } from "../../src/cli/formats.js";
import { alignColumns, byteText, printable, toJson } from "../../src/cli/output.js";
import { FitsError } from "../../src/errors.js";
import { npyHeader } from "../../src/export/npy.js";

describe("JSON", () => {
  test("numbers are exact, those that JSON lacks are strings", () => {
    const value = { big: 9007199254740993n, nan: Number.NaN, low: -Infinity, zero: -0, complex: [1.5, -2] };
    expect(toJson(value)).toBe(
      '{"big":9007199254740993,"nan":"NaN","low":"-Infinity","zero":-0.0,"complex":[1.5,-2]}',
    );
  });
  test("is that of JSON.stringify for plain data", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // As text: JSON.stringify has no -0, which toJson keeps.
        expect(JSON.stringify(JSON.parse(toJson(value)))).toBe(JSON.stringify(value));
      }),
    );
  });
  test("arrays are nested as numpy's tolist, however they are cut", () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 0, maxLength: 4 });
    fc.assert(
      fc.property(shapes, (shape) => {
        const count = shape.reduce((n, length) => n * length, 1);
        const data = Float64Array.from({ length: count }, (_, i) => i / 2);
        let at = 0;
        const nest = (axis: number): unknown =>
          axis === shape.length ? data[at++] : Array.from({ length: shape[axis]! }, () => nest(axis + 1));
        expect(JSON.parse(nestedJson(ndarray(data, shape)))).toEqual(nest(0));
      }),
    );
  });
  test("more values than fit one piece stay one document", () => {
    const data = Int32Array.from({ length: 20_001 }, (_, i) => i);
    const text = [...encoded("json", ndarray(data, [3, 6667]), "int32")].join("");
    const {
      dtype,
      shape,
      data: rows,
    } = JSON.parse(text) as { dtype: string; shape: number[]; data: number[][] };
    expect([dtype, shape, rows.flat().length, rows[2]![6666]]).toEqual(["int32", [3, 6667], 20_001, 20_000]);
  });
});

describe("text", () => {
  test("what could steer a terminal is shown as codes", () => {
    expect(printable("a\u001b[31mb\u009b\n\u202ec")).toBe("a\\x1b[31mb\\u009b\\x0a\\u202ec");
    expect(printable("Å µm °")).toBe("Å µm °");
  });
  test("sizes have three digits", () => {
    expect([0, 999, 1000, 9999, 99_999, 224_208_000, 5e15].map(byteText)).toEqual([
      ...["0 B", "999 B", "1.00 kB", "10.0 kB", "100 kB", "224 MB", "5.00 PB"],
    ]);
  });
  test("columns are aligned", () => {
    expect(
      alignColumns(
        [
          ["a", "1"],
          ["bcd", "22"],
        ],
        [1],
      ),
    ).toEqual(["a     1", "bcd  22"]);
  });
  test("text rows end with the last axis", () => {
    const data = Float32Array.from([1, 2.5, Number.NaN, 4, 5, 6]);
    expect([...encoded("txt", ndarray(data, [3, 2]), "float32")].join("")).toBe("1 2.5\nNaN 4\n5 6\n");
  });
  test("a .npy header is a multiple of 64 bytes", () => {
    for (const shape of [[], [3], [4421, 4223], [2078, 2136, 1282, 2]]) {
      const header = npyHeader("float32", shape);
      expect(header.length % 64).toBe(0);
      expect(Buffer.from(header).toString("latin1", 10)).toContain(
        `'shape': (${shape.length === 1 ? "3," : shape.join(", ")})`,
      );
    }
  });
});

describe("addresses", () => {
  test.each([
    ["a.fits", { source: "a.fits" }],
    ["a.fits[2]", { source: "a.fits", hdu: 2 }],
    ["a.fits[SCI,2]", { source: "a.fits", hdu: ["SCI", 2] }],
    ["a.fits[SCI]", { source: "a.fits", hdu: "SCI" }],
    ["a.fits[1:10,2:20]", { source: "a.fits", fitsSection: "[1:10,2:20]" }],
    ["a.fits[SCI][*,1:20:2]", { source: "a.fits", hdu: "SCI", fitsSection: "[*,1:20:2]" }],
    [
      "https://h/a.fits?x=1[1][1:2,3:4]",
      { source: "https://h/a.fits?x=1", hdu: 1, fitsSection: "[1:2,3:4]" },
    ],
    ["http://[::1]:80/a.fits[0]", { source: "http://[::1]:80/a.fits", hdu: 0 }],
    ["http://[::1]", { source: "http://[::1]" }],
  ])("%s", (text, wanted) => expect(parseAddress(text)).toEqual(wanted));
  test("any text is read or refused", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const parse of [parseAddress, parseHdu]) {
          try {
            parse(text);
          } catch (error) {
            expect(error instanceof FitsError || error instanceof Failure).toBe(true);
          }
        }
      }),
      { examples: [[""], [" "]] },
    );
  });
});

describe("a download's journal", () => {
  test("what is done and what is missing are the file, once", () => {
    const parts = fc.array(fc.tuple(fc.nat(900), fc.integer({ min: 1, max: 100 })), { maxLength: 12 });
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 64 }), (done, partBytes) => {
        const count = new Uint8Array(1000);
        const ranges = missingRanges(1000, done, partBytes);
        for (const [offset, length] of merged(done)) count.fill(1, offset, offset + length);
        for (const { offset, length } of ranges) {
          expect(length).toBeLessThanOrEqual(partBytes);
          for (let i = offset; i < offset + length; i++) count[i]!++;
        }
        expect(count.every((times) => times === 1)).toBe(true);
      }),
    );
  });
});
