import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { safeName, uniqueNamer } from "../../src/stamps/names.js";

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.constantFrom(
    "..",
    ".",
    "",
    "/",
    "../../etc/passwd",
    "C:\\x",
    "con",
    "NUL.txt",
    "-rf",
    "a\0b",
    "\u202ex",
    "M31",
  ),
);

describe("names of files", () => {
  test.each([
    ["M31", "M31"],
    ["NGC 224", "NGC_224"],
    ["J100141.1+022520", "J100141.1+022520"],
    ["../../etc/passwd", "_.._etc_passwd"],
    ["-rf", "_rf"],
    ["con", "_con"],
    ["", "_"],
    ["é", "é"],
  ])("%j becomes %j", (name, file) => {
    expect(safeName(name).replace(/^_+/, "_")).toBe(file);
  });

  test("are never paths, hidden, too long or steering a terminal, whatever the target is called", () => {
    fc.assert(
      fc.property(hostile, (name) => {
        const safe = safeName(name);
        expect(safe).toMatch(/^[^./\\-][^/\\]*$/u);
        expect(safe).not.toMatch(/[\p{Cc}\p{Cf}\p{Z}:*?"<>|]/u);
        expect(safe.endsWith(".")).toBe(false);
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(121);
        expect(safe).toBe(safeName(safe));
      }),
      { numRuns: 2000 },
    );
  });

  test("are unique in any case of letters, and the first one keeps its name", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "A", "a-2", "b", "A-2", "a-3")), (names) => {
        const unique = uniqueNamer();
        const given = names.map(unique);
        expect(new Set(given.map((name) => name.toLowerCase())).size).toBe(names.length);
        if (names.length > 0) expect(given[0]).toBe(names[0]);
      }),
    );
  });
});
