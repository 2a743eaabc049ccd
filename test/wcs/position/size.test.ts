/**
 * Sizes of cutouts as people write them.
 */
import { expect, test } from "vitest";
import { parseSize, type Size } from "../../../src/wcs/position/size.js";

const arcsec = 1 / 3600;

test.each<[string, number, number, Size["unit"]]>([
  ["5arcsec", 5 * arcsec, 5 * arcsec, "deg"],
  ["5 arcsec", 5 * arcsec, 5 * arcsec, "deg"],
  ['5"', 5 * arcsec, 5 * arcsec, "deg"],
  ["5″", 5 * arcsec, 5 * arcsec, "deg"],
  ["5''", 5 * arcsec, 5 * arcsec, "deg"],
  ["5 ARCSEC", 5 * arcsec, 5 * arcsec, "deg"],
  ["500mas", 0.5 * arcsec, 0.5 * arcsec, "deg"],
  ["0.5'", 0.5 / 60, 0.5 / 60, "deg"],
  ["2arcmin", 2 / 60, 2 / 60, "deg"],
  ["0.1deg", 0.1, 0.1, "deg"],
  [".1°", 0.1, 0.1, "deg"],
  ["0.1d", 0.1, 0.1, "deg"],
  ["0.1 degrees", 0.1, 0.1, "deg"],
  ["1e-3rad", 0.18 / Math.PI, 0.18 / Math.PI, "deg"],
  ["64pix", 64, 64, "pixel"],
  ["64px", 64, 64, "pixel"],
  ["64 pixels", 64, 64, "pixel"],
  ["64", 64, 64, "pixel"],
  ["64.5", 64.5, 64.5, "pixel"],
  ["5arcsec x 3arcsec", 5 * arcsec, 3 * arcsec, "deg"],
  ["5arcsec × 3arcsec", 5 * arcsec, 3 * arcsec, "deg"],
  ["5x3arcsec", 5 * arcsec, 3 * arcsec, "deg"],
  ["5arcsec,3", 5 * arcsec, 3 * arcsec, "deg"],
  ["1arcmin x 30arcsec", 1 / 60, 0.5 / 60, "deg"],
  ["5\" x 3'", 5 * arcsec, 3 / 60, "deg"],
  ["350x250pix", 350, 250, "pixel"],
  ["350 X 250", 350, 250, "pixel"],
  ["350px x 250px", 350, 250, "pixel"],
  ["350pixx250pix", 350, 250, "pixel"],
  ["350*250", 350, 250, "pixel"],
])("'%s' is %d wide and %d high, in %s", (text, width, height, unit) => {
  const size = parseSize(text);
  expect(size).toEqual({ width: expect.closeTo(width, 14), height: expect.closeTo(height, 14), unit });
});

test.each([
  ["0", /not greater than 0/],
  ["-5arcsec", /not greater than 0/],
  ["5arcsec x 0", /not greater than 0/],
  ["1e-400deg", /not greater than 0/],
  ["NaN", /no number with a unit/],
  ["", /no number with a unit/],
  ["arcsec", /no number with a unit/],
  ["5 5 5", /no number with a unit/],
  ["1x2x3", /has 3 sides/],
  ["64pix 32pix", /no number with a unit/],
  ["5x", /no angle/],
  ["x5", /no number with a unit/],
  ["5 furlongs", /unit 'furlongs', which is no angle/],
  ["5m", /unit 'm', which is no angle/],
  ["5s", /unit 's', which is no angle/],
  ["5arcsec x 3pix", /mixes pixels and angles/],
  ['5pix x 3"', /mixes pixels and angles/],
  ["400deg", /more than a full turn/],
  ["1e30", /too large/],
  ["1e400", /not greater than 0/],
])("'%s' is refused", (text, message) => {
  expect(() => parseSize(text)).toThrow(message);
  expect(() => parseSize(text)).toThrow(/^size '.*width x height/);
});
