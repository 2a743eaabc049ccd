/**
 * Where the stamps of a job go: a folder, or one file that is packed from a folder beside it; and whose they are, so that only
 * the same job goes on there.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import type { Outcome, StampJob } from "fitslice/stamps";
import { badUsage, cannotWrite, Failure } from "../failure.js";
import { lock } from "../lock.js";
import { keyOf, manifestLine, readManifest } from "./manifest.js";

export type PackKind = "folder" | "zip" | "fits" | "zarr";

/** Where a job writes. */
export interface StampPlace {
  readonly kind: PackKind;
  /** As the user named it. */
  readonly output: string;
  /** The folder in which stamps are made. */
  readonly work: string;
  /** The manifest while stamps are made, and when all are. */
  readonly manifest: string;
  readonly finalManifest: string;
}

/** A stamp in the folder, with what the manifest says of it. */
export interface PackedStamp {
  readonly outcome: Outcome;
  /** Name of its file without the ending. */
  readonly name: string;
  readonly path: string;
}

/** The place that a name means: by its ending, else a folder. */
export function placeOf(output: string): StampPlace {
  const kind = (/\.(zip|zarr)\/?$/i.exec(output)?.[1]?.toLowerCase() ??
    (/\.fits?$/i.test(output) ? "fits" : "folder")) as PackKind;
  const plain = output.replace(/(?<=.)[/\\]+$/, "");
  const work = kind === "folder" ? plain : `${plain}.parts`;
  const manifest = join(work, "manifest.ndjson");
  return {
    kind,
    output: plain,
    work,
    manifest,
    finalManifest: kind === "folder" ? manifest : `${plain}.manifest.ndjson`,
  };
}

const jobName = "job.json";
const lockName = ".lock";
/** Prefix of the names of files that are still being written. */
export const partPrefix = ".part-";

/** Note of a job, kept beside its stamps. */
interface JobNote {
  readonly job: string;
  /** Specification and format. */
  readonly options: string;
  readonly count: number;
}

export interface BeginOptions {
  readonly resume?: boolean | undefined;
  readonly force?: boolean | undefined;
  /** Whether what failed is to be cut again. */
  readonly retryFailed?: boolean | undefined;
  /** Endings of the stamps' files. */
  readonly extension: string;
  /** All that decides what a stamp looks like. */
  readonly options: string;
}

/** Stamps and manifest rows that an earlier run has left. */
export interface Begun {
  readonly outcomes: readonly Outcome[];
  /** Everything is done and packed. */
  readonly complete: boolean;
}

/**
 * Makes the folder ready for a job: fresh, or with `resume` as an earlier run of the same job left it. Throws `Failure` where
 * something is there that must not be touched.
 */
export function beginJob(place: StampPlace, job: StampJob, options: BeginOptions): Begun {
  const { resume = false, force = false } = options;
  const note: JobNote = { job: job.id, options: options.options, count: job.count };
  if (resume && isPacked(place)) {
    const outcomes = packedOutcomes(place, job);
    if (existsSync(join(place.work, lockName))) letGo(place);
    return { outcomes, complete: true };
  }
  const before = noteIn(place);
  if (before && !resume && !force)
    throw badUsage(
      `${place.work} holds stamps of an earlier run; add --resume to go on with it, or --force to begin anew`,
    );
  if (!force) refuseOthers(place, job, options, before !== undefined);
  makeFolder(place.work);
  lock(join(place.work, lockName), place.work);
  removeParts(place);
  if (before && resume) {
    if (before.options !== note.options)
      throw badUsage(
        `${place.work} was begun with other options; give the same ones to --resume, or --force to begin anew`,
      );
    if (before.job !== note.job)
      throw badUsage(
        `${place.work} was begun with another list of targets or files; add --force to begin anew`,
      );
    return {
      outcomes: options.retryFailed ? withoutFailed(place) : readManifest(place.manifest),
      complete: false,
    };
  }
  if (before) removeStamps(place);
  writeNote(place, note);
  return { outcomes: [], complete: false };
}

