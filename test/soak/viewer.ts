/**
 * A walk through a viewer: the built page in Chromium, over a network of 50 ms and 50 MB/s a connection, 200 MB/s in all. Random
 * zooms, pans, planes and stretches of files that are too large to be read. No request may be for what is held, none may stay
 * that nobody wants, memory has to stay flat, and no task may stop the page.
 */
import { availableParallelism, loadavg } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { type Browser, chromium, type Page } from "../browser/browsers.js";
import { seeded } from "../servers/content.js";
import type { RangeServer, ServedRequest } from "../servers/range-server.js";
import { startPage } from "../viewer/page-server.js";
import { count, type SoakOptions, type SoakResult, tally, type Violation } from "./report.js";
import { type WalkFile, walkFiles } from "./viewer-files.js";
import { type BrowserMemory, browserMemory } from "./viewer-memory.js";
import { repeatsOf } from "./viewer-requests.js";
import { newWalker, windowSize } from "./viewer-walk.js";
import { type InSight, installWatch, type LongTask, type SeenRequest, type Watch } from "./viewer-watch.js";

declare const watch: Watch;

/** As of S3, which sends one range a request, and is asked for no more. */
const network = {
  latency: 50,
  connectionThroughput: 50e6,
  totalThroughput: 200e6,
  headers: { server: "AmazonS3" },
};
/** Milliseconds with one file. */
const turn = 20_000;
/** Milliseconds that a request may go on when the view has left its pixels. */
const grace = 1000;
/** Milliseconds between looks at memory. */
const lookTime = 2000;
const mostMegabytes = 600;
const mostTask = 100;
/** Milliseconds of 95 % of the frames, where a GPU draws them. */
const mostFrame = 20;
/** Megabytes, and parts of what there was, that memory may gain in the second half of a walk, when its caches have filled. */
const gain = { megabytes: 40, share: 0.15 };
/** Minutes after which caches are full. */
const filling = 2;
/** Processes that wait for each core, beside those of the walk, from which on times say nothing of the page. */
const mostLoad = 2;
/** Requests in a thousand whose bytes may have come in the moment in which the request was canceled. */
const mostRepeats = 1;

/** What a walk has seen so far. */
interface Diary {
  readonly requests: SeenRequest[];
  readonly tasks: LongTask[];
  readonly frames: number[];
  readonly memory: BrowserMemory[];
  readonly loads: number[];
  readonly unwanted: string[];
  readonly errors: Map<string, number>;
  steps: number;
  idle: number;
}

export async function soakViewer({ minutes = 10, seed, folder }: SoakOptions): Promise<SoakResult> {
  if (!chromium.executablePath) return { numbers: { "skipped: no Chromium here": "0" }, violations: [] };
  const files = await walkFiles(folder);
  const content = Object.fromEntries(files.map(({ path, content }) => [path, content]));
  const server = await startPage(content, { isIsolated: true, ...network });
  const browser = await chromium.launch();
  const diary: Diary = {
    requests: [],
    tasks: [],
    frames: [],
    memory: [],
    loads: [],
    unwanted: [],
    errors: new Map(),
    steps: 0,
    idle: 0,
  };
  try {
    const page = await openPage(browser, server);
    const renderer = await page.evaluate(() => watch.renderer());
    const looking = setInterval(() => {
      diary.memory.push(browserMemory(browser.process()!.pid!));
      diary.loads.push(loadavg()[0]! / availableParallelism());
    }, lookTime);
    try {
      await walk({ page, server, files, diary, seed, until: performance.now() + minutes * 60_000 });
    } finally {
      clearInterval(looking);
    }
    const atEnd = await endOf(page, server, diary);
    return judged(diary, files, { renderer, ...atEnd });
  } finally {
    await browser.close();
    await server.close();
    for (const { content } of files) content.close?.();
  }
}

async function openPage(browser: Browser, server: RangeServer): Promise<Page> {
  const page = await browser.newPage();
  await page.setViewport(windowSize);
  await page.evaluateOnNewDocument(installWatch);
  await page.goto(`${server.url}/`);
  await page.waitForFunction(() => customElements.get("fits-viewer") !== undefined);
  return page;
}

