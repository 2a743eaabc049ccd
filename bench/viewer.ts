/**
 * The benchmark of the viewer: the built page in Chromium, on a slow server on loopback. How long until all that is in sight has been
 * drawn once, from the moment at which the page's scripts have come; what has moved until then, and until nothing more is read.
 * Each run has a browser's profile of its own, with nothing in its cache.
 */
import { createWriteStream } from "node:fs";
import { mkdir, rename, stat } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { open } from "fitslice";
import { writeOverview } from "fitslice/overview";
import { writeHubbleFile } from "../demo/hubble-file.js";
import { type Browser, chromium } from "../test/browser/browsers.js";
import { type Content, fileOnDisk, type VirtualFile } from "../test/servers/content.js";
import { mosaicFile, rowsFile } from "../test/soak/viewer-files.js";
import { startPage } from "../test/viewer/page-server.js";
import { link } from "./contest.js";
import { type BenchOptions, median, type Row } from "./rows.js";

/** A store's server sends one range a request, and is asked for no more. */
const store = { server: "AmazonS3" };
const slowLink = { latency: 200, connectionThroughput: 5e6, totalThroughput: 30e6 };
const windowSize = { width: 1280, height: 800 };

interface ViewerTask {
  readonly name: string;
  readonly title: string;
  readonly path: string;
  readonly link?: typeof slowLink;
  /** Does not go into a smoke run. */
  readonly long?: boolean;
}

const tasks: readonly ViewerTask[] = [
  { name: "hubble", title: "Hubble, 224 MB", path: "/hubble.fits" },
  { name: "mosaic", title: "float32, 40k x 40k", path: "/mosaic.fits" },
  { name: "rice", title: "RICE rows, 10k x 10k", path: "/rows.fits.fz" },
  { name: "overview", title: "40k x 40k, overview", path: "/with.fits", long: true },
  {
    ...{ name: "slow-overview", title: "the same at 200 ms, 5 MB/s", path: "/with.fits" },
    ...{ link: slowLink, long: true },
  },
  {
    ...{ name: "slow-mosaic", title: "no overview, 200 ms, 5 MB/s", path: "/mosaic.fits" },
    ...{ link: slowLink, long: true },
  },
];

/** What a run has seen: seconds since the scripts came, and what had moved by then. */
interface Sight {
  readonly seconds: number;
  readonly requests: number;
  readonly roundTrips: number;
  readonly bytes: number;
}

export async function viewerBench({ smoke, runs, folder }: BenchOptions): Promise<Row[]> {
  if (!chromium.executablePath) return [];
  const files = await contents(folder, smoke);
  const browser = await chromium.launch();
  const rows: Row[] = [];
  try {
    for (const task of tasks) {
      if (smoke && task.long) continue;
      const network = smoke ? { ...link, latency: 5 } : (task.link ?? link);
      const server = await startPage(files, { ...network, headers: store });
      try {
        const seen: { light: Sight; idle: Sight }[] = [];
        for (let i = 0; i < runs; i++) seen.push(await look(browser, `${server.url}/#src=${task.path}`));
        const of = (until: "light" | "idle"): Sight[] => seen.map((run) => run[until]);
        const light = rowOf(task, "first light", of("light"));
        const idle = rowOf(task, "all in budget", of("idle"));
        rows.push(light, idle);
        const load = (loadavg()[0]! / availableParallelism()).toFixed(1);
        process.stderr.write(
          `bench: viewer ${task.name}: first light ${light.seconds.toFixed(3)} s, all ${idle.seconds.toFixed(3)} s, ${load} processes a core\n`,
        );
      } finally {
        await server.close();
      }
    }
    return rows;
  } finally {
    await browser.close();
    for (const content of Object.values(files)) if ("close" in content) content.close?.();
  }
}

function rowOf(task: ViewerTask, until: string, seen: readonly Sight[]): Row {
  const of = (key: keyof Sight): number => median(seen.map((sight) => sight[key]));
  return {
    ...{ suite: "viewer", name: `${task.name} ${until}`, title: `${task.title}: ${until}` },
    ...{ seconds: of("seconds"), requests: of("requests"), roundTrips: of("roundTrips"), bytes: of("bytes") },
  };
}

/** Opens the page with a file, and watches until nothing more is read. */
async function look(browser: Browser, url: string): Promise<{ light: Sight; idle: Sight }> {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    await page.setViewport(windowSize);
    await page.evaluateOnNewDocument(watchForLight);
    await page.goto(url);
    return await page.evaluate(async () => {
      const light = await firstLight;
      await document.querySelector("fits-viewer")!.idle;
      return { light, idle: sight() };
    });
  } finally {
    await context.close();
  }
}

declare const firstLight: Promise<Sight>;
declare const sight: () => Sight;

/** Runs in the page before any script of its own, and knows nothing but what is in it. */
function watchForLight(): void {
  const now = (): Sight => {
    // What the page names in its head is all that starts it.
    const named = document.querySelectorAll<HTMLElement>("link[rel=modulepreload], script[src]");
    const first = new Set(
      [...named].map((tag) => (tag as HTMLLinkElement).href || (tag as HTMLScriptElement).src),
    );
    const came = (performance.getEntriesByType("resource") as PerformanceResourceTiming[])
      .filter(({ name }) => first.has(name))
      .map(({ responseEnd }) => responseEnd);
    const { requests, roundTrips, bytes } = document.querySelector("fits-viewer")!.profile;
    return { seconds: (performance.now() - Math.max(...came)) / 1000, requests, roundTrips, bytes };
  };
  const light = new Promise<Sight>((resolve) => {
    window.addEventListener("firstlight", () => resolve(now()), { once: true });
  });
  Object.assign(globalThis, { firstLight: light, sight: now });
}

/** The files that are looked at, by their paths. */
async function contents(folder: string, smoke: boolean): Promise<Record<string, Content & VirtualFile>> {
  await mkdir(folder, { recursive: true });
  const hubble = join(folder, "hubble-like.fits");
  await writeHubbleFile(hubble);
  const mosaic = mosaicFile().content;
  const files = {
    "/hubble.fits": fileOnDisk(hubble),
    "/mosaic.fits": mosaic,
    "/rows.fits.fz": (await rowsFile(folder)).content,
  };
  if (smoke) return files;
  return { ...files, "/with.fits": mosaic, "/with.ovr.fits": fileOnDisk(await overviewFile(folder, mosaic)) };
}

/** The overview of a file, made once. */
async function overviewFile(folder: string, { size, read }: VirtualFile): Promise<string> {
  const path = join(folder, "mosaic.ovr.fits");
  const isMade = await stat(path).then(
    () => true,
    () => false,
  );
  if (isMade) return path;
  const source = {
    href: "mosaic",
    size,
    getRange: async ({ offset, length }: { offset: number; length: number }) =>
      read(offset, Math.min(length, size - offset)),
  };
  const fits = await open(source);
  await pipeline(Readable.from(writeOverview(fits)), createWriteStream(`${path}.part`));
  await fits.close();
  await rename(`${path}.part`, path);
  return path;
}
