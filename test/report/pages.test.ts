import { describe, expect, test } from "vitest";
import { answers } from "../../report/answers.js";
import { crossovers } from "../../report/crossover.js";
import { markdownReport } from "../../report/markdown.js";
import type { Measure } from "../../report/measure.js";
import { htmlPage } from "../../report/page.js";
import { bars, crossoverPlot, sizeBars } from "../../report/plots.js";
import type { Report, Studied } from "../../report/results.js";
import { imageSubject, valueBytes } from "../../report/subjects.js";
import { secondsTable } from "../../report/tables.js";

function measure(copy: string, reader: string, pattern: string, seconds: number): Measure {
  const moved = { requests: 2, trips: 2, bytes: 1e6, bound: 0.1, hash: "00", runs: 1, others: {} };
  return { subject: "image", copy, reader, pattern, setting: "default", seconds, ...moved };
}

const cut = (count: number) => ({
  name: `${count} x 200`,
  title: `${count} cutouts`,
  cutouts: count,
  side: 200,
});

const study: Studied = {
  subject: {
    name: "image",
    title: "an image of <pixels>",
    shape: [4096, 4096],
    itemSize: 2,
    patterns: [cut(1), cut(20), cut(1000), { name: "whole", title: "whole image" }],
  },
  copies: [
    {
      name: "fits plain",
      title: "FITS, plain",
      format: "fits",
      path: "/a.fits",
      hdu: 0,
      size: 33e6,
      files: 1,
    },
    { name: "zarr2", title: "Zarr | v2", format: "zarr", path: "/a.zarr", hdu: 0, size: 20e6, files: 64 },
  ],
  measures: [
    measure("fits plain", "fitslice", "1 x 200", 0.1),
    measure("fits plain", "fitslice", "20 x 200", 0.2),
    measure("fits plain", "fitslice", "1000 x 200", 2),
    measure("fits plain", "fitsio", "1 x 200", 0.5),
    measure("fits plain", "fitsio", "whole", 0.5),
    measure("zarr2", "zarrita", "20 x 200", 0.1),
  ],
  failures: [
    { subject: "image", copy: "zarr2", reader: "zarr-python", pattern: "whole", reason: "over 60 s" },
  ],
};

const report: Report = {
  machine: { node: "v20", cpu: "a <cpu>", cores: 2, load: 9, date: "2026-01-01" },
  conditions: {
    latency: 50,
    connectionThroughput: 50e6,
    totalThroughput: 200e6,
    runs: 3,
    patience: 20,
    smoke: false,
  },
  studies: [study],
};

describe("the crossover", () => {
  test("lies where the line between two measures meets the time of a download", () => {
    // From 20 cutouts in 0.2 s to 1000 in 2 s: 0.5 s at 20 * 50^(log 2.5 / log 10).
    expect(crossovers(study)).toMatchObject([{ copy: "fits plain", side: 200, download: 0.5, at: 95 }]);
  });

  test("is infinite where the most cutouts are faster than a download, and 0 where one is slower", () => {
    const taking = (download: number): Studied => ({
      ...study,
      measures: [...study.measures.slice(0, 3), measure("fits plain", "fitsio", "whole", download)],
    });
    expect(crossovers(taking(5))[0]!.at).toBe(Number.POSITIVE_INFINITY);
    expect(crossovers(taking(0.05))[0]!.at).toBe(0);
  });
});

test("a sentence says who wins by the measures, and is left out where a measure is not there", () => {
  const said = answers(report).flatMap(({ sentences }) => sentences);
  expect(said.find((s) => s.startsWith("The same, plain"))).toContain("FITS loses (2.0 times as long)");
  expect(said.filter((s) => s.includes("COG 2 requests"))).toEqual([]);
  expect(said.find((s) => s.includes("a download pays"))).toContain("from about 95 on");
});

test("a reader that gave nothing has its reason in the table", () => {
  expect(secondsTable(study).rows).toContainEqual(["Zarr | v2", "zarr-python", "", "", "", "over 60 s"]);
});

test("names are escaped in the page, in plots and in Markdown tables", () => {
  expect(htmlPage(report)).toContain("an image of &lt;pixels&gt;");
  expect(htmlPage(report)).not.toContain("<pixels>");
  expect(bars(study, "20 x 200")).toContain("zarrita: Zarr | v2");
  expect(markdownReport(report)).toContain("| Zarr \\| v2 | zarrita |");
});

test("a busy machine is said in the page and in Markdown", () => {
  expect(htmlPage(report)).toContain("The machine was busy (load 9.0 on 2 cores)");
  expect(markdownReport(report)).toContain("The machine was busy in this run (load 9.0 on 2 cores)");
});

test("a smoke run is said in the page", () => {
  const smoke = { ...report, conditions: { ...report.conditions, smoke: true } };
  expect(htmlPage(smoke)).toContain("A smoke run: tiny files, once.");
  expect(htmlPage(report)).not.toContain("A smoke run");
});

test("a logarithmic axis has labels at 1, 2 and 5 alone, and a small file its size in kB", () => {
  const labels = [...crossoverPlot(crossovers(study)).matchAll(/text-anchor="end"[^>]*>([\d.]+)</g)];
  expect(labels.map(([, label]) => label)).toEqual(["0.1", "0.2", "0.5", "1", "2"]);
  const [plain] = study.copies as [Studied["copies"][number]];
  expect(sizeBars({ ...study, copies: [plain, { ...plain, size: 12_300 }] })).toContain(">12.3 kB<");
});

test("cutouts are the same each time, lie in the image, and need no more bytes than it has", () => {
  const subject = imageSubject(4096, false);
  const many = subject.patterns.find(({ name }) => name === "1000 x 200")!;
  expect(imageSubject(4096, false).patterns).toEqual(subject.patterns);
  expect(many.want.kind === "boxes" && many.want.boxes.flat(2).every((at) => at >= 0 && at <= 4096)).toBe(
    true,
  );
  expect(valueBytes(subject, many)).toBe(2 * 4096 * 4096);
  expect(subject.patterns.map(({ name }) => name)).not.toContain("1000 x 2000");
});
