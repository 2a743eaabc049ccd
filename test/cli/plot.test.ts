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
