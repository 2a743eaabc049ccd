/**
 * Joins what the shards of a job have left: all rows as one manifest, and the parts of a FITS file or of a Zarr array.
 */
import type { OpenOptions } from "fitslice";
import { badUsage, Failure } from "../failure.js";
import { type OutputFile, writeOutput } from "../files.js";
import type { SharedOptions } from "../options.js";
import { counting } from "../progress.js";
import { interruption } from "../signals.js";
import { manifestLine } from "../stamps/manifest.js";
import { checkedFile, type DoneShard } from "./checked-file.js";
import { finishedShards } from "./finished.js";
import { type JobNote, readEntries, readSettled } from "./job-folder.js";
import { isPart, type OutputPlace } from "./place.js";
import { placeFor } from "./place-for.js";
import { isFolderOf, rowsName, type ShardManifest } from "./shard-manifest.js";
import { arrayExpression } from "./share.js";

export interface MergeOptions {
  readonly access: SharedOptions;
  readonly open: OpenOptions;
  readonly force?: boolean | undefined;
}

/** Writes the joined output and its manifest; answers with the path of the manifest. Throws `Failure` where shards are missing. */
export async function mergeJob(
  job: string,
  note: JobNote,
  output: string | undefined,
  { access, open, force = false }: MergeOptions,
): Promise<string> {
  checkOutput(note, output);
  const place = await placeFor(job, note, access);
  const entries = await readEntries(job, note, open);
  const manifests = await finishedShards(place, entries);
  const missing = entries.filter(({ id }) => !manifests.has(id));
  if (missing.length > 0)
    throw new Failure(
      1,
      `${missing.length} of ${entries.length} shards are missing (--array=${arrayExpression(missing.map(({ index }) => index))}); run them first`,
    );
  const shards = entries.map((entry): DoneShard => ({ entry, manifest: manifests.get(entry.id)! }));
  await removeLeft(place, manifests);
  if (output !== undefined && note.kind === "fits")
    await writeOutput(output, (file) => joinFits(file, place, shards), { force });
  if (output !== undefined && note.kind === "zarr") {
    const { joinZarr } = await import("./merge-zarr.js");
    await joinZarr(output, place, shards, note, force);
  }
  const path = `${output ?? job.replace(/[/\\]+$/, "")}.manifest.ndjson`;
  await writeOutput(path, (file) => joinRows(file, place, shards, job, open, output, note), { force });
  return path;
}

function checkOutput({ kind }: JobNote, output: string | undefined): void {
  if (output === undefined) return;
  if (output === "-") throw badUsage("a merged job goes into a file; name one with -o");
  const wanted = { fits: /\.fits?$/i, zarr: /\.zarr$/i }[kind as string];
  if (!wanted)
    throw badUsage(
      `the shards of this job (${kind}) are what they are; without -o their manifests are joined`,
    );
  if (!wanted.test(output)) throw badUsage(`the shards of this job make a .${kind}; name one with -o`);
}

/** What killed runs have left: work under way, and outputs that no manifest names. */
async function removeLeft(place: OutputPlace, manifests: ReadonlyMap<string, ShardManifest>): Promise<void> {
  for (const name of await place.list()) {
    const manifest = manifests.get(name.split("-")[0]!);
    const isLost = manifest && isFolderOf(name, manifest.shard) && name !== manifest.folder;
    if (isPart(name) || isLost) await place.remove(name);
  }
}

async function joinRows(
  file: OutputFile,
  place: OutputPlace,
  shards: readonly DoneShard[],
  job: string,
  open: OpenOptions,
  output: string | undefined,
  { kind }: JobNote,
): Promise<void> {
  for (const outcome of await readSettled(job, open)) await file.write(manifestLine(outcome));
  for (const shard of counting(shards, "joining manifests")) {
    interruption.throwIfAborted();
    const rows = Buffer.from(await checkedFile(place, shard, rowsName)).toString("utf8");
    const isOwn = output === undefined || kind === "zarr";
    await file.write(
      isOwn ? rows.replaceAll(/^.+$/gm, (line) => located(line, shard.manifest.folder)) : rows,
    );
  }
}

/** A row whose output is named from the folder of all shards. */
function located(line: string, folder: string): string {
  const row = JSON.parse(line) as { output: string | null };
  return JSON.stringify({ ...row, output: row.output === null ? null : `${folder}/${row.output}` });
}

const primaryBytes = 2880;

/** The extensions of all shards, behind one primary HDU. */
async function joinFits(file: OutputFile, place: OutputPlace, shards: readonly DoneShard[]): Promise<void> {
  const { fitsBytes, imageHdu } = await import("fitslice/write");
  await file.write(await fitsBytes([imageHdu()]));
  for (const shard of counting(shards, "joining shards")) {
    interruption.throwIfAborted();
    if (!shard.manifest.files.some(({ name }) => name === "stamps.fits")) continue;
    await file.write((await checkedFile(place, shard, "stamps.fits")).subarray(primaryBytes));
  }
}
