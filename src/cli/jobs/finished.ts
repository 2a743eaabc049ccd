/**
 * Which shards of a job are done, by their manifests.
 */
import { counting } from "../progress.js";
import type { ShardEntry } from "./job-folder.js";
import type { OutputPlace } from "./place.js";
import { manifestName, type ShardManifest } from "./shard-manifest.js";
import { finishedShard } from "./shard-run.js";

/** Manifests read at a time. */
const atOnce = 16;

/** The manifests of the shards that are done, by the shards' ids. */
export async function finishedShards(
  place: OutputPlace,
  entries: readonly ShardEntry[],
): Promise<Map<string, ShardManifest>> {
  const there = new Set(await place.list());
  const found = new Map<string, ShardManifest>();
  const queue = counting(
    entries.filter((entry) => there.has(manifestName(entry))),
    "checking shards",
  );
  const one = async (): Promise<void> => {
    for (const entry of queue) {
      const manifest = await finishedShard(place, entry);
      if (manifest) found.set(entry.id, manifest);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return found;
}
