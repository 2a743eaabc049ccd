/**
 * Frames of headers, and frames by name.
 */
import { describe, expect, test } from "vitest";
import type { Frame } from "../../../src/wcs/frames/frame.js";
import { frameLabel, parseFrame } from "../../../src/wcs/frames/name.js";
import { frameOfAxes } from "../../../src/wcs/frames/of-header.js";

describe("frameOfAxes", () => {
  test.each<[string, string | undefined, number | undefined, Frame]>([
    ["RA", undefined, undefined, { name: "icrs" }],
    ["RA", undefined, 2000, { name: "fk5", equinox: 2000 }],
    ["RA", undefined, 1984, { name: "fk5", equinox: 1984 }],
    ["RA", undefined, 1950, { name: "fk4", equinox: 1950 }],
    ["RA", "ICRS", 2000, { name: "icrs" }],
    ["RA", "FK5", undefined, { name: "fk5", equinox: 2000 }],
    ["RA", "FK5", 1975, { name: "fk5", equinox: 1975 }],
    ["RA", "FK4", undefined, { name: "fk4", equinox: 1950 }],
    ["RA", "FK4-NO-E", 1950, { name: "fk4-no-e", equinox: 1950 }],
    ["RA", "GAPPT", 2000, { name: "unknown" }],
    ["GLON", "FK5", 2000, { name: "galactic" }],
    ["SLON", undefined, undefined, { name: "supergalactic" }],
    ["ELON", undefined, undefined, { name: "ecliptic", equinox: 2000 }],
    ["ELON", "ICRS", 1950, { name: "ecliptic", equinox: 1950 }],
    ["HPLN", undefined, undefined, { name: "unknown" }],
    ["HLON", undefined, undefined, { name: "unknown" }],
  ])("of %s, RADESYS %s, EQUINOX %s", (longitude, radesys, equinox, frame) => {
    expect(frameOfAxes(longitude, { radesys, equinox }).frame).toEqual(frame);
  });

  test("reads odd spellings with a warning, and warns of what it cannot convert", () => {
    const mended = frameOfAxes("ra", { radesys: " fk5 ", equinox: 2000 });
    expect(mended).toEqual({
      frame: { name: "fk5", equinox: 2000 },
      warnings: ["RADESYS = 'fk5' is read as FK5"],
    });
    expect(frameOfAxes("RA", { radesys: "FK5 " }).warnings).toEqual([]);
    expect(frameOfAxes("RA", { radesys: "GAPPT" }).warnings).toHaveLength(1);
    expect(frameOfAxes("ELON", { radesys: "FK4" }).warnings).toHaveLength(1);
  });
});

describe("parseFrame", () => {
  test.each<[string, Frame]>([
    ["icrs", { name: "icrs" }],
    ["ICRS ", { name: "icrs" }],
    ["fk5", { name: "fk5", equinox: 2000 }],
    ["FK4", { name: "fk4", equinox: 1950 }],
    ["J2000", { name: "fk5", equinox: 2000 }],
    ["j2000.0", { name: "fk5", equinox: 2000 }],
    ["B1950", { name: "fk4", equinox: 1950 }],
    ["B1975", { name: "fk4", equinox: 1975 }],
    ["fk5 J1975", { name: "fk5", equinox: 1975 }],
    ["fk5(J1975)", { name: "fk5", equinox: 1975 }],
    ["fk5,1975.5", { name: "fk5", equinox: 1975.5 }],
    ["fk4-no-e", { name: "fk4-no-e", equinox: 1950 }],
    ["FK4-NO-E B1975", { name: "fk4-no-e", equinox: 1975 }],
    ["fk4noeterms", { name: "fk4-no-e", equinox: 1950 }],
    ["gal", { name: "galactic" }],
    ["Galactic", { name: "galactic" }],
    ["supergalactic", { name: "supergalactic" }],
    ["ecliptic", { name: "ecliptic", equinox: 2000 }],
    ["ecliptic J2015", { name: "ecliptic", equinox: 2015 }],
  ])("reads '%s'", (text, frame) => {
    expect(parseFrame(text)).toEqual(frame);
  });

  test.each([
    "",
    "fk6",
    "2000",
    "J",
    "galactic 2000",
    "fk5 B1950",
    "fk4 J2000",
    "icrs J2000",
    "__proto__",
    "image",
    "x".repeat(5000),
  ])("refuses '%s' in one line", (text) => {
    expect(() => parseFrame(text)).toThrow(/^no celestial frame .{0,80}; there are icrs, fk5/);
  });

  test("reads its own labels", () => {
    const frames: Frame[] = [
      { name: "icrs" },
      { name: "fk5", equinox: 1975.5 },
      { name: "fk4", equinox: 1950 },
      { name: "fk4-no-e", equinox: 1900 },
      { name: "galactic" },
      { name: "supergalactic" },
      { name: "ecliptic", equinox: 2000 },
    ];
    for (const frame of frames) expect(parseFrame(frameLabel(frame))).toEqual(frame);
    expect(frameLabel({ name: "fk5" })).toBe("FK5 J2000");
  });
});
