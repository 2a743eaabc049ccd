/**
 * Cutouts as astropy and fitsverify see them: the sky of their parents to 1e-9 degrees, their pixels, no complaint.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { cutout, cutoutFile, cutoutHdus, type OutputOptions, sectionCuts } from "../../src/cutout/index.js";
import { open } from "../../src/open.js";
import { hasAstropy, hasFitsverify, type Job, judged, parents, verified, written } from "./oracles.js";

const folder = hasAstropy ? parents() : "";
afterAll(() => {
  if (folder) rmSync(folder, { recursive: true });
});
const pathOf = (name: string): string => join(folder, `${name}.fits`);
let count = 0;

async function section(name: string, text: string, options: OutputOptions = {}): Promise<Job> {
  await using fits = await open(pathOf(name));
  const cuts = await sectionCuts(fits, [await fits.image("SCI")], text);
  const path = await written(join(folder, `cut-${count++}.fits`), await cutoutFile(fits, cuts, options));
  return { parent: pathOf(name), cutout: path, grid: cuts[0]!.fitted.grid };
}

const sections = ["7:31,11:42", "3:40:2,10:55:3", "40:3:-3,50:5:-2", "20:3:-1,5:50", "12:13,:"];
const kinds = [
  "cd",
  "pc",
  "pc-part",
  "cdelt",
  "crota",
  "alternates",
  "sip",
  "tpv",
  "lookup",
  "plate",
  "int16",
  "uint16",
];

describe.skipIf(!hasAstropy)("sections have the sky and the pixels of their parents", () => {
  test.each(kinds)("%s", async (kind) => {
    const jobs: Job[] = [];
    for (const text of sections) jobs.push(await section(kind, text));
    for (const [i, judgement] of judged(jobs).entries()) {
      expect({ section: sections[i], ...judgement }).toMatchObject({ same: true, dtype: true, fill: [] });
      for (const [key, worst] of Object.entries(judgement.worst))
        expect(worst, `${sections[i]}, alternate "${key}"`).toBeLessThan(1e-9);
    }
    if (hasFitsverify) for (const { cutout: path } of jobs) expect(verified(path)).toBe("");
  });

  test("of cubes, with an axis at one index", async () => {
    const jobs: Job[] = [];
    for (const text of ["1:4,7:31,11:42", "2,7:31,11:42", "3:0:-2,3:40:2,10:55:3"])
      jobs.push(await section("cube", text));
    expect(jobs[1]!.grid.count).toEqual([1, 24, 31]);
    for (const { same, worst } of judged(jobs)) {
      expect(same).toBe(true);
      expect(worst[" "]).toBeLessThan(1e-9);
      expect(worst[" 3"]).toBeLessThan(1e-6);
    }
    if (hasFitsverify) for (const { cutout: path } of jobs) expect(verified(path)).toBe("");
  });

  test("of compressed images, and compressed", async () => {
    const jobs = [
      await section("compressed", "7:31,11:42"),
      await section("compressed", "3:40:2,10:55:3", { compress: true }),
      await section("sip", "3:40:2,10:55:3", { compress: true }),
      await section("scaled", "7:31,11:42", { compress: true }),
      await section("lookup", "7:31,11:42", { compress: true }),
      await section("int64", "7:31,11:42", { compress: true }),
    ];
    for (const { same, dtype, worst } of judged(jobs)) {
      expect([same, dtype]).toEqual([true, true]);
      expect(worst[" "]).toBeLessThan(1e-9);
    }
    if (hasFitsverify) for (const { cutout: path } of jobs) expect(verified(path)).toBe("");
  });

  test("checksums are there where the parent had them, and only there", async () => {
    const jobs = [await section("cd", "1:3,1:3"), await section("sip", "1:3,1:3")];
    expect(judged(jobs).map(({ checksum }) => checksum)).toEqual([true, false]);
  });
});

describe.skipIf(!hasAstropy)("cutouts that reach beyond the image", () => {
  test.each([
    ["cd", undefined, []],
    ["int16", undefined, []],
    ["int16", 7, [7]],
    ["uint16", 65535, [65535]],
    ["scaled", 4.5, [4.5]],
    ["lookup", undefined, []],
    ["lookup", -1, [-1]],
  ] as const)("%s, filled with %s", async (name, fill, expected) => {
    await using fits = await open(pathOf(name));
    const cut = await cutout(fits, {
      center: { x: 3, y: 47.5 },
      size: [11, 20],
      mode: "partial",
      fill,
      hdu: "SCI",
    });
    expect([cut.status, cut.shape]).toEqual(["partial", [11, 20]]);
    const path = await written(join(folder, `partial-${count++}.fits`), await cut.file());
    const [judgement] = judged([{ parent: pathOf(name), cutout: path, grid: cut.grid }]);
    expect(judgement).toMatchObject({ same: true, fill: expected });
    expect(judgement!.worst[" "]).toBeLessThan(1e-9);
    if (hasFitsverify) expect(verified(path)).toBe("");
  });
});

describe.skipIf(!hasAstropy)("several HDUs", () => {
  test("of one region follow the primary header; those without coordinates take the first one's pixels", async () => {
    await using fits = await open(pathOf("several"));
    const made = await cutoutHdus(fits, { center: { lon: 150.4214, lat: 2.4224 }, size: "0.5arcsec" });
    expect(made.cuts.map(({ image }) => image.name)).toEqual(["SCI", "ERR", "DQ"]);
    const path = await written(join(folder, "cut-several.fits"), made);
    const jobs = made.cuts.map(({ fitted, image }) => ({
      parent: pathOf("several"),
      cutout: path,
      grid: fitted.grid,
      hdu: image.name,
    }));
    for (const { same, worst, checksum } of judged(jobs)) {
      expect([same, checksum]).toEqual([true, true]);
      expect(worst[" "] ?? 0).toBeLessThan(1e-9);
    }
    if (hasFitsverify) expect(verified(path)).toBe("");
  });
});
