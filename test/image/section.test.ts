import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FitsError } from "../../src/errors.js";
import { narrowSection } from "../../src/image/bands.js";
import {
  type AxisSelector,
  parseFitsSection,
  resolveSection,
  type Selection,
} from "../../src/image/section.js";
import { naiveIndices } from "./made.js";

const shape = [10, 20, 30];
const bound = fc.option(fc.integer({ min: -15, max: 15 }), { nil: null });

function resolved(selection: Selection, of: readonly number[] = shape): number[][] {
  const { start, count, step, shape } = resolveSection(selection, of);
  return [[...start], [...count], [...step], [...shape]];
}

function message(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof FitsError && error.code === "BAD_SELECTION") return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("a selection", () => {
  test("of nothing is the whole image", () => {
    expect(resolved([])).toEqual([[0, 0, 0], shape, [1, 1, 1], shape]);
    expect(resolveSection(undefined, shape)).toEqual(resolveSection([], shape));
  });

  test.each(["", "  ", "\t"])("of empty text (%j) is refused: it would be the whole image", (text) => {
    expect(message(() => resolveSection(text, shape))).toContain("the text is empty");
  });

  test.each([
    ["a typed array", [Int32Array.of(1, 2)], "an object of type Int32Array"],
    ["an empty typed array", [new Float64Array(0)], "an object of type Float64Array"],
    ["other names for the bounds", [{ from: 0, to: 5 }], "{ from, to }"],
    ["a bound more", [{ start: 0, stop: 5, end: 6 }], "{ start, stop, end }"],
    ["a date", [new Date(0)], "an object of type Date"],
    ["a map", [new Map([["start", 1]])], "an object of type Map"],
    ["a bigint", [5n], "5n"],
    ["bigint bounds", [[0n, 5n]], "0n is not an integer"],
    ["true", [true], "true"],
    ["undefined", [undefined], "undefined"],
    ["a function", [() => 1], "cannot read"],
    ["a symbol", [Symbol("x")], "Symbol(x)"],
    ["a bound without a text of its own", [[Object.create(null), 1]], "is not an integer"],
    ["a circle", [Object.assign([], { 0: [] as unknown[], 1: 2, length: 2 })], "is not an integer"],
    ["a control character", ["\u001b[31m"], "\\u001b[31m"],
    ["no list", Int32Array.of(1, 2), "an object of type Int32Array is no selection"],
    ["one number", 5, "5 is no selection"],
    ["one bigint", 5n, "5n is no selection"],
  ])("made of %s is refused, not taken for the whole axis", (_, selection, why) => {
    expect(message(() => resolveSection(selection as Selection, shape))).toContain(why);
  });

  test("takes slices of any make, as long as they have start, stop and step alone", () => {
    class Slice {
      start = 1;
      stop = 3;
    }
    const bare = Object.assign(Object.create(null) as object, { start: 1, stop: 3 });
    for (const slice of [new Slice(), bare, { start: 1, stop: 3, step: null }])
      expect(resolved([slice])).toEqual(resolved([[1, 3]]));
    expect(resolved([{}])).toEqual(resolved([null]));
  });

  test("takes slices as tuples, objects and text alike", () => {
    const expected = [
      [2, 5, 0],
      [3, 20 - 5, 30],
      [1, 1, 1],
      [3, 15, 30],
    ];
    expect(
      resolved([
        [2, 5],
        [5, null],
      ]),
    ).toEqual(expected);
    expect(resolved([{ start: 2, stop: 5 }, { start: 5 }, ":"])).toEqual(expected);
    expect(resolved("2:5, 5:, :")).toEqual(expected);
    expect(resolved("2:5,-15:")).toEqual(expected);
    expect(resolved([[2, 5, 1], { start: 5, stop: Number.POSITIVE_INFINITY }, null])).toEqual(expected);
  });

  test("drops the axis of an integer, negative ones from the end", () => {
    expect(resolved([-1, "...", 3])).toEqual([[9, 0, 3], [1, 20, 1], [1, 1, 1], [20]]);
    expect(resolved("-1, ..., 3")).toEqual(resolved([-1, "...", 3]));
    expect(resolved("..., 5, ::2")[3]).toEqual([10, 15]);
    expect(resolved([1, 2, 3])[3]).toEqual([]);
  });

  test("takes the slices that Python takes, whatever the bounds and steps", () => {
    const step = fc.integer({ min: -5, max: 5 }).filter((n) => n !== 0);
    fc.assert(
      fc.property(fc.nat(10), bound, bound, step, (length, start, stop, by) => {
        const section = resolveSection([[start, stop, by]], [length]);
        const indices = Array.from(
          { length: section.count[0]! },
          (_, i) => section.start[0]! + i * section.step[0]!,
        );
        expect(indices).toEqual(naiveIndices(length, [start, stop, by]));
      }),
      { numRuns: 1000 },
    );
  });

  test("out of bounds names axis, index and shape", () => {
    expect(message(() => resolveSection([0, 20], shape))).toBe(
      "bad section: index 20 is outside axis 1 of an image of shape (10, 20, 30), slowest axis first, 0-based",
    );
    expect(message(() => resolveSection([-11], shape))).toContain("index -11");
    expect(message(() => resolveSection([0], [0]))).toContain("index 0");
  });

  test.each<[Selection, string]>([
    [[0, 0, 0, 0], "4 selectors"],
    ["...,...", "cannot read"],
    ["::0", "step 0"],
    [[[0, 1, 0]], "step 0"],
    [[1.5], "1.5"],
    [[Number.NaN], "NaN"],
    [[[0.5, 2]], "0.5"],
    [[[0, 1, Number.POSITIVE_INFINITY]], "step Infinity"],
    ["1:2:3:4", "1:2:3:4"],
    ["1,,2", '""'],
    ["a", '"a"'],
    ["1e9", '"1e9"'],
    ["[1:10,1:10]", "parseFitsSection"],
    [["x" as AxisSelector], '"x"'],
    [[[1] as unknown as AxisSelector], "[1]"],
    [[{ start: "1" } as unknown as AxisSelector], "1"],
    [5 as never, "a string, or an array"],
    [{} as never, "a string, or an array"],
  ])("%j is refused", (selection, why) => {
    expect(message(() => resolveSection(selection, shape))).toContain(why);
  });

  test("is read or refused, never anything else, whatever the text", () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom("1", "-", ":", ",", ".", "...", " ", "99999999999999999999", "["), {
          maxLength: 9,
        })
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (selection) => {
        for (const read of [
          () => resolveSection(selection, shape),
          () => resolveSection(parseFitsSection(selection, shape), shape),
        ]) {
          try {
            expect(read().count.every((n, axis) => n >= 0 && n <= shape[axis]!)).toBe(true);
          } catch (error) {
            expect(error).toMatchObject({ code: "BAD_SELECTION" });
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a FITS section", () => {
  const of = [40, 30];
  const axes = (text: string): number[][] => resolved(parseFitsSection(text, of), of);

  test("counts from 1, includes both ends, and puts NAXIS1 first", () => {
    expect(
      axes("[2001:2250,1601:1950]".replaceAll("2001:2250", "11:20").replaceAll("1601:1950", "1:5")),
    ).toEqual([
      [0, 10],
      [5, 10],
      [1, 1],
      [5, 10],
    ]);
    expect(resolved(parseFitsSection("[2001:2250,1601:1950]", [4421, 4223]), [4421, 4223])).toEqual(
      resolved("1600:1950, 2000:2250", [4421, 4223]),
    );
  });

  test("is text: anything else is refused", () => {
    for (const text of [5, null, ["1:2"], 1n]) {
      expect(() => parseFitsSection(text as never, of)).toThrowError(
        expect.objectContaining({ code: "BAD_ARGUMENT" }),
      );
    }
  });

  test("takes whole axes, reversed axes and steps", () => {
    expect(axes("[*,-*]")).toEqual([
      [39, 0],
      [40, 30],
      [-1, 1],
      [40, 30],
    ]);
    expect(axes("[*:2,20:11:3]")).toEqual([
      [19, 0],
      [4, 15],
      [-3, 2],
      [4, 15],
    ]);
    expect(axes("[:2]")).toEqual(axes("[*:2,*]"));
    expect(axes("[30:1, 40:1]")).toEqual(axes("[-*,-*]"));
    expect(axes("[2:1]")[0]).toEqual([0, 1]);
    expect(axes("[2:1]")[1]).toEqual([40, 2]);
    // Down to the second pixel: the first one stays out.
    expect(axes("[3:2]").slice(0, 2)).toEqual([
      [0, 2],
      [40, 2],
    ]);
    expect(axes("[5,*]")[3]).toEqual([40]);
    expect(axes("1:30, 1:40")).toEqual(axes("[]".replace("]", "*]")));
  });

  test.each([
    ["[0:5,*]", "0 in"],
    ["[1:31,*]", "NAXIS1 = 30"],
    ["[*,41]", "NAXIS2 = 40"],
    ["[*,*,*]", "3 axes"],
    ["[1:5:0,*]", "step 0"],
    ["[-3:5,*]", "-3:5"],
    ["[1:,*]", "1:"],
    ["[,*]", '""'],
  ])("%s is refused", (text, why) => {
    expect(message(() => parseFitsSection(text, of))).toContain(why);
  });
});

test("part of a section is counted in the section's own places", () => {
  const section = resolveSection([5, [15, 3, -2], [4, null, 3]], shape);
  expect(section.shape).toEqual([6, 9]);
  const part = narrowSection(section, [1, 2], [2, 3]);
  expect(part).toEqual(resolveSection([5, [13, 9, -2], [10, 19, 3]], shape));
});
