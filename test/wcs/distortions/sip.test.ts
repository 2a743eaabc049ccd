import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pixelDistortion } from "../../../src/wcs/distortions/pixel.js";
import { readSip } from "../../../src/wcs/distortions/sip.js";
import { applied, headerWith, inverted } from "./made.js";

const orders = [
  ["A_ORDER", 2],
  ["B_ORDER", 2],
] as const;

test("a term A_p_q is (x - CRPIX1)^p (y - CRPIX2)^q, added to x; B to y; terms beyond the order do not count", () => {
  const header = headerWith(...orders, ["A_2_0", 0.5], ["B_1_1", 0.25], ["A_0_3", 7], ["A_0_0", 1]);
  const sip = readSip(header, [10, 20], []);
  expect(applied(pixelDistortion({ sip }), 12, 24)).toEqual([12 + 2 + 1, 24 + 2]);
});

test("order 1 is ignored with a warning, no order without one", () => {
  const warnings: string[] = [];
  const header = headerWith(["A_ORDER", 1], ["B_ORDER", 1], ["A_1_0", 0.5]);
  expect(readSip(header, [0, 0], warnings)).toBeUndefined();
  expect(warnings).toHaveLength(1);
  expect(readSip(headerWith(["A_2_0", 1]), [0, 0], warnings)).toBeUndefined();
  expect(warnings).toHaveLength(1);
});

describe("headers that are refused in one line", () => {
  test.each([
    [[["A_ORDER", 2]], /A_ORDER without B_ORDER/],
    [[["B_ORDER", 3]], /B_ORDER without A_ORDER/],
    [[["A_ORDER", 1e9], orders[1]], /A_ORDER is 1000000000; .*0 to 9/],
    [[["A_ORDER", 2.5], orders[1]], /A_ORDER is 2.5/],
    [[["A_ORDER", "four"], orders[1]], /A_ORDER is 'four'/],
    [[...orders, ["A_2_0", "x"]], /A_2_0 is 'x'/],
    [[...orders, ["A_2_0", "NaN"]], /A_2_0/],
    [[...orders, ["B_0_2", "1E999"]], /B_0_2/],
  ] as const)("%j", (cards, message) => {
    const read = (): unknown => readSip(headerWith(...cards), [0, 0], []);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: "BAD_HEADER" }));
  });
});

test("AP and BP that lead astray or cannot be read do no harm", () => {
  const cards = [...orders, ["A_2_0", 1e-5], ["B_0_2", 2e-5]] as const;
  const far = headerWith(...cards, ["AP_ORDER", 1], ["BP_ORDER", 1], ["AP_0_0", 1e12], ["BP_1_0", -1e9]);
  const warnings: string[] = [];
  for (const header of [far, headerWith(...cards, ["AP_ORDER", "many"])]) {
    const distortion = pixelDistortion({ sip: readSip(header, [100, 100], warnings) });
    const [x, y] = inverted(distortion, ...applied(distortion, 250, 30));
    expect(Math.hypot(x - 250, y - 30)).toBeLessThan(1e-9);
  }
  expect(warnings).toEqual([expect.stringMatching(/AP and BP are ignored: AP_ORDER is 'many'/)]);
});

test("NaN in either coordinate makes both NaN; where there is no inverse both are NaN", () => {
  const header = headerWith(...orders, ["A_2_0", 1e-3]);
  const distortion = pixelDistortion({ sip: readSip(header, [0, 0], []) });
  for (const [x, y] of [
    [Number.NaN, 1],
    [1, Number.NaN],
    [Number.POSITIVE_INFINITY, 1],
  ] as const) {
    expect(applied(distortion, x, y)).toEqual([Number.NaN, Number.NaN]);
    expect(inverted(distortion, x, y)).toEqual([Number.NaN, Number.NaN]);
  }
  // x + x^2 / 1000 is nowhere below -250.
  expect(inverted(distortion, -260, 0)).toEqual([Number.NaN, Number.NaN]);
  expect(inverted(distortion, -240, 0)[0]).toBeCloseTo(-400, 9);
});

test("the inverse undoes mild distortions of any order", () => {
  const term = fc.double({ min: -1, max: 1, noNaN: true });
  const place = fc.double({ min: 1, max: 2000, noNaN: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 9 }),
      fc.array(term, { minLength: 110, maxLength: 110 }),
      place,
      place,
      (order, random, x, y) => {
        const cards: [string, number][] = [
          ["A_ORDER", order],
          ["B_ORDER", order],
        ];
        for (const [k, name] of ["A", "B"].entries())
          for (let p = 0, i = 55 * k; p <= order; p++)
            for (let q = 0; p + q <= order; q++, i++)
              cards.push([`${name}_${p}_${q}`, random[i]! / 1000 ** (p + q)]);
        const distortion = pixelDistortion({ sip: readSip(headerWith(...cards), [1000, 1000], []) });
        const [u, v] = inverted(distortion, ...applied(distortion, x, y));
        expect(Math.hypot(u - x, v - y)).toBeLessThan(1e-9);
      },
    ),
    { numRuns: 60 },
  );
});

test("terms as large as numbers go end in NaN, and soon", () => {
  const header = headerWith(...orders, ["A_2_0", 1e300], ["B_0_2", -1e300], ["A_1_1", 1e308]);
  const distortion = pixelDistortion({ sip: readSip(header, [0, 0], []) });
  expect(applied(distortion, 1e9, 1e9)).toEqual([Number.NaN, Number.NaN]);
  const [x, y] = inverted(distortion, 5, -7);
  expect(Number.isNaN(x)).toBe(Number.isNaN(y));
});
