/**
 * What became of a shard: the small file by which its output counts.
 */
import type { Outcome, StampStatus } from "fitslice/stamps";
import type { ShardEntry } from "./job-folder.js";

/** A file of a shard's output, by its name below the output's folder. */
export interface ShardFileNote {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ShardManifest {
  readonly shard: string;
  readonly index: number;
  /** The folder of the files: the shard's hash, and one of what is in it. */
  readonly folder: string;
  readonly counts: Readonly<Record<StampStatus, number>>;
  readonly failures: readonly Pick<Outcome, "name" | "row" | "reason">[];
  readonly files: readonly ShardFileNote[];
}

/** The name of a shard's manifest. */
export function manifestName({ id }: Pick<ShardEntry, "id">): string {
  return `${id}.json`;
}

/** The name of the rows among the files of a shard: a line of JSON for each target. */
export const rowsName = "manifest.ndjson";

/** The manifest that bytes are, of this shard; undefined for anything else. */
export function manifestIn(bytes: Uint8Array, { id }: Pick<ShardEntry, "id">): ShardManifest | undefined {
  try {
    const manifest = JSON.parse(Buffer.from(bytes).toString("utf8")) as ShardManifest;
    const isWhole = manifest.shard === id && isFolderOf(manifest.folder, id) && Array.isArray(manifest.files);
    return isWhole && manifest.files.every(({ name }) => isBelow(name)) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a name is that of a folder of a shard's output. */
export function isFolderOf(name: string, id: string): boolean {
  return name.startsWith(`${id}-`) && /^[0-9a-f]+-[0-9a-f]+$/.test(name);
}

/** A name that leads out of the folder is none. */
function isBelow(name: string): boolean {
  return !name.split("/").includes("..") && !/^([/\\]|[a-z]:)/i.test(name);
}

export function countsOf(outcomes: readonly Pick<Outcome, "status">[]): Record<StampStatus, number> {
  const counts = { done: 0, partial: 0, outside: 0, failed: 0 };
  for (const { status } of outcomes) counts[status]++;
  return counts;
}
