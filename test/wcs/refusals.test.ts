/**
 * What is read with a warning, and what is refused.
 */
import { describe, expect, test } from "vitest";
import { FitsError, type Header } from "../../src/index.js";
import { wcsOf } from "../../src/wcs/index.js";
import { headerOf, headerOfCards } from "./headers.js";

const tan = {
  NAXIS: 2,
  CTYPE1: "RA---TAN",
  CTYPE2: "DEC--TAN",
  CRVAL1: 10,
  CRVAL2: 20,
  CDELT1: -0.01,
  CDELT2: 0.01,
};

function codeOf(header: Header, options = {}): string {
  try {
    wcsOf(header, options);
  } catch (error) {
    if (error instanceof FitsError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no error";
}

describe("refused, in one line that says what is wrong", () => {
  test.each([
    ["a matrix of zeros", { ...tan, CD1_1: 1, CD1_2: 2, CD2_1: 2, CD2_2: 4 }, /BAD_HEADER: .*singular/],
    ["CDELT 0", { ...tan, CDELT2: 0 }, /BAD_HEADER: CDELT2 is 0/],
    ["a longitude without latitude", { ...tan, CTYPE2: "FREQ" }, /BAD_HEADER: CTYPE1 = 'RA---TAN'.*latitude/],
    [
      "a latitude of other coordinates",
      { ...tan, CTYPE2: "GLAT-TAN" },
      /BAD_HEADER: .*do not belong together/,
    ],
    ["two projections", { ...tan, CTYPE2: "DEC--SIN" }, /BAD_HEADER: .*do not belong together/],
    ["two longitudes", { ...tan, CTYPE2: "RA---TAN" }, /BAD_HEADER: .*one longitude and one latitude/],
    ["an unknown projection", { ...tan, CTYPE1: "RA---XXX", CTYPE2: "DEC--XXX" }, /BAD_HEADER: .*'XXX'/],
    ["a unit of another dimension", { ...tan, CUNIT1: "Hz" }, /BAD_HEADER: CUNIT1 is 'Hz'/],
    ["m/S for degrees", { ...tan, CUNIT2: "m/S" }, /BAD_HEADER: CUNIT2/],
    ["text for a number", { ...tan, CRVAL1: "ten" }, /BAD_HEADER: CRVAL1 is 'ten'/],
    ["a logical for a number", { ...tan, CD1_1: true }, /BAD_HEADER: CD1_1 is T/],
    ["too many axes", { ...tan, WCSAXES: 100000 }, /BAD_HEADER: a WCS of 100000 axes/],
    ["a conic without its parameter", { ...tan, CTYPE1: "RA---COP", CTYPE2: "DEC--COP" }, /BAD_HEADER/],
    ["SIP with one half", { ...tan, A_ORDER: 2, A_2_0: 1e-4 }, /BAD_HEADER: .*B_ORDER/],
    [
      "NCP on the equator",
      { ...tan, CRVAL2: 0, CTYPE1: "RA---NCP", CTYPE2: "DEC--NCP" },
      /BAD_HEADER: .*NCP/,
    ],
  ] as const)("%s", (_, values, message) => {
    expect(codeOf(headerOf(values as Record<string, string | number | boolean>))).toMatch(message);
  });

  test("a number that cannot be read", () => {
    expect(codeOf(headerOfCards(["CTYPE1  = 'RA---TAN'", "CTYPE2  = 'DEC--TAN'", "CRVAL1  = 1,5"]))).toMatch(
      /BAD_HEADER: CRVAL1 is unreadable/,
    );
  });

  test("alternates that are none, or not there", () => {
    expect(codeOf(headerOf(tan), { alternate: "B" })).toMatch(
      /NO_SUCH_KEYWORD: .*no WCS B: it has the primary WCS and no alternate/,
    );
    expect(codeOf(headerOf(tan), { alternate: "AB" })).toMatch(/BAD_ARGUMENT/);
  });

  test("columns that are not there, or both kinds at once", () => {
    const table = headerOf({ XTENSION: "BINTABLE", TFIELDS: 2, TTYPE1: "x", TTYPE2: "y" });
    expect(codeOf(table, { columns: ["x", "z"] })).toMatch(/NO_SUCH_COLUMN: .*"z"/);
    expect(codeOf(table, { column: 2 })).toMatch(/NO_SUCH_COLUMN/);
    expect(codeOf(table, { column: 0, columns: [0, 1] })).toMatch(/BAD_ARGUMENT/);
  });

  test("lookup tables, where none are given", () => {
    const header = headerOf({ ...tan, CPDIS1: "LOOKUP" });
    expect(codeOf(header)).toMatch(/BAD_ARGUMENT: .*WCSDVARR,1.*readWcs/);
    const { celestial, warnings } = wcsOf(header, { tables: {} });
    expect(celestial!.distortions).toEqual([]);
    expect(warnings.join()).toMatch(/WCSDVARR,1 .*left out/);
  });
});

describe("read, with a warning", () => {
  test.each([
    ["CTYPE in lower case", { ...tan, CTYPE1: "ra---tan" }, "CTYPE1 'ra---tan' is read as 'RA---TAN'"],
    ["CTYPE with too few hyphens", { ...tan, CTYPE2: "DEC-TAN" }, "CTYPE2 'DEC-TAN' is read as 'DEC--TAN'"],
    ["EPOCH", { ...tan, EPOCH: 1950 }, "EPOCH is read as EQUINOX"],
    ["numbers in quotes", { ...tan, CRVAL1: "10.5" }, "CRVAL1 is a string"],
    ["EQUINOX in quotes", { ...tan, EQUINOX: "J2000" }, "EQUINOX is no number; ignored"],
    ["PC and CD", { ...tan, PC1_1: 1, CD1_1: 1, CD2_2: 1 }, "CD is ignored"],
    ["SCAMP's TAN", { ...tan, PV1_1: 1, PV1_5: 0.1, PV2_1: 1 }, "read as TPV"],
    ["an unknown frame", { ...tan, RADESYS: "GAPPT" }, "GAPPT"],
    [
      "a distortion that is not known",
      { ...tan, CTYPE1: "RA---TAN-FOO", CTYPE2: "DEC--TAN-FOO" },
      "distortion FOO",
    ],
  ] as const)("%s", (_, values, warning) => {
    const { warnings, celestial } = wcsOf(headerOf(values as Record<string, string | number | boolean>));
    expect(celestial!.projection).not.toBe("");
    expect(warnings.join("; ")).toContain(warning);
  });

  test("nothing to say of a proper header", () => {
    expect(wcsOf(headerOf({ ...tan, RADESYS: "ICRS", CUNIT1: "deg", CUNIT2: "deg" })).warnings).toEqual([]);
  });
});

describe("frames", () => {
  const frameOf = (values: Record<string, string | number>) =>
    wcsOf(headerOf({ ...tan, ...values })).celestial!.frame;

  test.each([
    [{}, { name: "icrs" }],
    [{ EQUINOX: 2000 }, { name: "fk5", equinox: 2000 }],
    [{ EQUINOX: 1950 }, { name: "fk4", equinox: 1950 }],
    [{ RADESYS: "fk5" }, { name: "fk5", equinox: 2000 }],
    [{ RADECSYS: "FK4" }, { name: "fk4", equinox: 1950 }],
    [
      { RADESYS: "FK5", EQUINOX: 1975 },
      { name: "fk5", equinox: 1975 },
    ],
    [{ CTYPE1: "GLON-CAR", CTYPE2: "GLAT-CAR" }, { name: "galactic" }],
    [
      { CTYPE1: "ELON-CAR", CTYPE2: "ELAT-CAR" },
      { name: "ecliptic", equinox: 2000 },
    ],
    [{ CTYPE1: "HPLN-TAN", CTYPE2: "HPLT-TAN" }, { name: "unknown" }],
  ])("of %j", (values, frame) => {
    expect(frameOf(values as Record<string, string | number>)).toEqual(frame);
  });
});

test("a header without celestial axes has linear ones", () => {
  const wcs = wcsOf(headerOf({ NAXIS: 2, CTYPE1: "PIXEL", CDELT1: 2, CRVAL1: 5 }));
  expect(wcs.celestial).toBeUndefined();
  expect(wcs.toWorld([Float64Array.of(0), Float64Array.of(0)])).toEqual([
    Float64Array.of(7),
    Float64Array.of(1),
  ]);
});

test("a table with one pair of celestial columns is a pixel list", () => {
  const wcs = wcsOf(
    headerOf({
      XTENSION: "BINTABLE",
      NAXIS: 2,
      NAXIS1: 8,
      NAXIS2: 5,
      TFIELDS: 3,
      TTYPE1: "t",
      TTYPE2: "x",
      TTYPE3: "y",
      TCTYP2: "RA---TAN",
      TCTYP3: "DEC--TAN",
      TCRVL2: 10,
      TCRVL3: 20,
      TCRPX2: 100,
      TCRPX3: 100,
      TCDLT2: -0.1,
      TCDLT3: 0.1,
    }),
  );
  expect(wcs.axes.length).toBe(2);
  expect(wcs.celestial!.toSky(99, 99)).toEqual([10, 20]);
  expect(wcs.warnings.join()).toContain("pixel list in columns 2 and 3");
});

describe("an axis that makes no sense does not cost the sky beside it", () => {
  test.each([
    [
      "a velocity without rest frequency",
      { CTYPE3: "VOPT-F2W", CRVAL3: 1e5 },
      /rest frequency.*no coordinates/,
    ],
    ["a unit of another dimension", { CTYPE3: "FREQ", CUNIT3: "m" }, /CUNIT3 is 'm'.*no coordinates/],
    ["an unknown algorithm", { CTYPE3: "WAVE-XXX", CRVAL3: 1 }, /CTYPE3.*no coordinates/],
  ] as const)("%s", (_, third, warning) => {
    const { celestial, warnings, toWorld, toPixel } = wcsOf(headerOf({ ...tan, NAXIS: 3, ...third }));
    expect(warnings.join()).toMatch(warning);
    expect(celestial!.toSky(-1, -1)).toEqual([10, 20]);
    const world = toWorld([-1, -1, -1].map((value) => Float64Array.of(value)));
    expect(world.map(([value]) => value)).toEqual([10, 20, Number.NaN]);
    const pixels = toPixel(world).map(([value]) => value);
    expect(pixels[2]).toBeNaN();
    expect(pixels[0]).toBeCloseTo(-1, 9);
  });

  test("a third axis of CDELT 0, as IRAS has it", () => {
    const { celestial, warnings } = wcsOf(headerOf({ ...tan, NAXIS: 3, CTYPE3: "LAMBDA", CDELT3: 0 }));
    expect(celestial!.toSky(-1, -1)).toEqual([10, 20]);
    expect(warnings.join()).toMatch(/CDELT3 is 0.*read as 1/);
  });

  test("but without a sky is refused", () => {
    expect(codeOf(headerOf({ NAXIS: 1, CTYPE1: "FREQ", CUNIT1: "m" }))).toMatch(/BAD_HEADER: CUNIT1/);
  });
});

test("an event list says its frame in RADECSYS of the table, as Chandra's do", () => {
  const axis = (n: number, ctype: string): Record<string, string | number> => ({
    [`TCTYP${n}`]: ctype,
    [`TCRVL${n}`]: 10,
    [`TCDLT${n}`]: 0.001,
  });
  const table = { XTENSION: "BINTABLE", TFIELDS: 3, ...axis(2, "RA---TAN"), ...axis(3, "DEC--TAN") };
  const { celestial } = wcsOf(headerOf({ ...table, RADECSYS: "ICRS", EQUINOX: 2000 }));
  expect(celestial!.frame.name).toBe("icrs");
});
