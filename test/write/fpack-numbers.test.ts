/**
 * Numbers that fpack (cfitsio 4.2) gives for the same pixels: where they are computed in an unexpected way.
 */
import { describe, expect, it } from "vitest";
import { tileShapeFor } from "../../src/write/compress-shape.js";
import { seedOf } from "../../src/write/compress-tiles.js";
import { quantize } from "../../src/write/quantizer.js";

describe("seeds of the dither", () => {
  const sumOf = (...bytes: readonly number[]): number => (bytes.reduce((a, b) => a + b) % 10_000) + 1;

  it("are those of pixels as cfitsio reads them: with its nulls, without -0 and denormals", () => {
    const bytesOfNull = [...new Uint8Array(Float32Array.of(-9.11912e-36).buffer)];
    expect(seedOf(Float32Array.of(Number.NaN))).toBe(sumOf(...bytesOfNull));
    expect(seedOf(Float32Array.of(Number.POSITIVE_INFINITY))).toBe(sumOf(...bytesOfNull));
    expect(seedOf(Float32Array.of(-0, 1e-40))).toBe(1);
    expect(seedOf(Float32Array.of(1.5))).toBe(sumOf(...new Uint8Array(Float32Array.of(1.5).buffer)));
    expect(seedOf(Int16Array.of(-1))).toBe(sumOf(255, 255));
  });
});

describe("noise", () => {
  it("of a tile one pixel wide is measured along its next axis, as of one that lies", () => {
    const pixels = Float32Array.from({ length: 240 }, (_, i) => 100 + ((i * 7919) % 101) / 10 + (i % 40));
    const options = { level: 4, dither: 1, seed: 1, row: 0 } as const;
    const upright = quantize(pixels, { ...options, shape: [6, 40, 1] });
    const lying = quantize(pixels, { ...options, shape: [6, 40] });
    expect(upright?.scale).toBeGreaterThan(0);
    expect(upright?.scale).toBe(lying?.scale);
  });
});

describe("tile shapes", () => {
  it("of fewer axes than an image has are long 1 along the others, and of more axes only 1", () => {
    expect(tileShapeFor("RICE_1", [4, 30, 50], [2, 10, 10])).toEqual([2, 10, 10]);
    expect(tileShapeFor("RICE_1", [30, 50], [1, 10, 10])).toEqual([10, 10]);
    expect(() => tileShapeFor("RICE_1", [30, 50], [2, 10, 10])).toThrow(
      /\(2, 10, 10\) .* \(30, 50\); give 2$/,
    );
    expect(tileShapeFor("RICE_1", [4, 30, 50], [10])).toEqual([1, 1, 10]);
  });
});
