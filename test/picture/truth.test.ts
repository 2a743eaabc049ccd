/**
 * Color maps, limits, stretches and Lupton's RGB are those of matplotlib, ds9 and astropy: fixtures/picture/make.py and
 * make-ds9.py wrote down what these say.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Arrays, type DType, ndarray, viewAs } from "../../src/array.js";
import {
  colormapColors,
  colormaps,
  type LimitsRule,
  limitsOf,
  lupton,
  type Stretch,
  toPng,
  zscale,
} from "../../src/picture/index.js";
import { curveOf } from "../../src/picture/stretch.js";
import { decoded } from "./png.js";

interface Truth {
  readonly maps: Readonly<Record<string, string>>;
  readonly limits: readonly {
    readonly name: string;
    readonly dtype: DType;
    readonly data: string;
    readonly limits: Readonly<Record<string, [number, number]>>;
  }[];
  readonly curves: readonly {
    readonly stretch: Stretch;
    readonly a: number | null;
    readonly values: number[];
  }[];
  readonly drawings: {
    readonly shape: [number, number];
    readonly arrays: Readonly<Record<string, { readonly dtype: DType; readonly data: string }>>;
    readonly pictures: readonly {
      readonly name: string;
      readonly stretch: Stretch;
      readonly depth: 8 | 16;
      readonly binBy: "mean" | "max" | null;
      readonly levels: string;
    }[];
  };
  readonly lupton: {
    readonly shape: [number, number];
    readonly bands: [string, string, string];
    readonly cases: readonly { readonly options: object; readonly rgb: string }[];
  };
}

const truth = JSON.parse(
  readFileSync(new URL("../fixtures/picture/truth.json", import.meta.url), "utf8"),
) as Truth;
/** Colors of the values 0 to 255, by the name of ds9's color map. */
const ds9 = JSON.parse(
  readFileSync(new URL("../fixtures/picture/ds9.json", import.meta.url), "utf8"),
) as Readonly<Record<string, string>>;
const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, "base64"));
const array = (text: string, dtype: DType): Arrays[DType] => viewAs(bytes(text), dtype);

describe("color maps", () => {
  test.each(Object.keys(truth.maps))("%s has matplotlib's 256 colors, to one level", (name) => {
    const expected = bytes(truth.maps[name]!);
    const found = colormapColors(name);
    expect(found.length).toBe(expected.length);
    for (const [i, level] of found.entries()) expect(Math.abs(level - expected[i]!)).toBeLessThanOrEqual(1);
  });

  test("are matplotlib's and ds9's, each with a reverse, in letters of either case", () => {
    const ofDs9 = ["a", "b", "bb", "he", "heat", "i8", "aips0", "ds9cool", "ds9rainbow"];
    expect([...colormaps].sort()).toEqual([...Object.keys(truth.maps), ...ofDs9].sort());
    for (const name of colormaps) {
      const there = colormapColors(name);
      const back = colormapColors(`${name.toUpperCase()}_r`);
      for (let i = 0; i < 256; i++)
        expect([...there.subarray(3 * i, 3 * i + 3)]).toEqual([
          ...back.subarray(3 * (255 - i), 3 * (256 - i)),
        ]);
    }
    expect(() => colormapColors("nice")).toThrow(/no color map "nice"; there are gray, viridis/);
  });

  test.each(Object.keys(ds9))("%s of ds9 has the colors that ds9 shows, to one level", (name) => {
    const ours = { grey: "gray", cool: "ds9cool", rainbow: "ds9rainbow" }[name] ?? name;
    const [expected, found] = [bytes(ds9[name]!), colormapColors(ours)];
    expect(expected.length).toBe(3 * 256);
    for (const [i, level] of found.entries()) expect(Math.abs(level - expected[i]!)).toBeLessThanOrEqual(1);
  });

  test.each(["viridis", "inferno", "magma", "plasma", "cividis", "turbo"])("%s is matplotlib's", (name) => {
    expect(colormapColors(name)).toEqual(bytes(truth.maps[name]!));
  });
});

describe("limits", () => {
  const cases = truth.limits.flatMap(({ limits, ...rest }) =>
    Object.entries(limits).map(([rule, expected]) => ({ ...rest, rule: rule as LimitsRule, expected })),
  );
  test.each(cases)("$rule of $name ($dtype) are astropy's", ({ dtype, data, rule, expected }) => {
    const { vmin, vmax } = limitsOf(array(data, dtype), { limits: rule });
    for (const [found, right] of [
      [vmin, expected[0]],
      [vmax, expected[1]],
    ] as const)
      expect(Math.abs(found - right)).toBeLessThanOrEqual(1e-6 * Math.max(1e-3, Math.abs(right)));
  });

  test("vmin and vmax each stand for the one found", () => {
    const data = Float64Array.of(1, 2, 3, 4);
    expect(limitsOf(data, { limits: "minmax", vmin: -5 })).toEqual({ vmin: -5, vmax: 4 });
    expect(limitsOf(data, { limits: "minmax", vmax: 9 })).toEqual({ vmin: 1, vmax: 9 });
    expect(() => limitsOf(data, { vmin: Number.NaN })).toThrow(/a limit is a number, not NaN/);
  });

  test.each(["", "99", "50%,40%", "101%", "1%,2%,3%", "-1%,50%", "%", "ZSCALE"])("cannot be %j", (rule) => {
    expect(() => limitsOf(new Uint8Array(3), { limits: rule as LimitsRule })).toThrow(
      /cannot read the limits/,
    );
  });

  test("of nothing finite are 0 and 1", () => {
    for (const limits of ["zscale", "minmax", "99%"] as const)
      expect(limitsOf(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY), { limits })).toEqual({
        vmin: 0,
        vmax: 1,
      });
  });

  test("of zscale grow with the values, up to the largest that there are", () => {
    const sky = array(truth.limits[0]!.data, "float32") as Float32Array;
    const plain = zscale(Float64Array.from(sky));
    for (const power of [1003, -1010, 500]) {
      // Powers of two: nothing is rounded.
      const scaled = zscale(Float64Array.from(sky, (value) => value * 2 ** power));
      expect(scaled.vmin / 2 ** power).toBeCloseTo(plain.vmin, 9);
      expect(scaled.vmax / 2 ** power).toBeCloseTo(plain.vmax, 9);
    }
  });
});

