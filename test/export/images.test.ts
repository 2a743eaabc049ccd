/**
 * Random images, as values and as stored, in the formats that pixels are written in, read back: equal. numpy and
 * astropy read them too, where they are installed. More of them: FITSLICE_EXPORT_RUNS=1000.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type Arrays, bytesOf, dtypeOf, type NdArray, ndarray } from "../../src/array.js";
import { encoded } from "../../src/cli/formats.js";
import { open } from "../../src/open.js";
import { fitsBytes, imageHdu } from "../../src/write/index.js";
import { image } from "../write/random.js";
import { asStored, exact } from "./read.js";

const python = "/usr/bin/python3";
const hasOracle = spawnSync(python, ["-c", "import astropy.io.fits, numpy"]).status === 0;
if (!hasOracle) console.warn("skipped: astropy is not installed, so nothing compares written images with it");
const numRuns = Number(process.env["FITSLICE_EXPORT_RUNS"] ?? 25);
const seed = Number(process.env["FITSLICE_EXPORT_SEED"] ?? 14);

const folder = mkdtempSync(join(tmpdir(), "fitslice-images-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** An image with or without a scale, as an HDU. */
const made = fc.tuple(image, fc.boolean(), fc.boolean()).map(([{ data, shape }, isScaled, hasBlank]) => {
  const dtype = dtypeOf(data, "");
  const isSigned = /^(uint8|int16|int32|float)/.test(dtype);
  const isInteger = !dtype.startsWith("float");
  return imageHdu({
    data: ndarray(data as Arrays["int16"], shape),
    ...(isScaled && isSigned && { bscale: 0.5, bzero: 10 }),
    ...(hasBlank && isInteger && isSigned && { blank: Number(data[0]) }),
  });
});

async function joined(array: NdArray, format: "npy" | "json" | "raw"): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const part of encoded(format, array, array.dtype)) parts.push(Buffer.from(part as Uint8Array));
  return Buffer.concat(parts);
}

const script = `
import json, sys, warnings
import numpy as np
from astropy.io import fits
warnings.simplefilter("ignore")
bad = []
for base in json.load(sys.stdin):
    array = np.load(base + ".npy")
    with fits.open(base + ".fits", uint=True) as hdus:
        data = hdus[0].data
        same = data.shape == array.shape and data.dtype.newbyteorder("=") == array.dtype and data.tobytes() == array.astype(data.dtype).tobytes()
    if not same:
        bad.append(base)
json.dump(bad, sys.stdout)
`;

describe("random images", () => {
  it.each([false, true])("are equal in every format, raw %s", { timeout: 3_600_000 }, async (raw) => {
    const bases: string[] = [];
    await fc.assert(
      fc.asyncProperty(made, async (hdu) => {
        const array = await (await (await open(await fitsBytes([hdu]))).image(0)).section(undefined, { raw });
        const pixels = bytesOf(array.data);
        expect(await joined(array, "raw")).toEqual(Buffer.from(pixels));
        const npy = await joined(array, "npy");
        expect(npy.subarray(npy.readUInt16LE(8) + 10)).toEqual(Buffer.from(pixels));
        const { data } = JSON.parse((await joined(array, "json")).toString());
        if (!array.dtype.endsWith("int64"))
          expect(exact(asStored(data.flat(9), array.dtype))).toEqual(
            Array.from(array.data as Float64Array, exact),
          );
        const fits = await fitsBytes([imageHdu({ data: array })]);
        const again = await (await (await open(fits)).image(0)).section();
        expect([again.dtype, again.shape, again.data]).toEqual([array.dtype, array.shape, array.data]);
        const base = join(folder, `${raw}${bases.length}`);
        bases.push(base);
        writeFileSync(`${base}.npy`, npy);
        writeFileSync(`${base}.fits`, fits);
      }),
      { numRuns, seed },
    );
    if (!hasOracle && process.env["FITSLICE_REQUIRE_ORACLES"] !== "1") return;
    const { stdout, stderr } = spawnSync(python, ["-c", script], {
      input: JSON.stringify(bases),
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual([]);
  });
});
