/**
 * How far a job is: counts, failures by name, and the shards that are missing, as tasks of an array.
 */
import type { OpenOptions } from "fitslice";
import type { Outcome, StampStatus } from "fitslice/stamps";
import type { SharedOptions } from "../options.js";
import { finishedShards } from "./finished.js";
import { type JobNote, readEntries, readSettled } from "./job-folder.js";
import { placeFor } from "./place-for.js";
import { countsOf } from "./shard-manifest.js";
import { arrayExpression } from "./share.js";

export interface JobStatus {
  readonly shards: number;
  readonly done: number;
  /** Targets of the list, by what became of them. */
  readonly counts: Readonly<Record<StampStatus, number>>;
  /** Targets of shards that are not done. */
  readonly waiting: number;
  readonly failures: readonly Pick<Outcome, "name" | "row" | "reason">[];
  /** How many tasks the array has, and which of them have shards that are missing. */
  readonly tasks: number;
  readonly array: string;
}

/** The status of a job; `of` is how many tasks its array has. Default: one for each shard. */
export async function statusOf(
  job: string,
  note: JobNote,
  access: SharedOptions,
  open: OpenOptions,
  of: number | undefined,
): Promise<JobStatus> {
  const [entries, settled, place] = await Promise.all([
    readEntries(job, note, open),
    readSettled(job, open),
    placeFor(job, note, access),
  ]);
  const manifests = await finishedShards(place, entries);
  const counts = countsOf(settled);
  const failures: Pick<Outcome, "name" | "row" | "reason">[] = settled
    .filter(({ status }) => status === "failed")
    .map(({ name, row, reason }) => ({ name, row, reason }));
  for (const manifest of manifests.values()) {
    for (const status of ["done", "partial", "outside", "failed"] as const)
      counts[status] += manifest.counts[status];
    failures.push(...manifest.failures);
  }
  const missing = entries.filter(({ id }) => !manifests.has(id));
  const tasks = of ?? Math.max(1, entries.length);
  return {
    shards: entries.length,
    done: manifests.size,
    counts,
    waiting: missing.reduce((n, { count }) => n + count, 0),
    failures: failures.sort((a, b) => a.row - b.row),
    tasks,
    array: arrayExpression(missing.map(({ index }) => index % tasks)),
  };
}
