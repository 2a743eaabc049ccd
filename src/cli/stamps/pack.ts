/**
 * Packs the stamps of a folder into one file: a ZIP, or a FITS file of many extensions.
 */
import { copyFileSync, renameSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Outcome, StampJob } from "fitslice/stamps";
import { cannotWrite } from "../failure.js";
import { type OutputFile, writeOutput } from "../files.js";
import { interruption } from "../signals.js";
import { keyOf } from "./manifest.js";
import { packZarr } from "./pack-zarr.js";
import { letGo, type PackedStamp, type StampPlace } from "./place.js";

/** Packs what was cut, and lets the folder go. */
export async function packStamps(
  place: StampPlace,
  job: StampJob,
  outcomes: readonly Outcome[],
  extension: string,
): Promise<void> {
  const stamps = stampsIn(place, job, outcomes, extension);
  try {
    if (place.kind === "zip")
      await writeOutput(place.output, (file) => packZip(file, stamps, extension), { force: true });
    if (place.kind === "fits")
      await writeOutput(place.output, (file) => packFits(file, stamps), { force: true });
    if (place.kind === "zarr") await packZarr(place, stamps, outcomes, job);
    // The manifest comes to its place whole, and the folder stays that of the job until then.
    copyFileSync(place.manifest, `${place.finalManifest}.new`);
    renameSync(`${place.finalManifest}.new`, place.finalManifest);
    letGo(place);
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? cannotWrite(place.output, error) : error;
  }
}

/** In the order of the list. */
function stampsIn(
  { work }: StampPlace,
  { shards }: StampJob,
  outcomes: readonly Outcome[],
  extension: string,
): PackedStamp[] {
  const cut = new Map<string, Outcome>();
  for (const outcome of outcomes) if (outcome.output !== undefined) cut.set(keyOf(outcome), outcome);
  const stamps: PackedStamp[] = [];
  for (const { source, targets } of shards) {
    for (const { row, output: name } of targets) {
      const outcome = cut.get(keyOf({ row, source }));
      if (outcome) stamps.push({ outcome, name, path: join(work, `${name}.${extension}`) });
    }
  }
  return stamps.sort((a, b) => a.outcome.number - b.outcome.number);
}

/** Stored, not deflated: pixels hardly get smaller. */
async function packZip(file: OutputFile, stamps: readonly PackedStamp[], extension: string): Promise<void> {
  const { makeZip } = await import("client-zip");
  async function* entries(): AsyncGenerator<{ name: string; lastModified: Date; input: Uint8Array }> {
    for (const { name, path } of stamps) {
      interruption.throwIfAborted();
      yield { name: `${name}.${extension}`, lastModified: statSync(path).mtime, input: await readFile(path) };
    }
  }
  for await (const chunk of makeZip(entries() as never) as unknown as AsyncIterable<Uint8Array>)
    await file.write(chunk);
}

async function packFits(file: OutputFile, stamps: readonly PackedStamp[]): Promise<void> {
  const { fitsBytes, imageHdu } = await import("fitslice/write");
  await file.write(await fitsBytes([imageHdu()]));
  for (const { path } of stamps) {
    interruption.throwIfAborted();
    await file.write(await readFile(path));
  }
}
