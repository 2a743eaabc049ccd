/**
 * Cutouts have the sky of their parents, as astropy told it once (test/fixtures/cutout/truth.json), and their tables.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  cutout,
  cutoutFile,
  cutoutHdus,
  fitsSection,
  type OutputOptions,
  sectionCuts,
} from "../../src/cutout/index.js";
import type { HduSelector } from "../../src/fits.js";
import type { ImageHdu } from "../../src/hdu/image.js";
import { open } from "../../src/open.js";
import { parseFrame, readWcs } from "../../src/wcs/index.js";
import { noFacts } from "../../src/write/hdu.js";
import { fitsBytes, formatHeader } from "../../src/write/index.js";
import { parentPath } from "./oracles.js";

interface Truth {
  readonly pixels: readonly (readonly number[])[];
  readonly world: readonly (readonly number[])[];
  /** Of longitude and latitude, -1 where there are none. */
  readonly axes: readonly [number, number];
}
const truth = JSON.parse(readFileSync("test/fixtures/cutout/truth.json", "utf8")) as Record<
  string,
  Record<string, Truth>
>;

/** The HDU and the alternate that a key of the truth names: `SCI,1` or `SCI,1A`. */
function named(key: string): { hdu: HduSelector; alternate: string } {
  const [, name, ver, alternate = ""] = /^(\w+),(\d+)(\w?)$/.exec(key)!;
  return { hdu: [name!, Number(ver)], alternate };
}

/** How far the world coordinates of a cutout are from those of its parent, in the worst place. */
async function worst(
  name: string,
  key: string,
  section: string,
  options: OutputOptions = {},
): Promise<number> {
  const { hdu, alternate } = named(key);
  await using parent = await open(parentPath(name));
  const cuts = await sectionCuts(parent, [await parent.image(hdu)], section);
  const { start, step } = cuts[0]!.fitted.grid;
  const made = await cutoutFile(parent, cuts, options);
  await using fits = await open(await fitsBytes(made.hdus, made));
  const [image] = (await fits.hdus()).filter(
    (one): one is ImageHdu => one.kind === "image" && one.shape.length > 0,
  );
  const wcs = await readWcs(fits, image!, { ...(alternate && { alternate }) });
  const { pixels, world, axes } = truth[name]![key]!;
  const given = wcs.axes.map((_, axis) => {
    const at = start.length - 1 - axis;
    return Float64Array.from(pixels, (pixel) => ((pixel[axis] ?? 0) - (start[at] ?? 0)) / (step[at] ?? 1));
  });
  const found = wcs.toWorld(given);
  const off = world.flatMap((point, i) =>
    point.map((value, axis) => {
      const difference = Math.abs(found[axis]![i]! - value);
      if (axis === axes[0]) return Math.min(difference, Math.abs(360 - difference));
      return axes.includes(axis) ? difference : difference / Math.max(1, Math.abs(value));
    }),
  );
  expect(off.length).toBeGreaterThanOrEqual(24);
  return Math.max(...off);
}

const sections = ["3:18,5:22", "2:19:2,4:23:3", "19:2:-3,23:3:-2"];
const open3 = (text: string): string => text.replace(/^(?!\.)/, "...,");

describe("the sky of a cutout is that of its parent", () => {
  for (const [name, keys] of Object.entries(truth))
    test(name, async () => {
      for (const key of Object.keys(keys))
        for (const section of sections)
          expect(await worst(name, key, open3(section)), `${key} of ${section}`).toBeLessThan(1e-9);
    });

  test("also of planes of cubes, and of other steps along them", async () => {
    for (const [name, section] of [
      ["cube", "2,3:18,5:22"],
      ["radio", "0,1:6:2,3:18,5:22"],
      ["radio", "0,6:0:-3,3:18:2,5:22"],
      ["tab", "1:6,3:18,5:22"],
      ["tab", "6:0:-2,3:18,5:22"],
      ["unnamed", "1:5:3,3:18,5:22"],
    ] as const)
      expect(await worst(name, "SCI,1", section), `${name} ${section}`).toBeLessThan(1e-9);
  });

  test("also compressed", async () => {
    for (const name of ["alternates", "lookup", "tab", "radio"])
      expect(await worst(name, "SCI,1", open3("2:19:2,4:23:3"), { compress: true }), name).toBeLessThan(1e-9);
  });
});

