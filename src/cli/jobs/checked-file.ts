/**
 * Files of shards that are done, held against their manifests.
 */
import { createHash } from "node:crypto";
import { Failure } from "../failure.js";
import type { ShardEntry } from "./job-folder.js";
import type { OutputPlace } from "./place.js";
import type { ShardManifest } from "./shard-manifest.js";

/** A shard that is done. */
export interface DoneShard {
  readonly entry: ShardEntry;
  readonly manifest: ShardManifest;
}

/** The bytes of a shard's file, which must be those of its manifest. */
export async function checkedFile(
  place: OutputPlace,
  { manifest }: DoneShard,
  name: string,
): Promise<Uint8Array> {
  const note = manifest.files.find((file) => file.name === name);
  const path = `${manifest.folder}/${name}`;
  const bytes = note && (await place.get(path));
  if (!bytes)
    throw new Failure(
      1,
      `${place.shown}: ${path} is missing; remove ${manifest.shard}.json there, and run the job again`,
    );
  if (createHash("sha256").update(bytes).digest("hex") !== note.sha256)
    throw new Failure(
      1,
      `${place.shown}: ${path} has changed; remove ${manifest.shard}.json there, and run the job again`,
    );
  return bytes;
}