interface Walk {
  readonly page: Page;
  readonly server: RangeServer;
  readonly files: readonly WalkFile[];
  readonly diary: Diary;
  readonly seed: number;
  readonly until: number;
}

async function walk({ page, server, files, diary, seed, until }: Walk): Promise<void> {
  const random = seeded(seed);
  const walker = newWalker(page, random);
  for (let turns = 0; performance.now() < until; turns++) {
    const file = files[turns % files.length]!;
    await page.evaluate((path) => void (document.querySelector("fits-viewer")!.src = path), file.path);
    const end = Math.min(until, performance.now() + turn);
    let last = `open ${file.path}`;
    while (performance.now() < end) {
      // Now and then all is read; mostly the user goes on before.
      if (random() < 0.15 && (await isIdle(page, end))) diary.idle++;
      else await pause(random() * random() * 2500);
      await note(page, diary);
      const sight = await page.evaluate(() => watch.sight());
      if (sight)
        diary.unwanted.push(...unwantedOf(server, files, sight).map((text) => `${text}, after ${last}`));
      last = await walker.step(file);
      diary.steps++;
    }
  }
}

/** Whether the view has come to rest in time. */
function isIdle(page: Page, end: number): Promise<boolean> {
  return page.evaluate(
    (ms) =>
      Promise.race([
        document.querySelector("fits-viewer")!.idle.then(() => true),
        new Promise<boolean>((resolve) => setTimeout(resolve, ms, false)),
      ]),
    Math.max(0, Math.min(10_000, end - performance.now())),
  );
}

async function note(page: Page, diary: Diary): Promise<void> {
  const { requests, tasks, frames, errors } = await page.evaluate(() => watch.take());
  diary.requests.push(...requests);
  diary.tasks.push(...tasks);
  diary.frames.push(...frames);
  for (const error of errors) count(diary.errors, error);
}

/** Requests that go on, though the view has left them. Looks at those that the server has not noted as ended. */
function unwantedOf(server: RangeServer, files: readonly WalkFile[], sight: InSight): string[] {
  if (sight.still < grace) return [];
  const now = performance.now();
  const open = server.requests.filter(({ start, end }) => end === undefined && now - start > grace);
  // Those that have ended are not looked at again.
  server.requests.splice(
    0,
    server.requests.length,
    ...server.requests.filter(({ end }) => end === undefined),
  );
  return open.filter((request) => !isWanted(request, files, sight)).map(describe);
}

function isWanted(
  { path, offset, length }: ServedRequest,
  files: readonly WalkFile[],
  { path: shown, rows, texel }: InSight,
): boolean {
  const file = files.find((file) => file.path === path);
  if (!file) return true;
  if (path !== shown) return false;
  const range = file.rowsOf(offset!, length!);
  return range === undefined || (range[0] < rows[1] + 2 * texel && range[1] > rows[0] - 2 * texel);
}

function describe({ path, offset, length }: ServedRequest): string {
  return `${path}, bytes ${offset} to ${offset! + length!}`;
}

interface AtEnd {
  readonly renderer: string;
  /** Requests that the server still answers. */
  readonly open: number;
  /** Megabytes of the page by its own account; undefined where the browser tells none. */
  readonly page: number | undefined;
}

/** Closes the file, and looks at what stays. */
async function endOf(page: Page, server: RangeServer, diary: Diary): Promise<Omit<AtEnd, "renderer">> {
  const bytes = await page.evaluate(() =>
    "measureUserAgentSpecificMemory" in performance
      ? Promise.race([
          (performance.measureUserAgentSpecificMemory as () => Promise<{ bytes: number }>)().then(
            ({ bytes }) => bytes,
          ),
          new Promise<undefined>((resolve) => setTimeout(resolve, 30_000)),
        ])
      : undefined,
  );
  await note(page, diary);
  await page.evaluate(() => void (document.querySelector("fits-viewer")!.src = undefined));
  await pause(grace);
  await note(page, diary);
  const open = server.requests.filter(({ end }) => end === undefined).length;
  return { open, page: bytes === undefined ? undefined : bytes / 1e6 };
}

