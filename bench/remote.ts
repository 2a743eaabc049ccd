/**
 * The remote benchmark: the scenario's tasks on a slow server on loopback, fitslice beside astropy + fsspec and
 * beside the physical lower bound, all in one run on one machine. Every run is a process of its own.
 */
import { execFile, spawnSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { formatHeader } from "fitslice/write";
import { writeHubbleFile } from "../demo/hubble-file.js";
import { bundle } from "../scripts/run-ts.mjs";
import { type SpawnedServer, spawnServer } from "../test/servers/spawn.js";
import { type BenchOptions, median, type Row } from "./rows.js";

const run = promisify(execFile);
const python = "/usr/bin/python3";
const latency = 50;
const connectionThroughput = 50e6;
const totalThroughput = 200e6;

interface Task {
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

const tasks: readonly Task[] = [
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
    settings: cubeSettings,
    long: true,
  },
  {
    name: "cube-rows",
    title: "cube (100,1,100,1)",
    file: "cube",
    needs: { bytes: span(100, 100), roundTrips: 2 },
    settings: cubeSettings,
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
  const script = await bundle("bench/remote-tasks.ts");
  const oracle = spawnSync(python, ["-c", "import astropy, fsspec, aiohttp"]).status === 0;
  if (!oracle)
    process.stderr.write("bench: astropy, fsspec and aiohttp are not there: no comparison with them\n");
  const server = await spawnServer({
    files: { "/hubble.fits": files.hubble, "/cube.fits": files.cube },
    latency: smoke ? 5 : latency,
    connectionThroughput,
    totalThroughput,
  });
  try {
    const rows: Row[] = [];
    for (const task of tasks)
      if (!(smoke && task.long)) rows.push(await measure(task, server, script, oracle, runs));
    return rows;
  } finally {
    await server.close();
  }
}

interface Result {
  seconds: number;
  checksum: number;
  requests?: number;
  roundTrips?: number;
  bytes?: number;
}

async function measure(
  task: Task,
  server: SpawnedServer,
  script: string,
  oracle: boolean,
  runs: number,
): Promise<Row> {
  const url = `${server.url}/${task.file}.fits`;
  const ours: Result[] = [];
  const theirs = new Map<string, { seconds: number[]; bytes: number; requests: number }>();
  for (let i = 0; i < runs; i++) {
    ours.push(await call(process.execPath, [script, task.name, url]));
    if (!oracle) continue;
    for (const setting of ["default", ...task.settings]) {
      // The defaults of astropy are slow: once is enough to know.
      if (setting === "default" && i > 0) continue;
      await server.requests();
      const result = await call(python, ["bench/remote_astropy.py", task.name, url, setting]);
      if (
        result.checksum !== ours[0]!.checksum &&
        Math.abs(result.checksum - ours[0]!.checksum) > 1e-3 * Math.abs(result.checksum)
      ) {
        throw new Error(`${task.name}: fitslice read ${ours[0]!.checksum}, astropy ${result.checksum}`);
      }
      const served = await server.requests();
      const bytes = served.reduce((total, { sent }) => total + sent, 0);
      const known = theirs.get(setting) ?? { seconds: [], bytes, requests: served.length };
      known.seconds.push(result.seconds);
      theirs.set(setting, known);
    }
  }
  const { requests = 0, roundTrips = 0, bytes = 0 } = ours[0]!;
  const best = [...theirs]
    .filter(([setting]) => setting !== "default")
    .sort((a, b) => median(a[1].seconds) - median(b[1].seconds))[0];
  const defaults = theirs.get("default");
  return {
    suite: "remote",
    name: task.name,
    title: task.title,
    seconds: median(ours.map((result) => result.seconds)),
    requests,
    roundTrips,
    bytes,
    bound: (task.needs.roundTrips * latency) / 1000 + task.needs.bytes / totalThroughput,
    ...(best && {
      reference: {
        name: `astropy + fsspec (${best[0]})`,
        seconds: median(best[1].seconds),
        bytes: best[1].bytes,
        requests: best[1].requests,
      },
    }),
    ...(defaults && {
      defaults: { seconds: median(defaults.seconds), bytes: defaults.bytes, requests: defaults.requests },
    }),
  };
}

async function call(command: string, args: readonly string[]): Promise<Result> {
  const { stdout } = await run(command, [...args], { maxBuffer: 1 << 24 });
  return JSON.parse(stdout) as Result;
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
