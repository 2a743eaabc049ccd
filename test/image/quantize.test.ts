import { describe, expect, test } from "vitest";
import { allocate } from "../../src/array.js";
import { decodeRice } from "../../src/codec/rice.js";
import { dequantize, ditherSequence, NULL_LEVEL, ZERO_LEVEL } from "../../src/image/quantize.js";
import { bestNoise, measureNoise } from "../../src/write/noise.js";
import { hcompressScale, quantize } from "../../src/write/quantizer.js";
import { bytes, sha256, tiles, values } from "../codec/tiles.js";

describe("the random numbers of dithering", () => {
  test("are those of the Standard's appendix I", () => {
    const random = ditherSequence();
    expect(random.length).toBe(10000);
    expect(random[0]).toBe(Math.fround(16807 / 2147483647));
    // "The 10,000th seed value must be 1043618065."
    expect(random[9999]).toBe(Math.fround(1043618065 / 2147483647));
  });
});

describe("dequantize", () => {
  test.each(tiles.dequantize.map((tile, i) => ({ ...tile, i })))(
    "gives funpack's pixels of tile $i to the last bit: $type, $quantizer, $nulls nulls",
    (tile) => {
      const { row, scale, zero, blank, pixels } = tile;
      const params = { dtype: "int32", shape: [pixels], bytePix: 4, blockSize: 32 } as const;
      const levels = decodeRice(bytes(tile.stream), params) as Int32Array<ArrayBuffer>;
      const floats = allocate(tile.type, pixels);
      const dither =
        tile.quantizer === "SUBTRACTIVE_DITHER_1" ? 1 : tile.quantizer === "SUBTRACTIVE_DITHER_2" ? 2 : 0;
      dequantize(levels, floats, {
        scale,
        zero,
        dither,
        seed: tile.seed ?? 1,
        row,
        blank: blank ?? undefined,
      });
      expect(floats.filter(Number.isNaN).length).toBe(tile.nulls);
      // The fixture has -1 for NaN, whose bits are anyone's choice.
      for (let i = 0; i < pixels; i++) if (Number.isNaN(floats[i]!)) floats[i] = -1;
      expect(sha256(floats)).toBe(tile.sha256);
    },
  );

  test("reads cfitsio's level for zero, not the one of the Standard's text", () => {
    const levels = Int32Array.of(ZERO_LEVEL, NULL_LEVEL, 12);
    const floats = new Float32Array(3);
    dequantize(levels, floats, { scale: 2, zero: 10, dither: 2, seed: 1, row: 0, blank: NULL_LEVEL });
    expect(floats[0]).toBe(0);
    expect(floats[1]).toBeNaN();
    dequantize(levels, floats, { scale: 2, zero: 10, dither: 1, seed: 1, row: 0 });
    expect(floats[0]).toBeLessThan(-4e9);
    expect(floats[1]).toBeLessThan(-4e9);
  });

  test("takes any integer for null", () => {
    const floats = new Float64Array(3);
    const plain = { scale: 0.5, zero: 1, dither: 0, seed: 1, row: 0 } as const;
    dequantize(Int32Array.of(-1, 0, 4), floats, { ...plain, blank: 0 });
    expect([...floats]).toEqual([0.5, Number.NaN, 3]);
  });
});

describe("quantize", () => {
  test.each(tiles.quantize.map((tile, i) => ({ ...tile, i })))(
    "finds cfitsio's scale, zero and levels of tile $i: $type $shape, level $level, dither $dither",
    ({ type, shape, level, dither, seed, row, floats, result }) => {
      const got = quantize(values(floats, type), { shape, level, dither, seed, row });
      if (result === null) {
        expect(got).toBeUndefined();
        return;
      }
      expect(got?.scale).toBe(result.scale);
      expect(got?.zero).toBe(result.zero);
      expect(sha256(got!.levels)).toBe(result.levels);
    },
  );

  test.each([0, 1, 2] as const)("is undone to half a step, dither %d", (dither) => {
    const random = ditherSequence();
    const floats = Float32Array.from({ length: 25000 }, (_, i) =>
      i % 40 === 0 ? 0 : 1000 * random[i % 9973]!,
    );
    floats[77] = Number.NaN;
    floats[78] = Number.NEGATIVE_INFINITY;
    const options = { shape: [25000], level: 4, dither, seed: 9999, row: 3 };
    const { levels, scale, zero, hasNull } = quantize(floats, options)!;
    expect(hasNull).toBe(true);
    const back = new Float32Array(25000);
    dequantize(levels, back, { scale, zero, dither, seed: 9999, row: 3, blank: NULL_LEVEL });
    for (let i = 0; i < floats.length; i++) {
      if (i === 77 || i === 78) expect(back[i]).toBeNaN();
      else if (dither === 2 && floats[i] === 0) expect(back[i]).toBe(0);
      else if (!(Math.abs(back[i]! - floats[i]!) <= scale * 0.5001 + 1e-3)) expect.fail(`pixel ${i}`);
    }
  });

  test.each([
    ["all pixels alike", new Float32Array(100).fill(3), 4],
    ["too few pixels to measure the noise by", Float32Array.of(1, 2, 5, 3), 4],
    ["more levels than 32 bits hold", Float64Array.of(0, 1e12, 1, 2, 3, 4, 5, 6, 7, 9), -0.01],
  ])("is refused: %s", (_, floats, level) => {
    const options = { shape: [floats.length], level, dither: 0, seed: 1, row: 0 } as const;
    expect(quantize(floats, options)).toBeUndefined();
  });

  test("a tile of nulls only has a scale and a zero that are numbers", () => {
    const floats = new Float32Array(50).fill(Number.NaN);
    for (const level of [4, -2]) {
      const got = quantize(floats, { shape: [50], level, dither: 1, seed: 1, row: 0 })!;
      expect(Number.isFinite(got.scale) && Number.isFinite(got.zero)).toBe(true);
      expect(got.levels.every((value) => value === NULL_LEVEL)).toBe(true);
    }
  });
});

describe("noise", () => {
  test("is the sigma of normal noise, whatever slopes and stars lie under it", () => {
    const random = ditherSequence();
    const pixels = new Float64Array(80 * 120);
    for (let i = 0; i < pixels.length; i++) {
      let normal = -6;
      for (let k = 0; k < 12; k++) normal += random[(i * 12 + k * 7919) % 10000]!;
      pixels[i] = 5 * normal + (i % 120) * 3 + (i % 97 === 0 ? 4000 : 0);
    }
    expect(bestNoise(measureNoise(pixels, 80, 120))).toBeGreaterThan(3.5);
    expect(bestNoise(measureNoise(pixels, 80, 120))).toBeLessThan(6.5);
  });

  test("is 0 where nothing varies", () => {
    expect(measureNoise(new Int32Array(100), 5, 20)).toEqual({
      good: 100,
      min: 0,
      max: 0,
      orders: [0, 0, 0],
    });
  });

  test("scales HCOMPRESS only when asked in units of it", () => {
    const pixels = Int32Array.from(ditherSequence().subarray(0, 400), (value) => Math.floor(value * 100));
    expect(hcompressScale(pixels, [20, 20], 0)).toBe(0);
    expect(hcompressScale(pixels, [20, 20], -7)).toBe(7);
    const once = hcompressScale(pixels, [20, 20], 1);
    expect(once).toBeGreaterThan(15);
    expect(hcompressScale(pixels, [20, 20], 3)).toBeGreaterThan(2.8 * once);
  });
});
