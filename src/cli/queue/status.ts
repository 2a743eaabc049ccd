/**
 * What the queue has of a job.
 */
import type { ShardEntry } from "../jobs/job-folder.js";
import { jobIdOf, keptFailures, type ShardQueue } from "./connection.js";

export interface QueueStatus {
  readonly waiting: number;
  readonly active: number;
  /** Shards that failed, and wait for being tried again. */
  readonly delayed: number;
  readonly failed: number;
  readonly workers: number;
  /** Shards of this job that failed for good, and why. */
  readonly failures: readonly { readonly shard: number; readonly reason: string }[];
}

/** The queue's counts are of all jobs that are on it; the failures of this one. */
export async function queueStatus(queue: ShardQueue, entries: readonly ShardEntry[]): Promise<QueueStatus> {
  const own = new Map(entries.map((entry) => [jobIdOf(entry), entry.index]));
  const [counts, workers, failed] = await Promise.all([
    queue.getJobCounts("waiting", "active", "delayed", "failed"),
    queue.getWorkersCount(),
    queue.getFailed(0, keptFailures),
  ]);
  const { waiting = 0, active = 0, delayed = 0 } = counts;
  const failures = failed.flatMap(({ id, failedReason }) => {
    const shard = own.get(id ?? "");
    return shard === undefined ? [] : [{ shard, reason: failedReason }];
  });
  return { waiting, active, delayed, failed: counts["failed"] ?? 0, workers, failures };
}