/** The text of the header of the first HDU of a cutout's file that has a name. */
async function written(name: string, hdu: HduSelector, section: string): Promise<string> {
  await using fits = await open(parentPath(name));
  const made = await cutoutFile(fits, await sectionCuts(fits, [await fits.image(hdu)], section));
  return new TextDecoder().decode(formatHeader([...made.hdus[0]!.cards(true, noFacts)]));
}

describe("tables of coordinates", () => {
  test("of HDUs that share them are written once, numbered anew, also where the header inherits", async () => {
    await using fits = await open(parentPath("hubble"));
    const made = await cutoutHdus(fits, {
      center: { x: 30, y: 20 },
      size: 16,
      hdus: [
        ["SCI", 2],
        ["ERR", 2],
      ],
    });
    await using cut = await open(await fitsBytes(made.hdus, made));
    expect((await cut.layouts()).map(({ name, ver }) => `${name},${ver}`)).toEqual([
      "PRIMARY,1",
      "SCI,2",
      "ERR,2",
      "WCSDVARR,1",
      "D2IMARR,1",
      "WCSDVARR,2",
      "D2IMARR,2",
    ]);
    const { header } = await cut.image("ERR");
    expect(["DP1.EXTVER", "DP2.EXTVER", "D2IM2.EXTVER"].map((key) => header.get(key))).toEqual([1, 2, 2]);
  });

  test("keep their records as they are where nothing is numbered anew, and as single cards", async () => {
    const records = (text: string): string[] => text.match(/(DP|D2IM)\d {3,5}= '[^']*'/g) ?? [];
    const first = records(await written("hubble", ["SCI", 1], "3:18,5:22"));
    expect(first).toContain("DP2     = 'EXTVER: 2'");
    const second = records(await written("hubble", ["SCI", 2], "3:18,5:22"));
    expect(second).toContain("DP2     = 'EXTVER: 2.0'");
    expect(second).toHaveLength(16);
  });

  test("of -TAB axes come along as they are", async () => {
    await using fits = await open(parentPath("tab"));
    const made = await cutoutFile(fits, await sectionCuts(fits, [await fits.image("SCI")], "1:4,3:9,5:9"));
    await using cut = await open(await fitsBytes(made.hdus, made));
    const cells = async (file: typeof fits): Promise<number[]> => {
      const column = await (await file.table("WCS-TABLE")).column("COORDS");
      if (column.kind !== "number") throw new Error("no numbers");
      return Array.from(column.data, Number);
    };
    expect(await cells(fits)).toHaveLength(7);
    expect(await cells(cut)).toEqual(await cells(fits));
  });
});

describe("cutouts", () => {
  test("of Webb's images have a region of their own, and a word for the GWCS that stays behind", async () => {
    const text = await written("webb", "SCI", "10:20,30:50");
    expect(text).toMatch(/HISTORY GWCS \(extension ASDF\) left out/);
    expect(text).toMatch(/S_REGION= 'POLYGON ICRS {2}150\.42/);
    expect(await written("cd", "SCI", "10:20,30:50")).not.toMatch(/GWCS|S_REGION/);
  });

  test("of an alternate, of a plane, of other frames", async () => {
    await using alternates = await open(parentPath("alternates"));
    const place = {
      center: { lon: 9.9, lat: 0.1, frame: parseFrame("galactic") },
      size: 5,
      hdu: "SCI",
    } as const;
    const cut = await cutout(alternates, { ...place, alternate: "A" });
    expect([cut.center.x, cut.center.y].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([12, 13]);
    await expect(cutout(alternates, { ...place, alternate: "Q" })).rejects.toThrow(/no WCS Q/);
    await using cube = await open(parentPath("cube"));
    const plane = await cutout(cube, { center: { x: 10, y: 10 }, size: 4, plane: -1, hdu: "SCI" });
    expect([fitsSection(plane.grid), plane.shape]).toEqual(["[9:12,9:12,4:4]", [1, 4, 4]]);
    await using radio = await open(parentPath("radio"));
    await expect(cutout(radio, { center: { x: 10, y: 10 }, size: 4, plane: 3, hdu: "SCI" })).rejects.toThrow(
      /no plane 3 along NAXIS4, which has 1; planes count from 0, one for each of NAXIS4, NAXIS3, in this order/,
    );
    await using galactic = await open(parentPath("galactic"));
    // The galactic center (IAU 1958) in ICRS.
    const center = { center: "17h45m37.199s -28d56m10.22s", size: 3, hdu: "SCI" };
    const { x, y } = (await cutout(galactic, center)).center;
    expect(Math.hypot(x - 29.5, y - 20.25)).toBeLessThan(0.01);
  });
});
