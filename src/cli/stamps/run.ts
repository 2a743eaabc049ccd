/**
 * Runs a job: what is left of its shards, the manifest, and the packing.
 */
import { type Profile, showAddress } from "fitslice";
import type { Outcome, StampJob, StampStatus } from "fitslice/stamps";
import { badUsage } from "../failure.js";
import { countBar } from "../progress.js";
import { keyOf, openManifest, withoutSecrets } from "./manifest.js";
import { type CutoutsOptions, jobsOf, pictureOf, type StampFormat } from "./options.js";
import { packStamps } from "./pack.js";
import { beginJob, type StampPlace } from "./place.js";
import { cutShards } from "./pool.js";
import { extensionOf, type StampTask } from "./work.js";

/** How many stamps there are of each status, and how many of all outcomes an earlier run had. */
export interface RunCounts extends Readonly<Record<StampStatus, number>> {
  readonly before: number;
}

/** The counts, and the reason of the first failure of the list. */
export interface RunResult {
  readonly counts: RunCounts;
  readonly failure: string | undefined;
}

/** Fewer targets than this are not worth a second thread. */
const worthThreads = 100;
/** About how many bytes of pixels all threads hold at a time. */
const heldBytes = 64 << 20;

/** Cuts what is not yet cut; `profile` sees its reads. Throws `Failure`; targets that fail are counted. */
export async function runStamps(
  place: StampPlace,
  job: StampJob,
  format: StampFormat,
  options: CutoutsOptions,
  profile?: Profile,
): Promise<RunResult> {
  checkShapes(place.kind, job);
  const given = jobsOf(options);
  const { targets: _, output: __, ...access } = options;
  const picture = pictureOf(options);
  const extension = extensionOf({ format, kind: place.kind });
  const begun = beginJob(place, job, {
    resume: options.resume,
    force: options.force,
    retryFailed: options.retryFailed,
    extension,
    options: JSON.stringify([job.spec, format, place.kind, picture]),
  });
  if (begun.complete) return resultOf(begun.outcomes, begun.outcomes.length);
  const before = begun.outcomes.length;
  const outcomes = [...begun.outcomes];
  const known = new Set(outcomes.map(keyOf));
  const manifest = openManifest(place.manifest);
  const bar = countBar(job.count, before, "stamps");
  const told = (more: readonly Outcome[]): void => {
    if (more.length === 0) return;
    manifest.append(more);
    outcomes.push(...more);
    bar.advance(more.length);
  };
  try {
    told(job.settled.filter((outcome) => !known.has(keyOf(outcome))));
    const jobs = options.jobs === undefined && job.count - before < worthThreads ? 1 : given;
    const task: StampTask = {
      spec: job.spec,
      format,
      kind: place.kind,
      work: place.work,
      access,
      picture,
      batchBytes: Math.max(1 << 20, Math.floor(heldBytes / jobs / 6)),
    };
    const wants = ({ row }: { row: number }, { source }: { source: string }): boolean =>
      !known.has(keyOf({ row, source }));
    await cutShards(job.shards, task, { jobs, wants, told, profile });
  } finally {
    bar.stop();
    manifest.close();
  }
  if (place.kind !== "folder") await packStamps(place, job, outcomes, extension);
  return resultOf(outcomes, before);
}

/** Sizes that differ are told before anything is read. */
export function checkShapes(kind: string, { shards }: StampJob): void {
  if (kind !== "zarr" && kind !== "table") return;
  const sizes = new Set(shards.flatMap(({ targets }) => targets.map(({ size }) => JSON.stringify(size))));
  if (sizes.size > 1)
    throw badUsage(
      `the targets have several sizes, and a ${kind === "zarr" ? ".zarr" : kind} has one shape; write a folder, a .zip or a .fits`,
    );
}

function resultOf(outcomes: readonly Outcome[], before: number): RunResult {
  const counts = { done: 0, partial: 0, outside: 0, failed: 0, before };
  let first: Outcome | undefined;
  for (const outcome of outcomes) {
    counts[outcome.status]++;
    if (outcome.status === "failed" && (!first || outcome.row < first.row)) first = outcome;
  }
  const { reason, source = "" } = first ?? {};
  if (!reason) return { counts, failure: undefined };
  const why = withoutSecrets(reason, source);
  const shown = showAddress(source);
  return { counts, failure: why.includes(shown) ? why : `${shown}: ${why}` };
}