describe("stretches", () => {
  test.each(truth.curves)("$stretch with a = $a is astropy's", ({ stretch, a, values }) => {
    const sky = array(truth.limits[0]!.data, "float32");
    const limits = limitsOf(sky, { limits: "minmax" });
    const curve = curveOf(stretch, a ?? undefined, sky, limits);
    for (const [i, value] of values.entries()) expect(curve(i / (values.length - 1))).toBeCloseTo(value, 6);
  });

  test("draw as they say, level by level", async () => {
    const ramp = Float64Array.from({ length: 5001 }, (_, i) => i / 5000);
    for (const { stretch, a } of truth.curves) {
      const options = { stretch, limits: "minmax" as const, ...(a !== null && { a }) };
      const curve = curveOf(stretch, a ?? undefined, ramp, { vmin: 0, vmax: 1 });
      const { data } = await decoded(toPng(ndarray(ramp, [1, 5001]), options));
      for (const [i, t] of ramp.entries())
        expect(Math.abs(data[i]! - Math.min(255, Math.floor(256 * curve(t) + 1e-9)))).toBeLessThanOrEqual(
          stretch === "histogram" ? 1 : 0,
        );
    }
  });

  test.each([
    ["sqrt", 2, /sqrt has no parameter a/],
    ["log", -1, /a = -1 makes no log stretch/],
    ["asinh", Number.NaN, /a = NaN makes no asinh stretch/],
    ["cube", undefined, /no stretch "cube"; there are linear, log, sqrt/],
  ] as const)("%s with a = %d is refused", (stretch, a, message) => {
    const limits = { vmin: 0, vmax: 1 };
    expect(() => curveOf(stretch as Stretch, a, new Uint8Array(2), limits)).toThrow(message);
  });
});

describe("Lupton's RGB", () => {
  const { shape, cases, bands } = truth.lupton;
  const [red, green, blue] = bands.map((band) => ndarray(array(band, "float32"), shape));
  const flipped = (rgb: Uint8Array): Uint8Array => {
    const [rows, row] = [shape[0], 3 * shape[1]];
    const out = new Uint8Array(rgb.length);
    for (let y = 0; y < rows; y++) out.set(rgb.subarray(y * row, (y + 1) * row), (rows - 1 - y) * row);
    return out;
  };

  test.each(cases)("with $options is make_lupton_rgb's, to one gray level", ({ options, rgb }) => {
    const found = lupton(red!, green!, blue!, options).rgb;
    for (const [i, level] of flipped(bytes(rgb)).entries())
      expect(Math.abs(found[i]! - level)).toBeLessThanOrEqual(1);
  });

  test("NaN in one band is black, or transparent", () => {
    const at = (12 - 1 - 10) * 15 + 10;
    const plain = lupton(red!, green!, blue!);
    expect([...plain.rgb.subarray(3 * at, 3 * at + 3), plain.alpha]).toEqual([0, 0, 0, undefined]);
    const { alpha } = lupton(red!, green!, blue!, { nan: "transparent" });
    expect(alpha!.reduce((sum, value) => sum + value, 0)).toBe(255 * (12 * 15 - 1));
    expect(alpha![at]).toBe(0);
  });

  test("refuses bands of other sizes, and numbers that are none", () => {
    const small = ndarray(new Float32Array(4), [2, 2]);
    expect(() => lupton(red!, green!, small)).toThrow(/differ in size: 12 x 15, 12 x 15, 2 x 2/);
    expect(() => lupton(small, small, small, { stretch: 0 })).toThrow(/stretch is a positive number/);
    expect(() => lupton(small, small, small, { q: Number.NaN })).toThrow(/q is a number/);
    expect(() => lupton(small, small, small, { minimum: [1, 2] as never })).toThrow(/minimum is one number/);
  });
});

describe("a PNG has the levels that matplotlib and astropy draw", () => {
  const { shape, arrays, pictures } = truth.drawings;
  test.each(pictures)("of $name: $stretch, $depth bits, bins by $binBy", async (picture) => {
    const { name, stretch, depth, binBy, levels } = picture;
    const { dtype, data } = arrays[name]!;
    const options = { stretch, depth, limits: "minmax" as const, ...(binBy && { bin: 2, binBy }) };
    const found = (await decoded(toPng(ndarray(array(data, dtype), shape), options))).data;
    const expected = array(levels, depth === 8 ? "uint8" : "uint16");
    expect(found.length).toBe(expected.length);
    // Half a level of 65536 may be rounded up or down.
    for (const [i, level] of [...found].entries())
      expect(Math.abs(level - Number(expected[i]))).toBeLessThanOrEqual(depth === 8 ? 0 : 1);
  });
});
