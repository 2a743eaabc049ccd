/**
 * Circles on the sky as people write them: a position as everywhere else, and a radius behind it.
 */
import { describe, expect, it } from "vitest";
import { convertPoint, parseCone, parseFrame } from "../../../src/wcs/index.js";

const crab = { ra: expect.closeTo(83.6, 12), dec: expect.closeTo(-5.4, 12), warnings: [] };

describe("a cone", () => {
  it.each([
    "83.6 -5.4 0.1",
    "83.6, -5.4, 0.1",
    "5:34:24 -5:24:00 0.1",
    "5 34 24 -5 24 00 0.1deg",
    "5 34 24 -5 24 00 6'",
    "05h34m24s -05d24m00s 6 arcmin",
    "83.6d \u22125.4d 6\u2032",
    "83.6 -5.4 360''",
    '83.6 -5.4 360"',
    "J053424-052400 6arcmin",
  ])("'%s' is 0.1 degrees around one position", (text) => {
    expect(parseCone(text)).toEqual({ ...crab, radius: expect.closeTo(0.1, 12) });
  });

  it("with six numbers and no sign keeps its numbers apart", () => {
    const { ra, dec, radius } = parseCone('5 34 24 5 24 00 10"');
    expect([ra, dec]).toEqual([expect.closeTo(83.6, 12), expect.closeTo(5.4, 12)]);
    expect(radius).toBeCloseTo(10 / 3600, 12);
  });

  it("of another frame is turned to ICRS", () => {
    const [lon, lat] = convertPoint([209, -19.4], parseFrame("galactic"), parseFrame("icrs"))!;
    expect(parseCone("gal 209 -19.4 1deg")).toEqual({ ra: lon, dec: lat, radius: 1, warnings: [] });
  });

  it("tells what was read past", () => {
    expect(parseCone("5:34:60 -5:24:00 1'").warnings).toHaveLength(1);
  });

  it.each([
    ["83.6 -5.4", /cone '83\.6 -5\.4' .*radius/],
    ["83.6 5.4", /cone '83\.6 5\.4' .*radius/],
    ["5 34 24 5 24 00", /cone '5 34 24 5 24 00' .*unit/],
    ["83.6 -5.4 5pix", /cone '83\.6 -5\.4 5pix' .*angle/],
    ["83.6 -5.4 0", /greater than 0/],
    ["83.6 -5.4 1h", /angle/],
    ["83.6 -95 5'", /beyond 90/],
    ["5:74:24 -5:24 1", /74 minutes/],
    ["", /cone ''/],
  ])("'%s' is refused in one line", (text, message) => {
    expect(() => parseCone(text)).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENT", message: expect.stringMatching(message) }),
    );
  });
});
