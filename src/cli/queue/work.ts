/**
 * A worker of the queue: takes shards, and has threads cut them, so that this thread always has time to tell the queue that they
 * are being worked on.
 */
import { readNote, replaced } from "../jobs/job-folder.js";
import { jobTask, type ShardThreads } from "../jobs/run.js";
import type { JobTask } from "../jobs/shard-run.js";
import { openOptions, type SharedOptions } from "../options.js";
import { gently, interruption } from "../signals.js";
import { threads } from "../stamps/threads.js";
import { ended } from "./closing.js";
import type { Connected } from "./connected.js";
import { type QueuedShard, type ShardJob, type ShardQueue, shardQueue } from "./connection.js";
import { newWorker } from "./worker.js";

export interface WorkOptions {
  readonly access: SharedOptions;
  readonly jobs: number;
  /** Whether to end when the queue is empty. Default: wait for more. */
  readonly drain?: boolean | undefined;
}

export interface WorkResult {
  readonly shards: number;
  readonly failed: number;
}

const progressInterval = 2000;
const emptyInterval = 500;
/** Milliseconds that a process whose queue hangs has for its last words. */
const exitTime = 1000;

/** Works until it is stopped, or until the queue is empty. A signal lets it finish the shards that it has; a second one ends it. */
export async function workQueue(
  queue: ShardQueue,
  connected: Connected,
  { access, jobs, drain = false }: WorkOptions,
): Promise<WorkResult> {
  const pool: ShardThreads = threads({ jobs: true }, jobs);
  const taskOf = tasks(access, jobs);
  let busy = 0;
  const result = { shards: 0, failed: 0 };
  const worker = await newWorker<ShardJob, undefined>(
    { name: shardQueue, connected, concurrency: jobs, removeOnComplete: { count: 0 } },
    async (job) => {
      const { entry } = job.data;
      const task = await taskOf(job.data);
      busy++;
      try {
        await pool.run({ entry, task }, progressOf(job));
      } finally {
        busy--;
      }
      return undefined;
    },
  );
  worker.on("completed", () => result.shards++);
  worker.on("failed", () => result.failed++);
  try {
    await untilStopped(drain ? queue : undefined);
    // What is being cut is finished; nothing else is taken.
    const isClosed = await Promise.race([ended(worker.close(), () => busy > 0), aborted()]);
    // What hangs has timers that would keep the process, which has said all by then.
    if (isClosed === false) setTimeout(() => process.exit(), exitTime).unref();
    interruption.throwIfAborted();
  } finally {
    await pool.close();
    if (interruption.aborted) void worker.close(true).catch(() => undefined);
  }
  return result;
}

/** Tells the queue how many targets of a shard are cut, from time to time. */
function progressOf(job: QueuedShard): (count: number) => void {
  let since = performance.now();
  return (count) => {
    if (performance.now() - since < progressInterval) return;
    since = performance.now();
    job.updateProgress(count).catch(() => undefined);
  };
}

/** The task of each job that shards come from; job.json is read once, unless another job has come in its place. */
function tasks(access: SharedOptions, jobs: number): (shard: ShardJob) => Promise<JobTask> {
  const known = new Map<string, { id: string; task: Promise<JobTask> }>();
  const read = async ({ job, id }: ShardJob): Promise<JobTask> => {
    const note = await readNote(job, await openOptions(access));
    if (note.id !== id) throw replaced(job);
    return jobTask(job, note, { access }, jobs);
  };
  return (shard) => {
    const { job, id } = shard;
    const last = known.get(job);
    const task = last?.id === id ? last.task : read(shard);
    known.set(job, { id, task });
    task.catch(() => known.delete(job));
    return task;
  };
}

function untilStopped(queue: ShardQueue | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const end = (how: () => void): void => {
      clearTimeout(timer);
      undo();
      interruption.removeEventListener("abort", stop);
      how();
    };
    const undo = gently(() => end(resolve));
    const stop = (): void => end(() => reject(interruption.reason));
    interruption.addEventListener("abort", stop, { once: true });
    const look = async (): Promise<void> => {
      // A queue that does not answer is not empty: it comes back.
      if (await isEmpty(queue!).catch(() => false)) return end(resolve);
      timer = setTimeout(() => void look(), emptyInterval);
    };
    if (queue) void look();
  });
}

async function isEmpty(queue: ShardQueue): Promise<boolean> {
  const counts = await queue.getJobCounts("waiting", "active", "delayed", "prioritized");
  return Object.values(counts).every((n) => n === 0);
}

function aborted(): Promise<void> {
  return new Promise((resolve) => {
    if (interruption.aborted) resolve();
    else interruption.addEventListener("abort", () => resolve(), { once: true });
  });
}
