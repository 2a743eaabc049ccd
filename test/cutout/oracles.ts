/**
 * astropy and fitsverify as judges of cutouts.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CutoutFile, Grid } from "../../src/cutout/index.js";
import { fitsBytes } from "../../src/write/index.js";

const python = "/usr/bin/python3";
const required = process.env["FITSLICE_REQUIRE_ORACLES"] === "1";

export const hasAstropy: boolean = spawnSync(python, ["-c", "import astropy.wcs"]).status === 0;
export const hasFitsverify: boolean = spawnSync("fitsverify", [], { stdio: "ignore" }).error === undefined;
for (const [name, there] of [
  ["astropy", hasAstropy],
  ["fitsverify", hasFitsverify],
] as const) {
  if (!there && required) throw new Error(`no ${name} here`);
  if (!there) console.warn(`skipped: ${name} is not installed, so nothing holds cutouts against it`);
}

/** One of the images of test/fixtures/cutout/make.py. */
export function parentPath(name: string): string {
  return join("test/fixtures/cutout", `${name}.fits.gz`);
}

/** A folder for cutouts. */
export function cutoutFolder(): string {
  return mkdtempSync(join(tmpdir(), "fitslice-cutout-"));
}

export interface Job {
  readonly parent: string;
  readonly cutout: string;
  readonly grid: Grid;
  readonly hdu?: string;
}

export interface Judgement {
  readonly same: boolean;
  readonly dtype: boolean;
  readonly fill: number[];
  readonly worst: Readonly<Record<string, number>>;
  readonly checksum: boolean;
}

export function judged(jobs: readonly Job[]): Judgement[] {
  const input = jobs.map((job) => JSON.stringify(job)).join("\n");
  return JSON.parse(
    execFileSync(python, ["test/cutout/compare.py"], { input, encoding: "utf8" }),
  ) as Judgement[];
}

/** What lookup tables bring with them: their references repeat a keyword, and their axes have no type (WCS paper IV). */
const known = /Keyword (DP|D2IM)\d is duplicated|Some CTYPEi keywords appear to be missing/;

/** The warnings and errors of fitsverify for each file, but for those that lookup tables bring with them in any file. */
export function verified(paths: readonly string[]): string[] {
  // Errors go to standard error.
  const { stdout } = spawnSync(
    "sh",
    ["-c", 'for f; do fitsverify "$f" 2>&1; echo "@@"; done', "sh", ...paths],
    {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    },
  );
  return stdout
    .split("@@\n")
    .slice(0, paths.length)
    .map((text) => {
      const lines = text.split("\n");
      if (!lines.some((line) => line.includes("Verification found")))
        return text || "fitsverify said nothing";
      return lines
        .filter((line) => line.includes("*** ") && !line.includes("Verification") && !known.test(line))
        .join("\n");
    });
}

/** Writes a cutout's file. */
export async function written(path: string, { hdus, checksum }: CutoutFile): Promise<string> {
  writeFileSync(path, await fitsBytes(hdus, { checksum }));
  return path;
}
