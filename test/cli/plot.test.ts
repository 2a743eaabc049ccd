/**
 * `plot`: what the drawings hold, and what is refused.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ndarray } from "../../src/array.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { fitslice } from "./run.js";

const folder = mkdtempSync(join(tmpdir(), "plot-"));

/** An image of 40 x 60 pixels with the sky of a projection. */
async function image(
  name: string,
  projection: string,
  center: [number, number],
  scale: number,
): Promise<string> {
  const data = ndarray(
    Float32Array.from({ length: 2400 }, (_, i) => i % 97),
    [40, 60],
  );
  const keywords = {
    ...{ CTYPE1: `RA---${projection}`, CTYPE2: `DEC--${projection}`, CRPIX1: 30.5, CRPIX2: 20.5 },
    ...{ CRVAL1: center[0], CRVAL2: center[1], CDELT1: -scale, CDELT2: scale, BUNIT: "<b>&" },
  };
  const header = Object.entries(keywords).map(([keyword, value]) => ({ keyword, value }));
  const path = join(folder, name);
  writeFileSync(path, await fitsBytes([imageHdu({ data, header })]));
  return path;
}

async function svg(...args: string[]): Promise<string> {
  const { code, text, stderr } = await fitslice(["plot", ...args, "-o", "-", "--format", "svg"]);
  expect([code, stderr]).toEqual([0, ""]);
  return text;
}

test("a whole sky has its labels on the picture", async () => {
  const drawing = await svg(await image("ait.fits", "AIT", [0, 0], 6), "--grid", "--axes", "sky");
  for (const label of ["0h", "8h", "16h", "+30°", "-60°"]) expect(drawing).toContain(`>${label}</text>`);
  expect(drawing).toContain("&#60;b&#62;&#38;");
});

test("a scale bar is right where the middle of the picture is the pole", async () => {
  expect(await svg(await image("pole.fits", "ZEA", [0, 90], 0.5), "--scale-bar")).toContain(">5°</text>");
});

test("--at draws the pixels of a cutout, and says what it needs", async () => {
  const path = await image("tan.fits", "TAN", [150, 2], 1 / 3600);
  const drawing = await svg(path, "--at", "150 2", "--size", "10arcsec");
  expect(drawing).toMatch(/<image [^>]*width="10" height="10"/);
  const refused = async (...args: string[]): Promise<string> =>
    (await fitslice(["plot", path, "-o", "-", "--format", "svg", ...args])).stderr;
  expect(await refused("--at", "150 2")).toContain("--at needs a size on the sky");
  expect(await refused("--at", "150 2", "--size", "5pix", "--histogram")).toContain("--at is for pictures");
  expect(await refused("--size", "5arcsec")).toContain("sizes on the sky go with --at");
});

test.each([
  ["Angstrom", 4000, 10, "WAVE (Angstrom)", "4400"],
  ["um", 0.5, 0.01, "WAVE (um)", "0.8"],
  ["", 4e-7, 1e-9, "WAVE (m)", "4.4e-7"],
])("a spectrum in '%s' has the header's own unit along its axis", async (unit, start, step, label, tick) => {
  const data = ndarray(
    Float32Array.from({ length: 100 }, (_, i) => i % 7),
    [100],
  );
  const keywords = { CTYPE1: "WAVE", CUNIT1: unit, CRPIX1: 1, CRVAL1: start, CDELT1: step };
  const header = Object.entries(keywords).map(([keyword, value]) => ({ keyword, value }));
  const path = join(folder, "spectrum.fits");
  writeFileSync(path, await fitsBytes([imageHdu({ data, header })]));
  const drawing = await svg(path);
  for (const text of [label, tick]) expect(drawing).toContain(`>${text}</text>`);
});

test("--at takes what cutout takes: a frame, a mode, an alternate WCS, a plane", async () => {
  const path = await image("at.fits", "TAN", [150, 2], 1 / 3600);
  const [galactic, partial, trimmed] = await Promise.all([
    svg(path, "--at", "236.95458 41.90511", "--frame", "galactic", "--size", "7pix"),
    svg(path, "--at", "pixel 1 1", "--size", "10pix", "--mode", "partial", "--nan", "red"),
    svg(path, "--at", "pixel 1 1", "--size", "10pix"),
  ]);
  expect(galactic).toMatch(/<image [^>]*width="7" height="7"/);
  expect(partial).toMatch(/<image [^>]*width="10" height="10"/);
  // Pixel 1 is drawn in the middle, those before it are beyond the image.
  expect(partial).toContain(">-4</text>");
  expect(trimmed).toMatch(/<image [^>]*width="5" height="5"/);
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await fitslice(["plot", path, "-o", "-", "--format", "svg", ...args]);
    return `${code} ${stderr}`;
  };
  const [strict, alternate, frame, fill] = await Promise.all([
    refused("--at", "pixel 1 1", "--size", "10pix", "--mode", "strict"),
    refused("--at", "150 2", "--size", "10pix", "--alternate", "B"),
    refused("--frame", "fk5"),
    refused("--at", "150 2", "--size", "10pix", "--fill", "3"),
  ]);
  expect(strict).toContain("reaches beyond");
  expect(alternate).toContain("no WCS B");
  expect(frame).toContain("--frame is for pictures around a position");
  expect(fill).toContain("--fill does nothing without --mode partial");
});

