/**
 * Jobs of the service on a queue: all processes that share the queue, and the place of the results, know them and run them. A job of UWS is
 * one of BullMQ: PENDING is one that is delayed until its end, and what becomes of it there is its phase.
 */
import { createHash, randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { type Job, type JobResult, type Jobs, type JobWork, type Phase, Refusal } from "fitslice/service";
import { ended } from "../queue/closing.js";
import type { Connected } from "../queue/connected.js";
import type { QueueOf } from "../queue/connection.js";
import type { JobResults } from "./job-results.js";
import { jobWorker } from "./job-worker.js";
import { isOver, type JobData, type JobEnd, jobOf, type QueuedJob } from "./queued-job.js";

/** Milliseconds that the queue has for an answer. */
const answerTime = 5000;
/** Milliseconds between two looks at a job that somebody waits for. */
const lookInterval = 300;
/** Milliseconds between two looks for jobs whose time is over. */
const sweepInterval = 30_000;
/** Jobs that are asked for at a time. */
const atOnce = 32;
/** How often a change of a job is tried. A try fails when another process changed the job first. */
const mostEdits = 100;
/** Milliseconds that jobs here have for being given back at the end. */
const endTime = 3000;

export type JobQueue = QueueOf<JobData, JobEnd>;

/** All states that a job may be in. */
const states = ["waiting", "active", "delayed", "completed", "failed"] as const;

/** First digits of the IDs of a client's jobs. They find these jobs without a read of all other jobs, and are too short to identify the client. */
const markOf = (client: string): string => createHash("sha256").update(client).digest("hex").slice(0, 4);

const ids = /^[0-9a-f]{4}[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function queuedJobs(queue: JobQueue, connected: Connected, results: JobResults, work: JobWork): Jobs {
  const { limits } = work;

  const allIds = (): Promise<string[]> => queue.getRanges([...states], 0, -1);

  /** Changes what the queue holds of a job. No change of another process at the same time is lost. */
  async function edit(id: string, change: (data: JobData) => Partial<JobData>): Promise<void> {
    for (let i = 0; i < mostEdits; i++) {
      const data = (await queue.getJob(id))?.data;
      if (!data) return;
      const next = { ...data, ...change(data) };
      if (await connected.swapData(queue, id, JSON.stringify(data), JSON.stringify(next))) return;
    }
    throw new Refusal(503, "ServiceUnavailable", "too many change the job at the same time; try again");
  }

  /** Takes a job off the queue, with its results; one that is being worked on goes when its worker has noticed. */
  async function remove(job: QueuedJob): Promise<void> {
    const { id } = job;
    try {
      await job.remove();
    } catch {
      await edit(id!, ({ destruction }) => ({ destruction: Math.min(Date.now(), destruction) }));
      return;
    }
    await results.remove(id!);
  }

  /** The job of an ID; one whose time is over is removed. */
  async function queued(id: string): Promise<QueuedJob | undefined> {
    const job = (await queue.getJob(id)) as QueuedJob | undefined;
    if (!job || job.data.destruction > Date.now()) return job;
    await remove(job);
    return undefined;
  }

  async function found(id: string): Promise<Job | undefined> {
    const job = await queued(id);
    return job && jobOf(job, await job.getState());
  }

  async function each<T>(all: readonly string[], one: (id: string) => Promise<T | undefined>): Promise<T[]> {
    const items: T[] = [];
    for (let i = 0; i < all.length; i += atOnce) {
      const some = await Promise.all(all.slice(i, i + atOnce).map(one));
      for (const item of some) if (item !== undefined) items.push(item);
    }
    return items;
  }

  async function ofClient(client: string): Promise<Job[]> {
    const mark = markOf(client);
    const own = (await allIds()).filter((id) => id.startsWith(mark));
    const jobs = await each(own, found);
    return jobs
      .filter((job) => job.client === client)
      .sort((a, b) => b.created.getTime() - a.created.getTime());
  }

  async function checkCount(client: string, more: number): Promise<void> {
    const own = (await ofClient(client)).length;
    work.checkCount(own + more, (await allIds()).length + more);
  }

  /** Jobs whose time is over go, and results whose job has gone. */
  async function sweep(): Promise<void> {
    const kept = await results.jobs();
    await each(await allIds(), queued);
    for (const id of kept) if (!(await queue.getJob(id))) await results.remove(id);
  }

  const sweeping = setInterval(() => void sweep().catch(() => undefined), sweepInterval).unref();
  void sweep().catch(() => undefined);

  const worker = jobWorker({ queue, connected, results, work }, remove);
  worker.catch(() => undefined);

  let creating: Promise<unknown> = Promise.resolve();

  async function create(client: string, parameters: Job["parameters"]): Promise<Job> {
    await checkCount(client, 1);
    const now = Date.now();
    const data: JobData = {
      client,
      parameters: [...parameters],
      destruction: now + limits.jobLife * 1000,
      duration: limits.jobSeconds,
    };
    const job = await queue.add("soda", data, {
      jobId: `${markOf(client)}${randomUUID()}`,
      timestamp: now,
      delay: limits.jobLife * 1000,
      attempts: 1,
    });
    try {
      // Another process may have added one at the same time.
      await checkCount(client, 0);
    } catch (error) {
      await remove(job as QueuedJob);
      throw error;
    }
    return jobOf(job as QueuedJob, "delayed");
  }

  return inTime({
    count: async () => (await allIds()).length,
    create(client, parameters) {
      const made = creating.then(() => create(client, parameters));
      creating = made.catch(() => undefined);
      return made;
    },
    find: async (id) => (ids.test(id) ? found(id) : undefined),
    of: ofClient,
    async change({ id }, { destruction, duration, parameters }) {
      await edit(id, (data) => ({
        ...(destruction && { destruction: destruction.getTime() }),
        ...(duration !== undefined && { duration }),
        ...(parameters && { parameters: [...new Map([...data.parameters, ...parameters])] }),
      }));
    },
    async run({ id }) {
      const job = await queued(id);
      if (!job || jobOf(job, await job.getState()).phase !== "PENDING") return false;
      // Of several who do this at the same time, one has it run.
      return job.promote().then(
        () => true,
        () => false,
      );
    },
    async abort({ id }) {
      const job = await queued(id);
      if (!job || isOver(jobOf(job, await job.getState()).phase)) return;
      await edit(id, () => ({ aborted: Date.now() }));
    },
    async remove({ id }) {
      const job = await queued(id);
      if (job) await remove(job);
    },
    async changed({ id }, phase: Phase, seconds, signal) {
      const until = Date.now() + seconds * 1000;
      for (;;) {
        const job = await found(id);
        const left = until - Date.now();
        if (!job || job.phase !== phase || isOver(phase) || left <= 0) return job;
        if (signal.aborted) return job;
        await wait(Math.min(left, lookInterval), undefined, { signal }).catch(() => undefined);
      }
    },
    async result({ id }, result: JobResult, request) {
      const folder = (await queued(id))?.returnvalue?.folder;
      if (folder === undefined) return undefined;
      const { type, extension } = result;
      const answer = await results.answer(folder, `${result.id}.${extension}`, request);
      if (!answer.ok) return answer;
      answer.headers.set("Content-Type", type);
      answer.headers.set("Content-Disposition", `inline; filename="cutout.${extension}"`);
      return answer;
    },
    async stop() {
      clearInterval(sweeping);
      const { close, isBusy } = await worker;
      await ended(close(), isBusy, endTime);
    },
  });
}

/** The same jobs, which refuse (503) where the queue does not answer. */
function inTime(jobs: Jobs): Jobs {
  const asked = async <T>(asking: Promise<T>, seconds = 0): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, answerTime + seconds * 1000);
    });
    try {
      return await Promise.race([asking, late]);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new Refusal(503, "ServiceUnavailable", "the queue of jobs does not answer; try again later");
    } finally {
      clearTimeout(timer);
      asking.catch(() => undefined);
    }
  };
  return {
    count: () => asked(jobs.count()).catch(() => Number.NaN),
    create: (...of) => asked(jobs.create(...of)),
    find: (id) => asked(jobs.find(id)),
    of: (client) => asked(jobs.of(client)),
    change: (...of) => asked(jobs.change(...of)),
    run: (job) => asked(jobs.run(job)),
    abort: (job) => asked(jobs.abort(job)),
    remove: (job) => asked(jobs.remove(job)),
    changed: (job, phase, seconds, signal) => asked(jobs.changed(job, phase, seconds, signal), seconds),
    result: (...of) => asked(jobs.result(...of)),
    stop: () => jobs.stop(),
  };
}
