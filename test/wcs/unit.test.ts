/**
 * Units as headers spell them.
 */
import { describe, expect, test } from "vitest";
import { baseUnits, unitOf } from "../../src/wcs/unit.js";

describe("unitOf", () => {
  test.each([
    ["deg", 1, "angle"],
    ["arcmin", 1 / 60, "angle"],
    ["arcsec", 1 / 3600, "angle"],
    ["mas", 1 / 3600e3, "angle"],
    ["rad", 180 / Math.PI, "angle"],
    ["Hz", 1, "frequency"],
    ["kHz", 1e3, "frequency"],
    ["MHz", 1e6, "frequency"],
    ["mHz", 1e-3, "frequency"],
    ["GHz", 1e9, "frequency"],
    ["10**6 Hz", 1e6, "frequency"],
    ["10^6 Hz", 1e6, "frequency"],
    ["10**(+6).Hz", 1e6, "frequency"],
    ["s-1", 1, "frequency"],
    ["m", 1, "length"],
    ["cm", 1e-2, "length"],
    ["um", 1e-6, "length"],
    ["nm", 1e-9, "length"],
    ["Angstrom", 1e-10, "length"],
    ["0.1nm", undefined, undefined],
    ["m/s", 1, "speed"],
    ["km/s", 1e3, "speed"],
    ["km s-1", 1e3, "speed"],
    ["km.s**-1", 1e3, "speed"],
    ["km*s^(-1)", 1e3, "speed"],
    ["km s^-1", 1e3, "speed"],
    ["s", 1, "time"],
    ["min", 60, "time"],
    ["h", 3600, "time"],
    ["d", 86400, "time"],
    ["a", 31557600, "time"],
    ["yr", 31557600, "time"],
    ["J", 1, "energy"],
    ["eV", 1.602176634e-19, "energy"],
    ["keV", 1.602176634e-16, "energy"],
    ["erg", 1e-7, "energy"],
    ["/m", 1, "wavenumber"],
    ["1/m", 1, "wavenumber"],
    ["1/cm", 100, "wavenumber"],
    ["cm-1", 100, "wavenumber"],
    ["cm**-1", 100, "wavenumber"],
    ["rad/s", 1, "angular-frequency"],
    ["", 1, "none"],
    ["  ", 1, "none"],
    ["m2", 1, "other"],
  ])("reads '%s' as %s of %s", (text, scale, dimension) => {
    const unit = unitOf(text);
    if (scale === undefined) return expect(unit).toBeUndefined();
    expect(unit!.scale / scale).toBeCloseTo(1, 14);
    expect(unit).toMatchObject({ dimension });
    expect(unit).not.toHaveProperty("mended");
  });

  test.each([
    ["degree", "deg"],
    ["degrees", "deg"],
    ["Degrees", "deg"],
    ["DEG", "deg"],
    ["ARCSEC", "arcsec"],
    ["arcsecond", "arcsec"],
    ["arcseconds", "arcsec"],
    ["Arcmin", "arcmin"],
    ["RADIANS", "rad"],
    ["HZ", "Hz"],
    ["hz", "Hz"],
    ["Hertz", "Hz"],
    ["MHZ", "MHz"],
    ["GHZ", "GHz"],
    ["KHZ", "kHz"],
    ["micron", "um"],
    ["microns", "um"],
    ["Angstroms", "Angstrom"],
    ["A", "Angstrom"],
    ["ANGSTROM", "Angstrom"],
    ["nanometers", "nm"],
    ["NM", "nm"],
    ["METERS", "m"],
    ["M/S", "m/s"],
    ["m/S", "m/s"],
    ["KM/S", "km/s"],
    ["km/sec", "km/s"],
    ["SEC", "s"],
    ["seconds", "s"],
    ["DAYS", "d"],
    ["KEV", "keV"],
  ])("mends '%s' to '%s'", (text, right) => {
    const { scale, dimension, mended } = unitOf(text)!;
    expect({ scale, dimension }).toEqual(unitOf(right));
    expect(mended).toContain(`the unit '${text}' is read as`);
  });

  test.each([
    "S",
    "H",
    "D",
    "Jy/beam",
    "K",
    "Pa",
    "counts",
    "km//",
    "m s s s q",
    "__proto__",
    "m^",
    "10**",
    "µ",
    "constructor",
  ])("does not know '%s'", (text) => {
    expect(unitOf(text)).toBeUndefined();
  });

  test("leads to the base units", () => {
    for (const [dimension, text] of Object.entries(baseUnits))
      if (text !== "") expect(unitOf(text)).toEqual({ scale: 1, dimension });
  });
});
