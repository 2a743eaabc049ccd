/**
 * Where outputs of shards go. A place keeps the rule by which two runs of one shard do no harm: folders are named by their
 * contents, and the first manifest of a shard counts.
 */
import type { ShardFileNote } from "./shard-manifest.js";

export interface OutputPlace {
  /** As messages name it. */
  readonly shown: string;
  /** Makes an empty folder for work, which `publish` or `discard` takes away. */
  workFolder(): string;
  discard(work: string): void;
  /** Brings the files of a folder to their place, all or none; a folder of that name holds the same bytes, and stays. */
  publish(from: string, folder: string, files: readonly ShardFileNote[]): Promise<void>;
  /** Writes a file whole; false where there is one of that name. */
  putNew(name: string, bytes: Uint8Array): Promise<boolean>;
  /** Writes a file whole, whatever was there. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** The bytes of a file; undefined where there is none. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Whether the files of a folder are there, with their lengths. */
  holds(folder: string, files: readonly ShardFileNote[]): Promise<boolean>;
  /** Names of files and folders. */
  list(): Promise<string[]>;
  /** Removes a file, or a folder with all that is in it. */
  remove(name: string): Promise<void>;
}

/** Begins the names of what is not yet whole. */
export const partPrefix = ".part-";

/** Whether a name is that of work under way, or of work that was killed. */
export function isPart(name: string): boolean {
  return name.startsWith(partPrefix);
}
