/**
 * Compressed images as they are written: read back, and beside what fpack, funpack and astropy make of them.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  type Arrays,
  allocate,
  bytesOf,
  type DType,
  elementCount,
  type NdArray,
  ndarray,
} from "../../src/array.js";
import { open } from "../../src/open.js";
import { arraySource } from "../../src/write/array-source.js";
import { type CompressionName, type CompressOptions, compressedHdu } from "../../src/write/compress.js";
import { compressedHdus, uncompressedHdus } from "../../src/write/compress-file.js";
import { fitsBytes } from "../../src/write/fits.js";
import { imageHdu } from "../../src/write/image.js";
import { layoutsOf, loadPixels, readWhole } from "../image/tiles/files.js";

type Stored = "uint8" | "int16" | "int32" | "int64" | "float32" | "float64";

/** A smooth image with noise from a seed. */
function image(dtype: Stored, shape: readonly number[], seed = 1): NdArray {
  const data = allocate(dtype, elementCount(shape));
  let state = seed;
  const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
  for (let i = 0; i < data.length; i++) {
    const value = 60 + (i % shape.at(-1)!) + 8 * (random() + random() + random() + random() - 2);
    data[i] = (
      dtype === "int64" ? BigInt(Math.round(value)) : dtype.startsWith("float") ? value : Math.round(value)
    ) as never;
  }
  return ndarray(data as Arrays[DType], shape);
}

async function roundTrip(array: NdArray, options: CompressOptions): Promise<NdArray> {
  const bytes = await fitsBytes([compressedHdu(arraySource(array), options)], { checksum: true });
  return await readWhole(await loadPixels(layoutsOf(bytes)[1]!), bytes);
}

const lossless: [CompressionName, Stored[]][] = [
  ["rice", ["uint8", "int16", "int32"]],
  ["gzip", ["uint8", "int16", "int32", "int64", "float32", "float64"]],
  ["gzip2", ["uint8", "int16", "int32", "int64", "float32", "float64"]],
  ["hcompress", ["uint8", "int16", "int32"]],
  ["plio", ["uint8", "int16", "int32"]],
];

describe("compressed images read back", () => {
  for (const [algorithm, dtypes] of lossless) {
    it.each(dtypes)(`${algorithm}: %s pixels bit for bit, whatever the shapes`, async (dtype) => {
      const least = algorithm === "hcompress" ? 4 : 1;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: least, max: 17 }), { minLength: least > 1 ? 2 : 1, maxLength: 3 }),
          fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 0, maxLength: 3 }),
          fc.integer({ min: 1, max: 1e6 }),
          async (shape, tile, seed) => {
            const array = image(dtype, shape, seed);
            const asked =
              algorithm === "hcompress" || tile.length === 0 || tile.length > shape.length ? {} : { tile };
            const back = await roundTrip(array, { algorithm, quantize: 0, ...asked });
            expect(back.shape).toEqual(shape);
            expect(bytesOf(back.data)).toEqual(bytesOf(array.data));
          },
        ),
        { numRuns: 15 },
      );
    });
  }

  it.each([0, 1, 2] as const)(
    "quantized floats lie within the step of the original (dither %i)",
    async (dither) => {
      const array = image("float32", [40, 50]);
      const values = array.data as Float32Array;
      values[7] = Number.NaN;
      values[100] = 0;
      const back = (await roundTrip(array, { quantize: -0.5, dither })).data as Float32Array;
      for (let i = 0; i < values.length; i++) {
        if (i === 7) expect(back[i]).toBeNaN();
        else expect(Math.abs(back[i]! - values[i]!)).toBeLessThanOrEqual(0.2501 * (dither === 0 ? 1 : 2));
      }
      if (dither === 2) expect(back[100]).toBe(0);
    },
  );

  it("keeps tiles that cannot be quantized as they are", async () => {
    const array = ndarray(new Float32Array(600).fill(1.25), [20, 30]);
    expect((await roundTrip(array, {})).data).toEqual(array.data);
  });

  it.each([
    [{ algorithm: "rice", quantize: 0 } as const, "float32" as const, [8, 8]],
    [{ algorithm: "rice" } as const, "int64" as const, [8, 8]],
    [{ algorithm: "hcompress" } as const, "int16" as const, [3, 8]],
    [{ tile: [0, 4] }, "int16" as const, [8, 8]],
    [{ seed: 0 }, "float32" as const, [8, 8]],
  ])("refuses %j for %s", (options, dtype, shape) => {
    expect(() => compressedHdu(arraySource(image(dtype, shape)), options)).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENT" }),
    );
  });
});

const tools = ["/usr/bin/fpack", "/usr/bin/funpack", "/usr/bin/fitsverify"].every((path) => existsSync(path));

