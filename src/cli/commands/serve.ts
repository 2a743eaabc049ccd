/** `serve`: parts of FITS files over HTTP. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { type FitsError, openSession } from "fitslice";
import type { Jobs, JobWork, RouteText, Service } from "fitslice/service";
import type { Values } from "fitslice/zarr";
import { rare } from "../cli-command.js";
import { badUsage } from "../failure.js";
import { axisLengths, finiteNumber, repeated, wholeNumber } from "../options.js";
import { tellWarning, write } from "../output.js";
import { catalogOf } from "../serve/catalog.js";
import type { IdSources } from "../serve/ids.js";
import { listening } from "../serve/listening.js";
import { openFiles } from "../serve/open-files.js";
import { publisherIn } from "../serve/publisher.js";
import type { JobData, JobEnd } from "../serve/queued-job.js";
import { servedFiles } from "../serve/roots.js";
import { queueOf, queueOption } from "./cutouts-queue.js";

interface ServeOptions {
  port: number;
  host: string;
  values: Values;
  chunkShape?: number[];
  zarrFormat?: "2" | "3";
  openFiles: number;
  catalog?: string;
  allow?: string[];
  publisher?: string;
  publicUrl?: string;
  memory: number;
  maxPixels?: number;
  maxRead?: number;
  timeLimit?: number;
  jobs?: number;
  queue?: string;
  results?: string;
  maxResults?: number;
  log?: boolean;
}

export function serveCommand(command: Command): void {
  command
    .description(
      "Serve parts of FITS files over HTTP: cutouts (IVOA SODA, or /cutout), sections, headers, tables, the files themselves, the " +
        "viewer, and Zarr stores for Dask, Xarray, napari and all that read Zarr. The page at / lists the routes. The ID of the file " +
        "a/b.fits below ROOT is a/b.fits, its Zarr store is at /zarr/a/b.fits. Ends at Ctrl-C.",
    )
    .argument(
      "<root...>",
      "folders, single files, or prefixes (s3://bucket/prefix, https://...); nothing outside of them is served",
    )
    .addOption(
      new Option("--port <n>", "port; 0 takes a free one").argParser(wholeNumber(0, 65535)).default(8000),
    )
    .option("--host <address>", "address to listen at; 0.0.0.0 lets other machines in", "127.0.0.1")
    .option(
      "--catalog <table>",
      "a table of fitslice footprints, or of ObsCore: its access_url and obs_publisher_did are IDs, too",
    )
    .option("--allow <prefix>", "addresses below this one are IDs, too (may be repeated)", repeated)
    .option(
      "--publisher <ivoid>",
      "IVOID?path is the ID of a path below ROOT, too: ivo://archive.example/fits",
      publisherIn,
    )
    .option("--public-url <url>", "the address of the service as clients see it", publicUrl)
    .addOption(
      new Option(
        "--values <kind>",
        "of Zarr: physical values, float32 also for images of 64 bits, or stored ones with CF attributes",
      )
        .choices(["physical", "float32", "raw"])
        .default("physical"),
    )
    .addOption(new Option("--zarr-format <n>", "version of its metadata (default: both)").choices(["2", "3"]))
    .addOption(
      new Option(
        "--chunk-shape <shape>",
        "its chunks of images with so many axes, slowest axis first: 512,512",
      ).argParser(chunkLengths),
    )
    .addOption(
      new Option("--open-files <n>", "most files kept open").argParser(wholeNumber(1, 100_000)).default(64),
    )
    .addOption(
      new Option("--memory <MB>", "what is kept of files and answers")
        .argParser(wholeNumber(1, 1_000_000))
        .default(160),
    )
    .addOption(new Option("--max-pixels <n>", "of an answer (default 64 million)").argParser(wholeNumber(1)))
    .addOption(new Option("--max-read <MB>", "read for an answer (default 512)").argParser(wholeNumber(1)))
    .addOption(new Option("--time-limit <s>", "seconds for an answer (default 60)").argParser(finiteNumber))
    .addOption(new Option("--jobs <n>", "jobs that a client may have (default 32)").argParser(wholeNumber(0)))
    .option(queueOption[0], `keep jobs on a queue, for several processes: ${queueOption[1]}`)
    .option("--results <place>", "with --queue: the folder, or s3://bucket/prefix, of the results of jobs")
    .addOption(
      new Option("--max-results <MB>", "of results of all jobs (default 268)").argParser(wholeNumber(1)),
    )
    .option("--log", "a line of JSON on stderr for each answer")
    .addHelpText(
      "after",
      `
Pages of every origin may read what is served (CORS). There is no password: with
--host, everybody who reaches this machine can read every FITS file below ROOT.

Examples:
  $ fitslice serve . --port 8000
  $ fitslice serve s3://archive/visits --log
  $ fitslice footprints hst.fits -o images.parquet
  $ fitslice serve . --catalog images.parquet
  http://127.0.0.1:8000/cutout?id=hst.fits&ra=150.4214&dec=2.4224&size=2arcsec
  >>> xarray.open_dataset("http://127.0.0.1:8000/zarr/hst.fits", group="SCI", engine="zarr", chunks={})`,
    );
  rare(
    command,
    "--zarr-format",
    "--chunk-shape",
    "--open-files",
    "--memory",
    "--max-pixels",
    "--max-read",
    "--time-limit",
    "--jobs",
    "--queue",
    "--results",
    "--max-results",
  );
  command.action(serve);
}

function publicUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError("It must be like https://archive.example/cutouts/.");
}

/** Most pixels of a chunk: each is in memory as a whole, for every client that asks. */
const mostChunkPixels = 2 ** 24;

