/** SAOImage DS9 opens an overview, and has positions of the sky where it has them in the file. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { ndarray, open } from "fitslice";
import { fitsBytes, imageHdu } from "fitslice/write";
import { expect, test } from "vitest";
import { writeOverview } from "../../src/overview/index.js";

const hasDs9 = ["/usr/bin/ds9", "/usr/bin/xvfb-run"].every((path) => existsSync(path));

/** The 1-based pixels at which DS9 has positions: right ascension and declination in degrees. */
function pixelsInDs9(
  file: string,
  positions: readonly (readonly [number, number])[],
): (readonly [number, number])[] {
  // DS9 takes a comma, and other letters that folders may have, for its own syntax: the name alone is given.
  const saved = "positions.reg";
  const regions = positions.flatMap(([ra, dec]) => ["-regions", "command", `icrs; circle(${ra},${dec},5")`]);
  const save = ["-regions", "system", "image", "-regions", "save", saved, "-exit"];
  const { status, stderr } = spawnSync("xvfb-run", ["-a", "ds9", basename(file), ...regions, ...save], {
    cwd: dirname(file),
    encoding: "utf8",
    timeout: 60_000,
  });
  expect(status, stderr).toBe(0);
  const found = [...readFileSync(join(dirname(file), saved), "utf8").matchAll(/circle\(([\d.]+),([\d.]+),/g)];
  return found.map(([, x, y]) => [Number(x), Number(y)]);
}

test.skipIf(!hasDs9)(
  "positions in DS9 are the same in an overview and in its file (skipped without saods9 and xvfb)",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "fitslice-ds9-"));
    const [width, height] = [2003, 1501];
    const [cos, sin] = [Math.cos(0.6) * 1e-4, Math.sin(0.6) * 1e-4];
    const keywords = {
      ...{ CTYPE1: "RA---TAN", CTYPE2: "DEC--TAN", RADESYS: "ICRS", CRVAL1: 150.1, CRVAL2: 2.2 },
      ...{ CRPIX1: 700.3, CRPIX2: 1100.7, CD1_1: -cos, CD1_2: sin, CD2_1: sin, CD2_2: cos },
    };
    const header = Object.entries(keywords).map(([keyword, value]) => ({ keyword, value }));
    const bytes = await fitsBytes([
      imageHdu({ data: ndarray(new Float32Array(width * height), [height, width]), header }),
    ]);
    await using fits = await open(bytes);
    writeFileSync(join(folder, "big.fits"), bytes);
    const chunks: Uint8Array[] = [];
    for await (const chunk of writeOverview(fits)) chunks.push(chunk);
    writeFileSync(join(folder, "big.ovr.fits"), Buffer.concat(chunks));
    const positions = [
      [150.1, 2.2],
      [150.14, 2.21],
      [150.07, 2.16],
    ] as const;
    const own = pixelsInDs9(join(folder, "big.fits"), positions);
    expect(own[0]![0]).toBeCloseTo(700.3, 3);
    expect(own).toHaveLength(3);
    await using overview = await open(join(folder, "big.ovr.fits"));
    for (const { index, shape, type } of await overview.layouts()) {
      if (type === "PRIMARY") continue;
      const factor = 2 ** Math.round(Math.log2(width / shape.at(-1)!));
      const found = pixelsInDs9(`${join(folder, "big.ovr.fits")}[${index}]`, positions);
      for (const [i, [x, y]] of own.entries()) {
        expect(found[i]![0]).toBeCloseTo((x - 0.5) / factor + 0.5, 3);
        expect(found[i]![1]).toBeCloseTo((y - 0.5) / factor + 0.5, 3);
      }
    }
    rmSync(folder, { recursive: true });
  },
  180_000,
);