describe.skipIf(!tools)("beside fpack and funpack (skipped without them)", () => {
  const folder = mkdtempSync(join(tmpdir(), "fitslice-compress-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const flags: Record<CompressionName, string> = {
    rice: "-r",
    gzip: "-g1",
    gzip2: "-g2",
    hcompress: "-h",
    plio: "-p",
  };
  const cases: [CompressionName, Stored, number[], CompressOptions, string[]][] = [
    ["rice", "uint8", [33, 41], {}, []],
    ["rice", "int16", [33, 41], {}, []],
    ["rice", "int32", [5, 33, 41], { tile: [2, 10, 12] }, ["-t", "12,10,2"]],
    ["hcompress", "int16", [77, 41], {}, []],
    ["hcompress", "int32", [64, 70], { scale: 2 }, ["-s", "2"]],
    ["plio", "int16", [33, 41], {}, []],
    ["rice", "float32", [33, 141], { quantize: 4, dither: 0 }, ["-q0", "4"]],
    ["rice", "float32", [33, 141], { quantize: 16, dither: 1, seed: 77 }, ["-q77", "16"]],
    ["rice", "float64", [33, 141], { quantize: 4, dither: 2, seed: 9999 }, ["-qz9999", "4"]],
    ["hcompress", "float32", [64, 70], { quantize: 4, dither: 1, seed: 3 }, ["-q3", "4"]],
    ["rice", "float32", [33, 141], { quantize: -0.01, dither: 1 }, ["-qt", "-0.01"]],
    ["gzip2", "float32", [33, 41], { quantize: 0 }, ["-q", "0"]],
    ["gzip", "int16", [33, 41], {}, []],
  ];
  it.each(cases)(
    "%s of %s %j %j: fpack's pixels, and funpack reads it",
    async (algorithm, dtype, shape, options, args) => {
      const plain = join(folder, "plain.fits");
      const [theirs, ours, unpacked] = ["theirs.fz", "ours.fz", "unpacked.fits"].map((name) =>
        join(folder, name),
      );
      for (const path of [theirs!, ours!, unpacked!]) rmSync(path, { force: true });
      const array = image(dtype, shape);
      writeFileSync(plain, await fitsBytes([imageHdu({ data: array })], { checksum: true }));
      execFileSync("fpack", [flags[algorithm], ...args, "-O", theirs!, plain], { stdio: "pipe" });
      const fits = await open(new Uint8Array(readFileSync(plain)));
      writeFileSync(
        ours!,
        await fitsBytes(compressedHdus(fits, { ...options, algorithm }), { checksum: true }),
      );
      expect(execFileSync("fitsverify", ["-q", ours!], { encoding: "utf8" })).toContain("verification OK");
      const [a, b] = [theirs!, ours!].map((path) => new Uint8Array(readFileSync(path)));
      const [want, got] = [layoutsOf(a!)[1]!, layoutsOf(b!)[1]!];
      for (const keyword of [
        "ZCMPTYPE",
        "ZTILE1",
        "ZTILE2",
        "ZVAL1",
        "ZVAL2",
        "ZBITPIX",
        "ZSIMPLE",
        "ZQUANTIZ",
        "ZDITHER0",
      ]) {
        // fpack says nothing of floats that it does not quantize, or says it otherwise.
        if (keyword === "ZQUANTIZ" && options.quantize === 0) continue;
        // RICE_ONE is what fpack calls it under dither 2.
        const theirs = want.header.get(keyword);
        expect([keyword, got.header.get(keyword)]).toEqual([
          keyword,
          theirs === "RICE_ONE" ? "RICE_1" : theirs,
        ]);
      }
      const ourPixels = await readWhole(await loadPixels(got), b!);
      expect(bytesOf(ourPixels.data)).toEqual(bytesOf((await readWhole(await loadPixels(want), a!)).data));
      execFileSync("funpack", ["-O", unpacked!, ours!], { stdio: "pipe" });
      const again = await (await open(new Uint8Array(readFileSync(unpacked!)))).image(0);
      expect(bytesOf((await again.section()).data)).toEqual(bytesOf(ourPixels.data));
    },
  );

  it("compresses and uncompresses a whole file: primary, extensions, tables, headers kept", async () => {
    const path = join(folder, "whole.fits");
    const script = `
from astropy.io import fits; import numpy as np
h = fits.PrimaryHDU(np.arange(600, dtype="i2").reshape(20, 30)); h.header["LONGSTRN"] = "OGIP 1.0"; h.header["LONGSTR"] = "x" * 100; h.header["HIERARCH ESO X Y"] = 1.5
u = fits.ImageHDU(np.arange(600, dtype="u2").reshape(20, 30), name="SCI"); u.header["COMMENT"] = "kept"
t = fits.BinTableHDU.from_columns([fits.Column("a", "J", array=[1, 2, 3])])
fits.HDUList([h, u, t, fits.ImageHDU(name="EMPTY")]).writeto("${path}", checksum=True, overwrite=True)`;
    execFileSync("/usr/bin/python3", ["-c", script], { stdio: "pipe" });
    const bytes = new Uint8Array(readFileSync(path));
    const packed = await fitsBytes(compressedHdus(await open(bytes)), { checksum: true });
    writeFileSync(`${path}.fz`, packed);
    expect(execFileSync("fitsverify", ["-q", `${path}.fz`], { encoding: "utf8" })).toContain(
      "verification OK",
    );
    const back = await fitsBytes(uncompressedHdus(await open(packed)), { checksum: true });
    writeFileSync(`${path}.back`, back);
    expect(execFileSync("fitsverify", ["-q", `${path}.back`], { encoding: "utf8" })).toContain(
      "verification OK",
    );
    const compare = `
from astropy.io import fits
d = fits.FITSDiff("${path}", "${path}.back", ignore_keywords=["CHECKSUM", "DATASUM"], ignore_comments=["*"])
print(d.report() if not d.identical else "identical")
print([h.data.dtype.name for h in fits.open("${path}.fz") if h.is_image and h.data is not None])`;
    const said = execFileSync("/usr/bin/python3", ["-W", "ignore", "-c", compare], { encoding: "utf8" });
    expect(said).toBe("identical\n['int16', 'uint16']\n");
  });
});
