/**
 * The benchmark of compressed images: whole images decoded by every codec, in one thread and by workers, beside
 * cfitsio (fitsio of Python); sections of a remote compressed image and of a remote .fits.gz, beside astropy + fsspec.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { ndarray } from "fitslice";
import {
  arraySource,
  type CompressionName,
  compressedHdu,
  fitsBytes,
  imageHdu,
  type WritableHdu,
} from "fitslice/write";
import { bundle } from "../scripts/run-ts.mjs";
import { spawnServer } from "../test/servers/spawn.js";
import { type Arena, call, compete, link, pythonWith, type Task } from "./contest.js";
import { makeFits, makeOnce, sky } from "./inputs.js";
import type { BenchOptions, Row } from "./rows.js";
import { places } from "./task.js";

interface Codec {
  readonly name: string;
  readonly title: string;
  readonly algorithm: CompressionName;
  readonly pixels: (size: number) => Int16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
}

const noise = 8;
const int16 = (size: number): Int16Array<ArrayBuffer> => Int16Array.from(sky(size, noise));

const codecs: readonly Codec[] = [
  { name: "rice", title: "RICE_1 int16", algorithm: "rice", pixels: int16 },
  {
    name: "rice-float",
    title: "RICE_1 quantized float32",
    algorithm: "rice",
    pixels: (size) => sky(size, noise),
  },
  { name: "gzip1", title: "GZIP_1 int16", algorithm: "gzip", pixels: int16 },
  { name: "gzip2", title: "GZIP_2 int16", algorithm: "gzip2", pixels: int16 },
  { name: "hcompress", title: "HCOMPRESS_1 int16", algorithm: "hcompress", pixels: int16 },
  { name: "plio", title: "PLIO_1 mask", algorithm: "plio", pixels: mask },
];

/** Flags of bright pixels. */
function mask(size: number): Int16Array<ArrayBuffer> {
  return Int16Array.from(sky(size, noise), (value) =>
    value < 1000 + 4 * noise ? 0 : value < 2000 ? 1 : value < 5000 ? 8 : 64,
  );
}

export async function codecsBench(options: BenchOptions): Promise<Row[]> {
  const script = await bundle("bench/codecs-tasks.ts");
  return [...(await decodeBench(options, script)), ...(await remoteBench(options, script))];
}

async function decodeBench({ smoke, runs, folder }: BenchOptions, script: string): Promise<Row[]> {
  const python = pythonWith(["numpy", "fitsio"], "bench/codecs_reference.py");
  const arena: Arena = { suite: "codecs", runs, script, python };
  const size = smoke ? 256 : 4096;
  const rows: Row[] = [];
  for (const codec of codecs) {
    const file = join(folder, `${codec.name}-${size}.fits`);
    await makeTwice(file, () => compressed(codec.pixels(size), size, codec.algorithm));
    for (const [threads, workers] of [
      ["one thread", "0"],
      ["workers", ""],
    ] as const) {
      const task: Task = {
        name: `${codec.name}-${threads.replace(" ", "-")}`,
        title: `${codec.title}, ${threads}`,
        ours: ["decode", file, workers],
        theirs: { "": ["decode", file] },
        reference: "fitsio (cfitsio), one thread",
      };
      rows.push(await compete(task, arena));
    }
  }
  return rows;
}

function compressed(
  data: ReturnType<Codec["pixels"]>,
  size: number,
  algorithm: CompressionName,
): WritableHdu {
  return compressedHdu(arraySource(ndarray<"int16" | "float32">(data, [size, size])), { algorithm });
}

/** A file of an empty primary HDU and twice the same extension. */
function makeTwice(path: string, hdu: () => WritableHdu): Promise<void> {
  return makeOnce(path, async (append) => {
    const bytes = await fitsBytes([hdu()]);
    await append(bytes);
    await append(bytes.subarray(2880));
  });
}

/** Noise with which the compressed image has the 23.9 MB of the issue, the .fits.gz its 20 MB. */
const [remoteNoise, gzNoise] = [4.6, 30];

async function remoteBench({ smoke, runs, folder }: BenchOptions, script: string): Promise<Row[]> {
  const size = smoke ? 400 : 6240;
  const rice = join(folder, `remote-rice-${size}.fits`);
  await makeFits(rice, function* () {
    yield compressed(Int16Array.from(sky(size, remoteNoise)), size, "rice");
  });
  const gz = join(folder, "sky.fits.gz");
  if (!smoke) await makeGz(gz);
  const server = await spawnServer({
    files: { "/rice.fits": rice, ...(!smoke && { "/sky.fits.gz": gz }) },
    ...link,
    ...(smoke && { latency: 5 }),
  });
  const arena: Arena = {
    suite: "codecs",
    runs,
    script,
    python: pythonWith(["astropy", "fsspec", "aiohttp"], "bench/codecs_reference.py"),
    server,
  };
  try {
    const rowBytes = (await stat(rice)).size / size;
    const tasks = [cutouts("small", 40), cutouts("medium", 200), ...(smoke ? [] : await gzTasks())];
    const rows: Row[] = [];
    for (const task of tasks) rows.push(await compete(task, arena));
    return rows;

    function cutouts(name: string, side: number): Task {
      const url = `${server.url}/rice.fits`;
      const touched = new Set(places(size, size, side).flatMap(([y]) => range(y, y + side)));
      return {
        name: `remote-${name}`,
        title: `remote RICE_1, 20 x ${side} x ${side}`,
        ours: [name, url],
        ...astropy(name, url),
        needs: { roundTrips: 2, bytes: touched.size * rowBytes },
      };
    }

    async function gzTasks(): Promise<Task[]> {
      const url = `${server.url}/sky.fits.gz`;
      const index = join(folder, "sky.fidx");
      await call(process.execPath, [script, "index", url, index]);
      const title = "remote .fits.gz, 200 x 200";
      const rest = astropy("gz", url);
      return [
        { name: "gz", title: `${title}, no index`, ours: ["gz", url], ...rest },
        { name: "gz-index", title: `${title}, index`, ours: ["gz", url, index], ...rest },
      ];
    }
  } finally {
    await server.close();
  }
}

function astropy(name: string, url: string): Pick<Task, "reference" | "theirs" | "defaults"> {
  const settings = ["default", "readahead:30000000"];
  return {
    reference: "astropy + fsspec",
    theirs: Object.fromEntries(settings.map((setting) => [setting, [name, url, setting]])),
    defaults: [name, url, "default"],
  };
}

function range(start: number, stop: number): number[] {
  return Array.from({ length: stop - start }, (_, i) => start + i);
}

function makeGz(path: string): Promise<void> {
  return makeOnce(path, async (append) => {
    const data = ndarray<"int16">(Int16Array.from(sky(4096, gzNoise)), [4096, 4096]);
    await append(await promisify(gzip)(await fitsBytes([imageHdu({ data })])));
  });
}
