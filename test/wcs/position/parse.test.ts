/**
 * Positions as people write them, against astropy's SkyCoord (test/fixtures/wcs/make_positions.py).
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FitsError } from "../../../src/errors.js";
import type { Frame } from "../../../src/wcs/frames/frame.js";
import { formatPosition } from "../../../src/wcs/position/format.js";
import { parsePosition } from "../../../src/wcs/position/parse.js";

const rows = JSON.parse(readFileSync("test/fixtures/wcs/positions.json", "utf8")) as [
  string,
  number,
  number,
][];

function expectNear(text: string, lon: number, lat: number): void {
  const position = parsePosition(text);
  expect([text, position.lon, position.lat]).toEqual([
    text,
    expect.closeTo(lon, 10),
    expect.closeTo(lat, 10),
  ]);
}

describe("parsePosition", () => {
  test("agrees with astropy", () => {
    expect(rows.length).toBeGreaterThan(90);
    for (const [text, lon, lat] of rows) expectNear(text, lon, lat);
  });

  const lon = 150.421375;
  const lat = 2 + 25 / 60 + 20.58 / 3600;
  test.each([
    "10h01m41.13s +02d25m20.58s",
    "10:01:41.13 +02:25:20.58",
    "10:01:41.13,+02:25:20.58",
    "10:01:41.13 02:25:20.58",
    "10 01 41.13 +02 25 20.58",
    "10 01 41.13 02 25 20.58",
    "10h 01m 41.13s, +02° 25′ 20.58″",
    "10ʰ01ᵐ41.13ˢ +02°25'20.58\"",
    "10h01m41s.13 2d25m20.58s",
    "10h01m41.13s +02:25:20.58",
    "10h01m41.13 +02d25m20.58",
    "10h1m41.13s+2d25m20.58s",
    "10H01M41.13S +02D25M20.58S",
    "10 hours 1 minute 41.13 seconds 2 degrees 25 arcmin 20.58 arcsec",
    "150.421375d +02:25:20.58",
    "150.421375 2d25m20.58s",
    "150d25m16.95s 2d25m20.58s",
    "J100141.13+022520.58",
    "SDSS J100141.13+022520.58",
    "SDSSJ100141.13+022520.58",
    "100141.13+022520.58",
    "RA=10:01:41.13 Dec=+02:25:20.58",
    "ra: 10h01m41.13s, dec: 2d25m20.58s",
    "(10:01:41.13, +02:25:20.58)",
    "  10:01:41.13\t+02:25:20.58\n",
    "-209.578625 2d25m20.58s",
  ])("reads '%s'", (text) => {
    expectNear(text, lon, lat);
    expect(parsePosition(text).warnings).toEqual([]);
  });

  test.each<[string, number, number]>([
    ["150.42 2.42", 150.42, 2.42],
    ["150.42,+2.42", 150.42, 2.42],
    ["150.42, -2.42", 150.42, -2.42],
    ["150.42 - 2.42", 150.42, -2.42],
    ["150.42;2.42", 150.42, 2.42],
    ["150.42d 2.42d", 150.42, 2.42],
    ["150.42° −2.42°", 150.42, -2.42],
    ["1.5042e2 2.42", 150.42, 2.42],
    [".5 -.5", 0.5, -0.5],
    ["10.5h 2.5", 157.5, 2.5],
    ["12h30m −0d00m30s", 187.5, -30 / 3600],
    ["12:30 -0:30", 187.5, -0.5],
    ["12 30 -0 30", 187.5, -0.5],
    ["12 30.5 -0 30.5", 187.625, -30.5 / 60],
    ["12h -5d", 180, -5],
    ["0 90", 0, 90],
    ["360 -90", 0, -90],
    ["-70 10", 290, 10],
    ["J1230-0030", 187.5, -0.5],
    ["J1230.5-0030.5", 187.625, -30.5 / 60],
  ])("reads '%s' as %d %d", (text, lon, lat) => {
    expectNear(text, lon, lat);
  });

  test.each<[string, number, number, Frame]>([
    ["gal 120.1 -5", 120.1, -5, { name: "galactic" }],
    ["galactic; 120.1, -5", 120.1, -5, { name: "galactic" }],
    ["120.1 -5 gal", 120.1, -5, { name: "galactic" }],
    ["l=120.1 b=-5", 120.1, -5, { name: "galactic" }],
    ["l = 120.1, b = -5", 120.1, -5, { name: "galactic" }],
    ["gal 120:30:00 -05:00:00", 120.5, -5, { name: "galactic" }],
    ["gal 120 30 00 -05 00 00", 120.5, -5, { name: "galactic" }],
    ["fk4 12:30:00 -5:30:00", 187.5, -5.5, { name: "fk4", equinox: 1950 }],
    ["fk4 B1975 12:30:00 -5:30:00", 187.5, -5.5, { name: "fk4", equinox: 1975 }],
    ["fk5 J1975.5 187.5 -5.5", 187.5, -5.5, { name: "fk5", equinox: 1975.5 }],
    ["B1950 12h30m -5d30m", 187.5, -5.5, { name: "fk4", equinox: 1950 }],
    ["12h30m -5d30m B1950", 187.5, -5.5, { name: "fk4", equinox: 1950 }],
    ["12:30:00 -5:30:00 (J2000)", 187.5, -5.5, { name: "fk5", equinox: 2000 }],
    ["J2000 12:30:00 -5:30:00", 187.5, -5.5, { name: "fk5", equinox: 2000 }],
    ["12:30:00 -5:30:00, fk5 J1975", 187.5, -5.5, { name: "fk5", equinox: 1975 }],
    ["icrs; 187.5 -5.5", 187.5, -5.5, { name: "icrs" }],
    ["ICRS: ra=187.5 dec=-5.5", 187.5, -5.5, { name: "icrs" }],
    ["ecliptic 187.5 -5.5", 187.5, -5.5, { name: "ecliptic", equinox: 2000 }],
    ["J123000.0-053000", 187.5, -5.5, { name: "icrs" }],
    ["B1230-0530", 187.5, -5.5, { name: "fk4", equinox: 1950 }],
  ])("reads '%s' in its frame", (text, lon, lat, frame) => {
    expectNear(text, lon, lat);
    expect(parsePosition(text).frame).toEqual(frame);
  });

  test("names no frame where the text has none", () => {
    expect(parsePosition("10 20")).toEqual({ lon: 10, lat: 20, warnings: [] });
  });

  test.each<[string, number, number, RegExp]>([
    ["12:29:60 10:00:00", 187.5, 10, /60 seconds are carried/],
    ["12:30:00 9:60:00", 187.5, 10, /60 minutes are carried/],
    ["24:30:00 10:00:00", 7.5, 10, /24.5 hours is taken around/],
    ["24h 10d", 0, 10, /24 hours is taken around/],
    ["370 10", 10, 10, /370 degrees is taken around/],
  ])("reads '%s' with a warning", (text, lon, lat, warning) => {
    expectNear(text, lon, lat);
    expect(parsePosition(text).warnings).toEqual([expect.stringMatching(warning)]);
  });

  test.each<[string, RegExp]>([
    ["", /there are 0 numbers/],
    ["M31", /'m31' is not made of numbers/],
    ["150.42", /there is one number/],
    ["1 2 3", /there are 3 numbers/],
    ["150,42 2,42", /cannot be told apart/],
    ["10:01:41 +95:00:00", /longitude 150.420833, latitude 95 degrees, which is beyond 90/],
    ["2.42 150.42", /latitude 150.42 degrees, which is beyond 90/],
    ["10:01:61 2:25:20", /in the longitude 61 seconds are more than 60/],
    ["10:01:41 2:61:20", /in the latitude 61 minutes are more than 60/],
    ["10:01.5:41 2:25:20", /1.5 has a fraction, but is not the last/],
    ["10h01m41s 2h25m20s", /latitude is in hours/],
    ["10h41s 2d", /'10h 41s' is neither hours/],
    ["10s 2d", /'10s' is neither/],
    ["10:01:41:13, 2:25:20", /4 numbers are too many/],
    ["10:-1:41, 2:25:20", /sign is in the middle/],
    ["1000 2", /more than two turns/],
    ["10..5 2", /is not made of numbers/],
    ["1e999 2", /more than two turns/],
    ["NaN 2", /is not made of numbers/],
    ["fk6 10 20", /is not made of numbers/],
    ["PSR B0531+21", /is not made of numbers/],
    ["J2561-0030", /is not made of numbers/],
    ["10 20\u001b[31m", /is not made of numbers/],
    ["1 ".repeat(500), /too long/],
  ])("refuses '%s' in one line, and says why", (text, message) => {
    const error = (() => {
      try {
        return parsePosition(text);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(FitsError);
    expect((error as FitsError).message).toMatch(message);
    expect((error as FitsError).message).toMatch(/^position '[^\n]*; write it as/);
  });

  test("ends on any text, with a position or one line", () => {
    const piece = fc.constantFrom(
      ..."0 1 59 60.5 : h m s d ' \" + - . , ; ( ) = e J B gal fk5 J2000 l b ra ° − x".split(" "),
      " ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        try {
          const { lon, lat } = parsePosition(pieces.join(""));
          expect(lon >= 0 && lon < 360 && Math.abs(lat) <= 90).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(FitsError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe("formatPosition", () => {
  test.each<[[number, number], Parameters<typeof formatPosition>[1], string]>([
    [[150.421375, 2.42238333], {}, "10h01m41.130s +02d25m20.58s"],
    [[150.421375, 2.42238333], { style: "colons" }, "10:01:41.130 +02:25:20.58"],
    [[150.421375, 2.42238333], { style: "decimal" }, "150.421375 +2.422383"],
    [[150.421375, -2.42238333], { digits: 0 }, "10h01m41.1s -02d25m21s"],
    [[187.5, -30 / 3600], {}, "12h30m00.000s -00d00m30.00s"],
    [[120.5, -5], { frame: { name: "galactic" } }, "120d30m00.00s -05d00m00.00s"],
    [[1.5, 5], { frame: { name: "galactic" }, style: "colons", digits: 0 }, "001:30:00 +05:00:00"],
    [[359.9999999, 59.9999999], {}, "00h00m00.000s +60d00m00.00s"],
    [[-70, 0], { digits: 0 }, "19h20m00.0s +00d00m00s"],
    [[Number.NaN, 0], {}, "none"],
  ])("%j %j is '%s'", (point, options, text) => {
    expect(formatPosition(point, options)).toBe(text);
  });

  test("is read back as the same position, in all styles and frames", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 359.9999, noNaN: true }),
        fc.double({ min: -90, max: 90, noNaN: true }),
        fc.constantFrom("sexagesimal" as const, "colons" as const, "decimal" as const),
        fc.constantFrom<Frame>({ name: "icrs" }, { name: "fk4" }, { name: "galactic" }, { name: "ecliptic" }),
        (lon, lat, style, frame) => {
          const digits = style === "decimal" ? 11 : 7;
          const text = `${frame.name} ${formatPosition([lon, lat], { style, frame, digits })}`;
          const back = parsePosition(text);
          const off = Math.abs(back.lon - lon);
          expect(Math.min(off, 360 - off)).toBeLessThan(3e-11);
          expect(Math.abs(back.lat - lat)).toBeLessThan(3e-11);
          expect(back.frame?.name).toBe(frame.name);
        },
      ),
    );
  });

  test.each([-1, 1.5, 10, Number.NaN])("refuses %d digits", (digits) => {
    expect(() => formatPosition([1, 2], { digits })).toThrow(/digits must be a whole number from 0 to 9/);
  });
});

test("a longitude that may be decimal hours beside a declination in minutes and seconds is a warning", () => {
  expect(parsePosition("10.0281 +02:25:20")).toMatchObject({
    lon: 10.0281,
    warnings: ["the longitude 10.0281 is read as degrees; decimal hours are written 10.0281h"],
  });
  for (const text of ["10.0281h +02:25:20", "150.42 +02:25:20", "10.0281 2.4", "10.0281d +02:25:20"])
    expect(parsePosition(text).warnings).toEqual([]);
});
