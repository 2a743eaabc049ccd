/**
 * Cutouts as astropy and fitsverify see them: the sky of their parents to 1e-9 degrees, their pixels, no complaint. All are
 * made first, and then judged together: starting astropy takes longer than judging.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cutout, cutoutFile, cutoutHdus, type OutputOptions, sectionCuts } from "../../src/cutout/index.js";
import { open } from "../../src/open.js";
import {
  cutoutFolder,
  hasAstropy,
  hasFitsverify,
  type Job,
  type Judgement,
  judged,
  parentPath,
  verified,
  written,
} from "./oracles.js";

/** What the judges say of one cutout. */
interface Verdict extends Judgement {
  /** What fitsverify finds. */
  readonly complaints: string;
}

const folder = hasAstropy ? cutoutFolder() : "";
const jobs = new Map<string, Job>();
const verdicts = new Map<string, Verdict>();
afterAll(() => {
  if (folder) rmSync(folder, { recursive: true });
});
const nextPath = (): string => join(folder, `cut-${jobs.size}.fits`);

async function section(name: string, text: string, options: OutputOptions = {}): Promise<void> {
  await using fits = await open(parentPath(name));
  const cuts = await sectionCuts(fits, [await fits.image("SCI")], text);
  const path = await written(nextPath(), await cutoutFile(fits, cuts, options));
  const grid = cuts[0]!.fitted.grid;
  const label = `${name} ${text}${options.compress ? " compressed" : ""}`;
  jobs.set(label, { parent: parentPath(name), cutout: path, grid });
}

const sections = ["7:31,11:42", "3:40:2,10:55:3", "40:3:-3,50:5:-2", "12:13,:"];
const kinds = [
  "cd",
  "pc",
  "pc-part",
  "part",
  "cdelt",
  "crota",
  "alternates",
  "sip",
  "tpv",
  "lookup",
  "hubble",
  "plate",
  "galactic",
  "int16",
  "uint16",
];
const cubes = [
  ["cube", "1:4,7:31,11:42"],
  ["cube", "2,7:31,11:42"],
  ["cube", "3:0:-2,3:40:2,10:55:3"],
  ["radio", "0,1:6:2,3:18,5:22"],
  ["radio", "0,6:0:-3,3:18:2,5:22:3"],
  ["tab", "1:6,3:18,5:22"],
  ["tab", "6:0:-2,3:18,5:22"],
  ["unnamed", "1:5:3,3:18,5:22"],
] as const;
const compressed = [
  ["compressed", "3:40:2,10:55:3"],
  ["sip", "3:40:2,10:55:3"],
  ["scaled", "7:31,11:42"],
  ["lookup", "7:31,11:42"],
  ["hubble", "7:31,11:42"],
  ["int64", "7:31,11:42"],
  ["tab", "1:6,3:18,5:22"],
  ["unnamed", "1:5:3,3:18,5:22"],
] as const;
const beyond = [
  ["cd", undefined, []],
  ["int16", undefined, []],
  ["int16", 7, [7]],
  ["uint16", 65535, [65535]],
  ["scaled", 4.5, [4.5]],
  ["lookup", undefined, []],
  ["lookup", -1, [-1]],
] as const;

async function partial(name: string, fill: number | undefined): Promise<void> {
  await using fits = await open(parentPath(name));
  const where = { center: { x: 3, y: 47.5 }, size: [11, 20], mode: "partial", fill, hdu: "SCI" } as const;
  const cut = await cutout(fits, where);
  expect([cut.status, cut.shape]).toEqual(["partial", [11, 20]]);
  const path = await written(nextPath(), await cut.file());
  jobs.set(`${name} filled ${fill}`, { parent: parentPath(name), cutout: path, grid: cut.grid });
}

async function several(): Promise<void> {
  await using fits = await open(parentPath("several"));
  const made = await cutoutHdus(fits, { center: { lon: 150.4214, lat: 2.4224 }, size: "0.5arcsec" });
  expect(made.cuts.map(({ image }) => image.name)).toEqual(["SCI", "ERR", "DQ"]);
  const path = await written(nextPath(), made);
  for (const { fitted, image } of made.cuts)
    jobs.set(`several ${image.name}`, {
      parent: parentPath("several"),
      cutout: path,
      grid: fitted.grid,
      hdu: image.name,
    });
}

beforeAll(async () => {
  if (!hasAstropy) return;
  for (const kind of kinds) for (const text of sections) await section(kind, text);
  for (const [name, text] of cubes) await section(name, text);
  await section("compressed", "7:31,11:42");
  for (const [name, text] of compressed) await section(name, text, { compress: true });
  for (const [name, fill] of beyond) await partial(name, fill);
  await several();
  const all = [...jobs.values()];
  const complaints = hasFitsverify ? verified(all.map((job) => job.cutout)) : all.map(() => "");
  const judgements = judged(all);
  for (const [i, label] of [...jobs.keys()].entries())
    verdicts.set(label, { ...judgements[i]!, complaints: complaints[i]! });
}, 300_000);

/** Holds a cutout against its parent: pixels, type, sky of all alternates; and fitsverify is silent. */
function expectRight(label: string, fill: readonly number[] = []): void {
  const { worst, ...verdict } = verdicts.get(label)!;
  expect({ label, ...verdict }).toMatchObject({ label, same: true, dtype: true, fill, complaints: "" });
  for (const [key, off] of Object.entries(worst))
    expect(off, `${label}, alternate "${key}"`).toBeLessThan(key.endsWith("3") ? 1e-6 : 1e-9);
}

describe.skipIf(!hasAstropy)("sections have the sky and the pixels of their parents", () => {
  test.each(kinds)("%s", (kind) => {
    for (const text of sections) expectRight(`${kind} ${text}`);
  });

  test("of cubes, with an axis at one index", () => {
    for (const [name, text] of cubes) expectRight(`${name} ${text}`);
    expect(jobs.get("cube 2,7:31,11:42")!.grid.count).toEqual([1, 24, 31]);
  });

  test("of compressed images, and compressed", () => {
    expectRight("compressed 7:31,11:42");
    for (const [name, text] of compressed) expectRight(`${name} ${text} compressed`);
  });

  test("checksums are there where the parent had them, and only there", () => {
    const labels = ["cd 7:31,11:42", "sip 7:31,11:42"];
    expect(labels.map((label) => verdicts.get(label)!.checksum)).toEqual([true, false]);
  });
});

describe.skipIf(!hasAstropy)("cutouts that reach beyond the image", () => {
  test.each(beyond)("%s, filled with %s", (name, fill, expected) => {
    expectRight(`${name} filled ${fill}`, expected);
  });
});

describe.skipIf(!hasAstropy)("several HDUs", () => {
  test("of one region follow the primary header; those without coordinates take the first one's pixels", () => {
    for (const name of ["SCI", "ERR", "DQ"]) {
      expectRight(`several ${name}`);
      expect(verdicts.get(`several ${name}`)!.checksum).toBe(true);
    }
  });
});
