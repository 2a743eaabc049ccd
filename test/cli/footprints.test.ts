import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { open } from "../../src/index.js";
import { type RangeServer, startRangeServer } from "../servers/range-server.js";
import { skyFile } from "../stamps/images.js";
import { fitslice, workFolder } from "./run.js";

const python = "/usr/bin/python3";
const hasAstropy = spawnSync(python, ["-c", "import astropy.wcs"]).status === 0;
if (!hasAstropy && process.env["FITSLICE_REQUIRE_ORACLES"] === "1") throw new Error("no astropy here");
if (!hasAstropy) console.warn("skipped: astropy is not installed, so nothing holds footprints against it");

let cwd: string;
let server: RangeServer;
beforeAll(async () => {
  cwd = workFolder("cli-footprints");
  const a = await skyFile({ ra: 0.01, dec: 10, name: "SCI" }, { ra: 0.01, dec: 10, name: "ERR" });
  writeFileSync(join(cwd, "a.fits"), a);
  writeFileSync(join(cwd, "b.fits"), await skyFile({ ra: 200, dec: -89.99, side: 50, scale: 2 }));
  writeFileSync(join(cwd, "broken.fits"), "SIMPLE  =                    T".padEnd(80));
  writeFileSync(join(cwd, "list.txt"), "# mine\na.fits\n\nb.fits\n");
  server = await startRangeServer({ files: { "/c.fits": await skyFile({ ra: 100, dec: 0, side: 1000 }) } });
});
afterAll(async () => {
  await server?.close();
  rmSync(cwd, { recursive: true, force: true });
});

test("a table of all images on the sky, sorted by their places, whole numbers whole", async () => {
  const { code, stderr } = await fitslice(
    ["footprints", "@list.txt", `${server.url}/c.fits`, "-o", "fp.parquet"],
    { cwd },
  );
  expect([code, stderr]).toEqual([0, "4 footprints of 3 files\n"]);
  // One read of the start of the file: its header.
  expect(server.requests.map(({ offset, length }) => [offset, length])).toEqual([[0, 131_072]]);
  const bytes = readFileSync(join(cwd, "fp.parquet"));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  expect(parquetMetadata(file).schema.find(({ name }) => name === "_healpix_29")).toMatchObject({
    type: "INT64",
  });
  const rows = await parquetReadObjects({ file });
  expect(Object.keys(rows[0]!)).toEqual([
    "_healpix_29",
    "access_url",
    "hdu",
    "extname",
    "s_ra",
    "s_dec",
    "s_fov",
    "s_region",
    "naxis1",
    "naxis2",
    "scale",
  ]);
  const places = rows.map(({ _healpix_29 }) => _healpix_29 as bigint);
  expect(places).toEqual([...places].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0)));
  expect(rows.map(({ access_url, hdu }) => `${access_url} ${hdu}`).sort()).toEqual(
    ["a.fits 0", "a.fits 1", "b.fits 0", `${server.url}/c.fits 0`].sort(),
  );
});

test("a file that fails is a warning and exit code 1; the others are kept", async () => {
  const { code, stderr } = await fitslice(
    ["footprints", "a.fits", "broken.fits", "no.fits", "-o", "some.csv"],
    { cwd },
  );
  expect(code).toBe(1);
  expect(stderr).toMatch(/^fitslice: warning: broken\.fits: /m);
  expect(stderr).toMatch(/^fitslice: warning: no\.fits: no such file/m);
  expect(stderr).toMatch(/2 footprints of 1 file\nfitslice: 2 files could not be read\n$/);
  expect(readFileSync(join(cwd, "some.csv"), "utf8").split("\r\n").length).toBe(4);
});

test("as FITS, too; what is there is not overwritten", async () => {
  const make = () => fitslice(["footprints", "a.fits", "-o", "fp.fits"], { cwd });
  expect((await make()).code).toBe(0);
  const fits = await open(join(cwd, "fp.fits"));
  expect((await fits.table("FOOTPRINTS")).rowCount).toBe(2);
  await fits.close();
  const again = await make();
  expect([again.code, again.stderr]).toEqual([2, "fitslice: fp.fits exists; add --force to replace it\n"]);
});

describe.skipIf(!hasAstropy)("astropy", () => {
  test("has the same centers, corners and scales", async () => {
    await fitslice(["footprints", "a.fits", "b.fits", "-o", "judged.csv"], { cwd });
    const script = `
import csv
import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_scales
from astropy.coordinates import SkyCoord
count = 0
for row in csv.DictReader(open("judged.csv")):
    header = fits.open(row["access_url"])[int(row["hdu"])].header
    wcs = WCS(header)
    n1, n2 = header["NAXIS1"], header["NAXIS2"]
    numbers = [float(word) for word in row["s_region"].split()[2:]]
    corners = SkyCoord(numbers[::2], numbers[1::2], unit="deg")
    x = np.array([-0.5, -0.5, n1 - 0.5, n1 - 0.5]); y = np.array([-0.5, n2 - 0.5, n2 - 0.5, -0.5])
    truth = wcs.pixel_to_world(x, y)
    assert max(corner.separation(truth).min().arcsec for corner in corners) < 1e-6
    assert all(0 <= lon < 360 for lon in numbers[::2])
    center = wcs.pixel_to_world((n1 - 1) / 2, (n2 - 1) / 2)
    assert center.separation(SkyCoord(float(row["s_ra"]), float(row["s_dec"]), unit="deg")).arcsec < 1e-6
    assert abs(float(row["scale"]) - proj_plane_pixel_scales(wcs).mean() * 3600) < 1e-9
    assert float(row["s_fov"]) / 2 >= center.separation(truth).deg.max() - 1e-9
    count += 1
print(count)
`;
    const { stdout, stderr } = spawnSync(python, ["-W", "ignore", "-c", script], { cwd, encoding: "utf8" });
    expect([stdout, stderr]).toEqual(["3\n", ""]);
  });
});
