/** `stats` beyond extremes and mean. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ndarray } from "fitslice";
import { fitsBytes, imageHdu } from "fitslice/write";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleFile } from "../fixtures/example.js";
import { fitslice, workFolder } from "./run.js";

let cwd: string;
const run = (...args: string[]) => fitslice(["stats", ...args], { cwd });

beforeAll(async () => {
  cwd = workFolder("cli-stats");
  writeFileSync(join(cwd, "hst.fits"), await exampleFile());
  const cube = Float32Array.from({ length: 60 }, (_, i) => (i % 20 === 7 ? Number.NaN : i / 10));
  writeFileSync(join(cwd, "cube.fits"), await fitsBytes([imageHdu({ data: ndarray(cube, [3, 4, 5]) })]));
});

afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test("median, percentiles and clipping stand behind what is always told", async () => {
  const figures = (
    await run("cube.fits", "--median", "--percentiles", "0,50,100", "--clipped", "--json")
  ).json<Record<string, unknown>>();
  // numpy.median and percentile, astropy.stats.sigma_clipped_stats of the same values.
  expect(figures).toMatchObject({
    shape: [3, 4, 5],
    count: 57,
    nan: 3,
    min: 0,
    max: 5.9,
    p0: 0,
    clipped_count: 57,
  });
  expect(figures["median"]).toBe(Math.fround(3));
  expect(figures["p50"]).toBe(figures["median"]);
  expect(figures["clipped_mean"]).toBeCloseTo(figures["mean"] as number, 12);
});

test("a histogram and a map of NaN are drawn, and are data in JSON", async () => {
  const { text } = await run("cube.fits", "--histogram", "2", "--nan-map");
  expect(text.split("\n").slice(9)).toEqual([
    "",
    "from    to  count",
    "   0  2.95     28  #######################################",
    "2.95   5.9     29  ########################################",
    "3 NaN within [1:2, 2:3] (FITS [3:3,2:2]); '.' some, '+' half and more, '#' all; the last row on top",
    "|     |",
    "|     |",
    "|  #  |",
    "|     |",
    "",
  ]);
  const { nan_map: map, histogram } = (
    await run("cube.fits", "--histogram", "2", "--nan-map", "--json")
  ).json<{
    nan_map: object;
    histogram: { counts: number[] };
  }>();
  expect(map).toMatchObject({ nan: 3, box: { start: [1, 2], stop: [2, 3] } });
  expect(histogram.counts).toEqual([28, 29]);
});

test("--planes tells of each plane of a section", async () => {
  const { planes } = (await run("cube.fits", "--planes", "-s", "1:,:,::2", "--median", "--json")).json<{
    planes: object[];
  }>();
  expect(planes).toMatchObject([
    { plane: [1], shape: [4, 3], count: 11, min: 2, max: 3.9 },
    { plane: [2], shape: [4, 3], count: 11, min: 4, max: 5.9 },
  ]);
  const { stderr, code } = await run("hst.fits", "--hdu", "SCI", "--planes");
  expect([code, stderr]).toEqual([2, "fitslice: planes are of cubes, and this has 2 axes\n"]);
});

test("of a table the columns of numbers, also as a table", async () => {
  const { text } = await run(
    "hst.fits[CATALOG]",
    "--median",
    "--percentiles",
    "50",
    "--table",
    "--format",
    "csv",
  );
  const [head, ...rows] = text.trimEnd().split("\r\n");
  expect(head).toBe("file,hdu,column,unit,shape,dtype,count,nan,infinite,min,max,mean,std,median,p50,error");
  expect(rows.map((row) => row.split(",")[2])).toEqual(["id", "ra", "dec", "mag", "flag"]);
  expect(rows[4]).toMatch(/^hst\.fits\[CATALOG\],3,flag,,,int16,200,0,0,0,2,0.995,0.8\d+,1,1,$/);
});
