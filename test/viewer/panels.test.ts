/** The parts of panels that draw nothing: traffic, histograms, spectra, questions, the pace of drawing. */
import { done, type Fits, ndarray, open, type Plan, parseHeader, type RequestEvent } from "fitslice";
import { wcsOf } from "fitslice/wcs";
import { fitsBytes, imageHdu } from "fitslice/write";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Ask, freeBytes, priceOf, priceText } from "../../viewer/src/panels/ask.js";
import { extentOf, linearScale, ticksOf } from "../../viewer/src/panels/chart.js";
import { barHeight, histogramOf, movedLimits, shownRange } from "../../viewer/src/panels/histogram.js";
import { paced } from "../../viewer/src/panels/pace.js";
import {
  axisValues,
  curvePath,
  spectralAxes,
  spectrumCsv,
  spectrumSelection,
  spokenAxis,
} from "../../viewer/src/panels/spectrum.js";
import { lanesOf, movedRanges, movedShares, united } from "../../viewer/src/panels/traffic.js";

describe("the map of a file", () => {
  const range = (offset: number, length: number) => ({ offset, length });

  test("has the share of each part that moved, however often", () => {
    const ranges = [range(0, 10), range(5, 10), range(90, 10), range(0, 3)];
    expect([...movedShares(ranges, 100, 10)]).toEqual([1, 0.5, 0, 0, 0, 0, 0, 0, 0, 1]);
    const shares = movedShares([range(12, 1)], 100, 7);
    expect(shares.reduce((sum, share) => sum + (share * 100) / 7, 0)).toBeCloseTo(1, 12);
  });

  test("takes no more than the file, and nothing of a file without bytes", () => {
    expect([...movedShares([range(95, 1000)], 100, 2)]).toEqual([0, 0.1]);
    expect([...movedShares([range(200, 5)], 100, 2)]).toEqual([0, 0]);
    expect([...movedShares([range(0, 5)], 0, 2)]).toEqual([0, 0]);
  });

  test("knows the parts of a request for many ranges", () => {
    const parts = [range(0, 4), range(50, 6)];
    const event = { offset: 0, length: 10, parts } as unknown as RequestEvent;
    expect(movedRanges(event)).toBe(parts);
    expect(united([range(4, 4), range(0, 4), range(20, 0), range(30, 1)])).toEqual([
      range(0, 8),
      range(30, 1),
    ]);
  });
});

test("requests at the same time have lanes of their own; there are no more than fit", () => {
  const events = [
    { start: 0, end: 2 },
    { start: 1, end: 3 },
    { start: 2, end: 4 },
    { start: 2.5, end: 5 },
    { start: 2.6, end: 2.7 },
  ];
  expect(lanesOf(events, 8)).toEqual({ lanes: [0, 1, 0, 2, 3], count: 4 });
  expect(lanesOf(events, 2)).toEqual({ lanes: [0, 1, 0, 1, 1], count: 2 });
});

describe("histograms", () => {
  test("count each finite value once", () => {
    const values = [0, 0.5, 1, 9.99, 10, -1, 11, Number.NaN, Number.POSITIVE_INFINITY];
    const { counts, below, above } = histogramOf(values, [0, 10], 10);
    expect([...counts]).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
    expect([below, above]).toEqual([1, 1]);
  });

  test("show nearly all values, and the limits wherever they are", () => {
    const values = Float64Array.from({ length: 10_001 }, (_, i) => (i === 0 ? -1e9 : i));
    const [from, to] = shownRange(values, { vmin: 10, vmax: 20_000 }, false);
    expect(from).toBeGreaterThan(-1000);
    expect(to).toBeGreaterThan(20_000);
    expect(shownRange(values, { vmin: 10, vmax: 20 }, true)[0]).toBeLessThan(-1e9);
    const [low, high] = shownRange(Float64Array.of(5, 5), { vmin: 5, vmax: 5 }, false);
    expect(low).toBeLessThan(high);
  });

  test("have bars by counts or by their logarithm; no count is no bar", () => {
    expect([barHeight(0, 10, true), barHeight(10, 10, true), barHeight(5, 10, false)]).toEqual([0, 1, 0.5]);
    expect(barHeight(1, 1e6, true)).toBeGreaterThan(0.04);
    expect(barHeight(0, 0, false)).toBe(0);
  });

  test("move a limit no further than to the other one", () => {
    const limits = { vmin: 1, vmax: 5 };
    expect(movedLimits(limits, "vmin", 9, 0.1)).toEqual({ vmin: 4.9, vmax: 5 });
    expect(movedLimits(limits, "vmax", 0, 0.1)).toEqual({ vmin: 1, vmax: 1.1 });
    expect(movedLimits(limits, "vmax", 7, 0.1)).toEqual({ vmin: 1, vmax: 7 });
  });
});

