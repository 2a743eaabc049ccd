import { describe, expect, test } from "vitest";
import { ndarray, open } from "../../src/index.js";
import { footprintsOf } from "../../src/stamps/index.js";
import { depth, parsePolygon } from "../../src/stamps/polygon.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";

interface Field {
  readonly ctype: readonly [string, string];
  readonly at: readonly [lon: number, lat: number];
  readonly shape: readonly [height: number, width: number];
  /** Degrees of a pixel. */
  readonly scale: number;
}

/** The footprints of an image whose reference is its middle. */
async function footprints({ ctype, at, shape, scale }: Field) {
  const cards: [string, string | number][] = [
    ...[0, 1].map((i): [string, string] => [`CTYPE${i + 1}`, ctype[i]!]),
    ...[0, 1].map((i): [string, number] => [`CRVAL${i + 1}`, at[i]!]),
    ...[0, 1].map((i): [string, number] => [`CRPIX${i + 1}`, (shape[1 - i]! + 1) / 2]),
    ["CDELT1", -scale],
    ["CDELT2", scale],
  ];
  const header = cards.map(([keyword, value]) => ({ keyword, value }));
  const data = ndarray(new Uint8Array(shape[0] * shape[1]), shape);
  const fits = await open(await fitsBytes([imageHdu({ data, header })]));
  return footprintsOf(fits, "a.fits");
}

describe("a footprint", () => {
  test.each<Field>([
    { ctype: ["RA---TAN", "DEC--TAN"], at: [0, 60], shape: [40, 60], scale: 0.1 },
    { ctype: ["RA---SIN", "DEC--SIN"], at: [120, -30], shape: [40, 60], scale: 0.01 },
  ])("has four corners where the sides are straight: $ctype.0", async (field) => {
    const [found] = (await footprints(field)).footprints;
    expect(parsePolygon(found!.s_region)).toHaveLength(4);
  });

  test.each<Field>([
    { ctype: ["RA---CAR", "DEC--CAR"], at: [0, 0], shape: [40, 60], scale: 0.5 },
    { ctype: ["RA---AIT", "DEC--AIT"], at: [200, 0], shape: [60, 60], scale: 0.9 },
  ])("follows sides that bend, around 0 hours, too: $ctype.0", async (field) => {
    const { footprints: all, warnings } = await footprints(field);
    expect(warnings).toEqual([]);
    const polygon = parsePolygon(all[0]!.s_region);
    expect(polygon.length).toBeGreaterThan(20);
    // The middle of the upper side lies beyond the great circle through the corners, or within it.
    const y = ((field.shape[0] / 2) * field.scale * Math.PI) / 360;
    const top = field.ctype[0] === "RA---CAR" ? 10 : (360 / Math.PI) * Math.asin(y);
    expect(depth(polygon, field.at[0], top - 0.05)).toBeCloseTo(0.05, 1);
    expect(depth(polygon, field.at[0], top + 0.05)).toBeCloseTo(-0.05, 1);
  });

  test.each<Field>([
    { ctype: ["GLON-AIT", "GLAT-AIT"], at: [0, 0], shape: [18, 36], scale: 9 },
    { ctype: ["RA---CAR", "DEC--CAR"], at: [180, 0], shape: [18, 36], scale: 10 },
    { ctype: ["RA---ZEA", "DEC--ZEA"], at: [0, 90], shape: [20, 20], scale: 11 },
    { ctype: ["RA---CAR", "DEC--CAR"], at: [180, 0], shape: [4, 30], scale: 4 },
  ])("is told to be none of what no polygon can say: $ctype.0 $shape", async (field) => {
    const { footprints: none, warnings } = await footprints(field);
    expect(none).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/^HDU 0: no polygon says where the image lies: .* name the file/),
    ]);
  });
});
