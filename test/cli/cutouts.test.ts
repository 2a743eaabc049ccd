import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as zarr from "zarrita";
import { open } from "../../src/index.js";
import { skyFile } from "../stamps/images.js";
import { separately, workFolder } from "./run.js";

const required = process.env["FITSLICE_REQUIRE_ORACLES"] === "1";
function has(name: string, args: readonly string[]): boolean {
  const there = spawnSync(name, args, { stdio: "ignore" }).status === 0;
  if (!there && required) throw new Error(`no ${name} here`);
  if (!there) console.warn(`skipped: ${name} is not installed, so nothing else reads the stamps`);
  return there;
}
const python = "/usr/bin/python3";
const hasAstropy = has(python, ["-c", "import astropy.wcs"]);
const hasXarray = has(python, ["-c", "import astropy, zarr, xarray"]);
const hasUnzip = has("unzip", ["-v"]);

let cwd: string;
beforeAll(async () => {
  cwd = workFolder("cli-cutouts");
  writeFileSync(
    join(cwd, "a.fits"),
    await skyFile(
      { ra: 0.01, dec: 10, side: 200, name: "SCI" },
      { ra: 0.01, dec: 10, side: 200, name: "ERR", value: 1 },
    ),
  );
  writeFileSync(join(cwd, "b.fits"), await skyFile({ ra: 359.97, dec: 10, side: 200 }));
  writeFileSync(join(cwd, "broken.fits"), "SIMPLE  =                    T".padEnd(80));
  writeFileSync(join(cwd, "ten.csv"), list(10));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** Targets around the middle of a.fits. */
function list(count: number): string {
  const rows = Array.from(
    { length: count },
    (_, i) => `s${i},${(0.0002 * (i % 100)).toFixed(6)},${10 + 0.0001 * Math.floor(i / 10)}`,
  );
  return `name,ra,dec\n${rows.join("\n")}\n`;
}

interface Row {
  name: string;
  row: number;
  status: string;
  output: string | null;
  source: string | null;
  hdu: number | null;
  reason: string | null;
}

function manifest(path: string): Row[] {
  const lines = readFileSync(join(cwd, path), "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as Row).sort((a, b) => a.row - b.row);
}

const stampsIn = (folder: string): string[] =>
  readdirSync(join(cwd, folder))
    .filter((name) => name.endsWith(".fits"))
    .sort();

test("a folder: a file for each target, whatever it is called, and a manifest", async () => {
  const hostile =
    "name,ra,dec,file\n../../x,0.01,10,a.fits\nM 31,0.01,10,a.fits\nm 31,0.01,10,b.fits\n,0.01,10,broken.fits\ngone,0.01,10,no.fits\nnowhere,,10,a.fits\nfar,90,0,a.fits\nedge,0.0382,10,a.fits\n";
  writeFileSync(join(cwd, "hostile.csv"), hostile);
  const { code, stderr } = await separately(
    ["cutouts", "--targets", "hostile.csv", "--size", "16pix", "-o", "mixed"],
    { cwd },
  );
  expect([code, stderr]).toEqual([
    1,
    "3 stamps (1 of them partial)\nfitslice: 2 targets outside, 3 failed (the first: broken.fits: header at byte 0: the file ends after 80 bytes of it, before an END card); mixed/manifest.ndjson says why\n",
  ]);
  expect(
    manifest("mixed/manifest.ndjson").map(({ name, status, output, source, hdu }) => [
      name,
      status,
      output,
      source,
      hdu,
    ]),
  ).toEqual([
    ["../../x", "done", "__.._x.fits", "a.fits", 0],
    ["M 31", "done", "M_31.fits", "a.fits", 0],
    ["m 31", "outside", null, "b.fits", 0],
    ["row-000004", "failed", null, "broken.fits", null],
    ["gone", "failed", null, "no.fits", null],
    ["nowhere", "failed", null, null, null],
    ["far", "outside", null, "a.fits", 0],
    ["edge", "partial", "edge.fits", "a.fits", 0],
  ]);
  expect(stampsIn("mixed")).toEqual(["M_31.fits", "__.._x.fits", "edge.fits"]);
  expect(existsSync(join(cwd, "x.fits"))).toBe(false);
});

test("what is there is not overwritten, and only the same job is gone on with", async () => {
  const run = (...more: string[]) =>
    separately(["cutouts", "a.fits", "--targets", "ten.csv", "-o", "again", ...more], { cwd });
  expect((await run("--size", "16pix")).code).toBe(0);
  const refused = async (message: string, ...more: string[]): Promise<void> => {
    const { code, stderr } = await run(...more);
    expect([code, stderr]).toEqual([2, `fitslice: ${message}\n`]);
  };
  await refused(
    "again holds stamps of an earlier run; add --resume to go on with it, or --force to begin anew",
    "--size",
    "16pix",
  );
  await refused(
    "again was begun with other options; give the same ones to --resume, or --force to begin anew",
    "--size",
    "17pix",
    "--resume",
  );
  writeFileSync(join(cwd, "nine.csv"), list(9));
  await refused(
    "again was begun with another list of targets or files; add --force to begin anew",
    "--targets",
    "nine.csv",
    "--size",
    "16pix",
    "--resume",
  );
  const before = readFileSync(join(cwd, "again/manifest.ndjson"));
  expect((await run("--size", "16pix", "--resume")).stderr).toBe("10 stamps (10 from before)\n");
  expect(readFileSync(join(cwd, "again/manifest.ndjson"))).toEqual(before);
  expect((await run("--targets", "nine.csv", "--size", "17pix", "--force")).code).toBe(0);
  expect(stampsIn("again").length).toBe(9);
  mkdirSync(join(cwd, "taken"));
  writeFileSync(join(cwd, "taken/s3.fits"), "mine");
  await refused("taken/s3.fits exists; add --force to replace it", "-o", "taken", "--size", "16pix");
});

test("a torn last line of a manifest is cut again", async () => {
  const run = (...more: string[]) =>
    separately(["cutouts", "a.fits", "--targets", "ten.csv", "--size", "16pix", "-o", "torn", ...more], {
      cwd,
    });
  await run();
  const path = join(cwd, "torn/manifest.ndjson");
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.slice(0, -20));
  expect((await run("--resume")).code).toBe(0);
  expect(readFileSync(path, "utf8").split("\n").sort()).toEqual(text.split("\n").sort());
});

test("what failed is cut again when that is asked for, and nothing else", async () => {
  writeFileSync(join(cwd, "late.csv"), "name,ra,dec,file\nnow,0.01,10,a.fits\nlater,0.01,10,late.fits\n");
  const run = (...more: string[]) =>
    separately(["cutouts", "--targets", "late.csv", "--size", "16pix", "-o", "late", ...more], { cwd });
  expect((await run()).code).toBe(1);
  writeFileSync(join(cwd, "late.fits"), readFileSync(join(cwd, "a.fits")));
  expect((await run("--resume")).stderr).toContain("1 failed");
  expect((await run("--resume", "--retry-failed")).stderr).toBe("2 stamps (1 from before)\n");
  expect(manifest("late/manifest.ndjson").map(({ name, status }) => [name, status])).toEqual([
    ["now", "done"],
    ["later", "done"],
  ]);
});

describe("one file of all stamps", () => {
  const cut = (output: string, ...more: string[]) =>
    separately(["cutouts", "a.fits", "--targets", "ten.csv", "--size", "16pix", "-o", output, ...more], {
      cwd,
    });

  test("a ZIP that unzip reads; a second run is refused, a resumed one has nothing to do", async () => {
    expect((await cut("ten.zip")).code).toBe(0);
    expect(
      readdirSync(cwd)
        .filter((name) => name.startsWith("ten.zip"))
        .sort(),
    ).toEqual(["ten.zip", "ten.zip.manifest.ndjson"]);
    expect(manifest("ten.zip.manifest.ndjson").map(({ output }) => output)).toEqual(
      Array.from({ length: 10 }, (_, i) => `s${i}.fits`),
    );
    expect((await cut("ten.zip")).stderr).toBe("fitslice: ten.zip exists; add --force to replace it\n");
    expect((await cut("ten.zip", "--resume")).stderr).toBe("10 stamps (10 from before)\n");
    if (!hasUnzip) return;
    expect(spawnSync("unzip", ["-tq", "ten.zip"], { cwd, encoding: "utf8" }).stdout).toContain("No errors");
  });

  test("a FITS file with an extension for each, also of several HDUs", async () => {
    expect((await cut("ten.fits")).code).toBe(0);
    const fits = await open(join(cwd, "ten.fits"));
    expect((await fits.hdus()).map(({ name, ver }) => [name, ver]).slice(0, 3)).toEqual([
      ["PRIMARY", 1],
      ["s0", 1],
      ["s1", 2],
    ]);
    expect(manifest("ten.fits.manifest.ndjson")[1]).toMatchObject({ output: "[s1,2]" });
    await fits.close();
    expect((await cut("both.fits", "--hdu", "SCI,ERR")).code).toBe(0);
    const both = await open(join(cwd, "both.fits"));
    expect((await both.hdus()).map(({ name }) => name).slice(0, 4)).toEqual([
      "PRIMARY",
      "s0_SCI",
      "s0_ERR",
      "s1_SCI",
    ]);
    await both.close();
    expect(manifest("both.fits.manifest.ndjson")[1]).toMatchObject({ output: "[s1_SCI,2]" });
  });

  test("the manifest of a FITS file gives the EXTNAME that the stamp has, for every name of a target", async () => {
    const names = ["étoile ☆", "x".repeat(300), "a'b", "plain"];
    writeFileSync(join(cwd, "named.csv"), `name,ra,dec\n${names.map((name) => `${name},0,10\n`).join("")}`);
    expect((await cut("named.fits", "--targets", "named.csv")).code).toBe(0);
    const fits = await open(join(cwd, "named.fits"));
    const hdus = (await fits.hdus()).slice(1).map(({ name, ver }) => `[${name},${ver}]`);
    await fits.close();
    expect(hdus).toEqual(["[?toile ?,1]", `[${"x".repeat(60)},2]`, "[a'b,3]", "[plain,4]"]);
    expect(manifest("named.fits.manifest.ndjson").map(({ output }) => output)).toEqual(hdus);
  });

  test("a Zarr array that zarrita reads, a stamp for each row, with a table of what they are", async () => {
    writeFileSync(join(cwd, "gap.csv"), `${list(3)}étoile,90,0\n${list(2).split("\n")[1]}\n`);
    expect((await cut("gap.zarr", "--targets", "gap.csv")).code).toBe(1);
    const images = await zarr.open.v2(zarr.root(folderStore(join(cwd, "gap.zarr"))).resolve("images"), {
      kind: "array",
    });
    const { data, shape } = await zarr.get(images);
    expect(shape).toEqual([5, 16, 16]);
    const pixels = data as Float32Array;
    expect([0, 1, 2, 3, 4].map((i) => Number.isNaN(pixels[i * 256]!))).toEqual([
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(pixels.slice(4 * 256)).toEqual(pixels.slice(0, 256));
    const rows = await parquetReadObjects({
      file: await asyncBufferFromFile(join(cwd, "gap.zarr/images_metadata.parquet")),
    });
    expect(rows.map(({ name, status, idx_in_zarr }) => [name, status, idx_in_zarr])).toEqual([
      ["s0", "done", 0n],
      ["s1", "done", 1n],
      ["s2", "done", 2n],
      ["étoile", "outside", 3n],
      ["s0", "done", 4n],
    ]);
    expect(rows[0]).toMatchObject({ CTYPE1: "RA---TAN", CRVAL2: 10 });
  });

  test.skipIf(!hasXarray)("a Zarr array that zarr and xarray of Python read, integers too", async () => {
    writeFileSync(
      join(cwd, "i.fits"),
      await skyFile({ ra: 0.01, dec: 10, side: 200, value: -20_000, type: "int16" }),
    );
    writeFileSync(join(cwd, "three.csv"), `${list(2)}far,90,0\n`);
    for (const image of ["a", "i"]) {
      const args = ["cutouts", `${image}.fits`, "--targets", "three.csv", "--size", "16pix"];
      await separately([...args, "-o", `py-${image}`], { cwd });
      await separately([...args, "-o", `py-${image}.zarr`], { cwd });
    }
    const { stdout, stderr, status } = spawnSync(python, ["-W", "ignore", "-c", pythonReads], {
      cwd,
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout.trimEnd().split("\n")).toEqual([
      "a float32 (3, 16, 16) True True ['dec', 'ra'] deg",
      "i int16 (3, 16, 16) True True ['dec', 'ra'] deg",
    ]);
  });

  test("a Zarr array of several shapes is refused before anything is read", async () => {
    writeFileSync(join(cwd, "sizes.csv"), "name,ra,dec,size_pix\na,0.01,10,8\nb,0.01,10,9\n");
    expect((await cut("sizes.zarr", "--targets", "sizes.csv")).stderr).toBe(
      "fitslice: the targets have several sizes, and a .zarr has one shape; write a folder, a .zip or a .fits\n",
    );
  });
});

/** Prints what Python's libraries read, and whether the pixels are those of the files. */
const pythonReads = `
import warnings
import numpy as np, xarray, zarr
from astropy.io import fits
for image in "ai":
    stamps = [fits.getdata(f"py-{image}/s{i}.fits", 0) for i in range(2)]
    images = zarr.open_consolidated(f"py-{image}.zarr", mode="r")["images"]
    warnings.simplefilter("error", RuntimeWarning)
    data = xarray.open_zarr(f"py-{image}.zarr")
    equal = [np.array_equal(a[i], stamps[i]) for a in (images, data.images.values) for i in range(2)]
    print(image, data.images.dtype, images.shape, all(equal[:2]), all(equal[2:]), sorted(data.coords), data.ra.units)
`;

/** A folder as zarrita reads it. */
function folderStore(folder: string): { get(key: string): Promise<Uint8Array | undefined> } {
  return {
    async get(key) {
      const path = join(folder, key);
      return existsSync(path) ? new Uint8Array(readFileSync(path)) : undefined;
    },
  };
}

test("pictures and arrays", async () => {
  const cut = (...more: string[]) =>
    separately(["cutouts", "a.fits", "--targets", "ten.csv", "--size", "16pix", ...more], { cwd });
  expect((await cut("-o", "pictures", "--format", "png", "--stretch", "asinh")).code).toBe(0);
  expect(readFileSync(join(cwd, "pictures/s0.png")).subarray(1, 4).toString()).toBe("PNG");
  expect((await cut("-o", "arrays", "--format", "npy")).code).toBe(0);
  expect(readFileSync(join(cwd, "arrays/s0.npy")).length).toBe(128 + 16 * 16 * 4);
  expect((await cut("-o", "x.fits", "--format", "npy")).stderr).toContain("go into a folder or a .zip");
});

describe("files found by footprints", () => {
  test("across RA 0, the best one, or all", async () => {
    await separately(["footprints", "a.fits", "b.fits", "-o", "fp.parquet"], { cwd });
    writeFileSync(
      join(cwd, "across.csv"),
      "name,ra,dec\nwest,359.96,10\neast,0.02,10\nboth,359.9905,10\nnone,180,10\n",
    );
    const cut = (...more: string[]) =>
      separately(
        ["cutouts", "--targets", "across.csv", "--footprints", "fp.parquet", "--size", "8arcsec", ...more],
        { cwd },
      );
    expect((await cut("-o", "best")).code).toBe(1);
    const sources = manifest("best/manifest.ndjson").map(({ name, status, source, hdu }) => [
      name,
      status,
      source,
      hdu,
    ]);
    expect(sources).toEqual([
      ["west", "done", "b.fits", 0],
      ["east", "done", "a.fits", 0],
      ["both", "done", "a.fits", 0],
      ["none", "outside", null, null],
    ]);
    await cut("-o", "all", "--files", "all");
    expect(stampsIn("all")).toEqual(["both_a.fits", "both_b.fits", "east.fits", "west.fits"]);
  });
});

test.skipIf(!hasAstropy)("astropy finds the target in the middle of each stamp", async () => {
  await separately(["cutouts", "a.fits", "--targets", "ten.csv", "--size", "16pix", "-o", "judged"], { cwd });
  await separately(["cutouts", "a.fits", "--targets", "ten.csv", "--size", "16pix", "-o", "judged.fits"], {
    cwd,
  });
  const script = `
import csv, glob
from astropy.io import fits
from astropy.wcs import WCS
from astropy.nddata import Cutout2D
from astropy.coordinates import SkyCoord
import numpy as np
all = fits.open("judged.fits")
image = fits.open("a.fits")["SCI"]
for row in csv.DictReader(open("ten.csv")):
    at = SkyCoord(float(row["ra"]), float(row["dec"]), unit="deg")
    truth = Cutout2D(image.data, at, 16, wcs=WCS(image.header))
    for hdu in (fits.open("judged/" + row["name"] + ".fits")[0], all[row["name"]]):
        assert np.array_equal(hdu.data, truth.data)
        x, y = WCS(hdu.header).world_to_pixel(at)
        assert np.allclose((x, y), truth.wcs.world_to_pixel(at), atol=1e-9)
print("ok")
`;
  const { stdout, stderr } = spawnSync(python, ["-W", "ignore", "-c", script], { cwd, encoding: "utf8" });
  expect([stdout, stderr]).toEqual(["ok\n", ""]);
});

test.each([
  [["--targets", "no.csv", "-o", "x"], 1, "fitslice: cannot read --targets no.csv: no such file"],
  [
    ["a.fits", "--targets", "ten.csv", "-o", "-", "--size", "8"],
    2,
    "fitslice: stamps go into a folder or a file; name one with -o",
  ],
  [
    ["a.fits", "--targets", "ten.csv", "-o", "x", "--footprints", "y"],
    2,
    "fitslice: the targets are cut from SRC, or from the files of --footprints; leave one out",
  ],
  [
    ["--targets", "ten.csv", "-o", "x", "--files", "all"],
    2,
    "fitslice: --files chooses among --footprints; name a table",
  ],
])("%j: %i, %s", async (args, code, message) => {
  const outcome = await separately(["cutouts", ...args], { cwd });
  expect([outcome.code, outcome.stderr]).toEqual([code, `${message}\n`]);
  expect(existsSync(join(cwd, "x"))).toBe(false);
});