describe("spectra", () => {
  const cards = (values: Readonly<Record<string, string | number>>) =>
    Object.entries(values).map(([keyword, value]) => ({ keyword, value }));
  const axes = {
    CTYPE1: "RA---SIN",
    CTYPE2: "DEC--SIN",
    CTYPE3: "FREQ",
    CRPIX1: 2,
    CRPIX2: 2,
    CRPIX3: 1,
    CRVAL1: 10,
    CRVAL2: -30,
    CRVAL3: 1.42e9,
    CDELT1: -0.01,
    CDELT2: 0.01,
    CDELT3: 1e6,
    CUNIT3: "Hz",
    CTYPE4: "STOKES",
    CRPIX4: 1,
    CRVAL4: 1,
    CDELT4: 1,
  };
  const cube = async () => {
    const data = ndarray(
      Float32Array.from({ length: 2 * 5 * 3 * 4 }, (_, i) => i),
      [2, 5, 3, 4],
    );
    const fits = await open(await fitsBytes([imageHdu({ data, header: cards(axes) })]));
    return { fits, image: await fits.image(0) };
  };

  test("are the pixels along one axis, at the planes of the others", async () => {
    const { fits, image } = await cube();
    expect(spectralAxes(image.shape)).toEqual([0, 1]);
    expect(spectralAxes([1, 5, 3, 4])).toEqual([1]);
    expect([[3, 4], [1, 1], [1], []].map(spectralAxes)).toEqual([[], [], [], []]);
    const selection = spectrumSelection(image.shape, [1, 2], 1, 3, 2);
    expect(selection).toEqual([1, ":", 2, 3]);
    expect([...(await image.section(selection)).data]).toEqual([71, 83, 95, 107, 119]);
    await fits.close();
  });

  test("of a line of pixels are the line", () => {
    expect([[9], [1, 9], [1, 1, 9]].map(spectralAxes)).toEqual([[0], [1], [2]]);
    expect(spectrumSelection([9], [], 0, 4, 0)).toEqual([":"]);
    expect(spectrumSelection([1, 1, 9], [0], 2, 4, 0)).toEqual([0, 0, ":"]);
  });

  test("have the coordinates of the WCS, in a unit that people say", async () => {
    const { fits, image } = await cube();
    const wcs = wcsOf(image.header);
    const along = axisValues(wcs, image.shape, [1, 2], 1, 3, 2)!;
    expect([...along.values]).toEqual([1.42e9, 1.421e9, 1.422e9, 1.423e9, 1.424e9]);
    const { label, values } = spokenAxis(along);
    expect(label).toBe("FREQ (GHz)");
    expect(values[4]).toBeCloseTo(1.424, 12);
    expect([...axisValues(wcs, image.shape, [1, 2], 0, 3, 2)!.values]).toEqual([1, 2]);
    expect(axisValues(undefined, image.shape, [1, 2], 0, 3, 2)).toBeUndefined();
    const bare = parseHeader(new TextEncoder().encode("END".padEnd(2880)));
    expect(axisValues(wcsOf(bare), image.shape, [1, 2], 1, 3, 2)).toBeUndefined();
    await fits.close();
  });

  test("are curves with gaps where there is no value, and CSV", () => {
    const same = (value: number): number => value;
    expect(curvePath([0, 1, 2, 3], [5, Number.NaN, 6, 7], same, same)).toBe("M0.0 5.0M2.0 6.0L3.0 7.0");
    expect(spectrumCsv('a "b"', "Jy", [1, 2], [0.5, Number.NaN])).toBe(
      '"a ""b""","value (Jy)"\r\n1,0.5\r\n2,NaN\r\n',
    );
  });
});

