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
import { type PackedJob, packZarr } from "./pack-zarr.js";
import { letGo, type PackedStamp, type PackKind, type StampPlace } from "./place.js";

/** What is packed, and where to. */
export interface Packing {
  readonly kind: PackKind;
  /** The folder of the stamps. */
  readonly work: string;
  readonly output: string;
  readonly job: PackedJob;
  readonly outcomes: readonly Outcome[];
  /** Ending of the stamps' files. */
  readonly extension: string;
  /** Of the entries of a ZIP, in milliseconds since 1970. Default: when each stamp was cut. */
  readonly date?: number | undefined;
  /** Stamps of a chunk of a Zarr array, where there is room for so many. Default: all. */
  readonly chunkStamps?: number | undefined;
}

/** Packs what was cut, and lets the folder go. */
export async function packStamps(
  place: StampPlace,
  job: StampJob,
  outcomes: readonly Outcome[],
  extension: string,
): Promise<void> {
  await pack({ kind: place.kind, work: place.work, output: place.output, job, outcomes, extension });
  try {
    // The manifest comes to its place whole, and the folder stays that of the job until then.
    copyFileSync(place.manifest, `${place.finalManifest}.new`);
    renameSync(`${place.finalManifest}.new`, place.finalManifest);
    letGo(place);
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? cannotWrite(place.output, error) : error;
  }
}

/** Makes one file, or one Zarr group, of the stamps of a folder. */
export async function pack(packing: Packing): Promise<void> {
  const { kind, output } = packing;
  const stamps = stampsIn(packing);
  const force = { force: true };
  try {
    if (kind === "zip") await writeOutput(output, (file) => packZip(file, stamps, packing), force);
    if (kind === "fits") await writeOutput(output, (file) => packFits(file, stamps), force);
    if (kind === "zarr") await packZarr(packing, stamps);
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? cannotWrite(output, error) : error;
  }
}

/** In the order of the list. */
function stampsIn({ work, job: { shards }, outcomes, extension }: Packing): PackedStamp[] {
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
async function packZip(
  file: OutputFile,
  stamps: readonly PackedStamp[],
  { extension, date }: Packing,
): Promise<void> {
  const { makeZip } = await import("client-zip");
  async function* entries(): AsyncGenerator<{ name: string; lastModified: Date; input: Uint8Array }> {
    for (const { name, path } of stamps) {
      interruption.throwIfAborted();
      const lastModified = date === undefined ? statSync(path).mtime : new Date(date);
      yield { name: `${name}.${extension}`, lastModified, input: await readFile(path) };
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
