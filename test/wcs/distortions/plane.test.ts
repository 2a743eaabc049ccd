import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dssPlate } from "../../../src/wcs/distortions/dss.js";
import { irafDistortion, zpxParameters } from "../../../src/wcs/distortions/iraf.js";
import { tpv } from "../../../src/wcs/distortions/tpv.js";
import { applied, headerWith, inverted } from "./made.js";

describe("TPV", () => {
  test("without PV terms nothing changes; an absent PVi_1 is 1", () => {
    expect(applied(tpv([], [], []), 0.5, -0.25)).toEqual([0.5, -0.25]);
    expect(applied(tpv([0.125], [undefined, 2], []), 0.5, -0.25)).toEqual([0.625, -0.5]);
  });

  test("powers of x and y change places on the latitude axis; r stands in terms 3, 11, 23, 39", () => {
    const only = (m: number): number[] => Array.from({ length: 40 }, (_, i) => (i === m ? 1 : 0));
    expect(applied(tpv(only(8), only(8), []), 3, 4)).toEqual([36, 48]);
    for (const [m, power] of [
      [3, 1],
      [11, 3],
      [23, 5],
      [39, 7],
    ] as const)
      expect(applied(tpv(only(m), only(38), []), 3, 4)).toEqual([5 ** power, 3 ** 7]);
  });

  test("terms beyond 39 are ignored with a warning; a term that is no number is refused", () => {
    const warnings: string[] = [];
    const many: number[] = [];
    many[1e9] = 1;
    expect(applied(tpv(many, [], warnings), 1, 2)).toEqual([1, 2]);
    expect(warnings).toHaveLength(1);
    expect(() => tpv([Number.NaN], [], [])).toThrow(/term 0 of TPV on the longitude axis/);
  });

  test("the inverse undoes mild terms", () => {
    const terms = fc.array(fc.double({ min: -0.004, max: 0.004, noNaN: true }), {
      minLength: 40,
      maxLength: 40,
    });
    const place = fc.double({ min: -0.7, max: 0.7, noNaN: true });
    fc.assert(
      fc.property(terms, terms, place, place, (lon, lat, x, y) => {
        const withLinear = (pv: number[]): number[] => pv.with(1, 1 + pv[1]!);
        const distortion = tpv(withLinear(lon), withLinear(lat), []);
        const [u, v] = inverted(distortion, ...applied(distortion, x, y));
        expect(Math.hypot(u - x, v - y)).toBeLessThan(1e-10);
      }),
      { numRuns: 200 },
    );
  });
});

describe("TNX and ZPX", () => {
  const wat = (text: string, axis = 1): [string, string][] =>
    (text.match(/.{1,68}/g) ?? []).map((part, i) => [`WAT${axis}_00${i + 1}`, part.trimEnd()]);

  test("blanks that a writer cut from the end of a card are put back", () => {
    const head = 'wtype=tnx axtype=ra lngcor = "3. 2. 1. 1. -1. 1. -1. 1. 0.';
    const text = `${head}${"0".repeat(67 - head.length)} 0.5"`;
    expect(text[67]).toBe(" ");
    const distortion = irafDistortion(headerWith(...wat(text)), "TNX", [1, 2]);
    expect(applied(distortion, 1, 2)).toEqual([1.5, 2]);
  });

  test("without surfaces there is no distortion", () => {
    expect(irafDistortion(headerWith(...wat("wtype=tnx axtype=ra")), "TNX", [1, 2])).toBeUndefined();
    expect(irafDistortion(headerWith(), "ZPX", [1, 2])).toBeUndefined();
  });

  test.each([
    ["4. 1. 1. 1. -1 1 -1 1 0", /type is 4/],
    ["1. 1000000000. 1. 1. -1 1 -1 1 0", /order is 1000000000/],
    ["1. 2. 2. 1. -1 1 -1 1 0 0 0", /3 coefficients where its orders need 4/],
    ["1. 1. 1. 3. -1 1 -1 1 0", /cross terms are 3/],
    ["1. 1. 1. 1. 1 1 -1 1 0", /limits enclose nothing/],
    ["1. 1. 1. 1. -1 1 -1 1 zero", /'zero'/],
    ["", /''/],
  ])("lngcor of %j is refused", (surface, message) => {
    const header = headerWith(...wat(`wtype=tnx lngcor = "${surface}"`));
    expect(() => irafDistortion(header, "TNX", [1, 2])).toThrow(message);
    expect(() => irafDistortion(header, "TNX", [1, 2])).toThrow(
      expect.objectContaining({ code: "BAD_HEADER" }),
    );
  });

  test("the radial polynomial of ZPX, of the latitude axis first", () => {
    const header = headerWith(
      ...wat("wtype=zpx axtype=ra projp1=2."),
      ...wat("wtype=zpx axtype=dec projp0=0. projp1=1. projp3=337.74", 2),
    );
    expect(zpxParameters(header, [1, 2])).toEqual([0, 1, 0, 337.74]);
    expect(zpxParameters(header, [2, 1])).toEqual([0, 2]);
    expect(zpxParameters(headerWith(), [1, 2])).toBeUndefined();
  });
});

describe("DSS plates", () => {
  const plate = [
    ...([
      ["PPO3", 177500],
      ["PPO6", 177500],
      ["XPIXELSZ", 25],
      ["YPIXELSZ", 25],
    ] as const),
    ...([
      ["CNPIX1", 1],
      ["CNPIX2", 1],
      ["AMDX1", 67.2],
      ["AMDY1", 67.2],
    ] as const),
    ...([
      ["PLTRAH", 1],
      ["PLTRAM", 30],
      ["PLTRAS", 0],
      ["PLTDECSN", "-"],
    ] as const),
    ...([
      ["PLTDECD", 0],
      ["PLTDECM", 30],
    ] as const),
  ] as const;

  test("the center, south of the equator by less than a degree too, and the scale", () => {
    const found = dssPlate(headerWith(...plate, ["PLTDECS", 0]), []);
    expect(found?.center).toEqual([22.5, -0.5]);
    // The plate's middle is 177500 microns from its edge: pixel 7099.5 of a scan that begins with pixel 1.
    const [xi, eta] = applied(found?.distortion, 7099.5, 7139.5);
    expect(xi).toBeCloseTo(0, 15);
    expect(eta).toBeCloseTo((67.2 * 40 * 0.025) / 3600, 14);
    const [x, y] = inverted(found?.distortion, xi, eta);
    expect(Math.hypot(x - 7099.5, y - 7139.5)).toBeLessThan(1e-9);
  });

  test("a plate solution that is not whole is ignored with a warning; pixels without size are refused", () => {
    const warnings: string[] = [];
    expect(dssPlate(headerWith(...plate), warnings)).toBeUndefined();
    expect(warnings).toEqual([expect.stringMatching(/no PLTDECS/)]);
    expect(dssPlate(headerWith(), warnings)).toBeUndefined();
    const flat = plate.map(([keyword, value]) => [keyword, keyword === "XPIXELSZ" ? 0 : value] as const);
    expect(() => dssPlate(headerWith(...flat, ["PLTDECS", 0]), [])).toThrow(/XPIXELSZ or YPIXELSZ is 0/);
  });
});
