import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ndarray } from "../../src/array.js";
import { programFor } from "../../src/cli/program.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { exampleFile } from "../fixtures/example.js";
import { fitslice, separately, workFolder } from "./run.js";

let cwd: string;
const existsLine = (path: string): string => `fitslice: ${path} exists; add --force to replace it\n`;
let bytes: Buffer;

/** The names of all that is there. */
const state = (): string[] => (readdirSync(cwd, { recursive: true }) as string[]).sort();

beforeAll(async () => {
  cwd = workFolder("cli-overwrite");
  bytes = Buffer.from(await exampleFile());
  writeFileSync(join(cwd, "v.fits"), bytes);
  writeFileSync(join(cwd, "other.fits"), bytes);
  writeFileSync(join(cwd, "a b.fits"), bytes);
  writeFileSync(join(cwd, "targets.csv"), "ra,dec\n150.421375,2.422383\n");
  writeFileSync(join(cwd, "stamps.txt"), "1:3,1:3\n4:6,4:6\n");
  mkdirSync(join(cwd, "stamps"));
  writeFileSync(join(cwd, "stamps", "section-0002.npy"), bytes);
  const wide = imageHdu({ data: ndarray(new Uint8Array(2 * 600), [2, 600]) });
  writeFileSync(join(cwd, "wide.fits"), await fitsBytes([wide]));
  symlinkSync("v.fits", join(cwd, "soft.fits"));
  linkSync(join(cwd, "v.fits"), join(cwd, "hard.fits"));
  expect((await fitslice(["index", "v.fits", "-o", "v.fidx"], { cwd })).code).toBe(0);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

describe("a file being read is not written: one line, exit code 2, and it is as it was", () => {
  test.each<[args: string, named: string]>([
    ["index v.fits -o v.fits", "v.fits is the file being read"],
    ["compress v.fits -o v.fits", "v.fits is the file being read"],
    ["uncompress v.fits -o v.fits", "v.fits is the file being read"],
    ["section v.fits --hdu SCI -o v.fits --format raw", "v.fits is the file being read"],
    ["section v.fits[SCI] -o ./v.fits --format raw", "./v.fits is the file being read"],
    ["section URL --hdu SCI -o v.fits --format npy", "v.fits is the file being read"],
    ["table v.fits -o soft.fits", "soft.fits is the file being read"],
    ["table soft.fits -o v.fits", "v.fits is the file being read"],
    ["table v.fits -o hard.fits", "hard.fits is the file being read"],
    ["info v.fits --profile-json v.fits", "v.fits is the file being read"],
    ["info v.fits --har stamps/../v.fits", "stamps/../v.fits is the file being read"],
    ["info SPACED --har SPACE", "a b.fits is the file being read"],
    ["download v.fits -o v.fits", "v.fits is the file being read"],
    ["download v.fits -o soft.fits --force", "soft.fits is the file being read"],
    ["download v.fits -o new.fits --profile-json v.fits", "v.fits is the file being read"],
    ["compress v.fits --index v.fidx -o v.fidx", "v.fidx is the file that --index reads"],
    [
      "section v.fits --sections stamps.txt -o new --har stamps.txt",
      "stamps.txt is the file that --sections reads",
    ],
    [
      "section stamps/section-0002.npy --sections stamps.txt -o stamps",
      "stamps/section-0002.npy is the file being read",
    ],
  ])("%s", async (line, named) => {
    const stand: Record<string, string> = {
      URL: pathToFileURL(join(cwd, "v.fits")).href,
      SPACED: pathToFileURL(join(cwd, "a b.fits")).href,
      SPACE: "a b.fits",
    };
    const before = state();
    const args = line.split(" ").map((word) => stand[word] ?? word);
    const { code, text, stderr } = await fitslice(args, { cwd });
    expect([code, text, stderr]).toEqual([2, "", `fitslice: ${named}; name another output\n`]);
    expect(state()).toEqual(before);
    for (const name of ["v.fits", "a b.fits", "stamps/section-0002.npy"])
      expect(readFileSync(join(cwd, name)).equals(bytes)).toBe(true);
  });

  test("with --force another file of the same content may be overwritten, never the one being read", async () => {
    const { code, stderr } = await fitslice(["table", "v.fits", "-o", "other.fits", "--force"], { cwd });
    expect([code, stderr]).toEqual([0, ""]);
    expect(readFileSync(join(cwd, "other.fits")).equals(bytes)).toBe(false);
    const same = await fitslice(["table", "v.fits", "-o", "v.fits", "--force"], { cwd });
    expect([same.code, same.stderr]).toEqual([
      2,
      "fitslice: v.fits is the file being read; name another output\n",
    ]);
    expect(readFileSync(join(cwd, "v.fits")).equals(bytes)).toBe(true);
  });

  test("a link to a file that is not there yet stays a link", async () => {
    mkdirSync(join(cwd, "far"), { recursive: true });
    symlinkSync("far", join(cwd, "folder"));
    symlinkSync(join("folder", "..", "made.fits"), join(cwd, "ahead.fits"));
    symlinkSync("ahead.fits", join(cwd, "further.fits"));
    for (const args of [
      ["download", "v.fits", "-o", "further.fits"],
      ["table", "v.fits", "-o", "further.fits"],
    ]) {
      expect(await fitslice(args, { cwd })).toMatchObject({ code: 0 });
      expect(lstatSync(join(cwd, "further.fits")).isSymbolicLink()).toBe(true);
      expect(lstatSync(join(cwd, "made.fits")).isFile()).toBe(true);
      rmSync(join(cwd, "made.fits"));
    }
    symlinkSync("round.fits", join(cwd, "round.fits"));
    const { code, stderr } = await fitslice(["table", "v.fits", "-o", "round.fits"], { cwd });
    expect([code, stderr]).toEqual([1, "fitslice: cannot write round.fits: its links lead in a circle\n"]);
  });

  test("what is to be written twice is refused, unless it is a device", async () => {
    const twice = await fitslice(["info", "v.fits", "--har", "p.json", "--profile-json", "./p.json"], {
      cwd,
    });
    expect([twice.code, twice.stderr]).toEqual([
      2,
      "fitslice: --profile-json and --har both write p.json; name another file for one of them\n",
    ]);
    const device = ["info", "v.fits", "--har", "/dev/null", "--profile-json", "/dev/null"];
    expect(await fitslice(device, { cwd })).toMatchObject({ code: 0, stderr: "" });
  });

  test("a link to a file that is there counts as the file; its content is replaced only with --force", async () => {
    writeFileSync(join(cwd, "behind.csv"), "kept");
    symlinkSync("behind.csv", join(cwd, "before.csv"));
    const args = ["table", "v.fits", "-o", "before.csv"];
    const refused = await fitslice(args, { cwd });
    expect([refused.code, refused.stderr]).toEqual([2, existsLine("before.csv")]);
    expect(readFileSync(join(cwd, "behind.csv"), "utf8")).toBe("kept");
    expect((await fitslice([...args, "--force"], { cwd })).code).toBe(0);
    expect(lstatSync(join(cwd, "before.csv")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(cwd, "behind.csv"), "utf8")).toMatch(/^id,/);
  });

  test("an output without a name", async () => {
    const { code, stderr } = await fitslice(["index", "v.fits", "-o", ""], { cwd });
    expect([code, stderr]).toEqual([2, "fitslice: -o names no file\n"]);
  });
});

describe("a file that exists is not overwritten without --force: one line, exit code 2, and it is as it was", () => {
  const writers: [args: string, path: string][] = [
    ["section v.fits --hdu SCI -s 1:3,1:3 -o there.npy", "there.npy"],
    ["section v.fits --hdu SCI -s 1:3,1:3 -o ./there.png", "./there.png"],
    ["section v.fits --hdu SCI --sections stamps.txt -o held", "held/section-0002.npy"],
    ["table v.fits -o there.csv", "there.csv"],
    ["compress v.fits -o there.fz", "there.fz"],
    ["uncompress v.fits -o there.fits", "there.fits"],
    ["index v.fits -o there.fidx", "there.fidx"],
    ["download v.fits -o there.fits", "there.fits"],
    ["copy v.fits -o there.fits", "there.fits"],
    ["copy v.fits[CATALOG][col_mag] -o there.fits", "there.fits"],
    ["cutout v.fits --hdu SCI --at pixel_5_5 --size 4pix -o there.fits", "there.fits"],
    ["cutout v.fits --hdu SCI --at pixel_5_5 --size 4pix -o there.png", "there.png"],
    ["cutout v.fits --hdu SCI --at pixel_5_5 --at pixel_6_6 --size 4pix -o held", "held/cutout-0002.fits"],
    ["footprints v.fits -o there.parquet", "there.parquet"],
    ["headers v.fits -k OBJECT -o there.csv", "there.csv"],
    ["info v.fits --table -o there.csv", "there.csv"],
    ["layout v.fits -o there.csv", "there.csv"],
    ["header v.fits -k NAXIS -o there.csv", "there.csv"],
    ["stats v.fits --hdu SCI -o there.csv", "there.csv"],
    ["verify v.fits -o there.parquet", "there.parquet"],
    ["plot v.fits --hdu SCI -o there.png", "there.png"],
    ["rgb v.fits[SCI] v.fits[SCI] v.fits[SCI] -o there.png", "there.png"],
    ["zarr v.fits -o there.json", "there.json"],
    ["cutouts v.fits --hdu SCI --targets targets.csv --size 4pix -o there.zip", "there.zip"],
    ["cutouts v.fits --hdu SCI --targets targets.csv --size 4pix -o there.stamps.fits", "there.stamps.fits"],
    ["overview wide.fits -o there.fits", "there.fits"],
    ["info v.fits --profile-json there.json", "there.json"],
    ["header v.fits --har there.har", "there.har"],
  ];

  test("these are all commands with -o", async () => {
    const tree = await programFor(true, "0.0.0");
    const names = new Set(writers.filter(([args]) => / -o /.test(args)).map(([args]) => args.split(" ")[0]!));
    const found = tree.commands.filter(({ options }) => options.some(({ long }) => long === "--output"));
    expect(found.map((each) => each.name()).sort()).toEqual([...names].sort());
  });

  test.each(writers)("%s", async (line, path) => {
    const args = line.split(" ").map((word) => word.replaceAll("_", " "));
    mkdirSync(join(cwd, "held"), { recursive: true });
    writeFileSync(join(cwd, path), "precious");
    const before = state();
    const { code, text, stderr } = await fitslice(args, { cwd });
    expect([code, text, stderr]).toEqual([2, "", existsLine(path)]);
    expect(readFileSync(join(cwd, path), "utf8")).toBe("precious");
    expect(state()).toEqual(before);
    const forced = await fitslice([...args, "--force"], { cwd });
    expect([forced.code, forced.stderr]).toEqual([0, expect.not.stringContaining("fitslice:")]);
    expect(readFileSync(join(cwd, path), "utf8")).not.toBe("precious");
  });

  test("nothing is read, not even the source", async () => {
    writeFileSync(join(cwd, "there.npy"), "precious");
    const { code, stderr } = await fitslice(["section", "none.fits", "-o", "there.npy"], { cwd });
    expect([code, stderr]).toEqual([2, existsLine("there.npy")]);
  });

  test("of two commands that write one path at once, one loses, and nothing is lost", async () => {
    const args = ["index", "v.fits", "-o", "raced.fidx"];
    const both = await Promise.all([separately(args, { cwd }), separately(args, { cwd })]);
    const codes = both.map(({ code }) => code);
    expect(codes.filter((code) => code === 0)).toHaveLength(1);
    for (const { code, stderr } of both)
      if (code !== 0) expect(stderr).toMatch(/^fitslice: raced\.fidx.*add --force to replace it\n$/);
  });

  test("devices and standard output take what comes", async () => {
    for (const output of ["/dev/null", "-"]) {
      const args = ["table", "v.fits", "--format", "csv", "-o", output];
      expect(await fitslice(args, { cwd })).toMatchObject({ code: 0, stderr: "" });
    }
  });
});
