/**
 * What CTYPE says, and AIPS' spectral types (the table is what wcslib's spcfix makes of them).
 */
import { describe, expect, test } from "vitest";
import { translateAips } from "../../../src/wcs/axes/aips.js";
import { axisKind, ctypeParts } from "../../../src/wcs/axes/kind.js";

test.each([
  ["RA---TAN-SIP", "RA", "TAN", "SIP"],
  ["RA--TAN", "RA", "TAN", ""],
  ["GLON---CAR", "GLON", "CAR", ""],
  ["dec--tan ", "DEC", "TAN", ""],
  ["FREQ", "FREQ", "", ""],
  ["VOPT-F2W", "VOPT", "F2W", ""],
  ["", "", "", ""],
])("the parts of '%s' are '%s', '%s', '%s'", (ctype, quantity, algorithm, distortion) => {
  expect(ctypeParts(ctype)).toEqual({ quantity, algorithm, distortion });
});

describe("axisKind", () => {
  test.each([
    ["longitude", "RA---TAN RA GLON-CAR ELON SLON-AIT HLON HPLN-TAN SOLX XLON-CAR CRLN-CAR ra--tan"],
    ["latitude", "DEC--TAN DEC GLAT-CAR ELAT SLAT-AIT HLAT HPLT-TAN XLAT-CAR CRLT-CAR"],
    [
      "spectral",
      "FREQ AFRQ ENER WAVN VRAD WAVE VOPT ZOPT AWAV VELO BETA VOPT-F2W VELO-LSR FELO FELO-HEL WAVE-TAB",
    ],
    ["time", "TIME UTC TAI TT TDB GPS TIME-TAB UT1 UTC(NIST)"],
    ["stokes", "STOKES"],
    ["linear", "LINEAR PIXEL COMPLEX CUBEFACE DETX VELOCITY LAMBDA ANGLE PHASE"],
  ])("is %s of %s", (kind, ctypes) => {
    const kinds = ctypes.split(" ").map((ctype) => [ctype, axisKind(ctype)]);
    const wanted = kinds.map(([ctype]) => [ctype, ctype === "SOLX" ? "linear" : kind]);
    expect(kinds).toEqual(wanted);
  });

  test("is linear without a CTYPE", () => {
    expect(axisKind("  ")).toBe("linear");
  });
});

describe("translateAips", () => {
  test.each([
    ["FREQ-LSR", undefined, "FREQ", "LSRK"],
    ["FREQ-HEL", 0, "FREQ", "BARYCENT"],
    ["FREQ-OBS", 257, "FREQ", "LSRK"],
    ["VELO-LSR", undefined, "VOPT", "LSRK"],
    ["VELO-LSR", 2, "VOPT", "BARYCENT"],
    ["VELO-HEL", 257, "VRAD", "LSRK"],
    ["VELO-OBS", 259, "VRAD", "TOPOCENT"],
    ["VELO-OBS", 300, "VRAD", "TOPOCENT"],
    ["VELO", 1, "VOPT", "LSRK"],
    ["VELO", 258, "VRAD", "BARYCENT"],
    ["FELO-HEL", undefined, "VOPT-F2W", "BARYCENT"],
    ["FELO-LSR", 258, "VOPT-F2W", "BARYCENT"],
    ["FELO", undefined, "VOPT-F2W", ""],
  ])("reads %s with VELREF %s as %s, %s", (ctype, velref, modern, specsys) => {
    expect(translateAips(ctype, velref)).toMatchObject({ ctype: modern, specsys });
    expect(translateAips(ctype, velref)!.warning).toContain(`'${ctype}' of AIPS is read as ${modern}`);
  });

  test.each([
    ["FREQ", 257],
    ["VELO", 0],
    ["VELO", undefined],
    ["VELO", 300],
    ["VELO-F2V", 257],
    ["VRAD-LSR", 1],
    ["VELOCITY", 1],
    ["RA---TAN", 1],
  ])("leaves %s with VELREF %s alone", (ctype, velref) => {
    expect(translateAips(ctype, velref)).toBeUndefined();
  });
});
