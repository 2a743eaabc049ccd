/**
 * Runs one shard of a job: cuts its stamps into a folder of work, makes the output of them, and brings it to its place. Twice, or two
 * at once, changes nothing: the output is named by what is in it, and only the first manifest counts.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Outcome, Shard, ShardTarget } from "fitslice/stamps";
import { openOptions, type SharedOptions } from "../options.js";
import { interruption } from "../signals.js";
import { manifestLine, withoutSecrets } from "../stamps/manifest.js";
import { pack } from "../stamps/pack.js";
import { extensionOf, type StampTask, workShard } from "../stamps/work.js";
import { type JobNote, readShard, type ShardEntry } from "./job-folder.js";
import type { OutputPlace } from "./place.js";
import { placeFor } from "./place-for.js";
import {
  countsOf,
  isFolderOf,
  manifestIn,
  manifestName,
  rowsName,
  type ShardFileNote,
  type ShardManifest,
} from "./shard-manifest.js";

/** What every shard of a job is run with: plain data, for threads. */
export interface JobTask {
  /** Folder or address of the job. */
  readonly job: string;
  readonly note: JobNote;
  readonly access: SharedOptions;
  /** Whether shards with targets that failed are cut again. */
  readonly retryFailed: boolean;
  readonly batchBytes: number;
}

/** To a thread: a shard, and what it is run with. */
export interface ShardOrder {
  readonly entry: ShardEntry;
  readonly task: JobTask;
}

/** The manifest of a shard that is there, if it counts. */
export async function finishedShard(
  place: OutputPlace,
  entry: Pick<ShardEntry, "id">,
): Promise<ShardManifest | undefined> {
  const bytes = await place.get(manifestName(entry));
  const manifest = bytes && manifestIn(bytes, entry);
  return manifest && (await place.holds(manifest.folder, manifest.files)) ? manifest : undefined;
}

/** Whether a shard has nothing left to do. */
export function isSettled(manifest: ShardManifest | undefined, retryFailed: boolean): boolean {
  return manifest !== undefined && !(retryFailed && manifest.counts.failed > 0);
}

/** Runs a shard unless it is done; `told` hears how many of its targets are cut. Answers with the manifest that counts. */
export async function runShard(
  entry: ShardEntry,
  task: JobTask,
  told: (count: number) => void,
): Promise<ShardManifest> {
  const place = await placeFor(task.job, task.note, task.access);
  const before = await finishedShard(place, entry);
  if (before && isSettled(before, task.retryFailed)) return before;
  const shard = await readShard(task.job, task.note, entry, await openOptions(task.access));
  const work = place.workFolder();
  try {
    const out = join(work, "out");
    const outcomes = await cutInto(out, work, shard, task, told);
    const files = filesBelow(out);
    const made: ShardManifest = {
      shard: entry.id,
      index: entry.index,
      folder: `${entry.id}-${contentHash(files)}`,
      counts: countsOf(outcomes),
      failures: failuresOf(outcomes),
      files,
    };
    await place.publish(out, made.folder, files);
    return await decided(place, entry, made, before);
  } finally {
    place.discard(work);
  }
}

/** Cuts the stamps and packs them; the rows of the manifest are one of the files. */
async function cutInto(
  out: string,
  work: string,
  shard: Shard,
  { note, access, batchBytes }: JobTask,
  told: (count: number) => void,
): Promise<Outcome[]> {
  const { kind, format, spec, picture, date, shardTargets } = note;
  const folder = kind === "folder" ? out : join(work, "stamps");
  mkdirSync(out);
  if (folder !== out) mkdirSync(folder);
  // The places in one array are those in the shard; EXTVER is the number in the list.
  const own = kind === "zarr" ? { ...shard, targets: shard.targets.map(numbered) } : shard;
  const packed = kind === "table" ? "folder" : kind;
  const task: StampTask = { spec, format, kind: packed, work: folder, access, picture, batchBytes, date };
  const outcomes: Outcome[] = [];
  const heard = (more: readonly Outcome[]): void => {
    outcomes.push(...more);
    told(outcomes.length);
  };
  await workShard(own, task, () => true, heard, { signal: interruption });
  outcomes.sort((a, b) => a.number - b.number);
  const stamps = outcomes.filter(({ output }) => output !== undefined).length;
  const job = { shards: [own], count: own.targets.length };
  const extension = extensionOf(task);
  if (kind === "table") {
    const { packTable } = await import("./pack-table.js");
    if (stamps > 0) await packTable(join(out, "stamps.fits"), folder, job, outcomes, date);
  } else if (kind !== "folder" && stamps > 0) {
    const output = join(out, kind === "zarr" ? "stamps.zarr" : `stamps.${kind}`);
    await pack({ kind, work: folder, output, job, outcomes, extension, date, chunkStamps: shardTargets });
  }
  const rows = kind === "zarr" ? outcomes.map((outcome) => renumbered(outcome, shard)) : outcomes;
  writeFileSync(join(out, rowsName), rows.map(manifestLine).join(""));
  return rows;
}

function numbered(target: ShardTarget, number: number): ShardTarget {
  return { ...target, number };
}

/** Back from the place in the shard to that in the list. */
function renumbered(outcome: Outcome, { targets }: Shard): Outcome {
  return { ...outcome, number: targets[outcome.number]!.number };
}

/** The files below a folder, by name. */
function filesBelow(folder: string): ShardFileNote[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1));
  return names.sort().map((name) => {
    const path = join(folder, name);
    const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
    return { name: name.replaceAll("\\", "/"), bytes: statSync(path).size, sha256 };
  });
}

function contentHash(files: readonly ShardFileNote[]): string {
  const text = files.map(({ name, sha256 }) => `${sha256} ${name}\n`).join("");
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function failuresOf(outcomes: readonly Outcome[]): ShardManifest["failures"] {
  return outcomes
    .filter(({ status }) => status === "failed")
    .map(({ name, row, reason = "", source = "" }) => ({
      name,
      row,
      reason: withoutSecrets(reason, source),
    }));
}

/** Writes the manifest, unless another run was first: then that one counts, and what this run made goes. */
async function decided(
  place: OutputPlace,
  entry: ShardEntry,
  made: ShardManifest,
  before: ShardManifest | undefined,
): Promise<ShardManifest> {
  const name = manifestName(entry);
  const bytes = Buffer.from(`${JSON.stringify(made)}\n`);
  let counts = made;
  if (!(await place.putNew(name, bytes))) {
    const theirs = await finishedShard(place, entry);
    if (theirs && theirs.folder !== before?.folder) counts = theirs;
    else await place.put(name, bytes);
  }
  const others = [before?.folder, made.folder].filter((folder) => folder !== undefined);
  for (const folder of others)
    if (folder !== counts.folder && isFolderOf(folder, entry.id)) await place.remove(folder);
  return counts;
}
