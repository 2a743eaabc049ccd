import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { imageHdu } from "../../src/hdu/image.js";
import { contiguousPixels } from "../../src/image/contiguous.js";
import { digest, layoutsOf, shortName } from "./corpus.js";
import { runOn } from "./made.js";

const script = fileURLToPath(new URL("../fixtures/image/make_images.py", import.meta.url));
const python = ["/usr/bin/python3", "python3"].find(
  (path) => spawnSync(path, ["-c", "import astropy, numpy"], { stdio: "ignore" }).status === 0,
);
/** More of both by hand: `FITSLICE_IMAGES=2000 FITSLICE_SEED=7 npx vitest run test/image/astropy.test.ts` */
const count = process.env["FITSLICE_IMAGES"] ?? "240";
const seed = process.env["FITSLICE_SEED"] ?? "1";

interface Expected {
  file: string;
  hdu: number;
  shape: number[];
  sections: { text: string; shape: number[]; raw: Values; physical: Values }[];
}
interface Values {
  dtype: string;
  sha256: string;
}

describe.skipIf(!python)("images that astropy wrote (skipped where python3-astropy is not installed)", () => {
  const folder = mkdtempSync(join(tmpdir(), "fitslice-images-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test(`of ${count} kinds give the sections that astropy reads`, { timeout: 600_000 }, async () => {
    const made = spawnSync(python!, [script, folder, count, seed], { encoding: "utf8" });
    expect(made.stderr).toBe("");
    const files: Expected[] = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
    expect(files).toHaveLength(Number(count));
    for (const { file, hdu, shape, sections } of files) {
      const bytes = new Uint8Array(readFileSync(join(folder, file)));
      const layout = (await layoutsOf(bytes, hdu))[hdu]!;
      const image = imageHdu(layout, contiguousPixels(layout, bytes.length), (plan) => runOn(plan, bytes));
      expect(image.shape).toEqual(shape);
      const stored = await image.sections(
        sections.map(({ text }) => text),
        { raw: true },
      );
      for (const [i, { text, shape, raw, physical }] of sections.entries()) {
        const values = await image.section(text);
        const got = {
          shape: [stored[i]!.shape, values.shape],
          raw: { dtype: shortName(image.rawDtype), sha256: digest(stored[i]!) },
          physical: { dtype: shortName(image.dtype), sha256: digest(values) },
        };
        expect(got, `${file} ${text}`).toEqual({ shape: [shape, shape], raw, physical });
      }
    }
  });
});
