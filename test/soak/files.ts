/**
 * The files that the soak reads: fixtures of this repository, larger ones of the library's own writer, and, where they are
 * installed, ones of astropy and fpack.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { type NdArray, ndarray } from "fitslice";
import { arraySource, compressedHdu, fitsBytes, imageHdu } from "fitslice/write";
import { exampleFile } from "../fixtures/example.js";
import { seeded } from "../servers/content.js";

export interface SoakFile {
  /** With its slash, as the address of a server has it. */
  readonly path: string;
  readonly onDisk: string;
}

function noisy(dtype: "int16" | "float32", shape: readonly number[]): NdArray {
  const random = seeded(7);
  const length = shape.reduce((a, b) => a * b, 1);
  const value = (i: number): number => 100 + (i % 257) + 20 * random();
  const data =
    dtype === "int16"
      ? Int16Array.from({ length }, (_, i) => value(i))
      : Float32Array.from({ length }, (_, i) => value(i));
  return ndarray(data, shape);
}

/** Writes the files that are made; answers with all. */
export async function soakFiles(folder: string): Promise<SoakFile[]> {
  const files: SoakFile[] = [];
  for (const set of ["tiled", "table"]) {
    const fixtures = resolve("test", "fixtures", set);
    for (const name of readdirSync(fixtures).filter((name) => /\.fits(\.fz)?$/.test(name))) {
      files.push({ path: `/${set}/${name}`, onDisk: join(fixtures, name) });
    }
  }
  const add = (name: string, bytes: Uint8Array): void => {
    writeFileSync(join(folder, name), bytes);
    files.push({ path: `/${name}`, onDisk: join(folder, name) });
  };
  const example = await exampleFile();
  add("example.fits", example);
  add("example.fits.gz", gzipSync(example));
  add("plain.fits", await fitsBytes([imageHdu({ data: noisy("int16", [900, 1100]) })]));
  add("cube.fits", await fitsBytes([imageHdu({ data: noisy("float32", [7, 180, 220]) })]));
  // Many HDUs, each behind data: a chain of dependent reads.
  const many = Array.from({ length: 12 }, (_, i) =>
    imageHdu({ name: `E${i}`, data: noisy("int16", [60, 50 + i]) }),
  );
  add("many.fits", await fitsBytes(many));
  for (const algorithm of ["rice", "gzip", "gzip2", "hcompress"] as const) {
    const hdu = compressedHdu(arraySource(noisy("float32", [600, 700])), { algorithm });
    add(`${algorithm}.fits.fz`, await fitsBytes([hdu]));
  }
  for (const [name, make] of Object.entries(byOthers)) {
    try {
      add(name, make(folder));
    } catch {
      if (process.env["FITSLICE_REQUIRE_ORACLES"] === "1")
        throw new Error(`cannot make ${name}: is what makes it installed?`);
      console.log(`SKIPPED: ${name} cannot be made here`);
    }
  }
  return files;
}

const byOthers: Readonly<Record<string, (folder: string) => Uint8Array>> = {
  "fpack.fits.fz": (folder) => {
    const plain = join(folder, "plain.fits");
    return execFileSync("fpack", ["-r", "-t", "50,60", "-S", plain], {
      maxBuffer: 1e8,
      stdio: ["ignore", "pipe", "ignore"],
    });
  },
  "astropy.fits": (folder) => {
    const out = join(folder, "astropy-made");
    const script = `
import sys, numpy as np
from astropy.io import fits
rng = np.random.default_rng(3)
image = fits.ImageHDU(rng.integers(0, 60000, (300, 310)).astype("u2"), name="U2")
columns = [
    fits.Column("ID", "K", array=np.arange(3000)),
    fits.Column("FLUX", "3E", array=rng.random((3000, 3))),
    fits.Column("OK", "L", array=rng.random(3000) > 0.5),
    fits.Column("NAME", "9A", array=np.array(["n%d" % i for i in range(3000)])),
    fits.Column("LIST", "PI()", array=np.array([np.arange(i % 5) for i in range(3000)], dtype=object)),
]
table = fits.BinTableHDU.from_columns(columns, name="CAT")
packed = fits.CompImageHDU(rng.normal(50, 4, (256, 256)).astype("f4"), name="Q", compression_type="RICE_1")
fits.HDUList([fits.PrimaryHDU(), image, table, packed]).writeto(sys.argv[1], overwrite=True, checksum=True)
`;
    execFileSync("/usr/bin/python3", ["-c", script, out], { stdio: "ignore" });
    return readFileSync(out);
  },
};

/** A compressed image so large that workers are started for it. */
export async function largeFile(folder: string): Promise<SoakFile> {
  const onDisk = join(folder, "large.fits.fz");
  const hdu = compressedHdu(arraySource(noisy("float32", [2100, 2100])), { algorithm: "rice" });
  writeFileSync(onDisk, await fitsBytes([hdu]));
  return { path: "/large.fits.fz", onDisk };
}
