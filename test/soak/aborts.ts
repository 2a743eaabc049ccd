/**
 * Sections that are aborted, and files that are closed, at any moment: over HTTP, on disk, from a Blob; plain, compressed,
 * decoded by workers. What is not aborted is right, what is ends with the signal's reason, and nothing stays behind:
 * descriptors, sockets, memory and requests of the last tenth are those of the first.
 */
import { openAsBlob, readdirSync, readlinkSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { open } from "fitslice";
import { seeded } from "../servers/content.js";
import { largeFile, type SoakFile, soakFiles } from "./files.js";
import { type KnownHdus, type RandomRead, randomRead } from "./random-read.js";
import {
  count,
  describeError,
  outcomeOf,
  type SoakOptions,
  type SoakResult,
  tally,
  type Violation,
} from "./report.js";
import { startFaultyServer } from "./server.js";

/** Files open at a time. */
const readers = 6;
/** Milliseconds after which a read hangs: nothing is wrong with the server here. */
const limit = 60_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

interface Known extends SoakFile {
  readonly hdus: KnownHdus;
  readonly blob: Blob;
}

/** What is held when nothing is under way. */
interface Level {
  readonly descriptors: number;
  readonly sockets: number;
  /** Of memory that is reachable, and of all that the process has. */
  readonly held: number;
  readonly megabytes: number;
  readonly active: number;
  /** Requests for each section of this tenth. */
  readonly requests: number;
}

class Enough extends Error {}

export async function soakAborts({ count: sections, seed, folder }: SoakOptions): Promise<SoakResult> {
  const files = [...(await soakFiles(folder)), await largeFile(folder)];
  const known: Known[] = [];
  for (const file of files) {
    const fits = await open(file.onDisk);
    known.push({ ...file, hdus: await fits.hdus(), blob: await openAsBlob(file.onDisk) });
    await fits.close();
  }
  const large = known.at(-1)!;
  const served = Object.fromEntries(files.map(({ path, onDisk }) => [path, onDisk]));
  const server = await startFaultyServer({ files: served, rate: 0, seed, latency: 2 });
  const violations: Violation[] = [];
  const ends = new Map<string, number>();
  const levels: Level[] = [];
  let begun = 0;
  let requestsBefore = 0;

  async function reader(seed: number, until: number): Promise<void> {
    const random = seeded(seed);
    while (begun < until) {
      const file = random() < 0.03 ? large : known[Math.floor(random() * known.length)]!;
      await readSome(file, random, seed);
    }
  }

  /** Opens a file somewhere, reads sections of which some are aborted, closes it: before they have ended or after. */
  async function readSome(file: Known, random: () => number, lane: number): Promise<void> {
    const place = ["http", "disk", "blob"][Math.floor(random() * 3)]!;
    const input = place === "http" ? `${server.url}${file.path}` : place === "disk" ? file.onDisk : file.blob;
    const where = `seed ${lane}, ${file.path} (${place})`;
    const blockSize = 2880 * (1 + Math.floor(random() * 10));
    const opening = random() < 0.1 ? aborted(random) : undefined;
    const options = { blockSize, workers: 2, ...(opening && { signal: opening.signal }) };
    const opened = await outcomeOf(() => open(input, options), limit);
    opening?.forget();
    if (!("value" in opened)) {
      begun++;
      return judge(`${where}, open`, opened, opening !== undefined, false);
    }
    const fits = opened.value;
    let closed = false;
    const chosen = Array.from({ length: 1 + Math.floor(random() * 5) }, () => ({
      read: file === large ? wholeImage : randomRead(file.hdus, random),
      abort: random() < 0.5 ? aborted(random) : undefined,
    }));
    begun += chosen.length;
    const reads = chosen.map(async ({ read, abort }) => {
      const signal = abort ? { signal: abort.signal } : {};
      const outcome = await outcomeOf(() => read.run(fits, signal), limit);
      abort?.forget();
      const was = closed;
      await judge(
        `${where}, ${read.text}`,
        outcome,
        abort !== undefined || opening !== undefined,
        was,
        read,
        file,
      );
    });
    if (random() < 0.6) await Promise.all(reads);
    else await pause(random() * 10);
    closed = true;
    const close = await outcomeOf(() => fits.close(), limit);
    if (!("value" in close))
      violations.push({
        kind: "hang" in close ? "hang" : "untyped",
        text: `${where}, close: ${told(close)}`,
      });
    await Promise.all(reads);
  }

  async function judge(
    where: string,
    outcome: Awaited<ReturnType<typeof outcomeOf<unknown>>>,
    mayAbort: boolean,
    mayClose: boolean,
    read?: RandomRead,
    file?: Known,
  ): Promise<void> {
    if ("hang" in outcome) return void violations.push({ kind: "hang", text: where });
    if ("value" in outcome) {
      count(ends, "read");
      if (!read || !file) return;
      const truth = await outcomeOf(() => alone(file, read), limit);
      if (!("value" in truth) || truth.value !== outcome.value)
        violations.push({ kind: "wrong", text: `${where}: ${told(outcome)}, alone ${told(truth)}` });
      return;
    }
    if ("untyped" in outcome && outcome.untyped instanceof Enough && mayAbort) return count(ends, "aborted");
    if ("code" in outcome && mayClose && outcome.code === ("CLOSED" as string))
      return count(ends, outcome.code);
    const kind = "untyped" in outcome ? "untyped" : "wrong";
    violations.push({ kind, text: `${where}${mayClose ? ", closed" : ""}: ${told(outcome)}` });
  }

  async function level(sections: number): Promise<Level> {
    // Connections that are kept alive, and workers without work, are not leaks: what counts is that they stay as few.
    for (let i = 0; i < 3; i++) {
      await pause(50);
      collect();
    }
    const { requests, active } = await server.report();
    const asked = (requests - requestsBefore) / sections;
    requestsBefore = requests;
    const { rss, heapUsed, external } = process.memoryUsage();
    const [megabytes, held] = [rss / 1e6, (heapUsed + external) / 1e6];
    return { ...openDescriptors(), held, megabytes, active, requests: asked };
  }

  /** What warms up (code, pools, memory of the allocator) is no leak: the first of eleven parts is not counted. */
  const warmUp = Math.max(300, Math.ceil(sections / 10));
  for (let tenth = 0; tenth <= 10; tenth++) {
    const before = begun;
    const until = warmUp + Math.ceil((sections * tenth) / 10);
    await Promise.all(
      Array.from({ length: readers }, (_, i) => reader(seed * 10_000 + tenth * 100 + i, until)),
    );
    const now = await level(Math.max(1, begun - before));
    if (tenth > 0) levels.push(now);
  }
  violations.push(...growth(levels));
  await server.close();
  const show = (key: keyof Level): string =>
    levels.map((level) => Math.round(level[key] * 10) / 10).join(" ");
  return {
    numbers: {
      sections: begun,
      ends: `(${tally(ends)}) as`,
      descriptors: `(${show("descriptors")})`,
      sockets: `(${show("sockets")})`,
      "MB held": `(${show("held")})`,
      "MB in all": `(${show("megabytes")})`,
      "requests under way": `(${show("active")})`,
      "requests a section": `(${show("requests")})`,
    },
    violations,
  };
}

/** The whole of the large image, whose tiles are decoded by workers. */
const wholeImage: RandomRead = {
  text: "image(1).section()",
  run: async (fits, options) => {
    const { data } = await (await fits.image(1, options)).section(undefined, options ?? {});
    let sum = 0;
    for (let i = 0; i < data.length; i += 97) sum = (sum * 31 + Number(data[i])) % 1e9;
    return `${data.length} ${sum}`;
  },
};

/** The answer of a read that nothing disturbs. Nothing is kept for the next, since memory is looked at. */
async function alone({ onDisk }: Known, read: RandomRead): Promise<string> {
  const fits = await open(onDisk, { cacheBytes: 0, workers: 0 });
  try {
    return await read.run(fits);
  } finally {
    await fits.close();
  }
}

/** A signal that aborts at once or soon. */
function aborted(random: () => number): { signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  const after = random() < 0.2 ? 0 : random() ** 2 * 40;
  if (after === 0) controller.abort(new Enough("enough"));
  const timer = setTimeout(() => controller.abort(new Enough("enough")), after);
  return { signal: controller.signal, forget: () => clearTimeout(timer) };
}

function told(outcome: Awaited<ReturnType<typeof outcomeOf<unknown>>>): string {
  if ("value" in outcome) return String(outcome.value);
  if ("hang" in outcome) return "no end";
  return describeError("code" in outcome ? outcome.error : outcome.untyped);
}

function openDescriptors(): { descriptors: number; sockets: number } {
  try {
    const all = readdirSync("/proc/self/fd").map((name) => {
      try {
        return readlinkSync(`/proc/self/fd/${name}`);
      } catch {
        return "";
      }
    });
    return { descriptors: all.length, sockets: all.filter((name) => name.startsWith("socket:")).length };
  } catch {
    // Only Linux tells.
    return { descriptors: 0, sockets: 0 };
  }
}

/** What the last tenths hold beyond the first. Medians of three: connections that idle for a while come and go. */
function growth(levels: readonly Level[]): Violation[] {
  const median = (some: readonly Level[], key: keyof Level): number =>
    some.map((level) => level[key]).sort((a, b) => a - b)[1]!;
  const allowed: Level = {
    descriptors: 12,
    sockets: 12,
    held: 30,
    megabytes: 150,
    active: 0,
    requests: 0.5,
  };
  const keys = Object.keys(allowed) as (keyof Level)[];
  return keys
    .filter((key) => median(levels.slice(-3), key) > median(levels.slice(0, 3), key) + allowed[key])
    .map((key) => ({
      kind: "leak",
      text: `${key}: ${levels.map((level) => Math.round(level[key] * 10) / 10).join(" ")}`,
    }));
}