test.each([
  [["-s", "3,:", "--grid"], "--grid is for pictures, and a section with one long axis is drawn as a profile"],
  [["-s", "3,:", "--colormap", "hot"], "--colormap is for pictures; a section with one long axis"],
  [["--row", "3", "--no-colorbar"], "--no-colorbar is for pictures; leave it out, or --row"],
  [["--log-y"], "--log-y is for axes of curves, not of a picture"],
  [["--bins", "5"], "--bins is for --histogram"],
  [["--scatter", "a,b", "-s", "1:2"], "--scatter draws the rows of a table"],
  [["--zoom", "3"], "--zoom is for PNG"],
])("no option is ignored: %j", async (args, message) => {
  const path = await image("options.fits", "TAN", [150, 2], 1 / 3600);
  const { code, stderr, text } = await fitslice(["plot", path, "-o", "-", "--format", "svg", ...args]);
  expect([code, text]).toEqual([2, ""]);
  expect(stderr).toContain(message);
});

test("a spectrum has the unit of the header", async () => {
  const data = ndarray(
    Float32Array.from({ length: 64 }, (_, i) => i),
    [4, 4, 4],
  );
  const keywords = { CTYPE3: "WAVE", CUNIT3: "Angstrom", CRPIX3: 1, CRVAL3: 4800, CDELT3: 10 };
  const header = Object.entries(keywords).map(([keyword, value]) => ({ keyword, value }));
  const path = join(folder, "cube.fits");
  writeFileSync(path, await fitsBytes([imageHdu({ data, header })]));
  const drawing = await svg(path, "--spectrum", "1,2");
  for (const label of ["WAVE (Angstrom)", "4810", "4830"]) expect(drawing).toContain(`>${label}</text>`);
});

/** A file of values in two axes. */
async function valuesFile(
  name: string,
  data: Float32Array<ArrayBuffer>,
  shape: [number, number],
): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, await fitsBytes([imageHdu({ data: ndarray(data, shape) })]));
  return path;
}

test("a histogram with --log-x has the values above 0, in bins as wide as each other there", async () => {
  const path = await valuesFile(
    "powers.fits",
    Float32Array.of(-7, 0, Number.NaN, 1, 10, 99, 100, 1000),
    [2, 4],
  );
  const drawing = await svg(path, "--histogram", "--log-x", "--bins", "3");
  for (const label of ["1", "10", "100", "1000"]) expect(drawing).toContain(`>${label}</text>`);
  // Bars of 1, 2 and 2 values: the counts are told by the heights above the lower side.
  const path3 = /<path d="M([^"]*)Z"/
    .exec(drawing)![1]!
    .split("L")
    .map((at) => at.split(",").map(Number));
  const floor = path3.at(-1)![1]!;
  const heights = [...new Set(path3.map(([, y]) => floor - y!))].filter((height) => height > 0);
  expect(heights[1]! / heights[0]!).toBeCloseTo(2, 2);
});

test.each([
  [["--row", "0"], "no value is a finite number"],
  [["--histogram"], "no value is a finite number"],
  [["--column", "1", "--log-y"], "no value is above 0, as a logarithmic axis needs"],
  [["--histogram", "--log-x"], "no value is above 0, as a logarithmic axis needs"],
])("a plot of nothing is drawn, and told: %j", async (args, expected) => {
  const path = await valuesFile("nothing.fits", new Float32Array(6).fill(Number.NaN), [2, 3]);
  const { code, text, stderr } = await fitslice(["plot", path, ...args, "-o", "-", "--format", "svg"]);
  expect([code, stderr]).toEqual([0, `fitslice: warning: nothing to draw: ${expected}\n`]);
  expect(text).toContain("<svg");
});

test("a thin picture keeps its rows, and they can be seen", async () => {
  const path = await valuesFile(
    "thin.fits",
    Float32Array.from({ length: 7500 }, (_, i) => i),
    [3, 2500],
  );
  const drawing = await svg(path);
  const [, width, height, matrix] =
    /<image [^>]*width="(\d+)" height="(\d+)" transform="matrix\(([^)]*)\)/.exec(drawing)!;
  expect([width, height]).toEqual(["834", "3"]);
  expect(matrix!.split(",").slice(0, 4).map(Number)).toEqual([1, 0, 0, 32]);
});
