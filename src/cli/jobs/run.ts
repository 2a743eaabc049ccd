/**
 * Runs a share of a job on this machine: the shards that are not done, one after the other on each of its threads.
 */
import { availableParallelism } from "node:os";
import type { StampStatus } from "fitslice/stamps";
import type { SharedOptions } from "../options.js";
import { countBar } from "../progress.js";
import { remoteAtOnce } from "../stamps/pool.js";
import { type Threads, threads } from "../stamps/threads.js";
import { finishedShards } from "./finished.js";
import type { JobNote, ShardEntry } from "./job-folder.js";
import { placeFor } from "./place-for.js";
import type { ShardManifest } from "./shard-manifest.js";
import { isSettled, type JobTask, runShard, type ShardOrder } from "./shard-run.js";

export interface RunJobOptions {
  readonly access: SharedOptions;
  /** Threads. Default: the processors. */
  readonly jobs?: number | undefined;
  readonly retryFailed?: boolean | undefined;
}

export interface JobRunResult {
  readonly shards: number;
  /** Shards that were done before. */
  readonly before: number;
  readonly counts: Readonly<Record<StampStatus, number>>;
}

/** About how many bytes of pixels all threads hold at a time. */
const heldBytes = 64 << 20;

/** What the shards of a job are run with, on so many threads. */
export function jobTask(
  job: string,
  note: JobNote,
  { access, retryFailed = false }: RunJobOptions,
  jobs: number,
): JobTask {
  // The threads are the machine's processors: none of them needs threads of its own for decoding.
  const shared = jobs > 1 ? { workers: 0, ...access } : access;
  const batchBytes = Math.max(1 << 20, Math.floor(heldBytes / jobs / 6));
  return { job, note, access: shared, retryFailed, batchBytes };
}

/** Threads that run shards of a job. */
export type ShardThreads = Threads<ShardOrder, number, ShardManifest>;

/** Runs the shards of `entries` that are left. Throws what the first shard throws that cannot be run. */
export async function runJob(
  job: string,
  note: JobNote,
  entries: readonly ShardEntry[],
  options: RunJobOptions,
): Promise<JobRunResult> {
  const { access, jobs = availableParallelism(), retryFailed = false } = options;
  const done = await finishedShards(await placeFor(job, note, access), entries);
  const settled = [...done.values()].filter((manifest) => isSettled(manifest, retryFailed));
  const left = entries.filter(({ id }) => !isSettled(done.get(id), retryFailed));
  const counts = { done: 0, partial: 0, outside: 0, failed: 0 };
  const count = (manifest: ShardManifest): void => {
    for (const status of ["done", "partial", "outside", "failed"] as const)
      counts[status] += manifest.counts[status];
  };
  settled.forEach(count);
  const total = entries.reduce((n, entry) => n + entry.count, 0);
  const bar = countBar(total, counts.done + counts.partial + counts.outside + counts.failed, "stamps");
  const workers = Math.min(jobs, left.length);
  const task = jobTask(job, note, options, Math.max(1, workers));
  const pool: ShardThreads | undefined = workers > 1 ? threads({ jobs: true }, workers) : undefined;
  const queue = left.values();
  const one = async (): Promise<void> => {
    for (const entry of queue) {
      let told = 0;
      const heard = (n: number): void => {
        bar.advance(n - told);
        told = n;
      };
      count(await (pool ? pool.run({ entry, task }, heard) : runShard(entry, task, heard)));
    }
  };
  const atOnce = left.some(({ remote }) => remote) ? remoteAtOnce : 1;
  try {
    await Promise.all(Array.from({ length: Math.max(1, workers) * atOnce }, one));
  } finally {
    bar.stop();
    await pool?.close();
  }
  return { shards: entries.length, before: settled.length, counts };
}
