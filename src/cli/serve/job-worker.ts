/**
 * The worker in each process of the service: takes jobs from the queue, and gives them back where the process is to end.
 */
import type { JobWork } from "fitslice/service";
import type { Connected } from "../queue/connected.js";
import type { QueueOf } from "../queue/connection.js";
import { newWorker } from "../queue/worker.js";
import { interruption } from "../signals.js";
import type { JobResults } from "./job-results.js";
import { isDoomed, type JobData, type JobEnd, type QueuedJob } from "./queued-job.js";

/** Jobs that one process runs at a time. */
const jobsAtOnce = 4;
/** Milliseconds between two looks whether somebody has aborted a job. */
const watchInterval = 500;

interface JobPlace {
  readonly queue: QueueOf<JobData, JobEnd>;
  readonly connected: Connected;
  readonly results: JobResults;
  readonly work: JobWork;
}

export interface JobWorker {
  /** Takes no more jobs, and gives those back that are under way. */
  close(): Promise<void>;
  isBusy(): boolean;
}

/** Begins to work; `remove` is called for jobs that were deleted while they were worked on. */
export async function jobWorker(
  { queue, connected, results, work }: JobPlace,
  remove: (job: QueuedJob) => Promise<void>,
): Promise<JobWorker> {
  const { WaitingError } = await import("bullmq");
  const running = new Set<AbortController>();
  let isEnding = false;

  async function made(job: QueuedJob, signal: AbortSignal): Promise<JobEnd> {
    const own = await results.begin(work.checkKept);
    try {
      const outcome = await work.run(new Map(job.data.parameters), own.keep, signal);
      if ("error" in outcome) return { error: outcome.error };
      signal.throwIfAborted();
      const folder = await own.publish(job.id!);
      return { folder, results: outcome.results };
    } finally {
      own.discard();
    }
  }

  async function run(job: QueuedJob, token: string | undefined): Promise<JobEnd> {
    if (isDoomed(job.data)) return {};
    const controller = new AbortController();
    running.add(controller);
    const late = setTimeout(() => controller.abort("late"), job.data.duration * 1000);
    const watch = setInterval(async () => {
      const now = await queue.getJob(job.id!).catch(() => job);
      if (!now || isDoomed(now.data as JobData)) controller.abort("doomed");
    }, watchInterval);
    try {
      return await made(job, controller.signal);
    } catch (error) {
      const { aborted, reason } = controller.signal;
      if (aborted && reason === "late") return { isLate: true };
      if (aborted && reason === "doomed") return {};
      if (!isEnding && !interruption.aborted) throw error;
      await job.moveToWait(token);
      throw new WaitingError();
    } finally {
      clearTimeout(late);
      clearInterval(watch);
      running.delete(controller);
    }
  }

  const worker = await newWorker<JobData, JobEnd>(
    { name: queue.name, connected, concurrency: jobsAtOnce },
    (job, token) => run(job as QueuedJob, token),
  );
  worker.on("completed", (job) => {
    const removed = async (): Promise<void> => {
      const now = (await queue.getJob(job.id!)) as QueuedJob | undefined;
      if (now && now.data.destruction <= Date.now()) await remove(now);
    };
    void removed().catch(() => undefined);
  });
  return {
    close() {
      isEnding = true;
      const closed = worker.close();
      for (const controller of running) controller.abort("ending");
      return closed;
    },
    isBusy: () => running.size > 0,
  };
}
