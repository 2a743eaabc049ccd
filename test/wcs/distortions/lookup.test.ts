import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LookupUse, lookupsOf } from "../../../src/wcs/distortions/lookup-keywords.js";
import { lookupDisplacement, lookupShape, lookupTable } from "../../../src/wcs/distortions/lookup-table.js";
import { pixelDistortion } from "../../../src/wcs/distortions/pixel.js";
import { readSip } from "../../../src/wcs/distortions/sip.js";
import { applied, headerWith, inverted } from "./made.js";

const use = (over: Partial<LookupUse> = {}): LookupUse => ({
  kind: "CPDIS",
  axis: 1,
  inputs: [1, 2],
  extname: "WCSDVARR",
  extver: 1,
  optional: false,
  ...over,
});

const tableHeader = (nx: number, ny: number, cdelt = 10): ReturnType<typeof headerWith> =>
  headerWith(
    ["NAXIS", 2],
    ["NAXIS1", nx],
    ["NAXIS2", ny],
    ["CRPIX1", 1],
    ["CRPIX2", 1],
    ["CDELT1", cdelt],
    ["CDELT2", cdelt],
  );

describe("which tables a header asks for", () => {
  const cards = [
    ["CPDIS1", "Lookup"],
    ["DP1", "EXTVER: 3"],
    ["DP1", "NAXES: 2"],
    ["DP1", "AXIS.1: 2"],
    ["DP1", "AXIS.2: 1"],
    ["CPDIS2A", "LOOKUP"],
    ["DP2A", "EXTVER: 5.0"],
    ["D2IMDIS2", "Lookup"],
    ["D2IM2", "EXTVER: 2"],
  ] as const;

  test("CPDIS of the alternate asked for, D2IM of all; axes may be swapped or absent", () => {
    const d2im = use({ kind: "D2IM", axis: 2, extname: "D2IMARR", extver: 2 });
    expect(lookupsOf(headerWith(...cards), " ", [])).toEqual([d2im, use({ inputs: [2, 1], extver: 3 })]);
    expect(lookupsOf(headerWith(...cards), "A", [])).toEqual([d2im, use({ axis: 2, extver: 5 })]);
    expect(lookupsOf(headerWith(...cards), "B", [])).toEqual([d2im]);
  });

  test("AXISCORR is the old way to ask for a detector correction", () => {
    const old = use({ kind: "D2IM", axis: 2, extname: "D2IMARR", optional: true });
    expect(lookupsOf(headerWith(["AXISCORR", 2]), " ", [])).toEqual([old]);
  });

  test("what is no lookup table is ignored with a warning", () => {
    const warnings: string[] = [];
    expect(lookupsOf(headerWith(["CPDIS1", "Polynomial"], ["AXISCORR", 3]), " ", warnings)).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/AXISCORR is 3/),
      expect.stringMatching(/CPDIS1 is 'Polynomial'/),
    ]);
  });

  test.each([
    [["DP1", "AXIS.1: 3"], /DP1.AXIS.1 is 3/],
    [["DP1", "NAXES: 1000000000"], /DP1.NAXES is 1000000000/],
    [["DP1", "EXTVER: 1.5"], /DP1.EXTVER is 1.5/],
  ] as const)("%j is refused", (card, message) => {
    expect(() => lookupsOf(headerWith(["CPDIS1", "LOOKUP"], card), " ", [])).toThrow(message);
  });
});

