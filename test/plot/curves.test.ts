import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { histogramOf, histogramPlot, linePlot, scatterPlot } from "../../src/plot/curves.js";

const python = "/usr/bin/python3";
const hasNumpy = spawnSync(python, ["-c", "import numpy"]).status === 0;

/** The texts of a drawing. */
const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);

describe("histograms", () => {
  test("count every finite value once, in the bin whose edges hold it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.double(), fc.constantFrom(0, 0.1, 0.3, 1, Number.NaN)), { maxLength: 50 }),
        fc.integer({ min: 1, max: 40 }),
        (values, bins) => {
          const finite = values.filter(Number.isFinite);
          fc.pre(finite.length === 0 || Number.isFinite(Math.max(...finite) - Math.min(...finite)));
          const { counts, edges } = histogramOf(values, { bins });
          fc.pre(edges.every((edge, i) => i === 0 || edge > edges[i - 1]!)); // of huge values few numbers lie in a bin
          expect(counts.reduce((n, count) => n + count, 0)).toBe(finite.length);
          expect(edges).toHaveLength(bins + 1);
          for (const [bin, count] of counts.entries()) {
            const isLast = bin === bins - 1;
            const held = finite.filter(
              (v) => v >= edges[bin]! && (isLast ? v <= edges[bin + 1]! : v < edges[bin + 1]!),
            );
            expect(held.length).toBe(count);
          }
        },
      ),
    );
  });

  test.skipIf(!hasNumpy)("are those of numpy", () => {
    const values = Array.from({ length: 500 }, (_, i) => Math.round(100 * Math.sin(i * i)) / 10);
    const code = `import numpy, json; c, e = numpy.histogram(${JSON.stringify(values)}, bins=37); print(json.dumps([c.tolist(), e.tolist()]))`;
    const [counts, edges] = JSON.parse(spawnSync(python, ["-c", code], { encoding: "utf8" }).stdout);
    const ours = histogramOf(values, { bins: 37 });
    expect([...ours.counts]).toEqual(counts);
    for (const [i, edge] of ours.edges.entries()) expect(edge).toBeCloseTo(edges[i], 12);
  });

  test("take 64-bit integers, and a range", () => {
    expect([...histogramOf(BigInt64Array.of(1n, 2n, 2n, 900n), { bins: 2, range: [1, 3] }).counts]).toEqual([
      1, 2,
    ]);
    expect(() => histogramOf([1], { bins: 0 })).toThrow("bins");
    expect(() => histogramOf([1], { range: [2, 1] })).toThrow("range");
  });

  test("of values near the largest number have edges", () => {
    const { counts, edges } = histogramOf([1e306, 5e306, 1.5e308], { bins: 200 });
    expect(edges.every((edge, i) => i === 0 || (Number.isFinite(edge) && edge > edges[i - 1]!))).toBe(true);
    expect([counts[0], counts[5], counts[199]]).toEqual([1, 1, 1]);
  });

  test("for a logarithmic axis have bins as wide as each other there", () => {
    const { counts, edges } = histogramOf([-5, 0, Number.NaN, 1, 9.99, 10, 99, 1000], { bins: 3, log: true });
    expect([...edges].map((edge) => Number(edge.toPrecision(12)))).toEqual([1, 10, 100, 1000]);
    expect([...counts]).toEqual([2, 2, 1]);
    expect([...histogramOf([7, 7], { bins: 2, log: true }).edges]).toEqual([3.5, 7, 14]);
    expect(() => histogramOf([1], { range: [0, 1], log: true })).toThrow(
      "no range of a logarithmic histogram",
    );
    expect(() => histogramPlot(histogramOf([-1, 1]), { logX: true })).toThrow("{ log: true }");
    const svg = histogramPlot({ counts, edges }, { logX: true });
    expect(textsOf(svg)).toEqual(expect.arrayContaining(["1", "10", "100", "1000"]));
  });

  test("of nothing are empty, of one value one bar", () => {
    expect(histogramOf([]).counts.every((count) => count === 0)).toBe(true);
    expect(histogramPlot(histogramOf([5, 5, 5], { bins: 10 }))).toContain("<path");
  });
});

describe("lines", () => {
  test("break at NaN, and show a point without neighbors as a dot", () => {
    const svg = linePlot([0, 1, 2, 3, 4], [1, 2, Number.NaN, 3, Number.NaN]);
    expect(svg.match(/<circle/g)).toHaveLength(1);
    expect(/<path d="(M[^"]*)"/.exec(svg)![1]!.split("M").length - 1).toBe(2);
  });

  test("of very many points draw few, with all extremes", () => {
    const y = Float64Array.from({ length: 200_000 }, (_, i) => (i === 123_456 ? 50 : Math.sin(i)));
    const svg = linePlot(
      Float64Array.from(y, (_, i) => i),
      y,
    );
    expect(svg.length).toBeLessThan(200_000);
    // The one high point lies a fiftieth of the axis below the frame's upper side.
    const tops = [...svg.matchAll(/,([\d.]+)[LM"]/g)].map(([, at]) => Number(at));
    expect(Math.min(...tops)).toBeLessThan(25);
  });

  test("need as many x as y", () => {
    expect(() => linePlot([1], [1, 2])).toThrow("as many x as y");
    expect(() => scatterPlot([1], [1, 2])).toThrow("as many x as y");
  });
});

describe("axes", () => {
  test("have numbers that tell ticks apart, and stand apart", () => {
    const texts = textsOf(linePlot([5e14, 5.00001e14, 5.00002e14], [1, 2, 3], { xLabel: "FREQ (Hz)" }));
    const long = texts.filter((text) => /^[\d.]+e14$/.test(text));
    expect(long.length).toBeGreaterThan(1);
    expect(new Set(long).size).toBe(long.length);
    expect(long.length).toBeLessThan(6);
    expect(texts).toContain("FREQ (Hz)");
  });

  test("may be logarithmic; what has no logarithm is left out", () => {
    const svg = scatterPlot([1, 2, 3], [-1, 10, 1000], { logY: true });
    expect(/d="(M[^"]*)"/.exec(svg)![1]!.split("M").length - 1).toBe(2);
    expect(textsOf(svg)).toContain("100");
    // Between 10 and 1000 there are sixteen ticks without numbers, at both sides, beside those outside.
    expect(svg.match(/<line /g)!.length).toBeGreaterThan(2 * 16 + 6);
  });

  test("leave room for the last number", () => {
    const svg = linePlot([0, 123456.5], [1, 2], { width: 300 });
    const last = [...svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)" text-anchor="middle">([\d.]+)</g)].at(-1)!;
    expect(Number(last[1]) + (last[3]!.length * 12 * 0.62) / 2).toBeLessThan(300);
  });

  test("of nothing are drawn all the same", () => {
    expect(linePlot([], [])).toMatch(/^<svg .*<\/svg>$/s);
    expect(scatterPlot([Number.NaN], [1])).toMatch(/^<svg .*<\/svg>$/s);
  });
});

test("texts of files are no markup", () => {
  const svg = linePlot([1, 2], [1, 2], {
    title: `</text><script>alert("1")</script>\u0000&amp;`,
    xLabel: "a<b",
  });
  expect(svg).not.toContain("<script");
  expect(svg).not.toContain("\u0000");
  expect(svg).toContain("a&#60;b");
});
