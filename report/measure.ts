/**
 * Measures: each pattern of each copy by each reader, some times, on a server that is as slow as a bucket; and the proof
 * that all of them read the same.
 */
import { link } from "../bench/contest.js";
import { median } from "../bench/rows.js";
import type { SpawnedServer } from "../test/servers/spawn.js";
import type { Copy } from "./copies.js";
import type { Job } from "./job.js";
import type { Processes } from "./processes.js";
import type { Reader } from "./readers.js";
import { type Pattern, type Subject, spanOf, valueBytes } from "./subjects.js";
import { chainOf } from "./trips.js";

/** What one reader needed for a pattern of a copy, at its best setting. */
export interface Measure {
  readonly subject: string;
  readonly copy: string;
  readonly reader: string;
  readonly pattern: string;
  readonly setting: string;
  /** Median of the runs of the best setting. */
  readonly seconds: number;
  readonly requests: number;
  /** Longest chain of requests that came one after another. */
  readonly trips: number;
  readonly bytes: number;
  /** Seconds that physics asks of any reader. */
  readonly bound: number;
  readonly hash: string;
  readonly runs: number;
  /** Seconds of the other settings. */
  readonly others: Readonly<Record<string, number>>;
}

/** Something that was tried and gave nothing. */
export interface Failure {
  readonly subject: string;
  readonly copy: string;
  readonly reader: string;
  readonly pattern: string;
  readonly reason: string;
}

export interface Results {
  readonly measures: Measure[];
  readonly failures: Failure[];
}

export interface Laboratory {
  readonly processes: Processes;
  readonly server: SpawnedServer;
  /** Milliseconds of the server's latency. */
  readonly latency: number;
  readonly runs: number;
  /** How many of its settings a reader tries, at most. */
  readonly settings: number;
  /** Seconds that a reader is given; one that takes a quarter of it is run once, with one setting. */
  readonly patience: number;
}

interface Run {
  readonly setting: string;
  readonly seconds: number;
  readonly requests: number;
  readonly trips: number;
  readonly bytes: number;
  readonly hash: string;
}

/** Measures a subject; throws where two readers, or two copies, gave different values. */
export async function measure(
  subject: Subject,
  copies: readonly Copy[],
  laboratory: Laboratory,
  readers: (copy: Copy, subject: Subject) => readonly Reader[],
): Promise<Results> {
  const results: Results = { measures: [], failures: [] };
  const late = new Map<string, Pattern>();
  for (const pattern of subject.patterns) {
    const hashes = new Map<string, string>();
    for (const copy of copies) {
      for (const reader of readers(copy, subject)) {
        if (!laboratory.processes.there(reader.program)) continue;
        const row = { subject: subject.name, copy: copy.name, reader: reader.name, pattern: pattern.name };
        const who = `${copy.name} ${reader.name} ${pattern.side}`;
        const before = late.get(who);
        const found = before
          ? `${before.title} took over ${laboratory.patience} s`
          : await best(subject, copy, reader, pattern, laboratory);
        if (typeof found === "string" && found.startsWith("over ") && pattern.cutouts) late.set(who, pattern);
        if (typeof found === "string") results.failures.push({ ...row, reason: found });
        else {
          const ratio = copy.size / subject.shape.reduce((n, length) => n * length, bytesOfPixel(subject));
          results.measures.push({
            ...row,
            ...found,
            bound: boundOf(subject, pattern, ratio, laboratory.latency),
          });
          hashes.set(`${copy.title} by ${reader.name}`, found.hash);
        }
        tell(row, found);
      }
    }
    checkEqual(subject, pattern, hashes);
  }
  return results;
}

/** The best setting of a reader; a reason where none gave anything. */
async function best(
  subject: Subject,
  copy: Copy,
  reader: Reader,
  pattern: Pattern,
  laboratory: Laboratory,
): Promise<Omit<Measure, "subject" | "copy" | "reader" | "pattern" | "bound"> | string> {
  const first: Run[] = [];
  let reason = "";
  const started = performance.now();
  for (const setting of reader.settings(copy, subject).slice(0, laboratory.settings)) {
    // What is this slow stays slow.
    if (performance.now() - started > laboratory.patience * 250) break;
    const run = await once(subject, copy, reader, pattern, setting, laboratory);
    if (typeof run === "string") reason ||= run;
    else first.push(run);
  }
  first.sort((a, b) => a.seconds - b.seconds);
  const [fastest, ...slower] = first;
  if (!fastest) return reason;
  const runs = [fastest];
  const goesOn = (): boolean =>
    fastest.seconds < laboratory.patience / 4 && (runs.length < 2 || !agree(runs.map((run) => run.seconds)));
  while (runs.length < laboratory.runs && goesOn()) {
    const run = await once(subject, copy, reader, pattern, fastest.setting, laboratory);
    if (typeof run === "string") break;
    runs.push(run);
  }
  const middle = (of: (run: Run) => number): number => median(runs.map(of));
  return {
    setting: fastest.setting,
    seconds: middle((run) => run.seconds),
    requests: middle((run) => run.requests),
    trips: middle((run) => run.trips),
    bytes: middle((run) => run.bytes),
    hash: fastest.hash,
    runs: runs.length,
    others: Object.fromEntries(slower.map(({ setting, seconds }) => [setting, seconds])),
  };
}

/** Whether times are within a tenth: another run would say the same. */
function agree(times: readonly number[]): boolean {
  return Math.max(...times) < Math.min(...times) * 1.1;
}

async function once(
  subject: Subject,
  copy: Copy,
  reader: Reader,
  pattern: Pattern,
  setting: string,
  { processes, server, patience }: Laboratory,
): Promise<Run | string> {
  const job: Job = {
    reader: reader.name,
    setting,
    url: server.url + copy.path,
    hdu: pattern.hdu ?? copy.hdu,
    span: spanOf(subject, pattern),
    want: pattern.want,
  };
  await server.requests();
  const outcome = await processes.perform(reader.program, job, patience);
  const served = (await server.requests()).filter(({ method }) => method !== "OPTIONS");
  if ("error" in outcome) return outcome.error;
  return {
    setting,
    ...outcome,
    requests: served.length,
    trips: chainOf(served),
    bytes: served.reduce((sum, { sent }) => sum + sent, 0),
  };
}

/**
 * Latency of the fewest dependent trips (one for a header, one more for what the header describes), and the bytes of the
 * values, compressed as the copy is, through the link.
 */
function boundOf(subject: Subject, pattern: Pattern, ratio: number, latency: number): number {
  const trips = pattern.want.kind === "header" ? 1 : 2;
  const bytes = valueBytes(subject, pattern) * Math.min(1, ratio);
  return (trips * latency) / 1000 + bytes / link.totalThroughput;
}

function bytesOfPixel({ name, itemSize }: Subject): number {
  // A row of the catalog has 10 columns of 8 bytes and 20 of 4.
  return name === "table" ? 160 / 30 : itemSize;
}

function checkEqual(subject: Subject, pattern: Pattern, hashes: ReadonlyMap<string, string>): void {
  if (new Set(hashes.values()).size <= 1) return;
  const all = [...hashes].map(([who, hash]) => `\n  ${hash.slice(0, 12)} ${who}`).join("");
  throw new Error(`${subject.name}, ${pattern.title}: the values differ:${all}`);
}

function tell(row: Record<string, string>, found: { seconds: number; setting: string } | string): void {
  const outcome =
    typeof found === "string" ? `nothing (${found})` : `${found.seconds.toFixed(3)} s (${found.setting})`;
  process.stderr.write(`report: ${Object.values(row).join(", ")}: ${outcome}\n`);
}
