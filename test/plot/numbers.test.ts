import { describe, expect, test } from "vitest";
import { curveOf, placeIn, type Stretch } from "../../src/picture/stretch.js";
import { type Colorbar, colorbar, colorbarWidth } from "../../src/plot/colorbar.js";
import { numberLabels, roundNumber } from "../../src/plot/numbers.js";

describe("numbers of an axis are told apart in few characters", () => {
  test.each([
    [[0, 5, 10], "0 5 10"],
    [[150, 150.2, 150.4], "150.0 150.2 150.4"],
    [[999950, 1000000, 1000050], "999950 1000000 1000050"],
    [[0, 2e6, 4e6], "0 2e6 4e6"],
    [[2e-16, 2.2e-16, 2.4e-16], "2.0e-16 2.2e-16 2.4e-16"],
    [[1.42e9, 1.4205e9, 1.421e9], "1.4200e9 1.4205e9 1.4210e9"],
    [[9.8e-18, 9.9e-18, 1e-17], "9.8e-18 9.9e-18 1.00e-17"],
    [[2e306, 4e306, 6e306], "2e306 4e306 6e306"],
    [[1, 1e10, 1e30], "1 1e10 1e30"],
    [[-0.5, 0, 0.5], "-0.5 0 0.5"],
    [[1, 10, 100, 1000], "1 10 100 1000"],
    [[1, 1e3, 1e6], "1 1000 1e6"],
    [[1e-6, 1e-3, 1], "1e-6 0.001 1"],
    [[11.2, 13, 15, 22, 42], "11.2 13 15 22 42"],
    [[-1e307, 0, 1e307], "-1e307 0 1e307"],
    [[5], "5"],
    [[], ""],
  ])("%j", (ticks, expected) => {
    expect(ticks.map(numberLabels(ticks)).join(" ")).toBe(expected);
  });

  test.each([
    [0.9, 1.2, 1],
    [-3, 4, 0],
    [1234, 1290, 1250],
    [-42.3, -41.7, -42],
    [3.3e-17, 3.6e-17, 3.5e-17],
    [950, 1100, 1000],
    [7, 7, 7],
  ])("the roundest number from %d to %d is %d", (from, to, expected) => {
    expect(roundNumber(from, to)).toBe(expected);
  });
});

describe("a color bar", () => {
  /** Numbers on the bar, and where they stand: 0 at the lower end, 1 at the upper one. */
  function ticksOf(stretch: Stretch, vmin: number, vmax: number): { label: string; level: number }[] {
    const limits = { vmin, vmax };
    const [place, curve] = [placeIn(limits), curveOf(stretch, undefined, [] as never, limits)];
    const levelOf = (value: number): number => curve(place(value));
    const bar: Colorbar = { ...limits, levelOf, palette: new Uint8Array(768) };
    const svg = colorbar(bar, { left: 0, top: 0, width: 100, height: 400 }, 400);
    expect(colorbarWidth(bar, 400)).toBeLessThan(120);
    return [...svg.matchAll(/<text [^>]*y="([\d.]+)"[^>]*>([^<]*)<\/text>/g)].map(([, y, label]) => ({
      label: label!,
      level: 1 - (Number(y) - 4) / 400,
    }));
  }

  test.each<[Stretch, number, number]>([
    ["linear", 0, 1],
    ["linear", 1e6 - 100, 1e6 + 100],
    ["log", 1, 1e6],
    ["log", -5, 1e5],
    ["asinh", -1, 1000],
    ["sqrt", 0, 1e6],
    ["sinh", 0, 10],
    ["power", 1e-18, 1e-16],
    ["linear", -1.5e308, 1.5e308],
  ])(
    "of the stretch %s has its numbers where the colors of their values are: %d to %d",
    (stretch, vmin, vmax) => {
      const ticks = ticksOf(stretch, vmin, vmax);
      const [place, curve] = [
        placeIn({ vmin, vmax }),
        curveOf(stretch, undefined, [] as never, { vmin, vmax }),
      ];
      expect(ticks.length).toBeGreaterThanOrEqual(4);
      expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
      for (const { label, level } of ticks) expect(curve(place(Number(label)))).toBeCloseTo(level, 3);
      const gaps = [...ticks.map(({ level }) => level), 1].map(
        (level, i) => level - (ticks[i - 1]?.level ?? 0),
      );
      expect(Math.max(...gaps)).toBeLessThan(0.34);
    },
  );

  test("of one value has this value", () => {
    expect(ticksOf("linear", 7, 7).map(({ label }) => label)).toEqual(["7"]);
  });
});
