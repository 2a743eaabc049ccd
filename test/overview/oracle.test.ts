/**
 * Overviews as astropy and fitsverify see them: the sky of their images to 1e-9 degrees, means of their pixels, no complaint.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { open } from "../../src/open.js";
import { type OverviewOptions, writeOverview } from "../../src/overview/index.js";
import { hasAstropy, hasFitsverify, parentPath, verified } from "../cutout/oracles.js";

interface Found {
  readonly factor: number;
  readonly shape: number[];
  readonly dtype: string;
  /** The largest difference of positions, by alternate. */
  readonly worst: Readonly<Record<string, number>>;
  readonly keys: number;
  /** The largest difference of means. */
  readonly means: number;
}

const lossless = { compress: { algorithm: "gzip2", quantize: 0 } } as const;
const cases: readonly (readonly [string, OverviewOptions])[] = [
  ["cd", { compress: false }],
  ["pc", {}],
  ["tab", { compress: false }],
  ...[
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
    "scaled",
    "cube",
  ].map((name) => [name, lossless] as const),
];

const folder = mkdtempSync(join(tmpdir(), "fitslice-overview-"));
afterAll(() => rmSync(folder, { recursive: true }));
const imagePath = (name: string): string => join(folder, `${name}.fits`);
const overviewPath = (name: string): string => join(folder, `${name}.ovr.fits`);

function judge(...args: string[]): string {
  return execFileSync("/usr/bin/python3", ["test/overview/judge.py", ...args], { encoding: "utf8" });
}

describe.skipIf(!hasAstropy)("an overview, held against astropy (skipped where it is not installed)", () => {
  let all: Found[][] = [];
  let complaints: string[] = [];

  // All together: starting astropy takes longer than judging.
  beforeAll(async () => {
    judge("enlarge", ...cases.flatMap(([name]) => [parentPath(name), imagePath(name)]));
    for (const [name, options] of cases) {
      await using fits = await open(imagePath(name));
      const chunks: Uint8Array[] = [];
      for await (const chunk of writeOverview(fits, { hdus: ["SCI"], ...options })) chunks.push(chunk);
      writeFileSync(overviewPath(name), Buffer.concat(chunks));
    }
    const pairs = cases.flatMap(([name]) => [imagePath(name), overviewPath(name)]);
    all = JSON.parse(judge("compare", ...pairs)) as Found[][];
    if (hasFitsverify) complaints = verified(cases.map(([name]) => overviewPath(name)));
  }, 120_000);

  test.each(cases.map(([name], i) => [name, i] as const))(
    "of %s: positions and means of blocks are those of the image",
    (name, i) => {
      const found = all[i]!;
      expect(found.map(({ factor, shape, dtype }) => [factor, shape.slice(-2), dtype])).toEqual([
        [8, [78, 130], "float32"],
      ]);
      for (const { worst, means, keys } of found) {
        expect(keys).toBeGreaterThan(0);
        for (const [key, difference] of Object.entries(worst)) expect(difference, key).toBeLessThan(1e-9);
        // Noise of the means is 10 / 8: quantized to a sixteenth of that.
        expect(means).toBeLessThan(name === "pc" ? 0.1 : 1e-4);
      }
      expect(complaints[i] ?? "").toBe("");
    },
  );
});