function judged(
  { requests, tasks, frames, memory, loads, unwanted, errors, steps, idle }: Diary,
  files: readonly WalkFile[],
  { renderer, open, page }: AtEnd,
): SoakResult {
  const isSoftware = /swiftshader|llvmpipe|software/i.test(renderer);
  const repeats = repeatsOf(requests, (path) => files.find((file) => file.path === path)?.heldBytes ?? 0);
  const long = tasks.filter(({ ms }) => ms > mostTask).sort((a, b) => b.ms - a.ms);
  // A software renderer has the page wait until its picture is drawn, at the commit of a frame: that is no work of the page.
  const own = isSoftware ? long.filter(({ script }) => script > mostTask) : long;
  const frame = quantile(frames, 0.95);
  const violations: Violation[] = [];
  const add = (kind: string, text: string): void => void violations.push({ kind, text });
  if (repeats.length * 1000 > requests.length * mostRepeats)
    for (const { request, bytes, traffic, before } of repeats)
      add(
        "repeat",
        `${request.path}, ${request.label}: ${bytes} bytes from ${request.ranges[0]!.offset} on came again after ${(traffic / 1e6).toFixed(1)} MB and ${Math.round(request.end - before.end)} ms; before by ${before.label}`,
      );
  for (const text of unwanted) add("unwanted", text);
  if (open > 0) add("leak", `${open} requests go on after the file was closed`);
  for (const [error, times] of errors) add("error", `${times} times ${error}`);
  // A page that waits for a core does nothing wrong.
  const load = quantile(loads, 0.5);
  const isFree = load <= mostLoad;
  if (isFree) for (const { ms, cause } of own) add("task", `${ms} ms: ${cause || "unknown"}`);
  if (isFree && !isSoftware && frame > mostFrame)
    add("frames", `95 % of frames within ${frame.toFixed(1)} ms`);
  const peak = Math.max(0, ...memory.map(({ renderer }) => renderer));
  if (peak > mostMegabytes) add("memory", `${Math.round(peak)} MB`);
  const full = memory.slice((filling * 60_000) / lookTime).map(({ renderer }) => renderer);
  const [earlier, later] = halves(full);
  if (full.length > 60 && later > earlier * (1 + gain.share) + gain.megabytes)
    add("memory", `${Math.round(earlier)} MB in the first half, ${Math.round(later)} MB in the second`);
  const codes = new Map<string, number>();
  for (const { isWhole } of requests) count(codes, isWhole ? "whole" : "canceled");
  return {
    numbers: {
      steps,
      "times idle": idle,
      requests: `${requests.length} (${tally(codes)})`,
      "for what was held": repeats.length,
      unwanted: unwanted.length,
      "MB of the renderer at most": Math.round(peak),
      [`MB from minute ${filling} on, in two halves`]:
        full.length > 1 ? `${Math.round(earlier)} and ${Math.round(later)}` : "no",
      "MB of the page": page === undefined ? "unknown" : Math.round(page),
      "MB of the GPU's process": Math.round(Math.max(0, ...memory.map(({ gpu }) => gpu))),
      "tasks over 50 ms": tasks.length,
      "over 100 ms": long.length,
      "of them by scripts": long.filter(({ script }) => script > mostTask).length,
      "ms of the longest": long[0]?.ms ?? 0,
      "ms of half of the frames": quantile(frames, 0.5).toFixed(1),
      "ms of 95 % of the frames": frame.toFixed(1),
      "processes a core": `${load.toFixed(1)}${isFree ? "" : " (too many: times do not count)"}`,
      "by the renderer": renderer,
    },
    violations,
  };
}

/** The means of the two halves. */
function halves(values: readonly number[]): [number, number] {
  const mean = (part: readonly number[]): number =>
    part.reduce((sum, value) => sum + value, 0) / Math.max(1, part.length);
  const half = values.length >> 1;
  return [mean(values.slice(0, half)), mean(values.slice(half))];
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
