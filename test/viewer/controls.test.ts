/** What the controls say: numbers, the scale, the planes of a cube, the keys. */
import { ndarray } from "fitslice";
import { render, type Stretch, stretches } from "fitslice/picture";
import { fitsBytes, imageHdu } from "fitslice/write";
import { describe, expect, test } from "vitest";
import { viewAttributes, viewOfAttribute, wantedOf } from "../../viewer/src/element/attributes.js";
import { keyBindings } from "../../viewer/src/element/keys.js";
import { planeAxes, stepPlane } from "../../viewer/src/element/planes.js";
import { distinctTexts, scaleValues } from "../../viewer/src/element/scale.js";
import { ViewerModel } from "../../viewer/src/model.js";
import { firstState } from "../../viewer/src/state.js";
import { bytesText, countText, digitsWithin, shareText, valueText } from "../../viewer/src/text.js";

describe("texts", () => {
  test("of values have the digits of float32, and no zeros behind them", () => {
    const texts = [0, -3, 12345678, 9007199254740993n, 0.1 + 0.2, 1e-30, 1.5e20, Number.NaN].map((value) =>
      valueText(value),
    );
    expect(texts).toEqual(["0", "-3", "12345678", "9007199254740993", "0.3", "1e-30", "1.500000e+20", "NaN"]);
  });

  test("of few digits have no exponent where people write none", () => {
    const texts = [1234.5, 999.99, -765432.1, 1500000.5, 12.3456, 0.00012345].map((value) =>
      valueText(value, 3),
    );
    expect(texts).toEqual(["1230", "1000", "-765000", "1.5e+6", "12.3", "0.000123"]);
  });

  test("of values that differ late have the digits that tell them apart", () => {
    expect(
      [2459000.5213, 2459000.5214].map((value) => valueText(value, digitsWithin(2459000.5, 2459000.6, 7))),
    ).toEqual(["2459000.5213", "2459000.5214"]);
    expect([digitsWithin(99.5, 620.3, 5), digitsWithin(7, 7, 5), digitsWithin(Number.NaN, 1, 6)]).toEqual([
      5, 5, 6,
    ]);
  });

  test("of bytes and shares are short", () => {
    expect([0, 999, 1000, 1_234_567, 6.4e9].map(bytesText)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "1.2 MB",
      "6.4 GB",
    ]);
    expect([0, 0.0004, 0.012, 0.5, 0.999, 1].map(shareText)).toEqual([
      "0 %",
      "< 0.1 %",
      "1.2 %",
      "50 %",
      "99 %",
      "100 %",
    ]);
    expect([0, 1, 2].map((count) => countText(count, "row"))).toEqual(["0 rows", "1 row", "2 rows"]);
  });
});

describe("the scale", () => {
  const limits = { vmin: -2, vmax: 30 };
  const samples = Float64Array.from({ length: 1000 }, (_, i) => -2 + (32 * i * i) / 999 ** 2);
  const pixels = ndarray(samples, [1000]);

  test.each(stretches)("has values where fitslice/picture has their brightness: %s", (stretch: Stretch) => {
    const picture = render(pixels, { stretch, ...limits });
    const values = scaleValues(stretch, limits, 8, () => samples);
    expect(values[0]).toBe(-2);
    expect(values[8]).toBeCloseTo(30, 12);
    for (const [i, value] of values.entries()) expect(picture.levelOf(value)).toBeCloseTo(i / 8, 2);
  });

  test("writes as many digits as tell values apart", () => {
    expect(distinctTexts([1, 2, 3])).toEqual(["1", "2", "3"]);
    expect(distinctTexts([1000.01, 1000.02])).toEqual(["1000.01", "1000.02"]);
    expect(distinctTexts([5, 5])).toEqual(["5", "5"]);
  });
});

