import fc from "fast-check";
import { expect, it } from "vitest";
import { groupNames, imageDimensions, nodeName } from "../../src/zarr/names.js";

const hdus = (...named: readonly (readonly [name: string, ver?: number])[]) =>
  named.map(([name, ver = 1], index) => ({ index, name, ver }));

it("names a group by EXTNAME, by EXTNAME and EXTVER where several share it, else by index", () => {
  expect(groupNames(hdus(["PRIMARY"], ["SCI", 1], ["SCI", 2], ["DQ"], [""], ["DQ"]))).toEqual([
    "PRIMARY",
    "SCI.1",
    "SCI.2",
    "3",
    "4",
    "5",
  ]);
  expect(groupNames(hdus(["sci"], ["SCI", 2]))).toEqual(["sci.1", "SCI.2"]);
});

it("leaves an index to its HDU when another HDU is named so", () => {
  expect(groupNames(hdus(["PRIMARY"], ["2"], [""]))).toEqual(["PRIMARY", "2.1", "2"]);
  expect(groupNames(hdus(["SCI.2"], ["SCI", 1], ["SCI", 2]))).toEqual(["SCI.2.1", "SCI.1", "2"]);
});

it("makes names that no reader takes for a path, a hidden file or metadata", () => {
  expect(["..", "../../etc", ".zgroup", "__x", "a b/c", "zarr.json", "flux µJy"].map(nodeName)).toEqual([
    "_",
    "__.._etc",
    "_zgroup",
    "_x",
    "a_b_c",
    "zarr_json",
    "flux__Jy",
  ]);
});

it("never gives two HDUs one group", () => {
  const names = fc.constantFrom(
    "",
    "SCI",
    "sci",
    "SCI.1",
    "SCI.2",
    "0",
    "1",
    "2",
    "3",
    "1.1",
    "..",
    "a/b",
    "a_b",
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(names, fc.integer({ min: 1, max: 3 })), { maxLength: 9 }), (list) => {
      const made = groupNames(hdus(...list)).map((name) => name.toLowerCase());
      expect(new Set(made).size).toBe(list.length);
      for (const name of made) expect(name).toMatch(/^[a-z0-9_-][a-z0-9_.-]*$/);
    }),
  );
});

it("names dimensions by a linear CTYPE, else x, y, z", () => {
  const of = (...ctypes: string[]) =>
    imageDimensions(
      ctypes.map(() => 2),
      (n) => ctypes[n - 1],
    );
  expect(of("RA---TAN", "DEC--TAN", "FREQ", "STOKES")).toEqual(["stokes", "freq", "y", "x"]);
  expect(of("", "", "", "")).toEqual(["axis_4", "z", "y", "x"]);
  expect(of("WAVE", "WAVE")).toEqual(["y", "x"]);
  expect(of("DATA", "LINEAR")).toEqual(["y", "x"]);
});
