/**
 * Puts the shards of a job that are not done on the queue.
 */

import type { ShardEntry } from "../jobs/job-folder.js";
import { interruption } from "../signals.js";
import { jobIdOf, keptFailures, type ShardJob, type ShardQueue } from "./connection.js";

/** How often a shard is tried before it counts as failed, and the wait before the second time; it doubles each time. */
const attempts = 5;
const firstWait = 1000;
/** Shards that one message holds. */
const atOnce = 1000;

/** Adds the shards; those that the queue has are not added again, those that failed there are. */
export async function submitShards(
  queue: ShardQueue,
  { job, id }: Omit<ShardJob, "entry">,
  entries: readonly ShardEntry[],
): Promise<void> {
  const wanted = new Set(entries.map(jobIdOf));
  for (const failed of await queue.getFailed(0, keptFailures))
    if (failed.id !== undefined && wanted.has(failed.id)) await failed.remove();
  for (let i = 0; i < entries.length; i += atOnce) {
    interruption.throwIfAborted();
    await queue.addBulk(
      entries.slice(i, i + atOnce).map((entry) => ({
        name: "shard",
        data: { job, id, entry },
        opts: {
          jobId: jobIdOf(entry),
          attempts,
          backoff: { type: "exponential", delay: firstWait, jitter: 0.5 },
          removeOnComplete: true,
          removeOnFail: { count: keptFailures },
        },
      })),
    );
  }
}
