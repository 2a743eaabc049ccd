/**
 * The local benchmark: a whole image of a Hubble file to native float32, and the statistics of a large mosaic, in time
 * and in memory of the whole process, beside numpy.
 */
import { join } from "node:path";
import { open } from "fitslice";
import { imageHdu } from "fitslice/write";
import { writeHubbleFile } from "../demo/hubble-file.js";
import { bundle } from "../scripts/run-ts.mjs";
import { type Arena, compete, pythonWith, type Task } from "./contest.js";
import { makeFits, sky } from "./inputs.js";
import type { BenchOptions, Row } from "./rows.js";

/** Pixels along each side of the mosaic: 482 MB. */
const mosaicSize = 10_976;

export async function localBench({ smoke, runs, folder }: BenchOptions): Promise<Row[]> {
  const size = smoke ? 512 : mosaicSize;
  const mosaic = join(folder, `mosaic-${size}.fits`);
  await makeMosaic(mosaic, size);
  const hubble = join(folder, "hubble-like.fits");
  if (!smoke) await writeHubbleFile(hubble);
  const arena: Arena = {
    suite: "local",
    runs,
    script: await bundle("bench/local-tasks.ts"),
    python: pythonWith(["numpy"], "bench/local_numpy.py"),
  };
  const image = smoke ? { file: mosaic, hdu: 0 } : { file: hubble, hdu: 1 };
  const whole = await task("image", "whole SCI image to float32", image);
  return [
    await compete(whole, arena),
    // numpy asks for pages of 2 MB; what both do with pages of the same size:
    await compete(
      { ...whole, name: "image-large-pages", title: `${whole.title}, 2 MB pages`, env: largePages },
      arena,
    ),
    await compete(
      { ...whole, name: "image-small-pages", title: `${whole.title}, 4 kB pages`, env: smallPages },
      arena,
    ),
    await compete(
      await task("stats", `statistics of a ${Math.round((4 * size * size) / 1e6)} MB mosaic`, {
        file: mosaic,
        hdu: 0,
      }),
      arena,
    ),
  ];
}

/** Has the C library ask the kernel for pages of 2 MB (glibc 2.35 or newer), which Node itself cannot. */
const largePages = { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" };
/** Keeps numpy from asking for them. */
const smallPages = { NUMPY_MADVISE_HUGEPAGE: "0" };

/** numpy knows no FITS: it is told where the pixels are. */
async function task(
  name: string,
  title: string,
  { file, hdu }: { file: string; hdu: number },
): Promise<Task> {
  const fits = await open(file);
  const { dataOffset, shape } = await fits.image(hdu);
  await fits.close();
  return {
    name,
    title,
    ours: [name, file, String(hdu)],
    theirs: { "": [name, file, ...[dataOffset, ...shape].map(String)] },
    reference: name === "image" ? "numpy's fromfile + byteswap" : "numpy on a memmap",
  };
}

/** A float32 image of sky, the same rows again and again. */
function makeMosaic(path: string, size: number): Promise<void> {
  return makeFits(path, function* () {
    const strip = sky(512, 5);
    function* parts(): Generator<Float32Array<ArrayBuffer>> {
      for (let row = 0; row < size; row++) {
        const pixels = new Float32Array(size);
        for (let x = 0; x < size; x += 512) {
          pixels.set(strip.subarray(512 * (row % 512), 512 * (row % 512) + Math.min(512, size - x)), x);
        }
        pixels[row] = Number.NaN;
        yield pixels;
      }
    }
    yield imageHdu({ data: { dtype: "float32", shape: [size, size], parts: parts() } });
  });
}
