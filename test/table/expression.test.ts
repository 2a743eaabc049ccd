/**
 * The language of conditions: what it means, and what it says of mistakes.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExpression } from "../../src/table/expression.js";
import { openTable, rowsOf } from "./made.js";

const table = openTable({
  columns: { x: "D", k: "K", s: "4A", f: "L", "odd name": "I", v: "2J", y: "J" },
  rowBytes: 35,
  rows: rowsOf(5, 35, (view, i) => {
    view.setFloat64(0, i === 4 ? Number.NaN : i);
    view.setBigInt64(8, 9007199254740992n + BigInt(i));
    for (const [k, c] of [..."abcd".slice(0, i)].entries()) view.setUint8(16 + k, c.charCodeAt(0));
    view.setUint8(20, [84, 70, 0, 84, 70][i]!);
    view.setInt16(21, -i);
    view.setInt32(31, i === 1 ? -99 : i);
  }),
  cards: { TNULL7: -99 },
});

async function rows(where: string): Promise<number[]> {
  const found = await (await table).select({ columns: ["x"], where });
  return Array.from({ length: found.length }, (_, i) => found.rowNumber(i));
}

describe("conditions mean", () => {
  it.each([
    ["x < 2", [0, 1]],
    ["x >= 1 and x <= 2", [1, 2]],
    ["x between 1 and 2", [1, 2]],
    ["x not between 1 and 2", [0, 3, 4]],
    ["x in (0, 3, 7)", [0, 3]],
    ["not x in (0, 3)", [1, 2, 4]],
    ["x == 1 || x = 3", [1, 3]],
    ["x <> 1 && !(x > 2)", [0, 2, 4]],
    ["x is null", [4]],
    ["isnan(x)", [4]],
    ["x is not null", [0, 1, 2, 3]],
    ["y is null", [1]],
    ["y in (0, 3)", [0, 3]],
    ["not y in (0, 3)", [2, 4]],
    ["(y in (0, 3)) is null", [1]],
    [`x in (${Array(4000).fill(1).join(",")})`, [1]],
    ["y != 3", [0, 2, 4]],
    ["not (y = 3)", [0, 2, 4]],
    ["y = 3 or x = 1", [1, 3]],
    ["y > 0 and x = 1", []],
    ["f", [0, 3]],
    ["f is null", [2]],
    ["not f", [1, 4]],
    ["f = true", [0, 3]],
    ["k = 9007199254740993", [1]],
    ["k > 9007199254740994", [3, 4]],
    ["k + 1 = 9007199254740994", [1]],
    ["k - 9007199254740992 = 3", [3]],
    ["k % 2 = 1", [1, 3]],
    ["s = 'ab'", [2]],
    ["s like 'AB%'", [2, 3, 4]],
    ["s not like '%b%'", [0, 1]],
    ["upper(s) = 'ABC' or length(s) = 0", [0, 3]],
    ["`odd name` = -2", [2]],
    ['"odd name" < -2.5', [3, 4]],
    ["-x ** 2 = -4", [2]],
    ["2 * x + 1 == 5", [2]],
    ["abs(`odd name`) > 3 or sqrt(x) = 1", [1, 4]],
    ["X = 1 AND NOT F", [1]],
    ["1 < 2", [0, 1, 2, 3, 4]],
  ])("%s", async (where, expected) => {
    expect(await rows(where)).toEqual(expected);
  });

  it("what JavaScript's own arithmetic means", async () => {
    const arithmetic = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.integer({ min: 0, max: 9 }).map(String),
        fc.constant("x"),
        fc
          .tuple(tie("node"), fc.constantFrom("+", "-", "*", "/"), tie("node"))
          .map(([a, op, b]) => `(${String(a)} ${op} ${String(b)})`),
      ),
    })).node;
    await fc.assert(
      fc.asyncProperty(arithmetic, arithmetic, async (a, b) => {
        const expected = [0, 1, 2, 3, Number.NaN].flatMap((x, row) =>
          new Function("x", `return ${String(a)} < ${String(b)}`)(x) ? [row] : [],
        );
        expect(await rows(`${String(a)} < ${String(b)}`)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

describe("mistakes are told with their place", () => {
  it.each([
    ["x <", "expected a value, at its end"],
    ["x < 1 and", "expected a value, at its end"],
    ["x # 1", "not understood, at character 3, before '# 1'"],
    ["(x < 1", "expected ')', at its end"],
    ["0 < x < 1", "comparisons do not chain"],
    ["x", "a number, not a condition"],
    ["s < 1", "a string and a number cannot be compared"],
    ["nope = 1", "no column 'nope'"],
    ["v = 1", "is a vector column"],
    ["foo(x) = 1", "no function 'foo'"],
    ["sqrt(x, x) = 1", "takes 1 values, not 2"],
    ["constructor(x) = 1", "no function 'constructor'"],
    ["x is 1", "expected 'null'"],
    ["s = 'ab", "not understood"],
    ["x + f", "for numbers"],
    ["", "expected a value"],
  ])("%s", async (where, message) => {
    const error = await rows(where).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
    expect((error as Error).message).toContain(message);
  });

  it("never ends in anything but a tree or BAD_ARGUMENT", () => {
    const piece = fc.constantFrom(
      "(",
      ")",
      "x",
      "1",
      "'s'",
      "and",
      "not",
      "-",
      "**",
      "in",
      ",",
      "<",
      "between",
      "`",
      '"',
      "is",
      "é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          parseExpression(pieces.join(" "));
        } catch (error) {
          expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
        }
      }),
    );
    expect(() => parseExpression(`${"(".repeat(5000)}1`)).toThrow(/nested too deeply/);
    expect(() => parseExpression(`${"-".repeat(5000)}1`)).toThrow(/nested too deeply/);
    expect(() => parseExpression("not ".repeat(2000))).toThrow(/nested too deeply/);
  });
});
