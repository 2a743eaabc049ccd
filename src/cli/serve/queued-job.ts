/**
 * A job of the service as the queue holds it.
 */
import type { Job as BullJob, JobState } from "bullmq";
import type { Job, JobResult, Phase } from "fitslice/service";

/** What the queue holds of a job: what the client has said, and nothing that the service was started with. */
export interface JobData {
  readonly client: string;
  readonly parameters: readonly (readonly [string, readonly string[]])[];
  /** Milliseconds since 1970 at which the job goes. */
  readonly destruction: number;
  /** Seconds that the job may run. */
  readonly duration: number;
  /** When it was aborted, in milliseconds. */
  readonly aborted?: number | undefined;
}

/** What has become of a job. */
export interface JobEnd {
  /** The folder of the results. */
  readonly folder?: string;
  readonly results?: readonly JobResult[];
  readonly error?: string;
  /** Whether its time was over before it was done. */
  readonly isLate?: boolean;
}

export type QueuedJob = BullJob<JobData, JobEnd, string>;

const phases: Partial<Record<JobState, Phase>> = {
  delayed: "PENDING",
  active: "EXECUTING",
  completed: "COMPLETED",
  failed: "ERROR",
};

/** A job, as it is in a state of the queue. */
export function jobOf(job: QueuedJob, state: JobState | "unknown"): Job {
  const { data, timestamp, processedOn, finishedOn } = job;
  const end = (state === "completed" && job.returnvalue) || {};
  const isAborted = data.aborted !== undefined || end.isLate === true;
  const endedAt = data.aborted ?? finishedOn;
  const error = state === "failed" ? "Error: an unexpected error" : end.error;
  const phase = phases[state as JobState] ?? "QUEUED";
  return {
    id: job.id!,
    client: data.client,
    phase: isAborted ? "ABORTED" : error === undefined ? phase : "ERROR",
    created: new Date(timestamp),
    ...(processedOn !== undefined && { started: new Date(processedOn) }),
    ...(endedAt !== undefined && { ended: new Date(endedAt) }),
    destruction: new Date(data.destruction),
    duration: data.duration,
    parameters: new Map(data.parameters),
    results: isAborted ? [] : (end.results ?? []),
    ...(error !== undefined && { error }),
  };
}

/** Whether a job in this phase has ended. */
export const isOver = (phase: Phase): boolean => /^(COMPLETED|ERROR|ABORTED)$/.test(phase);

/** Whether the work on a job is in vain. */
export function isDoomed({ aborted, destruction }: JobData): boolean {
  return aborted !== undefined || destruction <= Date.now();
}