function chunkLengths(text: string): number[] {
  const lengths = axisLengths(text);
  if (lengths.reduce((n, length) => n * length, 1) <= mostChunkPixels) return lengths;
  throw new InvalidArgumentError(`A chunk has at most ${mostChunkPixels} pixels.`);
}

/** Milliseconds that slow clients have, and how many connections there are. */
const guard = { connections: 2048, headersTime: 10_000, requestTime: 30_000, idleTime: 60_000 };

/** Seconds for answers under way when the program is interrupted. */
const drainTime = 10;

async function serve(roots: string[], options: ServeOptions): Promise<void> {
  const { memory } = options;
  const lookup = await servedFiles(roots);
  const files = openFiles(options.openFiles);
  const session = openSession({ cacheBytes: Math.floor(0.8 * memory) * 1_000_000 });
  const sources: IdSources = {
    lookup,
    files,
    reading: { session },
    catalog: await catalogOf(options.catalog),
    allowed: options.allow ?? [],
    publisher: options.publisher,
  };
  await withJobs(options, (jobs) => served(sources, options, jobs));
}

/** Makes what keeps the jobs of a service. */
type JobMaker = ((work: JobWork) => Jobs) | undefined;

/** Lets `work` keep jobs as the options say: in this process, or on a queue. */
async function withJobs(
  { queue: url, results: root }: ServeOptions,
  work: (jobs: JobMaker) => Promise<void>,
): Promise<void> {
  if (root === undefined) {
    if (url !== undefined) throw badUsage("--queue needs --results: the place of what its jobs make");
    return work(undefined);
  }
  const [{ withQueueOf }, { jobResults }, { queuedJobs }] = await Promise.all([
    import("../queue/connection.js"),
    import("../serve/job-results.js"),
    import("../serve/queued-jobs.js"),
  ]);
  const results = await jobResults(root);
  try {
    await withQueueOf<JobData, JobEnd, void>(
      queueOf(url),
      `fitslice-serve-${results.word}`,
      (queue, connected) => work((own) => queuedJobs(queue, connected, results, own)),
    );
  } finally {
    await results.close();
  }
}

async function served(sources: IdSources, options: ServeOptions, jobs: JobMaker): Promise<void> {
  const { host, port } = options;
  const { files } = sources;
  const { service, close } = await serviceOf(sources, options, jobs);
  try {
    const server = await listening(service, { host, port, guard });
    const { address, family, port: bound } = server.address;
    const shown = family === "IPv6" ? `[${address}]` : address;
    if (!isLoopback(address))
      tellWarning(`everybody who reaches ${shown} can read what is served: there is no password`);
    await write(`http://${shown}:${bound}/\n`);
    await server.run("serving", { drain: () => service.drain(), seconds: drainTime });
  } finally {
    await Promise.allSettled([close(), files.close()]);
    await sources.reading.session?.close();
  }
}

const about: readonly RouteText[] = [
  { path: "file/ID", text: "A file, by ranges of bytes.", types: ["application/octet-stream"] },
  { path: "zarr/ID", text: "A file as a Zarr store.", types: ["application/octet-stream"] },
  { path: "view/", text: "The viewer: /view/#src=/file/ID shows a file.", types: ["text/html"] },
];

async function serviceOf(
  sources: IdSources,
  options: ServeOptions,
  jobs: JobMaker,
): Promise<{ service: Service; close(): Promise<void> }> {
  const [
    { service },
    { zarrHandler },
    { fileFinder, placesOf, zarrFinder },
    { fileRoute, viewRoute },
    { pageFiles },
  ] = await Promise.all([
    import("fitslice/service"),
    import("fitslice/zarr"),
    import("../serve/ids.js"),
    import("../serve/file-routes.js"),
    import("../view/page.js"),
  ]);
  const places = placesOf(sources);
  const { values, zarrFormat, chunkShape, publicUrl, maxPixels, maxRead, timeLimit, maxResults, memory } =
    options;
  const zarr = zarrHandler(zarrFinder(sources), {
    base: "/zarr/",
    values,
    chunkShape,
    tell: withoutPaths,
    ...(zarrFormat && { zarrFormat: zarrFormat === "2" ? 2 : 3 }),
  });
  const file = fileRoute(places, sources.reading, options.openFiles);
  const own = service({
    find: fileFinder(places, sources),
    zarr,
    routes: { file, view: viewRoute(await pageFiles()) },
    about,
    jobs,
    tell: withoutPaths,
    ...(publicUrl !== undefined && { publicUrl }),
    ...(options.log && { log: (entry) => void process.stderr.write(`${JSON.stringify(entry)}\n`) }),
    gauges: () => ({ resident_bytes: process.memoryUsage.rss() }),
    limits: {
      keptBytes: Math.floor(0.2 * memory * 1_000_000),
      ...(maxPixels !== undefined && { pixels: maxPixels }),
      ...(maxRead !== undefined && { readBytes: maxRead * 1_000_000 }),
      ...(timeLimit !== undefined && { seconds: timeLimit }),
      ...(options.jobs !== undefined && { jobs: options.jobs }),
      ...(maxResults !== undefined && { resultBytes: maxResults * 1_000_000 }),
    },
  });
  return { service: own, close: () => file.close() };
}

/** Errors without the places of files on this machine, or behind it. The tags that a web page begins with are none. */
function withoutPaths({ message, code }: FitsError): string {
  const shown = message.replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s;"']*[^\s;"':,.)]/gi, "the file");
  return `${code}: ${shown.replace(/(?<![\w.:/<])(\/|[A-Za-z]:[\\/])[^\s:;"']+/g, "the file")}`;
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