/** Removes the folder of stamps that are packed. Its lock goes last: that of a killed run tells the next one to go on. */
export function letGo(place: StampPlace): void {
  rmSync(join(place.work, jobName), { force: true });
  empty(place);
  rmSync(place.work, { recursive: true, force: true });
}

/** Removes all but the lock. */
function empty({ work }: StampPlace): void {
  for (const name of readdirSync(work))
    if (name !== lockName) rmSync(join(work, name), { recursive: true, force: true });
}

/** Takes what failed out of a manifest. */
function withoutFailed({ manifest }: StampPlace): Outcome[] {
  const kept = readManifest(manifest).filter(({ status }) => status !== "failed");
  try {
    writeFileSync(`${manifest}.new`, kept.map(manifestLine).join(""));
    renameSync(`${manifest}.new`, manifest);
  } catch (cause) {
    throw cannotWrite(manifest, cause);
  }
  return kept;
}

function isPacked(place: StampPlace): boolean {
  return place.kind !== "folder" && !noteIn(place) && [place.output, place.finalManifest].every(existsSync);
}

/** The outcomes of a file that an earlier run has packed. */
function packedOutcomes({ output, finalManifest }: StampPlace, job: StampJob): Outcome[] {
  const outcomes = readManifest(finalManifest);
  const rows = new Set(outcomes.map(keyOf));
  const planned = job.shards.flatMap(({ source, targets }) => targets.map(({ row }) => ({ row, source })));
  if (rows.size === job.count && [...planned, ...job.settled].every((one) => rows.has(keyOf(one))))
    return outcomes;
  throw badUsage(`${output} is there, and is not of this list; add --force without --resume to replace it`);
}

function noteIn({ work }: StampPlace): JobNote | undefined {
  const path = join(work, jobName);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as JobNote;
  } catch (cause) {
    throw new Failure(1, `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Whatever is there must not be of somebody else. */
function refuseOthers(place: StampPlace, job: StampJob, { extension }: BeginOptions, begun: boolean): void {
  if (place.kind !== "folder") {
    const there = [place.output, place.finalManifest].find(existsSync);
    if (there !== undefined && !begun) throw badUsage(`${there} exists; add --force to replace it`);
    return;
  }
  if (begun || !existsSync(place.work)) return;
  if (!statSync(place.work).isDirectory())
    throw badUsage(`${place.work} is a file; stamps go into a folder, a .zip, a .fits or a .zarr`);
  const there = new Set(readdirSync(place.work));
  const targets = job.shards.flatMap((shard) => shard.targets);
  const names = ["manifest.ndjson", ...targets.map(({ output }) => `${output}.${extension}`)];
  const found = names.find((name) => there.has(name));
  if (found !== undefined) throw badUsage(`${join(place.work, found)} exists; add --force to replace it`);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw cannotWrite(`stamps into ${path}`, cause);
  }
}

/** Removes what a killed run was writing. */
function removeParts({ work }: StampPlace): void {
  for (const name of readdirSync(work))
    if (name.startsWith(partPrefix)) rmSync(join(work, name), { force: true, recursive: true });
}

/** Removes the stamps of an earlier job: by its manifest, in which names that lead out of the folder are none. */
function removeStamps(place: StampPlace): void {
  const { kind, work, manifest } = place;
  if (kind !== "folder") {
    empty(place);
    return;
  }
  for (const { output } of readManifest(manifest))
    if (output !== undefined && basename(output) === output) rmSync(join(work, output), { force: true });
  rmSync(manifest, { force: true });
}

function writeNote({ work }: StampPlace, note: JobNote): void {
  const path = join(work, jobName);
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(note)}\n`);
    renameSync(`${path}.new`, path);
  } catch (cause) {
    throw cannotWrite(path, cause);
  }
}
