import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { beginningOf, isPattern, matchesKeyword, matchesName, matchesPath } from "../../src/list/glob.js";

describe("a segment", () => {
  const cases: [pattern: string, yes: string[], no: string[]][] = [
    ["*.fits", ["a.fits", "a.b.fits"], [".fits", "a.fits.gz", "afits", ".hidden.fits"]],
    ["a?c", ["abc", "a😀c"], ["ac", "abbc"]],
    ["img[0-9].fits", ["img3.fits"], ["imgx.fits", "img33.fits", "img[0-9].fits"]],
    ["[!a-c]*", ["dog"], ["cat", ".dog"]],
    ["[]x]y", ["]y", "xy"], ["y"]],
    ["{sci,err}_*.fits", ["sci_1.fits", "err_.fits"], ["var_1.fits", "{sci,err}_1.fits"]],
    ["*a*b*", ["xaxbx", "ab"], ["ba", "xxa"]],
    [".*", [".x"], ["x"]],
    ["a.b", ["a.b"], ["axb"]],
    ["(a|b)+$", ["(a|b)+$"], ["a"]],
  ] as never;
  for (const [pattern, yes, no] of cases.filter(({ length }) => length === 3))
    it(`${pattern} matches ${yes.join(" ")}, not ${no.join(" ")}`, () => {
      expect(yes.filter((name) => !matchesName(pattern, name))).toEqual([]);
      expect(no.filter((name) => matchesName(pattern, name))).toEqual([]);
    });

  it("takes no longer for a hostile name", () => {
    const name = "a".repeat(20_000);
    expect(matchesName("*a*a*a*a*a*a*a*a*a*a*b", name)).toBe(false);
  });

  it("stands for a bounded number of alternatives", () => {
    expect(() => matchesName("{a,b}".repeat(11), "a")).toThrow(/more than 1000 patterns/);
  });

  it("begins all that it matches", () => {
    expect(["a/b", "ab*", "a[1]*", "{a,b}c", "?", "x"].map(beginningOf)).toEqual([
      "a/b",
      "ab",
      "a",
      "",
      "",
      "x",
    ]);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "["), maxLength: 6 }),
        fc.string({ unit: fc.constantFrom("a", "b", "["), maxLength: 6 }),
        (pattern, name) => !matchesName(pattern, name) || name.startsWith(beginningOf(pattern)),
      ),
    );
  });
});

test("two stars are any folders, but none whose name begins with a dot", () => {
  const matches = (pattern: string, path: string): boolean =>
    matchesPath(pattern.split("/"), path.split("/"));
  const paths = ["a.fits", "x/a.fits", "x/y/a.fits", ".git/a.fits", "x/.y/a.fits", "x/a.txt"];
  expect(paths.filter((path) => matches("**/*.fits", path))).toEqual(["a.fits", "x/a.fits", "x/y/a.fits"]);
  expect(paths.filter((path) => matches("x/**/a.fits", path))).toEqual(["x/a.fits", "x/y/a.fits"]);
  expect(paths.filter((path) => matches("**", path))).toEqual([
    "a.fits",
    "x/a.fits",
    "x/y/a.fits",
    "x/a.txt",
  ]);
  expect(matches("**/**/**/**/**/**/**/z", `${"x/".repeat(2000)}y`)).toBe(false);
});

test("brackets alone make no pattern: they are names of HDUs, too", () => {
  expect(["a*", "a?", "{a,b}"].map(isPattern)).toEqual([true, true, true]);
  expect(["a.fits[1]", "{a}", "a", "{a/b,c}"].map(isPattern)).toEqual([false, false, false, false]);
});

test("keywords match in any case", () => {
  expect(matchesKeyword("cd?_*", "CD1_1")).toBe(true);
  expect(matchesKeyword("CD", "CD1_1")).toBe(false);
});
