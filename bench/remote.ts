/**
 * The remote benchmark: the scenario's tasks on a slow server on loopback, fitslice beside astropy + fsspec and
 * beside the physical lower bound, all in one run on one machine. Every run is a process of its own.
 */
import { createWriteStream } from "node:fs";
import { mkdir, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { formatHeader } from "fitslice/write";
import { writeHubbleFile } from "../demo/hubble-file.js";
import { bundle } from "../scripts/run-ts.mjs";
import { spawnServer } from "../test/servers/spawn.js";
import { type Arena, compete, link, pythonWith, type Task } from "./contest.js";
import type { BenchOptions, Row } from "./rows.js";

interface RemoteTask {
  readonly name: string;
  readonly title: string;
  readonly file: "hubble" | "cube";
  /** Bytes that any reader must move after the headers, and dependent round trips that any reader must make. */
  readonly needs: { readonly bytes: number; readonly roundTrips: number };
  /** Settings with which astropy may do best. */
  readonly settings: readonly string[];
  /** Does not go into a smoke run. */
  readonly long?: boolean;
}

const width = 4223 * 4;
const span = (rows: number, columns: number): number => rows * columns * 4;
const cubeSettings = ["readahead:1100000", "bytes:1100000", "readahead:20000", "readahead:5242880"];
/** With others one cut takes minutes. */
const longSettings = ["readahead:1100000", "bytes:1100000"];

const tasks: readonly RemoteTask[] = [
  {
    name: "hdus",
    title: "list of HDUs",
    file: "hubble",
    needs: { bytes: 138_240, roundTrips: 1 },
    settings: ["readahead:100000", "bytes:100000"],
  },
  {
    name: "header",
    title: "header of HDU 4",
    file: "hubble",
    needs: { bytes: 48_960, roundTrips: 1 },
    settings: ["readahead:100000", "bytes:100000"],
  },
  {
    name: "cutout",
    title: "open + one 120 x 120 cutout",
    file: "hubble",
    needs: { bytes: span(120, 120), roundTrips: 2 },
    settings: [`readahead:${120 * width}`, `bytes:${120 * width}`, "readahead:1000000"],
  },
  {
    name: "small",
    title: "open + 20 random 40 x 40 cutouts",
    file: "hubble",
    needs: { bytes: 20 * span(40, 40), roundTrips: 2 },
    settings: [`readahead:${40 * width}`, `bytes:${40 * width}`],
  },
  {
    name: "medium",
    title: "open + 20 random 200 x 200 cutouts",
    file: "hubble",
    needs: { bytes: 20 * span(200, 200), roundTrips: 2 },
    settings: [`readahead:${200 * width}`, `bytes:${200 * width}`],
  },
  {
    name: "cube-image",
    title: "cube (1,100,100,1)",
    file: "cube",
    needs: { bytes: span(100, 100), roundTrips: 2 },
    settings: cubeSettings,
  },
  {
    name: "cube-planes",
    title: "cube (100,100,1,1)",
    file: "cube",
    needs: { bytes: span(100, 100), roundTrips: 2 },
    settings: longSettings,
    long: true,
  },
  {
    name: "cube-rows",
    title: "cube (100,1,100,1)",
    file: "cube",
    needs: { bytes: span(100, 100), roundTrips: 2 },
    settings: longSettings,
    long: true,
  },
  {
    name: "cube-pixels",
    title: "cube 10 x 10 pixels x all",
    file: "cube",
    needs: { bytes: span(100, 1282), roundTrips: 2 },
    settings: cubeSettings,
  },
];

export async function remoteBench({ smoke, runs, folder }: BenchOptions): Promise<Row[]> {
  const files = { hubble: join(folder, "hubble-like.fits"), cube: join(folder, "cube.fits") };
  await writeHubbleFile(files.hubble);
  await writeCube(files.cube);
  const server = await spawnServer({
    files: { "/hubble.fits": files.hubble, "/cube.fits": files.cube },
    ...link,
    ...(smoke && { latency: 5 }),
  });
  const arena: Arena = {
    suite: "remote",
    runs,
    script: await bundle("bench/remote-tasks.ts"),
    python: pythonWith(["astropy", "fsspec", "aiohttp"], "bench/remote_astropy.py"),
    server,
  };
  try {
    const rows: Row[] = [];
    for (const task of tasks) {
      if (!(smoke && task.long)) rows.push(await compete(taskAt(server.url, task, smoke), arena));
    }
    return rows;
  } finally {
    await server.close();
  }
}

function taskAt(server: string, { name, title, file, needs, settings }: RemoteTask, smoke: boolean): Task {
  const url = `${server}/${file}.fits`;
  return {
    name,
    title,
    ...(!smoke && { needs, defaults: [name, url, "default"] }),
    ours: [name, url],
    reference: "astropy + fsspec",
    theirs: Object.fromEntries(settings.map((setting) => [setting, [name, url, setting]])),
  };
}

/** A cube shaped like one of TESS: 44 GB, but sparse on the disk. */
async function writeCube(path: string): Promise<void> {
  const shape = [2078, 2136, 1282, 2];
  const size = 2880 + Math.ceil(shape.reduce((n, length) => n * length, 4) / 2880) * 2880;
  if (
    await stat(path).then(
      (found) => found.size === size,
      () => false,
    )
  )
    return;
  await mkdir(join(path, ".."), { recursive: true });
  const cards = [
    { keyword: "SIMPLE", value: true },
    { keyword: "BITPIX", value: -32 },
    { keyword: "NAXIS", value: 4 },
    ...shape.toReversed().map((value, i) => ({ keyword: `NAXIS${i + 1}`, value })),
  ];
  await new Promise<void>((resolve, reject) => {
    createWriteStream(path).on("error", reject).end(formatHeader(cards), resolve);
  });
  const file = await open(path, "r+");
  await file.truncate(size);
  // Something else than zeros where the sections look.
  const numbers = Buffer.alloc(1282 * 2 * 4);
  for (let i = 0; i < 1282 * 2; i++) numbers.writeFloatBE(i % 251, i * 4);
  for (const plane of [500, 599, 1000, 1005]) {
    for (const row of [500, 700, 705, 799]) {
      await file.write(numbers, 0, numbers.length, 2880 + (plane * 2136 + row) * numbers.length);
    }
  }
  await file.close();
}
