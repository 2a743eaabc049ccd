import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { ndarray } from "../../src/array.js";
import { colormaps, encodePng, limitsOf, render, zscale } from "../../src/picture/index.js";

/** Sky, noise and a few stars, the same every time. */
function field(size: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed;
  const random = (): number => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  return Float32Array.from({ length: size }, () => {
    const noise = random() + random() + random() + random() - 2;
    return 100 + 5 * noise + (random() < 0.02 ? 4000 * random() : 0);
  });
}

describe("a picture", () => {
  test.each([
    [[5, 1], 1, 5],
    [[1, 5], 5, 1],
    [[5], 5, 1],
    [[1, 5, 1], 1, 5],
    [[1, 2, 3], 3, 2],
  ])("of an array of shape %j is %i wide and %i high", (shape, width, height) => {
    const length = shape.reduce((a, b) => a * b);
    expect(render(ndarray(new Float32Array(length), shape))).toMatchObject({ width, height });
  });

  test("of a wide range by logarithm shows every step of the dark part", () => {
    const data = Uint16Array.from({ length: 100 }, (_, i) => i);
    const { rgb: levels } = render(ndarray(data, [1, 100]), { stretch: "log", vmin: 0, vmax: 65535 });
    const exact = (value: number): number =>
      Math.round((255 * Math.log10(1 + (1000 * value) / 65535)) / Math.log10(1001));
    const channels = levels.length / 100;
    for (let i = 0; i < 100; i++) expect(Math.abs(levels[i * channels]! - exact(i))).toBeLessThanOrEqual(1);
  });
});

describe("zscale", () => {
  test("of a constant is that constant, of nothing 0 and 1", () => {
    expect(zscale(new Float32Array(100).fill(7))).toEqual({ vmin: 7, vmax: 7 });
    expect(zscale(new Float32Array(3).fill(Number.NaN))).toEqual({ vmin: 0, vmax: 1 });
  });
});

describe("limits of which one is given", () => {
  const values = Float32Array.from({ length: 1001 }, (_, i) => i);

  test("have the other one by the rule", () => {
    expect(limitsOf(values, { limits: "50%", vmin: 300 })).toEqual({ vmin: 300, vmax: 750 });
    expect(limitsOf(values, { limits: "50%", vmax: 300 })).toEqual({ vmin: 250, vmax: 300 });
  });

  test("have the extreme of the values where the rule's one lies beyond", () => {
    expect(limitsOf(values, { limits: "50%", vmin: 800 })).toEqual({ vmin: 800, vmax: 1000 });
    expect(limitsOf(values, { limits: "50%", vmax: 200 })).toEqual({ vmin: 0, vmax: 200 });
  });

  test("beyond all values draw all of them in the first color, or in the last", () => {
    const image = ndarray(values, [1, 1001]);
    expect(limitsOf(values, { vmin: 5000 })).toEqual({ vmin: 5000, vmax: 5000 });
    expect(new Set(render(image, { vmin: 5000 }).rgb)).toEqual(new Set([0]));
    expect(new Set(render(image, { vmax: -5 }).rgb)).toEqual(new Set([255]));
  });

  test("stay as they are where both are given", () => {
    expect(limitsOf(values, { vmin: 9, vmax: 2 })).toEqual({ vmin: 9, vmax: 2 });
  });
});

describe("render", () => {
  test("puts the first row at the bottom and clips at the limits", () => {
    const picture = render(ndarray(Float32Array.of(0, 5, 10, -3, 99, Number.NaN), [2, 3]), {
      vmin: 0,
      vmax: 10,
    });
    expect(picture).toMatchObject({ width: 3, height: 2 });
    const levels = [...picture.rgb].filter((_, i) => i % 3 === 0);
    expect(levels).toEqual([0, 255, 0, 0, 128, 255]);
  });

  test("stretches are monotonic from black to white, and brighten faint values", () => {
    const ramp = ndarray(
      Float64Array.from({ length: 101 }, (_, i) => i),
      [1, 101],
    );
    for (const stretch of ["linear", "log", "sqrt", "asinh"] as const) {
      const { rgb } = render(ramp, { vmin: 0, vmax: 100, stretch });
      const levels = [...rgb].filter((_, i) => i % 3 === 0);
      expect(levels[0]).toBe(0);
      expect(levels[100]).toBe(255);
      expect([...levels].sort((a, b) => a - b)).toEqual(levels);
      if (stretch !== "linear") expect(levels[10]).toBeGreaterThan(50);
    }
  });

  test("every color map has 256 colors and a reverse", () => {
    const ramp = ndarray(
      Float64Array.from({ length: 256 }, (_, i) => i),
      [256],
    );
    for (const name of colormaps) {
      const there = render(ramp, { vmin: 0, vmax: 255, colormap: name }).rgb;
      const back = render(ramp, { vmin: 0, vmax: 255, colormap: `${name}_r` }).rgb;
      expect([...there.subarray(0, 3)]).toEqual([...back.subarray(3 * 255)]);
    }
    expect(() => render(ramp, { colormap: "nope" })).toThrow("no color map");
  });

  test("64-bit integers are drawn; cubes and empty sections are refused in words", () => {
    expect(render(ndarray(BigInt64Array.of(0n, 10n), [2]), { vmin: 0, vmax: 10 }).rgb[3]).toBe(255);
    expect(() => render(ndarray(new Uint8Array(8), [2, 2, 2]))).toThrow("choose one plane");
    expect(() => render(ndarray(new Uint8Array(0), [0, 2]))).toThrow("empty");
  });

  test("the PNG decodes to the same pixels", async () => {
    const picture = render(ndarray(field(600, 5), [20, 30]), { colormap: "viridis" });
    const decoded = decode(await encodePng(picture));
    expect(decoded).toMatchObject({ width: 30, height: 20, channels: 3, depth: 8 });
    expect(new Uint8Array(decoded.data)).toEqual(picture.rgb);
  });
});