describe("axes", () => {
  test("have round ticks, told apart, within their ends", () => {
    expect(ticksOf(0, 1, 5).map(({ text }) => text)).toEqual(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    expect(ticksOf(1.41995, 1.42061, 3).map(({ text }) => text)).toEqual([
      "1.4200",
      "1.4202",
      "1.4204",
      "1.4206",
    ]);
    expect(ticksOf(-2e-9, 2e-9, 2).map(({ text }) => text)).toEqual(["-2e-9", "0", "2e-9"]);
    expect(ticksOf(1.4199e9, 1.4201e9, 2).map(({ value }) => value)).toEqual([1.4199e9, 1.42e9, 1.4201e9]);
    for (const [from, to] of [
      [1e9, 1e9 + 3],
      [-7e-12, 2e-12],
      [99.5, 100.5],
    ] as const) {
      const ticks = ticksOf(from, to, 5);
      expect(ticks.length).toBeGreaterThan(2);
      expect(new Set(ticks.map(({ text }) => text)).size).toBe(ticks.length);
      expect(ticks.every(({ value }) => value >= from && value <= to)).toBe(true);
    }
    expect(ticksOf(1, 1, 5)).toEqual([]);
    expect(ticksOf(1e300, Number.POSITIVE_INFINITY, 5)).toEqual([]);
  });

  test("go from values to places and back, where all values are the same, too", () => {
    const scale = linearScale([10, 20], [100, 0], 5);
    expect([scale.toPlace(10), scale.toPlace(20), scale.toValue(50)]).toEqual([100, 0, 15]);
    const flat = linearScale([3, 3], [0, 100], 5);
    expect(flat.toPlace(3)).toBeCloseTo(50, 9);
    expect(extentOf([Number.NaN, 2, Number.POSITIVE_INFINITY, 1], 0)).toEqual([1, 2]);
    expect(extentOf([Number.NaN])).toBeUndefined();
  });
});

describe("a question", () => {
  /** A file whose plans cost what the test says. */
  const fileOf = (...bytes: number[]): Fits =>
    ({
      explain: async () => ({ bytes: bytes.shift()!, requests: [{}, {}], more: false }),
    }) as unknown as Fits;
  const plan: Plan<unknown> = done(undefined);
  const { signal } = new AbortController();
  const settled = () => new Promise((resolve) => setTimeout(resolve));

  test("is not asked for little, and adds up plans", async () => {
    const ask = new Ask(() => {});
    expect(await ask.allows("x", fileOf(freeBytes), [plan], signal)).toBe(true);
    expect(await priceOf(fileOf(5, 6), [plan, plan])).toEqual({ bytes: 11, requests: 4, more: false });
    expect(priceText({ bytes: 70e6, requests: 1, more: true })).toBe("at least 70.0 MB in 1 request");
  });

  test("is asked for more than 64 MB, and answered", async () => {
    const draw = vi.fn();
    const ask = new Ask(draw);
    let answer: boolean | undefined;
    void ask.allows("x", fileOf(freeBytes, 1), [plan, plan], signal).then((yes) => {
      answer = yes;
    });
    await settled();
    expect(answer).toBeUndefined();
    const template = ask.template()!;
    const [yes] = template.values.filter((value) => typeof value === "function") as (() => void)[];
    yes!();
    await settled();
    expect(answer).toBe(true);
    expect(ask.template()).toBeUndefined();
    expect(draw).toHaveBeenCalledTimes(2);
  });

  test("is answered with no by the next one, and when nobody waits any longer", async () => {
    const ask = new Ask(() => {});
    const first = ask.allows("x", fileOf(freeBytes + 1), [plan], signal);
    await settled();
    const leaving = new AbortController();
    const second = ask.allows("y", fileOf(freeBytes + 1), [plan], leaving.signal);
    expect(await first).toBe(false);
    await settled();
    leaving.abort();
    expect(await second).toBe(false);
    expect(ask.template()).toBeUndefined();
  });
});

describe("drawing", () => {
  afterEach(() => void vi.useRealTimers());

  test("happens at once, then at most once in a while, and after the last call", () => {
    vi.useFakeTimers();
    const run = vi.fn();
    const call = paced(run, 100);
    for (let i = 0; i < 50; i++) call();
    expect(run).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(100);
    expect(run).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(1000);
    expect(run).toHaveBeenCalledTimes(2);
    call();
    call();
    call.cancel();
    vi.advanceTimersByTime(1000);
    expect(run).toHaveBeenCalledTimes(3);
  });
});
