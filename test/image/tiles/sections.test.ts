/**
 * Sections of files that astropy, fpack and fitsio made, equal to what cfitsio reads. A small sample is committed;
 * FITSLICE_TILED_CASES names a folder of more (test/fixtures/tiled/make_tiled.py makes as many as asked for).
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Arrays, bytesOf, type DType } from "../../../src/array.js";
import { together } from "../../../src/read/plan.js";
import { createReader } from "../../../src/read/run.js";
import { countingSource, layoutsOf, loadPixels, sectionOf } from "./files.js";

interface Case {
  file: string;
  hdu: number;
  how: Record<string, unknown>;
  shape: number[];
  dtype: string;
  sections: { selection: string; shape: number[]; sha256: string }[];
}

function digest(data: Arrays[DType]): string {
  const copy = data.slice();
  if (copy instanceof Float32Array || copy instanceof Float64Array) {
    for (let i = 0; i < copy.length; i++) if (Number.isNaN(copy[i])) copy[i] = Number.NaN;
  }
  return createHash("sha256").update(bytesOf(copy)).digest("hex");
}

const sample = fileURLToPath(new URL("../../fixtures/tiled/", import.meta.url));
for (const folder of [sample, process.env["FITSLICE_TILED_CASES"]]) {
  if (!folder) continue;
  const cases = existsSync(`${folder}/cases.json`)
    ? (JSON.parse(readFileSync(`${folder}/cases.json`, "utf8")) as Case[])
    : [];
  describe(`${cases.length} compressed files of ${folder === sample ? "the fixtures" : folder}`, () => {
    it.each(cases)(
      "$file: sections equal to cfitsio's",
      async ({ file, hdu, shape, dtype, sections, how }) => {
        const bytes = new Uint8Array(readFileSync(`${folder}/${file}`));
        const pixels = await loadPixels(layoutsOf(bytes)[hdu]!);
        expect(pixels.shape).toEqual(shape);
        const plans = sections.map(({ selection }) => sectionOf(pixels, selection));
        const arrays = await createReader(countingSource(bytes)).run(together(plans));
        const got = arrays.map((array, i) => ({
          selection: sections[i]!.selection,
          shape: array.shape,
          sha256: digest(array.data),
        }));
        expect({ how, sections: got }).toEqual({ how, sections });
        expect(arrays[0]!.data.constructor.name.toLowerCase()).toBe(
          `${dtype.replace("int64", "bigint64")}array`,
        );
      },
    );
  });
}