describe("the planes of a cube", () => {
  const cube = async (matrix: Readonly<Record<string, string | number>> = {}): Promise<ViewerModel> => {
    const model = new ViewerModel();
    const card = (keyword: string, value: string | number) => ({ keyword, value });
    const header = [
      card("CTYPE3", "FREQ-LSR"),
      card("CRVAL3", 1.4e9),
      card("CRPIX3", 1),
      card("CDELT3", 1e6),
      card("CUNIT3", "Hz"),
    ].filter(({ keyword }) => !(keyword in matrix));
    header.push(...Object.entries(matrix).map(([keyword, value]) => card(keyword, value)));
    const data = ndarray(new Int16Array(2 * 3 * 4 * 5), [2, 3, 4, 5]);
    await model.open(await fitsBytes([imageHdu({ data, header })]));
    return model;
  };

  test("have the names and values of the header", async () => {
    const model = await cube();
    const axes = planeAxes(model);
    expect(axes.map(({ name, length }) => [name, length])).toEqual([
      ["Axis 4", 2],
      ["FREQ", 3],
    ]);
    expect(axes.map(({ worldText }) => worldText(2))).toEqual(["", "1.402 GHz"]);
    await model.end();
  });

  test.each([
    [{ CD1_1: 1, CD3_3: 2e6 }, "1.404 GHz"],
    [{ CD1_1: 1 }, "1.400000002 GHz"],
  ])("have the steps of a CD matrix, where there is one, whatever CDELT says: %j", async (matrix, text) => {
    const model = await cube(matrix);
    expect(planeAxes(model)[1]!.worldText(2)).toBe(text);
    await model.end();
  });

  test("of Stokes axes are I, Q; velocities are in km/s however the unit is written", async () => {
    for (const unit of ["m/s", "m s-1", "m.s^-1"]) {
      const model = await cube({
        CRVAL4: 1,
        CRPIX4: 1,
        CDELT4: 1,
        CTYPE4: "STOKES",
        CTYPE3: "VRAD",
        CUNIT3: unit,
        CRVAL3: 5e3,
        CDELT3: 500,
      });
      expect(planeAxes(model).map(({ worldText }) => worldText(1))).toEqual(["Q", "5.5 km/s"]);
      await model.end();
    }
  });

  test("are stepped along the last axis that has several", async () => {
    const model = new ViewerModel();
    await model.open(await fitsBytes([imageHdu({ data: ndarray(new Int16Array(3 * 20), [3, 1, 4, 5]) })]));
    stepPlane(model, 1);
    expect(model.state.plane).toEqual([1, 0]);
    await model.open(await fitsBytes([imageHdu({ data: ndarray(new Int16Array(20), [4, 5]) })]));
    stepPlane(model, 1);
    expect(model.state.plane).toEqual([]);
    await model.end();
  });

  test("go round", async () => {
    const model = await cube();
    stepPlane(model, -1);
    expect(model.state.plane).toEqual([0, 2]);
    stepPlane(model, 1);
    stepPlane(model, 1, 0);
    expect(model.state.plane).toEqual([1, 0]);
    await model.end();
  });
});

describe("attributes", () => {
  test("are parts of the view", () => {
    const given = {
      hdu: "SCI",
      center: "10 20.5",
      zoom: "2",
      vmin: "-1e3",
      invert: "",
      grid: "false",
      "scale-bar": "FALSE",
      limits: "99.5%",
    };
    const view = Object.assign(
      {},
      ...Object.entries(given).map(([name, value]) => viewOfAttribute(name, value)),
    );
    expect(wantedOf(view)).toEqual({
      hdu: "SCI",
      center: [10, 20.5],
      zoom: 2,
      vmin: -1000,
      invert: true,
      grid: false,
      scaleBar: false,
      limits: "99.5%",
    });
    const parts = Object.values(viewAttributes).map(([key]) => key);
    expect([...parts, "regions"].sort()).toEqual(Object.keys(firstState).sort());
  });

  test("that are removed leave their part as at first", () => {
    expect(wantedOf(viewOfAttribute("stretch", null))).toEqual({ stretch: "asinh" });
    expect(wantedOf(viewOfAttribute("vmin", null))).toEqual({ vmin: undefined });
    expect(wantedOf(viewOfAttribute("center", null))).toEqual({});
  });

  test("that cannot be are refused in one line", () => {
    expect(() => viewOfAttribute("zoom", "big")).toThrow('the attribute zoom is a number, not "big"');
    expect(() => wantedOf(viewOfAttribute("frame", "x"))).toThrow("frame of a view is one of");
  });
});

test("no key stands for two things, and none is a browser's", () => {
  const keys = keyBindings.flatMap((binding) => binding.keys);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.filter((key) => /^(F\d+|Tab| |PageUp|PageDown|Home|End|\/|')$/.test(key))).toEqual([]);
});
