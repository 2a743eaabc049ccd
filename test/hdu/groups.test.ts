import { describe, expect, test } from "vitest";
import { groupsHdu } from "../../src/hdu/groups.js";
import { layoutOf } from "../../src/hdu/layout.js";
import { memorySource } from "../../src/source/objects.js";
import { corpusFile, corpusIsHere, layoutsOf, truth } from "../image/corpus.js";
import { type Cards, failure, madeHeader, runOn, valuesOf } from "../image/made.js";

/** Three groups of three int16 parameters and a 2 x 2 array: 100 * group + place. */
function made(cards: Cards = {}) {
  const header = madeHeader({
    ...{ SIMPLE: true, BITPIX: 16, NAXIS: 3, NAXIS1: 0, NAXIS2: 2, NAXIS3: 2 },
    ...{ GROUPS: true, PCOUNT: 3, GCOUNT: 3, PTYPE1: "UU", PTYPE2: "DATE", PTYPE3: "DATE" },
    ...{ PSCAL1: 0.5, PZERO2: 2455000.5, PSCAL3: 0.001, ...cards },
  });
  const { hdu } = layoutOf(header, { index: 0, headerOffset: 0 });
  const file = new Uint8Array(header.byteLength + 42);
  const view = new DataView(file.buffer, header.byteLength);
  for (let group = 0; group < 3; group++) {
    for (let i = 0; i < 7; i++) view.setInt16(2 * (7 * group + i), 100 * group + i);
  }
  return groupsHdu(hdu, {
    run: (plan) => runOn(plan, file),
    source: memorySource(file),
  });
}

describe("random groups", () => {
  test("have names, counts and types", () => {
    expect(made()).toMatchObject({
      kind: "groups",
      groupCount: 3,
      shape: [3, 2, 2],
      dtype: "int16",
      rawDtype: "int16",
    });
    expect(made().parameterNames).toEqual(["UU", "DATE", "DATE"]);
    expect(made({ PTYPE2: "" }).parameterNames).toEqual(["UU", "PAR2", "DATE"]);
  });

  test("give one group, its parameters scaled and those of one name added up", async () => {
    const { parameters, array } = await made().group(1);
    expect([...parameters]).toEqual([
      ["UU", 50],
      ["DATE", 101 + 2455000.5 + 0.102],
    ]);
    expect(array).toEqual({
      dtype: "int16",
      data: Int16Array.of(103, 104, 105, 106),
      shape: [2, 2],
      stride: [2, 1],
    });
    expect(await made().group(-1)).toEqual(await made().group(2));
  });

  test("give a range of groups, one value of each parameter for every group", async () => {
    const { parameters, array } = await made({ BSCALE: 2 }).groups({ start: 1 });
    expect(parameters.get("UU")).toEqual(Float64Array.of(50, 100));
    expect(array.shape).toEqual([2, 2, 2]);
    expect(array.data).toEqual(Float64Array.of(206, 208, 210, 212, 406, 408, 410, 412));
    const raw = await made({ BSCALE: 2 }).groups({ start: -3, stop: 1 }, { raw: true });
    expect(raw.array.data).toEqual(Int16Array.of(3, 4, 5, 6));
    expect((await made().groups({ start: 2, stop: 1 })).array.shape).toEqual([0, 2, 2]);
  });

  test("that are not there are refused", async () => {
    for (const i of [3, -4, 0.5])
      expect(await failure(() => made().group(i))).toMatchObject({ code: "BAD_SELECTION" });
    const hostile = made({ GCOUNT: 1e12, PCOUNT: 1e3 });
    expect(await failure(() => hostile.groups())).toMatchObject({ code: "TRUNCATED" });
    expect(await failure(() => hostile.group(5))).toMatchObject({ code: "TRUNCATED" });
  });

  const files = Object.entries(truth()).flatMap(([file, { hdus }]) => {
    const groups = hdus?.[0]?.groups;
    return groups ? [[file, groups] as const] : [];
  });
  test.skipIf(!corpusIsHere).each(files)(
    "of the corpus (skipped where it is absent): %s",
    async (name, expected) => {
      const file = corpusFile(name);
      const groups = groupsHdu((await layoutsOf(file, 0))[0]!, {
        run: (plan) => runOn(plan, file),
        source: memorySource(file),
      });
      expect([groups.groupCount, groups.parameterNames]).toEqual([expected.gcount, expected.parameters]);
      expect(groups.shape).toEqual(expected.first.shape);
      const first = await groups.group(0);
      const sums = new Map<string, number>();
      for (const [i, key] of expected.parameters.entries()) {
        sums.set(key, (sums.get(key) ?? 0) + expected.first.parameters[i]!);
      }
      expect([...first.parameters]).toEqual([...sums]);
      expect(valuesOf(first.array).slice(0, 6)).toEqual(expected.first.values);
    },
  );
});