describe("tables", () => {
  test("the value between four pixels, and that of the edge beyond it", () => {
    const data = Float32Array.of(0, 1, 2, 10, 11, 12);
    const table = lookupTable(tableHeader(3, 2), { data, shape: [2, 3] });
    const distortion = pixelDistortion({ cpdis: lookupDisplacement("CPDIS", [{ use: use(), table }]) });
    expect(distortion?.kinds).toEqual(["CPDIS"]);
    // CRPIX 1, CRVAL 0, CDELT 10: pixel 0 is the first of the table, pixel 10 the second.
    expect(applied(distortion, 15, 5)).toEqual([15 + 1.5 + 5, 5]);
    expect(applied(distortion, -100, 500)).toEqual([-100 + 10, 500]);
    const swapped = lookupDisplacement("CPDIS", [{ use: use({ inputs: [2, 1] }), table }]);
    expect(applied(pixelDistortion({ cpdis: swapped }), 5, 15)).toEqual([5 + 1.5 + 5, 15]);
  });

  test("a table of one axis", () => {
    const table = lookupTable(headerWith(["NAXIS", 1], ["NAXIS1", 3], ["CRPIX1", 1]), {
      data: Float32Array.of(0, 1, 4),
      shape: [3],
    });
    const d2im = lookupDisplacement("D2IM", [{ use: use({ kind: "D2IM", axis: 2 }), table }]);
    expect(applied(pixelDistortion({ d2im }), 1.5, 7)).toEqual([1.5, 9.5]);
  });

  test.each([
    [headerWith(["NAXIS", 0]), /it has 0 axes/],
    [headerWith(["NAXIS", 3], ["NAXIS1", 2], ["NAXIS2", 2], ["NAXIS3", 1]), /it has 3 axes/],
    [tableHeader(0, 5), /it has 0 x 5 values/],
    [tableHeader(1e9, 1e9), /it has 1000000000 x 1000000000 values/],
  ])("a shape that cannot be is refused before a pixel is read", (header, message) => {
    expect(() => lookupShape(header)).toThrow(message);
  });

  test("CDELT 0 and too few pixels are refused", () => {
    const data = new Float32Array(4);
    expect(() => lookupTable(tableHeader(2, 2, 0), { data, shape: [2, 2] })).toThrow(/CDELT is 0/);
    expect(() => lookupTable(tableHeader(3, 2), { data, shape: [2, 2] })).toThrow(/do not fill 3 x 2/);
  });
});

test("D2IM comes first; SIP and CPDIS are both evaluated at the pixel that D2IM corrected", () => {
  const table = lookupTable(tableHeader(2, 1), { data: Float32Array.of(0, 10), shape: [1, 2] });
  const all = pixelDistortion({
    d2im: lookupDisplacement("D2IM", [{ use: use({ kind: "D2IM" }), table }]),
    sip: readSip(headerWith(["A_ORDER", 2], ["B_ORDER", 2], ["A_2_0", 0.5]), [0, 0], []),
    cpdis: lookupDisplacement("CPDIS", [{ use: use({ axis: 2 }), table }]),
  });
  expect(all?.kinds).toEqual(["D2IM", "SIP", "CPDIS"]);
  // 2 becomes 4; there SIP adds 8, the table 4.
  expect(applied(all, 2, 1)).toEqual([12, 5]);
  expect(inverted(all, 12, 5).map((value) => value.toFixed(9))).toEqual(["2.000000000", "1.000000000"]);
});

test("the inverse finds its way across the cells of rough tables", () => {
  const value = fc.double({ min: -1.5, max: 1.5, noNaN: true });
  const place = fc.double({ min: -10, max: 90, noNaN: true });
  const values = fc.array(value, { minLength: 64, maxLength: 64 });
  fc.assert(
    fc.property(values, values, values, place, place, (a, b, c, x, y) => {
      const tableOf = (data: number[]) =>
        lookupTable(tableHeader(8, 8), { data: Float32Array.from(data), shape: [8, 8] });
      const pairs = [
        { use: use(), table: tableOf(a) },
        { use: use({ axis: 2 }), table: tableOf(b) },
        { use: use({ kind: "D2IM" }), table: tableOf(c) },
      ];
      const distortion = pixelDistortion({
        d2im: lookupDisplacement("D2IM", pairs),
        cpdis: lookupDisplacement("CPDIS", pairs),
      });
      const [u, v] = inverted(distortion, ...applied(distortion, x, y));
      expect(Math.hypot(u - x, v - y)).toBeLessThan(1e-9);
    }),
    { numRuns: 300 },
  );
});
