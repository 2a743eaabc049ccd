/**
 * How workers of a queue behave, whatever the work is.
 */
import type { IQueueBackend, Job, JobProgress, KeepJobs, Worker } from "bullmq";
import type { Connected } from "./connected.js";

/** Milliseconds after which another worker takes the job of a silent one. A worker renews its jobs twice in that time. */
const lockDuration = 15_000;
/** Milliseconds between two looks for such jobs. */
const stalledInterval = 5000;
/** A job whose workers were killed so many times is taken for the cause, and fails. */
const mostTakeovers = 20;
/** Milliseconds before a queue that did not answer is asked again. */
const runRetryDelay = 2000;

export type WorkerOf<Data, Result> = Worker<Data, Result, string, IQueueBackend, JobProgress, unknown>;

export interface WorkerSettings {
  /** Of the queue. */
  readonly name: string;
  readonly connected: Connected;
  /** Jobs at a time. */
  readonly concurrency: number;
  /** Default: jobs that are done stay. */
  readonly removeOnComplete?: KeepJobs | undefined;
}

/** A worker that takes jobs until it is closed. The token names a run of a job. */
export async function newWorker<Data, Result>(
  { name, connected: { connection, backend }, concurrency, removeOnComplete }: WorkerSettings,
  work: (job: Job<Data, Result, string>, token: string | undefined) => Promise<Result>,
): Promise<WorkerOf<Data, Result>> {
  const { Worker } = await import("bullmq");
  const worker: WorkerOf<Data, Result> = new Worker(
    name,
    work,
    {
      connection,
      concurrency,
      lockDuration,
      stalledInterval,
      runRetryDelay,
      maxStalledCount: mostTakeovers,
      skipVersionCheck: true,
      ...(removeOnComplete && { removeOnComplete }),
    },
    backend,
  );
  // The connection tells of what happens to it.
  worker.on("error", () => undefined);
  return worker;
}
